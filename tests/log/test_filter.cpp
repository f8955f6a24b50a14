// SPDX-License-Identifier: Apache-2.0
// Readers that want to see some of the events: where they lie, with a bookmark, asleep over the others.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <log/commit.hpp>
#include <random>
#include <thread>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;

namespace {

/// A kind that only a newer version knows.
constexpr auto unheard_of = static_cast<event_kind>(60'001);

logged about(event_kind kind, std::uint64_t call, std::uint32_t op = 0, std::uint32_t queue = 0) {
  logged one = make_event(static_cast<std::int64_t>(call));
  one.record.kind = kind;
  one.record.call = {call};
  one.record.party = {call * 10};
  one.record.operator_ = {op};
  one.record.queue = {queue};
  one.record.device = {op + 100};
  one.record.command = {queue, call};
  return one;
}

/// Many calls at once, in batches and segments of any size; with unknown kinds and gaps among them.
std::vector<event> busy_log(log::writer& to, const std::string& path, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::vector<event_kind> kinds{event_kind::held, event_kind::queued, event_kind::delivered, unheard_of};
  for (int i = 0; i < 300; ++i) {
    std::vector<logged> batch(1 + random() % 5);
    for (logged& one : batch) {
      one = about(kinds[random() % kinds.size()], 1 + random() % 6, static_cast<std::uint32_t>(random() % 3),
                  static_cast<std::uint32_t>(random() % 3));
    }
    if (random() % 40 == 0) {
      batch.resize(1);
      batch[0].record.kind = event_kind::gap;
      batch[0].record.other = 1;
    }
    REQUIRE(to.append(batch));
    if (random() % 30 == 0) REQUIRE(to.roll());
  }
  auto reader = open_reader(path);
  return drain(reader);
}

std::vector<std::uint64_t> sequences(const std::vector<event>& of) {
  std::vector<std::uint64_t> all;
  all.reserve(of.size());
  for (const event& e : of) all.push_back(e.sequence);
  return all;
}

bool fits(const event_filter& f, const event& e) {
  if (e.kind == event_kind::gap) return true;
  const bool kind = f.kinds.empty() || std::find(f.kinds.begin(), f.kinds.end(), e.kind) != f.kinds.end();
  return kind && (!f.call || f.call == e.call) && (!f.party || f.party == e.party) && (!f.device || f.device == e.device) &&
         (!f.operator_ || f.operator_ == e.operator_) && (!f.queue || f.queue == e.queue) &&
         (!f.command || f.command == e.command);
}

std::vector<event_filter> many_filters() {
  return {{},
          {.kinds = {event_kind::held}},
          {.kinds = {event_kind::held, unheard_of}},
          {.kinds = {event_kind::call_cleared}},
          {.call = {3}},
          {.party = {40}},
          {.operator_ = {2}},
          {.queue = {1}},
          {.device = {101}},
          {.command = {1, 2}},
          {.kinds = {event_kind::queued}, .call = {2}, .queue = {2}}};
}

}  // namespace

TEST_CASE("a filtered reader gets exactly the events that match, where they lie") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  const auto all = busy_log(*writer, here / "hot", 3);
  for (const event_filter& filter : many_filters()) {
    for (const std::uint32_t at_once : {1U, 7U, 8192U}) {
      std::vector<event> expected;
      std::copy_if(all.begin(), all.end(), std::back_inserter(expected), [&](const event& e) { return fits(filter, e); });
      auto reader = open_reader(here / "hot", {.events_at_once = at_once});
      reader.filter(filter);
      const auto seen = drain(reader);
      CHECK(sequences(seen) == sequences(expected));
      CHECK(reader.position() >= all.back().sequence);
    }
  }
  auto reader = open_reader(here / "hot");
  reader.filter({.call = {3}});
  const auto row = reader.next().value();
  const event* lies = reader.at(row.front().sequence).value();
  CHECK(lies == row.data());
}

