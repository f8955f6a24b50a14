// SPDX-License-Identifier: Apache-2.0
// RTP's fixed header, RFC 3550 §5.1: bytes to struct and back.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cordboard::media::rtp {

///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |V=2|P|X|  CC   |M|     PT      |       sequence number         |    big endian
/// |                           timestamp                           |
/// |                             SSRC                              |
inline constexpr std::size_t header_size = 12;
using header_bytes = std::array<std::uint8_t, header_size>;

struct packet {
  std::uint8_t type = 0;  ///< payload type, 7 bits
  bool marker = false;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::span<const std::uint8_t> payload;  ///< within the datagram; without extension and padding
};

/// Nothing if the datagram is no RTP: short, another version, or lengths that reach past its end.
std::optional<packet> read(std::span<const std::uint8_t> datagram);
/// The header of a packet that we send: no padding, extension or contributing sources.
void write(header_bytes& out, const packet& header);

inline void put16(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
inline void put32(std::uint8_t* at, std::uint32_t value) {
  put16(at, value >> 16);
  put16(at + 2, value);
}
inline std::uint32_t get16(const std::uint8_t* at) { return (std::uint32_t{at[0]} << 8) | at[1]; }
inline std::uint32_t get32(const std::uint8_t* at) { return (get16(at) << 16) | get16(at + 2); }

}  // namespace cordboard::media::rtp
