// SPDX-License-Identifier: Apache-2.0
#include <gateway/hub.hpp>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cordboard::gateway {

namespace asio = boost::asio;

void hub::came(std::shared_ptr<const feed_batch> batch) {
  newest_ = batch->last;
  events_ += batch->events.size();
  kept_.push_back(std::move(batch));
  while (events_ > events_max_ && kept_.size() > 1) {
    events_ -= kept_.front()->events.size();
    before_ = kept_.front()->last;
    kept_.pop_front();
    ++first_;
  }
  wake_all();
}

void hub::house(std::shared_ptr<const whole_house> all) {
  house_ = std::move(all);
  wake_all();
}

void hub::begun(std::uint64_t sequence) {
  first_ += kept_.size();
  kept_.clear();
  events_ = 0;
  before_ = newest_ = sequence;
  house_.reset();
  ++epoch_;
  wake_all();
}

std::uint64_t hub::number_after(std::uint64_t sequence) const {
  const auto hit = std::upper_bound(kept_.begin(), kept_.end(), sequence,
                                    [](std::uint64_t at, const auto& batch) { return at < batch->last; });
  return first_ + static_cast<std::uint64_t>(hit - kept_.begin());
}

void hub::figures(std::shared_ptr<const std::string> text) {
  figures_ = std::move(text);
  for (waiter* one : waiting_)
    if (one->hears_figures_) one->wake();
}

void hub::waiter::hears_figures(bool does) {
  if (does == hears_figures_) return;
  hears_figures_ = does;
  does ? ++hub_.figures_hearers_ : --hub_.figures_hearers_;
  hub_.want_figures_(hub_.figures_hearers_ != 0);
}

void hub::wake_all() {
  for (waiter* one : waiting_) one->wake();
}

asio::awaitable<void> hub::waiter::async_wait(std::chrono::steady_clock::time_point until) {
  timer_.expires_at(until);
  boost::system::error_code woken;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

asio::awaitable<std::shared_ptr<const whole_house>> hub::async_house(std::chrono::nanoseconds limit) {
  if (house_ && house_->sequence == newest_) co_return house_;
  const auto until = std::chrono::steady_clock::now() + limit;
  const auto before = house_;
  waiter here(*this);
  want_house_();
  while ((!house_ || house_ == before) && std::chrono::steady_clock::now() < until) co_await here.async_wait(until);
  co_return house_ == before ? nullptr : house_;
}

}  // namespace cordboard::gateway
