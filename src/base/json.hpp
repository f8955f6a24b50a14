// SPDX-License-Identifier: Apache-2.0
// JSON as it is written here: by appending, and without what is empty.
#pragma once
#include <charconv>
#include <string>
#include <string_view>

namespace cordboard {

/// Appends a text in quotes. It is UTF-8.
void append_quoted(std::string& to, std::string_view text);
/// A text as JSON, in quotes.
std::string quoted(std::string_view text);

/// An object on one line, key by key.
class json_object {
public:
  void raw(std::string_view key, std::string_view json) { begin(key) += json; }
  void text(std::string_view key, std::string_view value) { append_quoted(begin(key), value); }
  // What is zero, empty or false is left out.
  template <class Number>
  void number(std::string_view key, Number value) {
    if (value != 0) append(begin(key), value);
  }
  /// As a string, since a reader in JavaScript would round what is longer than 53 bits.
  template <class Number>
  void id(std::string_view key, Number value) {
    if (value == 0) return;
    append(begin(key) += '"', value);
    out_ += '"';
  }
  void words(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void flag(std::string_view key, bool value) {
    if (value) raw(key, "true");
  }
  bool empty() const { return out_.size() == 1; }
  std::string end() && { return std::move(out_ += '}'); }

private:
  std::string& begin(std::string_view key) {
    if (out_.size() > 1) out_ += ',';
    append_quoted(out_, key);
    return out_ += ':';
  }
  template <class Number>
  static void append(std::string& to, Number value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    to.append(digits, end);
  }
  std::string out_ = "{";
};

/// A list on one line.
class json_list {
public:
  void raw(std::string_view json) {
    if (out_.size() > 1) out_ += ',';
    out_ += json;
  }
  void text(std::string_view value) { raw(quoted(value)); }
  bool empty() const { return out_.size() == 1; }
  std::string end() && { return std::move(out_ += ']'); }

private:
  std::string out_ = "[";
};

}  // namespace cordboard
