// SPDX-License-Identifier: Apache-2.0
// What people are owed, written down event by event.
#include <doctest/doctest.h>

#include "house_log.hpp"

using namespace cordboard;
using namespace cordboard::figures;
using namespace cordboard::figures_test;

namespace {

constexpr std::uint16_t a_complaint = 2;

/// A request of kind 2, owned by operator 5, to be closed within an hour.
struct matter : story {
  matter() {
    event& e = about(0, event_kind::request_opened);
    e.operator_ = operator_id{5};
    e.detail = a_complaint;
    e.state = static_cast<std::uint8_t>(request_source::web);
    e.value = at(3600);
  }
  static std::int64_t at(double seconds) { return nine + static_cast<std::int64_t>(seconds * 1e9); }
  event& about(double when, event_kind kind) {
    event& e = say(when, kind);
    e.call = {};
    e.party = {};
    e.request = request_id{77};
    return e;
  }
  void sets(double when, request_time which, double to) {
    event& e = about(when, event_kind::request_time_set);
    e.detail = static_cast<std::uint16_t>(which);
    e.value = to == 0 ? 0 : at(to);
  }
  void overdue(double when, request_time which) {
    about(when, event_kind::request_overdue).detail = static_cast<std::uint16_t>(which);
  }
  void closes(double when, request_status how = request_status::closed, std::uint16_t result = 1) {
    event& e = about(when, event_kind::request_closed);
    e.state = static_cast<std::uint8_t>(how);
    e.detail = result;
  }
  void called(double when, double until, attempt_outcome how, std::uint16_t nth) {
    event& e = about(when, event_kind::request_attempted);
    e.operator_ = operator_id{5};
    e.call = call_id{100 + std::uint64_t{nth}};
    e.detail = nth;
    about(until, event_kind::request_attempt_ended).detail = static_cast<std::uint16_t>(how);
  }
  std::int64_t of(measure what) const { return total(count(events), what); }
};

}  // namespace

TEST_CASE("C1 a complaint in time, late, and missed: each is decided once, by the time that was due") {
  matter in_time;
  in_time.closes(1800);
  CHECK(in_time.of(measure::completion_in_time) == 1);
  CHECK(in_time.of(measure::requests_closed) == 1);
  CHECK(in_time.of(measure::request_ns) == 1800 * second);
  matter missed;
  missed.overdue(3600, request_time::completion);
  CHECK(missed.of(measure::completion_missed) == 1);
  CHECK(missed.of(measure::completion_ahead) == 0);
  matter late = missed;
  late.closes(4000);
  CHECK(late.of(measure::completion_late) == 1);
  CHECK(late.of(measure::completion_missed) == 0);
  CHECK(late.of(measure::late_ns) == 400 * second);
  // Before its time it is nobody's failure, and when it was called off, it never was.
  matter ahead;
  CHECK(ahead.of(measure::completion_ahead) == 1);
  ahead.closes(60, request_status::cancelled, 0);
  CHECK(ahead.of(measure::completion_ahead) == 0);
  CHECK(ahead.of(measure::completion_in_time) == 0);
  CHECK(ahead.of(measure::requests_cancelled) == 1);
}

TEST_CASE("what is due is counted where it is due, also when that is days ahead") {
  matter m;
  m.sets(10, request_time::promised, 3.0 * 86400);
  for (const record& one : records_of(m.events))
    if (one.kind == record_kind::duty)
      CHECK(one.at == (one.second == static_cast<std::uint8_t>(duty_of::promise) ? m.at(3.0 * 86400) : m.at(3600)));
}

TEST_CASE("H5 a promise that was broken stays broken when another one is made") {
  matter m;
  m.sets(10, request_time::promised, 600);
  m.overdue(600, request_time::promised);
  m.sets(700, request_time::promised, 1200);
  m.about(1000, event_kind::request_told).detail = static_cast<std::uint16_t>(told_of::result);
  CHECK(m.of(measure::promise_missed) == 1);
  CHECK(m.of(measure::promise_in_time) == 1);
  // To be told the limit is no answer.
  matter waits;
  waits.sets(10, request_time::promised, 600);
  waits.about(20, event_kind::request_told).detail = static_cast<std::uint16_t>(told_of::limit);
  CHECK(waits.of(measure::promise_ahead) == 1);
}

