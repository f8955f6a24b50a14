// SPDX-License-Identifier: Apache-2.0
// What the calendar says to each kind of request: the year of its numbers, when one that is opened now is due, and whether people may
// be called. The board is told as a fact, so that a replay finds the same.
#pragma once
#include <call/facts.hpp>
#include <cordboard/config.hpp>
#include <hours/due.hpp>
#include <vector>

namespace cordboard::runtime {

class request_calendar {
public:
  /// Throws `start_error` when a time zone or the name of hours is not known.
  explicit request_calendar(const house_config& house);

  /// What has changed up to `now`; all of it the first time.
  std::vector<fact::request_calendar> changes(std::int64_t now);
  /// When to ask again; `no_deadline` never.
  std::int64_t next() const { return next_; }

private:
  struct kind {
    std::string name;
    bool has_hours;  ///< else `open` says the year alone
    request_limit first_contact, completion;
    hours::schedule open;
    std::int64_t until;  ///< what was told holds so long; 0: nothing was told
  };
  std::vector<kind> kinds_;
  std::int64_t next_;
};

}  // namespace cordboard::runtime
