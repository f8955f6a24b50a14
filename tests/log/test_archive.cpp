// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>
#include <algorithm>
#include <log/archiver.hpp>
#include <log/crc32c.hpp>
#include <log/layout.hpp>
#include <thread>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;
using log::base_of;

namespace {

bool same(const std::vector<event>& one, const std::vector<event>& other) { return one == other; }

/// Texts of all events, as `from` finds them.
std::vector<std::string> texts(log_reader& from, const std::vector<event>& of) {
  std::vector<std::string> all;
  for (const event& one : of) {
    const auto text = from.text(one);
    all.push_back(text ? std::string(*text) : text.error().message());
  }
  return all;
}

}  // namespace

TEST_CASE("what is archived reads like what is in memory, texts and all") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  auto archiver = log::archiver::start(*writer).value();
  for (int i = 0; i < 300; ++i) {
    append(*writer, make_event(i, i % 3 == 0 ? "note " + std::string(static_cast<std::size_t>(i), 'n') : ""));
    append(*writer, i, 3);
    if (i % 100 == 99) REQUIRE(writer->roll());
    writer->wake();
  }
  auto hot = open_reader(here / "hot");
  const auto in_memory = drain(hot);
  const auto their_texts = texts(hot, in_memory);
  writer->close();
  archiver->stop();
  CHECK(archiver->status().durable_sequence == writer->last_sequence());
  CHECK(hot.durable_sequence() == writer->last_sequence());
  archiver.reset();
  writer.reset();

  auto alone = open_reader(here / "archive", {.verify = true});
  const auto on_disk = drain(alone);
  CHECK(same(on_disk, in_memory));
  CHECK(texts(alone, on_disk) == their_texts);
  CHECK_FALSE(alone.writer_alive());
  CHECK_FALSE(exists(here / "archive/000000000000.dialog"));
}

TEST_CASE("an outcome that must be durable waits for the disk, and only that") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  auto reader = open_reader(here / "hot");
  const std::uint64_t sequence = append(*writer, 1);
  CHECK_FALSE(reader.wait_durable(sequence, 0ms));
  auto archiver = log::archiver::start(*writer).value();
  CHECK(reader.wait_durable(sequence, 10s));
  CHECK(archiver->status().lag_events == 0);
}

TEST_CASE("an archiver goes on where the one before stopped, in the middle of a segment") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  for (int round = 0; round < 4; ++round) {
    auto archiver = log::archiver::start(*writer).value();
    append(*writer, make_event(round, "round " + std::to_string(round)));
    append(*writer, make_event(round, "dialog " + std::to_string(round), tail::dialog));
    append(*writer, round, 20);
    archiver->stop();
    CHECK(archiver->status().durable_sequence == writer->last_sequence());
  }
  writer.reset();
  auto alone = open_reader(here / "archive", {.verify = true});
  const auto seen = drain(alone);
  REQUIRE(seen.size() == 88);
  CHECK(alone.text(seen[66]).value() == "round 3");
  CHECK(alone.text(seen[0]).value() == "round 0");
  CHECK(alone.text(seen[67]).error() == errc::log_gone);
}

TEST_CASE("the hot folder is kept below its bound, and a reader does not notice where a segment lies") {
  const scratch here;
  auto options = options_in(here, true);
  options.hot_bytes_max = 2 << 20;
  auto writer = open_writer(options);
  auto archiver = log::archiver::start(*writer).value();
  std::uint64_t count = 0;
  for (int segment = 0; segment < 12; ++segment) {
    for (int i = 0; i < 10; ++i) append(*writer, segment, 200);
    append(*writer, make_event(segment, "of segment " + std::to_string(segment)));
    count += 2001;
    REQUIRE(writer->roll());
    writer->wake();
    // As long as the disk keeps up, nothing has to give way.
    REQUIRE(eventually([&] { return archiver->status().durable_sequence == writer->last_sequence(); }));
  }
  CHECK(eventually([&] {
    const auto now = archiver->status();
    return now.hot_bytes <= now.hot_bytes_bound && !exists(here / "hot/000000000000.dialog");
  }));
  CHECK_FALSE(exists(here / "hot/000000000000.head"));
  auto reader = open_reader(here / "hot", {.verify = true});
  const auto seen = drain(reader);
  CHECK(seen.size() == count);
  CHECK(reader.text(seen[2000]).value() == "of segment 0");
  CHECK(reader.oldest().value() == 1);
}

TEST_CASE("without an archive the oldest segments go when the folder is over its bound, never the newest") {
  const scratch here;
  auto options = options_in(here);
  options.hot_bytes_max = 1;
  auto writer = open_writer(options);
  auto archiver = log::archiver::start(*writer).value();
  for (int i = 0; i < 3; ++i) {
    append(*writer, i, 100);
    REQUIRE(writer->roll());
  }
  append(*writer, 3);
  CHECK(eventually([&] { return !exists(here / "hot/000000000002.slots"); }));
  auto reader = open_reader(here / "hot");
  CHECK(reader.oldest().value() == base_of(3));
  CHECK(drain(reader).size() == 1);
  CHECK(archiver->status().durable_sequence == 0);
  CHECK(archiver->status().lag_events == 0);
}

