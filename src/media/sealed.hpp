// SPDX-License-Identifier: Apache-2.0
// Recordings that only a key opens. Each file has a key of its own, made of the house's and of random bytes at its beginning, and is
// sealed second by second, so that what a crash leaves is whole up to its last second.
#pragma once
#include <array>
#include <cstdint>
#include <media/recorder.hpp>
#include <memory>
#include <string>
#include <tl/expected.hpp>

namespace cordboard::media {

/// ```
///   "cordboard-rec-1\n"  salt (32)  check (16)     then   size (4, little endian; its highest bit: the last)  ciphertext  tag (16)  …
/// ```
/// AES-256-GCM. The file's key and `check` are HMAC-SHA256 of the house's key over salt and purpose: a wrong key is told from a damaged
/// file. A part's nonce is its number, and its size is authenticated with it: parts can be neither moved, left out nor cut off unseen.
namespace sealed {
inline constexpr std::string_view title = "cordboard-rec-1\n";
inline constexpr std::size_t salt_size = 32, check_size = 16, tag_size = 16, size_size = 4;
inline constexpr std::size_t head_size = title.size() + salt_size + check_size;
inline constexpr std::size_t part_max = 1U << 20;  ///< bytes of voice; a minute of it
inline constexpr std::uint32_t last_part = 0x80000000U;
}  // namespace sealed

/// Files that `read_sealed` opens with the same key.
open_recording seal_with(std::string key);

/// What became of an attempt to read one.
enum class sealed_fault : std::uint8_t {
  unreadable = 1,  ///< `error` says why
  not_sealed,      ///< it has no such beginning
  other_key,
  damaged,  ///< something was changed, or is missing before its end
};
struct sealed_problem {
  sealed_fault what{};
  int error = 0;         ///< of the system
  std::uint64_t at = 0;  ///< bytes of voice before what is damaged
};
/// A recording as it was: bytes of A-law, two channels, 8 kHz.
struct sealed_length {
  std::uint64_t bytes = 0;
  bool whole = true;  ///< false: it has no end; its process was killed, or writes yet
};

/// Reads a sealed recording part by part. What is given out was sealed with the key, in this place of this file.
class sealed_reader {
public:
  static tl::expected<sealed_reader, sealed_problem> open(const std::string& path, std::string_view key);
  /// Goes through all of it.
  tl::expected<sealed_length, sealed_problem> check();
  /// The next part, from the beginning after `open` and `check`; empty: there is no more.
  tl::expected<std::vector<std::uint8_t>, sealed_problem> next();
  sealed_reader(sealed_reader&&) noexcept;
  ~sealed_reader();

private:
  struct inside;
  explicit sealed_reader(std::unique_ptr<inside> parts);
  std::unique_ptr<inside> inside_;
};

/// The beginning of a WAV file with so many bytes of such voice.
std::array<std::uint8_t, 58> wav_head(std::uint32_t bytes);

}  // namespace cordboard::media
