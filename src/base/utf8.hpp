// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cordboard {

/// Bytes of the well-formed character at the start of `text`, 0 when there is none. Unicode 15 table 3-7: no overlong
/// forms, no surrogates, nothing above U+10FFFF.
inline std::size_t utf8_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0}; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const auto lead = at(0);
  if (text.empty()) return 0;
  if (lead < 0x80U) return 1;
  if (lead < 0xC2U) return 0;
  if (lead < 0xE0U) return tail(1) ? 2 : 0;
  if (lead < 0xF0U) {
    if ((lead == 0xE0U && at(1) < 0xA0U) || (lead == 0xEDU && at(1) > 0x9FU)) return 0;
    return tail(1) && tail(2) ? 3 : 0;
  }
  if (lead > 0xF4U || (lead == 0xF0U && at(1) < 0x90U) || (lead == 0xF4U && at(1) > 0x8FU)) return 0;
  return tail(1) && tail(2) && tail(3) ? 4 : 0;
}

/// Offset of the first byte that is not UTF-8; `npos`: the whole text is.
inline std::size_t utf8_error(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto bytes = utf8_character(text.substr(at));
    if (bytes == 0) return at;
    at += bytes;
  }
  return std::string_view::npos;
}

/// Characters of a well-formed text.
inline std::size_t utf8_length(std::string_view text) {
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return characters;
}

/// True when all of it is well-formed.
bool is_utf8(std::string_view bytes) noexcept;
/// True when a text may be shown on one line: UTF-8, and no control character (C0, DEL, C1).
bool is_plain_text(std::string_view bytes) noexcept;

}  // namespace cordboard
