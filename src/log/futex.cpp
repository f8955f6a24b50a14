// SPDX-License-Identifier: Apache-2.0
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <log/commit.hpp>
#include <log/futex.hpp>

namespace cordboard::log {
namespace {

timespec to_timespec(std::chrono::nanoseconds time) {
  return {static_cast<time_t>(time.count() / 1'000'000'000), static_cast<long>(time.count() % 1'000'000'000)};
}

void wait_one(const std::uint32_t* word, std::uint32_t seen, int flags, std::chrono::nanoseconds timeout) {
  const timespec limit = to_timespec(timeout);
  ::syscall(SYS_futex, word, FUTEX_WAIT | flags, seen, &limit, nullptr, 0);
}

#ifdef SYS_futex_waitv
// False: this kernel, or this container's filter, has no futex_waitv.
bool wait_both(const std::uint32_t* word, std::uint32_t seen, const std::uint32_t* own, std::chrono::nanoseconds timeout) {
  static std::atomic<bool> missing{false};
  if (missing.load(std::memory_order_relaxed)) return false;
  std::array<futex_waitv, 2> both{};
  both[0].val = seen;
  both[0].uaddr = reinterpret_cast<std::uintptr_t>(word);
  both[0].flags = FUTEX_32;
  both[1].val = 0;
  both[1].uaddr = reinterpret_cast<std::uintptr_t>(own);
  both[1].flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::chrono::nanoseconds until = std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec) + timeout;
  const timespec limit = to_timespec(until);
  const long done = ::syscall(SYS_futex_waitv, both.data(), both.size(), 0, &limit, CLOCK_MONOTONIC);
  if (done < 0 && (errno == ENOSYS || errno == EPERM)) {
    missing.store(true, std::memory_order_relaxed);
    return false;
  }
  return true;
}
#endif

}  // namespace

void futex_wait(const std::uint32_t* word, std::uint32_t seen, const std::uint32_t& own, std::chrono::nanoseconds timeout) {
  constexpr std::chrono::nanoseconds longest = std::chrono::hours(24);
  timeout = std::clamp(timeout, std::chrono::nanoseconds(0), longest);
  if (load_acquire(own) != 0) return;
  if (word == nullptr) return wait_one(&own, 0, FUTEX_PRIVATE_FLAG, timeout);
#ifdef SYS_futex_waitv
  if (wait_both(word, seen, &own, timeout)) return;
#endif
  // Without it an interruption is seen within one slice; the log's own wake is still at once.
  constexpr std::chrono::nanoseconds slice = std::chrono::milliseconds(20);
  wait_one(word, seen, 0, std::min(timeout, slice));
}

void futex_wake_shared(const std::uint32_t& word) { ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0); }
void futex_wake_own(const std::uint32_t& own) {
  ::syscall(SYS_futex, &own, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace cordboard::log
