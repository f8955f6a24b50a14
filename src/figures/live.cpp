// SPDX-License-Identifier: Apache-2.0
#include <figures/live.hpp>

#include <algorithm>
#include <base/json.hpp>
#include <figures/report.hpp>
#include <figures/report_json.hpp>
#include <figures/read.hpp>
#include <figures/summaries.hpp>
#include <fmt/format.h>

namespace cordboard::figures {
namespace {

/// What a wall shows.
const std::vector<std::string>& wall_figures() {
  static const std::vector<std::string> names{"offered",         "answered",     "abandoned", "waiting",     "answer_rate",
                                              "service_level_a", "within_rings", "asa",       "abandonment", "left_unstaffed"};
  return names;
}

std::int64_t age(std::int64_t since, std::int64_t now) { return since == 0 ? 0 : std::max<std::int64_t>(now - since, 0); }

std::string values_json(const figures_report& of, const figures_row& row) {
  json_object out;
  for (std::size_t i = 0; i < of.figures.size(); ++i) {
    const std::string value = plain(*of.figures[i], row.values[i]);
    out.raw(of.figures[i]->name,
            fmt::format("[{},{},{}]", value.empty() ? "null" : value, row.values[i].numerator, row.values[i].denominator));
  }
  return std::move(out).end();
}

}  // namespace

live_figures::live_figures(const settings& how, calendar wall)
    : how_(how), wall_(std::move(wall)), today_(std::make_unique<tally>()), state_(std::make_unique<fold>(*today_)) {}

stretch live_figures::day_of(std::int64_t now) const {
  return wall_.period(figure_period::day, wall_.wall_text(now).substr(0, 10)).value();
}

result<live_figures> live_figures::open(const settings& how) {
  figures_request asked;
  asked.zone = how.zone;
  asked.target_seconds = how.target_seconds;
  asked.short_seconds = how.short_seconds;
  asked.rings = how.rings;
  asked.date = "2026-01-01";
  std::string wrong;
  const auto plan = make_plan(asked, wrong);
  if (!plan) return failure(std::make_error_code(std::errc::invalid_argument));
  live_figures out(how, plan->wall);
  if (!how.summaries.empty()) {
    auto stored = summaries::open(how.summaries);
    if (!stored) return failure(stored.error());
    if (const auto read = stored->follow(how.log); !read) return failure(read.error());
    constexpr std::int64_t all_days = std::int64_t{100'000} * day_ns;
    auto sums = stored->sums(0, all_days);
    if (!sums) return failure(sums.error());
    if (const auto kept = stored->keep(); !kept) return failure(kept.error());
    *out.today_ = std::move(*sums);
    auto state = fold::load(stored->state().save(), *out.today_);
    if (!state) return failure(std::make_error_code(std::errc::not_supported));
    *out.state_ = std::move(*state);
    out.called_ = stored->called();
  } else {
    auto from = log_reader::open(how.log, {.copy_archive = true});
    if (!from) return failure(from.error());
    if (const auto begun = from->after(0); !begun) return failure(begun.error());
    if (const auto read = read_on(*from, *out.state_, out.called_, ~std::uint64_t{0}); !read) return failure(read.error());
  }
  if (out.position() != 0) out.begin_day(out.state_->last_time());
  return out;
}

void live_figures::evolve(std::span<const event> events, log_reader& texts) {
  while (!events.empty() && events.front().sequence <= position()) events = events.subspan(1);
  if (events.empty()) return;
  for (const event& e : events)
    if (names::tells(e)) called_.hear(e, texts);
  state_->evolve(events);
  if (state_->last_time() >= day_ends_) begin_day(state_->last_time());
}

void live_figures::begin_day(std::int64_t now) {
  const stretch day = day_of(now);
  day_ends_ = day.to;
  tally rest;
  today_->for_each([&](cell_key key, std::span<const std::int64_t> sums) {
    if (key.bin >= bin_of(day.from)) return rest.add(key, sums);
    key.bin = 0;
    before_.add(key, sums);
  });
  *today_ = std::move(rest);
}

std::string live_figures::wall(std::int64_t now_ns) const {
  const stretch day = day_of(std::max(now_ns, state_->last_time()));
  figures_request asked;
  asked.zone = how_.zone;
  asked.date = day.title;
  asked.figures = wall_figures();
  asked.target_seconds = how_.target_seconds;
  asked.short_seconds = how_.short_seconds;
  asked.rings = how_.rings;
  const auto lines = state_->waiting();
  reading from;
  from.called = called_;
  from.first_time = state_->first_time();
  from.last_time = state_->last_time();
  from.position = position();
  std::int64_t oldest = 0;
  for (const auto& [queue, line] : lines) {
    from.waiting += line.waiting;
    oldest = oldest == 0 ? line.since : std::min(oldest, line.since);
  }
  const auto table = [&](std::vector<figure_dimension> by) {
    asked.by = std::move(by);
    std::string wrong;
    figures_report out;
    fill_report(out, make_plan(asked, wrong).value(), *today_, from);
    return out;
  };
  const figures_report whole = table({}), queues = table({figure_dimension::queue});
  json_object out;
  out.text("type", "figures");
  out.raw("position", std::to_string(position()));
  out.text("at_ns", std::to_string(now_ns));
  out.text("day", day.title);
  out.raw("waiting", std::to_string(from.waiting));
  out.text("longest_wait_ns", std::to_string(age(oldest, now_ns)));
  out.raw("values", values_json(whole, whole.rows.at(0)));
  json_list each;
  const auto absent = values_json(queues, {{}, std::vector<figure_value>(queues.figures.size(), figure_value{0, 0})});
  for (const auto& [queue, called] : called_.queues()) {
    const auto row = std::find_if(queues.rows.begin(), queues.rows.end(),
                                  [&](const figures_row& one) { return one.labels[0] == called_.queue(queue); });
    const auto line = lines.find(queue);
    const bool waits = line != lines.end();
    json_object one;
    one.raw("queue", std::to_string(queue));
    one.text("name", called);
    one.raw("waiting", std::to_string(waits ? line->second.waiting : 0));
    one.text("longest_wait_ns", std::to_string(waits ? age(line->second.since, now_ns) : 0));
    one.raw("values", row != queues.rows.end() ? values_json(queues, *row) : absent);
    each.raw(std::move(one).end());
  }
  out.raw("queues", std::move(each).end());
  json_object operators;
  const auto states = state_->operators();
  for (const operator_state is :
       {operator_state::ready, operator_state::busy, operator_state::working_after_call, operator_state::not_ready})
    operators.raw(name(is), std::to_string(states.count(is) != 0 ? states.at(is) : 0));
  out.raw("operators", std::move(operators).end());
  return std::move(out).end();
}

namespace {

/// Text of the exposition format, a family after the other.
class exposition {
public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <class Number>
  void value(std::string_view labels, Number number, std::string_view suffix = {}) {
    text_ +=
        fmt::format("{}{}{}{}{} {}\n", name_, suffix, labels.empty() ? "" : "{", labels, labels.empty() ? "" : "}", number);
  }
  std::string end() && { return std::move(text_); }

private:
  std::string name_, text_;
};

std::string label(std::string_view name, std::string_view value) {
  std::string out = fmt::format("{}=\"", name);
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

/// Totals of a queue, and its waits by second.
struct queue_totals {
  std::map<measure, std::int64_t> of;
  std::array<std::int64_t, seconds_max + 2> answered{};
};

}  // namespace

std::string live_figures::prometheus(std::int64_t now_ns) const {
  std::map<measure, std::int64_t> all;
  std::map<std::uint32_t, queue_totals> queues;
  constexpr std::size_t queues_max = 200;  // more than a house has: the rest is counted together
  const auto add = [&](const cell_key& key, std::span<const std::int64_t> sums) {
    if (has_mark(key.kind) && key.mark != call_mark::none) return;
    const auto to = [&]() -> queue_totals& {
      const bool room = queues.size() < queues_max || queues.count(key.queue) != 0;
      return queues[room ? key.queue : ~std::uint32_t{0}];
    };
    const auto sum = [&](auto& into, std::initializer_list<measure> what) {
      for (const measure m : what)
        if (kind_of(m) == key.kind) into[m] += sums[place_of(m)];
    };
    using enum measure;
    switch (key.kind) {
      case record_kind::call: return sum(all, {calls_from_outside, calls_from_inside, calls_made, calls_open});
      case record_kind::wait:
        return sum(to().of, {offered, answered, abandoned, overflowed, unstaffed, ended_in_queue, answered_wait_ns});
      case record_kind::turned_away: return sum(to().of, {closed, full, no_operator});
      case record_kind::wait_length:
        to().answered[std::min<std::size_t>(key.device, seconds_max + 1)] += sums[place_of(answered_in)];
        return;
      case record_kind::handling: return sum(all, {handled, talk_ns, hold_ns});
      case record_kind::transfer:
        return sum(all, {transfers_connected, transfers_refused, transfers_busy, transfers_no_answer, transfers_unreachable,
                         transfers_cancelled, transfers_caller_left, transfers_conferenced, transfers_dropped});
      case record_kind::request:
        return sum(all, {requests, requests_open, requests_closed, requests_refused, requests_cancelled});
      case record_kind::duty: return sum(all, {first_contact_missed, completion_missed, promise_missed});
      case record_kind::log: return sum(all, {log_gaps, unclean_starts});
      default: return;
    }
  };
  before_.for_each(add);
  today_->for_each(add);
  using enum measure;
  exposition out;
  const auto each_queue = [&](std::string_view family, std::string_view help,
                              std::initializer_list<std::pair<measure, std::string_view>> what, std::string_view named) {
    out.family(family, "counter", help);
    for (auto& [queue, totals] : queues)
      for (const auto& [m, word] : what) {
        const std::string of = label("queue", queue == ~std::uint32_t{0} ? "other" : called_.queue(queue));
        out.value(named.empty() ? of : of + "," + label(named, word), totals.of[m]);
      }
  };
  out.family("cordboard_calls_total", "counter", "Calls that began.");
  for (const auto& [m, way] : {std::pair{calls_from_outside, "outside"}, {calls_from_inside, "inside"}, {calls_made, "made"}})
    out.value(label("direction", way), all[m]);
  out.family("cordboard_active_calls", "gauge", "Calls that go on.");
  out.value("", all[calls_open]);
  each_queue("cordboard_queue_offered_total", "Callers who entered a queue.", {{offered, ""}}, "");
  each_queue("cordboard_queue_answered_total", "Callers who were answered.", {{answered, ""}}, "");
  each_queue("cordboard_queue_abandoned_total", "Callers who gave up waiting.", {{abandoned, ""}}, "");
  each_queue("cordboard_queue_left_total", "Waits that ended otherwise.",
             {{overflowed, "overflow"}, {unstaffed, "no_operator"}, {ended_in_queue, "ended"}}, "reason");
  each_queue("cordboard_queue_turned_away_total", "Callers who were not let in.",
             {{closed, "closed"}, {full, "full"}, {no_operator, "no_operator"}}, "reason");
  out.family("cordboard_queue_answer_wait_seconds", "histogram", "Waits of callers who were answered.");
  for (auto& [queue, totals] : queues) {
    const std::string of = label("queue", queue == ~std::uint32_t{0} ? "other" : called_.queue(queue));
    std::int64_t up_to = 0;
    std::size_t bucket = 0;
    for (const std::size_t bound : {5, 10, 15, 20, 30, 60, 120, 300, 600}) {
      for (; bucket <= bound; ++bucket) up_to += totals.answered[bucket];
      out.value(of + fmt::format(",le=\"{}\"", bound), up_to, "_bucket");
    }
    out.value(of + ",le=\"+Inf\"", totals.of[answered], "_bucket");
    out.value(of, static_cast<double>(totals.of[answered_wait_ns]) / 1e9, "_sum");
    out.value(of, totals.of[answered], "_count");
  }
  const auto lines = state_->waiting();
  out.family("cordboard_queue_waiting", "gauge", "Callers who wait.");
  for (const auto& [queue, unused] : queues)
    if (queue != ~std::uint32_t{0})
      out.value(label("queue", called_.queue(queue)), lines.count(queue) != 0 ? lines.at(queue).waiting : 0);
  out.family("cordboard_queue_longest_wait_seconds", "gauge", "How long the one who waits longest has waited.");
  for (const auto& [queue, unused] : queues)
    if (queue != ~std::uint32_t{0})
      out.value(label("queue", called_.queue(queue)),
                static_cast<double>(lines.count(queue) != 0 ? age(lines.at(queue).since, now_ns) : 0) / 1e9);
  out.family("cordboard_operators", "gauge", "Operators who are logged on, by state.");
  const auto states = state_->operators();
  for (const operator_state is :
       {operator_state::ready, operator_state::busy, operator_state::working_after_call, operator_state::not_ready})
    out.value(label("state", name(is)), states.count(is) != 0 ? states.at(is) : 0);
  out.family("cordboard_handled_total", "counter", "Times that an operator had a caller.");
  out.value("", all[handled]);
  out.family("cordboard_handle_seconds_total", "counter", "Talk and hold of operators.");
  out.value("", static_cast<double>(all[talk_ns] + all[hold_ns]) / 1e9);
  out.family("cordboard_transfers_total", "counter", "Attempts to put a caller through that are over.");
  for (const auto& [m, outcome] : {std::pair{transfers_connected, "connected"},
                                   {transfers_refused, "refused"},
                                   {transfers_busy, "busy"},
                                   {transfers_no_answer, "no_answer"},
                                   {transfers_unreachable, "unreachable"},
                                   {transfers_cancelled, "cancelled"},
                                   {transfers_caller_left, "caller_left"},
                                   {transfers_conferenced, "conferenced"}})
    out.value(label("outcome", outcome), all[m]);
  out.family("cordboard_transfers_dropped_total", "counter", "Callers who were lost in a transfer; the target is 0.");
  out.value("", all[transfers_dropped]);
  out.family("cordboard_requests_total", "counter", "Requests that were opened.");
  out.value("", all[requests]);
  out.family("cordboard_requests_open", "gauge", "Requests that are not over.");
  out.value("", all[requests_open]);
  out.family("cordboard_requests_overdue", "gauge", "Times of requests that have passed, and nothing was done.");
  out.value("", all[first_contact_missed] + all[completion_missed] + all[promise_missed]);
  out.family("cordboard_trunk_in_service", "gauge", "Whether a line to the outside is there.");
  std::size_t trunks = 0;
  for (const auto& [device, there] : state_->devices())
    if (called_.is_trunk(device) && ++trunks <= queues_max) out.value(label("trunk", called_.device(device)), there ? 1 : 0);
  out.family("cordboard_log_position", "gauge", "Sequence of the newest event that is counted.");
  out.value("", position());
  out.family("cordboard_log_time_seconds", "gauge", "Time of that event.");
  out.value("", fmt::format("{:.3f}", static_cast<double>(state_->last_time()) / 1e9));
  out.family("cordboard_log_gaps_total", "counter", "Places where the log lacks events.");
  out.value("", all[log_gaps]);
  out.family("cordboard_unclean_starts_total", "counter", "Starts after an unclean end.");
  out.value("", all[unclean_starts]);
  return std::move(out).end();
}

}  // namespace cordboard::figures
