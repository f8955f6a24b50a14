// SPDX-License-Identifier: Apache-2.0
// RFC 4180: rows of cells, each with where it stands.
#pragma once
#include <cordboard/config_file.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::csv {

struct cell {
  std::string text;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};
using row = std::vector<cell>;

/// Rows that are not empty; a byte order mark is passed over. What is no CSV is told, and the rest is read all the same.
std::vector<row> read(std::string_view text, std::vector<config_problem>& problems);
/// A cell as it is written: in quotes when it must be.
std::string written(std::string_view text);

}  // namespace cordboard::csv
