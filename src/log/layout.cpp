// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <log/layout.hpp>

namespace cordboard::log {

namespace {

std::string_view ending_of(file_kind kind) {
  constexpr std::array<std::string_view, 6> endings{".head", ".slots", ".text", ".dialog", ".thin", ".keys"};
  return endings[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string file_name(std::uint64_t segment, file_kind kind) { return fmt::format("{:012x}{}", segment, ending_of(kind)); }

bool is_file(std::string_view file, file_kind kind) { return segment_of_file(file) >= 0 && file.substr(12) == ending_of(kind); }

std::int64_t segment_of_file(std::string_view file) {
  if (file.find('.') != 12) return -1;
  std::uint64_t number = 0;
  for (const char c : file.substr(0, 12)) {
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    } else {
      return -1;
    }
    number = number << 4 | digit;
  }
  return number < segments_max ? static_cast<std::int64_t>(number) : -1;
}

}  // namespace cordboard::log
