// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <media/pauses.hpp>

namespace cordboard::media {
namespace {

constexpr double least = 250;      // -42 dBm0: below is nobody who speaks into a telephone
constexpr double above_noise = 3;  // 10 dB
constexpr double learns = 1.0 / 512;
constexpr double noise_least = 20, noise_most = 2000;
constexpr std::int64_t click = 3;  // frames

}  // namespace

void pauses::take(std::span<const std::int16_t, mix_frame> frame) {
  double sum = 0;
  for (const std::int16_t x : frame) sum += static_cast<double>(x) * x;
  const double level = std::sqrt(sum / static_cast<double>(frame.size()));
  const bool loud = level > least && level > above_noise * noise_;
  noise_ = std::clamp(level < noise_ ? level : noise_ + (level - noise_) * learns, noise_least, noise_most);
  loud_ = loud ? loud_ + 1 : 0;
  quiet_ += 1;
  if (loud_ < click) return;
  spoken_ = true;
  quiet_ = 0;
}

bool pauses::over() {
  const std::int64_t limit = spoken_ ? limits_.silence : limits_.first;
  if (told_ || limit == 0 || quiet_ < limit) return false;
  told_ = true;
  return true;
}

}  // namespace cordboard::media
