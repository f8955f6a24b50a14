// SPDX-License-Identifier: Apache-2.0
// Who is let in, before it costs much: new calls by how fast they come, and addresses by how often they fail to prove who they
// are. Trunks are known by their address and never banned; what belongs to a call that stands does not come here. Emergencies
// have the rate of all to themselves once more, so that no flood of other calls is before them, nor one of theirs without an end.
#pragma once
#include <chrono>
#include <cordboard/config.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cordboard::sip {

/// @threads  one
class admission {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  /// Of `limits`: the two rates, `failures_max` and `ban`.
  explicit admission(const sip_config& limits);

  /// Whether what comes from here is refused unread.
  bool is_banned(const std::string& ip, time_point now) const;

  /// The IPv4 addresses that are banned now, in host order.
  std::vector<std::uint32_t> banned(time_point now) const;

  enum class proof : std::uint8_t {
    good,    ///< the right password; an address that gave one in the last hour is not banned
    absent,  ///< a request that nobody answers for, as each phone's first one: an eighth of a wrong one
    wrong,
  };
  /// @returns  for how long the address is banned from now on; 0: it is not
  std::chrono::seconds judge(const std::string& ip, proof given, time_point now);

  enum class verdict : std::uint8_t { let_in, all_too_fast, source_too_fast };
  struct answer {
    verdict what = verdict::let_in;
    std::int64_t to_tell = 0;  ///< that so many were refused since it was told last; 0: it was told less than a second ago
  };
  /// @param emergency  asked only when the call would be refused
  answer take_call(const std::string& ip, bool of_trunk, time_point now, const std::function<bool()>& emergency);

  std::size_t sources() const { return sources_.size(); }
  /// More addresses than this are not kept apart; the rate of all together holds for them.
  static constexpr std::size_t sources_max = 16384;

private:
  /// So many a second, and as many at once.
  struct rate {
    double left = -1;  // below 0: never used
    time_point at{};
    bool take(std::uint32_t per_second, time_point now);
  };
  struct source {
    double failures = 0;  // leaks: `failures_max` in the time of a first ban
    time_point at{};
    time_point good_until{};
    time_point banned_until{};
    std::uint32_t bans = 0;
    rate calls;
  };
  source* find_or_make(const std::string& ip, time_point now);
  void forget_quiet(time_point now);

  const std::uint32_t calls_per_second_;
  const std::uint32_t phone_calls_per_second_;
  const double failures_max_;
  const std::chrono::seconds ban_;
  rate all_, emergencies_;
  std::unordered_map<std::string, source> sources_;
  time_point forgot_at_{};
  std::int64_t refused_ = 0;
  time_point told_at_{};
};

}  // namespace cordboard::sip
