// SPDX-License-Identifier: Apache-2.0
// Whom no request calls. The board is told with each call that is asked for, so that a replay needs neither list nor calendar.
#pragma once
#include <cordboard/config.hpp>
#include <hours/schedule.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cordboard::runtime {

class stop_list {
public:
  /// Throws `start_error` when the time zone of the first hours is not known.
  explicit stop_list(const house_config& house);

  /// Whether it has this number, in any spelling, on the day that it is there.
  bool has(std::string_view number, std::int64_t now) const;
  std::size_t size() const { return until_.size(); }

private:
  hours::schedule clock_;
  std::unordered_map<std::string, std::int32_t> until_;  ///< the last day; 0: for good
};

}  // namespace cordboard::runtime
