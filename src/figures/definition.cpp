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
    for (const auto& part :
         {call_figures(), queue_figures(), operator_figures(), transfer_figures(), house_figures(), request_figures()})
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
    case figure_dimension::kind: return (what.by & by_kind) != 0;
    case figure_dimension::channel: return (what.by & by_channel) != 0;
    default: return true;
  }
}

bool meets(within bound, const limits& within_these, const names& called, std::uint32_t request_kind, std::uint32_t bucket) {
  const auto word = [&](std::initializer_list<std::string_view> any) {
    return std::find(any.begin(), any.end(), called.result_word(request_kind, bucket)) != any.end();
  };
  const auto became = [&](booking_end how) {
    return called.kind_word(request_kind) == "appointment" && bucket == static_cast<std::uint32_t>(how);
  };
  switch (bound) {
    case within::all: return true;
    case within::target: return bucket <= within_these.target_seconds;
    case within::shortly: return bucket <= within_these.short_seconds;
    case within::rings: return bucket <= within_these.rings;
    case within::came: return word({"came"});
    case within::no_show: return word({"no_show"});
    case within::solved: return word({"solved"});
    case within::judged: return word({"solved", "explained", "not_solved"});
    case within::satisfied: return word({"satisfied"});
    case within::asked: return word({"satisfied", "not_satisfied"});
    case within::complaints: return called.kind_word(request_kind) == "complaint";
    case within::bookings: return called.kind_word(request_kind) == "appointment";
    case within::booked: return became(booking_end::booked);
    case within::unbooked_open: return became(booking_end::open);
    case within::unbooked_closed: return became(booking_end::closed);
    case within::unbooked_refused: return became(booking_end::refused);
    case within::unbooked_cancelled: return became(booking_end::cancelled);
  }
  return false;
}

namespace {

struct bounded {
  measure what;
  within bound;
  friend bool operator==(const bounded&, const bounded&) = default;
};
/// What figures ask for within bounds, once each.
const std::vector<bounded>& all_bounded() {
  static const auto all = [] {
    std::vector<bounded> of;
    for (const definition& d : definitions())
      for (const quantity* q : {&d.over, &d.under})
        for (std::size_t i = 0; i < q->count; ++i) {
          const bounded one{q->terms[i].what, q->terms[i].bound};
          if (one.bound != within::all && std::find(of.begin(), of.end(), one) == of.end()) of.push_back(one);
        }
    return of;
  }();
  return all;
}

/// Places among these, of a kind of record.
const std::vector<std::size_t>& bounded_of(record_kind kind) {
  static const auto places = [] {
    std::array<std::vector<std::size_t>, 32> of;
    const auto& all = all_bounded();
    for (std::size_t i = 0; i < all.size(); ++i) of[static_cast<std::size_t>(kind_of(all[i].what))].push_back(i);
    return of;
  }();
  return places[static_cast<std::size_t>(kind)];
}

}  // namespace

sums::sums() : of_(measures_count + all_bounded().size()) {}

void sums::add(const cell_key& key, std::span<const std::int64_t> from, const limits& within_these, const names& called) {
  const auto first = static_cast<std::size_t>(first_of(key.kind));
  for (std::size_t m = 0; m < from.size(); ++m) of_[first + m] += from[m];
  for (const std::size_t i : bounded_of(key.kind)) {
    const bounded& one = all_bounded()[i];
    if (meets(one.bound, within_these, called, key.queue, key.device)) of_[measures_count + i] += from[place_of(one.what)];
  }
}

std::int64_t sums::at(const quantity& all) const {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < all.count; ++i) {
    const term& t = all.terms[i];
    const auto& known = all_bounded();
    const auto it = std::find(known.begin(), known.end(), bounded{t.what, t.bound});
    const auto place = t.bound == within::all ? static_cast<std::size_t>(t.what)
                                              : measures_count + static_cast<std::size_t>(it - known.begin());
    total += t.sign * of_[place];
  }
  return total;
}

figure_value value_of(const definition& what, const sums& all) {
  return {all.at(what.over), what.under.count == 0 ? 1 : all.at(what.under)};
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
constexpr std::array<std::string_view, 13> dimension_names{
    "half", "hour", "clock", "day", "weekday", "week", "month", "queue", "operator", "department", "trunk", "kind", "channel"};
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
