// SPDX-License-Identifier: Apache-2.0
// What a start finds: where the log ended, whether in order, and which numbers must not come again.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <log/place.hpp>
#include <log/writer.hpp>

namespace cordboard::log {

struct found_log {
  recovery told;                    // `gap_to` is not known yet
  std::uint64_t previous_end = 0;   // first sequence behind the last event; 0: none
  std::uint64_t first_segment = 0;  // the first number that was surely never used
};

/// Ends every segment that a crash left open, at its last whole batch; removes what no reader ever saw.
///
/// @param was_closed  the control file says that the last writer closed in order
/// @param newest      the newest segment by the control file; 0: it says nothing
/// @param wall_ns     a log that finds no trace of an earlier one, or only what memory lost, starts by the wall clock
result<found_log> recover_log(const place& in, bool same_boot, bool was_closed, std::uint64_t newest, std::int64_t wall_ns);

/// The segment that a log without a trace starts in: one more every 64 s since 2020, so that what was lost without a
/// trace had to be written at over 4,096 events a second, from its first day on, to have used the same numbers.
std::uint64_t segment_by_clock(std::int64_t wall_ns);

}  // namespace cordboard::log
