// SPDX-License-Identifier: Apache-2.0
// Finding one's place: one event by its sequence, a place by time, and whether a board is there.
#include <doctest/doctest.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <log/archiver.hpp>
#include <log/commit.hpp>
#include <log/layout.hpp>
#include <log/thin.hpp>
#include <random>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;
using log::base_of;

namespace {

logged timed(std::int64_t time_ns) {
  logged one = make_event(time_ns - beginning);
  one.record.time_ns = time_ns;
  return one;
}

void remove_segment(const scratch& in, std::uint64_t number) {
  for (const log::file_kind kind :
       {log::file_kind::head, log::file_kind::slots, log::file_kind::text, log::file_kind::dialog}) {
    std::remove((in / ("hot/" + log::file_name(number, kind))).c_str());
  }
}

}  // namespace

TEST_CASE("one event is found by its sequence, and the reader stays where it is") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  std::vector<std::uint64_t> known;
  for (int i = 0; i < 30; ++i) {
    const std::size_t count = 1 + static_cast<std::size_t>(i) % 4;
    const std::uint64_t first = append(*writer, i, count);
    for (std::size_t k = 0; k < count; ++k) known.push_back(first + k);
    if (i % 7 == 6) REQUIRE(writer->roll());
  }
  auto reader = open_reader(here / "hot", {.verify = true});
  for (const std::uint64_t sequence : known) {
    const auto found = reader.at(sequence);
    REQUIRE(found);
    REQUIRE(*found != nullptr);
    CHECK((*found)->sequence == sequence);
  }
  CHECK(drain(reader).size() == known.size());
  // Nothing is at the places that an early end skipped, nor behind the log's end, nor at 0.
  for (const std::uint64_t nothing :
       {std::uint64_t{0}, known.back() + 1, base_of(1) - 1, base_of(2) - 5, base_of(900), UINT64_MAX}) {
    const auto found = reader.at(nothing);
    REQUIRE(found);
    CHECK(*found == nullptr);
  }
  append(*writer, 99);
  CHECK((*reader.at(writer->last_sequence()))->value == 99);
}

TEST_CASE("an event of a batch that is not whole is not there yet") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 2);
  auto reader = open_reader(here / "hot");
  // As a writer leaves it that is stopped between its stores: the last slot of three stands, the first two do not.
  event last = make_event(3).record;
  last.sequence = 5;
  last.crc32c = log::checksum(last);
  patch_file(here / "hot/000000000000.slots", 5 * sizeof(event), {reinterpret_cast<const char*>(&last), sizeof last});
  CHECK(*reader.at(2) != nullptr);
  CHECK(*reader.at(3) == nullptr);
  CHECK(*reader.at(5) == nullptr);
}

TEST_CASE("what retention has taken is told apart from what never was") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 3);
  REQUIRE(writer->roll());
  append(*writer, 2, 2);
  REQUIRE(writer->roll());
  append(*writer, 3);
  auto reader = open_reader(here / "hot");
  remove_segment(here, 0);
  remove_segment(here, 1);
  CHECK(reader.at(3).error() == errc::log_gone);
  CHECK(reader.at(base_of(1) + 1).error() == errc::log_gone);
  CHECK(*reader.at(base_of(1) + 2) == nullptr);
  CHECK((*reader.at(base_of(2)))->value == 3);
}

// A sanitizer's own calls would end the child.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("an event of a mapped segment is found without a system call") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  for (int i = 0; i < 500; ++i) append(*writer, i, 8);
  auto reader = open_reader(here / "hot");
  REQUIRE(*reader.at(1) != nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    // From here on any system call but read, write and exit ends the process.
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) ::_exit(3);
    bool good = true;
    for (std::uint64_t sequence = 1; sequence <= 4000; ++sequence) {
      const auto found = reader.at(sequence);
      good = good && found && *found != nullptr && (*found)->sequence == sequence;
    }
    good = good && *reader.at(4001) == nullptr;
    ::syscall(SYS_exit, good ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif

TEST_CASE("a place is found by time: across early ends, empty segments and equal times, hot and archived") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    const scratch here;
    auto options = options_in(here, true);
    auto writer = open_writer(options);
    auto archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
    std::mt19937_64 random(seed);
    std::int64_t now = beginning;
    for (int i = 0; i < 150; ++i) {
      now += static_cast<std::int64_t>(random() % 4);
      std::vector<logged> batch(1 + random() % 3, timed(now));
      REQUIRE(writer->append(batch));
      for (std::uint64_t rolls = random() % 20 == 0 ? 1 + random() % 3 : 0; rolls > 0; --rolls) REQUIRE(writer->roll());
    }
    writer->wake();
    auto reader = open_reader(here / "hot");
    const std::vector<event> all = drain(reader);
    REQUIRE(reader.wait_durable(writer->last_sequence(), 10s));
    // The first half of the segments only on disk, the others in memory.
    const auto numbers = reader.segments().value();
    for (std::size_t i = 0; i < numbers.size() / 2; ++i) {
      const auto hot = reader.segment(numbers[i]).value();
      // What is empty is not archived: the next one says where the log went on.
      const bool empty = hot.first == hot.end;
      REQUIRE(eventually([&] {
        if (empty) return true;
        const auto archived = log_reader::open(here / "archive")->segment(numbers[i]);
        return archived && archived->closed;
      }));
      remove_segment(here, numbers[i]);
    }
    auto fresh = open_reader(here / "hot");
    for (std::int64_t time = beginning - 1; time <= now + 1; ++time) {
      const auto first = std::find_if(all.begin(), all.end(), [&](const event& e) { return e.time_ns >= time; });
      REQUIRE(fresh.since(time));
      const auto seen = fresh.next();
      REQUIRE(seen);
      REQUIRE(seen->empty() == (first == all.end()));
      if (first != all.end()) CHECK(seen->front().sequence == first->sequence);
    }
    REQUIRE(fresh.since(INT64_MAX));
    CHECK(fresh.next()->empty());
    CHECK(fresh.position() == writer->last_sequence());
    std::vector<logged> later{timed(now + 5)};
    REQUIRE(writer->append(later));
    CHECK(drain(fresh).size() == 1);
    REQUIRE(fresh.since(INT64_MIN));
    CHECK(drain(fresh).size() == all.size() + 1);
    writer->close();
    archiver->stop();
  }
}

