// SPDX-License-Identifier: Apache-2.0
// Appointments in slots, who did not come, handlers who cannot be there, faults that are known, messages. A2, A3, A5, A6, A8, C3, M9, P7.
#include "request_house.hpp"

namespace cordboard {
namespace {

constexpr const char* wang = R"({"kind":"appointment","name":"王芳","number":"0713-6281234"})";
constexpr const char* chen = R"({"kind":"appointment","name":"陈静","number":"0713-6285678"})";
constexpr auto visit = static_cast<std::uint16_t>(request_time::appointment);

struct booking_house : request_house {
  explicit booking_house(house_config c = sim::booking_house()) : request_house(std::move(c)) {}

  errc offers(std::int64_t at, std::uint16_t places, const char* what = R"({"kind":"appointment","what":"内科 王医生"})") {
    command c;
    c.kind = command_kind::offer_slot;
    c.value = at;
    c.detail = places;
    REQUIRE(set_text(c, what));
    return give(c);
  }
  /// @returns  its number
  std::uint64_t slot(std::int64_t at, std::uint16_t places,
                     const char* what = R"({"kind":"appointment","what":"内科 王医生"})") {
    REQUIRE(offers(at, places, what) == errc{});
    return last_of(event_kind::slot_offered).sequence;
  }
  errc books(std::int64_t at, std::uint64_t number, const char* told = "") {
    command c;
    c.kind = command_kind::promise_request;
    c.request = id;
    c.detail = visit;
    c.value = at;
    c.other = number;
    REQUIRE(set_text(c, told));
    return give(c);
  }
  std::uint32_t taken(std::int64_t at, std::uint64_t number) const { return state.slots.find({at, number})->taken; }
  /// A person of this number books the next time, and does not come.
  void stays_away(const char* who) {
    const std::int64_t at = now + 2 * hour;
    const std::uint64_t number = slot(at, 1);
    REQUIRE(open(who) == errc{});
    REQUIRE(books(at, number) == errc{});
    go_on(2 * hour + 20 * minute + second);
  }
};

TEST_CASE("A8: a slot is never given out twice, and is free again when it is given back") {
  booking_house h;
  const std::int64_t at = h.now + 48 * hour, later = at + hour;
  const std::uint64_t one = h.slot(at, 1), two = h.slot(later, 2);
  REQUIRE(h.open(wang) == errc{});
  const request_id first = h.id;
  CHECK(h.books(at, one + 1) == errc::slot_unknown);
  CHECK(h.books(later, one) == errc::slot_unknown);  // not at that time
  CHECK(h.books(at, 0) == errc::slot_unknown);       // in slots only
  REQUIRE(h.books(at, one, "周三九点,内科二诊室") == errc{});
  CHECK(h.last_of(event_kind::request_time_set).other == one);
  CHECK(h.last_of(event_kind::request_told).detail == static_cast<std::uint16_t>(told_of::appointment));
  REQUIRE(h.open(chen) == errc{});
  CHECK(h.books(at, one) == errc::slot_taken);  // and the reason is told at once
  h.crash();
  CHECK(h.books(at, one) == errc::slot_taken);
  REQUIRE(h.books(later, two) == errc{});
  CHECK(h.taken(at, one) == 1);
  // Who moves gives the place back; so does who cancels.
  REQUIRE(h.give_for(command_kind::cancel_request, first, "有事") == errc{});
  CHECK(h.taken(at, one) == 0);
  REQUIRE(h.books(at, one) == errc{});
  CHECK(h.taken(later, two) == 0);
  CHECK(h.books(at, one) == errc{});  // one's own place is not taken by somebody else
  CHECK(h.taken(at, one) == 1);
}

TEST_CASE("A8: the same doctor and time is one slot whoever offers it, and places may become more or fewer") {
  booking_house h;
  const std::int64_t at = h.now + 48 * hour;
  const std::uint64_t one = h.slot(at, 1);
  REQUIRE(h.offers(at, 1) == errc{});
  CHECK(h.all(event_kind::slot_offered).size() == 1);  // a list that is read twice
  REQUIRE(h.offers(at, 3) == errc{});
  CHECK(h.last_of(event_kind::slot_offered).other == one);
  CHECK(h.state.slots.find({at, one})->places == 3);
  CHECK(h.slot(at, 1, R"({"kind":"appointment","what":"外科 李医生"})") != one);
  CHECK(h.offers(at, 1, R"({"kind":"wish","what":"x"})") == errc::request_kind_unknown);
  CHECK(h.offers(at, 1, R"({"kind":"appointment"})") == errc::field_invalid);
  CHECK(h.offers(at, 256) == errc::field_invalid);
  CHECK(h.offers(h.now - 1, 1) == errc::field_invalid);
  CHECK(h.offers(at + hour, 0) == errc::slot_unknown);
  CHECK(h.offers(at, 1, "{") == errc::text_invalid);
}

TEST_CASE("A8: it is booked neither too early nor too late") {
  booking_house h;
  const std::int64_t soon = h.now + 2 * hour, far = h.now + 8 * day;
  const std::uint64_t near_slot = h.slot(soon, 1), far_slot = h.slot(far, 1);
  REQUIRE(h.open(wang) == errc{});
  CHECK(h.books(far, far_slot) == errc::booking_closed);
  h.go_on(day + second);
  REQUIRE(h.books(far, far_slot) == errc{});
  booking_house late;
  const std::uint64_t number = late.slot(soon, 1);
  REQUIRE(late.open(wang) == errc{});
  late.go_on(hour + second);
  CHECK(late.books(soon, number) == errc::booking_closed);
  (void)near_slot;
}

TEST_CASE("A1: so many requests of a kind are open for one person, whoever calls for them") {
  booking_house h;
  for (int i = 0; i < 3; ++i) REQUIRE(h.open(wang) == errc{});
  CHECK(h.open(R"({"kind":"appointment","number":"(0713) 6281234"})") == errc::person_limit);
  REQUIRE(h.open(chen) == errc{});
  // Another number on the same request is another person.
  REQUIRE(h.act(command_kind::change_request, R"({"number":"6280000"})") == errc{});
  CHECK(h.last_of(event_kind::request_person_known).other == 6280000);
  REQUIRE(h.act(command_kind::cancel_request, "x") == errc{});
  CHECK(h.state.persons.find({6280000, h.last_of(event_kind::request_opened).detail}) == nullptr);
}

TEST_CASE("A2, A3: who comes is checked in, and is reminded on the day, once, unless it was booked so late") {
  booking_house h;
  const std::int64_t at = h.now + 10 * hour;
  const std::uint64_t one = h.slot(at, 1);
  REQUIRE(h.open(wang) == errc{});
  CHECK(h.act(command_kind::check_in_request) == errc::request_wrong_state);
  REQUIRE(h.books(at, one, "九点,内科二诊室,空腹") == errc{});
  h.go_on(7 * hour - second);
  CHECK(h.all(event_kind::appointment_near).empty());
  h.go_on(2 * second);
  REQUIRE(h.all(event_kind::appointment_near).size() == 1);
  CHECK(h.last_of(event_kind::appointment_near).value == at);
  h.go_on(2 * hour);
  REQUIRE(h.act(command_kind::check_in_request) == errc{});
  CHECK(h.last_of(event_kind::request_arrived).value == at);
  CHECK(h.act(command_kind::check_in_request) == errc::request_wrong_state);
  h.go_on(3 * hour);
  CHECK(h.all(event_kind::request_no_show).empty());
  CHECK(h.all(event_kind::appointment_near).size() == 1);
  booking_house late;
  const std::int64_t soon = late.now + 2 * hour;
  const std::uint64_t number = late.slot(soon, 1);
  REQUIRE(late.open(wang) == errc{});
  REQUIRE(late.books(soon, number) == errc{});
  late.go_on(2 * hour);
  CHECK(late.all(event_kind::appointment_near).empty());
}

TEST_CASE("A5: who does not come within the grace is recorded, the appointment is off, and somebody is to call and ask") {
  booking_house h;
  const std::int64_t at = h.now + 2 * hour;
  const std::uint64_t one = h.slot(at, 1);
  REQUIRE(h.open(wang) == errc{});
  REQUIRE(h.act(command_kind::promise_request, "", 0, static_cast<std::uint16_t>(request_time::call)) == errc{});
  REQUIRE(h.books(at, one) == errc{});
  h.go_on(2 * hour + 20 * minute - second);
  CHECK(h.all(event_kind::request_no_show).empty());
  const auto due = h.all(event_kind::request_call_due).size();
  h.go_on(2 * second);
  const event missed = h.last_of(event_kind::request_no_show);
  CHECK(missed.value == at);
  CHECK(missed.state == 1);
  CHECK(missed.cause == cause::timeout);
  CHECK(h.record()->appointment == 0);
  CHECK(h.taken(at, one) == 0);
  CHECK(h.all(event_kind::request_call_due).size() == due + 1);
  // It is booked again, or closed for good.
  const std::int64_t again = h.now + 5 * hour;
  REQUIRE(h.books(again, h.slot(again, 1)) == errc{});
  REQUIRE(h.act(command_kind::close_request, R"({"result":"no_show","note":"忘记了"})") == errc{});
}

TEST_CASE("A5: who stays away again and again may not book for a while, unless somebody who may releases them") {
  booking_house h;
  h.stays_away(wang);
  CHECK(h.all(event_kind::booking_barred).empty());
  h.stays_away(wang);
  const event bar = h.last_of(event_kind::booking_barred);
  CHECK(bar.state == 2);
  CHECK(bar.value == bar.time_ns + 30 * day);
  const std::int64_t at = h.now + 5 * hour;
  const std::uint64_t one = h.slot(at, 1);
  CHECK(h.books(at, one) == errc::booking_barred);
  CHECK(h.open(wang) == errc::booking_barred);
  REQUIRE(h.open(chen) == errc{});                                              // others may
  REQUIRE(h.open(R"({"kind":"callback","number":"0713-6281234"})") == errc{});  // and other matters are none of this
  h.crash();
  CHECK(h.open(wang) == errc::booking_barred);
  command release;
  release.kind = command_kind::release_booking;
  REQUIRE(set_text(release, "07136281234"));
  SUBCASE("released") {
    release.actor = actor_id{1};  // console: it may not supervise
    CHECK(h.give(release) == errc::access_refused);
    release.id = {};
    release.actor = {};
    REQUIRE(h.give(release) == errc{});
    REQUIRE(h.open(wang) == errc{});
    REQUIRE(h.act(command_kind::cancel_request, "x") == errc{});
    release.id = {};
    CHECK(h.give(release) == errc::request_wrong_state);
    h.stays_away(wang);  // counted from the beginning
    CHECK(h.last_of(event_kind::request_no_show).state == 1);
  }
  SUBCASE("the term is over") {
    h.go_on(30 * day);
    REQUIRE(h.open(wang) == errc{});
  }
}

TEST_CASE("A4, A5: by kind, who cancels too late is refused, or counts as one who did not come") {
  auto config = sim::booking_house();
  config.request_kinds.back().late_is_no_show = true;
  booking_house h(config);
  const std::int64_t at = h.now + 3 * hour;
  const std::uint64_t one = h.slot(at, 1);
  REQUIRE(h.open(wang) == errc{});
  REQUIRE(h.books(at, one) == errc{});
  h.go_on(2 * hour);
  REQUIRE(h.act(command_kind::cancel_request, "来不了") == errc{});
  CHECK(h.last_of(event_kind::request_no_show).cause == cause::call_cancelled);
  CHECK(static_cast<request_status>(h.last_of(event_kind::request_closed).state) == request_status::cancelled);
  CHECK(h.taken(at, one) == 0);
}

TEST_CASE("A6, N3: when the handler cannot be there, the head of the unit names somebody, and the person is told in time") {
  booking_house h;
  const std::int64_t at = h.now + 30 * hour;
  const std::uint64_t one = h.slot(at, 1);
  REQUIRE(h.open(wang) == errc{});
  REQUIRE(h.books(at, one) == errc{});
  REQUIRE(h.act(command_kind::excuse_owner, "出差") == errc{});
  CHECK(h.act(command_kind::excuse_owner, "出差") == errc::request_wrong_state);
  const event excused = h.last_of(event_kind::request_owner_excused);
  CHECK(excused.device == h.device("1000"));  // the head of the unit
  CHECK(excused.value == at - 12 * hour);     // half a day ahead
  CHECK(h.text_of_last(event_kind::request_owner_excused) == "出差");
  SUBCASE("a substitute") {
    REQUIRE(h.by(command_kind::take_request, "li") == errc{});
    CHECK(h.last_of(event_kind::request_taken).other == excused.sequence);
    CHECK(h.record()->notice != 0);  // who comes knows it not yet
    REQUIRE(h.act(command_kind::tell_request, "改由李医生接待,电话 8003", 0, static_cast<std::uint16_t>(told_of::handler)) ==
            errc{});
    CHECK(h.record()->notice == 0);
    h.go_on(29 * hour);
    CHECK(h.all(event_kind::request_overdue).empty());
  }
  SUBCASE("a new time, however late it is") {
    h.go_on(29 * hour + 30 * minute);
    const std::int64_t other = h.now + 20 * hour;
    REQUIRE(h.books(other, h.slot(other, 1), "改到明天") == errc{});
    CHECK(h.record()->notice == 0);
    CHECK(h.record()->excused == 0);
    CHECK(h.taken(at, one) == 0);
  }
  SUBCASE("nobody tells the person") {
    h.go_on(18 * hour + second);
    CHECK(h.last_of(event_kind::request_overdue).detail == static_cast<std::uint16_t>(request_time::notice));
    CHECK(h.last_of(event_kind::request_escalated).device == h.device("1000"));
  }
}

TEST_CASE("A6: a time that the house takes away excuses it from everybody who has booked it") {
  booking_house h;
  const std::int64_t at = h.now + 30 * hour;
  const std::uint64_t one = h.slot(at, 2);
  REQUIRE(h.open(wang) == errc{});
  REQUIRE(h.books(at, one) == errc{});
  REQUIRE(h.open(chen) == errc{});
  REQUIRE(h.books(at, one) == errc{});
  REQUIRE(h.offers(at, 0) == errc{});
  const auto excused = h.all(event_kind::request_owner_excused);
  REQUIRE(excused.size() == 2);
  CHECK(excused[0].other == h.last_of(event_kind::slot_offered).sequence);
  REQUIRE(h.open(wang) == errc{});
  CHECK(h.books(at, one) == errc::slot_unknown);
}

TEST_CASE("M9: a known fault is announced to callers, and who reports it again is linked to it and told with it") {
  auto config = sim::booking_house();
  config.queues.front().welcome = {"welcome"};
  booking_house h(config);
  const char* fault = R"({"kind":"callback","number":"6280001","matter":"三号电梯"})";
  REQUIRE(h.open(fault) == errc{});
  const request_id known = h.id;
  command tell;
  tell.kind = command_kind::announce_request;
  tell.request = known;
  tell.queue = queue_by_number(h.state, "9000");
  tell.detail = 1;
  REQUIRE(h.give(tell) == errc{});
  tell.id = {};
  CHECK(h.give(tell) == errc::request_wrong_state);
  const call_id call = h.call_in("9000");
  CHECK(h.text_of_last(event_kind::announcement_started) == "fault_known welcome");
  // The same fault, told by others.
  std::vector<request_id> parts;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(h.open(fault) == errc{});
    parts.push_back(h.id);
    command link;
    link.kind = command_kind::link_request;
    link.request = h.id;
    link.other = known.value;
    REQUIRE(h.give(link) == errc{});
    link.id = {};
    CHECK(h.give(link) == errc::request_wrong_state);  // it is
    link.id = {};
    link.request = known;
    link.other = h.id.value;
    CHECK(h.give(link) == errc::request_wrong_state);  // one level
  }
  REQUIRE(h.open(R"({"kind":"complaint","matter":"x"})") == errc{});
  command other;
  other.kind = command_kind::link_request;
  other.request = h.id;
  other.other = known.value;
  CHECK(h.give(other) == errc::request_wrong_state);  // of another kind
  REQUIRE(h.give_for(command_kind::close_request, known, R"({"result":"done","note":"已修复"})") == errc{});
  std::size_t with_it = 0;
  for (const event& e : h.all(event_kind::request_closed)) with_it += e.cause == cause::redirected ? 1U : 0U;
  CHECK(with_it == 2);
  for (const request_id part : parts) CHECK(h.state.requests.find(part) == nullptr);
  const call_id after = h.call_in("9000");
  CHECK(h.text_of_last(event_kind::announcement_started) == "welcome");
  CHECK(call != after);
}

TEST_CASE("M9: what cannot be closed with the whole goes on alone") {
  request_house h;
  REQUIRE(h.open(R"({"kind":"complaint","matter":"等候太久"})") == errc{});
  const request_id whole = h.id;
  REQUIRE(h.open(R"({"kind":"complaint","matter":"等候太久"})") == errc{});
  command link;
  link.kind = command_kind::link_request;
  link.request = h.id;
  link.other = whole.value;
  REQUIRE(h.give(link) == errc{});
  REQUIRE(h.give_for(command_kind::tell_request, whole, "已答复", 0, static_cast<std::uint16_t>(told_of::result)) == errc{});
  REQUIRE(h.give_for(command_kind::close_request, whole, R"({"result":"upheld"})") == errc{});
  REQUIRE(h.record() != nullptr);  // this one was not told
  CHECK(!h.record()->part_of);
}

TEST_CASE("C3: what is missing is told once, and a repeat call on the same matter is linked to it") {
  auto config = sim::booking_house();
  config.policy.entry_limit = std::chrono::minutes(10);
  booking_house h(config);
  REQUIRE(h.open(R"({"kind":"complaint","matter":"等候太久"})") == errc{});
  REQUIRE(h.act(command_kind::tell_request, "还缺身份证复印件", 0, static_cast<std::uint16_t>(told_of::missing)) == errc{});
  CHECK(h.text_of_last(event_kind::request_told) == "还缺身份证复印件");
  h.talking();
  const call_id call = h.call;
  h.hangs_up(h.caller);
  h.settle();
  REQUIRE(h.all(event_kind::entry_owed).size() == 1);
  command again;
  again.kind = command_kind::note_request;
  again.request = h.id;
  again.call = call;
  REQUIRE(set_text(again, "再次来电,材料没讲清"));
  REQUIRE(h.give(again) == errc{});
  CHECK(h.last_of(event_kind::request_noted).call == call);
  CHECK(h.last_of(event_kind::entry_settled).cause == cause::normal);
  again.id = {};
  again.call = call_id{4711};
  CHECK(h.give(again) == errc::call_unknown);
}

TEST_CASE("P7: a message is asked for once and ends once; who reports it late or twice is told") {
  request_house h;
  REQUIRE(h.open(R"({"kind":"callback","number":"013800138000"})") == errc{});
  REQUIRE(h.act(command_kind::send_message, "confirmation", 0, static_cast<std::uint16_t>(message_way::sms)) == errc{});
  const std::uint64_t asked = h.last_of(event_kind::message_asked).sequence;
  CHECK(h.text_of_last(event_kind::message_asked) == "confirmation");
  CHECK(h.act(command_kind::send_message, "confirmation", 0, 9) == errc::command_invalid);
  const auto reports = [&](std::uint64_t of, message_result how) {
    command c;
    c.kind = command_kind::report_message;
    c.other = of;
    c.detail = static_cast<std::uint16_t>(how);
    return h.give(c);
  };
  CHECK(reports(asked + 1, message_result::sent) == errc::message_unknown);
  REQUIRE(reports(asked, message_result::sent) == errc{});
  REQUIRE(h.act(command_kind::close_request, R"({"result":"done"})") == errc{});
  REQUIRE(reports(asked, message_result::delivered) == errc{});  // the matter may be over by then
  CHECK(h.last_of(event_kind::message_reported).request == h.id);
  CHECK(reports(asked, message_result::delivered) == errc::message_unknown);
  // What was decided is written when it is decided: then it is closed already.
  CHECK(h.act(command_kind::send_message, "result", 0, static_cast<std::uint16_t>(message_way::mail)) == errc::request_unknown);
  command about;
  about.kind = command_kind::send_message;
  about.request = h.id;
  about.other = h.last_of(event_kind::request_closed).sequence;
  about.detail = static_cast<std::uint16_t>(message_way::mail);
  REQUIRE(set_text(about, "result"));
  REQUIRE(h.give(about) == errc{});
  CHECK(h.last_of(event_kind::message_asked).request == h.id);
}

/// A call that the kind's dialogue leads.
struct led_house : booking_house {
  led_house() : booking_house(sim::booking_house(sim::asking_house())) {
    at = now + 5 * hour;
    number = slot(at, 1);
    REQUIRE(open(wang) == errc{});
    REQUIRE(books(at, number) == errc{});
  }
  std::int64_t at = 0;
  std::uint64_t number = 0;

