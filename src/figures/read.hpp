// SPDX-License-Identifier: Apache-2.0
// What a report is made of: a log that is read once, from its oldest event to its present end, or stored sums and what came since.
#pragma once
#include <cordboard/errc.hpp>
#include <cordboard/figures.hpp>
#include <cordboard/log_reader.hpp>
#include <cstdint>
#include <figures/fold.hpp>
#include <figures/names.hpp>
#include <figures/record.hpp>
#include <figures/report.hpp>
#include <string>

namespace cordboard::figures {

struct reading {
  names called;
  std::int64_t first_time = 0, last_time = 0;
  std::uint64_t position = 0;
  std::int64_t waiting = 0;    ///< callers in queues at the end
  std::uint32_t revision = 0;  ///< of stored sums; 0: there are none
};

/// Reads on to the log's end, or up to a sequence. @returns the last event that was read; sequence 0: none
result<event> read_on(log_reader& from, fold& to, names& called, std::uint64_t last);

/// @param to  hears of every record; what goes on is counted up to the newest event
/// @errors    the reader's (log_reader.hpp)
result<reading> read_log(const std::string& path, record_sink& to);

struct counted {
  tally sums;
  reading from;
};
/// The sums of a request's time, as the request says where they are from. @param why  our sentence, where there is one
result<counted> count(const std::string& log, const figures_request& asked, const stretch& when, diagnostics* why);

}  // namespace cordboard::figures
