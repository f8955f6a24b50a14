// SPDX-License-Identifier: Apache-2.0
#include <base/masked.hpp>
#include <base/utf8.hpp>

namespace cordboard {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string masked_number(std::string_view number) {
  std::size_t digits = 0;
  bool letters = false;
  for (const char c : number) {
    digits += is_digit(c) ? 1 : 0;
    letters = letters || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
  }
  std::string out(number);
  if (letters) {
    const std::size_t first = utf8_character(number);
    return first == 0 ? std::string() : out.substr(0, first) + "**";
  }
  if (digits <= 5) return out;
  const std::size_t tail = digits >= 9 ? 4 : 2;
  std::size_t at = 0;
  for (char& c : out) {
    if (!is_digit(c)) continue;
    if (at >= 3 && at + tail < digits) c = '*';
    ++at;
  }
  return out;
}

}  // namespace cordboard