TEST_CASE("where events gave way, the gap answers for them: by sequence and by time") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  for (std::int64_t i = 0; i < 60; ++i) {
    std::vector<logged> batch(1 + static_cast<std::size_t>(i) % 3, timed(beginning + i * 10));
    for (logged& one : batch) one.record.kind = i % 7 == 3 ? event_kind::board_started : event_kind::media_ended;
    REQUIRE(writer->append(batch));
  }
  REQUIRE(writer->roll());
  const std::uint64_t last = writer->last_sequence();
  REQUIRE(log::thin(log::folder::open(here / "hot").value(), 0, log::thinning::routine, 0).value().events > 50);
  auto reader = open_reader(here / "hot");
  const auto all = drain(reader);
  for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
    const auto kept = std::find_if(all.begin(), all.end(), [&](const event& e) { return e.sequence == sequence; });
    const auto found = reader.at(sequence);
    if (kept == all.end()) CHECK(found.error() == errc::log_gone);
    if (kept != all.end()) CHECK((*found)->sequence == sequence);
    // Whoever asks for what follows on an event that is gone gets the gap first.
    auto resumed = open_reader(here / "hot");
    REQUIRE(resumed.after(sequence));
    const auto next = resumed.next().value();
    const auto expected = std::find_if(all.begin(), all.end(), [&](const event& e) { return e.sequence > sequence; });
    CHECK((next.empty() ? 0 : next.front().sequence) == (expected == all.end() ? 0 : expected->sequence));
  }
  for (std::int64_t time = beginning - 5; time < beginning + 620; time += 5) {
    const auto first = std::find_if(all.begin(), all.end(), [&](const event& e) { return e.time_ns >= time; });
    REQUIRE(reader.since(time));
    const auto seen = reader.next().value();
    CHECK((seen.empty() ? 0 : seen.front().sequence) == (first == all.end() ? 0 : first->sequence));
  }
  CHECK(reader.oldest().value() == all.front().sequence);
}

TEST_CASE("a time from which retention may have taken something is told so") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  const auto put = [&](std::int64_t after) {
    std::vector<logged> batch{timed(beginning + after)};
    REQUIRE(writer->append(batch));
  };
  put(10), put(20);
  REQUIRE(writer->roll());
  put(30), put(40);
  auto reader = open_reader(here / "hot");
  REQUIRE(reader.since(beginning + 20));
  CHECK(drain(reader).size() == 3);
  remove_segment(here, 0);
  auto late = open_reader(here / "hot");
  CHECK(late.since(beginning + 20).error() == errc::log_gone);
  CHECK(late.since(beginning + 30).error() == errc::log_gone);  // one that is gone may have been as late
  REQUIRE(late.since(beginning + 31));
  CHECK(drain(late).at(0).time_ns == beginning + 40);
}

TEST_CASE("a log without an event is waited in, whatever time is asked for") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  auto reader = open_reader(here / "hot");
  REQUIRE(reader.since(beginning + 5));
  CHECK(reader.next()->empty());
  CHECK(*reader.at(1) == nullptr);
  append(*writer, 1);
  CHECK(drain(reader).size() == 1);
}

TEST_CASE("the link tells a living board from a silent, a stopped and a lost one, and how long ago its last beat was") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  append(*writer, 1);
  auto reader = open_reader(here / "hot");
  CHECK(reader.link().state == link_state::serving);
  CHECK(reader.link().age < 60s);
  // A beat of long ago, as a loop leaves it that hangs.
  const auto beat_again = [&](std::chrono::nanoseconds ago) {
    const std::int64_t then = std::chrono::steady_clock::now().time_since_epoch().count() - ago.count();
    patch_file(here / "hot/log.control", offsetof(log::control, beat_ns), {reinterpret_cast<const char*>(&then), sizeof then});
  };
  beat_again(20s);
  CHECK(reader.link().state == link_state::silent);
  CHECK(reader.link().age >= 20s);
  writer->beat();
  CHECK(reader.link().state == link_state::serving);
  writer->close();
  CHECK(reader.link().state == link_state::stopped);
  writer.reset();
  CHECK(reader.link().state == link_state::stopped);
  writer = open_writer(options_in(here, true));
  CHECK(reader.link().state == link_state::serving);
  writer.reset();
  CHECK(reader.link().state == link_state::lost);
  empty_folder(here / "hot");
  writer = open_writer(options_in(here, true));
  CHECK(reader.link().state == link_state::serving);  // the log was replaced, and the reader asks the new one
}
