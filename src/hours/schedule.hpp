// SPDX-License-Identifier: Apache-2.0
// Opening hours in a time zone: open at a time, and until when. Reads the tz database, and no clock.
#pragma once
#include <cordboard/hours.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace date {
class time_zone;
}

namespace cordboard::hours {

/// Whether it is open, and when that changes next.
struct status {
  bool open = false;
  std::optional<std::int64_t> until;  ///< ns since 1970 UTC; nothing: not within a year
  friend bool operator==(const status&, const status&) = default;
};

/// Whether the tz database knows the zone. False also when the database is not there (package tzdata).
bool zone_known(std::string_view name);

/// Opening hours that can be asked.
///
/// A time that a clock change leaves out becomes the moment of the change. Of one that comes twice the first opens and the
/// last closes: in doubt it is open.
///
/// @threads   const functions from any
/// @lifetime  independent of the configuration that it was made of
class schedule {
public:
  /// Nothing when the zone is not known.
  static std::optional<schedule> make(hours_config from);

  /// @param at  ns since 1970 UTC
  status at(std::int64_t at) const;

  const hours_config& config() const { return config_; }
  /// The rule of a date, days since 1970-01-01.
  const std::vector<day_span>& spans_of(std::int32_t day) const;
  /// The date and minute of the day there, on the wall.
  struct wall {
    std::int32_t day;
    std::int32_t minute;
  };
  wall wall_at(std::int64_t at) const;
  /// When the wall shows this; of what comes twice the first.
  std::int64_t instant(std::int32_t day, std::int32_t minute) const { return instant(day, minute, side::opening); }
  /// "2026-02-16 09:00", or with a T between, as the wall shows it; nothing when it is not written so.
  std::optional<std::int64_t> read_instant(std::string_view text) const;
  /// The same back.
  std::string wall_text(std::int64_t at) const;

private:
  schedule(hours_config from, const date::time_zone* zone) : config_(std::move(from)), zone_(zone) {}
  enum class side : bool { opening, closing };
  std::int64_t instant(std::int32_t day, std::int32_t minute, side which) const;

  hours_config config_;
  const date::time_zone* zone_;  ///< the database's own, which stays
};

}  // namespace cordboard::hours
