// SPDX-License-Identifier: Apache-2.0
// A log is looked at, damaged in every way that has a name, and mended.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <log/archiver.hpp>
#include <log/commit.hpp>
#include <log/repair.hpp>
#include <log/segment.hpp>
#include <log/verify.hpp>
#include <map>
#include <random>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using log::base_of;
using log::damage;

namespace {

std::shared_ptr<const log::chain_key> a_key(char of = 'k') {
  return std::make_shared<const log::chain_key>(std::string(32, of));
}

/// Three segments of 60 batches of one and of three, every third with a text.
void make_archive(const scratch& here, std::shared_ptr<const log::chain_key> key = nullptr, int segments = 3) {
  auto writer = open_writer(options_in(here, true));
  log::archiver_options how;
  how.key = std::move(key);
  auto archiver = log::archiver::start(*writer, how).value();
  for (int i = 0; i < 60 * segments; ++i) {
    append(*writer, make_event(i, i % 3 == 0 ? "text " + std::to_string(i) : ""));
    append(*writer, i, 3);
    if (i % 60 == 59 && i + 1 < 60 * segments) REQUIRE(writer->roll());
  }
  writer->close();
  writer->wake();
  archiver->stop(std::chrono::seconds(20));
  REQUIRE(archiver->status().durable_sequence == writer->last_sequence());
}
constexpr std::uint64_t events_each = 240;

log::verified look(const std::string& path, const log::chain_key* key = nullptr) {
  log::verify_options how;
  how.key = key;
  auto seen = log::verify_log(path, how);
  REQUIRE(seen.has_value());
  return std::move(*seen);
}
std::vector<damage> kinds(const log::verified& seen) {
  std::vector<damage> all;
  for (const auto& one : seen.findings)
    if (std::find(all.begin(), all.end(), one.what) == all.end()) all.push_back(one.what);
  return all;
}
std::string names(const log::verified& seen) {
  std::string all;
  for (const auto& one : seen.findings)
    all += std::string(log::name(one.what)) + " " + one.file + " " + std::to_string(one.sequence) + " " + one.expected + " " +
           one.found + "\n";
  return all;
}

std::string file_of(const scratch& here, std::uint64_t number, log::file_kind kind) {
  return here / ("archive/" + log::file_name(number, kind));
}
event slot_in(const std::string& file, std::uint64_t at) {
  const std::string bytes = read_file(file);
  event slot{};
  std::memcpy(&slot, bytes.data() + at * sizeof slot, sizeof slot);
  return slot;
}
void put_slot(const std::string& file, std::uint64_t at, const event& slot) {
  patch_file(file, at * sizeof slot, {reinterpret_cast<const char*>(&slot), sizeof slot});
}
log::segment_head head_in(const std::string& file) {
  log::segment_head head{};
  std::memcpy(&head, read_file(file).data(), sizeof head);
  return head;
}
void put_head(const std::string& file, const log::segment_head& head) {
  patch_file(file, 0, {reinterpret_cast<const char*>(&head), sizeof head});
}
void flip(const std::string& file, std::uint64_t bit) {
  std::ifstream from(file, std::ios::binary);
  from.seekg(static_cast<std::streamoff>(bit / 8));
  patch_file(file, bit / 8, std::string(1, static_cast<char>(from.get() ^ (1 << bit % 8))));
}

/// What is done to the second segment, and what must be found.
struct fault {
  std::string name;
  damage kind;
  std::function<void(const scratch&)> plant;
  std::uint64_t lost_at_most;  // events
};
std::vector<fault> faults() {
  using kind = log::file_kind;
  const auto slots = [](const scratch& here) { return file_of(here, 1, kind::slots); };
  const auto with_slot = [slots](std::uint64_t at, auto change) {
    return [=](const scratch& here) {
      event slot = slot_in(slots(here), at);
      change(slot);
      put_slot(slots(here), at, slot);
    };
  };
  return {
      {"a bit of a slot", damage::slot_checksum, [=](const scratch& here) { flip(slots(here), 8 * (128 * 100 + 104)); }, 3},
      {"a bit of a slot's sequence", damage::slot_misplaced, [=](const scratch& here) { flip(slots(here), 8 * 128 * 100 + 3); },
       7},
      {"an emptied slot", damage::hole, with_slot(4, [](event& e) { e = event{}; }), 7},
      {"the middle of a batch", damage::batch_torn, with_slot(2, [](event& e) { e = event{}; }), 7},
      {"a sector that is old", damage::hole,
       [=](const scratch& here) { patch_file(slots(here), 512 * 10, std::string(512, '\0')); }, 11},
      {"an event that goes back in time", damage::time_back,
       with_slot(8,
                 [](event& e) {
                   e.time_ns -= 5;
                   e.crc32c = log::checksum(e);
                 }),
       1},
      {"a batch that says another length", damage::batch_torn,
       with_slot(4,
                 [](event& e) {
                   e.batch_left = 2;
                   e.crc32c = log::checksum(e);
                 }),
       8},
      {"a bit of a text", damage::text_damaged,
       [](const scratch& here) { flip(file_of(here, 1, kind::text), 8 * (32 + 32 + 2)); }, 0},
      {"no text file", damage::text_damaged, [](const scratch& here) { std::filesystem::remove(file_of(here, 1, kind::text)); },
       0},
      {"a shorter text file", damage::text_damaged,
       [](const scratch& here) { std::filesystem::resize_file(file_of(here, 1, kind::text), 500); }, 0},
      {"a head of garbage", damage::head_damaged,
       [](const scratch& here) { write_file(file_of(here, 1, kind::head), std::string(4096, 'x')); }, 0},
      {"no head", damage::head_damaged, [](const scratch& here) { std::filesystem::remove(file_of(here, 1, kind::head)); }, 0},
      {"a head whose end is too late", damage::hole,
       [](const scratch& here) {
         auto head = head_in(file_of(here, 1, kind::head));
         head.end += 10;
         put_head(file_of(here, 1, kind::head), head);
       },
       10},
      {"a head whose end is too early", damage::slots_sum,
       [](const scratch& here) {
         auto head = head_in(file_of(here, 1, kind::head));
         head.end -= 4;
         put_head(file_of(here, 1, kind::head), head);
       },
       0},
      {"another sum", damage::slots_sum,
       [](const scratch& here) {
         auto head = head_in(file_of(here, 1, kind::head));
         head.slots_crc32c ^= 1;
         put_head(file_of(here, 1, kind::head), head);
       },
       0},
      {"no seal", damage::not_sealed,
       [](const scratch& here) {
         auto head = head_in(file_of(here, 1, kind::head));
         head.sealed = 0;
         put_head(file_of(here, 1, kind::head), head);
       },
       0},
      {"a segment that was never ended", damage::not_ended,
       [](const scratch& here) {
         auto head = head_in(file_of(here, 1, kind::head));
         head.sealed = 0, head.end = 0, head.text_bytes = 0;
         put_head(file_of(here, 1, kind::head), head);
       },
       0},
      {"no slots", damage::slots_damaged, [=](const scratch& here) { std::filesystem::remove(slots(here)); }, events_each},
      {"shorter slots", damage::slots_damaged,
       [=](const scratch& here) { std::filesystem::resize_file(slots(here), 128 * 100); }, events_each - 96},
      {"a segment that is not there", damage::missing,
       [](const scratch& here) {
         for (const auto of : {kind::head, kind::slots, kind::text}) std::filesystem::remove(file_of(here, 1, of));
       },
       events_each},
      {"log.issued", damage::issued_damaged, [](const scratch& here) { flip(here / "archive/log.issued", 170); }, 0},
  };
}

}  // namespace

