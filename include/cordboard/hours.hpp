// SPDX-License-Identifier: Apache-2.0
// When a line or a department is open: plain structs of the configuration; no behaviour.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace cordboard {

/// A part of a day, [from, to), in minutes of local wall time. A `to` above 1440 lies in the next day; at most 2880.
struct day_span {
  std::uint16_t from = 0;  ///< 0 to 1439
  std::uint16_t to = 0;    ///< above `from`
  friend auto operator<=>(const day_span&, const day_span&) = default;
};

/// A date on which other hours hold than on its weekday; the strongest rule.
struct special_day {
  std::int32_t day = 0;        ///< days since 1970-01-01
  std::vector<day_span> open;  ///< empty: closed
  friend bool operator==(const special_day&, const special_day&) = default;
};

/// Opening hours. `name` is the key. What holds on a date: a special day, else holiday or working day by the calendar, else the
/// weekday. The spans of a day stand in order and do not overlap; one that goes on into the next day belongs to its first.
struct hours_config {
  std::string name;                           ///< UTF-8, unique
  std::string time_zone = "Asia/Shanghai";    ///< name in the tz database
  std::array<std::vector<day_span>, 7> week;  ///< Monday first
  std::vector<day_span> working_day;          ///< on a weekend day that is worked (调休上班)
  std::vector<day_span> holiday;              ///< on a public holiday
  std::vector<std::int32_t> holidays;         ///< days since 1970-01-01, ascending
  std::vector<std::int32_t> working_days;     ///< as above: weekend days that are worked
  std::vector<special_day> special;           ///< ascending
  friend bool operator==(const hours_config&, const hours_config&) = default;
};

}  // namespace cordboard
