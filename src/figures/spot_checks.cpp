// SPDX-License-Identifier: Apache-2.0
#include <figures/spot_checks.hpp>

#include <algorithm>
#include <array>
#include <figures/index.hpp>
#include <figures/read.hpp>
#include <map>
#include <tuple>

namespace cordboard::figures {
namespace {

/// What the records of a call say of it, as they stand in the end.
class call_sink final : public record_sink {
public:
  struct known {
    record own;
    std::int64_t talk = 0, rating = 0;
    int recordings = 0, entries = 0, transfers = 0;
  };
  void add(const record& one) override { apply(one, 1); }
  void take_back(const record& one) override { apply(one, -1); }
  const std::map<std::uint64_t, known>& calls() const { return calls_; }

private:
  void apply(const record& one, int sign) {
    if (one.call == 0 || (has_mark(one.kind) && one.mark != call_mark::none)) return;
    switch (one.kind) {
      case record_kind::call: calls_[one.call].own = sign > 0 ? one : record{}; break;
      case record_kind::handling: calls_[one.call].talk += sign * one.length; break;
      case record_kind::rating: calls_[one.call].rating += sign * one.value; break;
      case record_kind::recording: calls_[one.call].recordings += sign; break;
      case record_kind::transfer: calls_[one.call].transfers += sign; break;
      case record_kind::entry: {
        const auto how = static_cast<entry_result>(one.result);
        if (how == entry_result::at_call || how == entry_result::later) calls_[one.call].entries += sign;
        break;
      }
      default: break;
    }
  }
  std::map<std::uint64_t, known> calls_;
};

bool meant(const check_call& call, check_rule::wish only) {
  constexpr std::int64_t low = 2;
  switch (only) {
    case check_rule::wish::any: return true;
    case check_rule::wish::rated_low: return call.rating > 0 && call.rating <= low;
    case check_rule::wish::transferred: return call.transferred;
    case check_rule::wish::no_entry: return !call.entered;
    case check_rule::wish::ended_by_operator: return call.by_operator;
  }
  return false;
}

}  // namespace

std::optional<check_rule::wish> read_wish(std::string_view text) {
  constexpr std::array<std::string_view, 5> names{"any", "rated_low", "transferred", "no_entry", "ended_by_operator"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (text == names[i]) return static_cast<check_rule::wish>(i);
  return std::nullopt;
}

result<check_sample> draw_checks(const std::string& log, const figures_request& when, const check_rule& rule,
                                 diagnostics* why) {
  figures_request asked = when;
  asked.by.clear();
  asked.of.clear();
  asked.figures = {"calls_served"};
  std::string wrong;
  const auto plan = make_plan(asked, wrong);
  if (!plan) {
    if (why != nullptr) *why = diagnostics(std::move(wrong));
    return failure(std::make_error_code(std::errc::invalid_argument));
  }
  call_sink all;
  const auto read = read_log(log, all);
  if (!read) return failure(read.error());
  check_sample out;
  out.about.title = plan->when.title;
  out.about.from = plan->when.from;
  out.about.to = plan->when.to;
  out.about.position = read->position;
  out.about.log_from = read->first_time;
  out.about.log_to = read->last_time;
  std::map<std::uint32_t, std::vector<check_call>> strata;
  for (const auto& [id, of] : all.calls()) {
    if (of.own.kind != record_kind::call || !of.own.flag || of.own.at < plan->when.from || of.own.at >= plan->when.to) continue;
    const check_call call{call_id{id},
                          of.own.began,
                          operator_id{of.own.operator_},
                          read->called.operator_(of.own.operator_),
                          read->called.queue(of.own.queue),
                          of.talk,
                          of.rating,
                          of.recordings > 0,
                          of.entries > 0,
                          of.transfers > 0,
                          static_cast<ended_by>(of.own.result) == ended_by::operator_};
    check_frame& frame = out.frame;
    ++frame.calls;
    std::int64_t& goes = of.own.result == 0                                         ? frame.going_on
                         : of.talk < std::int64_t{rule.seconds_min} * 1'000'000'000 ? frame.too_short
                         : rule.recorded && !call.recorded                          ? frame.not_recorded
                         : !meant(call, rule.only)                                  ? frame.not_meant
                                                                                    : frame.in_frame;
    ++goes;
    if (&goes == &frame.in_frame) strata[rule.of_each_operator ? of.own.operator_ : 0].push_back(call);
  }
  // Each call has its place in the lot, whatever else is in it: a call that is late to the frame moves no other one.
  const auto lot = [&](const check_call& call) { return mix(mix(rule.seed) ^ call.call.value); };
  for (auto& [who, calls] : strata) {
    std::sort(calls.begin(), calls.end(), [&](const check_call& a, const check_call& b) { return lot(a) < lot(b); });
    calls.resize(std::min<std::size_t>(calls.size(), rule.number));
    out.calls.insert(out.calls.end(), calls.begin(), calls.end());
  }
  std::sort(out.calls.begin(), out.calls.end(), [](const check_call& a, const check_call& b) {
    return std::tie(a.began, a.call.value) < std::tie(b.began, b.call.value);
  });
  return out;
}

}  // namespace cordboard::figures