TEST_CASE("a whole log is found whole, in memory, archived, and with its key") {
  const scratch here;
  const auto key = a_key();
  make_archive(here, key);
  for (const std::string& path : {here / "archive", here / "hot"}) {
    const auto seen = look(path, key.get());
    CHECK_MESSAGE(seen.findings_count == 0, names(seen));
    CHECK(seen.events == 3 * events_each);
    CHECK(seen.texts == 60);
    CHECK(seen.archived == 3);
    CHECK(seen.keyed == 3);
    CHECK(seen.first == 1);
    CHECK(seen.last == base_of(2) + events_each - 1);
  }
  const auto other = a_key('x');
  const auto seen = look(here / "archive", other.get());
  CHECK(kinds(seen) == std::vector<damage>{damage::chain_broken});
  CHECK(seen.findings.front().sequence == 1);
  CHECK(log::verify_log(here / "nowhere", {}).error() == errc::not_connected);
}

TEST_CASE("a log that is being written is looked at without a false alarm") {
  const scratch here;
  auto writer = open_writer(options_in(here, true));
  auto archiver = log::archiver::start(*writer).value();
  for (int i = 0; i < 300; ++i) {
    append(*writer, make_event(i, "text"));
    append(*writer, i, 5);
    if (i % 100 == 50) REQUIRE(writer->roll());
    if (i % 10 == 0) {
      const auto seen = look(here / "hot");
      CHECK_MESSAGE(seen.findings_count == 0, names(seen));
    }
  }
  const auto steps = log::repair_archive(here / "hot", {});
  REQUIRE_FALSE(steps.has_value());
  CHECK(steps.error() == errc::log_busy);
  CHECK(log::repair_archive(here / "archive", {}).error() == errc::log_busy);
}

