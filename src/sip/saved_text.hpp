// SPDX-License-Identifier: Apache-2.0
// What a restart needs, as text: a line of kind and version, then `name value` lines, then whatever follows the line `raw`.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace cordboard::sip {

class saved_text {
public:
  explicit saved_text(std::string_view kind) {
    text_.reserve(1024);
    text_ += kind;
    text_ += '\n';
  }
  /// Values come from parsed messages: a line end cannot be in them, and is left out if it is. What is not there, or zero, reads
  /// back the same without a line.
  void put(std::string_view name, std::string_view value) {
    if (value.empty() || value == "0") return;
    text_ += name;
    text_ += ' ';
    if (value.find('\n') == value.npos && value.find('\r') == value.npos) {
      text_ += value;
    } else {
      std::copy_if(value.begin(), value.end(), std::back_inserter(text_), [](char c) { return c != '\n' && c != '\r'; });
    }
    text_ += '\n';
  }
  void put_raw(std::string_view bytes) {
    text_ += "raw\n";
    text_ += bytes;
  }
  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

private:
  std::string text_;
};

class saved_reader {
public:
  saved_reader(std::string_view text, std::string_view kind) {
    const auto line = [&text](std::string_view& out) {
      const auto end = text.find('\n');
      if (end == text.npos) return false;
      out = text.substr(0, end);
      text.remove_prefix(end + 1);
      return true;
    };
    std::string_view each;
    ok_ = line(each) && each == kind;
    while (ok_ && line(each)) {
      if (each == "raw") {
        raw_ = text;
        break;
      }
      const auto space = each.find(' ');
      ok_ = space != each.npos;
      if (ok_) values_.emplace(each.substr(0, space), each.substr(space + 1));
    }
  }
  bool ok() const { return ok_; }
  std::string get(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : std::string(found->second);
  }
  /// 0 when it is not there or no number.
  std::uint64_t number(std::string_view name) const {
    const std::string text = get(name);
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
  }
  std::string_view raw() const { return raw_; }

private:
  std::map<std::string_view, std::string_view, std::less<>> values_;
  std::string_view raw_;
  bool ok_ = false;
};

}  // namespace cordboard::sip
