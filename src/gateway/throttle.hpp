// SPDX-License-Identifier: Apache-2.0
// How often somebody may ask, and how often somebody may be wrong. Both tables are bounded: whoever asks from a million
// addresses gets no more memory, and who was heard of longest ago is forgotten.
#pragma once
#include <chrono>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

namespace cordboard::gateway {

/// The newest so many by name.
template <class Value>
class newest_names {
public:
  explicit newest_names(std::size_t max) : max_(max) {}
  Value* find(const std::string& name) {
    const auto hit = index_.find(name);
    return hit == index_.end() ? nullptr : &hit->second->second;
  }
  Value& of(const std::string& name) {
    if (const auto hit = index_.find(name); hit != index_.end()) {
      order_.splice(order_.begin(), order_, hit->second);
      return hit->second->second;
    }
    if (order_.size() >= max_) {
      index_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(name, Value{});
    index_[name] = order_.begin();
    return order_.front().second;
  }
  void forget(const std::string& name) {
    const auto hit = index_.find(name);
    if (hit == index_.end()) return;
    order_.erase(hit->second);
    index_.erase(hit);
  }

private:
  std::size_t max_;
  std::list<std::pair<std::string, Value>> order_;
  std::unordered_map<std::string, typename std::list<std::pair<std::string, Value>>::iterator> index_;
};

/// So many requests a second, twice as many at once. @threads one
class request_rate {
public:
  using time_point = std::chrono::steady_clock::time_point;
  explicit request_rate(double per_second) : per_second_(per_second) {}
  bool allows(const std::string& who, time_point now) {
    if (per_second_ == 0) return true;
    bucket& b = buckets_.of(who);
    const double passed = b.at == time_point{} ? 2.0 : std::chrono::duration<double>(now - b.at).count();
    b.level = std::min(2 * per_second_, b.level + passed * per_second_);
    b.at = now;
    if (b.level < 1) return false;
    b.level -= 1;
    return true;
  }

private:
  struct bucket {
    double level = 0;
    time_point at{};
  };
  double per_second_;
  newest_names<bucket> buckets_{10000};
};

/// Wrong passwords: after so many nobody gets in by that name, or from that address, for a while that doubles. @threads one
class lock_out {
public:
  using time_point = std::chrono::steady_clock::time_point;
  lock_out(std::uint32_t max, std::chrono::nanoseconds first) : max_(max), first_(first) {}
  /// How long it is still locked; 0: it is not.
  std::chrono::nanoseconds left(const std::string& who, time_point now) {
    const failures* f = known_.find(who);
    return f == nullptr || f->until <= now ? std::chrono::nanoseconds(0) : f->until - now;
  }
  /// @returns whether it is locked from now on
  bool failed(const std::string& who, time_point now) {
    failures& f = known_.of(who);
    if (++f.count < max_) return false;
    constexpr std::uint32_t doublings_max = 12;
    const auto times = std::min(f.count - max_, doublings_max);
    f.until = now + std::min<std::chrono::nanoseconds>(first_ * (1U << times), std::chrono::hours(24));
    return true;
  }
  void succeeded(const std::string& who) { known_.forget(who); }

private:
  struct failures {
    std::uint32_t count = 0;
    time_point until{};
  };
  std::uint32_t max_;
  std::chrono::nanoseconds first_;
  newest_names<failures> known_{10000};
};

}  // namespace cordboard::gateway
