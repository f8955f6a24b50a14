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
  void take(const rtp::packet& in, nanoseconds now, std::uint32_t clock = 8);
  std::uint64_t lost() const;

  /// For a report block (RFC 3550 §6.4.1).
  struct report {
    std::uint32_t ssrc = 0;
    std::uint8_t fraction = 0;  ///< of 256, lost since the last report
    std::int32_t lost = 0;
    std::uint32_t highest = 0;  ///< extended sequence
    std::uint32_t jitter = 0;   ///< in samples
  };
  bool any() const { return began_; }
  /// Begins the next interval.
  report next_report();

private:
  std::uint64_t expected() const { return began_ ? std::uint64_t{highest_} - first_ + 1 : 0; }
  void begin(const rtp::packet& in);

  bool began_ = false;
  std::uint32_t ssrc_ = 0;
  std::uint32_t first_ = 0;  ///< extended sequence; begins in cycle 1, so that an early late packet has room below
  std::uint32_t highest_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t lost_before_ = 0;  ///< of SSRCs that are over
  std::uint64_t expected_reported_ = 0, received_reported_ = 0;
  std::uint32_t transit_ = 0;
  std::uint32_t jitter_ = 0;  ///< times 16
};

}  // namespace cordboard::media
