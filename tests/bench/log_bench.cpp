// SPDX-License-Identifier: Apache-2.0
// What a commit, a read and a wake-up cost, each against the least that such a thing can cost on this machine in this run.
//
//   log_bench [--json]      a line per figure: {"name", "value", "unit", "baseline", "ratio"}; medians of seven rounds
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cordboard/log_reader.hpp>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <log/commit.hpp>
#include <log/layout.hpp>
#include <log/writer.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace cordboard;
using steady = std::chrono::steady_clock;

constexpr std::size_t events_per_round = std::size_t{1} << 18;
constexpr int rounds = 7;
bool json = false;

void must(bool so, const char* what) {
  if (so) return;
  std::fprintf(stderr, "log_bench: %s\n", what);
  std::_Exit(1);
}

double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

void tell(const char* name, double value, const char* unit, const char* baseline = nullptr, double ratio = 0) {
  if (json && baseline != nullptr) {
    fmt::print("{{\"name\": \"{}\", \"value\": {:.3f}, \"unit\": \"{}\", \"baseline\": \"{}\", \"ratio\": {:.3f}}}\n", name,
               value, unit, baseline, ratio);
  } else if (json) {
    fmt::print("{{\"name\": \"{}\", \"value\": {:.3f}, \"unit\": \"{}\", \"baseline\": null, \"ratio\": null}}\n", name, value,
               unit);
  } else {
    fmt::print("{:<36} {:>14.1f} {}", name, value, unit);
    fmt::print("{}\n", baseline != nullptr ? fmt::format("   {:.2f} of {}", ratio, baseline) : "");
  }
}

double cpu_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

/// Nanoseconds of processor that `body` takes, per event: what others do on this machine is not counted.
double per_event(const std::function<void()>& body) {
  const double begun = cpu_ns();
  body();
  return (cpu_ns() - begun) / events_per_round;
}

/// A folder in memory, and a log in it, anew for every round.
struct house {
  std::string path = "/dev/shm/cordboard-bench-XXXXXX";
  house() { must(::mkdtemp(path.data()) != nullptr, "no folder in /dev/shm"); }
  ~house() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  house(const house&) = delete;
  house& operator=(const house&) = delete;
  std::unique_ptr<log::writer> open() const {
    log::writer_options options;
    options.hot = path;
    diagnostics why;
    auto opened = log::writer::open(options, &why);
    must(opened.has_value(), why.our_text().c_str());
    return std::move(*opened);
  }
};

std::vector<logged> batch_of(std::size_t count, const std::string& text) {
  std::vector<logged> batch(count);
  for (logged& one : batch) {
    one.record.kind = event_kind::board_started;
    one.record.time_ns = 1;
    one.text = text;
  }
  return batch;
}

