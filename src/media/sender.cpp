// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <media/sender.hpp>
#include <utility>

namespace cordboard::media {
namespace {

// RFC 3550 A.1: further ahead or behind than this is no loss and no reordering, the source began anew.
constexpr int dropout_max = 3000;
constexpr int misorder_max = 100;
// A source whose timestamps leave real time by more than this began anew without saying so.
constexpr nanoseconds drift_max = 2000 * millisecond;

int ahead(std::uint16_t a, std::uint16_t b) { return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)); }

}  // namespace

void sender::set_clock(std::uint32_t per_millisecond) {
  if (std::exchange(clock_, per_millisecond) != per_millisecond) interrupt();
}

std::uint32_t sender::timestamp_at(nanoseconds now) const {
  return stamped_ == 0 ? timestamp_ : timestamp_ + ticks_in(now - stamped_);
}

std::uint32_t sender::next_timestamp(nanoseconds now) const {
  if (stamped_ == 0) return timestamp_ + ticks_in(frame_time);
  // At least as far as the packet before lasts: two sources' frames never overlap.
  return timestamp_ + std::max(ticks_in(now - stamped_), samples_);
}

bool sender::follows(std::uint64_t from, const rtp::packet& in, std::uint32_t samples, nanoseconds now) const {
  if (from_ != from || from_ssrc_ != in.ssrc) return false;
  const int step = ahead(in.sequence, from_highest_);
  if (step >= dropout_max || step <= -misorder_max) return false;
  if (step <= 0 || samples == 0) return true;
  const auto drift = static_cast<std::int32_t>(in.timestamp + timestamp_offset_ - timestamp_at(now));
  return std::abs(drift) <= static_cast<std::int32_t>(ticks_in(drift_max));
}

void sender::stamp(std::uint32_t timestamp, std::uint32_t samples, nanoseconds now) {
  sent_ = now;
  if (stamped_ != 0 && static_cast<std::int32_t>(timestamp - timestamp_) <= 0) return;
  timestamp_ = timestamp;
  stamped_ = now;
  samples_ = samples;
}

std::optional<sender::numbers> sender::relay(std::uint64_t from, const rtp::packet& in, std::uint32_t samples,
                                             nanoseconds now) {
  numbers out;
  if (follows(from, in, samples, now)) {
    const int step = ahead(in.sequence, from_highest_);
    // What came before its source was switched to us would take a number that somebody else has used.
    if (step == 0 || ahead(in.sequence, from_first_) < 0) return std::nullopt;
    out.sequence = static_cast<std::uint16_t>(in.sequence + sequence_offset_);
    out.timestamp = in.timestamp + timestamp_offset_;
    out.marker = in.marker;
    if (step < 0) return out;
  } else {
    out.sequence = static_cast<std::uint16_t>(sequence_ + 1);
    out.timestamp = next_timestamp(now);
    out.marker = true;
    from_ = from;
    from_ssrc_ = in.ssrc;
    from_first_ = in.sequence;
    sequence_offset_ = static_cast<std::uint16_t>(out.sequence - in.sequence);
    timestamp_offset_ = out.timestamp - in.timestamp;
  }
  from_highest_ = in.sequence;
  // Numbers go round: what is further back than anything that may still come is forgotten.
  if (ahead(from_highest_, from_first_) > misorder_max) from_first_ = static_cast<std::uint16_t>(from_highest_ - misorder_max);
  sequence_ = out.sequence;
  stamp(out.timestamp, samples, now);
  return out;
}

void sender::skip(std::uint64_t from, const rtp::packet& in) {
  // Only the newest can be taken out of the count: behind it the numbers are given.
  if (from_ != from || from_ssrc_ != in.ssrc || ahead(in.sequence, from_highest_) <= 0) return;
  from_highest_ = in.sequence;
  from_first_ = static_cast<std::uint16_t>(in.sequence + 1);
  --sequence_offset_;
}

sender::numbers sender::press(bool first, nanoseconds now) {
  numbers out;
  out.sequence = ++sequence_;
  out.timestamp = first ? next_timestamp(now) : timestamp_;
  out.marker = first;
  from_ = nobody;
  sent_ = now;
  if (first) stamp(out.timestamp, ticks_in(frame_time), now);
  return out;
}

sender::numbers sender::generate(nanoseconds now) {
  numbers out;
  out.sequence = static_cast<std::uint16_t>(sequence_ + 1);
  // Frames follow each other without a look at the clock, two at once when a tick was missed; after a pause they don't.
  const bool goes_on = from_ == ourselves && now - stamped_ < 3 * frame_time;
  out.timestamp = goes_on ? timestamp_ + ticks_in(frame_time) : next_timestamp(now);
  out.marker = !goes_on;
  from_ = ourselves;
  sequence_ = out.sequence;
  stamp(out.timestamp, ticks_in(frame_time), now);
  return out;
}

}  // namespace cordboard::media
