// SPDX-License-Identifier: Apache-2.0
// A report for programs.
#pragma once
#include <cordboard/figures.hpp>
#include <string>

namespace cordboard::figures {

/// The value without a unit; empty when there is none.
std::string plain(const figure& what, const figure_value& value);
std::string report_json(const figures_report& report, const figures_request& asked);

}  // namespace cordboard::figures
