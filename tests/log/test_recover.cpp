// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <log/archiver.hpp>
#include <log/layout.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using log::base_of;

namespace {

/// The last slot that was written, as a crash in the middle of publishing leaves it: later slots there, the first not.
void tear(const scratch& where, std::uint64_t sequence) {
  patch_file(where / "hot/000000000000.slots", sequence * sizeof(event), std::string(8, '\0'));
}

}  // namespace

TEST_CASE("after a crash the log ends at the last whole batch, and goes on in a new segment with a gap to tell") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 2);
  append(*writer, 3, 4);  // 3 to 6
  writer.reset();         // no close
  tear(here, 3);
  writer = open_writer(options_in(here));
  const log::recovery& found = writer->recovered();
  CHECK(found.found);
  CHECK_FALSE(found.clean);
  CHECK(found.last_sequence == 2);
  CHECK(found.last_time_ns == beginning);
  CHECK(found.gap_from == 3);
  CHECK(found.gap_to == base_of(1));
  CHECK(writer->next() == base_of(1));
  append(*writer, 50);
  auto reader = open_reader(here / "hot");
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 3);
  CHECK(seen[1].sequence == 2);
  CHECK(seen[2].sequence == base_of(1));
}

TEST_CASE("after an orderly end there is no gap to tell, and no number comes twice") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1, 2);
  writer->close();
  writer.reset();
  writer = open_writer(options_in(here));
  CHECK(writer->recovered().clean);
  CHECK(writer->recovered().last_sequence == 2);
  CHECK(writer->recovered().gap_to == 0);
  CHECK(append(*writer, 3) == base_of(1));
}

TEST_CASE("a crash of a writer that had written nothing is still a crash, and the events before it stay in order") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1);
  for (int i = 0; i < 3; ++i) {
    writer.reset();
    writer = open_writer(options_in(here));
    CHECK_FALSE(writer->recovered().clean);
    CHECK(writer->recovered().last_sequence == 1);
    CHECK(writer->recovered().gap_from == 2);
  }
  append(*writer, 2);
  auto reader = open_reader(here / "hot");
  REQUIRE(reader.after(1));
  CHECK(drain(reader).at(0).sequence == base_of(3));
}

TEST_CASE("a slot that was damaged ends the log before it, and the gap says so") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  for (int i = 0; i < 10; ++i) append(*writer, i);
  writer.reset();
  patch_file(here / "hot/000000000000.slots", 6 * sizeof(event) + 104, "xx");
  writer = open_writer(options_in(here));
  CHECK(writer->recovered().last_sequence == 5);
  CHECK(writer->recovered().gap_from == 6);
  auto reader = open_reader(here / "hot");
  CHECK(drain(reader).size() == 5);
}

TEST_CASE("what a crash leaves of a segment that was being made is removed, and its number is not used again") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1);
  writer.reset();
  write_file(here / "hot/000000000001.slots", "half");
  write_file(here / "hot/000000000001.head.new", "half");
  writer = open_writer(options_in(here));
  CHECK(append(*writer, 2) == base_of(2));
  CHECK_FALSE(exists(here / "hot/000000000001.slots"));
  CHECK_FALSE(exists(here / "hot/000000000001.head.new"));
}

TEST_CASE("an end that could be told to no header is told to it at the next start") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  append(*writer, 1);
  REQUIRE(writer->roll());
  append(*writer, 2);
  writer.reset();
  // As if the crash had come between making the second segment and ending the first.
  patch_file(here / "hot/000000000000.head", offsetof(log::segment_head, end), std::string(8, '\0'));
  writer = open_writer(options_in(here));
  append(*writer, 3);
  auto reader = open_reader(here / "hot");
  CHECK(drain(reader).size() == 3);
}

