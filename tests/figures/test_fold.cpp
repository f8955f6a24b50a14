// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "house_log.hpp"

using namespace cordboard;
using namespace cordboard::figures;
using namespace cordboard::figures_test;

namespace {

/// Enters at 0, answered at 12 by operator 7, talks until 72.
story answered_call() {
  story s;
  s.enters(0);
  s.custody(12, custodian::operator_, 7);
  s.leaves(12, 0, 7);
  return s;
}

}  // namespace

TEST_CASE("S7 a caller is answered: the wait, the talk and the end are counted once, in the interval of entering") {
  story s = answered_call();
  s.cleared(72, 0);
  s.custody(72, custodian::ended, 0, cause::normal_clearing);
  s.ends(72);
  const tally all = count(s.events);
  CHECK(total(all, measure::calls) == 1);
  CHECK(total(all, measure::offered) == 1);
  CHECK(total(all, measure::answered) == 1);
  CHECK(total(all, measure::waiting) == 0);
  CHECK(total(all, measure::answered_wait_ns) == 12 * second);
  CHECK(total(all, measure::handled) == 1);
  CHECK(total(all, measure::talk_ns) == 60 * second);
  CHECK(total(all, measure::hold_ns) == 0);
  CHECK(total(all, measure::ended_by_caller) == 1);
  CHECK(total(all, measure::ended_by_operator) == 0);
  CHECK(total(all, measure::served_ended) == 1);
  CHECK(total(all, measure::entered) == total(all, measure::left));
}

TEST_CASE("the answer is counted when it happens, not when the call ends") {
  const tally all = count(answered_call().events);
  CHECK(total(all, measure::answered) == 1);
  CHECK(total(all, measure::in_hand) == 1);
  CHECK(total(all, measure::calls_open) == 1);
  CHECK(total(all, measure::served_ended) == 0);
}

TEST_CASE("who let go first: the caller, the operator, a command, the house") {
  struct end {
    std::uint32_t line;
    layer from;
    cause why;
    custodian then;
    measure counts;
  };
  const end ends[] = {
      {0, layer::party, cause::normal_clearing, custodian::ended, measure::ended_by_caller},
      {7, layer::party, cause::closing, custodian::wait, measure::ended_by_operator},
      {7, layer::party, cause::closing, custodian::dialogue, measure::ended_by_operator},
      {7, layer::party, cause::normal_clearing, custodian::ended, measure::ended_by_operator},
      {7, layer::command, cause::normal_clearing, custodian::ended, measure::ended_by_command},
      {0, layer::board, cause::maintenance, custodian::ended, measure::ended_by_house},
  };
  for (const end& how : ends) {
    story s = answered_call();
    s.cleared(50, how.line, how.from);
    s.custody(50, how.then, 0, how.why, how.from);
    if (how.then != custodian::ended) s.custody(60, custodian::ended, 0, cause::normal_clearing, layer::party);
    s.ends(60);
    const tally all = count(s.events);
    CAPTURE(static_cast<int>(how.counts));
    CHECK(total(all, how.counts) == 1);
    CHECK(total(all, measure::calls_ended) == 1);
  }
}

TEST_CASE("hold is told from talk, and consultation is a part of it and no call") {
  story s = answered_call();
  event& held = s.say(20, event_kind::held);
  held.operator_ = operator_id{7};
  s.call = 2;
  event& asks = s.say(20, event_kind::originated);
  asks.detail = static_cast<std::uint16_t>(party_role::operator_);
  asks.operator_ = operator_id{7};
  asks.other = 1;
  s.call = 1;
  event& begins = s.say(20, event_kind::transfer_started);
  begins.other = 2;
  begins.device = device_id{8001};
  begins.operator_ = operator_id{7};
  begins.cause = cause::consultation;
  s.call = 2;
  s.ends(45);
  s.call = 1;
  event& over = s.say(45, event_kind::transfer_ended);
  over.detail = static_cast<std::uint16_t>(transfer_result::returned);
  over.cause = cause::busy;
  event& back = s.say(45, event_kind::retrieved);
  back.operator_ = operator_id{7};
  s.cleared(72, 0);
  s.custody(72, custodian::ended, 0, cause::normal_clearing);
  s.ends(72);
  const tally all = count(s.events);
  CHECK(total(all, measure::calls) == 1);
  CHECK(total(all, measure::talk_ns) == 35 * second);
  CHECK(total(all, measure::hold_ns) == 25 * second);
  CHECK(total(all, measure::consult_ns) == 25 * second);
  CHECK(total(all, measure::transfers) == 1);
  CHECK(total(all, measure::transfers_busy) == 1);
  CHECK(total(all, measure::transfers_returned) == 1);
  CHECK(total(all, measure::transfers_dropped) == 0);
}

