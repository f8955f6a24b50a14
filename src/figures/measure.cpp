// SPDX-License-Identifier: Apache-2.0
#include <figures/measure.hpp>

#include <algorithm>
#include <base/assert.hpp>

namespace cordboard::figures {
namespace {

struct named {
  record_kind kind;
  std::string_view name;
};

// In the order of the enumeration.
constexpr std::array<named, measures_count> table{{
    {record_kind::call, "calls"},
    {record_kind::call, "calls_from_outside"},
    {record_kind::call, "calls_from_inside"},
    {record_kind::call, "calls_made"},
    {record_kind::call, "calls_open"},
    {record_kind::call, "calls_ended"},
    {record_kind::call, "ended_by_caller"},
    {record_kind::call, "ended_by_operator"},
    {record_kind::call, "ended_by_department"},
    {record_kind::call, "ended_by_command"},
    {record_kind::call, "ended_by_house"},
    {record_kind::call, "calls_served"},
    {record_kind::call, "served_ended"},
    {record_kind::call, "calls_recorded"},
    {record_kind::call, "call_ns"},
    {record_kind::wait, "offered"},
    {record_kind::wait, "answered"},
    {record_kind::wait, "abandoned"},
    {record_kind::wait, "overflowed"},
    {record_kind::wait, "unstaffed"},
    {record_kind::wait, "called_back"},
    {record_kind::wait, "ended_in_queue"},
    {record_kind::wait, "waiting"},
    {record_kind::wait, "wait_unknown"},
    {record_kind::wait, "answered_wait_ns"},
    {record_kind::wait, "abandoned_wait_ns"},
    {record_kind::wait, "wait_ns"},
    {record_kind::wait, "waits_ended"},
    {record_kind::wait, "place_kept"},
    {record_kind::wait, "came_again"},
    {record_kind::handling, "handled"},
    {record_kind::handling, "in_hand"},
    {record_kind::handling, "talk_ns"},
    {record_kind::handling, "hold_ns"},
    {record_kind::handling, "consult_ns"},
    {record_kind::wrap, "wraps"},
    {record_kind::wrap, "wrap_ns"},
    {record_kind::offer, "offers"},
    {record_kind::offer, "offers_open"},
    {record_kind::offer, "offers_answered"},
    {record_kind::offer, "offers_unanswered"},
    {record_kind::offer, "offers_withdrawn"},
    {record_kind::offer, "ring_ns"},
    {record_kind::transfer, "transfers"},
    {record_kind::transfer, "transfers_open"},
    {record_kind::transfer, "transfers_connected"},
    {record_kind::transfer, "transfers_refused"},
    {record_kind::transfer, "transfers_busy"},
    {record_kind::transfer, "transfers_no_answer"},
    {record_kind::transfer, "transfers_unreachable"},
    {record_kind::transfer, "transfers_cancelled"},
    {record_kind::transfer, "transfers_caller_left"},
    {record_kind::transfer, "transfers_conferenced"},
    {record_kind::transfer, "transfers_returned"},
    {record_kind::transfer, "transfers_recalled"},
    {record_kind::transfer, "transfers_escalated"},
    {record_kind::transfer, "transfers_dropped"},
    {record_kind::transfer, "transfers_line_lost"},
    {record_kind::transfer, "transfers_single_step"},
    {record_kind::put_through, "put_through"},
    {record_kind::put_through, "put_through_ns"},
    {record_kind::turned_away, "closed"},
    {record_kind::turned_away, "full"},
    {record_kind::turned_away, "no_operator"},
    {record_kind::rating, "ratings_asked"},
    {record_kind::rating, "ratings_given"},
    {record_kind::rating, "rating_sum"},
    {record_kind::rating, "ratings_top_two"},
    {record_kind::recording, "recordings"},
    {record_kind::recording, "recordings_failed"},
    {record_kind::recording, "recorded_ns"},
    {record_kind::recording_gap, "recording_gaps"},
    {record_kind::recording_gap, "recording_gap_ns"},
    {record_kind::declined, "recordings_declined"},
    {record_kind::position, "log_ins"},
    {record_kind::position, "log_ins_for_shift"},
    {record_kind::position, "log_ins_on_time"},
    {record_kind::position, "absences"},
    {record_kind::position, "overruns"},
    {record_kind::position, "leaves_asked"},
    {record_kind::position, "leaves_granted"},
    {record_kind::operator_time, "logged_on_ns"},
    {record_kind::operator_time, "ready_ns"},
    {record_kind::operator_time, "busy_ns"},
    {record_kind::operator_time, "working_ns"},
    {record_kind::operator_time, "not_ready_ns"},
    {record_kind::device_time, "watched_ns"},
    {record_kind::device_time, "out_of_service_ns"},
    {record_kind::flow, "entered"},
    {record_kind::flow, "left"},
    {record_kind::flow, "waits_at_start"},
    {record_kind::log, "log_gaps"},
    {record_kind::log, "unclean_starts"},
    {record_kind::log, "unmatched"},
    {record_kind::wait_length, "answered_in"},
    {record_kind::wait_length, "abandoned_in"},
    {record_kind::wait_rings, "answered_rings"},
}};

constexpr std::size_t kinds_count = 20;
struct layout {
  std::array<std::uint8_t, measures_count> place{};
  std::array<std::uint8_t, kinds_count> width{};
};
constexpr layout lay_out() {
  layout out;
  for (std::size_t i = 0; i < measures_count; ++i) out.place[i] = out.width[static_cast<std::size_t>(table[i].kind)]++;
  return out;
}
constexpr layout laid_out = lay_out();
static_assert(*std::max_element(laid_out.width.begin(), laid_out.width.end()) <= measures_max);
static_assert(table.back().name == "answered_rings", "the table has a row for each measure");

constexpr std::size_t at(measure what) { return laid_out.place[static_cast<std::size_t>(what)]; }

/// Adds one to the measure whose place is so far behind `first`.
void count_from(amount& to, measure first, std::uint8_t result) { to.sums[at(first) + result] += 1; }

void measure_call(const record& one, amount& to) {
  using enum measure;
  to.sums[at(calls)] = 1;
  count_from(to, calls_from_outside, one.second);
  const auto by = static_cast<ended_by>(one.result);
  const bool over = by != ended_by::nobody;
  to.sums[over ? at(calls_ended) : at(calls_open)] = 1;
  if (over) count_from(to, ended_by_caller, static_cast<std::uint8_t>(one.result - 1));
  to.sums[at(calls_served)] = one.flag ? 1 : 0;
  to.sums[at(served_ended)] = one.flag && over ? 1 : 0;
  to.sums[at(calls_recorded)] = one.other_flag ? 1 : 0;
  to.sums[at(call_ns)] = one.length;
}

void measure_wait(const record& one, amounts& out) {
  using enum measure;
  amount& to = out.of[0];
  const auto how = static_cast<wait_result>(one.result);
  to.sums[at(offered)] = 1;
  to.sums[at(place_kept)] = one.flag ? 1 : 0;
  to.sums[at(came_again)] = one.other_flag ? 1 : 0;
  if (how == wait_result::waits || how == wait_result::unknown) {
    to.sums[how == wait_result::waits ? at(waiting) : at(wait_unknown)] = 1;
    return;
  }
  count_from(to, answered, static_cast<std::uint8_t>(one.result - 1));
  to.sums[at(waits_ended)] = 1;
  to.sums[at(wait_ns)] = one.length;
  const bool taken = how == wait_result::answered;
  if (taken) to.sums[at(answered_wait_ns)] = one.length;
  if (how == wait_result::abandoned) to.sums[at(abandoned_wait_ns)] = one.length;
  if (!taken && how != wait_result::abandoned) return;
  amount& length = out.of[out.count++];
  length = {record_kind::wait_length, seconds_bucket(one.length), {}};
  length.sums[taken ? at(answered_in) : at(abandoned_in)] = 1;
  if (!taken) return;
  amount& rings = out.of[out.count++];
  rings = {record_kind::wait_rings, std::min<std::uint32_t>(one.second, rings_max + 1), {}};
  rings.sums[at(answered_rings)] = 1;
}

void measure_transfer(const record& one, amount& to) {
  using enum measure;
  to.sums[at(transfers)] = 1;
  count_from(to, transfers_open, one.result);
  if (one.second != 0) count_from(to, transfers_returned, static_cast<std::uint8_t>(one.second - 1));
  to.sums[at(transfers_dropped)] = one.flag ? 1 : 0;
  to.sums[at(transfers_line_lost)] = one.value;
  to.sums[at(transfers_single_step)] = one.other_flag ? 1 : 0;
}

void measure_operator_time(const record& one, amount& to) {
  using enum measure;
  to.sums[at(logged_on_ns)] = one.length;
  switch (static_cast<operator_state>(one.result)) {
    case operator_state::ready: to.sums[at(ready_ns)] = one.length; break;
    case operator_state::busy: to.sums[at(busy_ns)] = one.length; break;
    case operator_state::working_after_call: to.sums[at(working_ns)] = one.length; break;
    default: to.sums[at(not_ready_ns)] = one.length; break;
  }
}

}  // namespace

std::uint32_t seconds_bucket(std::int64_t wait_ns) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t up = (std::max<std::int64_t>(wait_ns, 0) + second - 1) / second;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(up, seconds_max + 1));
}

