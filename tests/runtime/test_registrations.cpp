// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <runtime/registrations.hpp>
#include <string>
#include <vector>

using namespace cordboard;
using runtime::registrations;

namespace {

/// A log's folder, and the runs on it: each begins where the one before was killed.
struct runs {
  runs() { std::filesystem::create_directory(folder); }
  ~runs() { std::filesystem::remove_all(folder); }
  runs(const runs&) = delete;
  runs& operator=(const runs&) = delete;

  registrations begin() {
    return registrations(loop, folder, [this](const std::string& line) { told.push_back(line); });
  }
  std::string file() const { return folder + "/registrations"; }

  const std::string folder = std::filesystem::temp_directory_path() / ("cordboard-registrations-" + std::to_string(::getpid()));
  sip::loop loop;
  std::vector<std::string> told;
};

}  // namespace

TEST_CASE("a registration is kept from the moment it is set, and one that ended is not") {
  runs all;
  auto first = all.begin();
  first.set(device_id{1}, "contact sip:1001@10.0.0.7\n王芳\n");
  first.set(device_id{2}, "two");
  first.set(device_id{3}, "three");
  first.set(device_id{2}, {});
  first.set(device_id{3}, "three again");
  auto second = all.begin();
  CHECK(second.all() == first.all());
  CHECK(second.all().size() == 2);
  CHECK(all.told.empty());
}

TEST_CASE("of an entry that was half written nothing is read, and what comes next is whole") {
  runs all;
  {
    auto first = all.begin();
    first.set(device_id{1}, "one");
    first.set(device_id{2}, "a longer text");
  }
  const auto whole = std::filesystem::file_size(all.file());
  for (std::uintmax_t cut = 1; cut < 18; ++cut) {
    std::filesystem::resize_file(all.file(), whole - cut);
    auto next = all.begin();
    CHECK(next.all().size() == 1);
    CHECK(next.all().at(device_id{1}) == "one");
    next.set(device_id{2}, "a longer text");
    CHECK(all.begin().all().size() == 2);
    REQUIRE(std::filesystem::file_size(all.file()) == whole);
  }
  std::ofstream(all.file()) << "rubbish";
  CHECK(all.begin().all().empty());
}

TEST_CASE("a phone that moves all the time does not fill the memory") {
  runs all;
  auto one = all.begin();
  for (int i = 0; i < 50'000; ++i) one.set(device_id{7}, std::string(100, 'x') + std::to_string(i));
  CHECK(std::filesystem::file_size(all.file()) < 2'000'000);
  CHECK(all.begin().all().at(device_id{7}) == std::string(100, 'x') + "49999");
}

TEST_CASE("what could not be written is written when it can be") {
  runs all;
  std::filesystem::remove_all(all.folder);
  auto one = all.begin();
  one.set(device_id{1}, "one");
  CHECK(all.told.size() == 1);
  std::filesystem::create_directory(all.folder);
  const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!std::filesystem::exists(all.file()) && std::chrono::steady_clock::now() < bound)
    all.loop.turn(std::chrono::milliseconds(50));
  CHECK(all.begin().all() == one.all());
}
