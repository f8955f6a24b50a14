// SPDX-License-Identifier: Apache-2.0
// The numbers of what is sent towards one leg: one SSRC, and a sequence and a timestamp that go on whoever speaks.
#pragma once
#include <cstdint>
#include <media/rtp.hpp>
#include <optional>

namespace cordboard::media {

/// Nanoseconds of the monotonic clock.
using nanoseconds = std::int64_t;
inline constexpr nanoseconds millisecond = 1'000'000;
inline constexpr nanoseconds frame_time = 20 * millisecond;

/// ```
///                 source switches (marker)              gap in the source is kept (the hearer's loss concealment sees it)
///   in   A 7 8 9 │ B 4000 4001 4002        4004
///   out    1 2 3 │   4    5    6     (no 7)   8       timestamp: + elapsed time at a switch, + the source's own steps within
/// ```
/// One thread: the media thread.
class sender {
public:
  /// What is to stand in a packet's header beside SSRC and payload type.
  struct numbers {
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    bool marker = false;
  };

  /// `sequence`, `timestamp`: of the packet before the first.
  sender(std::uint32_t ssrc, std::uint16_t sequence, std::uint32_t timestamp)
      : ssrc_(ssrc), sequence_(sequence), timestamp_(timestamp) {}

  /// By how much a millisecond moves the timestamp; 8 until it is said.
  void set_clock(std::uint32_t per_millisecond);
  /// A packet of another leg passes through. Nothing: it came too late, or twice, and its number is used.
  ///
  /// @param from     which stream it came from; not 0
  /// @param samples  how long it lasts; 0: it has no time of its own (a key press repeats its timestamp)
  std::optional<numbers> relay(std::uint64_t from, const rtp::packet& in, std::uint32_t samples, nanoseconds now);
  /// A frame of our own, 20 ms.
  numbers generate(nanoseconds now);
  /// A packet of a key press of our own: `first` begins it, and all that follow are of the same moment (RFC 4733 §2.5.1.2).
  numbers press(bool first, nanoseconds now);
  /// A packet of this source is not sent on: its number is not missed.
  void skip(std::uint64_t from, const rtp::packet& in);
  /// The next packet is the first of a talkspurt: what was sent before is forgotten, numbers go on.
  void interrupt() { from_ = nobody; }
  /// The last packet was a frame of our own.
  bool generating() const { return from_ == ourselves; }

  std::uint32_t ssrc() const { return ssrc_; }
  std::uint16_t sequence() const { return sequence_; }    ///< the last used
  std::uint32_t timestamp() const { return timestamp_; }  ///< the last used
  nanoseconds last_sent() const { return sent_; }         ///< 0: nothing yet
  /// What a receiver's timestamp shows at `now`.
  std::uint32_t timestamp_at(nanoseconds now) const;

private:
  static constexpr std::uint64_t nobody = 0;
  static constexpr std::uint64_t ourselves = ~std::uint64_t{0};

  std::uint32_t ticks_in(nanoseconds time) const { return static_cast<std::uint32_t>(time * clock_ / millisecond); }
  std::uint32_t next_timestamp(nanoseconds now) const;
  bool follows(std::uint64_t from, const rtp::packet& in, std::uint32_t samples, nanoseconds now) const;
  void stamp(std::uint32_t timestamp, std::uint32_t samples, nanoseconds now);

  std::uint32_t ssrc_;
  std::uint32_t clock_ = 8;
  std::uint16_t sequence_;   ///< the highest used
  std::uint32_t timestamp_;  ///< the highest used
  nanoseconds stamped_ = 0;  ///< when `timestamp_` was used
  nanoseconds sent_ = 0;
  std::uint32_t samples_ = 0;  ///< how long the packet of `timestamp_` lasts

  std::uint64_t from_ = nobody;  ///< who speaks
  std::uint32_t from_ssrc_ = 0;
  std::uint16_t from_first_ = 0;  ///< the first sequence of its that was relayed since it speaks
  std::uint16_t from_highest_ = 0;
  std::uint16_t sequence_offset_ = 0;
  std::uint32_t timestamp_offset_ = 0;
};

}  // namespace cordboard::media
