// SPDX-License-Identifier: Apache-2.0
#include <figures/calendar.hpp>

#include <array>
#include <charconv>
#include <date/iso_week.h>
#include <date/tz.h>
#include <figures/measure.hpp>
#include <fmt/format.h>
#include <stdexcept>

namespace cordboard::figures {
namespace {

using nanoseconds = std::chrono::nanoseconds;
using sys_ns = date::sys_time<nanoseconds>;

std::optional<int> number(std::string_view text, int least, int most) {
  int out = 0;
  const auto got = std::from_chars(text.data(), text.data() + text.size(), out);
  if (got.ec != std::errc{} || got.ptr != text.data() + text.size() || out < least || out > most) return std::nullopt;
  return out;
}

/// Year, month and day; what is not said is 0.
struct written {
  int year = 0, month = 0, day = 0;
};
std::optional<written> read(std::string_view text) {
  const bool form =
      text.size() == 4 || (text.size() == 7 && text[4] == '-') || (text.size() == 10 && text[4] == '-' && text[7] == '-');
  if (!form) return std::nullopt;
  const auto year = number(text.substr(0, 4), 1970, 2200);
  const auto month = text.size() >= 7 ? number(text.substr(5, 2), 1, 12) : std::optional(0);
  const auto day = text.size() == 10 ? number(text.substr(8, 2), 1, 31) : std::optional(0);
  if (!year || !month || !day) return std::nullopt;
  const date::year_month_day whole{date::year{*year}, date::month{static_cast<unsigned>(std::max(*month, 1))},
                                   date::day{static_cast<unsigned>(std::max(*day, 1))}};
  if (!whole.ok()) return std::nullopt;
  return written{*year, *month, *day};
}

std::int32_t day_of(date::year_month_day when) {
  return static_cast<std::int32_t>(date::local_days{when}.time_since_epoch().count());
}

constexpr std::array<std::string_view, 7> weekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

}  // namespace

std::optional<calendar> calendar::make(std::string_view zone) {
  try {
    return calendar(date::locate_zone(std::string(zone)));
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

/// When the wall first shows this date: midnight, or the moment of a change that leaves midnight out.
std::int64_t calendar::start_of(std::int32_t day) const {
  const auto at = zone_->to_sys(date::local_days{date::days{day}}, date::choose::earliest);
  return nanoseconds(at.time_since_epoch()).count();
}

std::optional<stretch> calendar::period(figure_period how_long, std::string_view text) const {
  const auto said = read(text);
  if (!said) return std::nullopt;
  const bool month_needed = how_long != figure_period::year;
  const bool day_needed = how_long == figure_period::day || how_long == figure_period::week;
  if ((month_needed && said->month == 0) || (day_needed && said->day == 0)) return std::nullopt;
  const date::year year{said->year};
  const auto from_month = [&](unsigned first, unsigned months, std::string title) {
    const date::year_month begin = year / date::month{first};
    return std::optional(stretch{start_of(day_of(begin / 1)),
                                 start_of(day_of((begin + date::months{static_cast<int>(months)}) / 1)), std::move(title)});
  };
  const auto month = static_cast<unsigned>(std::max(said->month, 1));
  switch (how_long) {
    case figure_period::year: return from_month(1, 12, fmt::format("{:04}", said->year));
    case figure_period::quarter: {
      const unsigned quarter = (month - 1) / 3;
      return from_month(quarter * 3 + 1, 3, fmt::format("{:04}-Q{}", said->year, quarter + 1));
    }
    case figure_period::month: return from_month(month, 1, fmt::format("{:04}-{:02}", said->year, month));
    case figure_period::day:
    case figure_period::week: break;
  }
  std::int32_t day = day_of(year / date::month{month} / date::day{static_cast<unsigned>(said->day)});
  if (how_long == figure_period::day) return stretch{start_of(day), start_of(day + 1), std::string(text)};
  const iso_week::year_weeknum_weekday week{date::sys_days{date::days{day}}};
  day -= static_cast<std::int32_t>(static_cast<unsigned>(week.weekday())) - 1;
  return stretch{start_of(day), start_of(day + 7),
                 fmt::format("{:04}-W{:02}", static_cast<int>(week.year()), static_cast<unsigned>(week.weeknum()))};
}

moment calendar::of(figure_dimension by, std::int64_t at) const {
  const auto [number, minute] = wall(at);
  const date::local_days day{date::days{number}};
  const date::year_month_day ymd{day};
  const auto date_text = [&] {
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                       static_cast<unsigned>(ymd.day()));
  };
  switch (by) {
    case figure_dimension::half:
    case figure_dimension::hour: {
      // From the wall's own half hour or hour on; where a change comes between, from the change on.
      const std::int64_t step = by == figure_dimension::half ? 30 : 60;
      std::int64_t start = at - minute % step * 60'000'000'000;
      const auto change = zone_->get_info(sys_ns{nanoseconds{at}}).begin;
      start = std::max(start, nanoseconds(change.time_since_epoch()).count());
      return {start, wall_text(start)};
    }
    case figure_dimension::clock: return {minute / 60, fmt::format("{:02}:00", minute / 60)};
    case figure_dimension::day: return {day.time_since_epoch().count(), date_text()};
    case figure_dimension::weekday: {
      const unsigned n = date::weekday{day}.iso_encoding() - 1;
      return {n, std::string(weekdays[n])};
    }
    case figure_dimension::week: {
      const iso_week::year_weeknum_weekday week{date::local_days{day}};
      const auto monday = day.time_since_epoch().count() - (static_cast<int>(static_cast<unsigned>(week.weekday())) - 1);
      return {monday, fmt::format("{:04}-W{:02}", static_cast<int>(week.year()), static_cast<unsigned>(week.weeknum()))};
    }
    case figure_dimension::month:
      return {static_cast<int>(ymd.year()) * 12 + static_cast<int>(static_cast<unsigned>(ymd.month())),
              date_text().substr(0, 7)};
    default: return {};
  }
}

calendar::wall_time calendar::wall(std::int64_t at) const {
  const auto local = zone_->to_local(sys_ns{nanoseconds{at}});
  const auto day = date::floor<date::days>(local);
  return {static_cast<std::int32_t>(day.time_since_epoch().count()),
          static_cast<std::int32_t>(date::floor<std::chrono::minutes>(local - day).count())};
}

std::string calendar::wall_text(std::int64_t at) const {
  const sys_ns then{nanoseconds{at}};
  const auto local = zone_->to_local(then);
  std::string text = date::format("%Y-%m-%d %H:%M", date::floor<std::chrono::minutes>(local));
  if (zone_->get_info(local).result != date::local_info::ambiguous) return text;
  return text + date::format(" (%Ez)", date::make_zoned(zone_, date::floor<std::chrono::minutes>(then)));
}

}  // namespace cordboard::figures