TEST_CASE("dialogs that a restart needs are kept when their segment is not, and others go at once") {
  const scratch here;
  auto options = options_in(here, true);
  options.hot_bytes_max = 1;
  auto writer = open_writer(options);
  append(*writer, make_event(1, "an old call", tail::dialog));
  REQUIRE(writer->roll());
  append(*writer, make_event(2, "a call that still runs", tail::dialog));
  REQUIRE(writer->roll());
  append(*writer, 3);
  auto archiver = log::archiver::start(*writer, {.keep_dialogs_from = base_of(1)}).value();
  CHECK(eventually([&] { return !exists(here / "hot/000000000001.slots") && !exists(here / "hot/000000000000.dialog"); }));
  auto reader = open_reader(here / "hot");
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 3);
  CHECK(reader.text(seen[0]).error() == errc::log_gone);
  REQUIRE(reader.text(seen[1]));
  CHECK(reader.text(seen[1]).value() == "a call that still runs");
  archiver->keep_dialogs_from(base_of(2));
  CHECK(eventually([&] { return !exists(here / "hot/000000000001.dialog"); }));
}

TEST_CASE("who copies the archive has errors where who maps it has a signal") {
  const scratch here;
  {
    auto writer = open_writer(options_in(here, true));
    auto archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
    append(*writer, make_event(1, "first"));
    REQUIRE(writer->roll());
    append(*writer, make_event(2, "second"));
    REQUIRE(writer->roll());
    append(*writer, 3);
    writer->close();
    archiver->stop();
  }
  auto reader = open_reader(here / "archive", {.copy_archive = true});
  const auto before = drain(reader);
  REQUIRE(before.size() == 3);
  const event* first = reader.at(before[0].sequence).value();
  REQUIRE(reader.text(before[0]).value() == "first");
  // Pages that a file has no more are what a disk's error is to a mapping: whoever touches one is killed.
  for (const char* name : {"000000000000.slots", "000000000000.text", "000000000001.text"})
    std::filesystem::resize_file(here / ("archive/" + std::string(name)), 0);
  CHECK(first->sequence == before[0].sequence);
  CHECK(reader.text(before[0]).value() == "first");
  CHECK(reader.text(before[1]).error() == errc::log_damaged);
  auto late = open_reader(here / "archive", {.copy_archive = true});
  CHECK(late.at(before[0].sequence).error() == errc::log_damaged);
  CHECK(late.at(before[1].sequence).value()->sequence == before[1].sequence);
  // The next start meets the same disk.
  CHECK(log::writer::open(options_in(here, true)));
}

TEST_CASE("a disk that vanishes stops nobody; when it is back, the archive catches up") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  auto archiver = log::archiver::start(*writer, {.sync_every = 1ms, .lag_max = 20ms}).value();
  append(*writer, 1);
  writer->wake();
  REQUIRE(eventually([&] { return archiver->status().durable_sequence == 1; }));
  // A folder in the place of the next segment's file: every attempt to open it fails.
  const std::string in_the_way = here / "archive/000000000001.slots";
  std::filesystem::create_directory(in_the_way);
  REQUIRE(writer->roll());
  const std::uint64_t second = append(*writer, 2);
  writer->wake();
  CHECK(eventually([&] { return archiver->status().retries >= 2 && archiver->status().behind; }));
  const std::uint64_t third = append(*writer, 3);
  CHECK(archiver->status().last_error);
  CHECK(archiver->status().lag_events >= 1);
  CHECK(archiver->status().durable_sequence < second);
  std::filesystem::remove(in_the_way);
  CHECK(eventually([&] { return archiver->status().durable_sequence == third; }));
  CHECK(eventually([&] { return !archiver->status().last_error && !archiver->status().behind; }));
  archiver->stop();
  auto alone = open_reader(here / "archive", {.verify = true});
  CHECK(drain(alone).size() == 3);
}

TEST_CASE("a failing disk is given up when patience ends") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  std::filesystem::create_directory(here / "archive/000000000000.slots");
  auto archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
  append(*writer, 1);
  writer->close();
  const auto before = std::chrono::steady_clock::now();
  archiver->stop(50ms);
  CHECK(std::chrono::steady_clock::now() - before < 5s);
  CHECK(archiver->status().durable_sequence == 0);
  CHECK(archiver->status().last_error);
}

TEST_CASE("an archived segment carries checksums over its slots and its texts") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  auto archiver = log::archiver::start(*writer).value();
  append(*writer, make_event(1, "one"));
  append(*writer, make_event(2, "two"));
  writer->close();
  archiver->stop();
  const std::string bytes = read_file(here / "archive/000000000000.head");
  log::segment_head head{};
  REQUIRE(bytes.size() >= sizeof head);
  std::copy_n(bytes.data(), sizeof head, reinterpret_cast<char*>(&head));
  CHECK(head.sealed == 1);
  CHECK(head.end == 3);
  CHECK(head.slots_crc32c == log::crc32c(read_file(here / "archive/000000000000.slots").data(), 3 * sizeof(event)));
  const std::string text = read_file(here / "archive/000000000000.text");
  CHECK(text.size() == head.text_bytes);
  CHECK(head.text_crc32c == log::crc32c(text.data(), text.size()));
}