  errc calls_by_dialogue(const char* to = "013800138000") {
    command c;
    c.kind = command_kind::call_request;
    c.request = id;
    c.detail = 1;
    c.new_call = attempt = call_id{fresh()};
    c.new_leg = line = leg_id{fresh()};
    c.new_party = party_id{fresh()};
    REQUIRE(set_text(c, to));
    return give(c);
  }
  void said() { apply(any_fact{fact::announced{line, peers[line].hears.number, true}}), settle(); }
  void presses(char key) { apply(any_fact{fact::key_pressed{line, peers[line].hears.number, key}}), settle(); }
  void picks_up() {
    answers(line);
    settle();
    said();
  }
};

TEST_CASE("A2, A3: a person is called by a dialogue, without an operator, and says by key whether the appointment holds") {
  led_house h;
  REQUIRE(h.calls_by_dialogue() == errc{});
  CHECK(h.last_of(event_kind::request_attempted).state == 1);
  CHECK(!h.last_of(event_kind::request_attempted).operator_);
  h.picks_up();
  CHECK(h.last_of(event_kind::custody_moved).custodian == custodian::dialogue);
  SUBCASE("it holds") {
    h.presses('1');
    CHECK(h.last_of(event_kind::request_confirmed).value == h.at);
    h.said();
    h.hangs_up(h.line);
    h.settle();
    CHECK(h.record()->appointment == h.at);
    CHECK(h.record()->call_at == 0);
  }
  SUBCASE("another time is wanted: an operator calls") {
    const auto due = h.all(event_kind::request_call_due).size();
    h.presses('2');
    h.said();
    h.hangs_up(h.line);
    h.settle();
    CHECK(h.text_of_last(event_kind::request_changed) == R"({"wish":"2"})");
    CHECK(h.record()->attempts == 0);
    h.go_on(2 * minute);
    CHECK(h.all(event_kind::request_call_due).size() == due + 1);
  }
  SUBCASE("it is off, and the slot is free at once") {
    h.presses('3');
    CHECK(h.taken(h.at, h.number) == 0);
    CHECK(h.record() != nullptr);  // the call is still up
    h.said();
    h.hangs_up(h.line);
    h.settle();
    CHECK(h.record() == nullptr);
    CHECK(static_cast<request_status>(h.last_of(event_kind::request_closed).state) == request_status::cancelled);
  }
  SUBCASE("a crash in between") {
    h.crash();
    h.presses('1');
    CHECK(h.last_of(event_kind::request_confirmed).value == h.at);
    h.said();
    h.hangs_up(h.line);
    h.settle();
  }
  CHECK(static_cast<attempt_outcome>(h.last_of(event_kind::request_attempt_ended).detail) == attempt_outcome::answered);
  CHECK(h.all(event_kind::command_done).back().detail != 0);
}

TEST_CASE("a person who is called by a dialogue and does not answer is called again later") {
  led_house h;
  REQUIRE(h.calls_by_dialogue() == errc{});
  CHECK(h.calls_by_dialogue() == errc::attempt_running);
  h.line = h.last_of(event_kind::request_attempted).leg;
  h.refuses(h.line, 480);
  h.settle();
  const event ended = h.last_of(event_kind::request_attempt_ended);
  CHECK(static_cast<attempt_outcome>(ended.detail) == attempt_outcome::no_answer);
  CHECK(ended.value == ended.time_ns + 10 * minute);
  CHECK(h.all(event_kind::command_failed).size() == 1);
  // A kind without a dialogue has nobody who would talk.
  REQUIRE(h.open(R"({"kind":"callback","number":"013800138000"})") == errc{});
  CHECK(h.calls_by_dialogue() == errc::command_invalid);
}

}  // namespace
}  // namespace cordboard
