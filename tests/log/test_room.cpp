// SPDX-License-Identifier: Apache-2.0
// A memory that is too small or full: an error with a name, before anything is committed, and never a signal.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <log/archiver.hpp>
#include <log/files.hpp>

#include "mounts.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;

TEST_CASE("a memory of 64 MB is refused at the start, with the remedy") {
  const small_memory memory("64m");
  auto options = memory.options();
  options.room_min = log::writer_options{}.room_min;
  diagnostics why;
  const auto opened = log::writer::open(options, &why);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == errc::log_full);
  CHECK(why.our_text().find("64 MiB") != std::string::npos);
  CHECK(why.our_text().find("--shm-size") != std::string::npos);
}

TEST_CASE("a memory that fills up is log_full, commits nothing, and the log goes on when there is room again") {
  const small_memory memory("4m");
  auto writer = open_writer(memory.options());
  write_file(memory / "ballast", std::string(512 << 10, 'b'));
  std::uint64_t whole = 0;
  std::error_code full;
  logged one = make_event(1, std::string(3000, 't'));
  while (!full) {
    writer->next(1);
    const auto done = writer->append({&one, 1});
    if (done) whole = writer->last_sequence();
    if (!done) full = done.error();
  }
  CHECK(full == errc::log_full);
  CHECK(whole > 100);
  auto reader = open_reader(memory / "hot", {.verify = true});
  CHECK(drain(reader).size() == whole);
  CHECK(reader.next().value().empty());  // looking behind the end touches no memory that is not there

  std::filesystem::remove(memory / "ballast");
  REQUIRE(writer->append({&one, 1}));
  CHECK(drain(reader).size() == 1);
  CHECK(reader.text(one.record).value() == one.text);
}

TEST_CASE("slots use memory up to the last page, and a segment that cannot be begun is log_full too") {
  const small_memory memory("4m");
  auto writer = open_writer(memory.options());
  std::error_code full;
  while (!full) {
    auto batch = make_batch(1, 100);
    writer->next(100);
    const auto done = writer->append(batch);
    if (!done) full = done.error();
  }
  CHECK(full == errc::log_full);
  const std::uint64_t last = writer->last_sequence();
  CHECK(last > 20'000);
  CHECK_FALSE(writer->roll());
  CHECK_FALSE(writer->roll());
  auto reader = open_reader(memory / "hot", {.verify = true});
  CHECK(drain(reader).size() == last);
  CHECK(reader.segments().value().size() == 1);
  writer->close();  // an orderly end needs no room
  CHECK(reader.next().value().empty());
}

TEST_CASE("a memory that is full at the start is log_full") {
  const small_memory memory("2m");
  // Filled to the last page.
  write_file(memory / "ballast", std::string(2 << 20, 'b'));
  diagnostics why;
  const auto opened = log::writer::open(memory.options(), &why);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == errc::log_full);
  CHECK_FALSE(why.empty());
}

TEST_CASE("the bound of the hot folder leaves a quarter of its file system free") {
  const small_memory memory("8m");
  auto writer = open_writer(memory.options());
  auto archiver = log::archiver::start(*writer).value();
  CHECK(archiver->status().hot_bytes_bound == 6 << 20);
}

namespace {

/// One batch of each weight.
void live(log::writer& to, std::int64_t turn) {
  const auto put = [&](event_kind kind, std::size_t count) {
    std::vector<logged> batch = make_batch(turn, count);
    for (logged& one : batch) one.record.kind = kind;
    batch.front().text = "text of " + std::to_string(turn);
    to.next(count);
    REQUIRE(to.append(batch));
  };
  put(event_kind::device_in_service, 6);
  put(event_kind::delivered, 3);
  if (turn % 10 == 0) put(event_kind::command_accepted, 2);
}

struct kept {
  std::uint64_t routine = 0;
  std::uint64_t call = 0;
  std::uint64_t control = 0;
  std::uint64_t gone = 0;  // as the gaps say
};
kept count(const std::vector<event>& all) {
  kept sum;
  std::uint64_t last = 0;
  for (const event& one : all) {
    CHECK(one.sequence > last);
    last = one.sequence;
    if (one.kind == event_kind::device_in_service) ++sum.routine;
    if (one.kind == event_kind::delivered) ++sum.call;
    if (one.kind == event_kind::command_accepted) ++sum.control;
    if (one.kind == event_kind::gap) sum.gone += one.other - static_cast<std::uint64_t>(one.value);
  }
  return sum;
}

}  // namespace

