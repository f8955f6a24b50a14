// SPDX-License-Identifier: Apache-2.0
#include <cordboard/board.hpp>

#include <log/clock.hpp>
#include <mutex>
#include <runtime/random.hpp>
#include <runtime/service.hpp>
#include <system_error>
#include <thread>
#include <vector>

namespace cordboard {
namespace {

constexpr std::int64_t default_deadline_ns = 5'000'000'000;

/// Completes exactly once: with an outcome, a refusal, or, when the board is gone and nobody keeps it any more, board_closed.
class pending {
public:
  pending(command_id id, std::function<void(std::error_code, outcome)> then) : then_(std::move(then)) { result_.id = id; }
  ~pending() {
    if (then_) then_(make_error_code(errc::board_closed), result_);
  }
  pending(const pending&) = delete;
  pending& operator=(const pending&) = delete;

  void answered(const answer_to_submit& answer) {
    result_.accepted = answer.sequence;
    if (answer.code != errc{}) complete(make_error_code(answer.code));
  }
  void ended(const event& end) {
    result_.end = end;
    complete({});
  }
  void complete(std::error_code error) {
    const std::lock_guard lock(mutex_);
    if (const auto then = std::exchange(then_, nullptr)) then(error, result_);
  }

private:
  std::mutex mutex_;  // the outcome of a repeated command comes from the follower's thread
  std::function<void(std::error_code, outcome)> then_;
  outcome result_;
};

}  // namespace

struct board::impl {
  std::mutex mutex;
  std::thread thread;
  runtime::intake commands{config{}.commands_max};
  runtime::random_source random;
  runtime::service* running = nullptr;  // while it serves
  bool begun = false;
  bool ended = false;
  int cancels = 0;
  board_ready opened;
  std::vector<completion<board_ready>> waiting;
  diagnostics why;

  /// What `work` does to the service is done on the loop's thread, or not at all.
  template <class Work>
  void on_loopback(Work work) {
    const std::lock_guard lock(mutex);
    if (running == nullptr || running->loopback() == nullptr) return;
    running->loop().post([wire = running->loopback(), what = std::move(work)] { what(*wire); });
  }
  void serve(const config& with, const completion<>& then);
};

board::board(executor_type on) : executor_(std::move(on)), impl_(std::make_shared<impl>()) {}

board::~board() {
  cancel();
  if (impl_->thread.joinable()) impl_->thread.join();
  for (auto& left : impl_->commands.close()) left = {};
}

void board::impl::serve(const config& with, const completion<>& then) {
  std::error_code error;
  try {
    runtime::service service(with, commands, {});
    {
      const std::lock_guard lock(mutex);
      running = &service;
      opened = {service.found().udp, service.found().tcp, service.found().found};
      for (int i = 0; i < cancels; ++i) service.stop();
      for (const auto& told : std::exchange(waiting, {})) told({}, opened);
    }
    error = service.run();
    const std::lock_guard lock(mutex);
    running = nullptr;
  } catch (const std::system_error& failed) {
    error = failed.code();
    const std::lock_guard lock(mutex);
    why = diagnostics(failed.what());
  } catch (const std::exception& failed) {
    error = std::make_error_code(std::errc::invalid_argument);
    const std::lock_guard lock(mutex);
    why = diagnostics(failed.what());
  }
  for (auto& left : commands.close())
    if (left.answered) left.answered({errc::board_closed, 0});
  std::vector<completion<board_ready>> late;
  {
    const std::lock_guard lock(mutex);
    running = nullptr;
    ended = true;
    late.swap(waiting);
  }
  for (const auto& told : late) told(make_error_code(errc::board_closed), {});
  then(error);
}

void board::run(config with, completion<> then) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->begun) return then(make_error_code(errc::log_busy));
  impl_->begun = true;
  if (impl_->cancels != 0) {
    impl_->ended = true;
    return then({});
  }
  impl_->commands.resize(with.commands_max);
  impl_->thread = std::thread([inside = impl_, what = std::move(with), told = std::move(then)] { inside->serve(what, told); });
}

void board::ready(completion<board_ready> then) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->running != nullptr) return then({}, impl_->opened);
  if (impl_->ended) return then(make_error_code(errc::board_closed), {});
  impl_->waiting.push_back(std::move(then));
}

void board::exec(command what, completion<outcome> then) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!what.id) what.id = {impl_->random.next(), impl_->random.next()};
  }
  if (what.deadline_ns == 0) what.deadline_ns = log::wall_time_ns() + default_deadline_ns;
  what.actor = {};  // the program that runs the board is the board
  const auto one = std::make_shared<pending>(what.id, std::move(then));
  if (const auto good = check(what); !good) return one->complete(good.error());
  const auto why = impl_->commands.try_push(
      {what, [one](const answer_to_submit& answer) { one->answered(answer); }, [one](const event& end) { one->ended(end); }});
  if (why != errc{}) one->complete(make_error_code(why));
}

void board::cancel() {
  const std::lock_guard lock(impl_->mutex);
  ++impl_->cancels;
  if (impl_->running != nullptr) impl_->running->stop();
}

diagnostics board::why() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->why;
}

void board::loopback_behave(std::string number, loopback_phone how) {
  impl_->on_loopback([number = std::move(number), how](runtime::loopback_wire& wire) { wire.behave(number, how); });
}
void board::loopback_call_in(loopback_call call) {
  impl_->on_loopback([call = std::move(call)](runtime::loopback_wire& wire) { wire.call_in(call); });
}
void board::loopback_answer(std::string number) {
  impl_->on_loopback([number = std::move(number)](runtime::loopback_wire& wire) { wire.answer(number); });
}
void board::loopback_hang_up(std::string number) {
  impl_->on_loopback([number = std::move(number)](runtime::loopback_wire& wire) { wire.hang_up(number); });
}

}  // namespace cordboard
