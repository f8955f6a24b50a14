// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <hours/due.hpp>

namespace cordboard::hours {
namespace {

constexpr std::int32_t days_max = 3 * 366;
constexpr std::int32_t minutes_of_day = 1440;

/// What a span ends at, where the wall shows it: it may lie in the next day.
std::int64_t end_of(const schedule& open, std::int32_t day, const day_span& span) {
  return open.instant(day + span.to / minutes_of_day, span.to % minutes_of_day);
}

}  // namespace

bool is_working_day(const schedule& open, std::int32_t day) {
  const auto& of = open.config();
  if (open.spans_of(day).empty()) return false;
  const auto special = std::lower_bound(of.special.begin(), of.special.end(), day,
                                        [](const special_day& s, std::int32_t d) { return s.day < d; });
  if (special != of.special.end() && special->day == day) return true;
  if (std::binary_search(of.holidays.begin(), of.holidays.end(), day)) return false;
  if (std::binary_search(of.working_days.begin(), of.working_days.end(), day)) return true;
  // 1970-01-01 was a Thursday: 0 is Monday.
  return ((day + 3) % 7 + 7) % 7 < 5;
}

std::int64_t due(const schedule& open, const request_limit& limit, std::int64_t now) {
  const auto today = open.wall_at(now).day;
  std::uint32_t left = limit.working_days != 0 ? limit.working_days : limit.half_days;
  if (left == 0) return 0;
  for (std::int32_t day = today; day < today + days_max; ++day) {
    if (!is_working_day(open, day)) continue;
    const auto& spans = open.spans_of(day);
    if (limit.working_days != 0) {
      if (day == today || --left > 0) continue;
      return end_of(open, day, spans.back());
    }
    for (const auto& span : spans) {
      if (open.instant(day, span.from) <= now || --left > 0) continue;
      return end_of(open, day, span);
    }
  }
  return 0;
}

std::int64_t due_changes(const schedule& open, std::int64_t now) {
  const auto midnight = open.instant(open.wall_at(now).day + 1, 0);
  const auto next = open.at(now).until;
  return next ? std::min(*next, midnight) : midnight;
}

}  // namespace cordboard::hours
