// SPDX-License-Identifier: Apache-2.0
// Reports that are written by themselves: of each period that is over, one file.
#pragma once
#include <cordboard/figures.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace cordboard::cli {

/// "month". Nothing: there is no such period.
std::optional<figure_period> read_period(const std::string& text);

struct report_outcome {
  std::error_code error;
  diagnostics why;
  bool closed = true;  ///< the callers who entered queues are accounted for
};
/// A report as text, in one of the formats. A pdf's is the page that is printed.
std::string report_in(const std::string& log, const figures_request& asked, const std::string& format, language tongue,
                      report_outcome& out);
/// @param file  empty: the output. @returns  exit code
int write_report(const std::string& what, const std::string& format, const std::string& file, language tongue);

struct report_schedule {
  std::string log;
  figures_request asked;  ///< but for period and date
  std::vector<figure_period> periods;
  std::string format;
  std::string folder;  ///< "2026-10-01.pdf", "2026-W40.pdf", "2026-10.pdf": what is there is not written again
  bool stays = true;   ///< until SIGTERM or SIGINT; else what is missing is written, and that is all
};
int keep_reports(const report_schedule& how, language tongue);

}  // namespace cordboard::cli
