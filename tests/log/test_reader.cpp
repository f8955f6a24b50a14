// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <log/commit.hpp>
#include <log/layout.hpp>
#include <thread>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;
using log::base_of;

TEST_CASE("a reader that asks for what comes after a sequence gets exactly that") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  for (int i = 0; i < 50; ++i) append(*writer, i, 1 + static_cast<std::size_t>(i) % 4);
  const std::uint64_t last = writer->last_sequence();
  auto reader = open_reader(here / "hot");
  for (std::uint64_t after = 0; after <= last; ++after) {
    REQUIRE(reader.after(after));
    const auto seen = drain(reader);
    REQUIRE(seen.size() == last - after);
    for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i].sequence == after + 1 + i);
  }
}

TEST_CASE("events are handed out where they lie, as whole batches") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 3);
  append(*writer, 4, 5);
  auto reader = open_reader(here / "hot", {.events_at_once = 1});
  const auto first = reader.next().value();
  const auto second = reader.next().value();
  CHECK(first.size() == 3);
  CHECK(second.size() == 5);
  CHECK(first.data() + 3 == second.data());
  CHECK(reader.next().value().empty());
}

TEST_CASE("a sequence that was not yet issued is waited for") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 2);
  auto reader = open_reader(here / "hot");
  REQUIRE(reader.after(4));
  CHECK(reader.next().value().empty());
  append(*writer, 3, 4);  // 3, 4, 5, 6
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].sequence == 5);
  REQUIRE(reader.after(base_of(1) + 1));
  append(*writer, 7);
  CHECK(reader.next().value().empty());
  REQUIRE(writer->roll());
  append(*writer, 8, 3);
  CHECK(drain(reader).at(0).sequence == base_of(1) + 2);
}

TEST_CASE("a reader keeps its place across an early end of a segment, also of an empty one") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  auto reader = open_reader(here / "hot");
  std::vector<std::uint64_t> expected;
  std::vector<std::uint64_t> seen;
  for (int i = 0; i < 20; ++i) {
    expected.push_back(append(*writer, i));
    if (i % 5 == 4) REQUIRE(writer->roll());
    if (i % 10 == 4) REQUIRE(writer->roll());
    if (i % 3 == 0) {
      for (const event& one : drain(reader)) seen.push_back(one.sequence);
    }
  }
  for (const event& one : drain(reader)) seen.push_back(one.sequence);
  CHECK(seen == expected);
  CHECK(expected[5] == base_of(2));
  CHECK(reader.newest().value() == expected.back());
  CHECK(reader.oldest().value() == 1);
}

TEST_CASE("a reader that waits in a log without an event follows it over its empty beginnings") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  auto reader = open_reader(here / "hot");
  for (int i = 0; i < 2; ++i) {
    CHECK(reader.next().value().empty());
    writer->close();
    writer.reset();
    writer = open_writer(options_in(here));
  }
  const std::uint64_t first = append(*writer, 1);
  CHECK(drain(reader).at(0).sequence == first);
}

TEST_CASE("what was handed out stays valid until the reader has gone on by two segments") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, make_event(7, "first"));
  REQUIRE(writer->roll());
  append(*writer, 8);
  auto reader = open_reader(here / "hot");
  const auto first = reader.next().value();
  const auto text = reader.text(first[0]).value();
  CHECK(reader.next().value().size() == 1);
  CHECK(first[0].value == 7);
  CHECK(text == "first");
}

TEST_CASE("a text can be asked for long after its event was passed") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  std::vector<event> all;
  auto reader = open_reader(here / "hot");
  for (int i = 0; i < 5; ++i) {
    append(*writer, make_event(i, "text " + std::to_string(i)));
    REQUIRE(writer->roll());
    for (const event& one : drain(reader)) all.push_back(one);
  }
  REQUIRE(all.size() == 5);
  for (int i = 0; i < 5; ++i) CHECK(reader.text(all[static_cast<std::size_t>(i)]).value() == "text " + std::to_string(i));
  CHECK(reader.text(event{}).value().empty());
}

