// SPDX-License-Identifier: Apache-2.0
// A callback's whole life, and the process dies behind every commit of it, before its actions leave or after them: no attempt goes out under
// a second id, one that may have left is gone on with or told as interrupted, and none is forgotten.
#include "request_house.hpp"

namespace cordboard {
namespace {

constexpr const char* wish = R"({"kind":"callback","number":"013800138000"})";
constexpr const char* visit = R"({"kind":"appointment","number":"013800138000"})";

/// A script that calls until the person was reached, phones that answer, and a person who hangs up in the end.
struct callback : request_house {
  explicit callback(bool by_dialogue)
      : request_house(by_dialogue ? sim::booking_house(sim::asking_house()) : sim::owing_house()), led(by_dialogue) {
    watch_actions = [this](const any_action& a) {
      if (const auto* ring = std::get_if<act::ring>(&a)) rung[ring->leg] += 1;
    };
    dies = [this] {
      const bool here = counting && commits++ == fatal;
      return here ? how : death::none;
    };
  }
  const bool led;
  bool counting = false;
  int commits = 0, fatal = -1;
  death how = death::none;
  std::map<leg_id, int> rung;

  bool was_reached() const {
    const auto ended = all(event_kind::request_attempt_ended);
    return std::any_of(ended.begin(), ended.end(),
                       [](const event& e) { return static_cast<attempt_outcome>(e.detail) == attempt_outcome::answered; });
  }
  void call_person() {
    command c;
    c.kind = command_kind::call_request;
    c.request = id;
    c.detail = led ? 1 : 0;
    if (!led) c.operator_ = operator_named("zhang");
    c.new_call = call_id{fresh()};
    c.new_leg = leg_id{fresh()};
    c.new_party = party_id{fresh()};
    REQUIRE(set_text(c, "013800138000"));
    (void)give(c);
  }
  /// What the script would do next. False: nothing now.
  bool script() {
    if (record() == nullptr || record()->attempt) return false;
    if (was_reached()) {
      (void)act(command_kind::close_request, led ? R"({"result":"came"})" : R"({"result":"done"})");
      return true;
    }
    if (!led && state.operators.find(operator_named("zhang"))->state == operator_state::not_ready) {
      (void)give_typed(cmd::ready{operator_named("zhang")});
      return true;
    }
    if (record()->call_at == 0 || record()->call_at > now) return false;
    call_person();
    return true;
  }
  /// What a phone would do next. False: they all wait.
  bool phones() {
    for (const auto& [leg, p] : std::map<leg_id, sim::peer>(peers)) {
      if (peers.count(leg) == 0) continue;
      const leg_state* is = state.legs.find(leg);
      if (p.releasing) return confirms_release(leg), true;
      if (p.outgoing && !p.up && is != nullptr && is->fsm.phase == leg_phase::inviting)
        return apply(any_fact{fact::ringing{leg, 180}}), settle(), true;
      if (p.outgoing && !p.up) return answers(leg), settle(), true;
      if (is != nullptr && is->saved == 0) return apply(any_fact{fact::dialog_saved{leg, "dialog"}}), settle(), true;
      const request_record* r = record();
      const call_state* runs = r != nullptr && r->attempt ? state.call_table.find(r->attempt) : nullptr;
      const party_state* person_there = runs != nullptr ? state.parties.find(runs->caller) : nullptr;
      if (person_there != nullptr && person_there->leg == leg && r->phase == attempt_phase::answered)
        return hangs_up(leg), settle(), true;
    }
    return false;
  }
  void live() {
    counting = true;
    REQUIRE(open(led ? visit : wish) == errc{});
    for (int turn = 0; turn < 500 && record() != nullptr && failure.empty(); ++turn)
      if (!script() && !phones()) wait(minute);
    counting = false;
    for (int turn = 0; turn < 100 && phones(); ++turn) continue;
  }
};

void check_story(callback& h) {
  CAPTURE(h.fatal);
  CAPTURE(static_cast<int>(h.how));
  REQUIRE(h.failure.empty());
  REQUIRE(h.record() == nullptr);  // it was not forgotten
  CHECK(h.was_reached());
  const auto begun = h.all(event_kind::request_attempted), ended = h.all(event_kind::request_attempt_ended);
  REQUIRE(begun.size() == ended.size());
  std::set<std::uint64_t> ids;
  for (std::size_t i = 0; i < begun.size(); ++i) {
    CHECK(ended[i].call == begun[i].call);
    CHECK(ended[i].other == begun[i].sequence);
    for (const std::uint64_t id : {begun[i].call.value, begun[i].leg.value, begun[i].party.value}) CHECK(ids.insert(id).second);
    const auto outcome = static_cast<attempt_outcome>(ended[i].detail);
    CHECK((outcome == attempt_outcome::answered || outcome == attempt_outcome::interrupted));
    // The person is rung on one line of the attempt at most, whatever happened.
    std::set<leg_id> lines;
    for (const event& e : h.all(event_kind::offered))
      if (e.call == begun[i].call && e.party == begun[i].party) lines.insert(e.leg);
    CHECK(lines.size() <= 1);
  }
  // What a restart sends again is the very same request, which a phone that rings already takes for a repetition.
  for (const auto& [leg, times] : h.rung) CHECK(times <= 2);
  CHECK(begun.size() <= 2);
}

void die_everywhere(bool led) {
  callback whole(led);
  whole.live();
  check_story(whole);
  CHECK(whole.all(event_kind::request_attempted).size() == 1);
  REQUIRE(whole.commits >= 8);
  for (int at = 0; at < whole.commits; ++at)
    for (const auto how : {sim::world::death::before_actions, sim::world::death::after_actions}) {
      callback h(led);
      h.fatal = at;
      h.how = how;
      h.live();
      check_story(h);
    }
}

TEST_CASE("H5: the process dies behind each commit of a callback: no attempt twice, none forgotten") { die_everywhere(false); }

TEST_CASE("A3: the same of a call that a dialogue leads") { die_everywhere(true); }

}  // namespace
}  // namespace cordboard
