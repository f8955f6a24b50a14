// SPDX-License-Identifier: Apache-2.0
// The C library's wall clock functions, defined here: what the program defines stands before what a shared library does, for
// sofia-sip too. So a test can step the wall clock of its own process.
#include "wall_clock.hpp"
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <ctime>

namespace sip_test {
std::atomic<long> wall_step{0};
}

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  const auto result = syscall(SYS_clock_gettime, clock, out);
  if (result == 0 && clock == CLOCK_REALTIME) out->tv_sec += sip_test::wall_step;
  return static_cast<int>(result);
}

int gettimeofday(timeval* out, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
