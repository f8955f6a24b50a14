// SPDX-License-Identifier: Apache-2.0
// A secret key in a file of its own: for its owner alone, in hex or as raw bytes.
#pragma once
#include <cordboard/event.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cordboard {

inline constexpr std::size_t key_bytes_min = 32;
inline constexpr std::size_t key_bytes_max = 4096;

/// What is wrong with a key's file.
enum class key_fault : std::uint8_t {
  missing = 1,
  unreadable,      ///< no right, or no plain file
  open_to_others,  ///< its mode lets more than its owner read it
  short_key,       ///< fewer than 32 bytes, or 64 hexadecimal digits
  long_key,        ///< more than 4096 bytes
};

/// The key's bytes. Only hexadecimal digits, an even number of them: they are the key; else the file's bytes are, without a
/// line's end behind them.
tl::expected<std::string, key_fault> read_key_file(const std::string& path);

/// "which others may read: chmod 0600 or 0400", to stand behind the file's name.
std::string_view text(key_fault fault, language in);

}  // namespace cordboard
