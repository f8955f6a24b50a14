// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cordboard/config_file.hpp>
#include <string>
#include <vector>

namespace cordboard::settings {

/// Reads a stop list: CSV (RFC 4180, UTF-8) with the columns number, until and reason, of which `number` must be there. The number in any
/// spelling; the last day as 2026-12-31, empty for good. What stands under reason is for people.
///
/// @param list   each number in its one form, with its last day behind a space
/// @param found  when it is not in order: file, line, column and what stands there
bool read_stop_list(const std::string& path, std::vector<std::string>& list, phrase& found);

}  // namespace cordboard::settings