TEST_CASE("H5 callback in time and reach: the first contact, and which call reached the person") {
  matter m;
  m.sets(0, request_time::first_contact, 900);
  m.called(100, 130, attempt_outcome::busy, 1);
  m.called(300, 330, attempt_outcome::operator_missed, 2);
  m.called(600, 700, attempt_outcome::answered, 3);
  m.sets(700, request_time::first_contact, 0);
  m.closes(800);
  CHECK(m.of(measure::first_contact_in_time) == 1);
  CHECK(m.of(measure::persons_called) == 1);
  CHECK(m.of(measure::persons_reached) == 1);
  CHECK(m.of(measure::reached_third) == 1);
  CHECK(m.of(measure::attempts) == 3);
  CHECK(m.of(measure::attempts_busy) == 1);
  CHECK(m.of(measure::attempts_operator_missed) == 1);
  CHECK(m.of(measure::requests_at_once) == 0);
}

TEST_CASE("P1 signed for, extended, returned, second round, escalated") {
  matter m;
  event& first = m.about(60, event_kind::request_taken);
  first.operator_ = operator_id{5};
  event& second_owner = m.about(120, event_kind::request_taken);
  second_owner.device = device_id{8001};
  CHECK(m.of(measure::requests_returned) == 0);
  m.about(180, event_kind::request_taken).operator_ = operator_id{5};
  m.sets(200, request_time::completion, 7200);
  event& again = m.about(300, event_kind::request_noted);
  again.call = call_id{9};
  m.overdue(7200, request_time::completion);
  m.about(7200, event_kind::request_escalated).cause = cause::overrun;
  m.about(7300, event_kind::request_told).detail = static_cast<std::uint16_t>(told_of::result);
  m.closes(7400);
  CHECK(m.of(measure::requests_signed) == 1);
  CHECK(m.of(measure::sign_ns) == 60 * second);
  CHECK(m.of(measure::requests_returned) == 1);
  CHECK(m.of(measure::requests_extended) == 1);
  CHECK(m.of(measure::requests_came_again) == 1);
  CHECK(m.of(measure::requests_escalated) == 1);
  CHECK(m.of(measure::requests_told) == 1);
  CHECK(m.of(measure::completion_late) == 1);
}

TEST_CASE("A7 an appointment that is moved is one, at its new time, and must be confirmed again") {
  matter m;
  m.sets(10, request_time::appointment, 5000);
  m.about(20, event_kind::request_confirmed);
  CHECK(m.of(measure::appointments_confirmed) == 1);
  m.sets(30, request_time::appointment, 9000);
  CHECK(m.of(measure::appointments) == 1);
  CHECK(m.of(measure::appointments_confirmed) == 0);
  matter came = m;
  came.about(8990, event_kind::request_arrived);
  came.closes(9100);
  CHECK(came.of(measure::appointments_arrived) == 1);
  CHECK(came.of(measure::appointments_over) == 1);
  matter missed = m;
  missed.about(9600, event_kind::request_no_show);
  missed.closes(9700);
  CHECK(missed.of(measure::appointments_missed) == 1);
  CHECK(missed.of(measure::appointments_over) == 0);
  m.closes(100, request_status::refused, 0);
  CHECK(m.of(measure::appointments_cancelled) == 1);
}

TEST_CASE("S6 an entry in the call, soon after, and never") {
  story s;
  for (std::uint64_t call = 1; call <= 3; ++call) {
    s.call = call;
    s.enters(static_cast<double>(call));
    s.custody(12, custodian::operator_, 7);
    s.leaves(12, static_cast<double>(call), 7);
  }
  s.call = 1;
  s.say(20, event_kind::call_noted).operator_ = operator_id{7};
  s.ends(30);
  for (std::uint64_t call = 2; call <= 3; ++call) {
    s.call = call;
    s.ends(31);
    s.say(31, event_kind::entry_owed).operator_ = operator_id{7};
  }
  s.call = 2;
  s.say(60, event_kind::entry_settled).cause = cause::normal;
  CHECK(total(count(s.events), measure::entries_owed) == 1);
  s.call = 3;
  s.say(631, event_kind::entry_settled).cause = cause::timeout;
  const tally all = count(s.events);
  CHECK(total(all, measure::entries) == 3);
  CHECK(total(all, measure::entries_at_call) == 1);
  CHECK(total(all, measure::entries_later) == 1);
  CHECK(total(all, measure::entries_missed) == 1);
  CHECK(total(all, measure::entries_owed) == 0);
}
