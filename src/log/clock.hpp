// SPDX-License-Identifier: Apache-2.0
// Event time: wall time at start plus monotonic time since. It never decreases, whatever is done to the wall clock.
#pragma once
#include <cstdint>
#include <functional>

namespace cordboard::log {

/// Nanoseconds since 1970 by the wall clock.
std::int64_t wall_time_ns();
/// Nanoseconds of a clock that nobody sets.
std::int64_t monotonic_time_ns();

/// @threads  one thread
class event_clock {
public:
  using source = std::function<std::int64_t()>;

  /// @param not_before  time of the newest event in the log, so that event time does not go back over a restart either
  explicit event_clock(std::int64_t not_before = 0, source wall = wall_time_ns, source monotonic = monotonic_time_ns);

  /// Event time now.
  std::int64_t now();

  /// How far the wall clock is from event time, in ns, when that has changed by 500 ms or more since it was last told;
  /// else 0. For the event `clock_stepped`; to be asked about once a second.
  std::int64_t step();

private:
  source wall_;
  source monotonic_;
  std::int64_t start_wall_;
  std::int64_t start_monotonic_;
  std::int64_t last_;
  std::int64_t told_ = 0;
};

}  // namespace cordboard::log
