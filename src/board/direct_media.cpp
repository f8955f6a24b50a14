// SPDX-License-Identifier: Apache-2.0
// Voices that pass the house by. A call of two parties whose devices both allow it, and of whom nobody wants anything of the
// house, is direct; what needs the voices here waits until they are back, and does not happen when an end refuses that.
//
//   anchored ──two talk──► directing ──both agree──► direct ──something is wanted──► anchoring ──both agree──► anchored
//                              └──refused──► anchored   ▲                                └──refused─┐
//                                                       └───────────────────────────────────────────┘
//
// A call is sent past the house once: what has come back stays.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

bool talks(const decision& d, const connection& c) {
  const leg_state* leg = d.leg(c.leg);
  return c.state == connection_state::connected && c.part == participation::none && leg != nullptr &&
         leg->fsm.phase == leg_phase::up && !leg->kept && leg->calls.size() == 1 && leg->announcing.number == 0;
}

/// Two talk to each other, and want nothing else.
bool is_simple(const decision& d, const call_state& call) {
  const auto& all = call.fsm.connections;
  const party_state* caller = d.party(call.caller);
  const bool held = caller != nullptr && (caller->custodian == custodian::operator_ || caller->custodian == custodian::target);
  return all.size() == 2 && held && talks(d, all[0]) && talks(d, all[1]) && !call.parent && !call.consultation && !call.offer &&
         !call.offered_to && !call.transfer.fsm.open() && call.recording.number == 0;
}

bool may_pass_by(const decision& d, const call_state& call) {
  const auto& all = call.fsm.connections;
  const queue_state* queue = d.s.queues.find(call.queue);
  const bool recorded = queue != nullptr && queue->record;
  return !call.media_placed && !recorded && !d.base.stopping && std::all_of(all.begin(), all.end(), [&](const connection& c) {
    const device_state* device = d.device(c.device);
    return device != nullptr && device->direct && !d.leg(c.leg)->held_by_phone;
  });
}

void move(decision& d, call_id id, media_path to) {
  event e = decision::of(event_kind::media_moving);
  e.call = id;
  e.state = static_cast<std::uint8_t>(to);
  d.emit(e);
  d.act(act::move_voices{id, to == media_path::directing});
}

std::uint64_t moved(decision& d, call_id id, media_path to, const fact::voices_moved& by, bool as_asked) {
  event e = decision::of(event_kind::media_moved);
  e.call = id;
  e.leg = by.leg;
  if (const connection* who = d.call(id)->fsm.find(by.leg)) e.device = who->device;
  e.state = static_cast<std::uint8_t>(to);
  e.cause = as_asked ? cause::normal : cause_of(by.status, false);
  e.detail = by.status;
  return d.emit(e);
}

/// The voices are here.
void go_ahead(decision& d, call_id id, const awaited_act& what) {
  if (!what.command) {
    const std::string& text = what.text;
    const auto tab = std::min(text.find('\t'), text.size());
    refer(d, {what.leg, text.substr(0, tab), leg_id{what.other}, text.substr(std::min(tab + 1, text.size()))});
    return;
  }
  const command_record* record = d.s.commands.find(what.command);
  if (record == nullptr || !record->open) return;  // its time ran out
  command c;
  c.id = what.command;
  c.kind = what.kind;
  c.deadline_ns = record->deadline;
  c.actor = record->actor;
  c.call = id;
  c.leg = c.new_leg = what.leg;
  c.new_party = what.party;
  c.new_call = call_id{what.other};
  c.device = what.device;
  c.operator_ = what.operator_;
  c.detail = what.detail;
  (void)set_text(c, what.text);
  carry_on(d, c);
}

}  // namespace

bool is_away(const call_state& call) { return call.media != media_path::anchored; }

void call_back_voices(decision& d, call_id id) {
  if (d.call(id)->media == media_path::direct) move(d, id, media_path::anchoring);
}

void await_voices(decision& d, call_id id, const awaited_act& what) {
  event e = decision::of(event_kind::media_awaited);
  e.call = id;
  e.command = what.command;
  e.detail = static_cast<std::uint16_t>(what.kind);
  e.leg = what.leg;
  e.party = what.party;
  e.other = what.other;
  e.device = what.device;
  e.operator_ = what.operator_;
  e.flags = what.detail;
  d.emit(e, what.text);
  call_back_voices(d, id);
}

void passed_by(decision& d, leg_id answered) {
  const leg_state& leg = *d.leg(answered);
  const call_state* call = leg.calls.size() == 1 ? d.call(leg.calls.front()) : nullptr;
  if (call != nullptr) moved(d, leg.calls.front(), media_path::direct, {}, true);
}

void voices_moved(decision& d, const fact::voices_moved& f) {
  const call_state* call = d.call(f.call);
  if (call == nullptr || (call->media != media_path::anchoring && call->media != media_path::directing)) return;
  const bool wanted_direct = call->media == media_path::directing;
  const awaited_act* waits = d.s.awaited.find(f.call);
  const awaited_act what = waits != nullptr ? *waits : awaited_act{};
  const bool somebody_waits = waits != nullptr;
  const std::uint64_t proof =
      moved(d, f.call, f.direct ? media_path::direct : media_path::anchored, f, f.direct == wanted_direct);
  if (!f.direct) {
    if (somebody_waits) go_ahead(d, f.call, what);
  } else if (wanted_direct) {
    if (somebody_waits) call_back_voices(d, f.call);
  } else {
    if (what.command) d.failed(what.command, proof, cause_of(f.status, false));
    if (somebody_waits && !what.command) d.act(act::answer_refer{what.leg, 488});
    // Whom nobody can be heard by any more, not even to be told so.
    if (d.leg(f.leg) != nullptr && !is_simple(d, *d.call(f.call)))
      leg_over(d, f.leg, cause::incompatible_destination, layer::media, f.status);
  }
}

void settle_media(decision& d) {
  for (const call_id id : d.changed_calls()) {
    const call_state& call = *d.call(id);
    const bool simple = is_simple(d, call);
    if (call.media == media_path::direct && !simple)
      call_back_voices(d, id);
    else if (call.media == media_path::anchored && simple && may_pass_by(d, call))
      move(d, id, media_path::directing);
  }
}

void media_restarted(decision& d) {
  for (const auto& [id, call] : d.base.call_table.own()) {
    if (!call || (call->media != media_path::anchoring && call->media != media_path::directing)) continue;
    // How far the ends had followed is not known: to be asked for the house's own voice suits every answer.
    if (call->media == media_path::directing)
      move(d, id, media_path::anchoring);
    else
      d.act(act::move_voices{id, false});
  }
}

}  // namespace cordboard
