// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <media/g711.hpp>
#include <media/sound.hpp>
#include <samplerate.h>
#include <sndfile.h>

namespace cordboard::media {
namespace {

constexpr int rate = 8000;
constexpr sf_count_t block = 4096;
constexpr int channels_max = 64;

using file = std::unique_ptr<SNDFILE, decltype(&sf_close)>;
using converter = std::unique_ptr<SRC_STATE, decltype(&src_delete)>;

std::int16_t to_linear(float sample) {
  return static_cast<std::int16_t>(std::lround(std::clamp(sample, -1.0F, 1.0F) * 32767.0F));
}

/// One block at a time: a header that promises gigabytes gets none.
class mono_reader {
public:
  mono_reader(SNDFILE* from, int channels)
      : from_(from), channels_(channels), all_(static_cast<std::size_t>(block * channels)) {}
  /// The next samples, all channels as one; none: the end, or an error, which `sf_error` tells.
  std::span<const float> next() {
    const auto count = sf_readf_float(from_, all_.data(), block);
    for (sf_count_t i = 0; i < count; ++i) {
      float sum = 0;
      for (int c = 0; c < channels_; ++c) sum += all_[static_cast<std::size_t>(i * channels_ + c)];
      one_[static_cast<std::size_t>(i)] = sum / static_cast<float>(channels_);
    }
    return {one_.data(), static_cast<std::size_t>(std::max<sf_count_t>(count, 0))};
  }

private:
  SNDFILE* from_;
  int channels_;
  std::vector<float> all_;
  std::array<float, block> one_{};
};

/// To 8 kHz, by libsamplerate unless the file has that rate.
class to_our_rate {
public:
  explicit to_our_rate(int from) : ratio_(static_cast<double>(rate) / from), convert_(nullptr, src_delete) {
    int error = 0;
    if (from != rate) convert_.reset(src_new(SRC_SINC_MEDIUM_QUALITY, 1, &error));
  }
  void add(std::span<const float> in, bool last, std::vector<std::int16_t>& out) {
    if (!convert_) {
      for (const float x : in) out.push_back(to_linear(x));
      return;
    }
    SRC_DATA data{};
    data.src_ratio = ratio_;
    data.end_of_input = last ? 1 : 0;
    data.data_in = in.data();
    data.input_frames = static_cast<long>(in.size());
    do {
      data.data_out = made_.data();
      data.output_frames = block;
      if (src_process(convert_.get(), &data) != 0) return;
      for (long i = 0; i < data.output_frames_gen; ++i) out.push_back(to_linear(made_[static_cast<std::size_t>(i)]));
      data.data_in += data.input_frames_used;
      data.input_frames -= data.input_frames_used;
    } while (data.output_frames_gen != 0 || data.input_frames_used != 0);
  }

private:
  double ratio_;
  converter convert_;
  std::array<float, block> made_{};
};

}  // namespace

sound::sound(std::span<const std::int16_t> samples) {
  const std::size_t size = std::max<std::size_t>(1, (samples.size() + frame_samples - 1) / frame_samples) * frame_samples;
  alaw_.assign(size, g711::to_alaw(0));
  ulaw_.assign(size, g711::to_ulaw(0));
  std::transform(samples.begin(), samples.end(), alaw_.begin(), g711::to_alaw);
  std::transform(samples.begin(), samples.end(), ulaw_.begin(), g711::to_ulaw);
}

tl::expected<std::shared_ptr<const sound>, std::string> sound::read(const std::string& path) {
  SF_INFO info{};
  const file from(sf_open(path.c_str(), SFM_READ, &info), sf_close);
  if (!from) return tl::unexpected(std::string(sf_strerror(nullptr)));
  // libsndfile takes almost any rate for one, and libsamplerate goes down to a 256th.
  if (info.samplerate < 1000 || info.samplerate > 384'000 || info.channels < 1 || info.channels > channels_max)
    return tl::unexpected(fmt::format("{} channels at {} Hz", info.channels, info.samplerate));
  const auto most = static_cast<std::size_t>(seconds_max * rate);
  std::vector<std::int16_t> samples;
  mono_reader in(from.get(), info.channels);
  to_our_rate out(info.samplerate);
  std::size_t taken = 0;
  for (auto part = in.next(); !part.empty(); part = in.next()) {
    out.add(part, false, samples);
    taken += part.size();
    if (samples.size() > most) return tl::unexpected(fmt::format("longer than {} s", seconds_max));
  }
  if (sf_error(from.get()) != SF_ERR_NO_ERROR) return tl::unexpected(std::string(sf_strerror(from.get())));
  if (taken == 0) return tl::unexpected(std::string("there is no sound in it"));
  out.add({}, true, samples);
  return std::make_shared<const sound>(samples);
}

tl::expected<std::shared_ptr<const sound>, std::string> sound_cache::get(const std::string& path) {
  if (const auto hit = known_.find(path); hit != known_.end()) return hit->second;
  auto made = sound::read(path);
  if (made) known_.emplace(path, *made);
  return made;
}

}  // namespace cordboard::media
