// SPDX-License-Identifier: Apache-2.0
// Words in a text, as an event has them: by space.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard {

inline std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

inline void add_word(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text += word;
}

inline std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) add_word(out, word);
  return out;
}

}  // namespace cordboard