TEST_CASE("a full disk stops nobody, and within the bound nothing gives way") {
  const scratch here;
  const small_memory disk("192k");
  auto options = options_in(here);
  options.archive = disk / "archive";
  auto writer = open_writer(options);
  auto archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
  for (int i = 0; i < 4; ++i) {
    for (int batch = 0; batch < 10; ++batch) append(*writer, i, 100);
    REQUIRE(writer->roll());
  }
  writer->wake();
  CHECK(eventually([&] { return archiver->status().last_error == errc::log_full; }));
  auto reader = open_reader(here / "hot");
  CHECK(drain(reader).size() == 4000);
  disk.resize("64m");
  CHECK(eventually([&] { return archiver->status().durable_sequence == writer->last_sequence(); }));
  CHECK(archiver->status().gave_way == 0);
  auto alone = open_reader(options.archive, {.verify = true});
  CHECK(drain(alone).size() == 4000);
}

TEST_CASE("when the archive takes nothing and the bound is reached, what is light gives way first, and each gap is stated") {
  const scratch here;
  const small_memory disk("192k");
  auto options = options_in(here);
  options.archive = disk / "archive";
  options.hot_bytes_max = 8 << 20;
  auto writer = open_writer(options);
  write_file(disk / "ballast", std::string(192 << 10, 'b'));
  auto archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
  const auto hot = log::folder::open(here / "hot").value();
  std::uint64_t written = 0;
  std::uint64_t controls = 0;
  std::int64_t turn = 0;
  std::uint64_t before = 0;
  const auto live_for = [&](int turns) {
    for (int i = 0; i < turns; ++i, ++turn) {
      live(*writer, turn);
      written += turn % 10 == 0 ? 11 : 9;
      controls += turn % 10 == 0 ? 2 : 0;
      if (turn % 500 == 499) {
        REQUIRE(writer->roll());
        writer->wake();
      }
    }
    REQUIRE(writer->roll());
    writer->wake();
    REQUIRE(eventually([&] { return hot.bytes_used() <= archiver->status().hot_bytes_bound; }));
    REQUIRE(eventually([&] { return archiver->status().hot_bytes <= archiver->status().hot_bytes_bound; }));
  };
  // A little too much: routine alone goes.
  live_for(6000);
  CHECK(eventually([&] { return archiver->status().gave_way > before; }));
  before = archiver->status().gave_way;
  {
    auto reader = open_reader(here / "hot", {.verify = true});
    const kept now = count(drain(reader));
    CHECK(now.control == controls);
    CHECK(now.call == static_cast<std::uint64_t>(turn) * 3);
    CHECK(now.routine + now.call + now.control + now.gone == written);
  }
  // Far too much: calls too, the oldest first; control stays.
  live_for(20000);
  CHECK(eventually([&] { return archiver->status().gave_way > before; }));
  kept in_memory;
  {
    auto reader = open_reader(here / "hot", {.verify = true});
    const auto all = drain(reader);
    in_memory = count(all);
    CHECK(in_memory.control == controls);
    CHECK(in_memory.call < static_cast<std::uint64_t>(turn) * 3);
    CHECK(in_memory.routine + in_memory.call + in_memory.control + in_memory.gone == written);
    for (const event& one : all) {
      if (one.text_len != 0) CHECK(reader.text(one).value().substr(0, 8) == "text of ");
    }
  }
  // The disk is well again: what is left goes there, gaps and all, and reads alike.
  disk.resize("128m");
  CHECK(eventually([&] { return archiver->status().durable_sequence == writer->last_sequence(); }));
  writer->close();
  archiver->stop(30s);
  CHECK(archiver->status().durable_sequence == writer->last_sequence());
  auto alone = open_reader(options.archive, {.verify = true});
  const auto on_disk = drain(alone);
  const kept later = count(on_disk);
  CHECK(later.control == controls);
  CHECK(later.routine + later.call + later.control + later.gone == written);
  for (const event& one : on_disk) {
    if (one.text_len != 0) CHECK(alone.text(one).value().substr(0, 8) == "text of ");
  }
}

