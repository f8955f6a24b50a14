// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cordboard/config_file.hpp>
#include <string>
#include <vector>

namespace cordboard::settings {

/// Reads a file of public holidays: [[holiday]] with `name`, `off` and `work`, lists of dates or ranges "2026-10-01..2026-10-07".
///
/// @param days   each day of a holiday as "2026-10-01", each weekend day that is worked for it as "+2026-10-10"; ascending
/// @param found  when it is not in order: file, line, column and what stands there
bool read_calendar(const std::string& path, std::vector<std::string>& days, phrase& found);

}  // namespace cordboard::settings
