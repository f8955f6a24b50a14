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
    {record_kind::request, "requests"},
    {record_kind::request, "requests_open"},
    {record_kind::request, "requests_closed"},
    {record_kind::request, "requests_refused"},
    {record_kind::request, "requests_cancelled"},
    {record_kind::request, "request_ns"},
    {record_kind::request, "requests_signed"},
    {record_kind::request, "sign_ns"},
    {record_kind::request, "requests_extended"},
    {record_kind::request, "requests_returned"},
    {record_kind::request, "requests_came_again"},
    {record_kind::request, "requests_escalated"},
    {record_kind::request, "requests_told"},
    {record_kind::request, "requests_at_once"},
    {record_kind::duty, "first_contact_ahead"},
    {record_kind::duty, "first_contact_in_time"},
    {record_kind::duty, "first_contact_late"},
    {record_kind::duty, "first_contact_missed"},
    {record_kind::duty, "completion_ahead"},
    {record_kind::duty, "completion_in_time"},
    {record_kind::duty, "completion_late"},
    {record_kind::duty, "completion_missed"},
    {record_kind::duty, "promise_ahead"},
    {record_kind::duty, "promise_in_time"},
    {record_kind::duty, "promise_late"},
    {record_kind::duty, "promise_missed"},
    {record_kind::duty, "late_ns"},
    {record_kind::reach, "persons_called"},
    {record_kind::reach, "persons_reached"},
    {record_kind::reach, "reached_first"},
    {record_kind::reach, "reached_second"},
    {record_kind::reach, "reached_third"},
    {record_kind::attempt, "attempts"},
    {record_kind::attempt, "attempts_open"},
    {record_kind::attempt, "attempts_answered"},
    {record_kind::attempt, "attempts_busy"},
    {record_kind::attempt, "attempts_no_answer"},
    {record_kind::attempt, "attempts_rejected"},
    {record_kind::attempt, "attempts_unreachable"},
    {record_kind::attempt, "attempts_operator_missed"},
    {record_kind::attempt, "attempts_cancelled"},
    {record_kind::attempt, "attempts_interrupted"},
    {record_kind::attempt, "attempts_voicemail"},
    {record_kind::appointment, "appointments"},
    {record_kind::appointment, "appointments_ahead"},
    {record_kind::appointment, "appointments_over"},
    {record_kind::appointment, "appointments_cancelled"},
    {record_kind::appointment, "appointments_missed"},
    {record_kind::appointment, "appointments_confirmed"},
    {record_kind::appointment, "appointments_arrived"},
    {record_kind::entry, "entries"},
    {record_kind::entry, "entries_owed"},
    {record_kind::entry, "entries_at_call"},
    {record_kind::entry, "entries_later"},
    {record_kind::entry, "entries_missed"},
    {record_kind::not_opened, "not_opened"},
    {record_kind::not_opened, "not_opened_full"},
    {record_kind::request_result, "requests_with"},
    {record_kind::appointment_result, "appointments_with"},
    {record_kind::booking, "bookings_with"},
}};

constexpr std::size_t kinds_count = 30;
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
static_assert(table.back().name == "bookings_with", "the table has a row for each measure");

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

void measure_request(const record& one, amounts& out) {
  using enum measure;
  amount& to = out.of[0];
  const auto how = static_cast<request_end>(one.result);
  const bool over = how != request_end::open, is_closed = how == request_end::closed;
  const auto has = [&](std::uint16_t trait) { return (one.traits & trait) != 0 ? 1 : 0; };
  to.sums[at(requests)] = 1;
  count_from(to, requests_open, one.result);
  if (over) to.sums[at(request_ns)] = one.length;
  to.sums[at(requests_signed)] = has(trait_signed);
  to.sums[at(sign_ns)] = one.hold;
  to.sums[at(requests_extended)] = has(trait_extended);
  to.sums[at(requests_returned)] = has(trait_returned);
  to.sums[at(requests_came_again)] = has(trait_came_again);
  to.sums[at(requests_escalated)] = has(trait_escalated);
  if (is_closed) to.sums[at(requests_told)] = has(trait_told);
  if (is_closed) to.sums[at(requests_at_once)] = (one.traits & (trait_contacted | trait_came_again)) == 0 ? 1 : 0;
  const auto became = has(trait_booked) != 0 ? booking_end::booked : static_cast<booking_end>(one.result + 1);
  amount& wish = out.of[out.count++];
  wish = {record_kind::booking, static_cast<std::uint32_t>(became), {}};
  wish.sums[at(bookings_with)] = 1;
  if (!is_closed) return;
  amount& result = out.of[out.count++];
  result = {record_kind::request_result, one.number, {}};
  result.sums[at(requests_with)] = 1;
}

void measure_duty(const record& one, amount& to) {
  using enum measure;
  constexpr std::uint8_t results = 4;
  if (static_cast<duty_result>(one.result) == duty_result::released) return;
  count_from(to, first_contact_ahead, static_cast<std::uint8_t>(one.second * results + one.result));
  to.sums[at(late_ns)] = one.length;
}

void measure_appointment(const record& one, amounts& out) {
  using enum measure;
  amount& to = out.of[0];
  to.sums[at(appointments)] = 1;
  count_from(to, appointments_ahead, one.result);
  to.sums[at(appointments_confirmed)] = one.flag ? 1 : 0;
  // Who checked in came, whatever it was closed with.
  to.sums[at(appointments_arrived)] = one.other_flag ? 1 : 0;
  if (static_cast<appointment_end>(one.result) != appointment_end::over || one.other_flag) return;
  amount& result = out.of[out.count++];
  result = {record_kind::appointment_result, one.number, {}};
  result.sums[at(appointments_with)] = 1;
}

void measure_reach(const record& one, amount& to) {
  using enum measure;
  constexpr std::uint8_t told_apart = 3;
  to.sums[at(persons_called)] = 1;
  if (one.second == 0) return;
  to.sums[at(persons_reached)] = 1;
  if (one.second <= told_apart) count_from(to, reached_first, static_cast<std::uint8_t>(one.second - 1));
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
    case record_kind::request: measure_request(one, out); break;
    case record_kind::duty: measure_duty(one, to); break;
    case record_kind::reach: measure_reach(one, to); break;
    case record_kind::attempt:
      to.sums[at(attempts)] = 1;
      count_from(to, attempts_open, one.result);
      break;
    case record_kind::appointment: measure_appointment(one, out); break;
    case record_kind::entry:
      to.sums[at(entries)] = 1;
      count_from(to, entries_owed, one.result);
      break;
    case record_kind::not_opened:
      to.sums[at(not_opened)] = 1;
      to.sums[at(not_opened_full)] = one.cause == cause::resources_not_available ? 1 : 0;
      break;
    default: CORDBOARD_ASSERT(false);
  }
}

}  // namespace cordboard::figures
