// SPDX-License-Identifier: Apache-2.0
// Spot checks of calls: who is drawn is decided by a seed and nothing else, and who could not be drawn is counted, with the reason.
#pragma once
#include <cordboard/figures.hpp>
#include <cstdint>
#include <figures/report.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::figures {

/// Which calls are in the frame.
struct check_rule {
  enum class wish : std::uint8_t { any, rated_low, transferred, no_entry, ended_by_operator };
  std::uint64_t seed = 1;
  std::uint32_t number = 10;       ///< so many, or so many of each operator
  bool of_each_operator = false;   ///< a stratum for each operator
  wish only = wish::any;           ///< calls that are looked for
  std::uint32_t seconds_min = 10;  ///< talk that is too short tells nothing
  bool recorded = false;           ///< what cannot be heard cannot be checked
};
std::optional<check_rule::wish> read_wish(std::string_view text);

struct check_call {
  call_id call;
  std::int64_t began = 0;  ///< ns
  operator_id operator_;   ///< who had the caller last
  std::string operator_name, queue_name;
  std::int64_t talk = 0;  ///< ns, holds with it
  std::int64_t rating = 0;
  bool recorded = false, entered = false, transferred = false, by_operator = false;
};

/// Calls of a period that an operator had: where they went. All of them but those in the frame have one reason.
struct check_frame {
  std::int64_t calls = 0, going_on = 0, too_short = 0, not_recorded = 0, not_meant = 0, in_frame = 0;
};

struct check_sample {
  figures_report about;  ///< title, from, to; position and log_to: the same log gives the same sample
  check_frame frame;
  std::vector<check_call> calls;  ///< in the order in which they began
};

/// @errors  as `read_figures`
result<check_sample> draw_checks(const std::string& log, const figures_request& when, const check_rule& rule,
                                 diagnostics* why = nullptr);

}  // namespace cordboard::figures
