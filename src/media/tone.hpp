// SPDX-License-Identifier: Apache-2.0
// Tones as a subscriber in China knows them (GB/T 3380: 450 Hz), in frames of 20 ms.
#pragma once
#include <call/actions.hpp>
#include <cstdint>
#include <media/payload.hpp>
#include <span>

namespace cordboard::media::tone {

inline constexpr std::size_t frame_samples = 160;  ///< 20 ms at 8 kHz

/// Frame number `frame` of what `kind` sounds like, in the codec (a voice). A cadence begins at frame 0 and repeats for ever;
/// 20 ms of 450 Hz are nine whole waves, so frames join without a click. Silence for `silence` and `leg`.
///
/// @lifetime  for the process: frames are made once
std::span<const std::uint8_t> frame(source_kind kind, std::uint64_t number, codec in);

}  // namespace cordboard::media::tone
