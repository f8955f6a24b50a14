// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/fields.hpp>
#include <base/masked.hpp>
#include <base/utf8.hpp>

namespace cordboard {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What the house says of itself, and of nobody else.
bool is_of_house(event_kind kind) {
  constexpr std::uint16_t house_first = 32, house_end = 64;
  const auto number = static_cast<std::uint16_t>(kind);
  return (number >= house_first && number < house_end) || kind == event_kind::request_kind_configured ||
         kind == event_kind::request_kind_removed || kind == event_kind::request_advanced || kind == event_kind::slot_offered ||
         kind == event_kind::message_asked;
}

/// Its number and its person's, masked; what else is said is nobody's business.
std::string masked_request(std::string_view text) {
  const auto said = read_fields(text);
  if (!said) return {};
  fields out;
  for (const auto& [name, value] : said->all) {
    if (name == "no" || name == "result") out.set(name, value);
    if (name == "name") out.set(name, masked_name(value));
    if (name == "number") out.set(name, masked_number(value));
  }
  return write_fields(out);
}

}  // namespace

std::string masked_name(std::string_view name) {
  const auto first = utf8_character(name);
  if (first == 0) return {};
  return std::string(name.substr(0, first)) + std::string(std::min<std::size_t>(utf8_length(name) - 1, 3), '*');
}

std::string masked_text(const event& e, std::string_view text) {
  if (is_of_house(e.kind)) return std::string(text);
  if (e.kind == event_kind::request_opened || e.kind == event_kind::request_changed || e.kind == event_kind::request_closed)
    return masked_request(text);
  if (e.kind != event_kind::party_identified) return {};
  const auto tab = text.find('\t');
  std::string out = masked_number(text.substr(0, tab));
  if (tab != std::string_view::npos) out += '\t' + masked_name(text.substr(tab + 1));
  return out;
}

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
