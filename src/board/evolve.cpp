// SPDX-License-Identifier: Apache-2.0
// What each event does to the state. Nothing is decided here, and nothing here can fail.
#include <base/assert.hpp>
#include <board/evolve_dialogue.hpp>
#include <board/evolve_parts.hpp>

namespace cordboard {
namespace {

void arm_transfer(board_state& s, call_id id, std::int64_t at) {
  arm(s, deadline_kind::transfer, 0, id.value, s.call_table.edit(id).transfer.deadline, at);
}

/// The caller waits for no phone any more.
void decamp(board_state& s, call_id id) {
  const call_state* call = s.call_table.find(id);
  if (call == nullptr || call->camped == 0) return;
  s.camped.erase(call->camped);
  s.call_table.edit(id).camped = 0;
}

void leave_operator(board_state& s, operator_id id, call_id call) {
  if (id && s.operators.find(id) != nullptr) forget(s.operators.edit(id).calls, call);
}

bool is_phone(const board_state& s, device_id id) {
  const device_state* device = s.devices.find(id);
  return device != nullptr && device->kind == device_kind::phone;
}

/// A phone has one line more, or less, that nobody else can have. A kept one is such a line while it is in a call.
void count_line(board_state& s, device_id phone, int by) {
  if (!is_phone(s, phone)) return;
  std::uint32_t& lines = s.devices.edit(phone).lines;
  if (by > 0)
    ++lines;
  else if (lines > 0)
    --lines;
}

/// Puts (call, leg) into a connection state and keeps the leg's own list of calls.
void move(board_state& s, const event& e, connection_state to, participation part = participation::none) {
  if (!e.call || !e.leg || s.call_table.find(e.call) == nullptr) return;
  call_fsm& call = s.call_table.edit(e.call).fsm;
  const connection* now = call.find(e.leg);
  if (now == nullptr && to == connection_state::null) return;
  const leg_state* leg = s.legs.find(e.leg);
  connection next{e.leg, e.party, e.device, e.operator_, to, part};
  if (now != nullptr)
    next = connection{now->leg, now->party, now->device, now->operator_, to, now->part};
  else if (leg != nullptr && !next.device)
    next.device = leg->device;
  const bool was_held = now != nullptr && now->state == connection_state::hold;
  call.move(next);
  if (was_held && to != connection_state::hold) arm_call(s, deadline_kind::hold, e.call, &call_state::hold_deadline, 0);
  if (leg == nullptr) return;
  leg_state& own = s.legs.edit(e.leg);
  const bool idle = own.calls.empty();
  if (to == connection_state::null) {
    forget(own.calls, e.call);
    leave_operator(s, own.operator_, e.call);
    if (!idle && own.calls.empty() && own.kept) count_line(s, own.device, -1);
    if (own.calls.empty() && own.fsm.live() && is_kept(s, e.leg)) {
      own.marks = 0;
    } else if (own.calls.empty() && own.fsm.live()) {
      // The last connection is gone: what is left of the leg is its signalling, and that has a bound too.
      own.fsm.release();
      arm_leg(s, e.leg, e.time_ns + s.policy.release_limit.count());
    }
  } else {
    remember(own.calls, e.call);
    if (idle && own.kept) count_line(s, own.device, 1);
  }
}

/// A leg comes into being with the event that asks for it.
leg_state& begin_leg(board_state& s, const event& e) {
  leg_state& leg = s.legs.edit(e.leg);
  if (leg.fsm.phase == leg_phase::gone) {
    leg.marks = e.marks;
    leg.kept = e.kind == event_kind::line_started;
    if (!leg.kept) count_line(s, e.device, 1);
    leg.device = e.device;
    leg.party = e.party;
    leg.operator_ = e.operator_;
  }
  if (leg.kept && leg.calls.empty()) leg.marks = e.marks;
  leg.fsm.evolve(e.kind);
  return leg;
}
/// How long an operator's phone is rung for a call; a line that is up is not.
std::int64_t rung_until(const board_state& s, const event& e) {
  return s.legs.find(e.leg)->fsm.phase == leg_phase::up ? 0 : e.value;
}

party_state& join_party(board_state& s, const event& e, party_role role) {
  const bool fresh = s.parties.find(e.party) == nullptr;
  party_state& party = s.parties.edit(e.party);
  if (fresh) party.role = role;
  party.call = e.call;
  if (e.leg) party.leg = e.leg;
  return party;
}

/// An operator who took over a caller at the phone is busy with that call since the event before: the line is the operator's now.
void adopt(board_state& s, const event& e) {
  for (const auto& [id, op] : s.operators.own()) {
    const bool serves = op && op->phone == e.device && op->state == operator_state::busy &&
                        std::find(op->calls.begin(), op->calls.end(), e.call) != op->calls.end();
    if (!serves || s.legs.find(e.leg) == nullptr) continue;
    const operator_id who = id;
    s.legs.edit(e.leg).operator_ = who;
    s.parties.edit(e.party).role = party_role::operator_;
    call_state& call = s.call_table.edit(e.call);
    call.operator_ = who;
    for (connection& c : call.fsm.connections)
      if (c.leg == e.leg) c.operator_ = who;
    operator_record& record = s.operators.edit(who);
    record.leg = e.leg;
    record.party = e.party;
    return;
  }
}

void set_custody(board_state& s, party_id id, custodian to, std::uint32_t keeper, cause why, std::int64_t until) {
  if (s.parties.find(id) == nullptr) return;
  party_state& party = s.parties.edit(id);
  party.custodian = to;
  party.keeper = keeper;
  party.why = why;
  arm(s, deadline_kind::custody, 0, id.value, party.deadline, to == custodian::wait ? until : 0);
  const call_state* call = s.call_table.find(party.call);
  if (call != nullptr && call->caller == id && (to != custodian::wait || why != cause::camp_on)) decamp(s, party.call);
}

void end_command(board_state& s, const event& e) {
  if (s.commands.find(e.command) == nullptr) return;
  command_record& command = s.commands.edit(e.command);
  if (!command.open) return;
  command.open = false;
  s.deadlines.erase({command.deadline, deadline_kind::command, e.command.high, e.command.low});
  s.remembered.edit({command.deadline, deadline_kind::command, e.command.high, e.command.low});
  if (!e.call || s.call_table.find(e.call) == nullptr) return;
  call_state& call = s.call_table.edit(e.call);
  if (call.command == e.command) call.command = {};
  if (call.transfer.command == e.command) call.transfer.command = {};
}

void clear_call(board_state& s, const event& e) {
  const call_state* call = s.call_table.find(e.call);
  if (call == nullptr) return;
  leave_line(s, e.call);
  decamp(s, e.call);
  s.awaited.erase(e.call);
  std::vector<operator_id> asked;
  while (s.call_table.find(e.call)->offered_to || s.call_table.find(e.call)->offer) {
    asked.push_back(s.call_table.find(e.call)->offered_to);
    end_offer(s, e.call);
  }
  arm_call(s, deadline_kind::hold, e.call, &call_state::hold_deadline, 0);
  arm_call(s, deadline_kind::rings, e.call, &call_state::rings_deadline, 0);
  arm_transfer(s, e.call, 0);
  const std::vector<connection> rest = s.call_table.find(e.call)->fsm.connections;
  for (const connection& c : rest) {
    event gone = e;
    gone.leg = c.leg;
    move(s, gone, connection_state::null);
  }
  end_run(s, e.call);
  const call_state ended = *s.call_table.find(e.call);
  if (ended.parent && s.call_table.find(ended.parent) != nullptr) {
    call_state& parent = s.call_table.edit(ended.parent);
    if (parent.consultation == e.call) parent.consultation = {};
  }
  if (ended.consultation && s.call_table.find(ended.consultation) != nullptr) s.call_table.edit(ended.consultation).parent = {};
  // What is bound to a call stays with the one that it became part of.
  if (const call_id became{e.other}; became && ended.data != 0) {
    const call_state* other = s.call_table.find(became);
    if (other != nullptr && other->data == 0) s.call_table.edit(became).data = ended.data;
  }
  leave_operator(s, ended.operator_, e.call);
  for (const operator_id who : asked) leave_operator(s, who, e.call);
  s.call_table.erase(e.call);
  s.calls -= 1;
}

/// Every later event of this call, and of who is in it, is marked.
void mark_call(board_state& s, const event& e, std::uint16_t bit) {
  if (s.call_table.find(e.call) == nullptr) return;
  call_state& call = s.call_table.edit(e.call);
  call.marks |= bit;
  for (const connection& c : call.fsm.connections)
    if (s.legs.find(c.leg) != nullptr) s.legs.edit(c.leg).marks |= bit;
}

/// Until it is done, keys and words of others wait.
void claim_leg(board_state& s, const event& e) {
  const auto kind = static_cast<command_kind>(e.detail);
  if ((kind == command_kind::generate_digits || kind == command_kind::play) && s.legs.find(e.leg) != nullptr)
    s.legs.edit(e.leg).command = e.command;
}

void media_moved(board_state& s, const event& e) {
  if (s.call_table.find(e.call) == nullptr) return;
  call_state& call = s.call_table.edit(e.call);
  call.media = static_cast<media_path>(e.state);
  call.media_placed = true;
  const bool direct = call.media == media_path::direct;
  // Another answer may come at another time: what was pending, or was too much just then.
  const bool for_good = e.detail == 405 || e.detail == 415 || e.detail == 488 || e.detail == 501 || e.detail == 606;
  if (direct && for_good) call.media_refused = true;
  // What came while the voices were on their way out is done when they are back.
  if (!direct || e.cause != cause::normal) s.awaited.erase(e.call);
}

/// Answered commands are remembered until their deadline: the same id is carried out once.
void forget_old_commands(board_state& s, std::int64_t now) {
  const auto& all = s.remembered.own();
  for (auto it = all.begin(); it != all.end() && it->first.at < now;) {
    const deadline_key key = it->first;
    const bool there = it->second.has_value();
    ++it;
    if (!there) continue;
    s.commands.erase(command_id{key.high, key.low});
    s.remembered.erase(key);
  }
}

}  // namespace

bool renews(event_kind kind) {
  switch (kind) {
    case event_kind::command_refused:
    case event_kind::media_quality:
    case event_kind::media_degraded:
    case event_kind::media_one_way:
    case event_kind::media_recovered:
    case event_kind::voice_level: return false;
    default: return true;
  }
}

void evolve(board_state& s, const logged& logged_event) {
  const event& e = logged_event.record;
  s.last_sequence = e.sequence;
  s.last_time = e.time_ns;
  if (e.call && s.call_table.find(e.call) != nullptr && renews(e.kind)) s.call_table.edit(e.call).revision += 1;

  switch (e.kind) {
    case event_kind::board_started: s.stopping = s.stopped = false; break;
    case event_kind::board_stopping: s.stopping = true; break;
    case event_kind::board_stopped: s.stopped = true; break;
    case event_kind::gap:
    case event_kind::log_alarm:
    case event_kind::clock_stepped:
    case event_kind::access_refused:
    case event_kind::source_banned:
    case event_kind::calls_limited:
    case event_kind::board_configured:
    case event_kind::datagram_dropped:
    case event_kind::recording_gap:
    case event_kind::packets_refused:
    case event_kind::media_quality:
    case event_kind::media_degraded:
    case event_kind::media_one_way:
    case event_kind::media_recovered:
    case event_kind::voice_level:
    case event_kind::position_unmanned:
    case event_kind::service_barred:
    case event_kind::access_reported:
    case event_kind::phone_code_dialled:
    case event_kind::presence_changed:
    case event_kind::watch_refused:
    case event_kind::card_used:
    case event_kind::operators_told:
    case event_kind::request_not_opened:
    case event_kind::media_ended: break;
    case event_kind::media_alarm:
      s.recordings_lost = static_cast<media_trouble>(e.detail) == media_trouble::recordings_lost;
      break;
    case event_kind::digits_detected:
    case event_kind::dialogue_configured:
    case event_kind::dialogue_removed:
    case event_kind::dialogue_started:
    case event_kind::dialogue_advanced:
    case event_kind::dialogue_answered:
    case event_kind::dialogue_ended: evolve_dialogue(s, logged_event); break;
    case event_kind::announcement_started: {
      if (s.legs.find(e.leg) != nullptr)
        s.legs.edit(e.leg).announcing = {e.sequence, static_cast<announcement>(e.detail), e.call, e.operator_,
                                         e.time_ns,  std::string(logged_event.text)};
      if (s.call_table.find(e.call) == nullptr) break;
      call_state& call = s.call_table.edit(e.call);
      if (static_cast<announcement>(e.detail) == announcement::code_call) evolve_code_call(s, logged_event);
      call.announced = static_cast<std::uint8_t>(call.announced | 1U << e.detail);
      if (static_cast<announcement>(e.detail) == announcement::dialogue) call.dialogue.asked = e.sequence;
      if (static_cast<announcement>(e.detail) == announcement::greeting) call.greeted = e.operator_;
      break;
    }
    case event_kind::announcement_ended: {
      const auto what = static_cast<announcement>(e.detail);
      if (s.legs.find(e.leg) != nullptr) {
        leg_state& leg = s.legs.edit(e.leg);
        leg.announcing = {};
        if (what == announcement::message) leg.command = {};
      }
      if (what == announcement::notice && e.cause == cause::normal && s.call_table.find(e.call) != nullptr)
        s.call_table.edit(e.call).noticed = e.sequence;
      break;
    }
    case event_kind::recording_started:
      if (s.call_table.find(e.call) != nullptr)
        s.call_table.edit(e.call).recording = {e.sequence, e.sequence, e.time_ns, false};
      break;
    case event_kind::recording_suspended:
    case event_kind::recording_resumed:
      if (s.call_table.find(e.call) != nullptr)
        s.call_table.edit(e.call).recording.suspended = e.kind == event_kind::recording_suspended;
      break;
    case event_kind::recording_ended:
      if (s.call_table.find(e.call) != nullptr) s.call_table.edit(e.call).recording.number = 0;
      break;
    case event_kind::recording_declined:
      if (s.call_table.find(e.call) != nullptr) s.call_table.edit(e.call).declined = true;
      break;
    case event_kind::digits_generated:
      if (s.legs.find(e.leg) != nullptr) s.legs.edit(e.leg).command = {};
      break;
    case event_kind::log_held: s.log_holds.edit(e.sequence) = {static_cast<log_span>(e.detail), e.value, e.other}; break;
    case event_kind::log_hold_released: s.log_holds.erase(static_cast<std::uint64_t>(e.value)); break;
    case event_kind::log_removed:
      s.log_from = e.other;
      s.log_removed_at = e.sequence;
      break;
    case event_kind::device_configured:
    case event_kind::device_removed:
    case event_kind::device_in_service:
    case event_kind::device_out_of_service:
    case event_kind::operator_configured:
    case event_kind::operator_removed:
    case event_kind::queue_configured:
    case event_kind::queue_removed:
    case event_kind::queue_limits_configured:
    case event_kind::distribution_configured:
    case event_kind::duties_configured:
    case event_kind::reason_configured:
    case event_kind::reason_removed:
    case event_kind::principal_configured:
    case event_kind::principal_removed:
    case event_kind::policy_configured:
    case event_kind::hours_changed:
    case event_kind::principal_limited:
    case event_kind::class_configured:
    case event_kind::class_removed:
    case event_kind::emergency_numbers_configured:
    case event_kind::night_service_switched: evolve_house(s, logged_event); break;
    case event_kind::code_call_configured:
    case event_kind::code_call_removed: configure_code_call(s, logged_event); break;
    case event_kind::code_call_started:
    case event_kind::code_step_started:
    case event_kind::code_member_called:
    case event_kind::code_member_answered:
    case event_kind::code_member_acknowledged:
    case event_kind::code_member_missed:
    case event_kind::code_call_ended: evolve_code_call(s, logged_event); break;
    case event_kind::request_kind_configured:
    case event_kind::request_kind_removed:
    case event_kind::request_calendar_changed:
    case event_kind::request_opened:
    case event_kind::request_time_set:
    case event_kind::request_taken:
    case event_kind::request_passed:
    case event_kind::request_noted:
    case event_kind::request_changed:
    case event_kind::request_advanced:
    case event_kind::request_told:
    case event_kind::request_reminded:
    case event_kind::request_overdue:
    case event_kind::request_escalated:
    case event_kind::request_call_due:
    case event_kind::request_attempted:
    case event_kind::request_attempt_ended:
    case event_kind::request_approval_asked:
    case event_kind::request_approval_answered:
    case event_kind::request_confirmed:
    case event_kind::request_person_known:
    case event_kind::request_arrived:
    case event_kind::appointment_near:
    case event_kind::request_owner_excused:
    case event_kind::request_linked:
    case event_kind::request_announced:
    case event_kind::request_closed: evolve_request(s, logged_event); break;
    case event_kind::booking_barred:
    case event_kind::booking_released:
    case event_kind::slot_offered:
    case event_kind::message_asked:
    case event_kind::request_no_show:
    case event_kind::message_reported: evolve_booking(s, logged_event); break;
    case event_kind::call_noted:
    case event_kind::entry_owed:
    case event_kind::entry_settled: evolve_entry(s, e); break;
    case event_kind::line_started:
      begin_leg(s, e);
      arm_leg(s, e.leg, e.value);
      join_party(s, e, party_role::operator_);
      evolve_line(s, e);
      break;
    case event_kind::line_up:
      if (s.legs.find(e.leg) != nullptr) s.legs.edit(e.leg).fsm.evolve(e.kind);
      arm_leg(s, e.leg, 0);
      break;
    case event_kind::line_ended:
      evolve_line(s, e);
      if (const leg_state* leg = s.legs.find(e.leg); leg != nullptr && leg->calls.empty() && leg->fsm.live()) {
        s.legs.edit(e.leg).fsm.release();
        arm_leg(s, e.leg, e.time_ns + s.policy.release_limit.count());
      }
      break;
    case event_kind::equipment_state_changed:
    case event_kind::health_configured:
    case event_kind::self_test_started:
    case event_kind::self_test_ended:
    case event_kind::check_configured:
    case event_kind::check_removed:
    case event_kind::check_due:
    case event_kind::check_signed:
    case event_kind::phone_codes_configured:
    case event_kind::activity_changed:
    case event_kind::call_reason_configured:
    case event_kind::call_reason_removed:
    case event_kind::call_reason_given:
    case event_kind::call_unexplained:
    case event_kind::post_unmanned: evolve_health(s, logged_event); break;
    case event_kind::malicious_call_marked: mark_call(s, e, static_cast<std::uint16_t>(mark::malicious)); break;

    case event_kind::command_accepted:
    case event_kind::command_refused: {
      const bool accepted = e.kind == event_kind::command_accepted;
      command_record& c = s.commands.edit(e.command);
      // A refusal carries no deadline: it is remembered for a minute, so that a repeat hears the same.
      const std::int64_t until = accepted ? e.value : e.time_ns + 60'000'000'000;
      c = command_record{until,
                         e.sequence,
                         accepted ? errc{} : static_cast<errc>(e.value),
                         static_cast<command_kind>(e.detail),
                         e.actor,
                         e.call,
                         accepted,
                         e.marks};
      if (accepted && e.flags == 0) claim_leg(s, e);
      (accepted ? s.deadlines : s.remembered).edit({until, deadline_kind::command, e.command.high, e.command.low});
      break;
    }
    case event_kind::command_done:
    case event_kind::command_failed:
    case event_kind::command_timed_out: end_command(s, e); break;

    case event_kind::service_initiated: {
      begin_leg(s, e);
      if (s.call_table.find(e.call) == nullptr) s.calls += 1;
      call_state& call = s.call_table.edit(e.call);
      call.started = e.time_ns;
      call.operator_ = e.operator_;
      call.command = e.command;
      join_party(s, e, party_role::operator_);
      join_operator(s, e);
      move(s, e, connection_state::initiated);
      arm_leg(s, e.leg, e.value);
      break;
    }
    case event_kind::originated: {
      begin_leg(s, e);
      arm_leg(s, e.leg, 0);
      if (s.call_table.find(e.call) == nullptr) {
        s.calls += 1;
        call_state& call = s.call_table.edit(e.call);
        call.started = e.time_ns;
        if (e.other != 0) {
          call.parent = call_id{e.other};
          call.command = e.command;
          if (s.call_table.find(call.parent) != nullptr) s.call_table.edit(call.parent).consultation = e.call;
        }
      }
      const auto role = static_cast<party_role>(e.detail);
      join_party(s, e, role);
      if (role == party_role::caller) s.call_table.edit(e.call).caller = e.party;
      if (e.operator_) {
        s.call_table.edit(e.call).operator_ = e.operator_;
        join_operator(s, e);
        leave_line(s, e.call);  // who is taken by the code of a phone was offered to nobody
      }
      move(s, e, static_cast<connection_state>(e.state));
      break;
    }
    case event_kind::party_identified:
      if (s.parties.find(e.party) != nullptr) {
        s.parties.edit(e.party).identity = e.sequence;
        s.parties.edit(e.party).token = e.other;
      }
      break;
    case event_kind::offered: {
      leave_line(s, e.call);
      const bool to_operator = static_cast<bool>(e.operator_);
      const auto part = static_cast<participation>(e.flags);
      if (e.leg) {
        begin_leg(s, e);
        arm_leg(s, e.leg, rung_until(s, e));
        join_party(s, e, to_operator ? party_role::operator_ : static_cast<party_role>(e.detail));
        move(s, e, connection_state::alerting, part);
      }
      if (part != participation::none) {
        s.legs.edit(e.leg).command = e.command;
        break;
      }
      call_state& call = s.call_table.edit(e.call);
      if (!call.caller && static_cast<party_role>(e.detail) == party_role::caller) call.caller = e.party;
      follow_attempt(s, e);
      if (to_operator && e.queue && e.cause == cause::distributed && s.queues.find(e.queue) != nullptr) {
        queue_state& queue = s.queues.edit(e.queue);
        queue.last_asked = e.operator_;
        if (queue.distribution == distribution::ring_all && e.leg) queue.ringing_all = e.call;
      }
      if (to_operator && call.offered_to && call.offered_to != e.operator_) {
        join_operator(s, e);
        call.also.push_back({e.leg, e.operator_});
        break;
      }
      if (!to_operator && e.queue) call.overflow_tried = true;
      if (to_operator) {
        join_operator(s, e);
        call.offered_to = e.operator_;
      } else if (!e.queue) {
        call.destination = e.device;
      }
      if (e.command) call.command = e.command;
      if (to_operator || e.queue) {
        call.offer = e.leg;
        arm_call(s, deadline_kind::offer, e.call, &call_state::offer_deadline, e.leg ? 0 : e.value);
      }
      break;
    }
    case event_kind::delivered:
      if (s.legs.find(e.leg) != nullptr) s.legs.edit(e.leg).fsm.evolve(e.kind);
      arm_leg(s, e.leg, e.value);
      // A phone that is prompted for a call of its own stays `initiated` while it rings.
      if (static_cast<connection_state>(e.state) == connection_state::alerting) move(s, e, connection_state::alerting);
      break;
    case event_kind::established: {
      if (s.legs.find(e.leg) != nullptr) s.legs.edit(e.leg).fsm.evolve(e.kind);
      arm_leg(s, e.leg, 0);
      move(s, e, connection_state::connected);
      const call_state* call = s.call_table.find(e.call);
      if (call != nullptr && call->offer == e.leg && e.leg) end_offer(s, e.call);
      if (call != nullptr && e.operator_) s.call_table.edit(e.call).operator_ = e.operator_;
      follow_attempt(s, e);
      if (e.operator_ && s.operators.find(e.operator_) != nullptr) s.operators.edit(e.operator_).unanswered = 0;
      // Whoever was added has come: what asked for that waits no more.
      if (const connection* c = call != nullptr ? call->fsm.find(e.leg) : nullptr;
          c != nullptr && c->part != participation::none)
        s.legs.edit(e.leg).command = {};
      test_goes_on(s, e);
      break;
    }
    case event_kind::held:
      move(s, e, connection_state::hold);
      arm_call(s, deadline_kind::hold, e.call, &call_state::hold_deadline, e.value);
      break;
    case event_kind::retrieved: move(s, e, connection_state::connected); break;
    case event_kind::hold_overdue: arm_call(s, deadline_kind::hold, e.call, &call_state::hold_deadline, e.value); break;
    case event_kind::queued: {
      if (const leg_state* leg = s.legs.find(e.leg); leg != nullptr && leg->fsm.phase == leg_phase::offered)
        s.legs.edit(e.leg).fsm.evolve(e.kind);
      leave_line(s, e.call);
      if (e.queue) join_queue(s, e);  // else parked: the custody of the same batch has the limit
      if (e.cause == cause::camp_on) {
        s.camped.edit(e.sequence) = {e.call, e.device};
        s.call_table.edit(e.call).camped = e.sequence;
      }
      move(s, e, connection_state::queued);
      break;
    }
    case event_kind::diverted: {
      if (s.call_table.find(e.call) != nullptr) e.leg ? end_offer_of(s, e.call, e.leg) : end_offer(s, e.call);
      leave_operator(s, e.operator_, e.call);
      // Who gives an offer away by command has answered it.
      if (left_unanswered(e.cause) && e.layer != layer::command && s.operators.find(e.operator_) != nullptr)
        s.operators.edit(e.operator_).unanswered += 1;
      move(s, e, connection_state::null);
      break;
    }
    case event_kind::transferred: {
      // The party that took over goes on in the caller's call; what it was in ends with call_cleared.
      const call_state* call = s.call_table.find(e.call);
      if (call == nullptr) break;
      event joined = e;
      joined.operator_ = {};  // the event names who transferred; the party that took over is nobody's operator
      if (call->fsm.find(e.leg) == nullptr) move(s, joined, connection_state::connected);
      join_party(s, e, party_role::target);
      s.call_table.edit(e.call).destination = e.device;
      adopt(s, e);
      break;
    }
    case event_kind::conferenced: {
      if (s.call_table.find(e.call) == nullptr) break;
      event joined = e;
      joined.operator_ = {};  // as above
      if (s.call_table.find(e.call)->fsm.find(e.leg) == nullptr) move(s, joined, connection_state::connected);
      join_party(s, e, party_role::target);
      // Who takes the caller over is no guest of the call: it is theirs as if they had been called for the caller.
      s.call_table.edit(e.call).fsm.take_part(
          e.leg, e.cause == cause::take_over ? participation::none : static_cast<participation>(e.detail));
      break;
    }
    case event_kind::data_associated:
      if (s.call_table.find(e.call) != nullptr) s.call_table.edit(e.call).data = logged_event.text.empty() ? 0 : e.sequence;
      break;
    case event_kind::failed:
      move(s, e, connection_state::failed);
      arm_leg(s, e.leg, 0);
      break;
    case event_kind::connection_cleared: {
      // A line that rings on in another call keeps its limit.
      if (const leg_state* leg = s.legs.find(e.leg); leg != nullptr && leg->calls.size() <= 1) arm_leg(s, e.leg, 0);
      move(s, e, connection_state::null);
      if (e.leg) end_offer_of(s, e.call, e.leg);
      break;
    }
    case event_kind::call_cleared:
      clear_call(s, e);
      test_goes_on(s, e);
      break;
    case event_kind::leg_released: {
      const leg_state* leg = s.legs.find(e.leg);
      if (leg == nullptr) break;
      if (!leg->kept) count_line(s, leg->device, -1);
      arm_leg(s, e.leg, 0);
      if (const party_id party = leg->party; s.parties.find(party) != nullptr) {
        const party_state& p = *s.parties.find(party);
        // A party ends with its last leg; an operator's party is only ever this leg's.
        if (p.leg == e.leg) {
          set_custody(s, party, p.custodian, p.keeper, p.why, 0);
          s.parties.erase(party);
        }
      }
      s.legs.erase(e.leg);
      break;
    }
    case event_kind::digits_dialed: {
      if (s.call_table.find(e.call) == nullptr) break;
      call_state& call = s.call_table.edit(e.call);
      call.destination = e.device;
      call.far = e.party;
      call.dialled = e.sequence;
      if (is_outside(s, e.device) && !is_emergency_number(s, logged_event.text)) call.outgoing = true;
      break;
    }
    case event_kind::hold_changed_by_phone:
      if (s.legs.find(e.leg) != nullptr) s.legs.edit(e.leg).held_by_phone = e.value != 0;
      break;

    case event_kind::custody_moved: {
      const std::uint32_t keeper = e.custodian == custodian::operator_ ? e.operator_.value
                                   : e.custodian == custodian::queue   ? e.queue.value
                                                                       : e.device.value;
      set_custody(s, e.party, e.custodian, keeper, e.cause, e.value);
      break;
    }
    case event_kind::consent_declared: {
      if (s.call_table.find(e.call) == nullptr) break;
      call_state& call = s.call_table.edit(e.call);
      (static_cast<consent_of>(e.detail) == consent_of::caller ? call.caller_consent : call.target_consent) = e.consent;
      break;
    }
    case event_kind::call_back_set:
      s.call_backs.edit(e.sequence) = {e.operator_, e.device, e.value};
      s.deadlines.edit({e.value, deadline_kind::call_back, 0, e.sequence});
      break;
    case event_kind::call_back_ended:
      if (const call_back* one = s.call_backs.find(e.other)) {
        s.deadlines.erase({one->deadline, deadline_kind::call_back, 0, e.other});
        s.call_backs.erase(e.other);
      }
      break;
    case event_kind::transfer_started: {
      decamp(s, e.call);
      call_state& call = s.call_table.edit(e.call);
      call.transfer = transfer_record{};
      call.transfer.fsm.evolve(static_cast<transfer_state>(e.state), cause::none);
      call.transfer.consultation = call_id{e.other};
      call.transfer.target_leg = e.leg;
      call.transfer.device = e.device;
      call.transfer.operator_ = e.operator_;
      call.transfer.command = e.command;
      call.transfer.by_phone = (e.flags & 1U) != 0;
      call.target_consent = consent::none;
      call.stood_in = false;
      // A call that the operator made at the phone becomes the consultation of the one that it is to join.
      if (e.other != 0 && !call.consultation && s.call_table.find(call_id{e.other}) != nullptr) {
        call.consultation = call_id{e.other};
        s.call_table.edit(call.consultation).parent = e.call;
      }
      if (const leg_state* leg = s.legs.find(e.leg)) call.transfer.target = leg->party;
      break;
    }
    case event_kind::transfer_advanced: {
      call_state& call = s.call_table.edit(e.call);
      call.transfer.fsm.evolve(static_cast<transfer_state>(e.state), e.cause);
      if (e.command) call.transfer.command = e.command;
      arm_transfer(s, e.call, static_cast<transfer_state>(e.state) == transfer_state::moving ? e.value : 0);
      break;
    }
    case event_kind::transfer_ended: {
      if (s.call_table.find(e.call) == nullptr) break;
      arm_transfer(s, e.call, 0);
      call_state& call = s.call_table.edit(e.call);
      call.transfer = transfer_record{};
      call.caller_consent = call.target_consent = consent::none;
      break;
    }

    case event_kind::queue_left: end_wait(s, e); break;
    case event_kind::backup_acting: {
      // With an operator's position the offer that follows says the rest.
      if (e.operator_ || s.call_table.find(e.call) == nullptr) break;
      call_state& call = s.call_table.edit(e.call);
      call.stood_in = true;
      if (call.transfer.fsm.state != transfer_state::ringing) break;
      call.transfer.target_leg = e.leg;
      call.transfer.target = e.party;
      call.transfer.device = device_id{static_cast<std::uint32_t>(e.other)};
      break;
    }
    case event_kind::rings_due: arm_call(s, deadline_kind::rings, e.call, &call_state::rings_deadline, 0); break;
    case event_kind::wait_estimated: {
      const call_state* call = s.call_table.find(e.call);
      if (call == nullptr) break;
      if ((e.flags & 1U) == 0) s.call_table.edit(e.call).expected_ns = e.value;
      const queue_state* queue = s.queues.find(call->queue);
      const std::int64_t again = queue != nullptr && queue->tell_ns > 0 ? e.time_ns + queue->tell_ns : 0;
      if ((e.flags & 1U) != 0) arm_call(s, deadline_kind::tell, e.call, &call_state::tell_deadline, again);
      break;
    }

    case event_kind::operator_logged_on:
    case event_kind::operator_not_ready:
    case event_kind::operator_overdue:
    case event_kind::leave_asked:
    case event_kind::leave_answered:
    case event_kind::shift_handed_over:
    case event_kind::hand_over_accepted:
    case event_kind::operator_ready:
    case event_kind::operator_logged_off:
    case event_kind::operator_busy:
    case event_kind::operator_working_after_call: evolve_operator(s, e); break;
    case event_kind::media_moving:
      if (s.call_table.find(e.call) != nullptr) s.call_table.edit(e.call).media = static_cast<media_path>(e.state);
      break;
    case event_kind::media_moved: media_moved(s, e); break;
    case event_kind::command_resumed: claim_leg(s, e); break;
    case event_kind::media_awaited:
      s.awaited.edit(e.call) = {e.command, static_cast<command_kind>(e.detail), e.leg, e.party, e.other, e.device, e.operator_,
                                e.flags,   std::string(logged_event.text)};
      break;
    case event_kind::dialog_saved:
      if (s.legs.find(e.leg) != nullptr) s.legs.edit(e.leg).saved = e.sequence;
      break;
  }
  forget_old_commands(s, e.time_ns);
}

}  // namespace cordboard
