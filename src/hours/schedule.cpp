// SPDX-License-Identifier: Apache-2.0
#include <hours/schedule.hpp>
#include <hours/text.hpp>
#include <algorithm>
#include <date/tz.h>
#include <fmt/format.h>
#include <stdexcept>
#include <string>
#include <utility>

namespace cordboard::hours {
namespace {

constexpr std::int32_t horizon_days = 400;
/// A span reaches into the next day at most, so nothing older can hold now.
constexpr std::int32_t days_back = 2;

const date::time_zone* zone_of(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

}  // namespace

bool zone_known(std::string_view name) { return zone_of(name) != nullptr; }

std::optional<schedule> schedule::make(hours_config from) {
  const auto* zone = zone_of(from.time_zone);
  if (zone == nullptr) return std::nullopt;
  return schedule(std::move(from), zone);
}

const std::vector<day_span>& schedule::spans_of(std::int32_t day) const {
  const auto hit = std::lower_bound(config_.special.begin(), config_.special.end(), day,
                                    [](const special_day& s, std::int32_t d) { return s.day < d; });
  if (hit != config_.special.end() && hit->day == day) return hit->open;
  if (std::binary_search(config_.holidays.begin(), config_.holidays.end(), day)) return config_.holiday;
  if (std::binary_search(config_.working_days.begin(), config_.working_days.end(), day)) return config_.working_day;
  const date::weekday weekday{date::local_days{date::days{day}}};
  return config_.week[weekday.iso_encoding() - 1];
}

std::int64_t schedule::instant(std::int32_t day, std::int32_t minute, side which) const {
  const auto local = date::local_days{date::days{day}} + std::chrono::minutes{minute};
  const auto choice = which == side::opening ? date::choose::earliest : date::choose::latest;
  return std::chrono::nanoseconds(zone_->to_sys(local, choice).time_since_epoch()).count();
}

schedule::wall schedule::wall_at(std::int64_t at) const {
  const date::sys_time<std::chrono::nanoseconds> now{std::chrono::nanoseconds{at}};
  const auto local = zone_->to_local(now);
  const auto day = date::floor<date::days>(local);
  return {static_cast<std::int32_t>(day.time_since_epoch().count()),
          static_cast<std::int32_t>(date::floor<std::chrono::minutes>(local - day).count())};
}

status schedule::at(std::int64_t now) const {
  const std::int32_t today = wall_at(now).day;
  bool open = false;
  std::int64_t end = 0;
  // Spans begin in the order of their days, so one pass finds who holds now and how far those reach that follow without a gap.
  for (std::int32_t day = today - days_back; day <= today + horizon_days; ++day) {
    for (const auto span : spans_of(day)) {
      const auto from = instant(day, span.from, side::opening);
      const auto to = instant(day, span.to, side::closing);
      if (to <= from) continue;  // wholly within what a clock change left out
      if (open && from > end) return {true, end};
      if (open) {
        end = std::max(end, to);
      } else if (from > now) {
        return {false, from};
      } else if (to > now) {
        open = true;
        end = to;
      }
    }
  }
  if (!open || end >= instant(today + horizon_days, 0, side::opening)) return {open, std::nullopt};
  return {true, end};
}

std::optional<std::int64_t> schedule::read_instant(std::string_view text) const {
  if (text.size() != 16 || (text[10] != ' ' && text[10] != 'T')) return std::nullopt;
  const auto day = read_date(text.substr(0, 10));
  const auto minute = read_span(std::string(text.substr(11)) + "-24:00");
  return day && minute ? std::optional(instant(*day, minute->from)) : std::nullopt;
}

std::string schedule::wall_text(std::int64_t at) const {
  const auto there = wall_at(at);
  return fmt::format("{} {:02}:{:02}", date_text(there.day), there.minute / 60, there.minute % 60);
}

}  // namespace cordboard::hours
