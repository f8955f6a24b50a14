// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <call/actions.hpp>
#include <media/g711.hpp>
#include <media/keys.hpp>
#include <media/rtp.hpp>

namespace cordboard::media {
namespace {

constexpr unsigned ticks_of_key = 10;
constexpr unsigned packets_of_key = 7;
constexpr unsigned tone_frames = 5;
constexpr std::uint8_t end_of_event = 0x80;
constexpr std::uint8_t volume = 10;  // -10 dBm0

}  // namespace

unsigned key_presses::advance(char& key) {
  key = keys_[at_];
  const unsigned tick = tick_++;
  if (tick_ == ticks_of_key) {
    tick_ = 0;
    ++at_;
  }
  return tick;
}

std::optional<key_presses::packet> key_presses::next() {
  if (over()) return std::nullopt;
  char key = 0;
  const unsigned tick = advance(key);
  if (tick >= packets_of_key) return std::nullopt;
  const unsigned frames = std::min(tick + 1, tone_frames);
  packet out;
  out.first = tick == 0;
  out.payload[0] = static_cast<std::uint8_t>(act::keys.find(key));
  out.payload[1] = static_cast<std::uint8_t>(volume | (frames == tone_frames ? end_of_event : 0));
  rtp::put16(&out.payload[2], frames * 160);
  return out;
}

std::array<std::uint8_t, key_frame> key_presses::next_sound(codec law) {
  std::array<std::uint8_t, key_frame> silence;
  silence.fill(law == codec::ulaw ? g711::to_ulaw(0) : g711::to_alaw(0));
  if (over()) return silence;
  char key = 0;
  const unsigned tick = advance(key);
  return tick < tone_frames ? key_tone(key, tick, law) : silence;
}

std::array<std::uint8_t, 4> key_by_clock(std::span<const std::uint8_t, 4> payload, std::uint32_t from, std::uint32_t to) {
  std::array<std::uint8_t, 4> out;
  std::copy(payload.begin(), payload.end(), out.begin());
  rtp::put16(&out[2], std::min<std::uint32_t>(0xFFFF, rtp::get16(&payload[2]) * to / from));
  return out;
}

std::optional<char> key_of(std::span<const std::uint8_t> payload) {
  if (payload.size() < 4 || payload[0] >= act::keys.size()) return std::nullopt;
  return act::keys[payload[0]];
}

}  // namespace cordboard::media
