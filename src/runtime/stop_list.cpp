// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cordboard/numbers.hpp>
#include <fmt/format.h>
#include <runtime/start_error.hpp>
#include <runtime/stop_list.hpp>

namespace cordboard::runtime {
namespace {

hours::schedule clock_of(const house_config& house) {
  const auto from = house.hours.empty() ? hours_config{} : house.hours.front();
  auto clock = hours::schedule::make(from);
  if (!clock)
    throw start_error(std::make_error_code(std::errc::invalid_argument),
                      fmt::format("the time zone {} is not known (is tzdata installed?)", from.time_zone));
  return std::move(*clock);
}

}  // namespace

stop_list::stop_list(const house_config& house) : clock_(clock_of(house)) {
  for (const stopped_number& one : house.stop_list) {
    const auto [known, fresh] = until_.try_emplace(one.number, one.until_day);
    // Of a number that is there twice, the longer holds.
    if (!fresh && known->second != 0) known->second = one.until_day == 0 ? 0 : std::max(known->second, one.until_day);
  }
}

bool stop_list::has(std::string_view number, std::int64_t now) const {
  if (until_.empty()) return false;
  const auto hit = until_.find(normalise_number(number).number);
  return hit != until_.end() && (hit->second == 0 || clock_.wall_at(now).day <= hit->second);
}

}  // namespace cordboard::runtime
