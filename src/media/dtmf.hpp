// SPDX-License-Identifier: Apache-2.0
// Keys as two tones in the voice itself (ITU-T Q.23), from and to far ends that know no events.
#pragma once
#include <array>
#include <cstdint>
#include <media/payload.hpp>
#include <media/rtp.hpp>
#include <memory>
#include <string>

namespace cordboard::media {

inline constexpr std::size_t key_frame = 160;  ///< samples of 20 ms at 8 kHz

/// Frame `number` of a key that sounds: low group -9 dBm0, high group -7 dBm0. `key` is one of `act::keys`.
std::array<std::uint8_t, key_frame> key_tone(char key, unsigned number, codec law);

/// Finds keys in the voice of one far end, by its packets in their order: no clock is needed. A lost packet is left out and not
/// filled up, so that a tone with a hole in it stays one key.
///
/// One thread: the media thread.
class key_detector {
public:
  key_detector();
  ~key_detector();
  key_detector(const key_detector&) = delete;
  key_detector& operator=(const key_detector&) = delete;

  /// A packet of G.711; one that came twice, or behind a newer one, is left out.
  /// @returns  the keys that have begun with it; most often none
  std::string take(const rtp::packet& in, codec law);
  /// Samples that come in their order.
  std::string take(std::span<const std::int16_t> samples);

private:
  struct receiver;  ///< spandsp's
  std::unique_ptr<receiver> receiver_;
  bool begun_ = false;
  std::uint32_t ssrc_ = 0;
  std::uint16_t sequence_ = 0;
};

}  // namespace cordboard::media
