// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cordboard/numbers.hpp>
#include <optional>

namespace cordboard {
namespace {

constexpr std::size_t digits_max = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes one character off the front; full-width forms as the ASCII that they stand for. 0: another character.
char take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) {
    text.remove_prefix(1);
    return static_cast<char>(first);
  }
  // U+FF01 to U+FF5E are ! to ~, in UTF-8 EF BC 81 to EF BD 9E.
  if (first == 0xEF && text.size() >= 3) {
    const auto second = static_cast<unsigned char>(text[1]), third = static_cast<unsigned char>(text[2]);
    const int code = (second & 0x3F) << 6 | (third & 0x3F);
    const int ascii = code - 0xF00 + 0x20;
    if ((second == 0xBC || second == 0xBD) && ascii > 0x20 && ascii < 0x7F) {
      text.remove_prefix(3);
      return static_cast<char>(ascii);
    }
  }
  std::size_t bytes = 1;
  while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
  text.remove_prefix(bytes);
  return 0;
}

bool begins_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  return std::equal(word.begin(), word.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

/// A number in its parts: digits, a plus before them, the digits behind an extension's mark, and where the last dash stood.
struct written {
  bool plus = false;
  std::string digits;
  std::string extension;
  std::size_t last_dash = 0;  ///< digits before it
};

/// "转", "分机", "ext.", "x", "#" and "," say that an extension follows. Bytes to skip; 0: no such mark.
std::size_t extension_mark(std::string_view text) {
  for (const std::string_view mark : {"转", "轉", "分机", "分機", "extension", "ext.", "ext", "x", "#", ",", ";ext=", "p"})
    if (begins_with_word(text, mark)) return mark.size();
  return 0;
}

std::optional<written> read(std::string_view text) {
  for (const std::string_view scheme : {"tel:", "sip:", "sips:"})
    if (begins_with_word(text, scheme)) {
      text.remove_prefix(scheme.size());
      text = text.substr(0, text.find('@'));
      if (const auto end = text.find(';'); end != std::string_view::npos && !begins_with_word(text.substr(end), ";ext="))
        text = text.substr(0, end);
    }
  written w;
  std::string* into = &w.digits;
  bool marked = false;
  while (!text.empty()) {
    const auto skip = w.digits.empty() ? 0 : extension_mark(text);
    if (skip != 0) {
      text.remove_prefix(skip);
      into = &w.extension;
      marked = true;
      continue;
    }
    const char c = take(text);
    if (is_digit(c)) {
      if (into->size() == digits_max) return std::nullopt;
      *into += c;
    } else if (c == '+' && w.digits.empty() && !w.plus) {
      w.plus = true;
    } else if (c == '-') {
      if (!marked) w.last_dash = w.digits.size();
    } else if (c != ' ' && c != '(' && c != ')' && c != '.' && c != '/' && c != ':') {
      return std::nullopt;  // a letter: this is no number
    }
  }
  if (w.digits.empty() || (marked && w.extension.empty())) return std::nullopt;
  return w;
}

bool is_mobile(std::string_view d) { return d.size() == 11 && d[0] == '1' && d[1] >= '3'; }
bool is_emergency(std::string_view d) { return d == "110" || d == "119" || d == "120" || d == "122"; }
/// A subscriber of an area: seven or eight digits that begin with 2 to 8.
bool is_local(std::string_view d) { return (d.size() == 7 || d.size() == 8) && d[0] >= '2' && d[0] <= '8'; }
/// 400 and 800.
bool is_toll_free(std::string_view d) { return d.size() == 10 && (d.starts_with("400") || d.starts_with("800")); }
/// The whole country's: 95xxx to 95xxxxxx.
bool is_country_service(std::string_view d) { return d.starts_with("95") && d.size() >= 5 && d.size() <= 8; }
/// A region's or an operator's: 1xx, 1xxxx to 1xxxxxx (114, 12345, 10086, 116114, 1008611) and 96xxx, 96xxxx.
bool is_region_service(std::string_view d) {
  if (d.starts_with("96")) return d.size() == 5 || d.size() == 6;
  return d[0] == '1' && (d.size() == 3 || (d.size() >= 5 && d.size() <= 7)) && (d[1] <= '2' || d.size() == 3);
}

/// The area code, without 0, that this begins with: 10, 2x, or three digits that begin with 3 to 9. Its length; 0: none.
std::size_t area_length(std::string_view d) {
  if (d.size() < 2) return 0;
  if (d.starts_with("10")) return 2;
  if (d[0] == '2' && d[1] != '6') return 2;
  return d[0] >= '3' && d[0] <= '9' && d.size() >= 3 ? 3 : 0;
}

std::string area_of(const number_plan& plan) {
  const std::string_view area = plan.area_code;
  return std::string(area.starts_with('0') ? area.substr(1) : area);
}

/// A number with area code or of the whole country, without 0 and 86. `here` is the house's own area.
std::optional<phone_number> national(std::string_view d, bool with_area, std::string_view here) {
  const auto made = [&](number_kind kind, std::string_view head) {
    return phone_number{kind, std::string(head) + std::string(d), {}};
  };
  if (d.empty()) return std::nullopt;
  if (is_mobile(d)) return made(number_kind::mobile, "+86");
  if (is_toll_free(d)) return made(number_kind::toll_free, "");
  if (is_country_service(d)) return made(number_kind::service, "");
  const auto area = with_area ? area_length(d) : 0;
  if (area == 0) return std::nullopt;
  const auto rest = d.substr(area);
  if (rest.empty()) return std::nullopt;
  if (is_local(rest)) return made(number_kind::landline, "+86");
  // Mobile phones dial the country's services behind the area code of where they are.
  if (is_country_service(rest)) return phone_number{number_kind::service, std::string(rest), {}};
  // A short code of the house's own area is the one that is dialled without it.
  if (is_emergency(rest) && d.substr(0, area) == here) return phone_number{number_kind::emergency, std::string(rest), {}};
  if (is_region_service(rest) && rest[0] == '1' && d.substr(0, area) == here)
    return phone_number{number_kind::service, std::string(rest), {}};
  if (is_region_service(rest)) return made(number_kind::service, "+86");
  return std::nullopt;
}

std::optional<phone_number> understood(bool plus, std::string_view d, const number_plan& plan) {
  const auto here = area_of(plan);
  if (d.starts_with("00") && !plus) {
    plus = true;
    d.remove_prefix(2);
  }
  if (plus) {
    if (d.starts_with("86")) {
      auto rest = d.substr(2);
      if (rest.starts_with('0')) rest.remove_prefix(1);  // "+86 (0)10 ..."
      return national(rest, true, here);
    }
    if (d.size() < 7 || d.size() > 15 || d[0] == '0') return std::nullopt;
    return phone_number{number_kind::international, "+" + std::string(d), {}};
  }
  if (d.starts_with('0')) return national(d.substr(1), true, here);
  if (is_emergency(d)) return phone_number{number_kind::emergency, std::string(d), {}};
  if (plan.extension_digits != 0 && d.size() == plan.extension_digits)
    return phone_number{number_kind::extension, std::string(d), {}};
  if (auto of_the_country = national(d, false, here)) return of_the_country;
  if (is_local(d) || (d.starts_with("96") && is_region_service(d))) {
    const auto kind = is_local(d) ? number_kind::landline : number_kind::service;
    return phone_number{kind, here.empty() ? std::string(d) : "+86" + here + std::string(d), {}};
  }
  if (is_region_service(d)) return phone_number{number_kind::service, std::string(d), {}};
  // 86 without a plus, and an area code without its 0, as some trunks send them.
  if (d.starts_with("86") && d.size() >= 12)
    if (auto behind = national(d.substr(2), true, here)) return behind;
  return d.size() >= 10 ? national(d, true, here) : std::nullopt;
}

}  // namespace

