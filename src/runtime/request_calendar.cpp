// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <board/board.hpp>
#include <chrono>
#include <fmt/format.h>
#include <runtime/request_calendar.hpp>
#include <runtime/start_error.hpp>

namespace cordboard::runtime {

request_calendar::request_calendar(const house_config& house) : next_(no_deadline) {
  for (const auto& one : house.request_kinds) {
    // Without hours of its own a kind's year is that of the house's clock.
    const std::string& name = one.hours;
    auto hit = std::find_if(house.hours.begin(), house.hours.end(), [&](const hours_config& h) { return h.name == name; });
    if (hit == house.hours.end() && !name.empty())
      throw start_error(std::make_error_code(std::errc::invalid_argument),
                        fmt::format("request_kind {}: no hours are called {}", one.name, name));
    if (name.empty()) hit = house.hours.begin();
    const auto from = hit != house.hours.end() ? *hit : hours_config{};
    auto open = hours::schedule::make(from);
    if (!open)
      throw start_error(
          std::make_error_code(std::errc::invalid_argument),
          fmt::format("request_kind {}: the time zone {} is not known (is tzdata installed?)", one.name, from.time_zone));
    kinds_.push_back({one.name, !name.empty(), read_request_limit(one.first_contact).value_or(request_limit{}),
                      read_request_limit(one.completion).value_or(request_limit{}), std::move(*open), 0});
    next_ = 0;
  }
}

std::vector<fact::request_calendar> request_calendar::changes(std::int64_t now) {
  std::vector<fact::request_calendar> told;
  if (now < next_) return told;
  next_ = no_deadline;
  for (auto& one : kinds_) {
    if (one.until <= now) {
      fact::request_calendar f;
      f.kind = one.name;
      const std::chrono::sys_days today{std::chrono::days{one.open.wall_at(now).day}};
      f.year = static_cast<std::uint16_t>(static_cast<int>(std::chrono::year_month_day{today}.year()));
      if (one.has_hours) {
        const auto is = one.open.at(now);
        f.calls_now = is.open;
        f.calls_at = is.open ? 0 : is.until.value_or(0);
        f.completion = hours::due(one.open, one.completion, now);
        f.first_contact = hours::due(one.open, one.first_contact, now);
      }
      told.push_back(std::move(f));
      one.until = hours::due_changes(one.open, now);
    }
    next_ = std::min(next_, one.until);
  }
  return told;
}

}  // namespace cordboard::runtime
