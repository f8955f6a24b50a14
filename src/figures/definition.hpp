// SPDX-License-Identifier: Apache-2.0
// A figure as a program: which measures are added up, and over which.
#pragma once
#include <array>
#include <cordboard/figures.hpp>
#include <figures/measure.hpp>
#include <figures/names.hpp>
#include <figures/tally.hpp>
#include <initializer_list>
#include <vector>

namespace cordboard::figures {

/// Which of what is counted is meant: buckets of a histogram, or kinds of requests.
enum class within : std::uint8_t {
  all,
  // Waits.
  target,
  shortly,
  rings,
  // What requests were closed with, by the words of their kinds.
  came,
  no_show,
  solved,
  judged,  ///< solved or not
  satisfied,
  asked,  ///< satisfied or not
  // Requests of the kind `complaint`; those of the kind `appointment`, and what became of the wish for one.
  complaints,
  bookings,
  booked,
  unbooked_open,
  unbooked_closed,
  unbooked_refused,
  unbooked_cancelled,
};

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
enum : std::uint8_t { by_queue = 1, by_operator = 2, by_department = 4, by_trunk = 8, by_kind = 16, by_channel = 32 };

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
std::vector<definition> request_figures();

/// All of them, in the order of a report. @lifetime the program's
const std::vector<definition>& definitions();
/// Null: there is no figure of this name.
const definition* find_definition(std::string_view name);
bool may_split(const definition& what, figure_dimension by);

/// The limits of a report: waits of so many seconds, rings.
struct limits {
  std::uint32_t target_seconds = 20, short_seconds = 5, rings = 4;
};
/// Whether a cell with this bucket, of this kind of request, is meant.
bool meets(within bound, const limits& within_these, const names& called, std::uint32_t request_kind, std::uint32_t bucket);

/// All measures of a row, and those of them that some figure asks for within bounds.
class sums {
public:
  sums();
  void add(const cell_key& key, std::span<const std::int64_t> from, const limits& within_these, const names& called);
  std::int64_t at(const quantity& all) const;

private:
  std::vector<std::int64_t> of_;
};
figure_value value_of(const definition& what, const sums& all);

}  // namespace cordboard::figures
