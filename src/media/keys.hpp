// SPDX-License-Identifier: Apache-2.0
// Keys pressed for the house: as events of RFC 4733, or as tones for a far end that knows none.
#pragma once
#include <array>
#include <cstdint>
#include <media/dtmf.hpp>
#include <optional>
#include <span>
#include <string>

namespace cordboard::media {

/// ```
///   tick      0    1    2    3    4    5    6    7    8    9
///   packet    160  320  480  640  800E 800E 800E -    -    -     duration in samples; E: the end, three times (RFC 4733 §2.5.1.4)
/// ```
/// A key lasts 100 ms, and the next one begins 100 ms behind it: what the slowest receivers ask for (ITU-T Q.24).
class key_presses {
public:
  /// One packet of 20 ms.
  struct packet {
    bool first = false;                     ///< it begins a key
    std::array<std::uint8_t, 4> payload{};  ///< RFC 4733 §2.3
  };

  explicit key_presses(std::string keys) : keys_(std::move(keys)) {}
  bool over() const { return at_ == keys_.size(); }
  /// What goes out in this tick; nothing between two keys.
  std::optional<packet> next();
  /// The same as sound: 20 ms of the key's tones, or of the silence behind it.
  std::array<std::uint8_t, key_frame> next_sound(codec law);

private:
  /// Which tick of which key this is; the next call is about the next one.
  unsigned advance(char& key);

  std::string keys_;
  std::size_t at_ = 0;
  unsigned tick_ = 0;
};

/// An event's payload with its duration by another clock, at most as long as can be said (RFC 4733 §2.3.5).
std::array<std::uint8_t, 4> key_by_clock(std::span<const std::uint8_t, 4> payload, std::uint32_t from, std::uint32_t to);
/// The key of an event that came; nothing: another event, or none.
std::optional<char> key_of(std::span<const std::uint8_t> payload);

}  // namespace cordboard::media
