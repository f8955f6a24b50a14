// SPDX-License-Identifier: Apache-2.0
// The clock and the calendar of the house: says when a queue or a department opens or closes, and
// when an operator's shift begins and ends. The board is told as a fact.
#pragma once
#include <call/facts.hpp>
#include <cordboard/config.hpp>
#include <cstdint>
#include <hours/schedule.hpp>
#include <string>
#include <vector>

namespace cordboard::runtime {

class opening_hours {
public:
  /// Throws `start_error` when a time zone or the name of hours is not known.
  explicit opening_hours(const house_config& house);

  /// What has changed up to `now`; all of it the first time.
  std::vector<fact::hours_changed> changes(std::int64_t now);
  /// When to ask again; `no_deadline` never.
  std::int64_t next() const { return next_; }

private:
  struct door {
    std::string number;  ///< of a shift: the operator's name
    bool shift;
    hours::schedule open;
    std::int64_t until;  ///< what was told holds so long; 0: nothing was told
  };
  std::vector<door> doors_;
  std::int64_t next_;
};

}  // namespace cordboard::runtime