/// The least: a slot is copied into memory that was not touched before, and a word is released.
double copy_and_release() {
  std::vector<double> all;
  for (int round = 0; round < rounds; ++round) {
    void* at = ::mmap(nullptr, log::slots_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(at != MAP_FAILED, "no memory");
    auto* slots = static_cast<event*>(at);
    event one{};
    all.push_back(per_event([&] {
      for (std::size_t i = 0; i < events_per_round; ++i) {
        one.value = static_cast<std::int64_t>(i);
        std::memcpy(slots + i, &one, sizeof one);
        log::store_release<std::uint64_t>(slots[i].sequence, i + 1);
      }
    }));
    ::munmap(at, log::slots_bytes);
  }
  return median(all);
}

double append(std::size_t count, const std::string& text) {
  std::vector<double> all;
  for (int round = 0; round < rounds; ++round) {
    const house here;
    auto writer = here.open();
    auto batch = batch_of(count, text);
    all.push_back(per_event([&] {
      for (std::size_t i = 0; i < events_per_round; i += count) {
        writer->next(count);
        must(writer->append(batch).has_value(), "append");
      }
    }));
  }
  return median(all);
}

struct reading {
  double plain = 0;
  double verified = 0;
  double sum = 0;
};

/// Events a second through a reader, against a sum over the same array with nothing checked.
reading read() {
  const house here;
  auto writer = here.open();
  auto batch = batch_of(8, "");
  for (std::size_t i = 0; i < events_per_round; i += batch.size()) {
    writer->next(batch.size());
    must(writer->append(batch).has_value(), "append");
  }
  std::array<std::vector<double>, 3> all;
  std::int64_t sink = 0;
  for (int round = 0; round < rounds; ++round) {
    for (const bool verify : {false, true}) {
      auto reader = log_reader::open(here.path, {.verify = verify});
      must(reader.has_value(), "reader");
      all[verify ? 1 : 0].push_back(per_event([&] {
        for (;;) {
          const auto events = reader->next();
          must(events.has_value(), "next");
          if (events->empty()) break;
          for (const event& one : *events) sink += one.value;
        }
      }));
    }
    auto reader = log_reader::open(here.path);
    const auto whole = reader->segment(log::segment_of(writer->last_sequence()));
    must(whole.has_value(), "segment");
    all[2].push_back(per_event([&] {
      for (const event& one : whole->slots) sink += one.value;
    }));
  }
  must(sink == 0, "sum");
  return {1e9 / median(all[0]), 1e9 / median(all[1]), 1e9 / median(all[2])};
}

struct latency {
  double median_us = 0;
  double p99_us = 0;
};
latency of(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return {all[all.size() / 2] / 1000, all[all.size() * 99 / 100] / 1000};
}

/// From just before `signal` until another thread, asleep in `sleep`, is on its way again.
latency wake_up(const std::function<void()>& signal, const std::function<void()>& sleep) {
  constexpr int turns = 2000;
  std::atomic<std::int64_t> sent{0};
  std::atomic<int> ready{0};
  std::vector<double> all;
  std::thread sleeping([&] {
    for (int turn = 1; turn <= turns; ++turn) {
      ready.store(turn);
      sleep();
      all.push_back(static_cast<double>(steady::now().time_since_epoch().count() - sent.load()));
    }
  });
  for (int turn = 1; turn <= turns; ++turn) {
    while (ready.load() != turn) ::poll(nullptr, 0, 0);
    // Long enough for the other to fall asleep; it is the wake-up of a sleeper that is measured.
    const auto until = steady::now() + std::chrono::microseconds(150);
    while (steady::now() < until) std::this_thread::yield();
    sent.store(steady::now().time_since_epoch().count());
    signal();
  }
  sleeping.join();
  return of(std::move(all));
}

void wake_ups() {
  const int word = ::eventfd(0, 0);
  must(word >= 0, "eventfd");
  const latency least = wake_up(
      [&] {
        const std::uint64_t one = 1;
        must(::write(word, &one, sizeof one) == sizeof one, "eventfd");
      },
      [&] {
        std::uint64_t got = 0;
        must(::read(word, &got, sizeof got) == sizeof got, "eventfd");
      });
  ::close(word);
  const house here;
  auto writer = here.open();
  auto reader = log_reader::open(here.path);
  must(reader.has_value(), "reader");
  auto batch = batch_of(1, "");
  const latency ours = wake_up(
      [&] {
        writer->next(1);
        must(writer->append(batch).has_value(), "append");
        writer->wake();
      },
      [&] {
        must(reader->wait(std::chrono::seconds(10)), "wait");
        must(reader->next().has_value(), "next");
      });
  tell("eventfd wake-up, median", least.median_us, "us");
  tell("log wake-up, median", ours.median_us, "us", "eventfd wake-up, median", ours.median_us / least.median_us);
  tell("eventfd wake-up, p99", least.p99_us, "us");
  tell("log wake-up, p99", ours.p99_us, "us", "eventfd wake-up, p99", ours.p99_us / least.p99_us);
}

}  // namespace

int main(int argc, char** argv) {
  json = argc > 1 && std::string(argv[1]) == "--json";
  const double least = copy_and_release();
  tell("memcpy 128 B and release", least, "ns/event");
  const double ones = append(1, "");
  const double eights = append(8, "");
  const double texts = append(1, std::string(40, 't'));
  tell("append, batches of 1", ones, "ns/event", "memcpy 128 B and release", ones / least);
  tell("append, batches of 8", eights, "ns/event", "memcpy 128 B and release", eights / least);
  tell("append, batches of 1 with a text", texts, "ns/event", "memcpy 128 B and release", texts / least);
  const reading events = read();
  tell("sum over the slots", events.sum, "events/s");
  tell("reader", events.plain, "events/s", "sum over the slots", events.plain / events.sum);
  tell("reader that verifies", events.verified, "events/s", "sum over the slots", events.verified / events.sum);
  wake_ups();
  return 0;
}
