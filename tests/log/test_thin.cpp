// SPDX-License-Identifier: Apache-2.0
// Old segments that give way: what is light goes first, what is left stays where it was, and each hole is stated.
#include <doctest/doctest.h>

#include <log/commit.hpp>
#include <log/layout.hpp>
#include <log/segment.hpp>
#include <log/thin.hpp>
#include <map>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using log::thinning;

namespace {

logged event_of(event_kind kind, std::int64_t value, std::string text = {}) {
  logged one = make_event(value, std::move(text));
  one.record.kind = kind;
  one.record.time_ns = beginning + value;
  return one;
}

/// Batches of every weight in turn, with texts, in one segment that is closed.
struct old_segment {
  scratch here;
  std::unique_ptr<log::writer> writer = open_writer(options_in(here));
  log::folder hot = log::folder::open(here / "hot").value();
  std::map<std::uint64_t, event> before;

  explicit old_segment(int turns = 200) {
    std::int64_t value = 1;
    const auto put = [&](std::vector<logged> batch) { REQUIRE(writer->append(batch)); };
    for (int turn = 0; turn < turns; ++turn) {
      put({event_of(event_kind::device_in_service, value, "routine"), event_of(event_kind::media_ended, value + 1)});
      put({event_of(event_kind::operator_ready, value + 2)});
      if (turn % 4 == 1) {
        put({event_of(event_kind::offered, value + 3, "call " + std::to_string(turn)),
             event_of(event_kind::device_in_service, value + 4), event_of(event_kind::delivered, value + 5)});
      }
      if (turn % 20 == 7) {
        put({event_of(event_kind::command_accepted, value + 6, "control " + std::to_string(turn)),
             event_of(event_kind::operator_ready, value + 7)});
      }
      value += 10;
    }
    REQUIRE(writer->roll());
    append(*writer, event_of(event_kind::board_started, value));
    writer->wake();
    auto reader = open_reader(here / "hot");
    for (const event& one : drain(reader)) before[one.sequence] = one;
  }
  log::thinned thin(thinning what, std::uint64_t keep_to = 0) const { return log::thin(hot, 0, what, keep_to).value(); }
};

/// Checks that what is left is as it was, and that what is not is named by gaps, each sequence once.
struct told {
  std::uint64_t left = 0;
  std::uint64_t gone = 0;
  std::uint64_t gaps = 0;
};
told check_all(const std::vector<event>& seen, const std::map<std::uint64_t, event>& before) {
  told sum;
  std::uint64_t last = 0;
  std::int64_t time = 0;
  auto expected = before.begin();
  bool good = true;
  for (const event& one : seen) {
    good = good && one.sequence > last && one.time_ns >= time && log::checksum(one) == one.crc32c;
    last = one.sequence;
    time = one.time_ns;
    if (!log::gave_way(one)) {
      good = good && expected != before.end() && expected->second == one;
      ++expected;
      ++sum.left;
      continue;
    }
    ++sum.gaps;
    good = good && expected->first == static_cast<std::uint64_t>(one.value) && one.cause == cause::resources_not_available;
    for (; expected != before.end() && expected->first < one.other; ++expected) ++sum.gone;
  }
  CHECK(good);
  CHECK(expected == before.end());
  return sum;
}

}  // namespace

TEST_CASE("what is light gives way first; what is left is as it was, texts too, and gaps name all that went") {
  const old_segment old;
  std::uint64_t gone = 0;
  for (const thinning what : {thinning::routine, thinning::calls, thinning::all}) {
    CAPTURE(static_cast<int>(what));
    gone += old.thin(what).events;
    auto reader = open_reader(old.here / "hot", {.verify = true});
    const auto seen = drain(reader);
    const told sum = check_all(seen, old.before);
    CHECK(sum.gone == gone);
    CHECK(sum.left + sum.gone == old.before.size());
    std::uint64_t texts = 0;
    for (const event& one : seen) {
      const auto text = reader.text(one);
      REQUIRE(text);
      texts += text->empty() ? 0 : 1;
      if (one.kind == event_kind::command_accepted) CHECK(text->substr(0, 8) == "control ");
    }
    CHECK(texts == (what == thinning::routine ? 60 : what == thinning::calls ? 10 : 0));
    CHECK_FALSE(exists(old.here / "hot/000000000000.slots"));
    CHECK_FALSE(exists(old.here / "hot/000000000000.text"));
    CHECK(reader.segment(0).value().closed);
  }
  CHECK(gone == old.before.size() - 1);  // all but the one of the next segment
  CHECK(old.thin(thinning::calls).events == 0);
}