TEST_CASE("a log is found by its run folder, its hot folder and its archive; elsewhere there is none") {
  const scratch here;
  auto options = options_in(here, true);
  options.run = here.path();
  auto writer = open_writer(options);
  append(*writer, 1);
  for (const std::string& path : {here.path(), here / "hot"}) {
    auto reader = open_reader(path);
    CHECK(drain(reader).size() == 1);
  }
  for (const std::string& nowhere : {here / "nowhere", std::string("/dev")}) {
    const auto opened = log_reader::open(nowhere);
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == errc::not_connected);
  }
}

TEST_CASE("a copy of a hot folder is read as it was copied, while the log goes on") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  append(*writer, 1);
  std::filesystem::copy(here / "hot", here / "copy");
  append(*writer, 2);
  auto copied = open_reader(here / "copy");
  CHECK(drain(copied).size() == 1);
  CHECK(copied.link().state == link_state::lost);
  auto live = open_reader(here / "hot");
  CHECK(drain(live).size() == 2);
}

TEST_CASE("kinds that this version does not know are handed out") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  logged strange = make_event(1, "strange");
  strange.record.kind = static_cast<event_kind>(60'000);
  append(*writer, strange);
  auto reader = open_reader(here / "hot", {.verify = true});
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 1);
  CHECK(static_cast<int>(seen[0].kind) == 60'000);
  CHECK(reader.text(seen[0]).value() == "strange");
}

TEST_CASE("a sleeping reader is woken by a turn of the loop, not by each append") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  auto reader = open_reader(here / "hot");
  CHECK_FALSE(reader.wait(0ms));
  std::atomic<bool> woken{false};
  std::thread sleeping([&] { woken = reader.wait(10s) && drain(reader).size() == 3; });
  append(*writer, 1);
  append(*writer, 2, 2);
  writer->wake();
  sleeping.join();
  CHECK(woken);
}

TEST_CASE("no wake-up is ever lost") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  auto reader = open_reader(here / "hot");
  std::atomic<std::uint64_t> seen{0};
  std::atomic<bool> slept_through{false};
  constexpr std::uint64_t rounds = 3000;
  std::thread following([&] {
    while (seen < rounds && !slept_through) {
      slept_through = !reader.wait(10s);
      for (const event& one : drain(reader)) seen = one.sequence;
    }
  });
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const std::uint64_t sequence = append(*writer, 1);
    writer->wake();
    // Every other one waits for the reader, so that it is asleep, or just about to be, when the next comes.
    while (i % 2 == 0 && seen < sequence && !slept_through) std::this_thread::yield();
  }
  following.join();
  CHECK_FALSE(slept_through);
  CHECK(seen == rounds);
}

TEST_CASE("an interruption ends the wait that runs, or else the next one") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  auto reader = open_reader(here / "hot");
  reader.interrupt();
  const auto before = std::chrono::steady_clock::now();
  CHECK_FALSE(reader.wait(10s));
  std::atomic<bool> returned{false};
  std::thread sleeping([&] {
    CHECK_FALSE(reader.wait(10s));
    returned = true;
  });
  ::poll(nullptr, 0, 2);
  reader.interrupt();
  sleeping.join();
  CHECK(returned);
  CHECK(std::chrono::steady_clock::now() - before < 5s);
}

TEST_CASE("a segment is one array, and outlives its reader") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 3);
  segment_view view;
  {
    auto reader = open_reader(here / "hot");
    REQUIRE(reader.segments().value() == std::vector<std::uint64_t>{0});
    view = reader.segment(0).value();
    CHECK(reader.segment(1).error() == errc::log_gone);
  }
  CHECK(view.first == 1);
  CHECK(view.end == 4);
  CHECK_FALSE(view.closed);
  REQUIRE(view.slots.size() == 4);
  CHECK(view.slots[0].sequence == 0);
  CHECK(view.slots[3].sequence == 3);
}

