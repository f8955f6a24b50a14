// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <log/clock.hpp>
#include <utility>

namespace cordboard::log {
namespace {

// Below this a difference is the wall clock being slewed, which says nothing to anyone.
constexpr std::int64_t step_min = 500'000'000;

std::int64_t read(clockid_t which) {
  timespec now{};
  ::clock_gettime(which, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::int64_t wall_time_ns() { return read(CLOCK_REALTIME); }
std::int64_t monotonic_time_ns() { return read(CLOCK_MONOTONIC); }

event_clock::event_clock(std::int64_t not_before, source wall, source monotonic)
    : wall_(std::move(wall)),
      monotonic_(std::move(monotonic)),
      start_wall_(std::max(wall_(), not_before)),
      start_monotonic_(monotonic_()),
      last_(start_wall_) {}

std::int64_t event_clock::now() {
  last_ = std::max(last_, start_wall_ + (monotonic_() - start_monotonic_));
  return last_;
}

std::int64_t event_clock::step() {
  const std::int64_t difference = wall_() - now();
  if (std::abs(difference - told_) < step_min) return 0;
  told_ = difference;
  return difference;
}

}  // namespace cordboard::log
