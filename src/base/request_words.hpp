// SPDX-License-Identifier: Apache-2.0
// How the configuration writes what a kind of request asks for. A limit is a length of time, "20min", "3h", "2 days", or counted by
// the calendar, "2 half_days", "5 working_days". A field is "age:integer!*".
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace cordboard {

struct request_limit {
  std::int64_t ns = 0;             ///< a length of time; 0: it is counted, or there is none
  std::uint32_t half_days = 0;     ///< spans of working days
  std::uint32_t working_days = 0;  ///< the day on which it begins is not counted
  bool counted() const { return half_days != 0 || working_days != 0; }
  bool none() const { return ns == 0 && !counted(); }
};

/// Nothing when it is not written so, or longer than two years.
inline std::optional<request_limit> read_request_limit(std::string_view text) {
  constexpr std::int64_t minute = 60'000'000'000, hour = 60 * minute, day = 24 * hour, longest = 2 * 366 * day;
  request_limit out;
  if (text.empty()) return out;
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::int64_t length = unit == "min" ? minute : unit == "h" ? hour : unit == "day" || unit == "days" ? day : 0;
  if (error != std::errc{} || count == 0 || (length != 0 && count > longest / length)) return std::nullopt;
  if (length != 0) out.ns = count * length;
  if (unit == "half_day" || unit == "half_days") out.half_days = count;
  if (unit == "working_day" || unit == "working_days") out.working_days = count;
  if (out.none() || out.half_days > 1000 || out.working_days > 500) return std::nullopt;
  return out;
}

/// What a field may hold.
struct request_field {
  std::string_view name;
  std::string_view type;      ///< text, integer, date, phone, yes_no
  bool required = false;      ///< `!`
  bool is_protected = false;  ///< `*`
};

/// Nothing when it is not written so, or is named as something that every request has. @lifetime  of the text
inline std::optional<request_field> read_request_field(std::string_view text) {
  request_field out;
  while (text.ends_with('!') || text.ends_with('*')) {
    (text.back() == '!' ? out.required : out.is_protected) = true;
    text.remove_suffix(1);
  }
  const auto colon = text.find(':');
  out.name = text.substr(0, colon);
  out.type = colon == std::string_view::npos ? std::string_view("text") : text.substr(colon + 1);
  const auto one_of = [](std::string_view word, std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), word) != all.end();
  };
  const bool word = !out.name.empty() && out.name.size() <= 32 &&
                    out.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
  if (!word || one_of(out.name, {"no", "kind", "name", "number", "language"}) ||
      !one_of(out.type, {"text", "integer", "date", "phone", "yes_no"}))
    return std::nullopt;
  return out;
}

}  // namespace cordboard
