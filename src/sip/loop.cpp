// SPDX-License-Identifier: Apache-2.0
#include <sip/loop.hpp>
#include <sip/clock.hpp>
#include <sip/loop_native.hpp>
#include <sofia-sip/su_log.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cerrno>
#include <cstdarg>
#include <system_error>

namespace cordboard::sip {
namespace {

std::function<void(std::string_view)> library_trace;

extern "C" void trace_line(void*, const char* format, va_list) {
  // The arguments are left out on purpose: they name URIs and addresses.
  if (!library_trace || format == nullptr) return;
  std::string_view line = format;
  while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty()) library_trace(line);
}

/// Once per process and never undone: the library has process-wide tables that other loops may still use.
void init_library() {
  static const bool once = [] {
    use_monotonic_clock();
    su_init();
    su_log_redirect(nullptr, trace_line, nullptr);
    return true;
  }();
  (void)once;
}

su_duration_t in_milliseconds(std::chrono::milliseconds wait) { return static_cast<su_duration_t>(wait.count()); }

}  // namespace

void trace_library(std::function<void(std::string_view)> to) { library_trace = std::move(to); }

loop::loop() : owner_(std::this_thread::get_id()), native_(std::make_unique<native>()) {
  init_library();
  native_->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (native_->event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  native_->root = su_root_create(nullptr);
  su_wait_t wait[1];
  su_wait_init(wait);
  if (native_->root == nullptr || su_wait_create(wait, native_->event, SU_WAIT_IN) < 0 ||
      (native_->registration = su_root_register(
           native_->root, wait,
           [](su_root_magic_t*, su_wait_t*, su_wakeup_arg_t* self) {
             self->drain();
             return 0;
           },
           this, 0)) < 0) {
    const int error = errno != 0 ? errno : ENOMEM;
    if (native_->root != nullptr) su_root_destroy(native_->root);
    ::close(native_->event);
    throw std::system_error(error, std::generic_category(), "SIP loop");
  }
}

loop::~loop() {
  job* j = head_.exchange(nullptr, std::memory_order_acquire);
  while (j != nullptr) delete std::exchange(j, j->next);
  su_root_deregister(native_->root, native_->registration);
  su_root_destroy(native_->root);
  ::close(native_->event);
}

void loop::run() {
  while (!stop_.exchange(false, std::memory_order_acq_rel)) turn(std::chrono::hours(1));
}

void loop::turn(std::chrono::milliseconds wait) {
  if (head_.load(std::memory_order_relaxed) != nullptr) wait = std::chrono::milliseconds(0);
  // Returns the time to the next timer, or "forever" as -1: neither is an error.
  su_root_step(native_->root, in_milliseconds(wait));
  run_posted();
  if (then_) then_();
}

void loop::stop() noexcept {
  stop_.store(true, std::memory_order_release);
  poke();
}

void loop::poke() noexcept {
  const std::uint64_t one = 1;
  // Cannot fail but by a counter at its limit, and then the loop is awake anyway.
  [[maybe_unused]] const auto written = ::write(native_->event, &one, sizeof one);
}

void loop::push(job* j) noexcept {
  job* head = head_.load(std::memory_order_relaxed);
  do j->next = head;
  while (!head_.compare_exchange_weak(head, j, std::memory_order_release, std::memory_order_relaxed));
  // What this thread posts is run before it sleeps, without a system call.
  if (head == nullptr && !on_thread()) poke();
}

void loop::drain() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(native_->event, &count, sizeof count);
  run_posted();
}

void loop::run_posted() noexcept {
  job* newest = head_.exchange(nullptr, std::memory_order_acquire);
  job* oldest = nullptr;
  while (newest != nullptr) {
    job* const j = std::exchange(newest, newest->next);
    j->next = oldest;
    oldest = j;
  }
  while (oldest != nullptr) {
    const std::unique_ptr<job> j(std::exchange(oldest, oldest->next));
    j->run();
  }
}

struct timer::state {
  su_timer_t* native = nullptr;
  std::function<void()> when_due;

  static void due(su_root_magic_t*, su_timer_t*, su_timer_arg_t* self) noexcept {
    // A copy: the callback may destroy the timer.
    const auto call = static_cast<state*>(self)->when_due;
    call();
  }
};

timer::timer(loop& on, std::function<void()> when_due) : state_(std::make_unique<state>()) {
  state_->when_due = std::move(when_due);
  state_->native = su_timer_create(su_root_task(on.get_native().root), 0);
  if (state_->native == nullptr) throw std::bad_alloc();
}

timer::~timer() { su_timer_destroy(state_->native); }

void timer::at(std::chrono::steady_clock::time_point deadline) {
  using namespace std::chrono;
  const auto left = ceil<microseconds>(deadline - steady_clock::now());
  su_time_t when = su_now();
  if (left.count() > 0) {
    const auto whole = static_cast<unsigned long>(left.count());
    when.tv_sec += (when.tv_usec + whole) / 1'000'000;
    when.tv_usec = (when.tv_usec + whole) % 1'000'000;
  }
  su_timer_set_at(state_->native, &state::due, state_.get(), when);
}

void timer::cancel() { su_timer_reset(state_->native); }

}  // namespace cordboard::sip
