// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <media/g711.hpp>
#include <media/quality.hpp>

namespace cordboard::media {
namespace {

constexpr double best = 93.2;
/// Bpl: how well it bears losses. G.711 with a receiver that conceals; without, it were 4.3.
constexpr double robust = 25.1;
/// What a voice waits for before it is played, and a packet's own length.
constexpr nanoseconds played_after = 60 * millisecond;

/// Idd, G.107 §7.4: delay that hinders talking, from 100 ms on.
double hindrance(double ms) {
  if (ms <= 100) return 0;
  const double x = std::log2(ms / 100);
  return 25 * (std::pow(1 + std::pow(x, 6), 1.0 / 6) - 3 * std::pow(1 + std::pow(x / 3, 6), 1.0 / 6) + 2);
}

using squares = std::array<double, 256>;
squares table(std::int16_t (*of)(std::uint8_t)) {
  squares out{};
  for (std::size_t byte = 0; byte < out.size(); ++byte) {
    const double sample = of(static_cast<std::uint8_t>(byte));
    out[byte] = sample * sample;
  }
  return out;
}

}  // namespace

double rating_of(const voice_path& path) {
  const double percent = std::clamp(path.lost, 0.0, 1.0) * 100;
  const double equipment = 95 * percent / (percent + robust);
  const double ms = static_cast<double>(path.delay) / static_cast<double>(millisecond);
  return best - hindrance(ms) - equipment;
}

double opinion_of(double rating) {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  // The curve dips below 1 at its beginning.
  return std::max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

voice_path path_of(const voice_account& from, const voice_account& to) {
  const std::uint64_t expected = to.expected - std::min(from.expected, to.expected);
  const std::uint64_t lost = to.lost - std::min(from.lost, to.lost);
  voice_path out;
  if (expected != 0) out.lost = std::min(1.0, static_cast<double>(lost) / static_cast<double>(expected));
  out.delay = to.round_trip / 2 + played_after;
  return out;
}

std::optional<nanoseconds> round_trip_of(const rtcp::block& about_us, std::int64_t wall) {
  if (about_us.last_sr == 0) return std::nullopt;
  const std::uint32_t units = rtcp::middle(rtcp::ntp(wall)) - about_us.last_sr - about_us.since_sr;
  // Clocks that count in 1/65536 s may differ by one of it.
  if (units >= 0x80000000U) return units >= 0xFFFFFF00U ? std::optional<nanoseconds>(0) : std::nullopt;
  constexpr std::uint32_t longest = 10 * 65536;  // longer is a clock that was set
  if (units > longest) return std::nullopt;
  return static_cast<nanoseconds>(units) * 1'000'000'000 / 65536;
}

void far_reports::take(const rtcp::told& report, nanoseconds now, std::int64_t wall, std::uint64_t sent) {
  if (report.sent) {
    last_sr_ = rtcp::middle(report.sent->ntp);
    sr_came_ = now;
    const auto more = static_cast<std::int32_t>(report.sent->packets - packets_);
    if (counted_ && more >= static_cast<std::int32_t>(few)) told_speaking_ = counted_at_;
    counted_ = true;
    packets_ = report.sent->packets;
    counted_at_ = now;
  }
  const bool proves = sent - sent_ >= few;
  const bool came = report.of_us && (!about_us_ || report.of_us->highest != highest_);
  if (came) {
    deaf_ = 0;
  } else if (proves) {
    if (deaf_++ == 0) deaf_from_ = now;
  }
  if (came || proves) sent_ = sent;
  if (!report.of_us) return;
  about_us_ = true;
  highest_ = report.of_us->highest;
  jitter_ = report.of_us->jitter;
  lost_ = static_cast<std::uint64_t>(std::max(0, report.of_us->lost));
  expected_ = std::max(sent, lost_);
  if (const auto shown = round_trip_of(*report.of_us, wall)) round_trip_ = std::max<nanoseconds>(*shown, 1);
}

std::uint32_t far_reports::since_sr(nanoseconds now) const {
  if (sr_came_ == 0) return 0;
  return static_cast<std::uint32_t>((now - sr_came_) * 65536 / 1'000'000'000);
}

void loudness::take(std::span<const std::uint8_t> payload, codec law) {
  static const squares alaw = table(g711::from_alaw);
  static const squares ulaw = table(g711::from_ulaw);
  const squares& of = law == codec::ulaw ? ulaw : alaw;
  for (const std::uint8_t byte : payload) squares_ += of[byte];
  samples_ += payload.size();
}

void loudness::take(std::span<const std::int16_t> samples) {
  for (const double x : samples) squares_ += x * x;
  samples_ += samples.size();
}

std::uint8_t loudness::next() {
  const double mean = samples_ == 0 ? 0 : squares_ / static_cast<double>(samples_);
  squares_ = 0;
  samples_ = 0;
  // 0 dBov is a square wave of full scale.
  const double below = mean <= 0 ? silence : -10 * std::log10(mean / (32768.0 * 32768.0));
  return static_cast<std::uint8_t>(std::clamp(std::lround(below), 0L, static_cast<long>(silence)));
}

}  // namespace cordboard::media
