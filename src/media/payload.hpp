// SPDX-License-Identifier: Apache-2.0
// What an RTP payload type means on one leg, in one direction.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace cordboard::media {

/// What a packet may carry. `keys` is telephone-event (RFC 4733) with the clock of a telephone, `keys_48` with that of Opus; `noise`
/// is comfort noise (RFC 3389).
enum class codec : std::uint8_t { none = 0, alaw = 1, ulaw = 2, keys = 3, noise = 4, g722 = 5, opus = 6, keys_48 = 7 };
inline constexpr std::size_t codec_count = 8;
/// The two laws of G.711.
constexpr bool is_law(codec x) { return x == codec::alaw || x == codec::ulaw; }
constexpr bool is_voice(codec x) { return is_law(x) || x == codec::g722 || x == codec::opus; }
constexpr bool is_keys(codec x) { return x == codec::keys || x == codec::keys_48; }
/// By how much a millisecond moves the timestamp. G.722 has 16 samples in it and says 8 (RFC 3551 §4.5.2).
constexpr std::uint32_t clock_of(codec x) { return x == codec::opus || x == codec::keys_48 ? 48 : 8; }

/// Payload types of one direction of a leg. The two directions may differ: each end says what it wants to receive.
class payload_map {
public:
  /// A number means one thing for as long as the session lasts (RFC 3264 §8.3.2), so the first meaning stays; of several
  /// numbers for a codec the first is used for sending. The first voice is the preferred one.
  constexpr void add(std::uint8_t number, codec what) {
    if (number >= meaning_.size() || what == codec::none) return;
    if (meaning_[number] == codec::none) meaning_[number] = what;
    if (number_[index(what)] == absent) number_[index(what)] = number;
    if (voice_ == codec::none && is_voice(what)) voice_ = what;
  }
  constexpr codec meaning(std::uint8_t number) const { return number < meaning_.size() ? meaning_[number] : codec::none; }
  constexpr bool has(codec what) const { return what != codec::none && number_[index(what)] != absent; }
  /// The number to send `what` with; only if `has(what)`.
  constexpr std::uint8_t number(codec what) const { return number_[index(what)]; }
  constexpr codec voice() const { return voice_; }
  /// As what keys are sent: by the voice's clock, else by the other; none: they are not taken.
  constexpr codec keys() const {
    const codec one = clock_of(voice_) == 48 ? codec::keys_48 : codec::keys;
    const codec other = one == codec::keys ? codec::keys_48 : codec::keys;
    return has(one) ? one : has(other) ? other : codec::none;
  }
  /// Makes `what` the preferred voice if it was agreed.
  constexpr void prefer(codec what) {
    if (is_voice(what) && has(what)) voice_ = what;
  }
  friend constexpr bool operator==(const payload_map&, const payload_map&) = default;

private:
  static constexpr std::uint8_t absent = 0xFF;
  static constexpr std::size_t index(codec what) { return static_cast<std::size_t>(what); }

  std::array<codec, 128> meaning_{};
  std::array<std::uint8_t, codec_count> number_{absent, absent, absent, absent, absent, absent, absent, absent};
  codec voice_ = codec::none;
};

}  // namespace cordboard::media
