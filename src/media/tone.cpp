// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <media/g711.hpp>
#include <media/tone.hpp>
#include <numbers>

namespace cordboard::media::tone {
namespace {

using frame_bytes = std::array<std::uint8_t, frame_samples>;

/// Seconds on and off in frames of 20 ms: the cadence is on, off, on, off, and then from the beginning.
struct cadence {
  std::array<std::uint16_t, 4> frames{};
  bool soft = false;  ///< 10 dB below the others: it is heard for minutes
};

constexpr std::uint16_t in_frames(std::int64_t ns) { return static_cast<std::uint16_t>(ns / 20'000'000); }

constexpr cadence cadence_of(source_kind kind) {
  switch (kind) {
    case source_kind::ringback_tone: return {{in_frames(ring_on_ns), in_frames(ring_off_ns), 0, 0}, false};
    case source_kind::waiting_tone: return {{20, 200, 0, 0}, true};     // 0.4 s on, 4 s off
    case source_kind::holding_tone: return {{8, 8, 8, 226}, true};      // two short beeps every 5 s
    case source_kind::closing_tone: return {{17, 18, 0, 0}, false};     // 0.35 s on, 0.35 s off: busy tone
    case source_kind::confirming_tone: return {{20, 2, 20, 2}, false};  // 0.4 s on, 40 ms off: special dial tone
    case source_kind::silence:
    case source_kind::leg:
    case source_kind::mix:
    case source_kind::listening:
    case source_kind::announcement:
    case source_kind::whisper:
    case source_kind::coached:
    case source_kind::keys: break;
  }
  return {};
}

/// One frame of 450 Hz at `dbm0`. A full-scale A-law sine is +3.14 dBm0 (ITU-T G.711).
frame_bytes wave(codec in, double dbm0) {
  const double peak = 32767.0 * std::pow(10.0, (dbm0 - 3.14) / 20.0);
  frame_bytes out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double sample = peak * std::sin(2.0 * std::numbers::pi * 450.0 * static_cast<double>(i) / 8000.0);
    const auto linear = static_cast<std::int16_t>(std::lround(sample));
    out[i] = in == codec::alaw ? g711::to_alaw(linear) : g711::to_ulaw(linear);
  }
  return out;
}

struct frames {
  frame_bytes silence{}, loud{}, soft{};
  explicit frames(codec in) : loud(wave(in, -10.0)), soft(wave(in, -20.0)) {
    silence.fill(in == codec::alaw ? g711::to_alaw(0) : g711::to_ulaw(0));
  }
};

const frames& frames_of(codec in) {
  static const frames alaw{codec::alaw};
  static const frames ulaw{codec::ulaw};
  return in == codec::alaw ? alaw : ulaw;
}

}  // namespace

std::span<const std::uint8_t> frame(source_kind kind, std::uint64_t number, codec in) {
  const frames& from = frames_of(in);
  const cadence heard = cadence_of(kind);
  std::uint64_t period = 0;
  for (const auto part : heard.frames) period += part;
  if (period == 0) return from.silence;
  std::uint64_t at = number % period;
  bool on = true;
  for (const auto part : heard.frames) {
    if (at < part) break;
    at -= part;
    on = !on;
  }
  if (!on) return from.silence;
  return heard.soft ? from.soft : from.loud;
}

}  // namespace cordboard::media::tone
