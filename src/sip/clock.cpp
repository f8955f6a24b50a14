// SPDX-License-Identifier: Apache-2.0
#include <sip/clock.hpp>
#include <sofia-sip/su_time.h>
#include <chrono>
#include <cstdint>
#include <ctime>

// Exported by the library, declared in none of its headers; the name is its own.
extern "C" void (*_su_time)(su_time_t* tv);  // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)

namespace cordboard::sip {
namespace {

constexpr std::int64_t nanoseconds = 1'000'000'000;
/// Seconds from 1900, sofia's epoch, to 1970.
constexpr std::uint64_t epoch = 2208988800UL;

std::int64_t read(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return t.tv_sec * nanoseconds + t.tv_nsec;
}

std::int64_t wall_minus_monotonic = 0;

void monotonic(su_time_t* tv) {
  const std::int64_t now = read(CLOCK_MONOTONIC) + wall_minus_monotonic;
  tv->tv_sec = static_cast<unsigned long>(now / nanoseconds) + epoch;
  tv->tv_usec = static_cast<unsigned long>(now % nanoseconds) / 1000;
}

}  // namespace

void use_monotonic_clock() {
  static const bool once = [] {
    wall_minus_monotonic = read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC);
    _su_time = monotonic;
    return true;
  }();
  (void)once;
}

}  // namespace cordboard::sip
