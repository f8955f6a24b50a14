// SPDX-License-Identifier: Apache-2.0
// A sound file, decoded ahead of time into what the media thread sends.
#pragma once
#include <cstdint>
#include <map>
#include <media/payload.hpp>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace cordboard::media {

/// Frames of 20 ms at 8 kHz in both laws. It never changes, so that any number of listeners share it, on any thread.
class sound {
public:
  static constexpr std::size_t frame_samples = 160;
  /// Longer files are refused: all of a sound stays in memory.
  static constexpr std::int64_t seconds_max = 600;

  /// A file as libsndfile reads it (WAV, FLAC, Ogg and others), of any rate and any number of channels, which are mixed to one.
  /// The last frame is filled up with silence. Reads and resamples: not on the media thread.
  ///
  /// @returns  the sound, or what is wrong with the file, as a person reads it
  static tl::expected<std::shared_ptr<const sound>, std::string> read(const std::string& path);
  /// The same from samples at 8 kHz.
  explicit sound(std::span<const std::int16_t> samples);

  std::size_t frames() const { return alaw_.size() / frame_samples; }  ///< at least one
  /// Frame `number`, counted round: what is behind the last one is the first.
  std::span<const std::uint8_t> frame(std::uint64_t number, codec law) const {
    const auto& from = law == codec::ulaw ? ulaw_ : alaw_;
    return {from.data() + number % frames() * frame_samples, frame_samples};
  }

private:
  std::vector<std::uint8_t> alaw_, ulaw_;
};

/// Each file is read once, whoever plays it. The loop's thread alone.
class sound_cache {
public:
  /// As `sound::read`; a file that could not be read is tried again.
  tl::expected<std::shared_ptr<const sound>, std::string> get(const std::string& path);

private:
  std::map<std::string, std::shared_ptr<const sound>> known_;
};

}  // namespace cordboard::media
