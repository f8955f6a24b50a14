// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <call/actions.hpp>
#include <cmath>
#include <media/dtmf.hpp>
#include <media/g711.hpp>
#include <new>
#include <numbers>
// Not <spandsp.h>: its fax part wants the headers of libtiff.
#include <spandsp/telephony.h>
#include <spandsp/logging.h>
#include <spandsp/complex.h>
#include <spandsp/queue.h>
#include <spandsp/tone_generate.h>
#include <spandsp/tone_detect.h>
#include <spandsp/super_tone_rx.h>
#include <spandsp/dtmf.h>

namespace cordboard::media {
namespace {

/// Which row and column of the keypad each of `act::keys` has.
constexpr std::array<std::array<unsigned, 2>, 16> places{{{3, 1},
                                                          {0, 0},
                                                          {0, 1},
                                                          {0, 2},
                                                          {1, 0},
                                                          {1, 1},
                                                          {1, 2},
                                                          {2, 0},
                                                          {2, 1},
                                                          {2, 2},
                                                          {3, 0},
                                                          {3, 2},
                                                          {0, 3},
                                                          {1, 3},
                                                          {2, 3},
                                                          {3, 3}}};
constexpr std::array low{697.0, 770.0, 852.0, 941.0};
constexpr std::array high{1209.0, 1336.0, 1477.0, 1633.0};

/// A full-scale A-law sine is +3.14 dBm0 (ITU-T G.711).
double peak(double dbm0) { return 32767.0 * std::pow(10.0, (dbm0 - 3.14) / 20.0); }

}  // namespace

std::array<std::uint8_t, key_frame> key_tone(char key, unsigned number, codec law) {
  const auto [row, column] = places.at(act::keys.find(key));
  std::array<std::uint8_t, key_frame> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double at = 2.0 * std::numbers::pi * static_cast<double>(number * key_frame + i) / 8000.0;
    const auto linear = static_cast<std::int16_t>(
        std::lround(peak(-9.0) * std::sin(low.at(row) * at) + peak(-7.0) * std::sin(high.at(column) * at)));
    out[i] = law == codec::ulaw ? g711::to_ulaw(linear) : g711::to_alaw(linear);
  }
  return out;
}

struct key_detector::receiver {
  receiver() : state(dtmf_rx_init(nullptr, nullptr, nullptr)) {
    if (state == nullptr) throw std::bad_alloc();
  }
  ~receiver() { dtmf_rx_free(state); }
  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;
  dtmf_rx_state_t* state;
};

key_detector::key_detector() : receiver_(std::make_unique<receiver>()) {}
key_detector::~key_detector() = default;

std::string key_detector::take(const rtp::packet& in, codec law) {
  const auto step = static_cast<std::int16_t>(static_cast<std::uint16_t>(in.sequence - sequence_));
  // Far behind is a source that began anew (RFC 3550 A.1), not a late packet.
  if (begun_ && in.ssrc == ssrc_ && step <= 0 && step > -100) return {};
  begun_ = true;
  ssrc_ = in.ssrc;
  sequence_ = in.sequence;
  std::string out;
  std::array<std::int16_t, key_frame> linear;
  for (auto rest = in.payload; !rest.empty();) {
    const auto part = rest.first(std::min(rest.size(), linear.size()));
    for (std::size_t i = 0; i < part.size(); ++i)
      linear[i] = law == codec::ulaw ? g711::from_ulaw(part[i]) : g711::from_alaw(part[i]);
    out += take(std::span(linear).first(part.size()));
    rest = rest.subspan(part.size());
  }
  return out;
}

std::string key_detector::take(std::span<const std::int16_t> samples) {
  dtmf_rx(receiver_->state, samples.data(), static_cast<int>(samples.size()));
  std::array<char, 32> found{};
  const auto count = dtmf_rx_get(receiver_->state, found.data(), static_cast<int>(found.size()) - 1);
  return {found.data(), count};
}

}  // namespace cordboard::media
