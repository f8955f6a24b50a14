// SPDX-License-Identifier: Apache-2.0
// Days, weeks and months on the wall of a zone, as half-open intervals of time. Reads the tz database, and no clock.
#pragma once
#include <cordboard/figures.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace cordboard::figures {

/// [from, to), ns since 1970.
struct stretch {
  std::int64_t from = 0, to = 0;
  std::string title;
};

/// One of the values of a dimension of time: what is the same for all instants that belong together, and rises with them.
struct moment {
  std::int64_t order = 0;
  std::string label;
};

/// @threads  const functions from any
class calendar {
public:
  /// Nothing when the zone is not known, or its clocks stand between the quarters of an hour.
  static std::optional<calendar> make(std::string_view zone);

  /// The period in which a date lies. Nothing: the date is not written as "2026-10-01", "2026-10" or "2026", or the period is longer
  /// than that. A week begins on Monday.
  std::optional<stretch> period(figure_period how_long, std::string_view date) const;
  /// The base interval that begins at `at` (a quarter of an hour), among those of a dimension of time.
  moment of(figure_dimension by, std::int64_t at) const;
  /// The date and the minute of the day on the wall; the date in days since 1970-01-01.
  struct wall_time {
    std::int32_t day;
    std::int32_t minute;
  };
  wall_time wall(std::int64_t at) const;
  /// "2026-10-01 08:15", with the offset from UTC behind it when the wall shows that time twice.
  std::string wall_text(std::int64_t at) const;

private:
  explicit calendar(const date::time_zone* zone) : zone_(zone) {}
  std::int64_t start_of(std::int32_t day) const;
  const date::time_zone* zone_;  ///< the database's own, which stays
};

}  // namespace cordboard::figures
