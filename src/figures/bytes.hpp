// SPDX-License-Identifier: Apache-2.0
// Plain values to bytes and back: little endian, as every machine that the log can be read on.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace cordboard::figures {

template <class T>
void put(std::string& to, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class T>
void put_all(std::string& to, const std::vector<T>& values) {
  put(to, static_cast<std::uint64_t>(values.size()));
  for (const T& one : values) put(to, one);
}

inline void put_text(std::string& to, std::string_view text) {
  put(to, static_cast<std::uint64_t>(text.size()));
  to += text;
}

/// Reads what was put, in the same order. Behind the end, or with a count that cannot be, it is broken from there on.
class byte_source {
public:
  explicit byte_source(std::string_view from) : rest_(from) {}

  template <class T>
  T get() {
    static_assert(std::is_trivially_copyable_v<T>);
    T out{};
    if (rest_.size() < sizeof out) {
      broken_ = true;
      return out;
    }
    std::memcpy(&out, rest_.data(), sizeof out);
    rest_.remove_prefix(sizeof out);
    return out;
  }
  template <class T>
  std::vector<T> get_all() {
    const auto count = get<std::uint64_t>();
    std::vector<T> out;
    if (count > rest_.size() / sizeof(T)) {
      broken_ = true;
      return out;
    }
    out.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) out.push_back(get<T>());
    return out;
  }
  /// A text behind its length.
  std::string get_text() {
    const auto bytes = get<std::uint64_t>();
    if (bytes > rest_.size()) {
      broken_ = true;
      return {};
    }
    std::string out(rest_.substr(0, bytes));
    rest_.remove_prefix(bytes);
    return out;
  }
  bool whole() const { return !broken_ && rest_.empty(); }
  bool broken() const { return broken_; }

private:
  std::string_view rest_;
  bool broken_ = false;
};

}  // namespace cordboard::figures
