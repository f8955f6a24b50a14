// SPDX-License-Identifier: Apache-2.0
#include <figures/report.hpp>

#include <algorithm>
#include <figures/read.hpp>
#include <fmt/format.h>

namespace cordboard::figures {
namespace {

constexpr std::size_t dimensions_max = 4;
bool is_time(figure_dimension by) { return by <= figure_dimension::month; }

std::vector<const definition*> chosen(const figures_request& what, std::string& why) {
  std::vector<const definition*> out;
  const auto splits = [&](const definition& d) {
    return std::all_of(what.by.begin(), what.by.end(), [&](figure_dimension by) { return may_split(d, by); });
  };
  for (const std::string& wanted : what.figures) {
    const definition* found = find_definition(wanted);
    if (found == nullptr) why = fmt::format("there is no figure \"{}\"", wanted);
    if (found != nullptr && !splits(*found)) why = fmt::format("the figure \"{}\" cannot be told apart so", wanted);
    if (!why.empty()) return {};
    out.push_back(found);
  }
  if (what.figures.empty())
    for (const definition& d : definitions())
      if (splits(d)) out.push_back(&d);
  return out;
}

}  // namespace

std::optional<plan> make_plan(const figures_request& what, std::string& why) {
  const auto wall = calendar::make(what.zone);
  if (!wall) {
    why = fmt::format("there is no time zone \"{}\": names are as in the tz database", what.zone);
    return std::nullopt;
  }
  const auto when = wall->period(what.period, what.date);
  if (!when) {
    why = fmt::format(
        "\"{}\" is no date of that period: 2026-10-01 for a day or a week, 2026-10 for a month or a quarter, 2026 for a year",
        what.date);
    return std::nullopt;
  }
  const auto in = [&](std::uint32_t n, std::uint32_t least, std::uint32_t most, std::string_view name) {
    if (n < least || n > most) why = fmt::format("{} is from {} to {}, not {}", name, least, most, n);
  };
  in(what.target_seconds, 1, seconds_max, "the target");
  in(what.short_seconds, 0, seconds_max, "a short abandon");
  in(what.rings, 1, rings_max, "the number of rings");
  if (when->from % bin_ns != 0 || when->to % bin_ns != 0)
    why = fmt::format("the days of {} do not begin at a quarter of an hour then", what.zone);
  if (what.by.size() > dimensions_max) why = fmt::format("figures are told apart by {} dimensions at most", dimensions_max);
  if (!what.of.empty() && what.of.size() != what.by.size()) why = "a row is named by one label for each dimension";
  auto figures = why.empty() ? chosen(what, why) : std::vector<const definition*>{};
  if (!why.empty()) return std::nullopt;
  return plan{*wall,
              *when,
              what.by,
              std::move(figures),
              what.of,
              what.kinds,
              {what.target_seconds, what.short_seconds, what.rings},
              what.drills ? call_mark::drill : call_mark::none};
}

std::vector<std::int64_t> row_keys::of(const cell_key& key) {
  const auto [it, fresh] = bins_.try_emplace(key.bin);
  if (fresh) {
    times_.resize(plan_->by.size());
    for (std::size_t i = 0; i < plan_->by.size(); ++i) {
      const moment at = is_time(plan_->by[i]) ? plan_->wall.of(plan_->by[i], key.bin * bin_ns) : moment{};
      it->second.push_back(at.order);
      if (is_time(plan_->by[i])) times_[i].emplace(at.order, at.label);
    }
  }
  std::vector<std::int64_t> out = it->second;
  for (std::size_t i = 0; i < plan_->by.size(); ++i) {
    switch (plan_->by[i]) {
      case figure_dimension::queue: out[i] = key.queue; break;
      case figure_dimension::operator_: out[i] = key.operator_; break;
      case figure_dimension::department:
      case figure_dimension::trunk: out[i] = key.device; break;
      case figure_dimension::kind: out[i] = key.queue; break;
      case figure_dimension::channel: out[i] = key.channel; break;
      default: break;
    }
  }
  return out;
}

std::vector<std::string> row_keys::labels(const std::vector<std::int64_t>& key) const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < plan_->by.size(); ++i) {
    const auto id = static_cast<std::uint32_t>(key[i]);
    switch (plan_->by[i]) {
      case figure_dimension::queue: out.push_back(called_->queue(id)); break;
      case figure_dimension::operator_: out.push_back(called_->operator_(id)); break;
      case figure_dimension::department:
      case figure_dimension::trunk: out.push_back(called_->device(id)); break;
      case figure_dimension::kind: out.push_back(called_->kind(id)); break;
      case figure_dimension::channel: out.emplace_back(id == 0 ? "-" : name(static_cast<request_source>(id))); break;
      default: out.push_back(times_[i].at(key[i])); break;
    }
  }
  return out;
}

