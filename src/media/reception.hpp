// SPDX-License-Identifier: Apache-2.0
// What comes from one far end: from where it may come (symmetric RTP), and how much of it was lost.
#pragma once
#include <cstdint>
#include <media/address.hpp>
#include <media/rtp.hpp>
#include <media/sender.hpp>

namespace cordboard::media {

/// Where the far end is. Its own description says so first; behind a NAT only its packets know.
///
/// The first packet decides. After that another address is believed
///  - if it is the one that the description names, or
///  - if the packet goes on with the very SSRC and sequence that only who sees the stream can know (a NAT gave it another port), or
///  - if the known one has been silent, unless the far end was where it had said and this is another machine.
/// Whoever just sends packets to our port can neither speak nor listen in.
class latch {
public:
  /// The far end has described itself anew; packets may show another address.
  void expect(const address& said);
  /// Where it was before a restart: send there at once, but believe the first packet.
  void restore(const address& seen);
  /// Whether a packet is the far end's. Moves to its address if it is to be believed.
  bool take(const address& from, const rtp::packet& in, nanoseconds now);
  /// Where to send: seen, else said; none: unknown.
  const address& to() const { return to_; }
  /// A packet has shown the address.
  bool seen() const { return seen_; }

  static constexpr nanoseconds silent_after = 1000 * millisecond;

private:
  address said_;
  address to_;
  bool seen_ = false;
  bool restored_ = false;
  nanoseconds heard_ = 0;
  std::uint32_t ssrc_ = 0;
  std::uint16_t sequence_ = 0;
};

/// RFC 3550 A.3: expected and received, over all the SSRCs that the far end used; A.8: jitter.
class reception {
public:
  /// @param clock  by how much a millisecond moves the packet's timestamp
  /// @param voice  its timestamp says when it was spoken; a key's says when the key was pressed
  void take(const rtp::packet& in, nanoseconds now, std::uint32_t clock = 8, bool voice = true);
  std::uint64_t lost() const;
  /// Over all SSRCs.
  std::uint64_t expected_in_all() const { return expected_before_ + expected(); }
  /// Packets that came so much later than others that nobody waits for them.
  std::uint64_t late() const { return late_; }
  nanoseconds jitter() const { return static_cast<nanoseconds>(jitter_ >> 4) * millisecond / clock_; }

  /// For a report block (RFC 3550 §6.4.1).
  struct report {
    std::uint32_t ssrc = 0;
    std::uint8_t fraction = 0;  ///< of 256, lost since the last report
    std::int32_t lost = 0;
    std::uint32_t highest = 0;                ///< extended sequence
    std::uint32_t jitter = 0;                 ///< in samples
    std::uint32_t last_sr = 0, since_sr = 0;  ///< of the far end's sender reports, 0 none came
  };
  bool any() const { return began_; }
  /// Begins the next interval.
  report next_report();

private:
  std::uint64_t expected() const { return began_ ? std::uint64_t{highest_} - first_ + 1 : 0; }
  void begin(const rtp::packet& in);
  void judge(std::uint32_t transit);

  /// As long as a jitter buffer waits (`playout`).
  static constexpr nanoseconds late_after = 120 * millisecond;
  /// So many in a row are no late ones: the path is longer from now on, or the source's clock was set.
  static constexpr unsigned late_max = 10;

  bool began_ = false;
  std::uint32_t ssrc_ = 0;
  std::uint32_t first_ = 0;  ///< extended sequence; begins in cycle 1, so that an early late packet has room below
  std::uint32_t highest_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t lost_before_ = 0, expected_before_ = 0;  ///< of SSRCs that are over
  std::uint64_t expected_reported_ = 0, received_reported_ = 0;
  std::uint32_t transit_ = 0;
  std::uint32_t jitter_ = 0;  ///< times 16
  std::uint32_t clock_ = 8;
  std::uint32_t fastest_ = 0;  ///< transit of the packets that came soonest
  unsigned late_now_ = 0;      ///< in a row
  std::uint64_t late_ = 0;
};

}  // namespace cordboard::media
