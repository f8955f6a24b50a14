// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <media/fields.hpp>

namespace cordboard::media {

void fields::add(std::string_view key, std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  if (!text_.empty()) text_ += ' ';
  text_ += key;
  text_ += '=';
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7F && c != '%'; };
  for (auto rest = value.begin(); rest != value.end();) {
    const auto odd = std::find_if_not(rest, value.end(), is_plain);
    text_.append(rest, odd);
    rest = odd;
    if (rest == value.end()) break;
    const auto byte = static_cast<unsigned char>(*rest++);
    text_ += {'%', digits[byte >> 4], digits[byte & 15]};
  }
}

std::optional<std::string> fields::get(std::string_view key) const {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    if (!one.starts_with(key) || one.size() <= key.size() || one[key.size()] != '=') continue;
    const std::string_view value = one.substr(key.size() + 1);
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] != '%') {
        out += value[i];
        continue;
      }
      unsigned byte = 0;
      if (i + 2 >= value.size()) return std::nullopt;
      const char* digits = value.data() + i + 1;
      if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return std::nullopt;
      out += static_cast<char>(byte);
      i += 2;
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace cordboard::media
