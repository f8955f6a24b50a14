// SPDX-License-Identifier: Apache-2.0
// A small switchboard at work, with a set clock and peers that do what they are told.
#pragma once
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "world.hpp"

namespace cordboard {

using lines = std::vector<std::string>;
inline std::string text(const lines& all) { return fmt::format("\n{}\n", fmt::join(all, "\n")); }

/// A house with names for what came into being, so that a batch reads like a trace.
struct house : sim::world {
  explicit house(std::initializer_list<const char*> on_duty = {"zhang"}, house_config config = sim::small_house())
      : world(7, std::move(config)) {
    for (const char* name : on_duty) {
      auto c = command(cmd::log_on{operator_named(name)});
      give(c);
      give(command(cmd::ready{operator_named(name)}));
    }
  }

  std::map<std::uint64_t, std::string> names;
  std::string name_of(std::uint64_t id) { return id == 0 ? "-" : names.count(id) != 0 ? names[id] : "?"; }

  /// The newest batch: events with subject, state or cause, then actions.
  lines told() {
    lines out;
    for (const logged& l : last.events) {
      const event& e = l.record;
      std::string line{name(e.kind)};
      if (e.leg) line += " " + name_of(e.leg.value);
      if (e.kind == event_kind::custody_moved) line += fmt::format(" {}", name(e.custodian));
      if (e.kind == event_kind::transfer_ended) line += fmt::format(" {}", name(static_cast<transfer_result>(e.detail)));
      if (e.kind == event_kind::transfer_advanced) line += fmt::format(" {}", name(static_cast<transfer_state>(e.state)));
      if (e.cause != cause::none) line += fmt::format(" ({})", name(e.cause));
      out.push_back(line);
    }
    lines voices;  // in the order of random ids: sorted, to be compared
    for (const any_action& a : last.actions) {
      if (std::holds_alternative<act::hear>(a)) voices.push_back("-> " + action(a));
    }
    std::sort(voices.begin(), voices.end());
    for (const any_action& a : last.actions) out.push_back("-> " + action(a));
    auto voice = voices.begin();
    for (std::string& line : out) {
      if (line.starts_with("-> ") && line.find(" hears ") != std::string::npos) line = *voice++;
    }
    return out;
  }
  std::string action(const any_action& a) {
    if (const auto* r = std::get_if<act::ring>(&a)) return "ring " + name_of(r->leg.value);
    if (const auto* r = std::get_if<act::alert>(&a)) return "alert " + name_of(r->leg.value);
    if (const auto* r = std::get_if<act::answer>(&a)) return "answer " + name_of(r->leg.value);
    if (const auto* r = std::get_if<act::release>(&a)) return "release " + name_of(r->leg.value);
    if (const auto* r = std::get_if<act::hear>(&a)) {
      static const char* const kinds[] = {"silence",
                                          "",
                                          "waiting tone",
                                          "ringback tone",
                                          "holding tone",
                                          "closing tone",
                                          "the others",
                                          "all of them",
                                          "words",
                                          "keys",
                                          "all, and whispers",
                                          "the others, and whispers"};
      const bool leg = r->from.kind == source_kind::leg;
      return fmt::format("{} hears {}", name_of(r->leg.value),
                         leg ? name_of(r->from.leg.value) : kinds[static_cast<int>(r->from.kind)]);
    }
    if (const auto* r = std::get_if<act::answer_refer>(&a))
      return fmt::format("answer REFER of {} with {}", name_of(r->leg.value), r->status);
    if (const auto* r = std::get_if<act::tell_refer>(&a)) return fmt::format("tell {} {}", name_of(r->leg.value), r->status);
    if (const auto* r = std::get_if<act::send_digits>(&a)) return "press " + r->digits;
    if (const auto* r = std::get_if<act::record>(&a))
      return fmt::format("{} {}", name_of(r->leg.value),
                         r->recording == 0 ? "is recorded no more"
                         : r->suspended    ? "is recorded as silence"
                                           : "is recorded");
    if (std::holds_alternative<act::move_voices>(a)) return "move voices";
    return std::holds_alternative<act::confirm_voices>(a) ? "confirm voices" : "stop";
  }

