// SPDX-License-Identifier: Apache-2.0
// Codes that phones dial, for operators without a screen (M6, M10, M3, P5, S2): done or refused, each is on record, and none is dialled.
#include "house.hpp"

namespace cordboard {
namespace {

using sim::second;

house_config coded_house() {
  house_config c = sim::small_house();
  using enum phone_feature;
  c.phone_codes = {{log_on, "*11"},    {log_off, "*12"},   {ready, "*13"},     {not_ready, "*14"},
                   {pickup, "*8"},     {park, "*68"},      {unpark, "*69"},    {night, "*28"},
                   {day, "*29"},       {by_hours, "*20"},  {available, "*40"}, {in_clinic, "*41"},
                   {operating, "*42"}, {emergency, "*99"}, {malicious, "*57"}, {superior, "*91"}};
  c.reasons = {{1, "break", std::chrono::minutes(15), 2, false}};
  for (auto& d : c.devices)
    if (d.number == "8001") d.desk = "8004";
  return c;
}

struct phone_house : watched_house {
  explicit phone_house(std::initializer_list<const char*> on_duty = {}, house_config c = coded_house())
      : watched_house(std::move(c), on_duty) {}
  /// Dials at a phone. @returns  whether the tone says that it was done
  bool dials(const char* number, const char* phone = "1001") {
    made = call_in(number, phone);
    const auto used = all(event_kind::phone_code_dialled);
    REQUIRE(!used.empty());
    return used.back().value == 0;
  }
  errc why() { return static_cast<errc>(all(event_kind::phone_code_dialled).back().value); }
  void over() {
    const call_state* c = state.call_table.find(made);
    if (c == nullptr) return;
    const leg_id leg = state.parties.find(c->caller)->leg;
    wait(2 * second);
    if (peers.count(leg) != 0) confirms_release(leg);
  }
  operator_state doing(const char* name) { return state.operators.find(operator_named(name))->state; }
  call_id made;
};

TEST_CASE("M6: an operator logs on, is ready, takes a break with its reason and logs off at the phone") {
  phone_house h;
  CHECK(h.dials("*11"));
  CHECK(h.doing("zhang") == operator_state::not_ready);
  const call_id done = h.made;
  const leg_id leg = h.state.parties.find(h.state.call_table.find(done)->caller)->leg;
  CHECK(h.peers[leg].up);
  CHECK(h.peers[leg].hears.kind == source_kind::confirming_tone);
  h.wait(2 * second);
  CHECK(h.peers[leg].releasing);
  h.confirms_release(leg);
  CHECK(h.state.call_table.find(done) == nullptr);
  CHECK(h.dials("*13"));
  CHECK(h.doing("zhang") == operator_state::ready);
  h.over();
  CHECK(h.dials("*141"));
  CHECK(h.doing("zhang") == operator_state::not_ready);
  CHECK(h.state.operators.find(h.operator_named("zhang"))->reason == 1);
  h.over();
  CHECK(!h.dials("*147"));
  CHECK(h.why() == errc::reason_unknown);
  CHECK(h.refused == 404);
  CHECK(!h.dials("*14x1"));
  CHECK(h.dials("*12"));
  CHECK(h.doing("zhang") == operator_state::null);
  CHECK(h.all(event_kind::operator_logged_off).back().detail == 1);  // from the break
}

TEST_CASE("S9: a code does nothing at a phone whose it is not, outside the house, or for a number behind it") {
  phone_house h({"zhang"});
  CHECK(!h.dials("*11", "8006"));  // nobody's phone
  CHECK(h.why() == errc::operator_unknown);
  CHECK(!h.dials("*289000", "1001"));  // no supervisor's
  CHECK(h.why() == errc::access_refused);
  CHECK(h.refused == 403);
  const std::size_t before = h.all(event_kind::phone_code_dialled).size();
  h.call_in("*11", "trunk");
  CHECK(h.all(event_kind::phone_code_dialled).size() == before);
  CHECK(!h.dials("*8013912345678"));
  for (const event& e : h.seen) CHECK(e.kind != event_kind::digits_dialed);
}

TEST_CASE("a code takes who waits longest, with the phone's own line") {
  phone_house h({"zhang"});
  h.give(command(cmd::not_ready{h.operator_named("zhang")}));
  const call_id first = h.call_in("9000");
  h.now += second;
  h.call_in("9000");
  const call_id before = h.state.call_table.find(first)->fsm.empty() ? call_id{} : first;
  REQUIRE(before);
  CHECK(h.dials("*8"));
  const call_state* call = h.state.call_table.find(first);
  REQUIRE(h.all(event_kind::phone_code_dialled).back().call == first);
  CHECK(call->operator_ == h.operator_named("zhang"));
  CHECK(h.state.parties.find(call->caller)->custodian == custodian::operator_);
  CHECK(h.doing("zhang") == operator_state::busy);
  CHECK(h.all(event_kind::queue_left).back().call == first);
  // Whoever talks takes nobody else.
  CHECK(!h.dials("*8"));
  CHECK(h.why() == errc::operator_wrong_state);
  h.crash();
}

TEST_CASE("a caller whom another operator is rung for is taken by the code, and that phone is rung no more") {
  phone_house h({"zhang", "li"});
  const call_id waits = h.call_in("9000");
  const leg_id rings = h.rung("first");
  REQUIRE(rings);
  const bool zhang = h.peers[rings].device == h.device("1001");
  CHECK(h.dials("*8", zhang ? "1002" : "1001"));
  CHECK(h.peers[rings].releasing);
  CHECK(h.state.call_table.find(waits)->operator_ == h.operator_named(zhang ? "li" : "zhang"));
  h.confirms_release(rings);
}

TEST_CASE("a held caller is parked by a code and taken back by another one") {
  phone_house h({"zhang"});
  h.talking();
  h.apply(any_fact{fact::held_by_phone{h.op, true}});
  CHECK(h.dials("*68"));
  CHECK(h.holder() == custodian::wait);
  CHECK(h.peers[h.op].releasing);
  h.confirms_release(h.op);
  h.over();
  CHECK(h.dials("*69"));
  CHECK(h.holder() == custodian::operator_);
  CHECK(!h.dials("*69"));
  h.crash();
}

TEST_CASE("M3: a difficult caller is handed to the superior by a code") {
  phone_house h({"zhang"});
  h.talking();
  CHECK(h.dials("*91"));
  CHECK(h.state.call_table.find(h.call)->transfer.fsm.state == transfer_state::ringing);
  const leg_id chief = h.rung("chief");
  REQUIRE(chief);
  CHECK(h.peers[chief].device == h.device("1000"));
  h.answers(chief);
  h.apply(any_fact{fact::voices_joined{h.call, true}});
  CHECK(h.holder() == custodian::target);
}

TEST_CASE("P5: one code adds the ambulance to the caller's call, past every class, on the line that is kept for it") {
  house_config c = coded_house();
  c.classes = {{"desk", {"0"}, {}, false}};
  auto& kept = c.devices.emplace_back(c.devices.front());
  kept.number = kept.name = "kept";
  kept.reserved = true;
  phone_house h({"zhang"}, c);
  h.talking();
  CHECK(h.dials("*99"));
  leg_id help;
  for (const auto& [id, leg] : h.state.legs.own())
    if (leg && leg->device == h.device("kept")) help = id;
  REQUIRE(help);
  h.answers(help);
  CHECK(h.state.call_table.find(h.call)->fsm.find(help)->part == participation::active);
  CHECK(h.peers[h.caller].hears.kind == source_kind::mix);
  // Nothing else goes out on that line.
  CHECK(trunk_for(h.state, "013912345678") == h.device("trunk"));
  CHECK(trunk_for(h.state, "120") == h.device("kept"));
  h.apply(any_fact{fact::registered{h.device("kept"), 0, false, cause::dest_out_of_order}});
  CHECK(trunk_for(h.state, "120") == h.device("trunk"));
  h.apply(any_fact{fact::registered{h.device("trunk"), 0, false, cause::dest_out_of_order}});
  h.apply(any_fact{fact::registered{h.device("kept"), 0, true, cause::none}});
  CHECK(!trunk_for(h.state, "013912345678"));
}

TEST_CASE("a malicious call is marked by a code") {
  phone_house h({"zhang"});
  h.talking();
  CHECK(h.dials("*57"));
  REQUIRE(h.all(event_kind::malicious_call_marked).size() == 1);
  CHECK(h.all(event_kind::malicious_call_marked)[0].call == h.call);
}

TEST_CASE("H2: a supervisor closes a queue at the phone, opens it, and gives it back to its hours") {
  phone_house h({"zhang"});
  CHECK(h.dials("*289000", "1000"));
  CHECK(h.state.queues.find(queue_by_number(h.state, "9000"))->hours.closed());
  h.over();
  CHECK(h.dials("*299000", "1000"));
  CHECK(!h.state.queues.find(queue_by_number(h.state, "9000"))->hours.closed());
  h.over();
  CHECK(h.dials("*288001", "1000"));
  h.over();
  CHECK(h.dials("*208001", "1000"));
  CHECK(!h.dials("*284711", "1000"));
}

TEST_CASE("S2: a doctor who is in clinic or operates is not rung: the desk is, unless it is an emergency") {
  phone_house h({"zhang"}, sim::alarmed_house(coded_house()));
  CHECK(h.dials("*41", "8001"));
  h.over();
  const call_id call = h.call_in("8001", "8006");
  CHECK(h.state.call_table.find(call)->destination == h.device("8004"));
  const auto away = h.all(event_kind::diverted);
  REQUIRE(!away.empty());
  CHECK(away.back().cause == cause::engaged);
  // An operator who consults reaches the desk too.
  h.talking();
  REQUIRE(h.consult("8001") == errc{});
  CHECK(h.state.legs.find(h.target)->device == h.device("8004"));
  // A list that is called in an emergency is called whatever they do.
  command code;
  code.kind = command_kind::start_code_call;
  code.new_call = call_id{h.fresh()};
  REQUIRE(set_text(code, "9911"));
  REQUIRE(h.give(code) == errc{});
  bool rung = false;
  for (const auto& [id, p] : h.peers) rung = rung || (p.outgoing && p.device == h.device("8001"));
  CHECK(rung);
  // By command, and until a time.
  command busy;
  busy.kind = command_kind::set_activity;
  busy.device = h.device("8002");
  busy.detail = static_cast<std::uint16_t>(activity::operating);
  busy.value = h.now + 600 * second;
  REQUIRE(h.give(busy) == errc{});
  CHECK(destination_of(h.state, "8002").why == cause::engaged);
  CHECK(!destination_of(h.state, "8002").device);  // nobody stands in: the caller is told
  for (const std::int64_t until = h.now + 601 * second; h.now < until;) h.wait(until - h.now);
  CHECK(destination_of(h.state, "8002").device == h.device("8002"));
  CHECK(h.all(event_kind::activity_changed).back().cause == cause::timeout);
}

}  // namespace
}  // namespace cordboard
