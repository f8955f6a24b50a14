// SPDX-License-Identifier: Apache-2.0
// "key=value key=value": what a restart reads back, on one line.
#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace cordboard::media {

class fields {
public:
  fields() = default;
  explicit fields(std::string_view text) : text_(text) {}
  const std::string& text() const { return text_; }

  /// Values with spaces or other bytes outside the printable are written as %XX.
  void add(std::string_view key, std::string_view value);
  void add(std::string_view key, std::uint64_t value) { add(key, std::to_string(value)); }

  /// Nothing if the key is not there, or its value is not well formed.
  std::optional<std::string> get(std::string_view key) const;
  template <class Number>
  std::optional<Number> number(std::string_view key) const {
    const auto value = get(key);
    Number out{};
    if (!value) return std::nullopt;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), out);
    if (value->empty() || error != std::errc{} || end != value->data() + value->size()) return std::nullopt;
    return out;
  }

private:
  std::string text_;
};

}  // namespace cordboard::media