phone_number normalise_number(std::string_view text, const number_plan& plan, number_from from) {
  const auto w = read(text);
  if (!w) return {};
  const auto finish = [&](phone_number known, std::string extension) {
    known.extension = std::move(extension);
    return known;
  };
  if (from == number_from::inside && !plan.outside_prefix.empty() && !w->plus && w->digits.starts_with(plan.outside_prefix)) {
    // Behind the prefix there is no extension: an outside line reaches the outside.
    number_plan outside = plan;
    outside.extension_digits = 0;
    const auto rest = std::string_view(w->digits).substr(plan.outside_prefix.size());
    if (auto known = rest.empty() ? std::nullopt : understood(false, rest, outside))
      return finish(std::move(*known), w->extension);
  }
  if (auto known = understood(w->plus, w->digits, plan)) return finish(std::move(*known), w->extension);
  // "010-62345678-8001": what stands behind the last dash is an extension, when the number is whole without it.
  const auto behind = w->digits.size() - w->last_dash;
  if (w->extension.empty() && w->last_dash != 0 && behind >= 1 && behind <= 6)
    if (auto known = understood(w->plus, std::string_view(w->digits).substr(0, w->last_dash), plan))
      if (known->kind != number_kind::extension) return finish(std::move(*known), w->digits.substr(w->last_dash));
  return {number_kind::none, (w->plus ? "+" : "") + w->digits, w->extension};
}

std::string dialled_number(const phone_number& number, const number_plan& plan) {
  const std::string_view n = number.number;
  if (number.kind == number_kind::none) return {};
  if (!n.starts_with('+')) return number.number;
  if (number.kind == number_kind::international) return "00" + std::string(n.substr(1));
  const auto national_part = n.substr(3);
  // Which region a mobile number belongs to cannot be told, so no 0 is put before one.
  if (number.kind == number_kind::mobile) return std::string(national_part);
  const auto area = area_of(plan);
  const bool here = !area.empty() && national_part.starts_with(area) && area_length(national_part) == area.size();
  return here ? std::string(national_part.substr(area.size())) : "0" + std::string(national_part);
}

}  // namespace cordboard
