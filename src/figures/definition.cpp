// SPDX-License-Identifier: Apache-2.0
#include <figures/definition.hpp>

#include <algorithm>

namespace cordboard {
namespace figures {
namespace {

/// Where the measures of each kind begin in the enumeration: they stand there in their own order.
measure first_of(record_kind kind) {
  static const auto firsts = [] {
    std::array<measure, 32> of{};
    for (std::size_t i = measures_count; i-- > 0;)
      of[static_cast<std::size_t>(kind_of(static_cast<measure>(i)))] = static_cast<measure>(i);
    return of;
  }();
  return firsts[static_cast<std::size_t>(kind)];
}

}  // namespace

const std::vector<definition>& definitions() {
  static const std::vector<definition> all = [] {
    std::vector<definition> of;
    for (const auto& part : {call_figures(), queue_figures(), operator_figures(), transfer_figures(), house_figures()})
      of.insert(of.end(), part.begin(), part.end());
    return of;
  }();
  return all;
}

const definition* find_definition(std::string_view name) {
  const auto& all = definitions();
  const auto it = std::find_if(all.begin(), all.end(), [&](const definition& d) { return d.text.name == name; });
  return it != all.end() ? &*it : nullptr;
}

bool may_split(const definition& what, figure_dimension by) {
  switch (by) {
    case figure_dimension::queue: return (what.by & by_queue) != 0;
    case figure_dimension::operator_: return (what.by & by_operator) != 0;
    case figure_dimension::department: return (what.by & by_department) != 0;
    case figure_dimension::trunk: return (what.by & by_trunk) != 0;
    default: return true;
  }
}

figure_value value_of(const definition& what, const sums& all) {
  return {all.at(what.over), what.under.count == 0 ? 1 : all.at(what.under)};
}

void add_cell(sums& to, record_kind kind, std::uint32_t bucket, std::span<const std::int64_t> from,
              const limits& within_these) {
  std::array<bool, bounds_count> counts{true, false, false, false};
  if (kind == record_kind::wait_length) {
    counts[static_cast<std::size_t>(within::target)] = bucket <= within_these.target_seconds;
    counts[static_cast<std::size_t>(within::shortly)] = bucket <= within_these.short_seconds;
  }
  if (kind == record_kind::wait_rings) counts[static_cast<std::size_t>(within::rings)] = bucket <= within_these.rings;
  const auto first = static_cast<std::size_t>(first_of(kind));
  for (std::size_t b = 0; b < bounds_count; ++b) {
    if (!counts[b]) continue;
    for (std::size_t m = 0; m < from.size(); ++m) to.of[b][first + m] += from[m];
  }
}

}  // namespace figures

std::span<const figure> all_figures() {
  static const std::vector<figure> all = [] {
    std::vector<figure> of;
    for (const auto& one : figures::definitions()) of.push_back(one.text);
    return of;
  }();
  return all;
}

bool figure_has(const figure& what, figure_dimension by) {
  const auto* found = figures::find_definition(what.name);
  return found != nullptr && figures::may_split(*found, by);
}

std::optional<double> figure_value::in(figure_unit unit) const {
  if (denominator == 0) return std::nullopt;
  const double plain = static_cast<double>(numerator) / static_cast<double>(denominator);
  const bool time = unit == figure_unit::mean || unit == figure_unit::seconds;
  return time ? plain / 1e9 : plain;
}

namespace {
constexpr std::array<std::string_view, 11> dimension_names{"half",  "hour",  "clock",    "day",        "weekday", "week",
                                                           "month", "queue", "operator", "department", "trunk"};
}  // namespace

std::string_view name(figure_dimension by) {
  const auto n = static_cast<std::size_t>(by);
  return n < dimension_names.size() ? dimension_names[n] : std::string_view{};
}

std::optional<figure_dimension> read_figure_dimension(std::string_view text) {
  const auto it = std::find(dimension_names.begin(), dimension_names.end(), text);
  if (it == dimension_names.end()) return std::nullopt;
  return static_cast<figure_dimension>(it - dimension_names.begin());
}

}  // namespace cordboard
