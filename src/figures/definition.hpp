// SPDX-License-Identifier: Apache-2.0
// A figure as a program: which measures are added up, and over which.
#pragma once
#include <array>
#include <cordboard/figures.hpp>
#include <figures/measure.hpp>
#include <initializer_list>
#include <vector>

namespace cordboard::figures {

/// Which buckets of a histogram are meant.
enum class within : std::uint8_t { all, target, shortly, rings };
inline constexpr std::size_t bounds_count = 4;

struct term {
  measure what{};
  int sign = 1;
  within bound = within::all;
};

/// A sum of measures; empty: there is none.
struct quantity {
  std::array<term, 4> terms{};
  std::uint8_t count = 0;
  constexpr quantity() = default;
  constexpr quantity(measure one) : terms{term{one}}, count(1) {}
  constexpr quantity(std::initializer_list<term> all) {
    for (const term& t : all) terms[count++] = t;
  }
};

/// By which dimensions beyond time a figure can be told apart, a bit each.
enum : std::uint8_t { by_queue = 1, by_operator = 2, by_department = 4, by_trunk = 8 };

struct definition {
  figure text;
  quantity over;     ///< the numerator
  quantity under{};  ///< the denominator
  std::uint8_t by = 0;
};

std::vector<definition> call_figures();
std::vector<definition> queue_figures();
std::vector<definition> operator_figures();
std::vector<definition> transfer_figures();
std::vector<definition> house_figures();

/// All of them, in the order of a report. @lifetime the program's
const std::vector<definition>& definitions();
/// Null: there is no figure of this name.
const definition* find_definition(std::string_view name);
bool may_split(const definition& what, figure_dimension by);

/// All measures of a row, by which bound of their histogram.
struct sums {
  std::array<std::array<std::int64_t, measures_count>, bounds_count> of{};
  std::int64_t at(const term& t) const {
    return t.sign * of[static_cast<std::size_t>(t.bound)][static_cast<std::size_t>(t.what)];
  }
  std::int64_t at(const quantity& all) const {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < all.count; ++i) total += at(all.terms[i]);
    return total;
  }
};
figure_value value_of(const definition& what, const sums& all);

/// The limits of a report: waits of so many seconds, rings.
struct limits {
  std::uint32_t target_seconds = 20, short_seconds = 5, rings = 4;
};
/// Adds a cell's measures to a row. @param bucket  of a histogram's cell
void add_cell(sums& to, record_kind kind, std::uint32_t bucket, std::span<const std::int64_t> from, const limits& within_these);

}  // namespace cordboard::figures
