// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <media/reception.hpp>
#include <utility>

namespace cordboard::media {
namespace {

int ahead(std::uint16_t a, std::uint16_t b) { return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)); }

// RFC 3550 A.1
constexpr int dropout_max = 3000;
constexpr int misorder_max = 100;

}  // namespace

void latch::expect(const address& said) {
  // A re-INVITE that says the same (hold, resume) does not make us forget what we have seen.
  if (said == said_ && seen_) return;
  said_ = said;
  if (std::exchange(restored_, false)) return;
  seen_ = false;
  to_ = said;
}

void latch::restore(const address& seen) {
  to_ = seen;
  restored_ = true;
}

bool latch::take(const address& from, const rtp::packet& in, nanoseconds now) {
  if (seen_ && !(from == to_)) {
    const int step = ahead(in.sequence, sequence_);
    const bool goes_on = in.ssrc == ssrc_ && step > 0 && step <= misorder_max;
    const bool stranger = to_.same_ip(said_) && !from.same_ip(said_);
    const bool silent = now - heard_ >= silent_after;
    if (!(from == said_) && !goes_on && (stranger || !silent)) return false;
  }
  to_ = from;
  seen_ = true;
  heard_ = now;
  ssrc_ = in.ssrc;
  sequence_ = in.sequence;
  return true;
}

void reception::begin(const rtp::packet& in) {
  lost_before_ = lost();
  expected_before_ = expected_in_all();
  began_ = true;
  ssrc_ = in.ssrc;
  first_ = highest_ = 0x10000U + in.sequence;
  received_ = expected_reported_ = received_reported_ = 0;
}

void reception::judge(std::uint32_t transit) {
  const auto behind = static_cast<std::int32_t>(transit - fastest_);
  if (behind <= static_cast<std::int32_t>(late_after * clock_ / millisecond)) {
    if (behind < 0) fastest_ = transit;
    late_now_ = 0;
    return;
  }
  ++late_;
  if (++late_now_ < late_max) return;
  late_ -= late_now_;
  late_now_ = 0;
  fastest_ = transit;
}

void reception::take(const rtp::packet& in, nanoseconds now, std::uint32_t clock, bool voice) {
  const auto arrived = static_cast<std::uint32_t>(now * clock / millisecond);
  const int step = ahead(in.sequence, static_cast<std::uint16_t>(highest_));
  if (!began_ || in.ssrc != ssrc_ || step >= dropout_max || step <= -misorder_max) {
    begin(in);
    transit_ = fastest_ = arrived - in.timestamp;
    late_now_ = 0;
  } else if (step > 0) {
    highest_ += static_cast<std::uint32_t>(step);
  } else {
    first_ = std::min(first_, highest_ - static_cast<std::uint32_t>(-step));
  }
  ++received_;
  if (!voice) return;
  if (std::exchange(clock_, clock) != clock) transit_ = fastest_ = arrived - in.timestamp;
  const std::uint32_t transit = arrived - in.timestamp;
  const std::int64_t difference = std::abs(std::int64_t{static_cast<std::int32_t>(transit - transit_)});
  transit_ = transit;
  judge(transit);
  // More than a second is no network's doing: the source's clock was set.
  if (difference < 1000 * std::int64_t{clock}) jitter_ += static_cast<std::uint32_t>(difference) - ((jitter_ + 8) >> 4);
}

std::uint64_t reception::lost() const {
  const std::uint64_t all = expected();
  return lost_before_ + (all > received_ ? all - received_ : 0);
}

reception::report reception::next_report() {
  const std::uint64_t expected_now = expected() - expected_reported_;
  const std::uint64_t received_now = received_ - received_reported_;
  expected_reported_ = expected();
  received_reported_ = received_;
  report out;
  out.ssrc = ssrc_;
  if (expected_now > received_now)
    out.fraction = static_cast<std::uint8_t>(std::min<std::uint64_t>(255, (expected_now - received_now) * 256 / expected_now));
  const auto lost_now = static_cast<std::int64_t>(expected()) - static_cast<std::int64_t>(received_);
  out.lost = static_cast<std::int32_t>(std::clamp<std::int64_t>(lost_now, -0x800000, 0x7FFFFF));
  out.highest = highest_ - 0x10000U;
  out.jitter = jitter_ >> 4;
  return out;
}

}  // namespace cordboard::media
