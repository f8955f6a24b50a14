// SPDX-License-Identifier: Apache-2.0
#include <media/rtp.hpp>

namespace cordboard::media::rtp {

std::optional<packet> read(std::span<const std::uint8_t> datagram) {
  if (datagram.size() < header_size || datagram[0] >> 6 != 2) return std::nullopt;
  const std::uint8_t* at = datagram.data();
  std::size_t begin = header_size + std::size_t{4} * (at[0] & 0x0FU);
  std::size_t end = datagram.size();
  if ((at[0] & 0x10U) != 0) {
    // RFC 3550 §5.3.1: the extension's length counts 32-bit words after its own first.
    if (begin + 4 > end) return std::nullopt;
    begin += 4 + std::size_t{4} * get16(at + begin + 2);
  }
  if (begin > end) return std::nullopt;
  if ((at[0] & 0x20U) != 0) {
    // §5.1: the last byte of padding counts the padding, itself included.
    const std::size_t padding = at[end - 1];
    if (padding == 0 || padding > end - begin) return std::nullopt;
    end -= padding;
  }
  packet out;
  out.type = at[1] & 0x7FU;
  out.marker = (at[1] & 0x80U) != 0;
  out.sequence = static_cast<std::uint16_t>(get16(at + 2));
  out.timestamp = get32(at + 4);
  out.ssrc = get32(at + 8);
  out.payload = datagram.subspan(begin, end - begin);
  return out;
}

void write(header_bytes& out, const packet& header) {
  out[0] = 0x80;
  out[1] = static_cast<std::uint8_t>((header.marker ? 0x80U : 0U) | (header.type & 0x7FU));
  put16(&out[2], header.sequence);
  put32(&out[4], header.timestamp);
  put32(&out[8], header.ssrc);
}

}  // namespace cordboard::media::rtp
