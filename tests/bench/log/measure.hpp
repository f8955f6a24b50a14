// SPDX-License-Identifier: Apache-2.0
// What every measurement here shares: lines of the table, clocks, medians, processors, and a log in memory that is gone after.
#pragma once
#include <base/logged.hpp>
#include <cordboard/log_reader.hpp>
#include <cstddef>
#include <cstdint>
#include <log/writer.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::bench {

/// How much is done: `quick` is for seeing that all runs, not for figures.
struct effort {
  bool quick = false;
  int rounds() const { return quick ? 3 : 9; }
  template <class Number>
  Number of(Number whole, Number quickly) const {
    return quick ? quickly : whole;
  }
};

/// One line of the table, on standard output: {"name", "value", "unit", "baseline", "ratio"}.
void tell(std::string_view name, double value, std::string_view unit);
/// With the ratio to another line of this run.
void tell(std::string_view name, double value, std::string_view unit, std::string_view baseline, double ratio);
/// What happens now, for whoever waits: on the error stream.
void progress(std::string_view what);

[[noreturn]] void stop(std::string_view what);
void must(bool so, std::string_view what);
template <class Result>
auto& take(Result& from, std::string_view what) {
  if (!from) stop(std::string(what) + ": " + from.error().message());
  return *from;
}

/// CLOCK_MONOTONIC: one clock for all processes of the machine.
std::int64_t now_ns();
/// Processor time of the calling thread.
double thread_cpu_ns();

/// The two processors that are measured on: the first and the last of those that we may use.
struct processors {
  int first = 0;
  int last = 0;
  bool two() const { return first != last; }
};
processors usable();
/// Binds the calling thread. False: the system does not let us.
bool pin(int processor);

double median(std::vector<double> of);
/// @param part  0.5 for the median, 0.99 …
double percentile(std::vector<double> of, double part);

/// A folder that is gone when this is.
class scratch {
public:
  explicit scratch(const std::string& under = "/dev/shm");
  ~scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

std::unique_ptr<log::writer> open_writer(const std::string& hot, const std::string& archive = {});

/// A batch such as a call's step makes, with ids, cause and value; no text.
std::vector<logged> typical_batch(std::size_t count);
inline constexpr std::size_t batch_size = 8;
inline constexpr std::int64_t first_time_ns = 1'800'000'000'000'000'000;

/// Appends `count` events in batches, each event a microsecond after the other; the reader is woken once per 8 batches, as by turns of the loop.
void write_events(log::writer& to, std::uint64_t count, std::size_t at_once = batch_size);

/// What a reader does with an event: three of its fields, in both of its cache lines.
inline std::uint64_t use(const event& e) { return e.sequence + e.call.value + static_cast<std::uint64_t>(e.value); }

}  // namespace cordboard::bench