TEST_CASE("a caller who is lost between the operator and the called party is a drop; who hangs up is not") {
  for (const bool lost : {true, false}) {
    story s = answered_call();
    s.custody(30, custodian::wait, 0, cause::single_step_transfer, layer::command);
    event& begins = s.say(30, event_kind::transfer_started);
    begins.cause = cause::single_step_transfer;
    begins.operator_ = operator_id{7};
    event& over = s.say(40, event_kind::transfer_ended);
    over.detail = static_cast<std::uint16_t>(lost ? transfer_result::escalated : transfer_result::caller_left);
    over.cause = cause::call_not_answered;
    s.custody(40, custodian::ended, 0, cause::no_available_agents, lost ? layer::board : layer::party);
    s.ends(40);
    const tally all = count(s.events);
    CHECK(total(all, measure::transfers_dropped) == (lost ? 1 : 0));
    CHECK(total(all, measure::transfers_single_step) == 1);
    CHECK(total(all, lost ? measure::transfers_no_answer : measure::transfers_caller_left) == 1);
  }
}

TEST_CASE("a caller whose own line fails in a transfer is counted apart from drops") {
  story s = answered_call();
  s.custody(30, custodian::wait, 0, cause::single_step_transfer, layer::command);
  s.say(30, event_kind::transfer_started).operator_ = operator_id{7};
  s.custody(40, custodian::ended, 0, cause::media_lost, layer::media);
  s.say(40, event_kind::transfer_ended).detail = static_cast<std::uint16_t>(transfer_result::caller_left);
  s.ends(40);
  const tally all = count(s.events);
  CHECK(total(all, measure::transfers_dropped) == 0);
  CHECK(total(all, measure::transfers_line_lost) == 1);
  CHECK(total(all, measure::transfers_caller_left) == 1);
}

TEST_CASE("M1 rings: answered on the fourth is within four, on the fifth is not") {
  story s;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    s.call = i;
    s.enters(static_cast<double>(i));
  }
  for (std::uint64_t i = 1; i <= 6; ++i) {
    s.call = i;
    const double answered = static_cast<double>(i) + 5.0 * static_cast<double>(i) - 2.5;  // in ring i
    s.custody(100 + answered, custodian::operator_, 7);
    s.leaves(100 + answered, 100 + static_cast<double>(i), 7);
  }
  std::int64_t within_four = 0;
  count(s.events).for_each([&](const cell_key& key, std::span<const std::int64_t> sums) {
    if (key.kind == record_kind::wait_rings && key.device <= 4) within_four += sums[0];
  });
  CHECK(within_four == 4);
}

TEST_CASE("a wait whose end the log lacks is said, and the counts do not close over it") {
  story s;
  s.enters(0);
  s.ends(30);
  s.call = 2;
  s.leaves(31, 20, 7);  // it began before the log
  const tally all = count(s.events);
  CHECK(total(all, measure::wait_unknown) == 1);
  CHECK(total(all, measure::waiting) == 0);
  CHECK(total(all, measure::unmatched) == 1);
  CHECK(total(all, measure::entered) == 1);
}

