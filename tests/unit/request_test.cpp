// SPDX-License-Identifier: Apache-2.0
// Requests: numbers, owners, times, what people are told, and how they end. H5, M4, M11, N1, N4, C1, C2, C3, S11, A4.
#include "request_house.hpp"

namespace cordboard {
namespace {

constexpr const char* complaint =
    R"({"kind":"complaint","name":"王芳","number":"0713-6281234","matter":"等候太久","age":"61"})";

TEST_CASE("A1: a request has a number of its kind and year, and its fields stand in its text alone") {
  request_house h;
  REQUIRE(h.open(complaint) == errc{});
  CHECK(h.text_of_last(event_kind::request_opened) ==
        R"({"no":"T-2023-000001","name":"王芳","number":"0713-6281234","matter":"等候太久","age":"61"})");
  const event e = h.last_of(event_kind::request_opened);
  CHECK(e.other == (std::uint64_t{2023} << 32 | 1));
  CHECK(e.operator_ == h.operator_named("li"));
  CHECK(e.command != command_id{});
  CHECK(save(h.state).find("王芳") == std::string::npos);
  CHECK(save(h.state).find("6281234") == std::string::npos);
  REQUIRE(h.open(complaint) == errc{});
  CHECK(h.text_of_last(event_kind::request_opened).find("T-2023-000002") != std::string::npos);
  REQUIRE(h.open(R"({"kind":"callback"})") == errc{});
  CHECK(h.text_of_last(event_kind::request_opened).find("B-2023-000001") != std::string::npos);
  // A new year begins with 1; a clock that is set back does not.
  h.apply(any_fact{fact::request_calendar{"complaint", 2024, true, 0, 0, 0}});
  REQUIRE(h.open(complaint) == errc{});
  CHECK(h.text_of_last(event_kind::request_opened).find("T-2024-000001") != std::string::npos);
  h.apply(any_fact{fact::request_calendar{"complaint", 2023, true, 0, 0, 0}});
  REQUIRE(h.open(complaint) == errc{});
  CHECK(h.text_of_last(event_kind::request_opened).find("T-2024-000002") != std::string::npos);
}

TEST_CASE("a kind that is taken out and put back goes on with its numbers, and its open requests live on") {
  request_house h;
  REQUIRE(h.open(complaint) == errc{});
  const request_id first = h.id;
  auto without = sim::owing_house();
  std::erase_if(without.request_kinds, [](const request_kind_config& k) { return k.name == "complaint"; });
  h.configure(without);
  CHECK(h.open(complaint) == errc::request_kind_unknown);
  CHECK(h.give_for(command_kind::note_request, first, "still there") == errc{});
  h.configure(sim::owing_house());
  REQUIRE(h.open(complaint) == errc{});
  CHECK(h.text_of_last(event_kind::request_opened).find("T-2023-000002") != std::string::npos);
}

TEST_CASE("what does not fit the kind is refused by name, and nothing has happened") {
  request_house h;
  CHECK(h.open("") == errc::text_invalid);
  CHECK(h.open("{") == errc::text_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":{"a":"b"}})") == errc::text_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":1})") == errc::text_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"a","matter":"b"})") == errc::text_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"a\u0000b"})") == errc::text_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"\ud800"})") == errc::text_invalid);
  CHECK(h.open(R"({"kind":"wish","matter":"a"})") == errc::request_kind_unknown);
  CHECK(h.open(R"({"kind":"complaint"})") == errc::field_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":""})") == errc::field_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"a","colour":"red"})") == errc::field_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"a","age":"sixty"})") == errc::field_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"a","since":"2023-02-29"})") == errc::field_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"a","since":"民国112年"})") == errc::field_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"a","again":"maybe"})") == errc::field_invalid);
  CHECK(h.open(R"({"kind":"complaint","matter":"a","number":"call me"})") == errc::field_invalid);
  CHECK(h.open(complaint, {}, consent::none, -1) == errc::field_invalid);
  CHECK(h.open(complaint, call_id{4711}) == errc::call_unknown);
  CHECK(h.all(event_kind::request_opened).empty());
  CHECK(h.state.requests.own().empty());
  // Whatever a text says is kept as it is.
  REQUIRE(
      h.open(R"({"kind":"complaint","matter":"'); DROP TABLE request;-- \"\\ \u738b\ud83d\ude00 🏥","since":"2024-02-29"})") ==
      errc{});
  const auto what = read_fields(h.text_of_last(event_kind::request_opened));
  REQUIRE(what);
  CHECK((*what)["matter"] == "'); DROP TABLE request;-- \"\\ 王😀 🏥");
  CHECK(read_fields(write_fields(*what))->all == what->all);
}