TEST_CASE("a filtered reader that is cut anywhere goes on from its bookmark: nothing twice, nothing missed") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  const auto all = busy_log(*writer, here / "hot", 11);
  for (const event_filter& filter : many_filters()) {
    std::vector<std::uint64_t> expected;
    for (const event& e : all) {
      if (fits(filter, e)) expected.push_back(e.sequence);
    }
    std::vector<std::uint64_t> seen;
    std::uint64_t bookmark = 0;
    for (bool more = true; more;) {
      // A new reader for every row that is handed out, as a program that dies after each.
      auto reader = open_reader(here / "hot", {.events_at_once = 3});
      REQUIRE(reader.after(bookmark));
      reader.filter(filter);
      const auto row = reader.next().value();
      for (const event& e : row) seen.push_back(e.sequence);
      more = !row.empty();
      bookmark = reader.position();
    }
    CHECK(seen == expected);
    CHECK(bookmark >= all.back().sequence);
  }
}

TEST_CASE("a bookmark goes on at once, also when nothing matched for a million events") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  constexpr std::size_t at_once = 4096;
  for (std::size_t i = 0; i < 250; ++i) append(*writer, 1, at_once);
  auto reader = open_reader(here / "hot");
  reader.filter({.kinds = {event_kind::call_cleared}});
  CHECK(reader.next()->empty());
  const std::uint64_t bookmark = reader.position();
  CHECK(bookmark == writer->last_sequence());
  append(*writer, about(event_kind::call_cleared, 8));
  auto again = open_reader(here / "hot");
  REQUIRE(again.after(bookmark));
  again.filter({.kinds = {event_kind::call_cleared}});
  CHECK(again.next()->front().call.value == 8);
  CHECK(again.position() == writer->last_sequence());
}

TEST_CASE("a bookmark of a place that was named keeps it") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 3);
  auto reader = open_reader(here / "hot");
  CHECK(reader.position() == 0);
  REQUIRE(reader.after(2));
  CHECK(reader.position() == 2);
  REQUIRE(reader.after(40));
  CHECK(reader.position() == 40);
  CHECK(reader.next()->empty());
  CHECK(reader.position() == 40);
}

TEST_CASE("a filter that is taken away shows everything from the place on") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, about(event_kind::held, 1));
  append(*writer, about(event_kind::queued, 2));
  append(*writer, about(event_kind::held, 3));
  append(*writer, about(event_kind::queued, 4));
  auto reader = open_reader(here / "hot");
  reader.filter({.kinds = {event_kind::queued}});
  CHECK(reader.next()->front().call.value == 2);
  reader.filter({});
  CHECK(drain(reader).size() == 2);
}

TEST_CASE("a filtered reader sleeps on over what does not match, and not through what does") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  std::atomic<bool> over{false};
  std::atomic<int> early{0};
  std::atomic<std::uint64_t> seen{0};
  std::thread following([&] {
    auto reader = open_reader(here / "hot");
    reader.filter({.kinds = {event_kind::held}});
    while (!over) {
      const bool told = reader.wait(10s);
      const auto row = reader.next().value();
      if (!told || row.empty()) ++early;
      for (const event& e : row) {
        seen = e.call.value;
        over = over || e.call.value == 300;
      }
    }
  });
  for (std::uint64_t i = 1; i <= 300; ++i) {
    for (int other = 0; other < 20; ++other) {
      append(*writer, about(event_kind::queued, 1));
      writer->wake();
    }
    append(*writer, about(event_kind::held, i));
    writer->wake();
    if (i % 2 == 0) REQUIRE(eventually([&] { return seen >= i; }));
  }
  following.join();
  CHECK(early == 0);
}

TEST_CASE("an interruption ends the search of a filtered reader, and the bookmark stays right") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  for (std::size_t i = 0; i < 100; ++i) append(*writer, 1, 4096);
  append(*writer, about(event_kind::held, 5));
  auto reader = open_reader(here / "hot", {.events_at_once = 64});
  reader.filter({.kinds = {event_kind::held}});
  reader.interrupt();
  CHECK(reader.next()->empty());
  CHECK(reader.position() < writer->last_sequence());
  CHECK_FALSE(reader.wait(10s));
  CHECK(reader.next()->front().call.value == 5);
}

TEST_CASE("kinds of a newer writer are handed out as they are") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, about(event_kind::held, 1));
  append(*writer, about(unheard_of, 2));
  append(*writer, about(event_kind::held, 3));
  auto reader = open_reader(here / "hot", {.verify = true});
  const auto all = drain(reader);
  REQUIRE(all.size() == 3);
  CHECK(all[1].kind == unheard_of);
  CHECK(name(all[1].kind).empty());
  CHECK(all[1].call.value == 2);
  CHECK(*reader.at(2).value() == all[1]);
}
