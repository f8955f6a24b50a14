// SPDX-License-Identifier: Apache-2.0
// Sound files that a test makes.
#pragma once
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sndfile.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace cordboard::media {

/// A folder that goes with the test.
struct sound_folder {
  static inline int made = 0;
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cordboard-sound-" + std::to_string(::getpid()) + "-" + std::to_string(++made));
  sound_folder() { std::filesystem::create_directories(path); }
  ~sound_folder() { std::filesystem::remove_all(path); }
  sound_folder(const sound_folder&) = delete;
  sound_folder& operator=(const sound_folder&) = delete;

  /// Writes a file whose channels hold `samples` and nothing else from the second on.
  std::string write(const std::string& name, int format, int rate, int channels, const std::vector<float>& samples) const {
    SF_INFO info{};
    info.samplerate = rate;
    info.channels = channels;
    info.format = format;
    const std::string at = (path / name).string();
    SNDFILE* const out = sf_open(at.c_str(), SFM_WRITE, &info);
    REQUIRE_MESSAGE(out != nullptr, sf_strerror(nullptr));
    std::vector<float> all(samples.size() * static_cast<std::size_t>(channels), 0.0F);
    for (std::size_t i = 0; i < samples.size(); ++i) all[i * static_cast<std::size_t>(channels)] = samples[i];
    REQUIRE(sf_writef_float(out, all.data(), static_cast<sf_count_t>(samples.size())) ==
            static_cast<sf_count_t>(samples.size()));
    sf_close(out);
    return at;
  }
  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string at = (path / name).string();
    std::ofstream(at, std::ios::binary) << bytes;
    return at;
  }
};

}  // namespace cordboard::media