TEST_CASE("an operator's time is cut where intervals end, and shared out by overlap only") {
  story s;
  const auto says = [&](double at, event_kind kind, operator_state state) {
    event& e = s.say(at, kind);
    e.operator_ = operator_id{7};
    e.state = static_cast<std::uint8_t>(state);
    e.call = {};
  };
  says(-300, event_kind::operator_logged_on, operator_state::not_ready);
  says(0, event_kind::operator_ready, operator_state::ready);
  says(600, event_kind::operator_busy, operator_state::busy);
  says(700, event_kind::operator_not_ready, operator_state::busy);  // for afterwards
  says(1500, event_kind::operator_working_after_call, operator_state::working_after_call);
  says(1530, event_kind::operator_ready, operator_state::ready);
  says(3600, event_kind::operator_logged_off, operator_state::null);
  const tally all = count(s.events);
  CHECK(total(all, measure::logged_on_ns) == 3900 * second);
  CHECK(total(all, measure::not_ready_ns) == 300 * second);
  CHECK(total(all, measure::busy_ns) == 900 * second);
  CHECK(total(all, measure::working_ns) == 30 * second);
  CHECK(total(all, measure::wrap_ns) == 30 * second);
  CHECK(total(all, measure::ready_ns) == 2670 * second);
  std::int64_t first_quarter = 0;
  all.for_each([&](const cell_key& key, std::span<const std::int64_t> sums) {
    if (key.kind == record_kind::operator_time && key.bin == bin_of(nine)) first_quarter += sums[place_of(measure::busy_ns)];
  });
  CHECK(first_quarter == 300 * second);
}

TEST_CASE("S5 S7 a drill is in no figure, whatever happened in it") {
  story s = answered_call();
  const std::size_t begins = s.events.size();
  s.call = 2;
  s.enters(20);
  s.custody(30, custodian::operator_, 8);
  s.leaves(30, 20, 8);
  s.cleared(60, 0);
  s.ends(60);
  for (std::size_t i = begins; i < s.events.size(); ++i) s.events[i].marks = static_cast<std::uint16_t>(mark::drill);
  s.call = 1;
  s.cleared(72, 0);
  s.custody(72, custodian::ended, 0, cause::normal_clearing);
  s.ends(72);
  story without = answered_call();
  without.cleared(72, 0);
  without.custody(72, custodian::ended, 0, cause::normal_clearing);
  without.ends(72);
  const tally all = count(s.events), rest = count(without.events);
  for (const measure what : {measure::calls, measure::offered, measure::answered, measure::handled, measure::talk_ns,
                             measure::answered_wait_ns, measure::calls_ended, measure::entered, measure::left})
    CHECK(total(all, what) == total(rest, what));
  CHECK(total(all, measure::calls) == 1);
}

TEST_CASE("who waits when an interval begins is counted by looking") {
  story s;
  s.enters(10);
  s.custody(2000, custodian::operator_, 7);  // more than two quarters later
  s.leaves(2000, 10, 7);
  const tally all = count(s.events);
  CHECK(total(all, measure::waits_at_start) == 2);
}

TEST_CASE("a call of three days is one call, in its first interval") {
  story s = answered_call();
  s.cleared(3 * 86400, 0);
  s.custody(3 * 86400, custodian::ended, 0, cause::normal_clearing);
  s.ends(3 * 86400);
  const auto records = records_of(s.events);
  for (const record& one : records)
    if (one.kind != record_kind::flow) CHECK(bin_of(one.at) == bin_of(nine));
  CHECK(total(count(s.events), measure::call_ns) == 3 * 86400 * second);
}

TEST_CASE("work after a call is joined to the call that it is for, which its event does not name") {
  story s;
  const auto says = [&](double at, event_kind kind, operator_state state) {
    const std::uint64_t call = s.call;
    event& e = s.say(at, kind);
    e.operator_ = operator_id{7};
    e.state = static_cast<std::uint8_t>(state);
    e.call = kind == event_kind::operator_busy ? call_id{call} : call_id{};
  };
  says(-60, event_kind::operator_logged_on, operator_state::not_ready);
  says(-50, event_kind::operator_ready, operator_state::ready);
  s.enters(0);
  says(5, event_kind::operator_busy, operator_state::busy);
  s.custody(12, custodian::operator_, 7);
  s.leaves(12, 0, 7);
  s.cleared(72, 0);
  s.custody(72, custodian::ended, 0, cause::normal_clearing);
  s.ends(72);
  says(72, event_kind::operator_working_after_call, operator_state::working_after_call);
  says(102, event_kind::operator_ready, operator_state::ready);
  std::int64_t wraps = 0;
  for (const record& one : records_of(s.events)) {
    if (one.kind != record_kind::wrap) continue;
    ++wraps;
    CHECK(one.call == 1);
    CHECK(one.queue == 1);
    CHECK(one.at == nine);
    CHECK(one.length == 30 * second);
  }
  CHECK(wraps == 1);
}
