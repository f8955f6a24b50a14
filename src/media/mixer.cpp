// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <media/g711.hpp>
#include <media/mixer.hpp>

namespace cordboard::media {
namespace {

using decoded = std::array<std::int16_t, 256>;

decoded table(std::int16_t (*of)(std::uint8_t)) {
  decoded out{};
  for (std::size_t byte = 0; byte < out.size(); ++byte) out[byte] = of(static_cast<std::uint8_t>(byte));
  return out;
}
const decoded& linear_of(codec law) {
  static const decoded alaw = table(g711::from_alaw);
  static const decoded ulaw = table(g711::from_ulaw);
  return law == codec::ulaw ? ulaw : alaw;
}

std::int32_t falling(std::int32_t from, std::size_t at) {
  return from * static_cast<std::int32_t>(mix_ramp - 1 - at) / static_cast<std::int32_t>(mix_ramp);
}

template <class Sample>
void encode(codec law, std::span<std::uint8_t, mix_frame> out, Sample sample) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int16_t linear = soften(sample(i));
    out[i] = law == codec::ulaw ? g711::to_ulaw(linear) : g711::to_alaw(linear);
  }
}

}  // namespace

void speech::take(const rtp::packet& in, codec law) {
  const auto step = static_cast<std::int16_t>(static_cast<std::uint16_t>(in.sequence - sequence_));
  // Far behind is a source that began anew (RFC 3550 A.1), not a late packet.
  if (begun_ && in.ssrc == ssrc_ && step <= 0 && step > -100) return;
  begun_ = true;
  ssrc_ = in.ssrc;
  sequence_ = in.sequence;
  add(in.payload, law);
}

void speech::add(std::span<const std::uint8_t> payload, codec law) {
  const decoded& linear = linear_of(law);
  for (const std::uint8_t byte : payload) ring_[end_++ % room] = linear[byte];
  bound(payload.size());
}

void speech::add(std::span<const std::int16_t> samples) {
  for (const std::int16_t x : samples) ring_[end_++ % room] = x;
  bound(samples.size());
}

void speech::bound(std::size_t samples) {
  const std::size_t most = std::max(waits_max, samples + mix_frame);
  if (end_ - begin_ > most) begin_ = end_ - most;
}

void speech::next() {
  const bool silence = end_ - begin_ < mix_frame;
  if (silence) {
    std::fill(frame_.begin(), frame_.end(), std::int16_t{0});
    if (!quiet_) {
      for (std::size_t i = 0; i < mix_ramp; ++i) frame_[i] = static_cast<std::int16_t>(falling(last_, i));
    }
  } else {
    for (std::int16_t& x : frame_) x = ring_[begin_++ % room];
    if (quiet_) {
      for (std::size_t i = 0; i < mix_ramp; ++i)
        frame_[i] = static_cast<std::int16_t>(frame_[i] * static_cast<int>(i) / static_cast<int>(mix_ramp));
    }
  }
  quiet_ = silence;
  last_ = frame_.back();
  if (silence) {
    spare_ = room;
    looked_ = 0;
    return;
  }
  spare_ = std::min(spare_, end_ - begin_);
  if (++looked_ < look_frames) return;
  if (spare_ >= spare_min) begin_ += spare_;
  spare_ = room;
  looked_ = 0;
}

std::int16_t speech::stop() {
  const std::int16_t was = quiet_ ? std::int16_t{0} : last_;
  begin_ = end_;
  quiet_ = true;
  heard = false;
  whispers = false;
  return was;
}

void mix::voices::begin() {
  sum.fill(0);
  for (std::size_t i = 0; left != 0 && i < mix_ramp; ++i) sum[i] = falling(left, i);
  left = 0;
}

void mix::begin() {
  aloud.begin();
  whispered.begin();
}

void mix::add(const speech& of) {
  auto& to = of.whispers ? whispered.sum : aloud.sum;
  const auto frame = of.frame();
  for (std::size_t i = 0; i < mix_frame; ++i) to[i] += frame[i];
}

void mix::leave(speech& of) {
  auto& from = of.whispers ? whispered : aloud;
  from.left += of.stop();
}

void hear_others(const mix& of, const speech& own, bool coached, codec law, std::span<std::uint8_t, mix_frame> out) {
  const auto voice = own.frame();
  const bool summed = own.heard && !own.whispers;
  encode(law, out, [&](std::size_t i) {
    return of.aloud.sum[i] + (coached ? of.whispered.sum[i] : 0) - (summed ? voice[i] : std::int16_t{0});
  });
}

}  // namespace cordboard::media
