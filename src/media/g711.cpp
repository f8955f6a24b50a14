// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <media/g711.hpp>

namespace cordboard::media::g711 {
namespace {

// On the wire an A-law byte has its even bits inverted, a mu-law byte all of them; bit 7 set is positive in both. Without
// that, seven bits of magnitude remain, segment and step, rising with loudness.
constexpr std::uint8_t alaw_mask = 0x55;
constexpr std::uint8_t ulaw_mask = 0x7F;
constexpr std::uint8_t positive = 0x80;

// ITU-T G.711 Table 3 as the rules that its 128 lines follow. The laws' segments lie half a step apart where the step is at
// its finest, and by 80 they are in line.
constexpr int alaw_magnitude(int ulaw) {
  if (ulaw < 16) return ulaw / 2;
  if (ulaw < 32) return ulaw - 8;
  if (ulaw < 36) return 2 * ulaw - 40;
  if (ulaw < 48) return ulaw - 4;
  if (ulaw < 50) return 2 * ulaw - 51;
  if (ulaw < 64) return ulaw - 2;
  if (ulaw < 81) return ulaw - 1;
  return ulaw;
}
// ITU-T G.711 Table 4, likewise.
constexpr int ulaw_magnitude(int alaw) {
  if (alaw < 8) return 2 * alaw + 1;
  if (alaw < 24) return alaw + 8;
  if (alaw < 32) return 32 + (alaw - 24) / 2;
  if (alaw < 44) return alaw + 4;
  if (alaw < 48) return 48 + (alaw - 44) / 2;
  if (alaw < 62) return alaw + 2;
  if (alaw < 64) return 64;
  if (alaw < 80) return alaw + 1;
  return alaw;
}

template <class Magnitude>
constexpr std::array<std::uint8_t, 256> table(std::uint8_t from_mask, std::uint8_t to_mask, Magnitude magnitude) {
  std::array<std::uint8_t, 256> out{};
  for (int byte = 0; byte < 256; ++byte) {
    const int sign = byte & positive;
    const int to = magnitude((byte ^ from_mask) & 0x7F) ^ to_mask;
    out[static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(sign | to);
  }
  return out;
}

}  // namespace

const std::array<std::uint8_t, 256> ulaw_of_alaw = table(alaw_mask, ulaw_mask, ulaw_magnitude);
const std::array<std::uint8_t, 256> alaw_of_ulaw = table(ulaw_mask, alaw_mask, alaw_magnitude);

std::uint8_t to_alaw(std::int16_t linear) {
  const bool negative = linear < 0;
  // -1 - x and not -x: the quantiser's steps are half open, and -32768 has no positive.
  const unsigned value = static_cast<unsigned>(negative ? -1 - linear : linear) >> 3;
  unsigned magnitude = value >> 1;
  if (value >= 32) {
    const unsigned segment = static_cast<unsigned>(std::bit_width(value)) - 5;
    magnitude = (segment << 4) | ((value >> segment) & 0x0F);
  }
  return static_cast<std::uint8_t>((negative ? 0 : positive) | (magnitude ^ alaw_mask));
}

std::uint8_t to_ulaw(std::int16_t linear) {
  const bool negative = linear < 0;
  const unsigned value = std::min(static_cast<unsigned>(negative ? -1 - linear : linear) >> 2, 8158U) + 33;
  const unsigned segment = static_cast<unsigned>(std::bit_width(value)) - 6;
  const unsigned magnitude = (segment << 4) | ((value >> (segment + 1)) & 0x0F);
  return static_cast<std::uint8_t>((negative ? 0 : positive) | (magnitude ^ ulaw_mask));
}

std::int16_t from_alaw(std::uint8_t byte) {
  const unsigned magnitude = (byte ^ alaw_mask) & 0x7FU;
  const unsigned segment = magnitude >> 4;
  const unsigned step = magnitude & 0x0F;
  const unsigned value = segment == 0 ? 2 * step + 1 : (2 * step + 33) << (segment - 1);
  const int linear = static_cast<int>(value << 3);
  return static_cast<std::int16_t>((byte & positive) != 0 ? linear : -linear);
}

std::int16_t from_ulaw(std::uint8_t byte) {
  const unsigned magnitude = (byte ^ ulaw_mask) & 0x7FU;
  const unsigned value = (((2 * (magnitude & 0x0F)) + 33) << (magnitude >> 4)) - 33;
  const int linear = static_cast<int>(value << 2);
  return static_cast<std::int16_t>((byte & positive) != 0 ? linear : -linear);
}

}  // namespace cordboard::media::g711
