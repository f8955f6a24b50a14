// SPDX-License-Identifier: Apache-2.0
// RTCP: that we live and how the far end is heard, and the same of the far end: SR or RR, CNAME, BYE. RFC 3550 §6.
#pragma once
#include <cstdint>
#include <media/reception.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cordboard::media::rtcp {

/// What has been sent, for a sender report.
struct sent {
  std::int64_t wall_ns = 0;  ///< the wall clock at `timestamp`
  std::uint32_t timestamp = 0;
  std::uint32_t packets = 0;
  std::uint32_t bytes = 0;  ///< of payload
};

/// A compound packet: SR (if something was sent) or RR, with a block for what was heard, SDES CNAME, and BYE at the end.
std::vector<std::uint8_t> compound(std::uint32_t ssrc, const std::optional<sent>& ours,
                                   const std::optional<reception::report>& theirs, std::string_view cname, bool bye);

/// How somebody hears a stream (RFC 3550 §6.4.1).
struct block {
  std::uint8_t fraction = 0;  ///< of 256, lost since the report before
  std::int32_t lost = 0;
  std::uint32_t highest = 0;   ///< extended sequence
  std::uint32_t jitter = 0;    ///< in ticks of the stream's clock
  std::uint32_t last_sr = 0;   ///< middle of the NTP time of the newest sender report that came, 0 none did
  std::uint32_t since_sr = 0;  ///< and how long ago, 1/65536 s
};
/// What a compound packet says.
struct told {
  struct sender {
    std::uint64_t ntp = 0;
    std::uint32_t packets = 0;
  };
  std::optional<sender> sent;
  std::optional<block> of_us;  ///< about the stream that was asked for
};
/// Nothing: it is no RTCP. Every packet in it must have the length that it says; kinds that are not known are passed over (§6.1), and
/// one that begins with neither SR nor RR is taken as well (RFC 5506).
///
/// @param ssrc  of our stream
std::optional<told> read(std::span<const std::uint8_t> bytes, std::uint32_t ssrc);

/// The wall clock as NTP says it, 32 bits of seconds and 32 of their parts.
std::uint64_t ntp(std::int64_t wall_ns);
/// The 32 bits in the middle.
constexpr std::uint32_t middle(std::uint64_t ntp) { return static_cast<std::uint32_t>(ntp >> 16); }
/// Whether a datagram that came to a port for both is RTCP (RFC 5761 §4).
constexpr bool is_report(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 8 && bytes[0] >> 6 == 2 && bytes[1] >= 192 && bytes[1] <= 223;
}

}  // namespace cordboard::media::rtcp
