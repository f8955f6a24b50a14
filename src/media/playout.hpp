// SPDX-License-Identifier: Apache-2.0
// A far end's voice by our clock: packets as the network brings them, 20 ms of samples at a time.
#pragma once
#include <array>
#include <cstdint>
#include <media/codecs.hpp>
#include <media/rtp.hpp>
#include <memory>
#include <span>
#include <vector>

namespace cordboard::media {

/// A jitter buffer with its decoder.
/// ```
///   take   7 8 10 9 12         in any order
///   next   7 8 9 10 (11) 12    (11): concealed, since what follows is here
/// ```
/// A voice waits until `depth` of it is here, then goes on; a voice that ran dry while it went on waits for more the next time,
/// up to a bound, and less again when all was well for long. What is too much is dropped: nobody is heard half a second late.
/// Of our own: spandsp has none, and what libraries offer keeps clocks and threads of its own.
///
/// One thread: the media thread. No allocation but for a decoder when the codec changes.
class playout {
public:
  void take(const rtp::packet& in, codec what);
  /// A packet that is no voice has this number: it is not missed.
  void pass(const rtp::packet& in);
  /// The next 20 ms.
  void next();
  std::span<const std::int16_t, voice_frame> frame() const { return frame_; }
  /// Of the newest that was decoded.
  codec what() const { return decoder_ ? decoder_->what() : codec::none; }
  /// How much of the voice waits at most, in samples.
  std::size_t depth() const { return depth_; }
  std::uint64_t concealed() const { return concealed_; }
  std::uint64_t dropped() const { return dropped_; }

private:
  static constexpr std::size_t room = 32;  ///< packets; a power of two
  static constexpr std::size_t bytes_max = 1500;
  static constexpr std::size_t depth_min = 2 * voice_frame, depth_max = 6 * voice_frame;
  static constexpr unsigned calm = 500;         ///< frames, ten seconds
  static constexpr unsigned concealed_max = 3;  ///< packets in a row, then silence
  static constexpr unsigned jitter_max = 10;    ///< frames

  struct slot {
    bool there = false;
    codec what = codec::none;  ///< none: no voice
    std::size_t size = 0;
    std::size_t samples = 0;  ///< how long it is
    std::array<std::uint8_t, bytes_max> bytes{};
  };
  bool place(const rtp::packet& in, slot*& out);
  void begin(const rtp::packet& in);
  std::size_t waiting() const { return samples_.size() - begin_ + samples_held_; }
  /// Takes a slot's packet out.
  void clear(slot& of);
  /// Decodes, or conceals, what is next. False: nothing is here.
  bool advance();
  void add(std::span<const std::int16_t> samples);

  std::array<slot, room> slots_{};
  std::size_t held_ = 0;          ///< slots that are taken
  std::size_t samples_held_ = 0;  ///< in them
  bool begun_ = false;
  bool going_ = false;  ///< frames are given out; else it waits for `depth_`
  std::uint32_t ssrc_ = 0;
  std::uint16_t next_ = 0;     ///< the number that is due
  std::uint16_t highest_ = 0;  ///< the newest that came
  std::unique_ptr<decoder> decoder_;
  std::vector<std::int16_t> samples_;  ///< decoded, from `begin_`
  std::size_t begin_ = 0;
  std::size_t packet_ = voice_frame;  ///< samples of the last packet
  std::size_t depth_ = depth_min;
  unsigned calm_ = 0;
  unsigned missing_ = 0;  ///< packets in a row
  unsigned dry_for_ = 0;  ///< frames
  std::uint64_t concealed_ = 0, dropped_ = 0;
  linear_frame frame_{};
};

}  // namespace cordboard::media