TEST_CASE("one can tell whether somebody writes the log") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1);
  auto reader = open_reader(here / "hot");
  CHECK(reader.writer_alive());
  writer->close();
  CHECK(reader.writer_alive());  // the archiver may still be at work
  writer.reset();
  CHECK_FALSE(reader.writer_alive());
  CHECK(drain(reader).size() == 1);
}

TEST_CASE("a reader that fell behind retention is told so, and where the log begins now") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 3);
  REQUIRE(writer->roll());
  append(*writer, 2);
  REQUIRE(writer->roll());
  append(*writer, 3);
  auto slow = open_reader(here / "hot");
  CHECK(slow.next().value().size() == 3);
  for (const char* ending : {"head", "slots", "text", "dialog"}) {
    CHECK(std::remove((here / (std::string("hot/000000000000.") + ending)).c_str()) == 0);
  }
  auto late = open_reader(here / "hot");
  CHECK(late.after(3));  // it has seen all of what is gone
  CHECK(drain(late).size() == 2);
  const auto gone = late.after(2);
  REQUIRE_FALSE(gone);
  CHECK(gone.error() == errc::log_gone);
  CHECK(late.oldest().value() == base_of(1));
  CHECK(late.after(late.oldest().value() - 1));
  CHECK(drain(late).size() == 2);

  std::remove((here / "hot/000000000001.head").c_str());
  const auto missed = slow.next();
  REQUIRE_FALSE(missed);
  CHECK(missed.error() == errc::log_gone);
  REQUIRE(slow.after(slow.oldest().value() - 1));
  CHECK(drain(slow).at(0).sequence == base_of(2));
}

TEST_CASE("a reader finds the log again when the hot folder was emptied under it") {
  const scratch here;
  auto options = options_in(here, true);
  options.wall = [] { return beginning + std::int64_t{64'000'000'000} * 10; };
  auto writer = open_writer(options);
  append(*writer, 1);
  auto reader = open_reader(here / "hot");
  CHECK(drain(reader).size() == 1);
  writer.reset();
  empty_folder(here / "hot");
  writer = open_writer(options);
  append(*writer, 2);
  writer->wake();
  // What it had read is in no archive: it is told, not left asleep.
  CHECK(reader.wait(10s));
  CHECK(reader.next().error() == errc::log_gone);
  REQUIRE(reader.after(reader.oldest().value() - 1));
  CHECK(drain(reader).at(0).value == 2);
}

TEST_CASE("readers hammer while the writer appends and changes segments, and none sees half a batch") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  constexpr int batches = 6000;
  std::atomic<bool> whole{true};
  std::uint64_t total = 0;
  for (int i = 0; i < batches; ++i) total += 1 + static_cast<std::uint64_t>(i) % 7;
  const auto follow = [&] {
    auto reader = open_reader(here / "hot", {.verify = true, .events_at_once = 64});
    std::uint64_t seen = 0;
    std::uint64_t last = 0;
    while (seen < total && whole) {
      const auto events = reader.next();
      if (!events) whole = false;
      if (!events) break;
      for (std::size_t i = 0; i < events->size(); ++i) {
        const event& one = (*events)[i];
        whole = whole && one.sequence > last && one.batch_left < events->size() - i;
        last = one.sequence;
      }
      seen += events->size();
      if (events->empty() && !reader.wait(10s)) whole = false;
    }
  };
  std::thread one(follow);
  std::thread two(follow);
  for (int i = 0; i < batches; ++i) {
    append(*writer, i, 1 + static_cast<std::size_t>(i) % 7);
    if (i % 1000 == 999) REQUIRE(writer->roll());
    if (i % 4 == 0) writer->wake();
  }
  writer->wake();
  one.join();
  two.join();
  CHECK(whole);
}
