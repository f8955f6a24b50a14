// SPDX-License-Identifier: Apache-2.0
// Spans and dates as people write them.
#pragma once
#include <cordboard/hours.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::hours {

/// "08:00-12:00", "20:00-06:00" (into the next day), "00:00-24:00".
std::optional<day_span> read_span(std::string_view text);
/// "2026-10-01": days since 1970-01-01.
std::optional<std::int32_t> read_date(std::string_view text);
/// "2026-10-01" or "2026-10-01..2026-10-07": first and last. At most a year.
struct date_range {
  std::int32_t first = 0;
  std::int32_t last = 0;
};
std::optional<date_range> read_dates(std::string_view text);
/// "2026-12-31 08:00-12:00 13:00-15:00" or "2026-12-31..2027-01-02 closed".
struct special_days {
  date_range dates;
  std::vector<day_span> open;
};
std::optional<special_days> read_special(std::string_view text);

/// Puts the spans of a day in order. False: two of them overlap, or one reaches into the first of the same day's.
bool in_order(std::vector<day_span>& spans);

std::string span_text(day_span span);
std::string date_text(std::int32_t day);

}  // namespace cordboard::hours
