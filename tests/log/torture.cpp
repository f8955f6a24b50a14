// SPDX-License-Identifier: Apache-2.0
// Kills, at random moments, the process that writes and archives a log, and the one that reads it; loses memory now and then;
// lets the archive stand still, so that old events give way. After each kill it looks whether all that was promised is there.
//
//     log_torture [KILLS] [SEED]
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <log/archiver.hpp>
#include <log/commit.hpp>
#include <log/layout.hpp>
#include <random>
#include <vector>

#include "processes.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "log_torture: %s\n", what.c_str());
  std::_Exit(1);
}
void must(bool so, const std::string& what) {
  if (!so) fail(what);
}

void kill_now(pid_t& child) {
  must(::kill(child, SIGKILL) == 0, "kill");
  must(WIFSIGNALED(wait_for(child)), "a process ended by itself before it was killed");
  child = -1;
}

/// Batches of all weights until somebody kills it.
void write_for_ever(const log::writer_options& options, bool archive_stands, std::atomic<std::uint64_t>& appended) {
  auto writer = open_writer(options);
  auto archiver = log::archiver::start(*writer, {.sync_every = archive_stands ? 10s : 1ms}).value();
  tell_gap(*writer);
  constexpr std::array kinds{event_kind::device_in_service, event_kind::delivered, event_kind::media_ended,
                             event_kind::command_accepted};
  for (std::uint64_t turn = 0;; ++turn) {
    auto batch = named_batch(*writer, turn);
    for (logged& one : batch) one.record.kind = kinds[turn % 16 == 5 ? 3 : turn % 3];
    if (const auto done = writer->append(batch); !done) throw std::runtime_error(done.error().message());
    appended.fetch_add(batch.size(), std::memory_order_relaxed);
    if (turn % 3 == 0) writer->wake();
    if (turn % 1000 == 999) {
      if (const auto done = writer->roll(); !done) throw std::runtime_error(done.error().message());
      // So that what keeps the room is not outrun by what no house does.
      if (archive_stands) ::usleep(20'000);
    }
  }
}

/// Whether the event is a whole and unchanged one of `write_for_ever`.
void check(const event& one, log_reader& reader) {
  const std::string where = "event " + std::to_string(one.sequence);
  must(log::checksum(one) == one.crc32c, where + " is damaged");
  if (one.kind == event_kind::gap) {
    must(log::gave_way(one) || one.other == one.sequence, where + " is a gap that names another place");
    return;
  }
  must(is_of_its_batch(one), where + " is not its own, or of a torn batch");
  const auto text = reader.text(one);
  // Between an event and its text the segment may be thinned.
  must(text ? *text == named_text(one) : text.error() == errc::log_gone, where + " has another text");
}

/// What the reader saw, in order; it is killed too, and goes on behind the last.
struct testimony {
  struct seen {
    std::uint64_t sequence;
    std::uint32_t crc32c;
    bool gave_way;  // the reader was told that events gave way here
  };
  std::atomic<std::uint64_t> count;
  std::atomic<std::uint64_t> asked;
  std::atomic<std::uint64_t> answered;
  static constexpr std::size_t events_max = 64'000'000;
  std::array<seen, events_max> events;
};

void witness(const std::string& path, testimony& told) {
  // Where memory was lost, the next writer makes the folder's files anew.
  must(eventually([&] { return log_reader::open(path).has_value(); }), "no log begins");
  auto reader = open_reader(path);
  std::uint64_t last = told.count == 0 ? 0 : told.events[told.count - 1].sequence;
  if (const auto at = reader.after(last); !at) fail("the reader cannot go on after " + std::to_string(last));
  for (;;) {
    const std::uint64_t asked = told.asked;
    const auto events = reader.next();
    if (!events) fail("after " + std::to_string(last) + " the reader is told: " + events.error().message());
    if (!events->empty()) must(events->back().batch_left == 0, "a torn batch was handed out");
    for (const event& one : *events) {
      must(one.sequence > last, "sequence " + std::to_string(one.sequence) + " comes after " + std::to_string(last));
      // What is missing is stated, or a segment ended.
      const std::uint64_t first = log::first_of(log::segment_of(one.sequence));
      const auto from = static_cast<std::uint64_t>(one.value);
      const bool stated = one.kind == event_kind::gap && (from <= last + 1 || from == first);
      must(one.sequence == last + 1 || stated || one.sequence == first,
           "between " + std::to_string(last) + " and " + std::to_string(one.sequence) + " nothing is stated");
      check(one, reader);
      last = one.sequence;
      const std::uint64_t at = told.count;
      must(at < testimony::events_max, "too many events for this program");
      told.events[at] = {one.sequence, one.crc32c, log::gave_way(one)};
      told.count = at + 1;
    }
    if (!events->empty()) continue;
    told.answered = asked;
    reader.wait(2ms);
  }
}

class torture {
public:
  torture(int kills, std::uint64_t seed) : kills_(kills), random_(seed) {
    options_.archive = disk_ / "archive";
    options_.hot_bytes_max = std::uint64_t{3} << 20;
    open_writer(options_)->close();
  }

  void run() {
    const auto begun = std::chrono::steady_clock::now();
    begin_writing();
    begin_reading();
    for (int kill = 1; kill <= kills_; ++kill) {
      const std::uint64_t until = appended_ + 1 + random_() % (stands_ ? 30'000 : 4000);
      wait_for([&] { return appended_ >= until; }, "the writer writes nothing");
      if (random_() % 10 < 4) {
        kill_now(reading_);
        ++readers_;
        begin_reading();
      } else {
        writer_dies(random_() % 8 == 0);
        begin_writing();
      }
      if (kill % 50 == 0 || kill == kills_) {
        const auto took = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
        std::printf(
            "%d of %d kills: %d writers with their archivers, %d readers, %d times memory lost; %llu events seen, %llu "
            "of them gave way, %llu lost with memory, %llu durable; %lld s\n",
            kill, kills_, writers_, readers_, lost_, static_cast<unsigned long long>(told_.count),
            static_cast<unsigned long long>(gave_way_), static_cast<unsigned long long>(events_lost_),
            static_cast<unsigned long long>(durable_), static_cast<long long>(took.count()));
        std::fflush(stdout);
      }
    }
    const std::uint64_t until = appended_ + 1;
    wait_for([&] { return appended_ >= until; }, "the writer writes nothing");
    writer_dies(false);
    kill_now(reading_);
    must(verify(0) == gave_way_, "what gave way has changed since");
    std::puts("nothing that was promised is lost; no batch is torn; what is missing is stated");
  }

private:
  void wait_for(const std::function<bool()>& so, const char* what) const {
    const auto until = std::chrono::steady_clock::now() + 120s;
    while (!so()) {
      must(std::chrono::steady_clock::now() < until, what);
      int status = 0;
      must(writing_ < 0 || ::waitpid(writing_, &status, WNOHANG) == 0, "the writer ended by itself");
      must(reading_ < 0 || ::waitpid(reading_, &status, WNOHANG) == 0, "the reader ended by itself");
      ::usleep(200);
    }
  }
  void begin_writing() {
    stands_ = random_() % 4 == 0;
    writing_ = start([this] { write_for_ever(options_, stands_, appended_); });
  }
  void begin_reading() {
    reading_ = start([this] { witness(here_ / "hot", told_); });
  }

  void writer_dies(bool memory_too) {
    kill_now(writing_);
    ++writers_;
    auto reader = open_reader(here_ / "hot");
    const std::uint64_t durable = reader.durable_sequence();
    must(durable >= durable_, "the durable sequence went back");
    durable_ = durable;
    const std::uint64_t ask = told_.asked + 1;
    told_.asked = ask;
    wait_for([&] { return told_.answered >= ask; }, "the reader does not catch up");
    const std::uint64_t newest = reader.newest().value();
    must(newest > issued_, "sequences went back");
    issued_ = newest;
    gave_way_ += verify(verified_);
    verified_ = durable_;
    if (!memory_too) return;
    ++lost_;
    kill_now(reading_);
    empty_folder(here_ / "hot");
    // What was not durable may be gone, and its numbers will not come again. A reader that saw more than is left is told the
    // gap that names it.
    std::uint64_t left = told_.count;
    while (left > 0 && told_.events[left - 1].sequence > durable) --left;
    events_lost_ += told_.count - left;
    told_.count = left;
    begin_reading();
  }

  /// All that is promised stands in the archive alone, as it was seen, or a gap says that it gave way.
  /// @returns  how many of those that were seen gave way
  std::uint64_t verify(std::uint64_t from) {
    if (durable_ == 0) return 0;
    auto alone = open_reader(options_.archive, {.verify = true});
    if (const auto at = alone.after(from); !at) fail("the archive begins after " + std::to_string(from));
    std::uint64_t skipped = 0;
    std::uint64_t next = 0;
    std::uint64_t high = told_.count;
    for (std::uint64_t low = 0; low < high;) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (told_.events[middle].sequence <= from) {
        low = middle + 1;
      } else {
        high = middle;
      }
      next = low;
    }
    std::uint64_t last = from;
    for (;;) {
      const auto events = alone.next();
      // What was being copied when its writer was killed may be half there; a start would end the segment before it.
      if (!events && last >= durable_ && events.error() == errc::log_damaged) break;
      if (!events) fail("the archive after " + std::to_string(last) + ": " + events.error().message());
      if (events->empty()) break;
      for (const event& one : *events) {
        if (one.sequence > durable_) break;
        must(one.sequence > last, "the archive's sequences do not rise");
        check(one, alone);
        last = one.sequence;
        const auto skip_to = [&](std::uint64_t sequence, bool all) {
          while (next < told_.count && told_.events[next].sequence < sequence && (all || told_.events[next].gave_way)) {
            skipped += told_.events[next].gave_way ? 0 : 1;
            ++next;
          }
        };
        if (log::gave_way(one)) {
          skip_to(one.other, true);
          continue;
        }
        skip_to(one.sequence + 1, false);
        // A run that gave way for the reader may have been archived before.
        if (next < told_.count && told_.events[next].sequence > one.sequence) continue;
        must(next < told_.count && told_.events[next].sequence == one.sequence && told_.events[next].crc32c == one.crc32c,
             "event " + std::to_string(one.sequence) + " is not in the archive as it was seen");
        ++next;
      }
    }
    must(next >= told_.count || told_.events[next].sequence > durable_ || told_.events[next].gave_way,
         "event " + std::to_string(told_.events[next].sequence) + " was durable and is lost");
    while (next < told_.count && told_.events[next].sequence <= durable_) ++next;
    return skipped;
  }

  int kills_;
  std::mt19937_64 random_;
  scratch here_;
  scratch disk_{"/tmp"};
  log::writer_options options_ = options_in(here_);
  testimony& told_ = shared<testimony>();
  std::atomic<std::uint64_t>& appended_ = shared<std::atomic<std::uint64_t>>();
  pid_t writing_ = -1;
  pid_t reading_ = -1;
  bool stands_ = false;
  std::uint64_t issued_ = 0;
  std::uint64_t durable_ = 0;
  std::uint64_t verified_ = 0;
  std::uint64_t gave_way_ = 0;
  std::uint64_t events_lost_ = 0;
  int writers_ = 0;
  int readers_ = 0;
  int lost_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const int kills = argc > 1 ? std::atoi(argv[1]) : 1000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  try {
    torture(kills, seed).run();
  } catch (const std::exception& wrong) {
    fail(wrong.what());
  }
  return 0;
}