TEST_CASE("when memory is lost with the machine, the log goes on from the archive, above every number that may be used") {
  const scratch here;
  auto options = options_in(here, true);
  auto writer = open_writer(options);
  {
    auto archiver = log::archiver::start(*writer).value();
    append(*writer, make_event(1, "kept"));
    append(*writer, 2);
    writer->wake();
    REQUIRE(eventually([&] { return archiver->status().durable_sequence == 2; }));
  }
  append(*writer, 3);  // never archived
  writer.reset();
  empty_folder(here / "hot");
  writer = open_writer(options);
  const log::recovery& found = writer->recovered();
  CHECK(found.found);
  CHECK_FALSE(found.clean);
  CHECK(found.last_sequence == 2);
  CHECK(found.gap_from == 3);
  CHECK(found.gap_to > base_of(1000));
  const std::uint64_t next = append(*writer, 4);
  CHECK(next == found.gap_to);
  auto reader = open_reader(here / "hot");
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 3);
  CHECK(reader.text(seen[0]).value() == "kept");
  CHECK(seen[2].sequence == next);
}

TEST_CASE("an orderly end is known after memory was lost, and costs no numbers") {
  const scratch here;
  auto options = options_in(here, true);
  for (const bool with_events : {true, false}) {
    auto writer = open_writer(options);
    auto archiver = log::archiver::start(*writer).value();
    if (with_events) append(*writer, 1, 5);
    writer->close();
    archiver->stop();
    archiver.reset();
    writer.reset();
    empty_folder(here / "hot");
  }
  auto writer = open_writer(options);
  CHECK(writer->recovered().found);
  CHECK(writer->recovered().clean);
  CHECK(writer->recovered().last_sequence == 5);
  CHECK(append(*writer, 6) == base_of(2));
}

TEST_CASE("memory that is lost before anything was archived is a gap from the beginning") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  append(*writer, 1);
  writer.reset();
  empty_folder(here / "hot");
  writer = open_writer(options_in(here, true));
  CHECK(writer->recovered().found);
  CHECK_FALSE(writer->recovered().clean);
  CHECK(writer->recovered().last_sequence == 0);
  CHECK(writer->recovered().gap_from == 1);
  CHECK(writer->next() > base_of(1000));
}

TEST_CASE(
    "when memory came back with less than the archive has, as a folder on disk does after a power loss, the archive counts") {
  const scratch here;
  auto options = options_in(here, true);
  auto writer = open_writer(options);
  {
    auto archiver = log::archiver::start(*writer).value();
    for (int i = 1; i <= 3; ++i) append(*writer, i);
    writer->wake();
    REQUIRE(eventually([&] { return archiver->status().durable_sequence == 3; }));
  }
  writer.reset();
  tear(here, 2);
  patch_file(here / "hot/log.control", offsetof(log::control, boot_id), "another boot    ");
  writer = open_writer(options);
  CHECK(writer->recovered().last_sequence == 3);
  CHECK(writer->recovered().gap_from == 4);
  const std::uint64_t next = append(*writer, 4);
  CHECK(next > base_of(1000));
  auto reader = open_reader(here / "hot", {.verify = true});
  const auto seen = drain(reader);
  REQUIRE(seen.size() == 4);
  CHECK(seen[2].value == 3);
}

TEST_CASE("without an archive, a log that lost its memory starts at a number that the wall clock gives") {
  const scratch here;
  auto options = options_in(here);
  auto writer = open_writer(options);
  append(*writer, 1);
  writer.reset();
  empty_folder(here / "hot");
  options.wall = [] { return beginning + std::int64_t{64'000'000'000} * 5; };
  writer = open_writer(options);
  CHECK_FALSE(writer->recovered().found);
  CHECK(append(*writer, 2) == base_of(5));
}

TEST_CASE("a log of another layout is refused, and left as it is") {
  const scratch here;
  open_writer(options_in(here)).reset();
  patch_file(here / "hot/log.control", offsetof(log::control, layout), "\x07");
  diagnostics why;
  const auto opened = log::writer::open(options_in(here), &why);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == errc::log_incompatible);
  CHECK(why.our_text().find("layout 7") != std::string::npos);
  CHECK(log_reader::open(here / "hot").error() == errc::log_incompatible);
}
