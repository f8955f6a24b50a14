// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace cordboard::pinyin {

/// A syllable without its tone, and the characters that are read so: as their customary reading, or as another one.
struct syllable {
  std::string_view name;
  const char* first;
  const char* other;
};

inline constexpr std::size_t syllable_count = 417;
/// In the order of the alphabet.
extern const std::array<syllable, syllable_count> syllables;

}  // namespace cordboard::pinyin
