// SPDX-License-Identifier: Apache-2.0
// How characters sound: a Han character by all its readings, a letter or digit by itself.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cordboard::sounds {

/// A syllable, or behind those a letter or digit.
using sound = std::uint16_t;
/// The set of a character's sounds; equal sets have equal numbers. 0: the character is not heard (a space, a bracket).
using sound_set = std::uint16_t;

/// What a set holds: its sounds, the customary one first, and a bit for each letter or digit that one of them begins with.
struct heard {
  std::span<const sound> sounds;
  std::uint64_t letters = 0;
};
/// By `sound_set`; lives as long as the program.
std::span<const heard> all_sets();
sound_set set_of(char32_t character);
inline std::span<const sound> sounds_of(sound_set set) { return all_sets()[set].sounds; }
/// "fang", "a", "8".
std::string_view spelled(sound one);
std::size_t count();
/// The bit of a letter or digit; 0: it is neither.
std::uint64_t letter_bit(char32_t letter);
/// Sounds whose spelling begins with this letter or digit, as a range of syllables, and the letter or digit itself.
struct range {
  sound first = 0, end = 0, single = 0;
};
range beginning_with(char letter);

/// Text as it is compared: lower case, full-width letters as ASCII, tone marks and apostrophes gone. Not UTF-8: U+FFFD.
std::u32string folded(std::string_view text);
bool is_latin(char32_t c);
bool is_han(char32_t c);

}  // namespace cordboard::sounds
