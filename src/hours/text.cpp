// SPDX-License-Identifier: Apache-2.0
#include <hours/text.hpp>
#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace cordboard::hours {
namespace {

constexpr int day_minutes = 24 * 60;

std::optional<int> digits(std::string_view text, std::size_t count) {
  if (text.size() != count) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "08:00": minutes of the day; 24:00 is its end.
std::optional<int> read_minute(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto hour = digits(text.substr(0, colon), std::min<std::size_t>(colon, 2));
  const auto minute = digits(text.substr(colon + 1), 2);
  if (!hour || !minute || *minute > 59) return std::nullopt;
  const int at = *hour * 60 + *minute;
  return at <= day_minutes ? std::optional(at) : std::nullopt;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const auto end = text.find(' ');
    if (end != 0) all.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return all;
}

}  // namespace

std::optional<day_span> read_span(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = read_minute(text.substr(0, dash));
  const auto to = read_minute(text.substr(dash + 1));
  if (!from || !to || *from == day_minutes || *from == *to || *to == 0) return std::nullopt;
  const int end = *to > *from ? *to : *to + day_minutes;
  return day_span{static_cast<std::uint16_t>(*from), static_cast<std::uint16_t>(end)};
}

std::optional<std::int32_t> read_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4), 4), month = digits(text.substr(5, 2), 2), day = digits(text.substr(8, 2), 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *year < 1970) return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count());
}

std::optional<date_range> read_dates(std::string_view text) {
  const auto dots = text.find("..");
  const auto first = read_date(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : read_date(text.substr(dots + 2));
  if (!first || !last || *last < *first || *last - *first > 366) return std::nullopt;
  return date_range{*first, *last};
}

std::optional<special_days> read_special(std::string_view text) {
  const auto all = words(text);
  if (all.size() < 2) return std::nullopt;
  const auto dates = read_dates(all[0]);
  if (!dates) return std::nullopt;
  special_days read{*dates, {}};
  if (all.size() == 2 && all[1] == "closed") return read;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto span = read_span(all[i]);
    if (!span) return std::nullopt;
    read.open.push_back(*span);
  }
  return in_order(read.open) ? std::optional(read) : std::nullopt;
}

bool in_order(std::vector<day_span>& spans) {
  std::sort(spans.begin(), spans.end());
  for (std::size_t i = 1; i < spans.size(); ++i)
    if (spans[i].from < spans[i - 1].to) return false;
  return true;
}

std::string span_text(day_span s) {
  const int to = s.to > day_minutes ? s.to - day_minutes : s.to;
  return fmt::format("{:02}:{:02}-{:02}:{:02}", s.from / 60, s.from % 60, to / 60, to % 60);
}

std::string date_text(std::int32_t day) {
  const std::chrono::year_month_day d{std::chrono::sys_days{std::chrono::days{day}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year()), static_cast<unsigned>(d.month()),
                     static_cast<unsigned>(d.day()));
}

}  // namespace cordboard::hours
