// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <log/checkpoint.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using log::load_checkpoint;
using log::save_checkpoint;

namespace {
std::string file_of(std::uint64_t sequence) {
  std::string digits = "0000000000000000";
  for (std::size_t i = 15; sequence != 0; sequence /= 16, --i) digits[i] = "0123456789abcdef"[sequence % 16];
  return "checkpoint-" + digits;
}
}  // namespace

TEST_CASE("the newest checkpoint is loaded, and only the newest two are kept") {
  const scratch here;
  const std::string folder = here / "checkpoints";
  CHECK_FALSE(load_checkpoint(folder));
  for (std::uint64_t sequence : {9, 100, 2000})
    REQUIRE(save_checkpoint(folder, sequence, "state at " + std::to_string(sequence)));
  const auto newest = load_checkpoint(folder);
  REQUIRE(newest);
  CHECK(newest->sequence == 2000);
  CHECK(newest->bytes == "state at 2000");
  CHECK(load_checkpoint(folder, 1999)->sequence == 100);
  CHECK_FALSE(exists(folder + "/" + file_of(9)));
  struct stat is {};
  REQUIRE(::stat((folder + "/" + file_of(2000)).c_str(), &is) == 0);
  CHECK((is.st_mode & 0777) == 0600);
}

TEST_CASE("a damaged checkpoint is passed over for the one before, wherever the damage is") {
  const scratch here;
  REQUIRE(save_checkpoint(here.path(), 5, "older"));
  REQUIRE(save_checkpoint(here.path(), 6, std::string(1000, 'n')));
  const std::string file = here / file_of(6);
  const std::string whole = read_file(file);
  SUBCASE("cut short") {
    for (std::size_t bytes = 0; bytes < whole.size(); bytes += 7) {
      write_file(file, whole.substr(0, bytes));
      CHECK(load_checkpoint(here.path())->sequence == 5);
    }
  }
  SUBCASE("one bit") {
    for (std::size_t at = 0; at < whole.size(); at += 3) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 4);
      write_file(file, changed);
      CHECK(load_checkpoint(here.path())->sequence == 5);
    }
  }
  SUBCASE("longer") {
    write_file(file, whole + "x");
    CHECK(load_checkpoint(here.path())->sequence == 5);
  }
  SUBCASE("what a crash leaves of one that was being written") {
    write_file(file + ".new", whole.substr(0, 80));
    CHECK(load_checkpoint(here.path())->sequence == 6);
    REQUIRE(save_checkpoint(here.path(), 6, "again"));
    CHECK(load_checkpoint(here.path())->bytes == "again");
  }
}
