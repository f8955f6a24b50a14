// SPDX-License-Identifier: Apache-2.0
// Today's figures, kept up event by event: for a wall, and for whoever scrapes them.
#pragma once
#include <cordboard/figures.hpp>
#include <cordboard/log_reader.hpp>
#include <figures/calendar.hpp>
#include <figures/fold.hpp>
#include <figures/names.hpp>
#include <figures/tally.hpp>
#include <memory>
#include <span>
#include <string>

namespace cordboard::figures {

/// The same fold as every report's. What it keeps does not grow with the days: each midnight the sums of before become totals.
///
/// @threads  one
class live_figures {
public:
  struct settings {
    std::string log;                     ///< the board's run folder
    std::string summaries{};             ///< folder of stored sums; empty: the whole log is read at the start
    std::string zone = "Asia/Shanghai";  ///< whose midnight begins the day
    std::uint32_t target_seconds = 20, short_seconds = 5, rings = 4;
  };
  /// Reads the log up to its present end: this may take seconds.
  /// @errors  std::errc::invalid_argument: no such zone, or a limit out of range; those of `read_figures`
  static result<live_figures> open(const settings& how);

  /// The next events of the log; those that are known already are passed over. @param texts  whose events they are
  void evolve(std::span<const event> events, log_reader& texts);
  /// The newest event that is known.
  std::uint64_t position() const { return state_->position(); }

  /// Today as one JSON object: callers who wait, operators by state, figures in whole and by queue. Nobody's own figures are in it.
  std::string wall(std::int64_t now_ns) const;
  /// The house as text for Prometheus (exposition format 0.0.4). Labels are queues, trunks, states and outcomes: as many as are configured.
  std::string prometheus(std::int64_t now_ns) const;

private:
  live_figures(const settings& how, calendar wall);
  void begin_day(std::int64_t now);
  stretch day_of(std::int64_t now) const;

  settings how_;
  calendar wall_;
  names called_;
  std::unique_ptr<tally> today_;  ///< of this day; also what is later, and what came late to days before
  std::unique_ptr<fold> state_;
  tally before_;  ///< all of the days before, in one interval
  std::int64_t day_ends_ = 0;
};

}  // namespace cordboard::figures
