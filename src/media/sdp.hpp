// SPDX-License-Identifier: Apache-2.0
// A session description as its lines, kept as they came, with typed views of what is needed of them. RFC 8866.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <media/address.hpp>
#include <media/payload.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::media::sdp {

/// Bounds of what is read; past one of them a description is unacceptable.
inline constexpr std::size_t bytes_max = 16384;
inline constexpr std::size_t lines_max = 512;
inline constexpr std::size_t sections_max = 16;
inline constexpr std::size_t formats_max = 128;  ///< of one section

struct line {
  char type = 0;
  std::string value;
};

/// What an end does with a stream, as its own description says.
enum class direction : std::uint8_t { sendrecv, sendonly, recvonly, inactive };
std::string_view name(direction x);
/// What the other end then does (RFC 3264 §6.1).
direction mirrored(direction x);

/// An m= line with what follows it.
struct section {
  std::vector<line> lines;  ///< the m= line is the first
  std::string kind;         ///< "audio", "video", …
  std::uint16_t port = 0;   ///< 0: refused or removed
  std::string protocol;     ///< "RTP/AVP", …
  std::vector<std::string> formats;

  /// The first line `a=NAME` or `a=NAME:value`; its value.
  std::optional<std::string_view> attribute(std::string_view wanted) const;
};

struct description {
  std::vector<line> session;
  std::vector<section> sections;

  /// Reads a description; lines end in CRLF or LF.
  /// @errors  sdp_unacceptable: malformed, or past a bound
  static result<description> parse(std::string_view text);
  /// The lines as they came, ending in CRLF.
  std::string text() const;

  /// Where the section's media is to be sent: its own c= line or the session's, with the m= line's port. None for a name that
  /// would have to be looked up: then packets show where the far end is.
  /// @errors  sdp_unacceptable: no c= line, or an address of many
  result<address> rtp(const section& of) const;
  /// Likewise for RTCP: a=rtcp (RFC 3605), else the port after.
  result<address> rtcp(const section& of) const;
  direction direction_of(const section& of) const;
};

/// Payload types and what they mean, the preferred first.
using codec_list = std::vector<std::pair<std::uint8_t, codec>>;
/// What the section's formats mean; unknown ones are left out.
codec_list codecs_of(const section& of);

}  // namespace cordboard::media::sdp
