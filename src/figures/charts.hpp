// SPDX-License-Identifier: Apache-2.0
// Pictures of figures as SVG, to stand in a page. Dark and light tell apart what colours do, so that they can be printed in grey.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::figures {

/// For HTML and SVG.
std::string escaped(std::string_view text);

struct pair_of_counts {
  std::string label;
  std::int64_t dark = 0;   ///< answered
  std::int64_t light = 0;  ///< gave up
};
/// Bars, the light part on the dark one.
std::string bars(const std::vector<pair_of_counts>& all, std::string_view dark, std::string_view light);

struct part_of_line {
  std::string label;
  std::optional<double> share;  ///< 0 to 1; nothing: the line has a gap there
};
/// A line between 0 and 100 %.
std::string share_line(const std::vector<part_of_line>& all, std::string_view what);

struct heat_row {
  std::string label;
  std::vector<std::int64_t> counts;
};
/// A field for each count, the darker the more; the count stands in it.
std::string heat_map(const std::vector<std::string>& columns, const std::vector<heat_row>& rows);

struct stream {
  std::string label;
  std::int64_t count = 0;
};
/// What became of something: bands from one end to many, as broad as their counts.
std::string flow(std::string_view from, const std::vector<stream>& to);

}  // namespace cordboard::figures
