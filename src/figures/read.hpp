// SPDX-License-Identifier: Apache-2.0
// A log read once, from its oldest event to its present end.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <figures/names.hpp>
#include <figures/record.hpp>
#include <string>

namespace cordboard::figures {

struct reading {
  names called;
  std::int64_t first_time = 0, last_time = 0;
  std::uint64_t position = 0;
};

/// @param to  hears of every record; what goes on is counted up to the newest event
/// @errors    the reader's (log_reader.hpp)
result<reading> read_log(const std::string& path, record_sink& to);

}  // namespace cordboard::figures