TEST_CASE("as many are open as may be, and no more") {
  auto config = sim::owing_house();
  config.policy.requests_max = 2;
  request_house h(config);
  REQUIRE(h.open(complaint) == errc{});
  REQUIRE(h.open(complaint) == errc{});
  CHECK(h.open(complaint) == errc::limit_reached);
}

TEST_CASE("M4: who took the matter owns it until somebody else has taken it over, and the chain is on record") {
  request_house h(sim::owing_house(), {"zhang", "li"});
  h.talking();
  REQUIRE(h.open(complaint, h.call) == errc{});
  const operator_id first = h.op ? h.state.legs.find(h.op)->operator_ : operator_id{};
  CHECK(h.last_of(event_kind::request_opened).operator_ == first);
  REQUIRE(h.by(command_kind::pass_request, "zhao", "食堂归后勤") == errc{});
  CHECK(h.record()->operator_ == first);  // nobody has taken it yet
  REQUIRE(h.by(command_kind::take_request, "zhao") == errc{});
  CHECK(h.record()->operator_ == h.operator_named("zhao"));
  CHECK(h.last_of(event_kind::request_taken).other == h.last_of(event_kind::request_passed).sequence);
  CHECK(h.by(command_kind::take_request, "zhao") == errc::request_wrong_state);
  command department;
  department.kind = command_kind::take_request;
  department.request = h.id;
  department.device = h.device("8003");
  REQUIRE(h.give(department) == errc{});
  CHECK(h.record()->device == h.device("8003"));
  CHECK(!h.record()->operator_);
  department.id = {};
  department.operator_ = first;
  CHECK(h.give(department) == errc::command_invalid);  // one owner
  CHECK(h.all(event_kind::request_taken).size() == 2);
}

TEST_CASE("M11: two limits by the calendar; reminders before them, and up the chain when they have passed") {
  request_house h;
  const std::int64_t due = h.now + 100 * hour, contact = h.now + 3 * hour;
  h.apply(any_fact{fact::request_calendar{"complaint", 2023, true, 0, due, contact}});
  REQUIRE(h.open(complaint) == errc{});
  const std::int64_t began = h.now;
  CHECK(h.last_of(event_kind::request_opened).value == due);
  CHECK(h.last_of(event_kind::request_time_set).value == contact);
  h.go_on(3 * hour - second);
  CHECK(h.all(event_kind::request_overdue).empty());
  h.go_on(2 * second);
  CHECK(h.last_of(event_kind::request_overdue).detail == static_cast<std::uint16_t>(request_time::first_contact));
  CHECK(h.last_of(event_kind::request_escalated).operator_ == h.operator_named("zhao"));  // the backup is told first
  // To be told is to be contacted, and is a fact.
  REQUIRE(h.act(command_kind::tell_request, "五个工作日内答复", 0, static_cast<std::uint16_t>(told_of::limit)) == errc{});
  CHECK(h.text_of_last(event_kind::request_told) == "五个工作日内答复");
  CHECK(h.record()->first_contact == 0);
  h.go_on(began + 51 * hour - h.now);
  REQUIRE(h.all(event_kind::request_reminded).size() == 1);
  CHECK(h.last_of(event_kind::request_reminded).detail == 50);
  CHECK(h.last_of(event_kind::request_reminded).time_ns == began + 50 * hour);
  h.go_on(began + 99 * hour - h.now);
  CHECK(h.all(event_kind::request_reminded).size() == 2);
  // N4: what is overdue goes up, one a day, and the last one hears it again and again.
  const auto before = h.all(event_kind::request_escalated).size();
  h.go_on(5 * day);
  CHECK(h.all(event_kind::request_overdue).size() == 2);
  const auto told = h.all(event_kind::request_escalated);
  REQUIRE(told.size() >= before + 4);
  CHECK(told.back().device == h.device("1000"));
  CHECK(h.record()->deadline > h.now);
}

TEST_CASE("H5: what cannot be answered now is promised with a time, and a promise that is not kept is told") {
  request_house h;
  REQUIRE(h.open(R"({"kind":"callback","number":"013800138000","matter":"化验结果"})", {}, consent::yes) == errc{});
  const std::int64_t at = h.now + hour;
  CHECK(h.act(command_kind::promise_request, "", h.now - 1, static_cast<std::uint16_t>(request_time::promised)) ==
        errc::field_invalid);
  CHECK(h.act(command_kind::promise_request, "", at, static_cast<std::uint16_t>(request_time::completion)) ==
        errc::command_invalid);
  REQUIRE(h.act(command_kind::promise_request, "下午答复", at, static_cast<std::uint16_t>(request_time::promised)) == errc{});
  CHECK(h.record()->promised == at);
  CHECK(h.last_of(event_kind::request_told).detail == static_cast<std::uint16_t>(told_of::limit));
  h.go_on(hour + second);
  CHECK(h.last_of(event_kind::request_overdue).detail == static_cast<std::uint16_t>(request_time::promised));
  // A new promise is a new chance.
  REQUIRE(h.act(command_kind::promise_request, "", h.now + hour, static_cast<std::uint16_t>(request_time::promised)) == errc{});
  h.go_on(hour + second);
  CHECK(h.all(event_kind::request_overdue).size() == 2);
}

