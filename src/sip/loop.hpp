// SPDX-License-Identifier: Apache-2.0
// The loop: sofia's su_root on one thread, by a monotonic clock. A loopback board uses it with no SIP at all.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

namespace cordboard::sip {

/// Where the SIP library's own complaints go, process-wide. A line is the library's constant text without what it was filled
/// with: no number, name or address can be in it. Set before the first loop; nothing is traced by default.
void trace_library(std::function<void(std::string_view line)> to);

/// One thread's loop. SIP, machines, board and log writer run on it without locks.
///
/// @threads   construct, run and destroy it on one thread (the owner); `post`, `stop` and `on_thread` from any
/// @lifetime  must outlive its timers and every stack on it; jobs still posted when it dies are destroyed, not run
/// @errors    the constructor throws std::system_error when the kernel gives no descriptor
class loop {
public:
  loop();
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Runs until `stop`. May be run again afterwards. A job or callback must not throw: that ends the process.
  void run();
  /// One turn: waits at most `wait` for work and does it.
  void turn(std::chrono::milliseconds wait);
  void stop() noexcept;
  bool on_thread() const noexcept { return std::this_thread::get_id() == owner_; }

  /// Runs `work` (move-only is enough) on the loop's thread, in order of posting, never inline.
  template <class Work>
  void post(Work work) {
    push(new job_of<Work>(std::move(work)));
  }

  /// Called after each turn: the place for what is done once a turn, as waking the log's readers.
  void each_turn(std::function<void()> then) { then_ = std::move(then); }

  struct native;  ///< what only this part sees: loop_native.hpp
  native& get_native() noexcept { return *native_; }
  /// For the library's wake-up: runs what is posted.
  void drain() noexcept;

private:
  struct job {
    job* next = nullptr;
    virtual ~job() = default;
    virtual void run() = 0;
  };
  template <class Work>
  struct job_of final : job {
    explicit job_of(Work&& w) : work(std::move(w)) {}
    void run() override { std::move(work)(); }
    Work work;
  };
  void push(job* j) noexcept;
  void poke() noexcept;
  void run_posted() noexcept;

  std::thread::id owner_;
  /// Jobs, newest first. Posters release with their exchange, `drain` acquires: a job's contents are published with it.
  std::atomic<job*> head_{nullptr};
  std::atomic<bool> stop_{false};
  std::function<void()> then_;
  std::unique_ptr<native> native_;
};

/// One deadline that can be moved. To the millisecond, never early.
///
/// @threads   the loop's only
/// @lifetime  the loop must outlive it; destroying it, also from its own callback, cancels it
class timer {
public:
  timer(loop& on, std::function<void()> when_due);
  ~timer();
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  /// Calls back once at `deadline` (at once when it has passed); replaces an earlier deadline.
  void at(std::chrono::steady_clock::time_point deadline);
  void after(std::chrono::nanoseconds wait) { at(std::chrono::steady_clock::now() + wait); }
  void cancel();

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace cordboard::sip
