// SPDX-License-Identifier: Apache-2.0
// Calls to be expected, by half hour, from what came before; and how far off the same method has been.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>

namespace cordboard::figures {

inline constexpr std::size_t slots_of_day = 48;
/// Calls of a day by half hour of the wall; a half hour that comes twice has the calls of both.
using day_counts = std::array<double, slots_of_day>;
/// By day, days since 1970-01-01. A day that is not there is not known; one without a call is there, with zeros.
using call_history = std::map<std::int32_t, day_counts>;

/// ```
///   calls(day, slot) = mean of the same slot over the newest `weeks` days of the same weekday × season
///   season           = calls of the four weeks around the day a year (52 weeks) ago, over those of the four weeks before the newest
///                      known day a year ago; 1 where the year before is not wholly known; between 0.5 and 2
/// ```
/// @returns  nothing: no day of this weekday is known before `day`
std::optional<day_counts> forecast(const call_history& before, std::int32_t day, int weeks = 4);

/// What the method would have said of the newest days, each from what was known before it.
struct back_test {
  int days = 0;
  double calls = 0;      ///< that came on them
  double error = 0;      ///< sum of |forecast - calls| over half hours, over `calls`
  double naive = 0;      ///< the same of "as a week ago"
  double day_error = 0;  ///< as `error`, over whole days
};
back_test test_forecast(const call_history& all, int days = 28, int weeks = 4);

}  // namespace cordboard::figures