TEST_CASE("S11: a question goes to the superior and its answer back to the caller, as stages of one request") {
  request_house h;
  REQUIRE(h.open(complaint) == errc{});
  REQUIRE(h.act(command_kind::advance_request, "passed_on") == errc{});
  CHECK(h.act(command_kind::advance_request, "passed_on") == errc::request_wrong_state);
  CHECK(h.act(command_kind::advance_request, "lost") == errc::result_unknown);
  REQUIRE(h.act(command_kind::note_request, "已问主任") == errc{});
  const std::uint64_t first = h.last_of(event_kind::request_noted).sequence;
  command correction;
  correction.kind = command_kind::note_request;
  correction.request = h.id;
  correction.other = first;
  REQUIRE(set_text(correction, "已问副主任"));
  REQUIRE(h.give(correction) == errc{});
  CHECK(h.last_of(event_kind::request_noted).other == first);
  CHECK(h.texts_of_all.at(first) == "已问主任");  // the old text stays
  REQUIRE(h.act(command_kind::advance_request, "answered") == errc{});
  CHECK(h.record()->stage == 2);
}

TEST_CASE("C1: a complaint closes only when the person was told the result") {
  request_house h;
  REQUIRE(h.open(complaint) == errc{});
  CHECK(h.act(command_kind::close_request, R"({"result":"upheld"})") == errc::told_missing);
  REQUIRE(h.act(command_kind::tell_request, "已道歉,患者接受", 0, static_cast<std::uint16_t>(told_of::result)) == errc{});
  CHECK(h.act(command_kind::close_request, R"({"result":"whatever"})") == errc::result_unknown);
  CHECK(h.act(command_kind::close_request, R"({"result":"upheld","who":"me"})") == errc::field_invalid);
  REQUIRE(h.act(command_kind::close_request, R"({"result":"upheld","note":"换班补人"})") == errc{});
  CHECK(h.last_of(event_kind::request_closed).detail == 1);
  CHECK(h.text_of_last(event_kind::request_closed) == R"({"result":"upheld","note":"换班补人"})");
  CHECK(h.record() == nullptr);
  CHECK(h.act(command_kind::note_request, "too late") == errc::request_unknown);
}

TEST_CASE("C2: what is major is refused after an approval only, and every refusal is reported upward with its reason") {
  request_house h;
  REQUIRE(h.open(complaint) == errc{});
  CHECK(h.act(command_kind::refuse_request, "无依据") == errc::approval_missing);
  command answer;
  answer.kind = command_kind::answer_approval;
  answer.request = h.id;
  answer.consent = consent::yes;
  CHECK(h.give(answer) == errc::request_wrong_state);  // nobody has asked
  REQUIRE(h.act(command_kind::ask_approval, "无依据") == errc{});
  CHECK(h.last_of(event_kind::request_approval_asked).device == h.device("8001"));
  answer.id = {};
  answer.actor = actor_id{1};  // console: it may not supervise
  CHECK(h.give(answer) == errc::access_refused);
  answer.id = {};
  answer.actor = {};
  answer.consent = consent::no;
  REQUIRE(h.give(answer) == errc{});
  CHECK(h.act(command_kind::refuse_request, "无依据") == errc::approval_missing);
  REQUIRE(h.act(command_kind::ask_approval, "仍无依据") == errc{});
  answer.id = {};
  answer.consent = consent::yes;
  REQUIRE(h.give(answer) == errc{});
  REQUIRE(h.act(command_kind::refuse_request, "无依据") == errc{});
  CHECK(h.last_of(event_kind::request_escalated).cause == cause::call_rejected);
  CHECK(h.last_of(event_kind::request_escalated).operator_ == h.operator_named("zhao"));
  CHECK(h.text_of_last(event_kind::request_closed) == R"({"reason":"无依据"})");
  CHECK(static_cast<request_status>(h.last_of(event_kind::request_closed).state) == request_status::refused);
}

