// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/utf8.hpp>
#include <cordboard/numbers.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

char32_t next_character(std::string_view& text) {
  const std::size_t bytes = utf8_character(text);
  if (bytes == 0) {
    text.remove_prefix(1);
    return U'\uFFFD';
  }
  const auto at = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  char32_t c = bytes == 1 ? at(0) : at(0) & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) c = c << 6 | (at(i) & 0x3F);
  text.remove_prefix(bytes);
  return c;
}

char32_t small(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFF01 - 0x21;
  if (c == 0x3000 || c == 0xA0 || c < 0x20) return U' ';
  const bool latin = (c >= U'A' && c <= U'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
  const bool others = (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F);
  return latin || others ? c + 0x20 : c;
}

}  // namespace

std::u32string folded(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const char32_t c = small(next_character(text));
    if (c != U' ' || (!out.empty() && out.back() != U' ')) out += c;
  }
  if (!out.empty() && out.back() == U' ') out.pop_back();
  return out;
}

std::string readable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t bytes = utf8_character(text);
    const bool control = bytes == 1 && (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7F);
    out += bytes == 0 ? std::string_view("\xEF\xBF\xBD") : control ? std::string_view(" ") : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

std::vector<std::int64_t> terms_of(const vault& keys, std::string_view text) {
  std::u32string characters = folded(text);
  if (characters.size() > indexed_max) characters.resize(indexed_max);
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i + 1 < characters.size(); ++i) {
    // Words are found side by side as well as by themselves; what joins two words says little.
    if (characters[i] == U' ' || characters[i + 1] == U' ') continue;
    const char32_t two[2] = {characters[i], characters[i + 1]};
    out.push_back(keys.token("two", {reinterpret_cast<const char*>(two), sizeof two}));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::int64_t term_of_number(const vault& keys, std::string_view number) {
  const phone_number read = normalise_number(number);
  return read.kind == number_kind::none ? 0 : keys.token("number", read.number);
}

bool holds(const std::u32string& text, const std::u32string& wanted) { return text.find(wanted) != std::u32string::npos; }

}  // namespace cordboard::store
