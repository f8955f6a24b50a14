// SPDX-License-Identifier: Apache-2.0
// The same rows, wherever the store stopped and went on, however often an event is applied, and from the log anew.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <store/rebuild.hpp>
#include <store/schema.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;

namespace {

struct played_log {
  log_test::scratch folder;
  log::writer_options options = log_test::options_in(folder);
  std::uint64_t oldest = 0, newest = 0, events = 0;
  played_log(std::uint64_t seed, std::uint64_t steps) {
    options.wall = [] { return 1'699'990'000 * second; };
    const auto writer = log_test::open_writer(options);
    oldest = writer->next();
    events = play_into(*writer, seed, steps);
    newest = writer->next() - 1;
    writer->close();
  }
};

const store::progress quiet = [](std::uint64_t, std::uint64_t) {};

}  // namespace

TEST_CASE("a store that is torn down inside its transactions, at random places, ends with the rows of one that never was") {
  const played_log log(11, 4000);
  const own_store here;
  std::mt19937_64 dice(11);
  int torn = 0;
  for (std::uint64_t at = 0; at < log.newest;) {
    const auto in = here.open();
    auto keys = here.keys(*in);
    auto from = log_test::open_reader(log.options.hot, {.events_at_once = static_cast<std::uint32_t>(1 + dice() % 400)});
    store::follower rows(*in, keys, from);
    CHECK(rows.position() == at);
    for (auto steps = dice() % 4; steps > 0 && rows.step() != 0; --steps) at = rows.position();
    // One more, half way: events are applied, and the connection goes before the commit.
    if (dice() % 2 == 0) {
      in->begin();
      const auto more = from.next();
      REQUIRE(more);
      store::fold half(*in, keys);
      for (const event& e : *more) half.apply(e, {});
      ++torn;
    }
  }
  CHECK(torn > 3);
  const auto whole = store::verify(here.where, log.options.hot, quiet);
  CHECK(whole.differing == 0);
  CHECK(whole.position == log.newest);
  CHECK(whole.rows > 2000);
}

TEST_CASE("events that are applied once more, from any place on, change nothing") {
  const played_log log(12, 3000);
  const own_store here;
  fill(here, log.options.hot);
  const auto in = here.open();
  const auto before = rows_of(*in);
  REQUIRE(before.size() > 1000);
  std::mt19937_64 dice(12);
  for (int round = 0; round < 4; ++round) {
    const std::uint64_t place = log.oldest + dice() % (log.newest - log.oldest);
    auto reader = log_test::open_reader(log.options.hot);
    const auto there = reader.at(place);
    REQUIRE(there);
    REQUIRE(*there != nullptr);
    in->change("UPDATE meta SET value = $1 WHERE name = 'position'", {static_cast<std::int64_t>(place)});
    in->change("UPDATE meta SET value = $1 WHERE name = 'crc'", {std::int64_t{(*there)->crc32c}});
    fill(here, log.options.hot);
    const auto after = rows_of(*in);
    std::vector<std::string> other;
    std::set_symmetric_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(other));
    if (!other.empty()) MESSAGE(other.front() << " among " << other.size());
    CHECK(other.empty());
  }
}

TEST_CASE("a rebuild gives the same rows, keeps what only the store has, and a comparison finds what somebody changed") {
  const played_log log(13, 3000);
  const own_store here;
  fill(here, log.options.hot);
  const auto in = here.open();
  auto keys = here.keys(*in);
  const auto before = rows_of(*in);
  const auto seals = in->all("SELECT id, owner, since, sealed FROM seal ORDER BY id");
  in->change("INSERT INTO access (id, at, uid, who, what, clear, found) VALUES (1, 2, 3, 'a', 'search', 0, 5)", {});
  in->change("UPDATE call SET operator = 4711 WHERE sequence = (SELECT MIN(sequence) FROM call)", {});
  in->change("DELETE FROM custody WHERE sequence = (SELECT MAX(sequence) FROM custody)", {});
  const auto found = store::verify(here.where, log.options.hot, quiet);
  CHECK(found.differing == 3);  // one row on both sides, one on one
  REQUIRE(found.first.size() == 3);
  CHECK(found.first[0].find("call") != std::string::npos);
  CHECK(store::rebuild(here.where, log.options.hot, quiet) == log.events);
  CHECK(rows_of(*in) == before);
  CHECK(in->all("SELECT id, owner, since, sealed FROM seal ORDER BY id") == seals);
  CHECK(store::number_of(in->one("SELECT found FROM access")) == 5);
  CHECK(store::verify(here.where, log.options.hot, quiet).differing == 0);
}

TEST_CASE("two who fill one store do not disturb it") {
  const played_log log(14, 1500);
  const own_store here;
  const auto first = here.open(), second_one = here.open();
  auto keys = here.keys(*first), other_keys = here.keys(*second_one);
  auto from = log_test::open_reader(log.options.hot, {.events_at_once = 100}),
       other_from = log_test::open_reader(log.options.hot);
  store::follower rows(*first, keys, from), other(*second_one, other_keys, other_from);
  REQUIRE(rows.step() != 0);
  CHECK_THROWS_AS(other.step(), store::database_error);
  while (rows.step() != 0) {
  }
  CHECK(store::verify(here.where, log.options.hot, quiet).differing == 0);
}

TEST_CASE("a store is not filled from another log, and one of a newer program is left alone") {
  const own_store here;
  const played_log log(15, 500), other(16, 3000);
  fill(here, log.options.hot);
  CHECK_THROWS_AS(fill(here, other.options.hot), store::database_error);
  const auto in = here.open();
  in->change("UPDATE meta SET value = value + 1 WHERE name = 'version'", {});
  CHECK_THROWS_AS(store::migrate(*in), store::database_error);
  CHECK_THROWS_AS(store::expect_version(*in), store::database_error);
}

TEST_CASE("both databases have the same rows of the same log") {
  const own_store here;
  if (!here.on_server()) return;  // it takes both: run with a server
  const played_log log(17, 3000);
  const log_test::scratch folder;
  const auto file = store::open_sqlite(folder / "other.db", store::purpose::makes);
  store::migrate(*file);
  const auto server = here.open();
  fill(here, log.options.hot);
  auto keys = here.keys(*server);
  keys.copy_keys(*server, *file);
  auto from = log_test::open_reader(log.options.hot);
  store::follower rows(*file, keys, from);
  while (rows.step() != 0) {
  }
  CHECK(rows_of(*file) == rows_of(*server));
}
