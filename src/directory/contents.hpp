// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cordboard/directory.hpp>
#include <directory/index.hpp>
#include <hours/schedule.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cordboard {

/// What a directory holds. Made once; the index points into it.
struct directory::contents {
  std::vector<directory_entry> entries;
  std::map<std::string, std::size_t, std::less<>> by_id;
  std::vector<duty> duties;  ///< by post, then time
  number_plan plan;
  std::optional<hours::schedule> clock;  ///< the wall of the house
  directory_search::index index;
  std::vector<answer_card> cards;
  std::vector<directory_entry> card_entries;  ///< the cards as what the index finds
  directory_search::index card_index;
};

namespace directory_file {

/// Reads both files into `to`; what is wrong is told.
void read_entries(std::string_view csv, const number_plan& plan, std::vector<directory_entry>& to,
                  std::vector<config_problem>& problems);
void read_roster(std::string_view csv, const hours::schedule& clock, const std::vector<directory_entry>& entries,
                 std::vector<duty>& to, std::vector<config_problem>& problems);
void read_cards(std::string_view csv, const hours::schedule& clock, const std::vector<directory_entry>& entries,
                std::vector<answer_card>& to, std::vector<config_problem>& problems);

}  // namespace directory_file
}  // namespace cordboard
