// SPDX-License-Identifier: Apache-2.0
// Many processes: the writer is a child that is killed at random moments, the witness is another that keeps every byte it
// saw in memory that both share.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <log/archiver.hpp>
#include <log/layout.hpp>
#include <map>
#include <random>

#include "processes.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;

namespace {

/// Batches as fast as it goes, until somebody kills it.
void write_for_ever(const log::writer_options& options, std::atomic<std::uint64_t>& appended, bool archive) {
  auto writer = open_writer(options);
  auto archiver = archive ? log::archiver::start(*writer, {.sync_every = 1ms}).value() : nullptr;
  tell_gap(*writer);
  for (std::uint64_t turn = 0;; ++turn) {
    auto batch = named_batch(*writer, turn);
    if (const auto done = writer->append(batch); !done) throw std::runtime_error(done.error().message());
    appended.fetch_add(batch.size(), std::memory_order_relaxed);
    if (turn % 3 == 0) writer->wake();
    if (turn % 3000 == 2999) {
      if (const auto done = writer->roll(); !done) throw std::runtime_error(done.error().message());
    }
  }
}

bool well_formed(const event& one, log_reader& reader) {
  // A crash's gap names its own sequence; where memory ran out before the archive had it, the gap ends the run that gave way.
  if (one.kind == event_kind::gap) return one.other == one.sequence || (one.other == one.sequence + 1 && one.value > 0);
  if (!is_of_its_batch(one)) return false;
  const auto text = reader.text(one);
  return text && *text == named_text(one);
}

/// What the witness found; its events stand behind, in the order in which it saw them.
struct testimony {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> asked{0};  // raised by the test; the witness answers when it has read all there is
  std::atomic<std::uint64_t> answered{0};
  std::atomic<bool> stop{false};
  std::atomic<bool> half_batch{false};
  std::atomic<bool> malformed{false};
  std::atomic<bool> out_of_order{false};
  std::atomic<bool> failed{false};
  std::atomic<bool> full{false};
  static constexpr std::size_t events_max = 2'000'000;
  std::array<event, events_max> events;
};

void witness(const std::string& path, testimony& told) {
  auto reader = open_reader(path, {.verify = true});
  std::uint64_t last = 0;
  while (!told.stop) {
    const std::uint64_t asked = told.asked;
    const auto events = reader.next();
    if (!events) {
      std::fprintf(stderr, "witness: %s\n", events.error().message().c_str());
      told.failed = true;
      return;
    }
    if (!events->empty() && events->back().batch_left != 0) told.half_batch = true;
    for (const event& one : *events) {
      if (one.sequence <= last) told.out_of_order = true;
      if (!well_formed(one, reader)) told.malformed = true;
      last = one.sequence;
      const std::uint64_t at = told.count;
      if (at == testimony::events_max) {
        told.full = true;
        return;
      }
      told.events[at] = one;
      told.count = at + 1;
    }
    if (!events->empty()) continue;
    told.answered = asked;
    reader.wait(2ms);
  }
}

}  // namespace

TEST_CASE("a hundred writers are killed, and everything that a witness ever saw is there, unchanged, once") {
  const scratch here;
  const auto options = options_in(here);
  open_writer(options)->close();
  auto& told = shared<testimony>();
  auto& appended = shared<std::atomic<std::uint64_t>>();
  const pid_t witnessing = start([&] { witness(here / "hot", told); });
  std::mt19937 random(4711);
  const auto begun = std::chrono::steady_clock::now();
  for (int kill = 0; kill < 100; ++kill) {
    const std::uint64_t before = appended;
    const pid_t writing = start([&] { write_for_ever(options, appended, false); });
    // At some moment after it began to write: a bounded number of events later, so that nothing depends on how fast it is.
    const std::uint64_t until = before + 1 + random() % 4000;
    CHECK(eventually([&] { return appended >= until; }));
    REQUIRE(::kill(writing, SIGKILL) == 0);
    CHECK(WIFSIGNALED(wait_for(writing)));
    if (kill % 10 == 9) {
      told.asked = static_cast<std::uint64_t>(kill);
      CHECK(eventually([&] { return told.answered == static_cast<std::uint64_t>(kill) || told.failed; }));
    }
    REQUIRE_FALSE(told.failed);
  }
  told.asked = 1000;
  CHECK(eventually([&] { return told.answered == 1000; }));
  told.stop = true;
  CHECK(wait_for(witnessing) == 0);
  CHECK_FALSE(told.half_batch);
  CHECK_FALSE(told.malformed);
  CHECK_FALSE(told.out_of_order);
  CHECK_FALSE(told.full);

  auto last = open_writer(options);  // ends what the last kill left open
  auto reader = open_reader(here / "hot", {.verify = true});
  const std::vector<event> all = drain(reader);
  const std::uint64_t count = told.count;
  REQUIRE(all.size() >= count);
  std::map<std::uint64_t, const event*> by_sequence;
  for (const event& one : all) CHECK(by_sequence.emplace(one.sequence, &one).second);
  std::uint64_t lost = 0;
  std::uint64_t changed = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto found = by_sequence.find(told.events[i].sequence);
    if (found == by_sequence.end()) ++lost;
    if (found != by_sequence.end() && !(*found->second == told.events[i])) ++changed;
  }
  CHECK(lost == 0);
  CHECK(changed == 0);
  CHECK(all.size() == count);  // and it missed none that is there
  std::uint64_t gaps = 0;
  for (const event& one : all) gaps += one.kind == event_kind::gap ? 1 : 0;
  CHECK(gaps >= 99);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  MESSAGE("100 kills, " << count << " events seen, " << gaps << " gaps told, " << took.count() << " ms");
}