namespace {

/// Whether a cell has what the rows are told apart by: a device of the right sort, a kind of request.
bool fits(const plan& what, const cell_key& key, const names& called) {
  const bool of_requests = is_of_requests(key.kind);
  if (of_requests && !what.kinds.empty() &&
      std::find(what.kinds.begin(), what.kinds.end(), called.kind_word(key.queue)) == what.kinds.end())
    return false;
  for (const figure_dimension by : what.by) {
    const bool asks_kind = by == figure_dimension::kind || by == figure_dimension::channel;
    if ((asks_kind && !of_requests) || (by == figure_dimension::queue && of_requests)) return false;
    const bool trunks = by == figure_dimension::trunk;
    if (by != figure_dimension::department && !trunks) continue;
    if (is_histogram(key.kind) || called.is_trunk(key.device) != trunks) return false;
  }
  return true;
}

void close_counts(figures_report& report, const tally& all, std::int64_t waiting) {
  const auto flow = [](std::span<const std::int64_t> sums, measure m) { return sums[place_of(m)]; };
  all.for_each([&](const cell_key& key, std::span<const std::int64_t> sums) {
    if (key.kind == record_kind::log && key.bin >= bin_of(report.from) && key.bin < bin_of(report.to))
      report.gaps += flow(sums, measure::log_gaps);
    if (key.kind != record_kind::flow) return;
    const bool inside = key.bin >= bin_of(report.from) && key.bin < bin_of(report.to);
    if (inside) report.closure.entered += flow(sums, measure::entered);
    if (inside) report.closure.left += flow(sums, measure::left);
    if (key.bin == bin_of(report.from)) report.closure.at_start += flow(sums, measure::waits_at_start);
    if (key.bin == bin_of(report.to)) report.closure.at_end += flow(sums, measure::waits_at_start);
  });
  // Intervals that have not begun have no start to look at: who waits now waits then.
  if (bin_of(report.log_to) < bin_of(report.from)) report.closure.at_start = waiting;
  if (bin_of(report.log_to) < bin_of(report.to)) report.closure.at_end = waiting;
}

}  // namespace

void fill_report(figures_report& report, const plan& what, const tally& settled, const reading& from) {
  const names& called = from.called;
  report.log_from = from.first_time;
  report.log_to = from.last_time;
  report.position = from.position;
  report.revision = from.revision;
  row_keys keys(what, called);
  std::map<std::vector<std::int64_t>, sums> rows;
  const std::int32_t first = bin_of(what.when.from), end = bin_of(what.when.to);
  // An interval without a call is a row too; who had no call is none.
  const bool times_only = std::all_of(what.by.begin(), what.by.end(), is_time);
  for (std::int32_t bin = first; times_only && bin < end; ++bin) rows.try_emplace(keys.of({bin, 0, 0, 0, {}, {}, 0, 0}));
  settled.for_each([&](const cell_key& key, std::span<const std::int64_t> counts) {
    if (key.bin < first || key.bin >= end || !fits(what, key, called)) return;
    // What the log lacks, what operators and equipment do, and what is owed to people, is nobody's drill.
    if (has_mark(key.kind) && key.mark != what.mark) return;
    rows[keys.of(key)].add(key, counts, what.within_these, called);
  });
  for (const definition* d : what.figures)
    report.figures.push_back(&all_figures()[static_cast<std::size_t>(d - definitions().data())]);
  for (const auto& [key, of] : rows) {
    figures_row row{keys.labels(key), {}};
    bool anything = times_only;
    for (const definition* d : what.figures) {
      row.values.push_back(value_of(*d, of));
      anything = anything || row.values.back().numerator != 0 || (d->under.count != 0 && row.values.back().denominator != 0);
    }
    const bool wanted = what.only.empty() || row.labels == what.only;
    if (anything && wanted) report.rows.push_back(std::move(row));
  }
  report.title = what.when.title;
  report.from = what.when.from;
  report.to = what.when.to;
  report.hours = static_cast<std::uint32_t>((report.to - report.from) / 3'600'000'000'000);
  close_counts(report, settled, from.waiting);
}

