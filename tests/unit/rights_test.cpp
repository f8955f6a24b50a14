// SPDX-License-Identifier: Apache-2.0
// S9, P5, P6: who may give which command for whom, and who reaches which outside number. Every refusal is on record.
#include "house.hpp"

namespace cordboard {
namespace {

constexpr auto control = static_cast<std::uint32_t>(right::observe) | static_cast<std::uint32_t>(right::control);

struct guarded_house : watched_house {
  using watched_house::watched_house;
  actor_id user(std::string_view name) const {
    for (const auto& [id, p] : state.principals.own())
      if (p && p->name == name) return id;
    return {};
  }
  errc as(std::string_view name, command c) {
    c.actor = user(name);
    REQUIRE(c.actor);
    return give(c);
  }
  errc dial(command_kind kind, const char* number, std::string_view who = "zhang") {
    command c;
    c.kind = kind;
    if (kind == command_kind::make_call)
      c.operator_ = operator_named(who);
    else
      c.call = call;
    c.new_call = kind == command_kind::single_step_transfer ? call_id{} : consultation = call_id{fresh()};
    c.new_leg = target = leg_id{fresh()};
    c.new_party = party_id{fresh()};
    REQUIRE(set_text(c, number));
    return give(c);
  }
  /// The newest refusal: its code.
  errc refusal() const {
    for (auto e = seen.rbegin(); e != seen.rend(); ++e)
      if (e->kind == event_kind::command_refused) return static_cast<errc>(e->value);
    return {};
  }
  std::size_t barred() const { return all(event_kind::service_barred).size(); }
};

house_config with_users() {
  house_config c = sim::alarmed_house();
  c.users = {{"all", 1, control, "", {}, {}, {}},
             {"zhang alone", 2, control, "zhang", {}, {}, {}},
             {"chief", 3, control | static_cast<std::uint32_t>(right::supervise), "zhang", {}, {}, {}},
             {"clerk", 4, control, "", {"switch_night_service", "associate_data"}, {}, {"8001"}},
             {"urgent line", 5, control, "", {}, {"9009"}, {}}};
  return c;
}

TEST_CASE("S9: a user who is one operator acts for nobody else, and the refusal is on record") {
  guarded_house h(with_users(), {});
  command on{};
  on.kind = command_kind::log_on;
  on.operator_ = h.operator_named("li");
  CHECK(h.as("zhang alone", on) == errc::scope_exceeded);
  REQUIRE(!h.seen.empty());
  CHECK(h.seen.back().kind == event_kind::command_refused);
  CHECK(h.seen.back().actor == h.user("zhang alone"));
  CHECK(h.as("chief", on) == errc{});  // who supervises acts for others
  on.operator_ = h.operator_named("zhang");
  CHECK(h.as("zhang alone", on) == errc{});
  command ready = on;
  ready.id = {};
  ready.kind = command_kind::ready;
  CHECK(h.as("zhang alone", ready) == errc{});
  h.talking();
  command hold;
  hold.kind = command_kind::hold;
  hold.call = h.call;
  CHECK(h.as("zhang alone", hold) == errc{});
  // A call of somebody else is not zhang's to end.
  ready.id = {};
  ready.operator_ = h.operator_named("li");
  CHECK(h.as("all", ready) == errc{});
  const call_id other = h.call_in("9000");
  h.answers(h.rung("li's"));
  command end;
  end.kind = command_kind::clear_call;
  end.call = other;
  CHECK(h.as("zhang alone", end) == errc::scope_exceeded);
  end.call = call_id{4711};
  CHECK(h.as("zhang alone", end) == errc::call_unknown);
  end.call = other;
  CHECK(h.as("all", end) == errc{});
}

TEST_CASE("P6: a program where people log on puts on record whom it refused, and nobody else does") {
  house_config with = with_users();
  with.users.push_back({"gateway",
                        6,
                        static_cast<std::uint32_t>(right::observe) | static_cast<std::uint32_t>(right::represent),
                        "",
                        {},
                        {},
                        {}});
  guarded_house h(with, {});
  command told(cmd::report_access{access_report::login_failed, 3, 0, "192.0.2.1 wang"});
  CHECK(h.as("all", told) == errc::access_refused);
  told.id = {};
  CHECK(h.as("gateway", told) == errc{});
  const auto reported = h.all(event_kind::access_reported);
  REQUIRE(reported.size() == 1);
  CHECK(reported[0].actor == h.user("gateway"));
  CHECK(reported[0].detail == static_cast<std::uint16_t>(access_report::login_failed));
  CHECK(reported[0].value == 3);
  told.id = {};
  told.detail = 99;
  CHECK(h.as("gateway", told) == errc::command_invalid);
}

TEST_CASE("P6: a role lists commands, queues and departments, and gives nothing beside them") {
  guarded_house h(with_users());
  h.talking();
  command c;
  c.kind = command_kind::hold;
  c.call = h.call;
  CHECK(h.as("clerk", c) == errc::access_refused);
  CHECK(h.as("urgent line", c) == errc::scope_exceeded);  // the caller came by another line
  c.kind = command_kind::associate_data;
  REQUIRE(set_text(c, "4711"));
  CHECK(h.as("clerk", c) == errc{});
  command night;
  night.kind = command_kind::switch_night_service;
  night.detail = static_cast<std::uint16_t>(night_mode::night);
  night.device = h.device("8002");
  CHECK(h.as("clerk", night) == errc::scope_exceeded);
  night.device = h.device("8001");
  CHECK(h.as("clerk", night) == errc{});
  night.device = {};
  night.queue = queue_by_number(h.state, "9000");
  CHECK(h.as("urgent line", night) == errc::scope_exceeded);
}

house_config with_classes(bool onward) {
  house_config c = sim::small_house();
  c.classes = {{"desk", {"0", "1"}, {"00", "0900"}, onward}};
  for (auto& o : c.operators) o.service = o.name == "zhang" ? "desk" : "";
  for (auto& d : c.devices)
    if (d.number == "8006")
      d.service = "desk";
    else if (d.kind == device_kind::trunk)
      d.consent = consent_policy::blind;
  return c;
}

TEST_CASE("S9: the class of service says which outside numbers an operator reaches") {
  guarded_house h(with_classes(false), {"zhang", "li"});
  CHECK(h.dial(command_kind::make_call, "0044123") == errc::service_barred);
  CHECK(h.refusal() == errc::service_barred);
  CHECK(h.dial(command_kind::make_call, "0-0 44 123") == errc::service_barred);  // nor with dashes
  CHECK(h.dial(command_kind::make_call, "09001") == errc::service_barred);
  CHECK(h.dial(command_kind::make_call, "85123456") == errc::service_barred);            // not listed
  CHECK(h.dial(command_kind::make_call, "013912345678", "li") == errc::service_barred);  // no class at all
  CHECK(h.dial(command_kind::make_call, "120", "li") == errc{});
  CHECK(h.dial(command_kind::make_call, "013912345678") == errc{});
}

TEST_CASE("S9: nobody from outside gets an outside line by a transfer, but by class") {
  for (const bool onward : {false, true}) {
    CAPTURE(onward);
    guarded_house h(with_classes(onward));
    h.talking();
    REQUIRE(h.consents(consent_of::caller) == errc{});
    CHECK(h.dial(command_kind::consult, "013912345678") == errc{});  // to ask is no transfer
    h.answers(h.target);
    REQUIRE(h.consents(consent_of::target) == errc{});
    CHECK(h.transfer() == (onward ? errc{} : errc::service_barred));
    if (onward) continue;
    command joins;
    joins.kind = command_kind::conference;
    joins.call = h.call;
    joins.other = h.consultation.value;
    CHECK(h.give(joins) == errc::service_barred);
    command back;
    back.kind = command_kind::reconnect;
    back.call = h.call;
    back.other = h.consultation.value;
    CHECK(h.give(back) == errc{});
    REQUIRE(h.consents(consent_of::caller) == errc{});
    CHECK(h.dial(command_kind::single_step_transfer, "013912345678") == errc::service_barred);
    CHECK(h.holder() == custodian::operator_);
    // Nor with the keys of the phone; there the refusal is an event of its own.
    h.apply(any_fact{fact::refer_asked{h.op, "013912345678", {}}});
    CHECK(h.barred() == 1);
    CHECK(h.holder() == custodian::operator_);
    h.apply(any_fact{fact::refer_asked{h.op, "0044123", {}}});
    CHECK(h.barred() == 2);
  }
}

TEST_CASE("S9: nor by hanging up while the two who agreed are both outside: the caller comes back") {
  for (const bool onward : {false, true}) {
    CAPTURE(onward);
    guarded_house h(with_classes(onward));
    h.talking();
    REQUIRE(h.consents(consent_of::caller) == errc{});
    REQUIRE(h.dial(command_kind::consult, "013912345678") == errc{});
    h.answers(h.target);
    REQUIRE(h.consents(consent_of::target) == errc{});
    h.hangs_up(h.op);
    CHECK(h.barred() == (onward ? 0 : 1));
    CHECK(h.state.call_table.find(h.call)->transfer.fsm.state == (onward ? transfer_state::moving : transfer_state::recalling));
    CHECK(h.holder() == custodian::wait);
  }
}

TEST_CASE("P5: a phone dials out by its class, and 120 from everywhere") {
  guarded_house h(with_classes(false), {});
  const auto rings_outside = [&] {
    return std::any_of(h.peers.begin(), h.peers.end(),
                       [&](const auto& p) { return p.second.outgoing && p.second.device == h.device("trunk"); });
  };
  h.call_in("013912345678", "8001");
  CHECK(h.barred() == 1);
  CHECK(h.refused == 403);
  CHECK_FALSE(rings_outside());
  h.call_in("0044123", "8006");
  CHECK(h.barred() == 2);
  const call_id out = h.call_in("013912345678", "8006");
  REQUIRE(rings_outside());
  const leg_id far = h.rung("far");
  h.answers(far);
  CHECK(h.state.parties.find(h.state.call_table.find(out)->caller)->custodian == custodian::target);
  h.hangs_up(far);
  const call_id emergency = h.call_in("120", "8001");
  CHECK(h.state.call_table.find(emergency) != nullptr);
  CHECK(h.barred() == 2);
  // In a house without classes nothing is barred, and nothing is dialled but emergencies.
  guarded_house open(sim::small_house(), {});
  open.call_in("013912345678", "8001");
  CHECK(open.refused == 404);
  CHECK(open.state.call_table.find(open.call_in("119", "8001")) != nullptr);
}

}  // namespace
}  // namespace cordboard