TEST_CASE("when others fill the memory, the reserve and what gives way keep the log going") {
  const small_memory memory("24m");
  const small_memory disk("192k");
  auto options = memory.options();
  options.archive = disk / "archive";
  auto writer = open_writer(options);
  write_file(disk / "ballast", std::string(192 << 10, 'b'));
  auto archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
  std::int64_t turn = 0;
  for (; turn < 3000; ++turn) {
    live(*writer, turn);
    if (turn % 500 == 499) REQUIRE(writer->roll());
  }
  CHECK(archiver->status().gave_way == 0);
  // Every byte that is free, taken by somebody else.
  {
    std::FILE* file = std::fopen((memory / "ballast").c_str(), "wb");
    REQUIRE(file != nullptr);
    const std::string block(4096, 'b');
    while (std::fwrite(block.data(), 1, block.size(), file) == block.size() && std::fflush(file) == 0) {
    }
    std::fclose(file);
  }
  // The log needs several times what the reserve is. `live` requires that no append fails.
  for (; turn < 20'000; ++turn) {
    live(*writer, turn);
    if (turn % 500 == 499) {
      REQUIRE(writer->roll());
      writer->wake();
      // What gives way takes a moment, as it has in a house.
      REQUIRE(eventually([&] { return std::filesystem::file_size(memory / "hot/log.reserve") >= (1 << 20); }));
    }
  }
  CHECK(archiver->status().gave_way > 0);
  auto reader = open_reader(memory / "hot", {.verify = true});
  const kept now = count(drain(reader));
  CHECK(now.control == 2 * 2000);
  CHECK(now.routine + now.call + now.control + now.gone == 20'000 * 9 + 2 * 2000);
}

TEST_CASE("what a restart reads back never gives way") {
  const scratch here;
  const small_memory disk("192k");
  auto options = options_in(here);
  options.archive = disk / "archive";
  options.hot_bytes_max = 1 << 20;
  auto writer = open_writer(options);
  write_file(disk / "ballast", std::string(192 << 10, 'b'));
  auto archiver = log::archiver::start(*writer, {.sync_every = 1ms, .keep_events_from = 0}).value();
  std::uint64_t third = 0;
  for (std::int64_t turn = 0; turn < 5000; ++turn) {
    live(*writer, turn);
    if (turn == 1999) third = writer->last_sequence();
    if (turn % 500 == 499) REQUIRE(writer->roll());
  }
  writer->wake();
  REQUIRE(eventually([&] { return archiver->status().hot_bytes > archiver->status().hot_bytes_bound; }));
  CHECK(archiver->status().gave_way == 0);
  archiver->keep_checkpoint(third, {}, {});
  CHECK(eventually([&] { return archiver->status().gave_way > 0; }));
  archiver->stop(0s);
  auto reader = open_reader(here / "hot", {.verify = true});
  for (const event& one : drain(reader)) {
    if (one.kind == event_kind::gap) CHECK(one.other <= third + 1);
  }
}

int main(int argc, char** argv) {
  if (!own_mounts()) {
    std::puts("skipped: no right to mount a small file system");
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
