// SPDX-License-Identifier: Apache-2.0
// The voices of a call with more than two parties: everyone hears the sum of all others.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <media/payload.hpp>
#include <media/rtp.hpp>
#include <span>
#include <vector>

namespace cordboard::media {

struct stream;

/// So many parties hear one mix at most, listeners among them.
inline constexpr std::size_t mix_parties_max = 64;
inline constexpr std::size_t mix_frame = 160;  ///< samples of 20 ms at 8 kHz
inline constexpr std::size_t mix_ramp = 40;    ///< samples in which a voice begins or ends

/// What one party says, from its packets to the clock that takes it.
///
/// Packets come when the network brings them, and a frame is taken every 20 ms. What waits is the party's delay: it is what
/// jitter has made it and no more than 60 ms (a packet and a frame, if its packets are longer); what is older is dropped, and so is what
/// was never needed for five seconds: a far end whose clock is faster than ours would be heard later and later. When nothing waits
/// there is silence, and the voice ends and begins within 5 ms, not with a click.
///
/// One thread: the media thread. No allocation.
class speech {
public:
  bool heard = false;     ///< it takes part; else it only listens
  bool whispers = false;  ///< with `heard`: only who is coached hears it

  /// A packet of G.711. One that came twice, or after a newer one, is left out.
  void take(const rtp::packet& in, codec law);
  /// Voice that comes in its order.
  void add(std::span<const std::uint8_t> payload, codec law);
  void add(std::span<const std::int16_t> samples);
  /// The next 20 ms.
  void next();
  std::span<const std::int16_t, mix_frame> frame() const { return frame_; }
  /// It is heard no more; @returns where its voice was, for the others to come down from.
  std::int16_t stop();

private:
  /// So much more has come.
  void bound(std::size_t samples);

  static constexpr std::size_t room = 4096;  ///< a power of two, larger than any packet and what may wait before it
  static constexpr std::size_t waits_max = 3 * mix_frame;
  static constexpr unsigned look_frames = 250;
  static constexpr std::size_t spare_min = 16;  ///< 2 ms: less is not worth a splice

  std::array<std::int16_t, room> ring_;
  std::size_t begin_ = 0, end_ = 0;  ///< they only grow: places are taken modulo `room`
  std::array<std::int16_t, mix_frame> frame_{};
  std::int16_t last_ = 0;     ///< the last sample of the frame before
  bool quiet_ = true;         ///< that frame was silence
  std::size_t spare_ = room;  ///< the least that waited behind a frame, of those looked at
  unsigned looked_ = 0;
  bool begun_ = false;
  std::uint32_t ssrc_ = 0;
  std::uint16_t sequence_ = 0;
};

/// Those who hear each other.
struct mix {
  std::uint64_t id = 0;
  std::vector<stream*> parties;
  /// What is said to all, and to who is coached alone.
  struct voices {
    std::array<std::int32_t, mix_frame> sum{};
    std::int32_t left = 0;  ///< where the voices of those were who have left since the last frame
    void begin();
  };
  voices aloud, whispered;

  /// Begins a frame: nobody has spoken in it yet.
  void begin();
  /// What a party says belongs to the frame.
  void add(const speech& of);
  /// A party says no more here.
  void leave(speech& of);
};

/// Up to three quarters of full scale a sum is what it is; above, it is bent towards full scale and never reaches it, so that
/// many loud voices are squeezed and not torn.
constexpr std::int16_t soften(std::int32_t sum) {
  constexpr std::int32_t knee = 24576;
  constexpr std::int32_t rest = 32767 - knee;
  const std::int32_t size = sum < 0 ? -sum : sum;
  if (size <= knee) return static_cast<std::int16_t>(sum);
  const std::int64_t over = size - knee;
  const auto bent = static_cast<std::int32_t>(knee + rest * over / (over + rest));
  return static_cast<std::int16_t>(sum < 0 ? -bent : bent);
}

/// What a party hears, in its law: all but itself; `coached`: and who whispers.
void hear_others(const mix& of, const speech& own, bool coached, codec law, std::span<std::uint8_t, mix_frame> out);

}  // namespace cordboard::media
