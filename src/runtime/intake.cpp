// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <runtime/intake.hpp>
#include <utility>

namespace cordboard::runtime {

errc intake::try_push(submission one) {
  const std::lock_guard lock(mutex_);
  if (closed_) return errc::board_closed;
  const bool urgent = one.what.kind == command_kind::answer || one.what.kind == command_kind::start_code_call;
  auto& lane = urgent ? urgent_ : others_;
  if (lane.size() >= max_) return errc::queue_full;
  const bool first = urgent_.empty() && others_.empty();
  lane.push_back(std::move(one));
  // Under the lock, so that `close` can promise that nobody pokes a loop that is gone.
  if (first && poke_) poke_();
  return errc{};
}

std::optional<submission> intake::pop() {
  const std::lock_guard lock(mutex_);
  auto& lane = urgent_.empty() ? others_ : urgent_;
  if (lane.empty()) return std::nullopt;
  std::optional<submission> one(std::move(lane.front()));
  lane.pop_front();
  return one;
}

void intake::open(std::function<void()> poke) {
  const std::lock_guard lock(mutex_);
  poke_ = std::move(poke);
  if (poke_ && (!urgent_.empty() || !others_.empty())) poke_();
}

void intake::resize(std::size_t max) {
  const std::lock_guard lock(mutex_);
  max_ = max;
}

std::deque<submission> intake::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  poke_ = nullptr;
  std::deque<submission> left;
  left.swap(urgent_);
  left.insert(left.end(), std::make_move_iterator(others_.begin()), std::make_move_iterator(others_.end()));
  others_.clear();
  return left;
}

}  // namespace cordboard::runtime
