// SPDX-License-Identifier: Apache-2.0
// One way, one event at a time: from just before its append until a reader in another process holds it. Beside it the least
// that the machine can do: one cache line and one slot from processor to processor, and one futex wake.
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <log/commit.hpp>

#include "parts.hpp"
#include "processes.hpp"

namespace cordboard::bench {
namespace {

constexpr std::size_t turns_max = 20000;
/// Long enough for a reader to fall asleep, and for caches to see other work in between: a low rate.
constexpr std::int64_t pause_ns = 300'000;

struct samples {
  alignas(64) std::atomic<std::int64_t> sent{0};   // the bare line: the time itself is the message
  alignas(64) std::atomic<std::uint32_t> word{0};  // the bare futex
  alignas(64) std::atomic<std::uint64_t> taken{0};
  alignas(64) std::array<double, turns_max> ns;
};

/// Sends `turns` times, each when the one before was taken and a pause has passed.
template <class Send>
void send_slowly(samples& with, std::size_t turns, Send&& send) {
  for (std::size_t turn = 0; turn < turns; ++turn) {
    while (with.taken.load(std::memory_order_acquire) != turn) ::usleep(10);
    const std::int64_t until = now_ns() + pause_ns;
    while (now_ns() < until) {
    }
    send(now_ns());
  }
}

void took_one(samples& with, std::size_t turn, std::int64_t sent) {
  with.ns[turn] = static_cast<double>(now_ns() - sent);
  with.taken.store(turn + 1, std::memory_order_release);
}

using body = std::function<void()>;
std::vector<double> measure(samples& with, std::size_t turns, const processors& on, const std::function<body()>& sender,
                            const std::function<body()>& receiver) {
  with.taken = 0;
  race({{on.first, sender}, {on.last, receiver}});
  return {with.ns.begin(), with.ns.begin() + static_cast<std::ptrdiff_t>(turns)};
}

std::vector<double> bare_line(samples& with, std::size_t turns, const processors& on) {
  with.sent = 0;
  return measure(
      with, turns, on,
      [&] {
        return [&] { send_slowly(with, turns, [&](std::int64_t now) { with.sent.store(now, std::memory_order_release); }); };
      },
      [&] {
        return [&] {
          std::int64_t before = 0;
          for (std::size_t turn = 0; turn < turns; ++turn) {
            std::int64_t now = before;
            while ((now = with.sent.load(std::memory_order_acquire)) == before) {
            }
            took_one(with, turn, now);
            before = now;
          }
        };
      });
}

/// The same record, without a log: stored into the next slot of plain memory, its sequence last. The reader spins on that.
std::vector<double> bare_slot(samples& with, std::size_t turns, const processors& on) {
  const shared<std::array<event, turns_max>> slots;
  return measure(
      with, turns, on,
      [&] {
        return [&, at = std::size_t{0}, record = typical_batch(1)[0].record]() mutable {
          send_slowly(with, turns, [&](std::int64_t now) {
            record.value = now;
            record.sequence = at + 1;
            log::publish(&(*slots)[at++], 1, [&](std::size_t) -> const event& { return record; });
          });
        };
      },
      [&] {
        return [&] {
          for (std::size_t turn = 0; turn < turns; ++turn) {
            const event& slot = (*slots)[turn];
            while (log::load_acquire(slot.sequence) == 0) {
            }
            took_one(with, turn, slot.value);
          }
        };
      });
}

std::vector<double> bare_futex(samples& with, std::size_t turns, const processors& on) {
  with.word = 0;
  with.sent = 0;
  return measure(
      with, turns, on,
      [&] {
        return [&] {
          send_slowly(with, turns, [&](std::int64_t now) {
            with.sent.store(now, std::memory_order_relaxed);
            with.word.fetch_add(1, std::memory_order_release);
            ::syscall(SYS_futex, &with.word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
          });
        };
      },
      [&] {
        return [&] {
          for (std::uint32_t turn = 0; turn < turns; ++turn) {
            while (with.word.load(std::memory_order_acquire) == turn)
              ::syscall(SYS_futex, &with.word, FUTEX_WAIT, turn, nullptr, nullptr, 0);
            took_one(with, turn, with.sent.load(std::memory_order_relaxed));
          }
        };
      });
}

/// The event's value is the time at which it was sent.
std::vector<double> by_log(samples& with, std::size_t turns, const processors& on, bool asleep) {
  const scratch folder;
  const std::shared_ptr<log::writer> writer = open_writer(folder.path());
  return measure(
      with, turns, on,
      [&] {
        return [&, batch = typical_batch(1)]() mutable {
          send_slowly(with, turns, [&](std::int64_t now) {
            batch[0].record.value = now;
            writer->next(1);
            must(writer->append(batch).has_value(), "append");
            if (asleep) writer->wake();
          });
        };
      },
      [&] {
        auto opened = log_reader::open(folder.path());
        auto reader = std::make_shared<log_reader>(std::move(take(opened, "reader")));
        return [&, reader] {
          for (std::size_t turn = 0; turn < turns;) {
            const auto events = reader->next();
            must(events.has_value(), "next");
            for (const event& e : *events) took_one(with, turn++, e.value);
            if (asleep && events->empty()) reader->wait(std::chrono::seconds(10));
          }
        };
      });
}

struct line {
  std::string name;
  std::string baseline;
  std::vector<double> ns;
};

}  // namespace

void latency(const effort& how) {
  const processors on = usable();
  const auto turns = how.of<std::size_t>(1000, 100);
  const shared<samples> with;
  std::vector<line> lines{
      {"one cache line from processor to processor", "", {}},
      {"one bare slot of 128 bytes from processor to processor", "one cache line from processor to processor", {}},
      {"log: one event to a reader that spins", "one bare slot of 128 bytes from processor to processor", {}},
      {"one futex wake of another process", "", {}},
      {"log: one event to a reader that sleeps", "one futex wake of another process", {}}};
  for (int round = 0; round < how.rounds(); ++round) {
    progress(fmt::format("latency: round {} of {}, {} turns each", round + 1, how.rounds(), turns));
    const auto add = [](line& to, const std::vector<double>& more) { to.ns.insert(to.ns.end(), more.begin(), more.end()); };
    add(lines[0], bare_line(*with, turns, on));
    add(lines[1], bare_slot(*with, turns, on));
    add(lines[2], by_log(*with, turns, on, false));
    add(lines[3], bare_futex(*with, turns, on));
    add(lines[4], by_log(*with, turns, on, true));
  }
  for (const auto& [part, label] : {std::pair{0.5, "p50"}, {0.99, "p99"}, {0.999, "p99.9"}}) {
    for (const line& one : lines) {
      const double us = percentile(one.ns, part) / 1000;
      if (one.baseline.empty()) {
        tell(fmt::format("{}, {}", one.name, label), us, "us");
        continue;
      }
      const auto base = std::find_if(lines.begin(), lines.end(), [&](const line& l) { return l.name == one.baseline; });
      tell(fmt::format("{}, {}", one.name, label), us, "us", fmt::format("{}, {}", one.baseline, label),
           us * 1000 / percentile(base->ns, part));
    }
  }
}

}  // namespace cordboard::bench
