// SPDX-License-Identifier: Apache-2.0
// Transfers by the keys of an operator's phone (REFER; RFC 5589 section 6, 7). They are steps of the same transaction as a
// program's: to press the key declares the caller's consent, and what the called department asks for beyond that still holds.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

/// The call in which this line is the operator's, with a caller who is on the line.
call_id served_over(const decision& d, const leg_state& line, leg_id id) {
  for (const call_id c : line.calls) {
    const call_state* call = d.call(c);
    const connection* op = call != nullptr && !call->parent ? d.operator_of(*call) : nullptr;
    const connection* caller = op != nullptr ? d.caller_of(*call) : nullptr;
    const bool talks = op != nullptr && op->leg == id && caller != nullptr && caller->state == connection_state::connected;
    if (talks && (op->state == connection_state::connected || op->state == connection_state::hold)) return c;
  }
  return {};
}

/// Who is at the other end of the phone's other line; null: nobody.
const connection* other_end(const decision& d, const leg_state& line, leg_id id, call_id& in) {
  if (line.calls.size() != 1) return nullptr;
  in = line.calls.front();
  const auto& all = d.call(in)->fsm.connections;
  const auto far = std::find_if(all.begin(), all.end(), [&](const connection& c) {
    return c.leg != id && (c.state == connection_state::connected || c.state == connection_state::alerting);
  });
  return far != all.end() ? &*far : nullptr;
}

void declare(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  if (call.caller_consent == consent::yes) return;
  event e = decision::of(event_kind::consent_declared);
  e.call = id;
  e.party = call.caller;
  e.consent = consent::yes;
  e.detail = static_cast<std::uint16_t>(consent_of::caller);
  e.operator_ = d.operator_of(call)->operator_;
  d.emit(e);
}

/// @returns  why not; 0: it is under way, and the phone has its answer
std::uint16_t to_a_number(decision& d, call_id id, const std::string& number, const std::string& referred_by) {
  device_id to = device_by_number(d.base, number);
  const bool outside = !to;
  if (!to) to = trunk_for(d.base, number);
  const device_state* device = d.device(to);
  if (device == nullptr) return 404;
  if (!device->in_service) return 480;
  if (to == d.operator_of(*d.call(id))->device) return 482;
  if (!consents_satisfy(unasked(*device), consent::yes, consent::none, false)) return 403;
  const connection own = *d.operator_of(*d.call(id));
  if (outside && (!reaches(d.base, own.operator_, own.device, number) || !may_join(d, id, own.operator_, own.device, to))) {
    bar(d, id, own.leg, own.device, own.operator_, 403, number);
    return 403;
  }
  const leg_id phone = own.leg;
  declare(d, id);
  d.act(act::answer_refer{phone, 202});
  d.act(act::tell_refer{phone, 200});  // the house has the caller, and rings again if need be
  send_on(d, id, leg_id{d.fresh()}, party_id{d.fresh()}, to, outside ? number : std::string{}, {}, layer::party, true,
          referred_by);
  return 0;
}

/// What is asked for needs the voices of this call in the house; until then the phone's question stays open.
std::uint16_t ask_again(decision& d, call_id away, const fact::refer_asked& f) {
  if (d.call(away)->media_refused) return 488;
  if (d.s.awaited.find(away) != nullptr) return 491;
  awaited_act what;
  what.leg = f.leg;
  what.other = f.replaced.value;
  what.text = f.number + '\t' + f.referred_by;
  await_voices(d, away, what);
  return 0;
}

std::uint16_t to_the_other_line(decision& d, call_id id, const fact::refer_asked& f) {
  const leg_id other = f.replaced;
  const leg_state* line = d.leg(other);
  const connection own = *d.operator_of(*d.call(id));
  // The other line may still wait for its answer: then who rings at its end is rung on for the caller.
  const bool there = line != nullptr && (line->fsm.phase == leg_phase::up || line->fsm.phase == leg_phase::offered);
  if (!there || line->device != own.device || line->operator_) return 481;
  call_id consultation;
  const connection* far = other_end(d, *line, other, consultation);
  if (far == nullptr || consultation == id) return 480;
  const call_state& asked = *d.call(consultation);
  const device_state* device = d.device(far->device);
  if (device == nullptr || asked.transfer.fsm.open() || asked.parent || asked.queue || is_conference(asked)) return 480;
  const bool answered = far->state == connection_state::connected;
  if (!consents_satisfy(answered ? device->policy : unasked(*device), consent::yes, consent::none, answered)) return 403;
  const connection target = *far;
  // Who called the house himself is served by it and waits for somebody: he is nobody's target.
  if (d.party(target.party)->role == party_role::caller) return 403;
  if (!may_join(d, id, own.operator_, own.device, target.device)) {
    bar(d, id, own.leg, own.device, own.operator_, 403, {});
    return 403;
  }
  if (is_away(asked)) return ask_again(d, consultation, f);
  declare(d, id);
  d.act(act::answer_refer{own.leg, 202});
  begin_transfer(d, id, answered ? transfer_state::consents : transfer_state::asking, target.leg, target.device, own.operator_,
                 consultation, cause::consultation, {}, true);
  advance_transfer(d, id, transfer_fsm::input::agreed, cause::none, layer::party);
  return 0;
}

}  // namespace

void refer(decision& d, const fact::refer_asked& f) {
  const leg_state* line = d.leg(f.leg);
  const call_id id = line != nullptr && line->fsm.phase == leg_phase::up ? served_over(d, *line, f.leg) : call_id{};
  std::uint16_t status = 603;  // only those who serve a caller may send one on
  if (id && is_conference(*d.call(id))) {
    status = 603;  // nobody is sent on out of a conference
  } else if (id && d.call(id)->caller_consent == consent::no) {
    status = 403;
  } else if (id && is_away(*d.call(id))) {
    status = ask_again(d, id, f);
  } else if (id && (d.call(id)->transfer.fsm.open() || d.call(id)->consultation)) {
    status = 491;
  } else if (id) {
    status = f.replaced ? to_the_other_line(d, id, f) : to_a_number(d, id, f.number, f.referred_by);
  }
  if (status != 0) d.act(act::answer_refer{f.leg, status});
}

}  // namespace cordboard
