// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <log/layout.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using log::base_of;

TEST_CASE("the first event of a log has sequence 1, and sequences are dense within a segment") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  CHECK_FALSE(writer->recovered().found);
  CHECK(writer->recovered().clean);
  CHECK(writer->last_sequence() == 0);
  CHECK(append(*writer, 10) == 1);
  CHECK(append(*writer, 20, 3) == 2);
  CHECK(append(*writer, 30) == 5);
  CHECK(writer->last_sequence() == 5);
}

TEST_CASE("a log without a trace begins at a number that the wall clock gives") {
  const scratch here;
  auto options = options_in(here);
  options.wall = [] { return beginning + std::int64_t{64'000'000'000} * 1000; };
  auto writer = open_writer(options);
  CHECK(writer->next() == base_of(1000));
}

TEST_CASE("append fills in sequence, batch_left and checksum, and leaves the rest alone") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  auto batch = make_batch(100, 3);
  batch[1].text = "Frau Müller";
  REQUIRE(writer->append(batch));
  auto reader = open_reader(here / "hot", {.verify = true});
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(seen[i] == batch[i].record);
    CHECK(seen[i].sequence == 1 + i);
    CHECK(seen[i].batch_left == 2 - i);
    CHECK(seen[i].value == 100 + static_cast<std::int64_t>(i));
  }
}

TEST_CASE("time that goes back is refused, and nothing of the batch is committed") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1);
  auto batch = make_batch(2, 2);
  batch[1].record.time_ns = beginning - 1;
  const auto refused = writer->append(batch);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == std::errc::invalid_argument);
  CHECK(writer->next() == 2);
  auto reader = open_reader(here / "hot");
  CHECK(drain(reader).size() == 1);
}

TEST_CASE("a text that is too long and a batch that is too large are named errors") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  logged one = make_event(1, std::string(log::text_bytes_max + 1, 'x'));
  auto refused = writer->append({&one, 1});
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::text_invalid);
  auto batch = make_batch(1, log::writer::batch_max + 1);
  refused = writer->append(batch);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::limit_reached);
  CHECK(append(*writer, 1, log::writer::batch_max) == 1);
  CHECK(append(*writer, make_event(2, std::string(log::text_bytes_max, 'y'))) == log::writer::batch_max + 1);
}

TEST_CASE("texts stand in their own tails, and what only a restart needs is for our own user alone") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, make_event(1, "0361 555 1234"));
  append(*writer, make_event(2, "Call-ID: 7", tail::dialog));
  auto reader = open_reader(here / "hot");
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 2);
  CHECK(reader.text(seen[0]).value() == "0361 555 1234");
  CHECK(reader.text(seen[1]).value() == "Call-ID: 7");
  const std::string slots = read_file(here / "hot/000000000000.slots").substr(0, 4096);
  CHECK(slots.find("0361") == std::string::npos);
  CHECK(read_file(here / "hot/000000000000.text").find("Call-ID") == std::string::npos);
  struct stat is {};
  REQUIRE(::stat((here / "hot/000000000000.dialog").c_str(), &is) == 0);
  CHECK((is.st_mode & 0777) == 0600);
  REQUIRE(::stat((here / "hot/000000000000.text").c_str(), &is) == 0);
  CHECK((is.st_mode & 0007) == 0);
}

TEST_CASE("the segment ends early when the next batch may not fit, and the promise of next holds") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  constexpr std::uint64_t full = log::slots_per_segment;
  while (writer->last_sequence() + log::writer::batch_max < full - 10) append(*writer, 1, log::writer::batch_max);
  const std::size_t left = full - 1 - writer->last_sequence() - 10;
  append(*writer, 1, left);
  REQUIRE(writer->last_sequence() == full - 11);
  CHECK(writer->next(10) == full - 10);
  CHECK(writer->next(11) == base_of(1));
  CHECK(append(*writer, 5, 4) == base_of(1));  // fewer than `next` was asked for; its promise stands
  CHECK(append(*writer, 6) == base_of(1) + 4);
  auto reader = open_reader(here / "hot", {.verify = true});
  REQUIRE(reader.after(full - 12));
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 6);
  CHECK(seen[0].sequence == full - 11);
  CHECK(seen[1].sequence == base_of(1));
}

TEST_CASE("a full segment goes over to the next without a hole") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  while (writer->last_sequence() + log::writer::batch_max < log::slots_per_segment) {
    append(*writer, 1, log::writer::batch_max);
  }
  while (writer->last_sequence() < log::slots_per_segment + 2) append(*writer, 1);
  auto reader = open_reader(here / "hot");
  std::uint64_t expected = 1;
  bool dense = true;
  for (const event& one : drain(reader)) dense = dense && one.sequence == expected++;
  CHECK(dense);
  CHECK(expected == log::slots_per_segment + 3);
}

TEST_CASE("nothing can be appended after the end") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1);
  writer->close();
  auto batch = make_batch(2, 1);
  const auto refused = writer->append(batch);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::board_closed);
}

TEST_CASE("a second writer is refused and told the pid of the first") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  diagnostics why;
  auto second = log::writer::open(options_in(here), &why);
  REQUIRE_FALSE(second);
  CHECK(second.error() == errc::log_busy);
  CHECK(why.our_text().find("pid " + std::to_string(::getpid())) != std::string::npos);
  writer.reset();
  CHECK(log::writer::open(options_in(here), &why));
}

TEST_CASE("two logs cannot share an archive") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  auto other = options_in(here, true);
  other.hot = here / "other";
  diagnostics why;
  const auto second = log::writer::open(other, &why);
  REQUIRE_FALSE(second);
  CHECK(second.error() == errc::log_busy);
  CHECK(why.our_text().find(other.archive) != std::string::npos);
}
