// SPDX-License-Identifier: Apache-2.0
// How texts are found: by every two characters that stand side by side in them. The same in both databases, in every script, and blind:
// what is kept is a keyed hash of the two characters, so the index says nothing to whoever has only the files.
#pragma once
#include <string>
#include <store/vault.hpp>
#include <string_view>
#include <vector>

namespace cordboard::store {

/// A text as it is compared: full-width forms narrow, Latin, Greek and Cyrillic letters small, spaces of all kinds one. Bytes that are no
/// UTF-8 become U+FFFD.
std::u32string folded(std::string_view text);

/// A text that any screen and any column of texts takes: what is no UTF-8 becomes U+FFFD, a control character a space.
std::string readable(std::string_view text);

/// The terms of a text, each once, rising.
std::vector<std::int64_t> terms_of(const vault& keys, std::string_view text);
/// The term of a telephone number in any spelling; 0: it is none.
std::int64_t term_of_number(const vault& keys, std::string_view number);

/// Whether a folded text has another one in it.
bool holds(const std::u32string& text, const std::u32string& wanted);

/// Fewer characters are not searched for.
inline constexpr std::size_t characters_min = 2;
/// Of a longer text only so many characters are found.
inline constexpr std::size_t indexed_max = 20'000;

}  // namespace cordboard::store