TEST_CASE("a reader that is in the middle of a segment goes on undisturbed when that is thinned, texts that are kept too") {
  const old_segment old;
  auto reader = open_reader(old.here / "hot", {.events_at_once = 100});
  std::vector<event> seen;
  const auto first = reader.next().value();
  seen.insert(seen.end(), first.begin(), first.end());
  REQUIRE(old.thin(thinning::calls).events > 0);
  for (const event& one : drain(reader)) seen.push_back(one);
  REQUIRE(seen.size() == old.before.size());
  for (const event& one : seen) {
    const auto text = reader.text(one);
    if (one.kind == event_kind::command_accepted) CHECK(text.value().substr(0, 8) == "control ");
    if (one.kind == event_kind::offered) CHECK(text.error() == errc::log_gone);
  }
}

TEST_CASE("whoever goes on in the middle of what went is told the gap first") {
  const old_segment old;
  REQUIRE(old.thin(thinning::calls).events > 0);
  auto all = open_reader(old.here / "hot", {.verify = true});
  const auto seen = drain(all);
  for (const auto& [sequence, unused] : old.before) {
    auto reader = open_reader(old.here / "hot", {.verify = true});
    REQUIRE(reader.after(sequence));
    const auto next = reader.next().value();
    const auto expected =
        std::find_if(seen.begin(), seen.end(), [at = sequence](const event& one) { return one.sequence > at; });
    if (expected == seen.end()) {
      CHECK(next.empty());
    } else {
      REQUIRE_FALSE(next.empty());
      CHECK(next.front() == *expected);
    }
  }
}

TEST_CASE("what the archive has already stays") {
  const old_segment old;
  const std::uint64_t durable = 101;
  REQUIRE(old.thin(thinning::all, durable).events > 0);
  auto reader = open_reader(old.here / "hot", {.verify = true});
  const auto seen = drain(reader);
  check_all(seen, old.before);
  for (const event& one : seen) {
    if (one.sequence <= durable) CHECK(one == old.before.at(one.sequence));
  }
  CHECK(seen[100] == old.before.at(101));
  CHECK(log::gave_way(seen[101]));
}

TEST_CASE("a hole that no gap names is the end, not a jump") {
  const old_segment old;
  REQUIRE(old.thin(thinning::calls).events > 0);
  const std::string thin = old.here / "hot/000000000000.thin";
  const std::string bytes = read_file(thin);
  auto reader = open_reader(old.here / "hot");
  const auto seen = drain(reader);
  // The second gap of the file says another beginning.
  std::size_t at = std::string::npos;
  std::uint64_t gaps = 0;
  for (std::size_t i = sizeof(log::thin_head); i + sizeof(event) <= bytes.size() && gaps < 2; i += 8) {
    event one{};
    std::copy_n(bytes.data() + i, sizeof one, reinterpret_cast<char*>(&one));
    if (one.kind == event_kind::gap && log::gave_way(one) && log::checksum(one) == one.crc32c) {
      ++gaps;
      at = i;
    }
  }
  REQUIRE(gaps == 2);
  event wrong{};
  std::copy_n(bytes.data() + at, sizeof wrong, reinterpret_cast<char*>(&wrong));
  wrong.value += 1;
  wrong.crc32c = log::checksum(wrong);
  patch_file(thin, at, {reinterpret_cast<const char*>(&wrong), sizeof wrong});
  auto again = open_reader(old.here / "hot", {.verify = true});
  std::uint64_t last = 0;
  for (;;) {
    const auto events = again.next();
    if (!events || events->empty()) break;
    last = events->back().sequence;
  }
  CHECK(last < static_cast<std::uint64_t>(wrong.value));
}

TEST_CASE("what a crash left of thinning is put in order at the next start") {
  old_segment old;
  const std::string name = old.here / "hot/000000000000";
  const std::string slots = read_file(name + ".slots");
  const std::string text = read_file(name + ".text");
  const std::string head = read_file(name + ".head");
  REQUIRE(old.thin(thinning::calls).events > 0);
  SUBCASE("before the head") {
    write_file(name + ".head", head);
    write_file(name + ".slots", slots);
    write_file(name + ".text", text);
  }
  SUBCASE("behind it") {
    write_file(name + ".slots", slots);
    write_file(name + ".text", text);
  }
  old.writer->close();
  old.writer.reset();
  auto writer = open_writer(options_in(old.here));
  CHECK(writer->recovered().clean);
  CHECK(exists(name + ".thin") != exists(name + ".slots"));
  CHECK(exists(name + ".text") == exists(name + ".slots"));
  auto reader = open_reader(old.here / "hot", {.verify = true});
  const told sum = check_all(drain(reader), old.before);
  CHECK((sum.gaps == 0) == exists(name + ".slots"));
}
