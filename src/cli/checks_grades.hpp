// SPDX-License-Identifier: Apache-2.0
// Score sheets of spot checks, as they were filled in, and what they add up to.
#pragma once
#include <array>
#include <cordboard/figures.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordboard::cli {

/// Who checked: the operator, a colleague, or the superior.
enum class check_way : std::uint8_t { self, mutual, supervisor };
inline constexpr std::size_t check_ways = 3;

/// Scores are 0 to 100. Sums and counts, so that sheets can be added up.
struct score {
  double sum = 0;
  std::int64_t count = 0;
  void add(double one) { sum += one, ++count; }
};

struct operator_grades {
  std::array<std::map<std::string, score>, check_ways> items;  ///< by way, then by item
  std::array<score, check_ways> calls;                         ///< by way: mean of a call's items
  std::array<std::int64_t, check_ways> red_lines{};
  /// Of calls that were checked in two ways: the superior's score less the other one's.
  score less_self, less_mutual;
};

struct grades {
  std::vector<std::string> items;  ///< in the order of the sheet
  std::map<std::string, operator_grades> operators;
  operator_grades team;
  std::int64_t empty = 0;  ///< rows that nobody has filled in
  std::vector<std::string> problems;
};

/// Columns that every sheet has; the others are items.
inline constexpr std::array<std::string_view, 11> sheet_columns{"sample", "call",    "began", "operator", "queue",  "talk_s",
                                                                "entry",  "checker", "way",   "red_line", "remarks"};

/// @param sheets  name and content
grades add_up(const std::vector<std::pair<std::string, std::string>>& sheets);

/// @param beside  figures by operator, to stand beside the scores; null: none
std::string grades_text(const grades& all, const figures_report* beside, const figures_report* team, language tongue);
std::string grades_csv(const grades& all, const figures_report* beside, const figures_report* team);

}  // namespace cordboard::cli
