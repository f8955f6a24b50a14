// SPDX-License-Identifier: Apache-2.0
#include <base/utf8.hpp>
#include <cstddef>
#include <cstdint>

namespace cordboard {
namespace {

constexpr char32_t malformed = 0xFFFFFFFF;

/// Takes one code point off the front of `bytes`, which is not empty; `malformed` when there is none.
char32_t take(std::string_view& bytes) noexcept {
  const auto first = static_cast<std::uint8_t>(bytes.front());
  std::size_t length = 1;
  char32_t point = first;
  char32_t smallest = 0;
  if (first >= 0x80) {
    if ((first & 0xE0) == 0xC0) {
      length = 2, point = first & 0x1F, smallest = 0x80;
    } else if ((first & 0xF0) == 0xE0) {
      length = 3, point = first & 0x0F, smallest = 0x800;
    } else if ((first & 0xF8) == 0xF0) {
      length = 4, point = first & 0x07, smallest = 0x10000;
    } else {
      return malformed;
    }
  }
  if (bytes.size() < length) return malformed;
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<std::uint8_t>(bytes[i]);
    if ((next & 0xC0) != 0x80) return malformed;
    point = (point << 6) | (next & 0x3F);
  }
  if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return malformed;
  bytes.remove_prefix(length);
  return point;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    if (take(bytes) == malformed) return false;
  }
  return true;
}

bool is_plain_text(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const char32_t point = take(bytes);
    if (point == malformed || point < 0x20 || (point >= 0x7F && point < 0xA0)) return false;
  }
  return true;
}

}  // namespace cordboard