std::int64_t amount_of(const record& one, const quantity& what, const limits& within_these, const names& called) {
  amounts counted;
  measure_record(one, counted);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counted.count; ++i) {
    const amount& from = counted.of[i];
    for (std::size_t t = 0; t < what.count; ++t) {
      const term& of = what.terms[t];
      if (kind_of(of.what) == from.kind && meets(of.bound, within_these, called, one.queue, from.bucket))
        total += of.sign * from.sums[place_of(of.what)];
    }
  }
  return total;
}

namespace {

/// The kind of record that a histogram is of.
record_kind own_kind(record_kind kind) {
  switch (kind) {
    case record_kind::wait_length:
    case record_kind::wait_rings: return record_kind::wait;
    case record_kind::request_result:
    case record_kind::booking: return record_kind::request;
    case record_kind::appointment_result: return record_kind::appointment;
    default: return kind;
  }
}

}  // namespace

bool entry_sink::meant(const record& one) const {
  if (one.at < plan_->when.from || one.at >= plan_->when.to || (has_mark(one.kind) && one.mark != plan_->mark)) return false;
  const quantity& over = plan_->figures.front()->over;
  return std::any_of(over.terms.begin(), over.terms.begin() + over.count,
                     [&](const term& t) { return own_kind(kind_of(t.what)) == one.kind; });
}

/// What of a record never changes.
std::uint64_t entry_sink::key(const record& one) {
  const std::uint64_t own = one.kind == record_kind::position        ? one.result
                            : one.kind == record_kind::operator_time ? one.operator_
                                                                     : one.device;
  const bool apart = one.kind >= record_kind::position && one.kind <= record_kind::log;
  return mix(one.sequence ^ mix(static_cast<std::uint64_t>(one.began) + (apart ? own : 0))) +
         static_cast<std::uint64_t>(one.kind);
}

void entry_sink::add(const record& one) {
  if (meant(one)) records_.emplace(key(one), one);
}

void entry_sink::take_back(const record& one) {
  if (!meant(one)) return;
  const auto [from, to] = records_.equal_range(key(one));
  const auto it = std::find_if(from, to, [&](const auto& kept) { return kept.second == one; });
  if (it != to) records_.erase(it);
}

std::vector<figure_entry> entry_sink::entries(const names& called) const {
  row_keys keys(*plan_, called);
  std::vector<figure_entry> out;
  for (const auto& [unused, one] : records_) {
    const std::int64_t counts = amount_of(one, plan_->figures.front()->over, plan_->within_these, called);
    const cell_key cell{bin_of(one.at), one.queue, one.operator_, one.device, one.kind, one.mark, one.channel, 0};
    const bool of_request = is_of_requests(one.kind);
    if (counts == 0 || !fits(*plan_, cell, called)) continue;
    if (!plan_->only.empty() && keys.labels(keys.of(cell)) != plan_->only) continue;
    out.push_back({call_id{one.call}, one.sequence, one.at, queue_id{of_request ? 0 : one.queue}, operator_id{one.operator_},
                   device_id{one.device}, one.length, counts,
                   request_id{of_request ? static_cast<std::uint64_t>(one.value) : 0}});
  }
  std::sort(out.begin(), out.end(), [](const figure_entry& a, const figure_entry& b) {
    return std::tie(a.at, a.sequence, a.operator_.value, a.device.value) <
           std::tie(b.at, b.sequence, b.operator_.value, b.device.value);
  });
  return out;
}

}  // namespace cordboard::figures
