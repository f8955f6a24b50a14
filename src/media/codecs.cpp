// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <media/codecs.hpp>
#include <media/g711.hpp>
#include <new>
#include <opus/opus.h>
// Not <spandsp.h>: its fax part wants the headers of libtiff.
#include <spandsp/telephony.h>
#include <spandsp/fast_convert.h>
#include <spandsp/g722.h>
#include <spandsp/plc.h>

namespace cordboard::media {
namespace {

constexpr int rate = 8000;
// A telephone voice; what Opus calls narrowband is transparent from here on, and half of G.711 on the wire.
constexpr int opus_bits = 24000;
// Of ten; each step costs. What is above is not heard at 8 kHz.
constexpr int opus_effort = 5;
constexpr int opus_loss_percent = 5;

template <class State, int (*Free)(State*)>
struct freed {
  void operator()(State* state) const { (void)Free(state); }
};
struct opus_freed {
  void operator()(OpusDecoder* state) const { opus_decoder_destroy(state); }
  void operator()(OpusEncoder* state) const { opus_encoder_destroy(state); }
};
template <class Pointer>
void must(const Pointer& made) {
  if (!made) throw std::bad_alloc();
}

}  // namespace

struct decoder::states {
  std::unique_ptr<g722_decode_state_t, freed<g722_decode_state_t, g722_decode_free>> g722;
  std::unique_ptr<OpusDecoder, opus_freed> opus;
  plc_state_t plc{};  ///< for those without a concealment of their own
};

decoder::decoder(codec what) : what_(what), states_(std::make_unique<states>()) {
  (void)plc_init(&states_->plc);
  if (what == codec::g722)
    must(states_->g722 = decltype(states_->g722)(g722_decode_init(nullptr, 64000, G722_SAMPLE_RATE_8000)));
  if (what == codec::opus) must(states_->opus = decltype(states_->opus)(opus_decoder_create(rate, 1, nullptr)));
}
decoder::~decoder() = default;

std::span<const std::int16_t> decoder::remember(std::size_t samples) {
  if (samples != 0) last_ = samples;
  return {samples_.data(), samples};
}

std::span<const std::int16_t> decoder::decode(std::span<const std::uint8_t> payload) {
  if (what_ == codec::opus) {
    const int count = opus_decode(states_->opus.get(), payload.data(), static_cast<opus_int32>(payload.size()), samples_.data(),
                                  static_cast<int>(samples_max), 0);
    return remember(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  const auto part = payload.first(std::min(payload.size(), samples_max));
  if (what_ == codec::g722) {
    (void)g722_decode(states_->g722.get(), samples_.data(), part.data(), static_cast<int>(part.size()));
  } else {
    std::transform(part.begin(), part.end(), samples_.begin(), what_ == codec::ulaw ? g711::from_ulaw : g711::from_alaw);
  }
  (void)plc_rx(&states_->plc, samples_.data(), static_cast<int>(part.size()));
  return remember(part.size());
}

std::span<const std::int16_t> decoder::conceal(std::span<const std::uint8_t> next) {
  if (what_ == codec::opus) {
    const int count =
        opus_decode(states_->opus.get(), next.empty() ? nullptr : next.data(), static_cast<opus_int32>(next.size()),
                    samples_.data(), static_cast<int>(last_), next.empty() ? 0 : 1);
    return {samples_.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  }
  (void)plc_fillin(&states_->plc, samples_.data(), static_cast<int>(last_));
  return {samples_.data(), last_};
}

struct encoder::states {
  std::unique_ptr<g722_encode_state_t, freed<g722_encode_state_t, g722_encode_free>> g722;
  std::unique_ptr<OpusEncoder, opus_freed> opus;
};

encoder::encoder(codec what) : what_(what), states_(std::make_unique<states>()) {
  if (what == codec::g722)
    must(states_->g722 = decltype(states_->g722)(g722_encode_init(nullptr, 64000, G722_SAMPLE_RATE_8000)));
  if (what != codec::opus) return;
  must(states_->opus = decltype(states_->opus)(opus_encoder_create(rate, 1, OPUS_APPLICATION_VOIP, nullptr)));
  OpusEncoder* const to = states_->opus.get();
  (void)opus_encoder_ctl(to, OPUS_SET_BITRATE(opus_bits));
  (void)opus_encoder_ctl(to, OPUS_SET_COMPLEXITY(opus_effort));
  (void)opus_encoder_ctl(to, OPUS_SET_INBAND_FEC(1));
  (void)opus_encoder_ctl(to, OPUS_SET_PACKET_LOSS_PERC(opus_loss_percent));
}
encoder::~encoder() = default;

std::span<const std::uint8_t> encoder::encode(std::span<const std::int16_t, voice_frame> samples) {
  if (what_ == codec::opus) {
    const auto size = opus_encode(states_->opus.get(), samples.data(), static_cast<int>(samples.size()), bytes_.data(),
                                  static_cast<opus_int32>(bytes_.size()));
    return {bytes_.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  if (what_ == codec::g722) {
    const int size = g722_encode(states_->g722.get(), bytes_.data(), samples.data(), static_cast<int>(samples.size()));
    return {bytes_.data(), static_cast<std::size_t>(size)};
  }
  std::transform(samples.begin(), samples.end(), bytes_.begin(), what_ == codec::ulaw ? g711::to_ulaw : g711::to_alaw);
  return {bytes_.data(), samples.size()};
}

std::uint32_t ticks_of(codec what, std::span<const std::uint8_t> payload) {
  if (what != codec::opus) return static_cast<std::uint32_t>(payload.size());
  const int count = opus_packet_get_nb_samples(payload.data(), static_cast<opus_int32>(payload.size()), 48000);
  return count > 0 ? static_cast<std::uint32_t>(count) : 960;
}

linear_frame linear_of(std::span<const std::uint8_t, voice_frame> frame, codec law) {
  linear_frame out;
  std::transform(frame.begin(), frame.end(), out.begin(), law == codec::ulaw ? g711::from_ulaw : g711::from_alaw);
  return out;
}

}  // namespace cordboard::media
