// SPDX-License-Identifier: Apache-2.0
// Texts by name, written as one flat JSON object of strings: {"name":"王芳","number":"0713-6281234"}. No nesting, no numbers, no
// control characters, so what is read is written again as it was.
#pragma once
#include <base/utf8.hpp>
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordboard {

struct fields {
  std::vector<std::pair<std::string, std::string>> all;

  /// Empty when there is none of this name.
  std::string_view operator[](std::string_view name) const {
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
    return it != all.end() ? std::string_view(it->second) : std::string_view{};
  }
  void set(std::string_view name, std::string_view value) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
    if (it != all.end())
      it->second = value;
    else
      all.emplace_back(name, value);
  }
  /// Takes a field out. @returns  what it was
  std::string take(std::string_view name) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
    if (it == all.end()) return {};
    std::string value = std::move(it->second);
    all.erase(it);
    return value;
  }
};

inline std::string write_fields(const fields& from) {
  std::string out = "{";
  const auto quoted = [&](std::string_view text) {
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  };
  for (const auto& [name, value] : from.all) {
    if (out.size() > 1) out += ',';
    quoted(name), out += ':', quoted(value);
  }
  return out + '}';
}

namespace fields_detail {

struct reader {
  std::string_view rest;

  void blanks() { rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size())); }
  bool mark(char c) {
    blanks();
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  /// Four hexadecimal digits; 0x110000: they are none.
  std::uint32_t unit() {
    std::uint32_t out = 0;
    if (rest.size() < 4) return 0x110000;
    for (const char c : rest.substr(0, 4)) {
      const auto at = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
      if (at == std::string_view::npos || (c < '0')) return 0x110000;
      out = out * 16 + static_cast<std::uint32_t>(at);
    }
    rest.remove_prefix(4);
    return out;
  }
  /// What follows \u: one character, or the two halves of one.
  bool escaped_character(std::string& to) {
    std::uint32_t c = unit();
    if (c >= 0xD800 && c < 0xDC00) {
      if (!rest.starts_with("\\u")) return false;
      rest.remove_prefix(2);
      const std::uint32_t low = unit();
      if (low < 0xDC00 || low >= 0xE000) return false;
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    } else if (c >= 0xDC00 && c < 0xE000) {
      return false;
    }
    if (c >= 0x110000) return false;
    const auto byte = [&](std::uint32_t b) { to += static_cast<char>(b); };
    if (c < 0x80) {
      byte(c);
    } else if (c < 0x800) {
      byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F));
    } else {
      byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F));
    }
    return true;
  }
  bool text(std::string& to) {
    if (!mark('"')) return false;
    while (!rest.empty()) {
      const char c = rest.front();
      rest.remove_prefix(1);
      if (c == '"') return is_plain_text(to);
      if (c != '\\') {
        to += c;
        continue;
      }
      if (rest.empty()) return false;
      const char what = rest.front();
      rest.remove_prefix(1);
      if (what == 'u' ? !escaped_character(to) : what != '"' && what != '\\' && what != '/') return false;
      if (what != 'u') to += what;
    }
    return false;
  }
};

}  // namespace fields_detail

/// Nothing when it is no such object, or names a field twice.
inline std::optional<fields> read_fields(std::string_view text) {
  fields_detail::reader in{text};
  fields out;
  if (!in.mark('{')) return std::nullopt;
  for (bool first = true; !in.mark('}'); first = false) {
    std::string name, value;
    if ((!first && !in.mark(',')) || !in.text(name) || !in.mark(':') || !in.text(value)) return std::nullopt;
    const bool twice = std::any_of(out.all.begin(), out.all.end(), [&](const auto& one) { return one.first == name; });
    if (name.empty() || twice) return std::nullopt;
    out.all.emplace_back(std::move(name), std::move(value));
  }
  in.blanks();
  if (!in.rest.empty()) return std::nullopt;
  return out;
}

}  // namespace cordboard
