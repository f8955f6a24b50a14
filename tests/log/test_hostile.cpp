// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <log/archiver.hpp>
#include <log/crc32c.hpp>
#include <log/layout.hpp>
#include <random>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::string u64(std::uint64_t value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

/// A log of three events in one segment, with a text each.
struct small_log {
  scratch here;
  std::string hot = here / "hot";
  std::string head = here / "hot/000000000000.head";
  std::string slots = here / "hot/000000000000.slots";
  std::string text = here / "hot/000000000000.text";
  small_log() {
    auto writer = open_writer(options_in(here));
    for (int i = 0; i < 3; ++i) append(*writer, make_event(i, "text"));
  }
  std::error_code next_error(log_reader_options options = {}) const {
    auto reader = log_reader::open(hot, options);
    if (!reader) return reader.error();
    for (;;) {
      const auto events = reader->next();
      if (!events) return events.error();
      if (events->empty()) return {};
    }
  }
};

}  // namespace

TEST_CASE("segments that are cut, too long, or something else are damage, not a crash") {
  const small_log log;
  SUBCASE("a header that is cut") { std::filesystem::resize_file(log.head, 100); }
  SUBCASE("an empty header") { std::filesystem::resize_file(log.head, 0); }
  SUBCASE("slots that are cut") { std::filesystem::resize_file(log.slots, 4096); }
  SUBCASE("slots that are too long") { std::filesystem::resize_file(log.slots, log::slots_bytes + 128); }
  SUBCASE("another magic") { patch_file(log.head, 0, "Nonsense"); }
  SUBCASE("another number") { patch_file(log.head, 24, u64(5)); }
  SUBCASE("a slot in the wrong place") { patch_file(log.slots, 2 * sizeof(event), u64(77)); }
  SUBCASE("a batch that never ends") { patch_file(log.slots, 3 * sizeof(event) + 19, "\x09"); }
  SUBCASE("a symbolic link") {
    std::filesystem::rename(log.slots, log.slots + ".elsewhere");
    std::filesystem::create_symlink(log.slots + ".elsewhere", log.slots);
  }
  SUBCASE("a pipe") {
    std::filesystem::remove(log.slots);
    REQUIRE(::mkfifo(log.slots.c_str(), 0600) == 0);
  }
  SUBCASE("a folder") {
    std::filesystem::remove(log.slots);
    std::filesystem::create_directory(log.slots);
  }
  CHECK(log.next_error() == errc::log_damaged);
}

TEST_CASE("a head of another layout is incompatible, not damaged") {
  const small_log log;
  patch_file(log.head, 8, "\x02");
  CHECK(log.next_error() == errc::log_incompatible);
}

TEST_CASE("an end, a hint or a memory mark out of bounds costs nothing and crashes nobody") {
  const small_log log;
  for (const std::uint64_t at : {128, 136, 144}) {
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, log::slots_per_segment + 5, UINT64_MAX}) {
      const small_log other;
      patch_file(other.head, at, u64(value));
      (void)other.next_error();
      auto reader = open_reader(other.hot);
      (void)reader.newest();
      (void)reader.oldest();
      (void)reader.segment(0);
      for (const std::uint64_t sequence : {0, 1, 2, 3, 1000}) (void)reader.after(sequence);
    }
  }
}

TEST_CASE("a changed bit in a slot is found by a reader who verifies, before the slot is handed out") {
  const small_log log;
  patch_file(log.slots, 2 * sizeof(event) + 60, "\x01");
  CHECK(log.next_error() == std::error_code());
  auto reader = open_reader(log.hot, {.verify = true});
  CHECK(reader.next().value().size() == 1);
  CHECK(reader.next().error() == errc::log_damaged);
  CHECK(reader.next().error() == errc::log_damaged);
  REQUIRE(reader.after(2));
  CHECK(reader.next().value().size() == 1);
}

TEST_CASE("a text that is not where its event says, or not as it was, is damage") {
  const small_log log;
  auto reader = open_reader(log.hot);
  const auto events = drain(reader);
  REQUIRE(events.size() == 3);
  event one = events[1];
  SUBCASE("behind the end") { one.text_at = 1000; }
  SUBCASE("far behind the end") { one.text_at = ~log::text_at_dialog; }
  SUBCASE("in the tail's header") { one.text_at = 1; }
  SUBCASE("between two entries") { one.text_at += 1; }
  SUBCASE("longer") { one.text_len += 1; }
  SUBCASE("in the other tail") { one.text_at |= log::text_at_dialog; }
  SUBCASE("changed") { patch_file(log.text, one.text_at * 8 + sizeof(log::tail_entry), "t3xt"); }
  SUBCASE("of another segment") { patch_file(log.text, 16, u64(9)); }
  CHECK(reader.text(one).error() == errc::log_damaged);
}

TEST_CASE("garbage in the places file or the control file is an error with a name") {
  const small_log log;
  SUBCASE("places: garbage") { write_file(log.hot + "/log.places", std::string(100, '\xee')); }
  SUBCASE("places: half") { write_file(log.hot + "/log.places", "cordboard log 1\nhot /a"); }
  SUBCASE("places: huge") { write_file(log.hot + "/log.places", std::string(1 << 20, 'x')); }
  SUBCASE("control: cut") { std::filesystem::resize_file(log.hot + "/log.control", 64); }
  SUBCASE("control: garbage") { write_file(log.hot + "/log.control", std::string(4096, '\xee')); }
  CHECK(log_reader::open(log.hot).error() == errc::log_damaged);
}

TEST_CASE("a writer starts over garbage in its control file and in a segment, and says that the end was unclean") {
  const small_log log;
  SUBCASE("control") { write_file(log.hot + "/log.control", std::string(4096, '\xee')); }
  SUBCASE("head") { write_file(log.head, std::string(4096, '\xee')); }
  SUBCASE("slots") { std::filesystem::resize_file(log.slots, 12345); }
  auto writer = open_writer(options_in(log.here));
  CHECK_FALSE(writer->recovered().clean);
  CHECK(append(*writer, 1) >= log::base_of(1));
  auto reader = open_reader(log.hot);
  const auto left = drain(reader);
  CHECK(left.back().sequence == writer->last_sequence());
}

TEST_CASE("a hot folder that somebody else could write to is refused") {
  const scratch here;
  std::filesystem::create_directory(here / "hot");
  std::filesystem::permissions(here / "hot", std::filesystem::perms::all);
  diagnostics why;
  const auto opened = log::writer::open(options_in(here), &why);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == std::errc::operation_not_permitted);
  std::filesystem::remove(here / "hot");
  std::filesystem::create_symlink(here.path(), here / "hot");
  CHECK_FALSE(log::writer::open(options_in(here), &why));
}

TEST_CASE("no change of a log's files, however mad, brings a reader or a writer down") {
  const std::uint32_t seed = 20'251;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  for (int round = 0; round < 600; ++round) {
    std::string input(1, static_cast<char>(byte()));
    for (unsigned changes = random() % 4; changes-- > 0;) {
      const std::uint8_t length = byte() % 16;
      // Mostly near the beginning, where the headers and the slots are.
      const std::uint32_t at = random() % (random() % 2 == 0 ? 256 : 8192);
      input += static_cast<char>(byte());
      input += static_cast<char>(byte());
      input.append(reinterpret_cast<const char*>(&at), sizeof at);
      input += static_cast<char>(length);
      input += '\0';
      for (int i = 0; i < length; ++i) input += static_cast<char>(random() % 3 == 0 ? 0xff : byte());
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
}
