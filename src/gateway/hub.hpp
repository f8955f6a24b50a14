// SPDX-License-Identifier: Apache-2.0
// What clients follow: the newest batches, in memory once for all of them. A client is a place in them, so that a slow one costs
// nothing but its own lag, and learns that it is gone when what it stands at is kept no more.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <gateway/feed.hpp>
#include <memory>
#include <set>

namespace cordboard::gateway {

/// @threads  the network's
class hub {
public:
  /// @param want_house  asks the feed for the house
  /// @param want_figures  told whether anybody wants today's figures
  hub(boost::asio::io_context& io, std::size_t events_max, std::function<void()> want_house,
      std::function<void(bool)> want_figures)
      : io_(io), events_max_(events_max), want_house_(std::move(want_house)), want_figures_(std::move(want_figures)) {}

  // From the feed, in the order of the log.
  void came(std::shared_ptr<const feed_batch> batch);
  void house(std::shared_ptr<const whole_house> all);
  void begun(std::uint64_t sequence);
  /// What walls show now; only those who have asked for it are woken.
  void figures(std::shared_ptr<const std::string> text);
  const std::shared_ptr<const std::string>& figures() const { return figures_; }

  /// The whole house, soon; behind it all batches up to its sequence are here. Null: the feed has none within `limit`.
  boost::asio::awaitable<std::shared_ptr<const whole_house>> async_house(std::chrono::nanoseconds limit);

  /// Batches have numbers without a gap.
  std::uint64_t first_number() const { return first_; }
  std::uint64_t next_number() const { return first_ + kept_.size(); }
  const std::shared_ptr<const feed_batch>& batch(std::uint64_t number) const { return kept_[number - first_]; }
  /// The first batch with an event after a sequence.
  std::uint64_t number_after(std::uint64_t sequence) const;
  /// All events behind this sequence are kept.
  std::uint64_t kept_after() const { return kept_.empty() ? newest_ : before_; }
  std::uint64_t newest() const { return newest_; }
  /// Rises when the log is followed anew: places from before mean nothing then.
  std::uint64_t epoch() const { return epoch_; }

  /// Wakes all who wait here when something comes.
  class waiter {
  public:
    explicit waiter(hub& at) : hub_(at), timer_(at.io_) { hub_.waiting_.insert(this); }
    ~waiter() {
      hears_figures(false);
      hub_.waiting_.erase(this);
    }
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    boost::asio::awaitable<void> async_wait(std::chrono::steady_clock::time_point until);
    void wake() { timer_.cancel(); }
    void hears_figures(bool does);

  private:
    friend hub;
    hub& hub_;
    boost::asio::steady_timer timer_;
    bool hears_figures_ = false;
  };
  void wake_all();

private:
  boost::asio::io_context& io_;
  const std::size_t events_max_;
  const std::function<void()> want_house_;
  const std::function<void(bool)> want_figures_;
  std::deque<std::shared_ptr<const feed_batch>> kept_;
  std::uint64_t first_ = 0;
  std::size_t events_ = 0;
  std::uint64_t before_ = 0;  ///< the last sequence that is kept no more
  std::uint64_t newest_ = 0;
  std::uint64_t epoch_ = 0;
  std::shared_ptr<const whole_house> house_;
  std::shared_ptr<const std::string> figures_;
  std::size_t figures_hearers_ = 0;
  std::set<waiter*> waiting_;
};

}  // namespace cordboard::gateway
