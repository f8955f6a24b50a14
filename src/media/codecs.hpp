// SPDX-License-Identifier: Apache-2.0
// Voices from and to linear samples: G.711, G.722 by spandsp, Opus by libopus. All of them at 8 kHz, which is what the house plays,
// mixes and records.
#pragma once
#include <array>
#include <cstdint>
#include <media/payload.hpp>
#include <memory>
#include <span>
#include <vector>

namespace cordboard::media {

inline constexpr std::size_t voice_frame = 160;  ///< samples of 20 ms at 8 kHz
using linear_frame = std::array<std::int16_t, voice_frame>;

/// One far end's voice, packet by packet in their order.
///
/// One thread: the media thread.
class decoder {
public:
  /// Longer packets are cut: 120 ms, the longest that Opus has.
  static constexpr std::size_t samples_max = 960;

  explicit decoder(codec what);
  ~decoder();
  decoder(const decoder&) = delete;
  decoder& operator=(const decoder&) = delete;

  codec what() const { return what_; }
  /// @returns  samples that live until the next call; none: it is no such packet
  std::span<const std::int16_t> decode(std::span<const std::uint8_t> payload);
  /// What stands in place of a packet that did not come, as long as the one before.
  ///
  /// @param next  the packet behind it, if that came: Opus may carry a part of the lost one there
  std::span<const std::int16_t> conceal(std::span<const std::uint8_t> next = {});

private:
  struct states;
  std::span<const std::int16_t> remember(std::size_t samples);

  codec what_;
  std::unique_ptr<states> states_;
  std::array<std::int16_t, samples_max> samples_{};
  std::size_t last_ = voice_frame;  ///< how long the last packet was
};

/// Our voice towards one far end: a packet each 20 ms.
class encoder {
public:
  explicit encoder(codec what);
  ~encoder();
  encoder(const encoder&) = delete;
  encoder& operator=(const encoder&) = delete;

  codec what() const { return what_; }
  /// @returns  bytes that live until the next call
  std::span<const std::uint8_t> encode(std::span<const std::int16_t, voice_frame> samples);

private:
  struct states;
  codec what_;
  std::unique_ptr<states> states_;
  std::array<std::uint8_t, 512> bytes_{};
};

/// How long a packet lasts, by its codec's clock.
std::uint32_t ticks_of(codec what, std::span<const std::uint8_t> payload);
/// A frame of G.711 as samples.
linear_frame linear_of(std::span<const std::uint8_t, voice_frame> frame, codec law);

}  // namespace cordboard::media
