// SPDX-License-Identifier: Apache-2.0
// What is personal is sealed; who is erased stays erased; keys change under a store that is in use.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <store/access.hpp>
#include <store/rebuild.hpp>
#include <store/schema.hpp>
#include <store/terms.hpp>
#include <sys/stat.h>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;

namespace {

const store::progress quiet = [](std::uint64_t, std::uint64_t) {};

/// All that is stored, as bytes.
std::string stored(const own_store& here) {
  std::string all;
  if (here.on_server()) {
    const auto in = here.open();
    for (const auto& table :
         in->all("SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'cordboard'"))
      in->each("SELECT * FROM " + store::text_of(table[0]), std::initializer_list<store::value>{}, [&](store::row r) {
        for (const store::value& v : r) all += store::text_of(v) + '\n';
        return true;
      });
    return all;
  }
  for (const char* ending : {"", "-wal"}) {
    const std::string file = here.where.path + ending;
    if (std::filesystem::exists(file)) all += log_test::read_file(file);
  }
  return all;
}

}  // namespace

TEST_CASE("H6 no number, name or note stands in the database in the clear, and its file is for its owner alone") {
  const own_store here;
  story log;
  log.call("13800138000", "诸葛亮", "糖尿病复查");
  fill(here, log.path());
  const std::string bytes = stored(here);
  CHECK(bytes.size() > 1000);
  for (const char* secret : {"13800138000", "8613800138000", "诸葛", "糖尿", "复查"})
    CHECK(bytes.find(secret) == std::string::npos);
  if (here.on_server()) return;
  struct stat is {};
  REQUIRE(::stat(here.where.path.c_str(), &is) == 0);
  CHECK((is.st_mode & 0777) == 0600);
}

TEST_CASE("H6 a person who is erased is gone, stays gone over a rebuild, and is a new one at the next call") {
  const own_store here;
  story log;
  const std::uint64_t id = log.call("13800138000", "王芳", "糖尿病复查");
  log.call("13900139000", "李四", "问路");
  fill(here, log.path());
  const auto in = here.open();
  auto keys = here.keys(*in);
  const auto row_of_key =
      store::text_of(in->one("SELECT sealed FROM seal WHERE owner = $1", {store::term_of_number(keys, "13800138000")}));
  REQUIRE(row_of_key.size() == 72);
  CHECK(store::erase_number(*in, keys, "+86 138-0013-8000") == 2);
  CHECK(store::search(*in, keys, "糖尿", 5).found.empty());
  CHECK(store::search(*in, keys, "13800138000", 5).found.empty());
  CHECK(store::search(*in, keys, "李四", 5).found.size() == 1);
  // The call itself, and that it was the same caller's, stays for figures.
  const auto calls = store::calls_of_number(*in, keys, "13800138000", 5);
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].id == id);
  CHECK(calls[0].name.empty());
  CHECK(stored(here).find(row_of_key) == std::string::npos);
  store::rebuild(here.where, log.path(), quiet);
  CHECK(store::search(*in, keys, "糖尿", 5).found.empty());
  CHECK(store::verify(here.where, log.path(), quiet).differing == 0);
  log.call("13800138000", "王芳", "又来电");
  fill(here, log.path());
  CHECK(store::search(*in, keys, "又来", 5).found.size() == 1);
  CHECK(store::search(*in, keys, "糖尿", 5).found.empty());
  CHECK(store::verify(here.where, log.path(), quiet).differing == 0);
}

TEST_CASE("H6 whoever fills the store hears of an erasure, and seals what comes later for good") {
  const own_store here;
  story log;
  log.call("13800138000", "王芳");
  const auto in = here.open();
  auto keys = here.keys(*in);
  auto from = log_test::open_reader(log.path());
  store::follower rows(*in, keys, from);
  while (rows.step() != 0) {
  }
  {
    const auto other = here.open();
    auto others_keys = here.keys(*other);
    CHECK(store::erase_number(*other, others_keys, "13800138000") == 1);
  }
  log.call("13800138000", "王芳", "新的来电");
  while (rows.step() != 0) {
  }
  const auto fresh = here.open();
  auto fresh_keys = here.keys(*fresh);
  CHECK(store::search(*fresh, fresh_keys, "新的", 5).found.size() == 1);
}

TEST_CASE("H6 the master key changes while the store is in use") {
  const own_store here;
  story log;
  log.call("13800138000", "王芳");
  const auto in = here.open();
  auto keys = here.keys(*in);
  auto from = log_test::open_reader(log.path());
  store::follower rows(*in, keys, from);
  while (rows.step() != 0) {
  }
  const std::string next = here.folder() + "/next";
  store::make_master(next);
  keys.change_master(*in, store::read_master(next));
  CHECK_THROWS_AS(here.keys(*in), store::database_error);  // the old file opens nothing any more
  log.call("13900139000", "李四");
  while (rows.step() != 0) {
  }
  auto now = store::vault::open(*in, store::read_master(next), false);
  CHECK(store::search(*in, now, "王芳", 5).found.size() == 1);
  CHECK(store::search(*in, now, "李四", 5).found.size() == 1);
}

TEST_CASE("H6 a key file that others may read, that is too short or is not there is refused") {
  const log_test::scratch folder;
  const std::string file = folder / "key";
  CHECK_THROWS_AS(store::read_master(file), store::database_error);
  store::make_master(file);
  CHECK_NOTHROW(store::read_master(file));
  struct stat is {};
  REQUIRE(::stat(file.c_str(), &is) == 0);
  CHECK((is.st_mode & 0777) == 0600);
  const std::string first = log_test::read_file(file);
  store::make_master(file);  // never over one that is there
  CHECK(log_test::read_file(file) == first);
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  CHECK_THROWS_AS(store::read_master(file), store::database_error);
  log_test::write_file(folder / "short", "0123");
  REQUIRE(::chmod((folder / "short").c_str(), 0600) == 0);
  CHECK_THROWS_AS(store::read_master(folder / "short"), store::database_error);
}

TEST_CASE("a sealed text that somebody changed does not open") {
  const auto key = store::secret_key::random();
  const std::string sealed = store::seal("王芳", key, "text");
  CHECK(sealed == store::seal("王芳", key, "text"));
  CHECK(sealed != store::seal("王芳", key, "other"));
  CHECK(store::unseal(sealed, key, "text") == "王芳");
  CHECK_FALSE(store::unseal(sealed, key, "other"));
  CHECK_FALSE(store::unseal(sealed, store::secret_key::random(), "text"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(store::unseal(changed, key, "text"));
    CHECK_FALSE(store::unseal(std::string_view(sealed).substr(0, i), key, "text"));
  }
}

TEST_CASE("H6 who looked is on record, before anything is shown") {
  const own_store here;
  const auto in = here.open();
  const std::int64_t entry = store::note_access(*in, {1000, "chen", true}, "search", 42);
  auto all = in->all("SELECT at, uid, who, what, clear, found FROM access");
  REQUIRE(all.size() == 1);
  CHECK(store::number_of(all[0][5]) == 0);
  store::note_found(*in, entry, 3);
  store::note_access(*in, {1001, "li", false}, "calls", 43);
  all = in->all("SELECT who, clear, found FROM access ORDER BY id");
  REQUIRE(all.size() == 2);
  CHECK(store::text_of(all[0][0]) == "chen");
  CHECK(store::number_of(all[0][2]) == 3);
  CHECK(store::number_of(all[1][1]) == 0);
}