record_kind kind_of(measure what) { return table[static_cast<std::size_t>(what)].kind; }
std::size_t place_of(measure what) { return at(what); }
std::size_t measures_of(record_kind kind) {
  const auto n = static_cast<std::size_t>(kind);
  return n < kinds_count ? laid_out.width[n] : 0;
}
std::string_view name_of(measure what) { return table[static_cast<std::size_t>(what)].name; }

void measure_record(const record& one, amounts& out) {
  using enum measure;
  out.count = 1;
  amount& to = out.of[0];
  to = {one.kind, 0, {}};
  switch (one.kind) {
    case record_kind::call: measure_call(one, to); break;
    case record_kind::wait: measure_wait(one, out); break;
    case record_kind::handling:
      to.sums[at(handled)] = 1;
      to.sums[at(in_hand)] = one.result == 0 ? 1 : 0;
      to.sums[at(talk_ns)] = one.length - one.hold;
      to.sums[at(hold_ns)] = one.hold;
      to.sums[at(consult_ns)] = one.consult;
      break;
    case record_kind::wrap:
      to.sums[at(wraps)] = 1;
      to.sums[at(wrap_ns)] = one.length;
      break;
    case record_kind::offer:
      to.sums[at(offers)] = 1;
      count_from(to, offers_open, one.result);
      to.sums[at(ring_ns)] = one.length;
      break;
    case record_kind::transfer: measure_transfer(one, to); break;
    case record_kind::put_through:
      to.sums[at(put_through)] = 1;
      to.sums[at(put_through_ns)] = one.length;
      break;
    case record_kind::turned_away:
      to.sums[one.cause == cause::queue_full            ? at(full)
              : one.cause == cause::no_available_agents ? at(no_operator)
                                                        : at(closed)] = 1;
      break;
    case record_kind::rating:
      to.sums[at(ratings_asked)] = 1;
      to.sums[at(ratings_given)] = one.value > 0 ? 1 : 0;
      to.sums[at(rating_sum)] = one.value;
      to.sums[at(ratings_top_two)] = one.value >= 4 ? 1 : 0;
      break;
    case record_kind::recording:
      to.sums[at(recordings)] = 1;
      to.sums[at(recordings_failed)] = one.cause == cause::resources_not_available ? 1 : 0;
      to.sums[at(recorded_ns)] = one.length;
      break;
    case record_kind::recording_gap:
      to.sums[at(recording_gaps)] = 1;
      to.sums[at(recording_gap_ns)] = one.value;
      break;
    case record_kind::declined: to.sums[at(recordings_declined)] = 1; break;
    case record_kind::position: count_from(to, log_ins, one.result); break;
    case record_kind::operator_time: measure_operator_time(one, to); break;
    case record_kind::device_time:
      to.sums[at(watched_ns)] = one.length;
      to.sums[at(out_of_service_ns)] = one.result == 0 ? one.length : 0;
      break;
    case record_kind::flow: to.sums[at(entered) + one.result] = one.value; break;
    case record_kind::log: count_from(to, log_gaps, one.result); break;
    default: CORDBOARD_ASSERT(false);
  }
}

}  // namespace cordboard::figures