  leg_id leg_named(const std::string& n) {
    for (const auto& [id, value] : names) {
      if (value == n) return leg_id{id};
    }
    return {};
  }
  /// The one leg that is rung now and has no name yet.
  leg_id rung(const char* as) {
    for (const auto& [id, p] : peers) {
      if (!p.outgoing || names.count(id.value) != 0) continue;
      names[id.value] = as;
      return id;
    }
    return {};
  }

  call_id call;
  leg_id caller, op;
  /// A caller comes in and an operator answers.
  void talking(const char* queue = "9000") {
    call = call_in(queue);
    caller = state.parties.find(state.call_table.find(call)->caller)->leg;
    names[caller.value] = "caller";
    op = rung("operator");
    REQUIRE(op);
    answers(op);
    REQUIRE(state.call_table.find(call)->fsm.find(op)->state == connection_state::connected);
  }
  void answers(leg_id leg) {
    peers[leg].up = true;
    apply(any_fact{fact::answered{leg}});
  }
  void refuses(leg_id leg, std::uint16_t status) {
    peers.erase(leg);
    apply(any_fact{fact::refused{leg, status}});
  }
  void confirms_release(leg_id leg) {
    peers.erase(leg);
    apply(any_fact{fact::released{leg, 200}});
  }
  void hangs_up(leg_id leg) {
    peers.erase(leg);
    apply(any_fact{fact::ended{leg, 0}});
  }

  /// The operator calls somebody at the phone, on its other line.
  leg_id own_call(const char* number) {
    const call_id made = call_in(number, "1001");
    const leg_id other = state.parties.find(state.call_table.find(made)->caller)->leg;
    names[other.value] = "other";
    return other;
  }

  call_id consultation;
  leg_id target;
  errc consult(const char* number) {
    consultation = call_id{fresh()};
    target = leg_id{fresh()};
    names[target.value] = "target";
    command c;
    c.kind = command_kind::consult;
    c.call = call;
    c.device = device(number);
    c.new_call = consultation;
    c.new_leg = target;
    c.new_party = party_id{fresh()};
    return give(c);
  }
  errc consents(consent_of who, consent what = consent::yes) {
    command c;
    c.kind = command_kind::declare_consent;
    c.call = call;
    c.detail = static_cast<std::uint16_t>(who);
    c.consent = what;
    return give(c);
  }
  errc transfer() {
    command c;
    c.kind = command_kind::transfer;
    c.call = call;
    c.other = consultation.value;
    return give(c);
  }
  errc send_on(const char* number) {
    target = leg_id{fresh()};
    names[target.value] = "target";
    command c;
    c.kind = command_kind::single_step_transfer;
    c.call = call;
    c.device = device(number);
    c.new_leg = target;
    c.new_party = party_id{fresh()};
    return give(c);
  }
  /// Whether an operator is asked to take this call now.
  bool is_offered(call_id id) const {
    const call_state* c = state.call_table.find(id);
    return c != nullptr && static_cast<bool>(c->offer);
  }
  custodian holder() const {
    const call_state* c = state.call_table.find(call);
    const party_state* p = c != nullptr ? state.parties.find(c->caller) : nullptr;
    return p != nullptr ? p->custodian : custodian::none;
  }
  ~house() { CHECK(failure == ""); }
};

/// A house of which every event is kept.
struct watched_house : house {
  explicit watched_house(house_config config = sim::small_house(), std::initializer_list<const char*> on_duty = {"zhang"})
      : house(on_duty, std::move(config)) {
    watch = [this](const event& e) { seen.push_back(e); };
  }
  std::vector<event> seen;
  std::vector<event> all(event_kind kind) const {
    std::vector<event> out;
    std::copy_if(seen.begin(), seen.end(), std::back_inserter(out), [&](const event& e) { return e.kind == kind; });
    return out;
  }
};

// small_house(): 8001 and 8004 announced, 8002 and 8005 blind, 8003 and 8006 required.

}  // namespace cordboard
