// SPDX-License-Identifier: Apache-2.0
// G.711: the two laws, and from one to the other without going through linear samples.
#pragma once
#include <array>
#include <cstdint>

namespace cordboard::media::g711 {

/// A-law byte to the byte that says the same in mu-law, as ITU-T G.711 Table 4 has it. The table is normative: decoding and
/// encoding again differs from it in 16 magnitudes (18 the other way), and a chain of switches would add noise.
extern const std::array<std::uint8_t, 256> ulaw_of_alaw;
/// The other way, ITU-T G.711 Table 3.
extern const std::array<std::uint8_t, 256> alaw_of_ulaw;

/// Linear samples are 16 bits wide: the 13 (14) bits of the law, shifted left by 3 (2).
std::uint8_t to_alaw(std::int16_t linear);
std::uint8_t to_ulaw(std::int16_t linear);
std::int16_t from_alaw(std::uint8_t byte);
std::int16_t from_ulaw(std::uint8_t byte);

}  // namespace cordboard::media::g711