TEST_CASE("each kind of damage is named, and after a repair the log is whole but for what was lost") {
  for (const bool keyed : {false, true}) {
    for (const fault& one : faults()) {
      CAPTURE(one.name);
      CAPTURE(keyed);
      const scratch here;
      const auto key = keyed ? a_key() : nullptr;
      make_archive(here, key);
      empty_folder(here / "hot");  // the machine was off
      auto whole = open_reader(here / "archive");
      const auto before = drain(whole);
      one.plant(here);
      const auto damaged = look(here / "archive", key.get());
      REQUIRE_MESSAGE(damaged.findings_count != 0, names(damaged));
      const auto found = kinds(damaged);
      CHECK_MESSAGE(std::find(found.begin(), found.end(), one.kind) != found.end(), names(damaged));

      log::repair_options how;
      how.key = key.get();
      how.aside = "damaged-test";
      how.dry_run = true;
      const auto would = log::repair_archive(here / "archive", how);
      REQUIRE(would.has_value());
      CHECK(*would != 0);
      CHECK(names(look(here / "archive", key.get())) == names(damaged));
      how.dry_run = false;
      std::map<log::repair_act, int> did;
      how.told = [&](const log::repair_step& step) { ++did[step.what]; };
      const auto steps = log::repair_archive(here / "archive", how);
      REQUIRE_MESSAGE(steps.has_value(), steps.error().message());
      const auto mended = look(here / "archive", key.get());
      CHECK_MESSAGE(mended.findings_count == 0, names(mended));
      if (keyed) CHECK(mended.keyed == 3);
      CHECK((did[log::repair_act::gap_stated] != 0) == (one.lost_at_most != 0));
      CHECK(mended.gaps.size() == static_cast<std::size_t>(did[log::repair_act::gap_stated]));

      // What is there is what was written; what is not is named by a gap.
      auto reader = open_reader(here / "archive", {.verify = true});
      const auto after = drain(reader);
      std::uint64_t kept = 0;
      for (const event& e : after) {
        const auto was = std::find_if(before.begin(), before.end(), [&](const event& b) { return b.sequence == e.sequence; });
        if (was != before.end() && *was == e) ++kept;
      }
      for (const event& b : before) {
        const bool there = std::any_of(after.begin(), after.end(), [&](const event& e) { return e == b; });
        const bool stated = std::any_of(mended.gaps.begin(), mended.gaps.end(),
                                        [&](const log::stated_gap& g) { return b.sequence >= g.from && b.sequence < g.to; });
        if (there == stated) CHECK_MESSAGE(there != stated, b.sequence);
      }
      CHECK(kept + one.lost_at_most >= before.size());
      const auto again = log::repair_archive(here / "archive", how);
      REQUIRE(again.has_value());
      CHECK(*again == 0);
    }
  }
}

TEST_CASE("any bit that changes in slots, texts or a head's first line is seen, also by one who mends the checksums") {
  const scratch here;
  const auto key = a_key();
  make_archive(here, key);
  std::mt19937 random(20261122);
  const auto seen_with = [&](const std::string& file, std::uint64_t bit) {
    flip(file, bit);
    const auto seen = look(here / "archive", key.get());
    const bool shown = std::any_of(seen.findings.begin(), seen.findings.end(), [](const log::finding& one) {
      return one.what == damage::chain_broken || one.what == damage::head_damaged || one.what == damage::head_incompatible;
    });
    flip(file, bit);
    return shown;
  };
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t number = random() % 3;
    const auto slots = file_of(here, number, log::file_kind::slots), text = file_of(here, number, log::file_kind::text),
               head = file_of(here, number, log::file_kind::head);
    CHECK(seen_with(slots, (number == 0 ? 1024 : 0) + random() % (events_each * 1024)));
    CHECK(seen_with(text, random() % (std::filesystem::file_size(text) * 8)));
    CHECK(seen_with(head, random() % (124 * 8)));
  }
  CHECK(look(here / "archive", key.get()).findings_count == 0);

  // Somebody without the key changes an event and all sums over it.
  const auto slots = file_of(here, 1, log::file_kind::slots), head_file = file_of(here, 1, log::file_kind::head);
  event slot = slot_in(slots, 40);
  slot.value += 1;
  slot.crc32c = log::checksum(slot);
  put_slot(slots, 40, slot);
  auto head = head_in(head_file);
  head.slots_crc32c = log::crc32c(read_file(slots).data(), (head.end - base_of(1)) * sizeof(event));
  put_head(head_file, head);
  CHECK(look(here / "archive").findings_count == 0);
  const auto seen = look(here / "archive", key.get());
  CHECK_MESSAGE(kinds(seen) == std::vector<damage>{damage::chain_broken}, names(seen));
  CHECK(seen.findings.front().sequence == base_of(1));
  // A repair hides nothing of it.
  bool refused = false;
  log::repair_options how;
  how.key = key.get();
  how.aside = "damaged-test";
  how.told = [&](const log::repair_step& step) { refused = refused || step.what == log::repair_act::chain_refused; };
  REQUIRE(log::repair_archive(here / "archive", how).has_value());
  CHECK(refused);
  CHECK(kinds(look(here / "archive", key.get())) == std::vector<damage>{damage::chain_broken});
}

