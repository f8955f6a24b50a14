// SPDX-License-Identifier: Apache-2.0
// A report for people in a terminal, for spreadsheets and for programs.
#pragma once
#include <cordboard/figures.hpp>
#include <string>
#include <vector>

namespace cordboard::cli {

std::string report_text(const figures_report& report, const figures_request& asked, language tongue);
/// RFC 4180, a line for each value: the row's labels, name, value, numerator, denominator.
std::string report_csv(const figures_report& report, const figures_request& asked);

std::string entries_text(const std::vector<figure_entry>& entries, const figures_request& asked, language tongue);
std::string entries_csv(const std::vector<figure_entry>& entries);
std::string entries_json(const std::vector<figure_entry>& entries);

/// All figures with their formulas.
std::string formulas_text(language tongue);

}  // namespace cordboard::cli