TEST_CASE("writers and archivers are killed and memory is lost, and what was durable is there, unchanged, once") {
  const scratch here;
  const scratch disk("/tmp");
  auto options = options_in(here);
  options.archive = disk / "archive";
  auto& appended = shared<std::atomic<std::uint64_t>>();
  std::map<std::uint64_t, event> durable;
  std::uint64_t last_issued = 0;
  std::mt19937 random(99);
  for (int round = 0; round < 12; ++round) {
    const std::uint64_t before = appended;
    const pid_t writing = start([&] { write_for_ever(options, appended, true); });
    const std::uint64_t until = before + 200 + random() % 4000;
    CHECK(eventually([&] { return appended >= until; }));
    auto reader = open_reader(here / "hot");
    const std::uint64_t wanted = reader.newest().value();
    CHECK(reader.wait_durable(wanted, 120s));
    REQUIRE(::kill(writing, SIGKILL) == 0);
    wait_for(writing);
    const std::uint64_t on_disk = reader.durable_sequence();
    CHECK(on_disk >= wanted);
    for (const event& one : drain(reader)) {
      if (one.sequence <= on_disk) CHECK(durable.emplace(one.sequence, one).first->second == one);
    }
    const std::uint64_t newest = reader.newest().value();
    CHECK(newest > last_issued);
    last_issued = newest;
    if (round % 3 == 2) empty_folder(here / "hot");
  }
  auto writer = open_writer(options);
  CHECK(writer->next() > last_issued);
  std::uint64_t found = 0;
  auto reader = open_reader(here / "hot", {.verify = true});
  bool texts = true;
  for (const event& one : drain(reader)) {
    const auto known = durable.find(one.sequence);
    if (known == durable.end()) continue;
    ++found;
    CHECK(known->second == one);
    texts = texts && well_formed(one, reader);
  }
  CHECK(found == durable.size());
  CHECK(texts);
}

TEST_CASE("a second board on the same log is refused with the pid of the first, until that is dead") {
  const scratch here;
  const auto options = options_in(here);
  auto& appended = shared<std::atomic<std::uint64_t>>();
  const pid_t first = start([&] { write_for_ever(options, appended, false); });
  CHECK(eventually([&] { return appended > 0; }));
  diagnostics why;
  const auto refused = log::writer::open(options, &why);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::log_busy);
  CHECK(why.our_text().find("pid " + std::to_string(first) + ",") != std::string::npos);
  ::kill(first, SIGKILL);
  wait_for(first);
  CHECK(log::writer::open(options));
}

TEST_CASE("a reader that is stopped, or killed, holds up no writer") {
  const scratch here;
  const auto options = options_in(here);
  auto writer = open_writer(options);
  append(*writer, 1);
  auto& told = shared<testimony>();
  const pid_t reading = start([&] { witness(here / "hot", told); });
  CHECK(eventually([&] { return told.count == 1 || told.malformed; }));
  REQUIRE(::kill(reading, SIGSTOP) == 0);
  for (int i = 0; i < 5000; ++i) append(*writer, i, 3);
  writer->wake();
  ::kill(reading, SIGKILL);
  wait_for(reading);
  for (int i = 0; i < 100; ++i) append(*writer, i, 3);
  CHECK(writer->last_sequence() == 15'301);
}