TEST_CASE("a segment that is taken away or stripped of its chain is missed; what retention took is not") {
  const scratch here;
  const auto key = a_key();
  make_archive(here, key);
  for (const auto of : {log::file_kind::head, log::file_kind::slots, log::file_kind::text})
    std::filesystem::remove(file_of(here, 0, of));
  CHECK(look(here / "archive", key.get()).findings_count == 0);  // the oldest, as retention does
  auto head = head_in(file_of(here, 2, log::file_kind::head));
  const auto chained = head;
  head.chain = {};
  put_head(file_of(here, 2, log::file_kind::head), head);
  CHECK(kinds(look(here / "archive", key.get())) == std::vector<damage>{damage::not_keyed});
  head = chained;
  head.previous_chain[0] ^= 1;
  put_head(file_of(here, 2, log::file_kind::head), head);
  CHECK(kinds(look(here / "archive", key.get())) == std::vector<damage>{damage::chain_link, damage::chain_broken});
  for (std::uint64_t number : {1, 2}) {
    head = head_in(file_of(here, number, log::file_kind::head));
    head.chain = head.previous_chain = {};
    put_head(file_of(here, number, log::file_kind::head), head);
  }
  CHECK(kinds(look(here / "archive", key.get())) == std::vector<damage>{damage::not_keyed});
}

TEST_CASE("a segment that a crash left without its seal gets one, and its place in the chain, at the next start") {
  const scratch here;
  const auto key = a_key();
  make_archive(here, key);
  for (const bool memory : {true, false}) {
    for (const std::uint64_t number : {1, 2}) {
      auto head = head_in(file_of(here, number, log::file_kind::head));
      head.sealed = 0, head.end = 0, head.text_bytes = 0, head.chain = head.previous_chain = {};
      put_head(file_of(here, number, log::file_kind::head), head);
    }
    if (!memory) empty_folder(here / "hot");
    auto writer = open_writer(options_in(here, true));
    log::archiver_options how;
    how.key = key;
    auto archiver = log::archiver::start(*writer, how).value();
    append(*writer, 1);
    writer->close();
    archiver->stop(std::chrono::seconds(20));
    const auto seen = look(here / "archive", key.get());
    CHECK_MESSAGE(seen.findings_count == 0, names(seen));
    CHECK(seen.keyed == (memory ? 4 : 5));
    CHECK(seen.texts == 60);
  }
}

TEST_CASE("whatever is thrown at an archive, a repair ends with a whole one, and what it keeps was written") {
  std::mt19937 random(7);
  for (int round = 0; round < 25; ++round) {
    CAPTURE(round);
    const scratch here;
    make_archive(here);
    empty_folder(here / "hot");
    auto whole = open_reader(here / "archive");
    const auto before = drain(whole);
    for (unsigned count = 1 + random() % 6; count != 0; --count) {
      const auto kind = static_cast<log::file_kind>(random() % 3);
      const std::string file = file_of(here, random() % 3, kind);
      if (!exists(file)) continue;
      const std::uint64_t size = kind == log::file_kind::slots ? events_each * sizeof(event) : std::filesystem::file_size(file);
      const std::uint64_t at = size == 0 ? 0 : random() % size;
      switch (random() % 8) {
        case 0: std::filesystem::remove(file); break;
        case 1: std::filesystem::resize_file(file, at); break;
        case 2: patch_file(file, at / 512 * 512, std::string(512, '\0')); break;
        case 3: patch_file(file, at / 512 * 512, std::string(512, static_cast<char>(random()))); break;
        default: patch_file(file, at, std::string(1 + random() % 40, static_cast<char>(random()))); break;
      }
    }
    log::repair_options how;
    how.aside = "damaged-test";
    const auto steps = log::repair_archive(here / "archive", how);
    REQUIRE_MESSAGE(steps.has_value(), steps.error().message());
    const auto mended = log::verify_log(here / "archive", {});
    if (!mended) {
      CHECK(mended.error() == errc::not_connected);  // nothing was left
      continue;
    }
    // Garbage in the place of a chain is for whoever has the key to judge.
    for (const damage what : kinds(*mended))
      CHECK_MESSAGE((what == damage::not_keyed || what == damage::chain_link), names(*mended));
    auto reader = open_reader(here / "archive", {.verify = true});
    for (const event& e : drain(reader)) {
      if (e.kind == event_kind::gap) continue;
      const auto was = std::find_if(before.begin(), before.end(), [&](const event& b) { return b.sequence == e.sequence; });
      REQUIRE(was != before.end());
      CHECK(*was == e);
    }
  }
}
