// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <board/board.hpp>
#include <fmt/format.h>
#include <runtime/opening_hours.hpp>
#include <runtime/start_error.hpp>

namespace cordboard::runtime {
namespace {

/// What does not change within a year is looked at again within a year.
constexpr std::int64_t look_again = std::int64_t{300} * 86400 * 1'000'000'000;

}  // namespace

opening_hours::opening_hours(const house_config& house) : next_(no_deadline) {
  const auto add = [&](const std::string& number, const std::string& name, bool shift) {
    if (name.empty()) return;
    const auto hit =
        std::find_if(house.hours.begin(), house.hours.end(), [&](const hours_config& h) { return h.name == name; });
    if (hit == house.hours.end())
      throw start_error(std::make_error_code(std::errc::invalid_argument),
                        fmt::format("{}: no hours are called {}", number, name));
    auto open = hours::schedule::make(*hit);
    if (!open)
      throw start_error(std::make_error_code(std::errc::invalid_argument),
                        fmt::format("hours {}: the time zone {} is not known (is tzdata installed?)", name, hit->time_zone));
    doors_.push_back({number, shift, std::move(*open), 0});
    next_ = 0;
  };
  for (const auto& queue : house.queues) add(queue.number, queue.hours, false);
  for (const auto& device : house.devices) add(device.number, device.hours, false);
  for (const auto& one : house.operators) add(one.name, one.shift, true);
}

std::vector<fact::hours_changed> opening_hours::changes(std::int64_t now) {
  std::vector<fact::hours_changed> told;
  if (now < next_) return told;
  next_ = no_deadline;
  for (auto& one : doors_) {
    if (one.until <= now) {
      const auto is = one.open.at(now);
      told.push_back({one.number, is.open, is.until.value_or(0), one.shift});
      one.until = is.until.value_or(now + look_again);
    }
    next_ = std::min(next_, one.until);
  }
  return told;
}

}  // namespace cordboard::runtime
