// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <sip/admission.hpp>
#include <algorithm>
#include <array>
#include <utility>

namespace cordboard::sip {
namespace {

using std::chrono::duration;
using std::chrono::hours;
using std::chrono::seconds;

constexpr auto good_for = hours(1);
constexpr auto remembered_for = hours(24);
constexpr std::uint32_t doublings_max = 6;
constexpr double weight_of_absent = 1.0 / 8;

/// Who has one IPv6 address has its /64 (RFC 6177).
std::string key_of(const std::string& ip) {
  if (ip.find(':') == std::string::npos) return ip;
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, ip.c_str(), &bytes) != 1) return ip;
  std::fill(std::begin(bytes.s6_addr) + 8, std::end(bytes.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET6, &bytes, text.data(), text.size()) != nullptr ? std::string(text.data()) + "/64" : ip;
}

}  // namespace

admission::admission(const sip_config& limits)
    : calls_per_second_(limits.calls_per_second),
      phone_calls_per_second_(limits.phone_calls_per_second),
      failures_max_(limits.failures_max),
      ban_(limits.ban) {}

bool admission::rate::take(std::uint32_t per_second, time_point now) {
  if (per_second == 0) return true;
  const double most = per_second;
  left = left < 0 ? most : std::min(most, left + duration<double>(now - at).count() * most);
  at = now;
  if (left < 1) return false;
  left -= 1;
  return true;
}

bool admission::is_banned(const std::string& ip, time_point now) const {
  if (failures_max_ == 0 || sources_.empty()) return false;
  const auto found = sources_.find(key_of(ip));
  return found != sources_.end() && now < found->second.banned_until;
}

std::vector<std::uint32_t> admission::banned(time_point now) const {
  std::vector<std::uint32_t> all;
  for (const auto& [ip, from] : sources_) {
    in_addr bytes{};
    if (now < from.banned_until && ::inet_pton(AF_INET, ip.c_str(), &bytes) == 1) all.push_back(ntohl(bytes.s_addr));
  }
  return all;
}

std::chrono::seconds admission::judge(const std::string& ip, proof given, time_point now) {
  if (failures_max_ == 0) return seconds(0);
  source* const from = find_or_make(ip, now);
  if (from == nullptr) return seconds(0);
  from->failures = std::max(
      0.0, from->failures - duration<double>(now - from->at).count() * failures_max_ / static_cast<double>(ban_.count()));
  from->at = now;
  if (given == proof::good) {
    from->failures = 0;
    from->good_until = now + good_for;
    return seconds(0);
  }
  from->failures = std::min(from->failures + (given == proof::wrong ? 1 : weight_of_absent), failures_max_);
  if (from->failures < failures_max_ || now < from->good_until) return seconds(0);
  const seconds ban = ban_ * (1U << std::min(from->bans, doublings_max));
  ++from->bans;
  from->failures = 0;
  from->banned_until = now + ban;
  return ban;
}

admission::answer admission::take_call(const std::string& ip, bool of_trunk, time_point now,
                                       const std::function<bool()>& emergency) {
  answer out;
  source* const from = of_trunk || phone_calls_per_second_ == 0 ? nullptr : find_or_make(ip, now);
  if (from != nullptr && !from->calls.take(phone_calls_per_second_, now)) {
    out.what = verdict::source_too_fast;
  } else if (!all_.take(calls_per_second_, now)) {
    out.what = verdict::all_too_fast;
  }
  if (out.what == verdict::let_in) return out;
  if (emergency() && emergencies_.take(calls_per_second_, now)) return {};
  ++refused_;
  if (told_at_ == time_point{} || now - told_at_ >= seconds(1)) {
    told_at_ = now;
    out.to_tell = std::exchange(refused_, 0);
  }
  return out;
}

admission::source* admission::find_or_make(const std::string& ip, time_point now) {
  const std::string key = key_of(ip);
  if (const auto found = sources_.find(key); found != sources_.end()) return &found->second;
  if (sources_.size() >= sources_max) forget_quiet(now);
  if (sources_.size() >= sources_max) return nullptr;
  source& made = sources_[key];
  made.at = now;
  return &made;
}

/// Once a second at most, since it looks at all of them.
void admission::forget_quiet(time_point now) {
  if (forgot_at_ != time_point{} && now - forgot_at_ < seconds(1)) return;
  forgot_at_ = now;
  std::erase_if(sources_, [&](const auto& one) {
    const source& from = one.second;
    const auto quiet_since = std::max({from.at, from.calls.at, from.banned_until});
    return now - quiet_since > (from.bans == 0 ? std::chrono::duration_cast<seconds>(ban_) : seconds(remembered_for)) &&
           now > from.good_until;
  });
}

}  // namespace cordboard::sip
