// SPDX-License-Identifier: Apache-2.0
// What each event does to the state. Nothing is decided here, and nothing here can fail.
#include <base/assert.hpp>
#include <board/board_state.hpp>
#include <board/evolve_dialogue.hpp>

#include <algorithm>
#include <charconv>

namespace cordboard {
namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class Value>
void forget(std::vector<Value>& in, const Value& what) {
  in.erase(std::remove(in.begin(), in.end(), what), in.end());
}
template <class Value>
void remember(std::vector<Value>& in, const Value& what) {
  if (std::find(in.begin(), in.end(), what) == in.end()) in.push_back(what);
}

/// Moves a deadline: the index and the object's own copy stay one.
void arm(board_state& s, deadline_kind kind, std::uint64_t high, std::uint64_t low, std::int64_t& own, std::int64_t at) {
  if (own != 0) s.deadlines.erase({own, kind, high, low});
  own = at;
  if (at != 0) s.deadlines.edit({at, kind, high, low});
}

void arm_leg(board_state& s, leg_id id, std::int64_t at) {
  if (s.legs.find(id) != nullptr) arm(s, deadline_kind::leg, 0, id.value, s.legs.edit(id).deadline, at);
}
void arm_call(board_state& s, deadline_kind kind, call_id id, std::int64_t call_state::*own, std::int64_t at) {
  if (s.call_table.find(id) != nullptr) arm(s, kind, 0, id.value, s.call_table.edit(id).*own, at);
}
void arm_transfer(board_state& s, call_id id, std::int64_t at) {
  arm(s, deadline_kind::transfer, 0, id.value, s.call_table.edit(id).transfer.deadline, at);
}

void end_offer(board_state& s, call_id id) {
  arm_call(s, deadline_kind::offer, id, &call_state::offer_deadline, 0);
  call_state& call = s.call_table.edit(id);
  call.offer = {};
  call.offered_to = {};
}

void leave_queue(board_state& s, call_id id) {
  const call_state* call = s.call_table.find(id);
  if (call == nullptr || !call->queue || s.queues.find(call->queue) == nullptr) return;
  const auto& waiting = s.queues.find(call->queue)->waiting;
  if (std::find(waiting.begin(), waiting.end(), id) != waiting.end()) forget(s.queues.edit(call->queue).waiting, id);
  arm_call(s, deadline_kind::queue, id, &call_state::queue_deadline, 0);
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
  if (to == connection_state::null) {
    forget(own.calls, e.call);
    leave_operator(s, own.operator_, e.call);
    if (own.calls.empty() && own.fsm.live()) {
      // The last connection is gone: what is left of the leg is its signalling, and that has a bound too.
      own.fsm.release();
      arm_leg(s, e.leg, e.time_ns + s.policy.release_limit.count());
    }
  } else {
    remember(own.calls, e.call);
  }
}

bool is_phone(const board_state& s, device_id id) {
  const device_state* device = s.devices.find(id);
  return device != nullptr && device->kind == device_kind::phone;
}

/// A leg comes into being with the event that asks for it.
leg_state& begin_leg(board_state& s, const event& e) {
  leg_state& leg = s.legs.edit(e.leg);
  if (leg.fsm.phase == leg_phase::gone) {
    if (is_phone(s, e.device)) s.devices.edit(e.device).lines += 1;
    leg.device = e.device;
    leg.party = e.party;
    leg.operator_ = e.operator_;
  }
  leg.fsm.evolve(e.kind);
  return leg;
}

party_state& join_party(board_state& s, const event& e, party_role role) {
  const bool fresh = s.parties.find(e.party) == nullptr;
  party_state& party = s.parties.edit(e.party);
  if (fresh) party.role = role;
  party.call = e.call;
  if (e.leg) party.leg = e.leg;
  return party;
}

void join_operator(board_state& s, const event& e) {
  if (!e.operator_ || s.operators.find(e.operator_) == nullptr) return;
  operator_record& op = s.operators.edit(e.operator_);
  if (e.leg) op.leg = e.leg;
  if (e.party) op.party = e.party;
  remember(op.calls, e.call);
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

void set_operator(board_state& s, const event& e, operator_state to, std::int64_t until) {
  if (s.operators.find(e.operator_) == nullptr) return;
  operator_record& op = s.operators.edit(e.operator_);
  op.state = to;
  op.since = e.time_ns;
  if (to != operator_state::busy) {
    op.leg = {};
    op.party = {};
    op.calls.clear();
  }
  arm(s, deadline_kind::wrap_up, 0, e.operator_.value, op.deadline, until);
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
  leave_queue(s, e.call);
  decamp(s, e.call);
  s.awaited.erase(e.call);
  const operator_id asked = s.call_table.find(e.call)->offered_to;
  end_offer(s, e.call);
  arm_call(s, deadline_kind::hold, e.call, &call_state::hold_deadline, 0);
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
  leave_operator(s, asked, e.call);
  s.call_table.erase(e.call);
  s.calls -= 1;
}

/// What it was told by hand stays; without hours it is open.
void configure_hours(opening& hours, bool has_hours, std::string_view instead) {
  hours.instead = instead;
  if (has_hours) return;
  hours.open = true;
  hours.until = 0;
}
/// The queue or department that an event opens or closes; null: it is gone.
opening* hours_of(board_state& s, const event& e) {
  if (e.queue) return s.queues.find(e.queue) != nullptr ? &s.queues.edit(e.queue).hours : nullptr;
  return s.devices.find(e.device) != nullptr ? &s.devices.edit(e.device).hours : nullptr;
}

void configure_queue(board_state& s, const logged& e) {
  queue_state& queue = s.queues.edit(e.record.queue);
  const auto parts = split(e.text, '\t');
  queue.number = parts[0];
  queue.name = parts.size() > 1 ? parts[1] : std::string_view{};
  queue.supervisor = e.record.device;
  queue.record = (e.record.flags & 2U) != 0;
  const auto field = [&](std::size_t at) { return std::string(parts.size() > at ? parts[at] : std::string_view{}); };
  queue.welcome = field(4);
  queue.notice = field(5);
  queue.greeting = field(6);
  queue.closing = field(7);
  queue.decline_key = field(8);
  queue.rating = field(9);
  queue.wait_ns = e.record.value;
  queue.operators.clear();
  if (parts.size() > 2 && !parts[2].empty()) {
    for (const std::string_view id : split(parts[2], ',')) {
      operator_id op;
      std::from_chars(id.data(), id.data() + id.size(), op.value);
      queue.operators.push_back(op);
    }
  }
  queue.rank = static_cast<queue_class>(e.record.detail);
  configure_hours(queue.hours, (e.record.flags & 1U) != 0, parts.size() > 3 ? parts[3] : std::string_view{});
  s.next_queue = std::max(s.next_queue, e.record.queue.value + 1);
}

void configure_policy(policy_config& policy, const event& e) {
  const std::chrono::nanoseconds time{e.value};
  switch (static_cast<policy_key>(e.detail)) {
    case policy_key::hold_limit: policy.hold_limit = time; break;
    case policy_key::recall_ring: policy.recall_ring = time; break;
    case policy_key::offer_ring: policy.offer_ring = time; break;
    case policy_key::closing_grace: policy.closing_grace = time; break;
    case policy_key::move_limit: policy.move_limit = time; break;
    case policy_key::release_limit: policy.release_limit = time; break;
    case policy_key::park_limit: policy.park_limit = time; break;
    case policy_key::call_back_limit: policy.call_back_limit = time; break;
    case policy_key::calls_max: policy.calls_max = static_cast<std::uint32_t>(e.value); break;
  }
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

void evolve(board_state& s, const logged& logged_event) {
  const event& e = logged_event.record;
  s.last_sequence = e.sequence;
  s.last_time = e.time_ns;
  if (e.call && s.call_table.find(e.call) != nullptr && e.kind != event_kind::command_refused)
    s.call_table.edit(e.call).revision += 1;

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
    case event_kind::device_configured: {
      device_state& d = s.devices.edit(e.device);
      const auto parts = split(logged_event.text, '\t');
      d.number = parts[0];
      s.device_numbers.edit(d.number) = e.device;
      d.name = parts.size() > 1 ? parts[1] : std::string_view{};
      d.kind = static_cast<device_kind>(e.state);
      d.policy = static_cast<consent_policy>(e.consent);
      d.department = (e.flags & 1U) != 0;
      d.supervisor = (e.flags & 2U) != 0;
      d.direct = (e.flags & 8U) != 0;
      d.ring_ns = e.value;
      configure_hours(d.hours, (e.flags & 4U) != 0, parts.size() > 2 ? parts[2] : std::string_view{});
      if (d.kind == device_kind::trunk) d.in_service = true;
      s.next_device = std::max(s.next_device, e.device.value + 1);
      break;
    }
    case event_kind::device_removed:
      if (const device_state* gone = s.devices.find(e.device)) s.device_numbers.erase(gone->number);
      s.devices.erase(e.device);
      break;
    case event_kind::device_in_service:
    case event_kind::device_out_of_service:
      if (s.devices.find(e.device) != nullptr) s.devices.edit(e.device).in_service = e.kind == event_kind::device_in_service;
      break;
    case event_kind::operator_configured: {
      operator_record& op = s.operators.edit(e.operator_);
      const auto parts = split(logged_event.text, '\t');
      op.name = parts[0];
      op.number = parts.size() > 1 ? parts[1] : std::string_view{};
      op.phone = e.device;
      op.wrap_up_ns = e.value;
      op.screen = (e.flags & 1U) != 0;
      s.next_operator = std::max(s.next_operator, e.operator_.value + 1);
      break;
    }
    case event_kind::operator_removed: {
      if (const operator_record* op = s.operators.find(e.operator_); op != nullptr && op->deadline != 0)
        s.deadlines.erase({op->deadline, deadline_kind::wrap_up, 0, e.operator_.value});
      s.operators.erase(e.operator_);
      break;
    }
    case event_kind::queue_configured: configure_queue(s, logged_event); break;
    case event_kind::queue_removed: s.queues.erase(e.queue); break;
    case event_kind::principal_configured: {
      principal& p = s.principals.edit(e.actor);
      p.name = logged_event.text;
      p.uid_plus_1 = e.other;
      p.rights = static_cast<std::uint32_t>(e.value);
      s.next_actor = std::max(s.next_actor, e.actor.value + 1);
      break;
    }
    case event_kind::principal_removed: s.principals.erase(e.actor); break;
    case event_kind::policy_configured: configure_policy(s.policy, e); break;
    case event_kind::hours_changed:
      if (opening* hours = hours_of(s, e)) hours->open = e.state != 0, hours->until = e.value;
      break;
    case event_kind::night_service_switched:
      if (opening* hours = hours_of(s, e)) hours->by_hand = static_cast<night_mode>(e.detail);
      break;

    case event_kind::command_accepted:
    case event_kind::command_refused: {
      const bool accepted = e.kind == event_kind::command_accepted;
      command_record& c = s.commands.edit(e.command);
      // A refusal carries no deadline: it is remembered for a minute, so that a repeat hears the same.
      const std::int64_t until = accepted ? e.value : e.time_ns + 60'000'000'000;
      c = command_record{
          until,  e.sequence, accepted ? errc{} : static_cast<errc>(e.value), static_cast<command_kind>(e.detail), e.actor,
          e.call, accepted};
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
      }
      move(s, e, static_cast<connection_state>(e.state));
      break;
    }
    case event_kind::party_identified:
      if (s.parties.find(e.party) != nullptr) s.parties.edit(e.party).identity = e.sequence;
      break;
    case event_kind::offered: {
      leave_queue(s, e.call);
      const bool to_operator = static_cast<bool>(e.operator_);
      const auto part = static_cast<participation>(e.flags);
      if (e.leg) {
        begin_leg(s, e);
        arm_leg(s, e.leg, e.value);
        join_party(s, e, to_operator ? party_role::operator_ : static_cast<party_role>(e.detail));
        move(s, e, connection_state::alerting, part);
      }
      if (part != participation::none) {
        s.legs.edit(e.leg).command = e.command;
        break;
      }
      call_state& call = s.call_table.edit(e.call);
      if (!call.caller && static_cast<party_role>(e.detail) == party_role::caller) call.caller = e.party;
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
      // Whoever was added has come: what asked for that waits no more.
      if (const connection* c = call != nullptr ? call->fsm.find(e.leg) : nullptr;
          c != nullptr && c->part != participation::none)
        s.legs.edit(e.leg).command = {};
      break;
    }
    case event_kind::held:
      move(s, e, connection_state::hold);
      arm_call(s, deadline_kind::hold, e.call, &call_state::hold_deadline, e.value);
      break;
    case event_kind::retrieved: move(s, e, connection_state::connected); break;
    case event_kind::hold_overdue: arm_call(s, deadline_kind::hold, e.call, &call_state::hold_deadline, e.value); break;
    case event_kind::queued: {
      call_state& call = s.call_table.edit(e.call);
      if (const leg_state* leg = s.legs.find(e.leg); leg != nullptr && leg->fsm.phase == leg_phase::offered)
        s.legs.edit(e.leg).fsm.evolve(e.kind);
      leave_queue(s, e.call);
      if (e.queue) {
        call.queue = e.queue;
        if (s.queues.find(e.queue) != nullptr) {
          auto& waiting = s.queues.edit(e.queue).waiting;
          waiting.insert((e.flags & 1U) != 0 ? waiting.begin() : waiting.end(), e.call);
        }
        arm_call(s, deadline_kind::queue, e.call, &call_state::queue_deadline, e.value);
      }  // else parked: the custody of the same batch has the limit
      if (e.cause == cause::camp_on) {
        s.camped.edit(e.sequence) = {e.call, e.device};
        s.call_table.edit(e.call).camped = e.sequence;
      }
      move(s, e, connection_state::queued);
      break;
    }
    case event_kind::diverted: {
      const call_state* call = s.call_table.find(e.call);
      if (call != nullptr && (call->offer == e.leg || !e.leg)) end_offer(s, e.call);
      leave_operator(s, e.operator_, e.call);
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
      s.call_table.edit(e.call).fsm.take_part(e.leg, static_cast<participation>(e.detail));
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
      const call_state* call = s.call_table.find(e.call);
      if (call != nullptr && call->offer == e.leg && e.leg) end_offer(s, e.call);
      break;
    }
    case event_kind::call_cleared: clear_call(s, e); break;
    case event_kind::leg_released: {
      const leg_state* leg = s.legs.find(e.leg);
      if (leg == nullptr) break;
      if (is_phone(s, leg->device) && s.devices.find(leg->device)->lines > 0) s.devices.edit(leg->device).lines -= 1;
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

    case event_kind::operator_logged_on:
    case event_kind::operator_not_ready:
      // While busy this is CSTA's pending state: it comes true when the present call is over.
      if (const operator_record* op = s.operators.find(e.operator_);
          op != nullptr && op->state == operator_state::busy && static_cast<operator_state>(e.state) == operator_state::busy) {
        s.operators.edit(e.operator_).after = operator_state::not_ready;
      } else {
        set_operator(s, e, operator_state::not_ready, 0);
      }
      break;
    case event_kind::operator_ready:
      if (const operator_record* op = s.operators.find(e.operator_);
          op != nullptr && op->state == operator_state::busy && static_cast<operator_state>(e.state) == operator_state::busy) {
        s.operators.edit(e.operator_).after = operator_state::ready;
      } else {
        set_operator(s, e, operator_state::ready, 0);
        if (s.operators.find(e.operator_) != nullptr) s.operators.edit(e.operator_).after = operator_state::ready;
      }
      break;
    case event_kind::operator_logged_off: set_operator(s, e, operator_state::null, 0); break;
    case event_kind::operator_busy:
      if (const operator_record* op = s.operators.find(e.operator_); op != nullptr && op->state == operator_state::not_ready)
        s.operators.edit(e.operator_).after = operator_state::not_ready;
      set_operator(s, e, operator_state::busy, 0);
      join_operator(s, e);
      break;
    case event_kind::operator_working_after_call: set_operator(s, e, operator_state::working_after_call, e.value); break;
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