TEST_CASE("A4: an appointment is confirmed, changed or cancelled up to a limit before it") {
  request_house h;
  REQUIRE(h.open(R"({"kind":"appointment","name":"王芳","number":"013800138000","item":"ct"})") == errc{});
  CHECK(h.act(command_kind::confirm_request) == errc::request_wrong_state);
  const auto visit = static_cast<std::uint16_t>(request_time::appointment);
  const std::int64_t at = h.now + 10 * hour;
  REQUIRE(h.act(command_kind::promise_request, "周二九点,空腹", at, visit) == errc{});
  CHECK(h.last_of(event_kind::request_told).detail == static_cast<std::uint16_t>(told_of::appointment));
  REQUIRE(h.act(command_kind::confirm_request) == errc{});
  CHECK(h.last_of(event_kind::request_confirmed).value == at);
  h.go_on(7 * hour);
  REQUIRE(h.act(command_kind::promise_request, "改十点", at + hour, visit) == errc{});
  h.go_on(2 * hour + second);
  CHECK(h.act(command_kind::promise_request, "", at + 2 * hour, visit) == errc::too_late);
  CHECK(h.act(command_kind::cancel_request, "有事") == errc::too_late);
  REQUIRE(h.act(command_kind::close_request, R"({"result":"came"})") == errc{});
}

TEST_CASE("N1: what a caller leaves in a dialogue becomes a request that has an owner, and custody goes to it") {
  request_house h(sim::owing_house(sim::asking_house()));
  const call_id call = h.call_in("9100");
  const leg_id caller = h.state.parties.find(h.state.call_table.find(call)->caller)->leg;
  const party_id who = h.state.call_table.find(call)->caller;
  const auto said = [&] { h.apply(any_fact{fact::announced{caller, h.peers[caller].hears.number, true}}), h.settle(); };
  const auto press = [&](const char* keys) {
    for (const char* key = keys; *key != 0; ++key)
      h.apply(any_fact{fact::key_pressed{caller, h.peers[caller].hears.number, *key}}), h.settle();
  };
  said();
  said();
  h.now += 2 * second;
  h.apply(any_fact{fact::silence{caller, h.peers[caller].recording, true}});
  h.settle();
  said();
  press("6281234#");
  said();
  press("1");  // the number is right
  said();
  press("3");  // a note
  said();
  REQUIRE(h.all(event_kind::request_opened).size() == 1);
  const event e = h.last_of(event_kind::request_opened);
  CHECK(e.call == call);
  CHECK(e.party == who);
  CHECK(static_cast<request_source>(e.state) == request_source::dialogue);
  CHECK(e.device == h.device("8002"));
  const auto what = read_fields(h.text_of_last(event_kind::request_opened));
  REQUIRE(what);
  CHECK((*what)["number"] == "6281234");
  CHECK((*what)["name"].starts_with("voice:"));
  CHECK((*what)["wish"] == "3");
  const event kept = h.last_of(event_kind::custody_moved);
  CHECK(kept.custodian == custodian::request);
  CHECK(kept.request == e.request);
  h.go_on(second);
  CHECK(h.last_of(event_kind::request_call_due).request == e.request);
}

TEST_CASE(
    "a caller who gives up waiting is called back once, whose number is known, and no caller of a full register is forgotten") {
  auto config = sim::owing_house();
  config.policy.requests_max = 1;
  request_house h(config, {});
  const auto gives_up = [&](std::uint64_t token) {
    const call_id call = h.call_in("9000", "trunk", {}, token);
    const leg_id caller = h.state.parties.find(h.state.call_table.find(call)->caller)->leg;
    h.go_on(5 * second);
    h.hangs_up(caller);
    h.settle();
    return call;
  };
  const call_id first = gives_up(7);
  REQUIRE(h.all(event_kind::request_opened).size() == 1);
  CHECK(h.last_of(event_kind::request_opened).call == first);
  CHECK(read_fields(h.text_of_last(event_kind::request_opened)).value()["number"] == "13800138000");
  CHECK(static_cast<queue_result>(h.last_of(event_kind::queue_left).detail) == queue_result::abandoned);
  CHECK(h.last_of(event_kind::custody_moved).custodian == custodian::request);
  const call_id second_try = gives_up(7);
  CHECK(h.all(event_kind::request_opened).size() == 1);
  CHECK(h.last_of(event_kind::request_noted).call == second_try);
  const call_id other = gives_up(8);
  CHECK(h.all(event_kind::request_opened).size() == 1);
  CHECK(h.last_of(event_kind::request_not_opened).call == other);
  CHECK(h.last_of(event_kind::request_not_opened).cause == cause::resources_not_available);
}

TEST_CASE("a restart knows every open request, its time and its owner") {
  request_house h;
  REQUIRE(h.open(complaint) == errc{});
  REQUIRE(h.act(command_kind::promise_request, "", h.now + hour, static_cast<std::uint16_t>(request_time::promised)) == errc{});
  const auto before = hash(h.state);
  const auto again = load(save(h.state));
  REQUIRE(again);
  CHECK(hash(*again) == before);
  h.crash();
  REQUIRE(h.record() != nullptr);
  CHECK(h.record()->promised != 0);
  h.go_on(hour + second);
  CHECK(h.all(event_kind::request_overdue).size() == 1);
}

}  // namespace
}  // namespace cordboard
