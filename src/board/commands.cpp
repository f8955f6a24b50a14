// SPDX-License-Identifier: Apache-2.0
// What people and programs ask for. A command is refused, with nothing done, or accepted and answered by one outcome.
#include <board/requests.hpp>

#include <algorithm>

namespace cordboard {
namespace {

/// Keys of one command at most: while they go out, the party hears nothing else.
constexpr std::size_t digits_max = 32;
/// Characters of what is played by one command.
constexpr std::size_t words_max = 512;

struct intake {
  decision& d;
  const command& in;
  bool accepted = false;  ///< before: it waited
  bool untold = false;    ///< no command: asked for in another way
  device_id barred{};     ///< the device that a refusal is about

  errc decide() {
    switch (in.kind) {
      case command_kind::log_on: return one_event(log_on);
      case command_kind::log_off: return one_event(log_off);
      case command_kind::ready: return one_event(be_ready);
      case command_kind::not_ready: return one_event(not_ready);
      case command_kind::work_after_call: return one_event(work_after_call);
      case command_kind::ask_leave: return one_event(ask_leave);
      case command_kind::answer_leave: return leave_is_answered();
      case command_kind::hand_over: return one_event(hand_over_shift);
      case command_kind::accept_hand_over: return one_event(accept_hand_over);
      case command_kind::make_call: return make_call();
      case command_kind::answer: return answer();
      case command_kind::hold: return hold();
      case command_kind::retrieve: return retrieve();
      case command_kind::consult: return consult();
      case command_kind::alternate: return alternate();
      case command_kind::reconnect: return reconnect();
      case command_kind::declare_consent: return declare_consent();
      case command_kind::transfer: return transfer();
      case command_kind::single_step_transfer: return single_step_transfer();
      case command_kind::clear_connection: return clear_connection();
      case command_kind::clear_call: return clear();
      case command_kind::transfer_ringing: return transfer_ringing();
      case command_kind::park: return park();
      case command_kind::unpark: return unpark();
      case command_kind::pickup: return pickup();
      case command_kind::deflect: return deflect();
      case command_kind::stop: return stop();
      case command_kind::hold_log: return one_event(hold_log);
      case command_kind::release_log_hold: return one_event(release_log_hold);
      case command_kind::conference: return conference();
      case command_kind::single_step_conference: return single_step_conference();
      case command_kind::intrude: return intrude();
      case command_kind::whisper: return whisper();
      case command_kind::take_over: return take_over();
      case command_kind::generate_digits: return generate_digits();
      case command_kind::associate_data: return associate_data();
      case command_kind::switch_night_service: return switch_night_service();
      case command_kind::camp_on: return camp_on();
      case command_kind::call_back_when_free: return call_back_when_free();
      case command_kind::cancel_call_back: return cancel_call_back();
      case command_kind::play: return play();
      case command_kind::start_recording: return begin_recording();
      case command_kind::stop_recording: return stop_recording();
      case command_kind::suspend_recording: return pause_recording(true);
      case command_kind::resume_recording: return pause_recording(false);
      case command_kind::start_code_call: return begin_code_call();
      case command_kind::mark_malicious: return mark_malicious();
      case command_kind::note_call: return note_call(d, in, accepts());
      case command_kind::open_request:
      case command_kind::take_request:
      case command_kind::pass_request:
      case command_kind::note_request:
      case command_kind::change_request:
      case command_kind::advance_request:
      case command_kind::promise_request:
      case command_kind::tell_request:
      case command_kind::ask_approval:
      case command_kind::answer_approval:
      case command_kind::refuse_request:
      case command_kind::cancel_request:
      case command_kind::confirm_request:
      case command_kind::close_request:
      case command_kind::check_in_request:
      case command_kind::release_booking:
      case command_kind::offer_slot:
      case command_kind::excuse_owner:
      case command_kind::link_request:
      case command_kind::announce_request:
      case command_kind::send_message:
      case command_kind::report_message:
      case command_kind::call_request: return request_command(d, in, accepts());
      case command_kind::report_access: return one_event(report_access);
      case command_kind::report_equipment: return report_by_command(d, in, accepts());
      case command_kind::start_self_test: return begin_self_test();
      case command_kind::sign_check: return sign_check(d, in, accepts());
      case command_kind::set_activity: return one_event(set_activity);
      case command_kind::give_reason: return give_reason(d, in, accepts());
      case command_kind::use_card: return one_event(use_card);
      case command_kind::report_post: return one_event(report_post);
      case command_kind::tell_operators: return one_event(tell_operators);
    }
    return errc::command_invalid;
  }

  static constexpr errc fine{};

  void accept(call_id holder, std::string dialled = {}, std::uint16_t marks = 0) {
    if (untold) return;
    d.command = in.id;
    d.actor = in.actor;
    event e = decision::of(accepted ? event_kind::command_resumed : event_kind::command_accepted);
    e.command = in.id;
    e.actor = in.actor;
    e.detail = static_cast<std::uint16_t>(in.kind);
    e.call = holder;
    e.marks = marks;
    e.leg = in.kind == command_kind::generate_digits || in.kind == command_kind::play ? in.leg : in.new_leg;
    if (accepted) {
      d.emit(e);
      return;
    }
    e.value = in.deadline_ns;
    e.party = in.new_party;
    e.other = in.other;
    e.device = in.device;
    e.operator_ = in.operator_;
    d.answer.sequence = d.emit(e, std::move(dialled));
  }
  /// What would happen if the voices were here is tried out: what would be refused then is refused now.
  errc await() {
    if (call()->media_refused) return errc::media_refused;
    if (d.s.awaited.find(in.call) != nullptr) return errc::media_moving;
    decision probe(d);
    intake tried{probe, in};
    const errc why = tried.decide();
    barred = tried.barred;
    if (why != fine) return why;
    logged first = probe.emitted().front();
    first.record.flags = 1;
    d.answer.sequence = d.emit(first.record, std::move(first.text));
    const bool names_leg = in.kind == command_kind::generate_digits || in.kind == command_kind::play;
    await_voices(d, in.call,
                 {in.id, in.kind, names_leg ? in.leg : in.new_leg, in.new_party, in.new_call.value, in.device, in.operator_,
                  static_cast<std::uint8_t>(in.detail), std::string(text_of(in))});
    return fine;
  }
  void done(std::uint64_t proof) { d.done(in.id, proof); }
  /// For commands that are decided elsewhere.
  std::function<void(call_id)> accepts() {
    return [this](call_id holder) { accept(holder); };
  }

  const call_state* call() const { return in.call ? d.call(in.call) : nullptr; }
  std::uint64_t connection_event(event_kind kind, call_id id, const connection& c, connection_state to, cause why,
                                 std::int64_t until = 0) {
    event e = decision::of(kind);
    e.call = id;
    e.leg = c.leg;
    e.party = c.party;
    e.device = c.device;
    e.operator_ = c.operator_;
    e.cause = why;
    e.state = static_cast<std::uint8_t>(to);
    e.value = until;
    return d.emit(e);
  }
  /// Whom a command calls: a device by id, or a number: of a device, or to be dialled on a trunk.
  errc target(device_id& to, std::string& number) {
    number = text_of(in);
    to = in.device;
    if (!to) to = device_by_number(d.base, number);
    if (!to) to = trunk_for(d.base, number);
    const device_state* device = d.device(to);
    if (device == nullptr) return errc::device_unknown;
    // Whoever stands in for a department that is out of order is asked in its place.
    const device_id backup = device->backup.empty() ? device_id{} : device_by_number(d.base, device->backup);
    if (const device_state* acts = d.device(backup); !device->in_service && acts != nullptr && acts->in_service) {
      to = backup;
      device = acts;
    }
    // Who sees patients is not rung but in an emergency: the desk is.
    const bool urgent = call() != nullptr && is_emergency(d.base, call()->queue);
    if (device->activity != activity::available && !urgent) {
      to = device_by_number(d.base, desk_of(*device));
      if (device = d.device(to); device == nullptr || device->activity != activity::available) return errc::device_busy;
    }
    if (device->kind == device_kind::trunk && number.empty()) return errc::command_invalid;
    if (device->kind == device_kind::trunk && !reaches(d.base, asker().operator_, asker().device, number))
      return refused_by_class(to);
    return serves(to);
  }
  /// Whose class of service counts: the operator's who calls, or of whoever has the caller.
  connection asker() const {
    connection who;
    const call_state* c = call();
    const connection* has = c == nullptr ? nullptr : d.operator_of(*c) != nullptr ? d.operator_of(*c) : keeper_of(d.s, *c);
    if (has != nullptr) return *has;
    who.operator_ = in.operator_;
    if (const operator_record* op = d.op(in.operator_)) who.device = op->phone;
    return who;
  }
  errc refused_by_class(device_id to) {
    barred = to;
    return errc::service_barred;
  }
  errc onward_to(device_id to) {
    const connection by = asker();
    return may_join(d, in.call, by.operator_, by.device, to) ? fine : refused_by_class(to);
  }
  errc serves(device_id id) {
    const device_state* device = d.device(id);
    if (device != nullptr && device->in_service) return fine;
    barred = id;
    return errc::device_out_of_service;
  }
  errc fresh_ids(bool a_call, bool urgent = false) const {
    if (!in.new_leg || !in.new_party || (a_call && !in.new_call)) return errc::command_invalid;
    if (d.leg(in.new_leg) != nullptr || d.party(in.new_party) != nullptr) return errc::id_taken;
    if (a_call && d.call(in.new_call) != nullptr) return errc::id_taken;
    if (a_call && !has_room(d.base, urgent)) return errc::limit_reached;
    return d.base.stopping ? errc::board_closed : fine;
  }

  errc make_call() {
    const operator_record* op = d.op(in.operator_);
    if (op == nullptr) return errc::operator_unknown;
    if (op->state == operator_state::null || op->state == operator_state::busy) return errc::operator_wrong_state;
    device_id to;
    std::string number;
    if (const errc e = target(to, number); e != fine) return e;
    if (to == op->phone) return errc::command_invalid;
    if (const errc e = fresh_ids(true); e != fine) return e;
    if (const errc e = serves(op->phone); e != fine) return e;
    accept(in.new_call, number);
    begin_own_call(d, in.operator_, in.new_call, in.new_leg, in.new_party, to, number, cause::make_call, in.id);
    return fine;
  }

  errc answer() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    if (d.op(in.operator_) == nullptr) return errc::operator_unknown;
    if (c->offered_to != in.operator_ || c->offer) return errc::call_wrong_state;
    accept(in.call);
    const connection* caller = d.caller_of(*c);
    const party_state* who = caller != nullptr ? d.party(caller->party) : nullptr;
    const bool recalled = who != nullptr && who->custodian == custodian::wait;
    offer_to(d, in.call, in.operator_, recalled ? cause::recall : cause::distributed, true,
             recalled ? d.s.policy.recall_ring.count() : d.s.policy.offer_ring.count(), in.id);
    return fine;
  }

  errc hold() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const connection* op = d.operator_of(*c);
    if (op == nullptr || op->state != connection_state::connected || c->transfer.fsm.open() || c->parent)
      return errc::call_wrong_state;
    accept(in.call);
    done(connection_event(event_kind::held, in.call, *d.operator_of(*call()), connection_state::hold, cause::normal,
                          d.now + d.s.policy.hold_limit.count()));
    return fine;
  }
  /// Whether the operator's line takes part in no call at present.
  bool line_free(leg_id leg) const {
    const auto& calls = d.leg(leg)->calls;
    return std::none_of(calls.begin(), calls.end(), [&](call_id c) {
      const call_state* other = d.call(c);
      const connection* x = other != nullptr ? other->fsm.find(leg) : nullptr;
      return x != nullptr && x->state != connection_state::hold;
    });
  }
  errc retrieve() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const connection* op = d.operator_of(*c);
    if (op == nullptr || op->state != connection_state::hold || !line_free(op->leg)) return errc::call_wrong_state;
    accept(in.call);
    done(connection_event(event_kind::retrieved, in.call, *d.operator_of(*call()), connection_state::connected, cause::normal));
    return fine;
  }

  /// Whether the operator may ask for another party now, for the caller who is on the line; and whom.
  errc onward(bool a_call, device_id& to, std::string& number) {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    if (is_conference(*c)) return errc::call_conferenced;
    const connection* op = d.operator_of(*c);
    const connection* caller = d.caller_of(*c);
    if (op == nullptr || op->state != connection_state::connected || caller == nullptr ||
        caller->state != connection_state::connected || c->transfer.fsm.open() || c->consultation)
      return errc::call_wrong_state;
    if (const errc e = target(to, number); e != fine) return e;
    if (to == op->device) return errc::command_invalid;
    return fresh_ids(a_call, is_emergency(d.base, c->queue));
  }
  errc consult() {
    device_id to;
    std::string number;
    if (const errc e = onward(true, to, number); e != fine) return e;
    const connection own = *d.operator_of(*call());
    accept(in.new_call, number);
    connection_event(event_kind::held, in.call, own, connection_state::hold, cause::consultation,
                     d.now + d.s.policy.hold_limit.count());
    event e = decision::of(event_kind::originated);
    e.call = in.new_call;
    e.leg = own.leg;
    e.party = own.party;
    e.device = own.device;
    e.operator_ = own.operator_;
    e.other = in.call.value;
    e.cause = cause::consultation;
    e.detail = static_cast<std::uint16_t>(party_role::operator_);
    e.state = static_cast<std::uint8_t>(connection_state::connected);
    e.command = in.id;
    d.emit(e);
    ring_party(d, in.new_call, in.new_leg, in.new_party, party_role::target, to, number, cause::consultation);
    begin_transfer(d, in.call, transfer_state::asking, in.new_leg, to, own.operator_, in.new_call, cause::consultation, {});
    return fine;
  }
  /// The held call and its own consultation, as the command names them.
  errc pair(call_id held, call_id consultation) const {
    const call_state* c = d.call(held);
    if (c == nullptr || d.call(consultation) == nullptr) return errc::call_unknown;
    return c->consultation == consultation ? fine : errc::transfer_unknown;
  }
  errc alternate() {
    const call_id other{in.other};
    if (call() == nullptr || d.call(other) == nullptr) return errc::call_unknown;
    if (pair(in.call, other) != fine && pair(other, in.call) != fine) return errc::transfer_unknown;
    const connection* active = d.operator_of(*call());
    const connection* held = d.operator_of(*d.call(other));
    if (active == nullptr || held == nullptr || active->leg != held->leg || active->state != connection_state::connected ||
        held->state != connection_state::hold)
      return errc::call_wrong_state;
    const transfer_state t = (call()->parent ? d.call(other) : call())->transfer.fsm.state;
    if (t == transfer_state::moving) return errc::call_wrong_state;
    const connection a = *active;
    const connection h = *held;
    accept(in.call);
    connection_event(event_kind::held, in.call, a, connection_state::hold, cause::alternate,
                     d.now + d.s.policy.hold_limit.count());
    done(connection_event(event_kind::retrieved, other, h, connection_state::connected, cause::alternate));
    return fine;
  }
  errc reconnect() {
    if (const errc e = pair(in.call, call_id{in.other}); e != fine) return e;
    const transfer_state t = call()->transfer.fsm.state;
    if (t != transfer_state::asking && t != transfer_state::consents) return errc::call_wrong_state;
    accept(in.call);
    advance_transfer(d, in.call, transfer_fsm::input::cancelled, cause::normal, layer::command);
    done(d.s.last_sequence);
    return fine;
  }
  errc declare_consent() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const auto of = static_cast<consent_of>(in.detail);
    const bool known =
        (of == consent_of::caller || of == consent_of::target) && (in.consent == consent::yes || in.consent == consent::no);
    if (!known) return errc::command_invalid;
    const connection* op = d.operator_of(*c);
    const connection* caller = d.caller_of(*c);
    if (op == nullptr || caller == nullptr) return errc::call_wrong_state;
    if (of == consent_of::target && c->transfer.fsm.state != transfer_state::consents) return errc::call_wrong_state;
    event e = decision::of(event_kind::consent_declared);
    e.call = in.call;
    e.party = of == consent_of::caller ? c->caller : c->transfer.target;
    e.consent = in.consent;
    e.detail = in.detail;
    e.operator_ = op->operator_;
    e.other = c->consultation.value;
    e.actor = in.actor;
    accept(in.call);
    done(d.emit(e));
    return fine;
  }
  static errc consents(consent_policy policy, const call_state& c, bool answered) {
    if (c.caller_consent == consent::no || c.target_consent == consent::no) return errc::consent_declined;
    return consents_satisfy(policy, c.caller_consent, c.target_consent, answered) ? fine : errc::consent_missing;
  }
  errc transfer() {
    if (const errc e = pair(in.call, call_id{in.other}); e != fine) return e;
    const call_state& c = *call();
    const connection* caller = d.caller_of(c);
    if (c.transfer.fsm.state != transfer_state::consents || caller == nullptr) return errc::call_wrong_state;
    const device_state* device = d.device(c.transfer.device);
    if (device == nullptr) return errc::device_unknown;
    if (const errc e = consents(device->policy, c, true); e != fine) return e;
    if (const errc e = onward_to(c.transfer.device); e != fine) return e;
    accept(in.call);
    advance_transfer(d, in.call, transfer_fsm::input::agreed, cause::none, layer::command);
    return fine;
  }
  errc transfer_ringing() {
    if (const errc e = pair(in.call, call_id{in.other}); e != fine) return e;
    const call_state& c = *call();
    const connection* caller = d.caller_of(c);
    const leg_state* target = d.leg(c.transfer.target_leg);
    const bool rings =
        target != nullptr && (target->fsm.phase == leg_phase::inviting || target->fsm.phase == leg_phase::ringing);
    if (c.transfer.fsm.state != transfer_state::asking || caller == nullptr || !rings) return errc::call_wrong_state;
    const device_state* device = d.device(c.transfer.device);
    if (device == nullptr) return errc::device_unknown;
    if (const errc e = consents(unasked(*device), c, false); e != fine) return e;
    if (const errc e = onward_to(c.transfer.device); e != fine) return e;
    accept(in.call);
    advance_transfer(d, in.call, transfer_fsm::input::agreed, cause::none, layer::command);
    return fine;
  }
  errc single_step_transfer() {
    device_id to;
    std::string number;
    if (const errc e = onward(false, to, number); e != fine) return e;
    const call_state* c = call();
    const device_state& device = *d.device(to);
    if (const errc e = consents(unasked(device), *c, false); e != fine) return e;
    if (const errc e = onward_to(to); e != fine) return e;
    accept(in.call, number);
    send_on(d, in.call, in.new_leg, in.new_party, to, number, in.id, layer::command);
    return fine;
  }

  /// Whether the operator may let the caller wait without one.
  errc can_wait() const {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    if (is_conference(*c)) return errc::call_conferenced;
    const connection* op = d.operator_of(*c);
    const connection* caller = d.caller_of(*c);
    const bool talks = op != nullptr && (op->state == connection_state::connected || op->state == connection_state::hold);
    if (!talks || caller == nullptr || caller->state != connection_state::connected || c->transfer.fsm.open() || c->parent ||
        c->consultation)
      return errc::call_wrong_state;
    return fine;
  }
  errc park() {
    if (const errc e = can_wait(); e != fine) return e;
    const connection own = *d.operator_of(*call());
    const connection waits = *d.caller_of(*call());
    const std::int64_t until = d.now + d.s.policy.park_limit.count();
    accept(in.call);
    d.custody(waits.party, custodian::wait, 0, cause::park, layer::command, until);
    done(connection_event(event_kind::queued, in.call, waits, connection_state::queued, cause::park, until));
    d.cleared(in.call, own, cause::park, layer::command);
    return fine;
  }
  /// A phone of the house that is busy, as far as the house knows: by the lines that it has with us.
  errc busy_phone(device_id& to) {
    std::string number;
    if (const errc e = target(to, number); e != fine) return e;
    const device_state& phone = *d.device(to);
    if (phone.kind != device_kind::phone) return errc::command_invalid;
    return is_free(phone) ? errc::device_free : fine;
  }
  errc camp_on() {
    if (const errc e = can_wait(); e != fine) return e;
    device_id to;
    if (const errc e = busy_phone(to); e != fine) return e;
    if (to == d.operator_of(*call())->device) return errc::command_invalid;
    if (const errc e = consents(unasked(*d.device(to)), *call(), false); e != fine) return e;
    accept(in.call);
    cordboard::camp_on(d, in.call, to);
    done(d.call(in.call)->camped);
    return fine;
  }
  /// The sequence of the `call_back_set` that holds; 0: none.
  std::uint64_t call_back_to(device_id to) const {
    const auto& all = d.base.call_backs.own();
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& one) {
      return one.second && one.second->operator_ == in.operator_ && one.second->device == to;
    });
    return it != all.end() ? it->first : 0;
  }
  errc call_back_when_free() {
    const operator_record* op = d.op(in.operator_);
    if (op == nullptr) return errc::operator_unknown;
    if (op->state == operator_state::null) return errc::operator_wrong_state;
    device_id to;
    if (const errc e = busy_phone(to); e != fine) return e;
    if (to == op->phone) return errc::command_invalid;
    const std::uint64_t before = call_back_to(to);
    if (before == 0 && d.base.call_backs.own().size() >= call_backs_max) return errc::limit_reached;
    accept({});
    if (before != 0) {  // once is enough
      done(before);
      return fine;
    }
    event e = decision::of(event_kind::call_back_set);
    e.command = in.id;
    e.operator_ = in.operator_;
    e.device = to;
    e.actor = in.actor;
    e.value = d.now + d.s.policy.call_back_limit.count();
    done(d.emit(e));
    return fine;
  }
  errc cancel_call_back() {
    const std::uint64_t set = call_back_to(in.device);
    if (set == 0) return errc::call_back_unknown;
    accept({});
    end_call_back(d, set, cause::call_cancelled);
    done(d.s.last_sequence);
    return fine;
  }
  errc can_take(operator_id who) {
    const operator_record* op = d.op(who);
    if (op == nullptr) return errc::operator_unknown;
    if (op->state == operator_state::null || op->state == operator_state::busy) return errc::operator_wrong_state;
    return serves(op->phone);
  }
  /// Whoever was asked before is asked no more; the caller stays where they wait until the other one answers.
  void ask_instead(operator_id who, cause why, bool auto_answer, command_id by) {
    stop_asking(d, in.call, why, layer::command);
    offer_to(d, in.call, who, why, auto_answer, d.s.policy.offer_ring.count(), by);
  }
  errc unpark() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const party_state* caller = d.party(c->caller);
    if (caller == nullptr || !waits_to_be_taken(*caller) || c->offer || c->offered_to) return errc::call_wrong_state;
    if (const errc e = can_take(in.operator_); e != fine) return e;
    accept(in.call);
    ask_instead(in.operator_, cause::park, true, in.id);
    return fine;
  }
  errc pickup() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const party_state* caller = d.party(c->caller);
    if (caller == nullptr || caller->custodian != custodian::queue) return errc::call_wrong_state;
    if (const errc e = can_take(in.operator_); e != fine) return e;
    accept(in.call);
    ask_instead(in.operator_, cause::call_pickup, true, in.id);
    return fine;
  }
  errc deflect() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const party_state* caller = d.party(c->caller);
    if (!c->offered_to || caller == nullptr || caller->custodian != custodian::queue) return errc::call_wrong_state;
    if (const errc e = can_take(in.operator_); e != fine) return e;
    accept(in.call);
    ask_instead(in.operator_, cause::redirected, false, {});
    done(d.s.last_sequence);
    return fine;
  }

  errc conference() {
    if (const errc e = pair(in.call, call_id{in.other}); e != fine) return e;
    const call_state& c = *call();
    if (c.transfer.fsm.state != transfer_state::consents || d.caller_of(c) == nullptr || d.operator_of(c) == nullptr)
      return errc::call_wrong_state;
    const device_state* device = d.device(c.transfer.device);
    if (device == nullptr) return errc::device_unknown;
    if (const errc e = consents(device->policy, c, true); e != fine) return e;
    if (const errc e = onward_to(c.transfer.device); e != fine) return e;
    if (c.fsm.connections.size() >= conference_parties_max) return errc::conference_full;
    accept(in.call);
    advance_transfer(d, in.call, transfer_fsm::input::joined, cause::none, layer::command);
    return fine;
  }
  /// Whether somebody may be added to the call now: a caller talks to somebody in it, and nothing is under way.
  errc open_to_more() const {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const connection* caller = d.caller_of(*c);
    const connection* keeper = keeper_of(d.s, *c);
    const bool talks = caller != nullptr && caller->state == connection_state::connected && keeper != nullptr &&
                       keeper->state == connection_state::connected;
    return talks && !c->transfer.fsm.open() && !c->consultation && !c->parent ? fine : errc::call_wrong_state;
  }
  /// The connection of this phone in the call; null: it has none.
  const connection* already_in(device_id phone) const {
    const auto& all = call()->fsm.connections;
    const auto it = std::find_if(all.begin(), all.end(), [&](const connection& x) { return x.device == phone; });
    return it != all.end() ? &*it : nullptr;
  }
  /// The same of who was added to it and has come; null: nobody of this phone.
  const connection* takes_part(device_id phone) const {
    const connection* there = already_in(phone);
    const bool came = there != nullptr && there->part != participation::none && there->state == connection_state::connected;
    return came ? there : nullptr;
  }
  /// Who was added takes part in another way from now on.
  errc now_as(connection there, participation part, cause why) {
    accept(in.call);
    done(conferenced(d, in.call, there, part, why));
    return fine;
  }
  errc add(device_id to, const std::string& number, participation part, cause why) {
    const bool phone = d.device(to)->kind == device_kind::phone;
    // Nobody outside the house listens or breaks in.
    if (!phone && why != cause::conference) return errc::command_invalid;
    if (phone && already_in(to) != nullptr) return errc::call_wrong_state;
    if (call()->fsm.connections.size() >= conference_parties_max) return errc::conference_full;
    if (const errc e = fresh_ids(false); e != fine) return e;
    accept(in.call, number);
    ring_party(d, in.call, in.new_leg, in.new_party, party_role::target, to, number, why, part);
    return fine;
  }
  errc single_step_conference() {
    const auto part = static_cast<participation>(in.detail);
    if (part != participation::active && part != participation::silent) return errc::command_invalid;
    if (const errc e = open_to_more(); e != fine) return e;
    device_id to;
    std::string number;
    if (const errc e = target(to, number); e != fine) return e;
    if (part == participation::silent) {
      // Who whispers is heard by nobody from now on.
      const connection* there = takes_part(to);
      return there != nullptr && there->part == participation::whispering ? now_as(*there, part, cause::silent_participation)
                                                                          : add(to, number, part, cause::silent_participation);
    }
    // Nobody is asked before help is called.
    if (is_outside(d.base, to) && is_emergency_number(d.base, number)) return add(to, number, part, cause::conference);
    if (const errc e = consents(unasked(*d.device(to)), *call(), false); e != fine) return e;
    if (const errc e = onward_to(to); e != fine) return e;
    return add(to, number, part, cause::conference);
  }
  errc intrude() {
    if (const errc e = open_to_more(); e != fine) return e;
    device_id to;
    std::string number;
    if (const errc e = target(to, number); e != fine) return e;
    const connection* there = takes_part(to);
    if (there == nullptr || is_heard(there->part)) return add(to, number, participation::active, cause::intrude);
    return now_as(*there, participation::active, cause::intrude);
  }
  errc whisper() {
    if (const errc e = open_to_more(); e != fine) return e;
    device_id to;
    std::string number;
    if (const errc e = target(to, number); e != fine) return e;
    const connection* there = takes_part(to);
    if (there == nullptr || there->part == participation::whispering)
      return add(to, number, participation::whispering, cause::whisper);
    // Who talks to the caller leaves them to somebody else who does.
    const bool heard = is_heard(there->part);
    if (heard && keeper_of(d.s, *call(), there->leg) == nullptr) return errc::call_wrong_state;
    const connection was = *there;
    accept(in.call);
    if (heard) hand_over(d, in.call, was.leg, layer::command);
    done(conferenced(d, in.call, was, participation::whispering, cause::whisper));
    return fine;
  }
  errc take_over() {
    if (const errc e = open_to_more(); e != fine) return e;
    device_id to;
    std::string number;
    if (const errc e = target(to, number); e != fine) return e;
    const connection* there = takes_part(to);
    if (there == nullptr) return add(to, number, participation::active, cause::take_over);
    const leg_id taker = there->leg;
    if (keeper_of(d.s, *call(), taker) == nullptr) return errc::call_wrong_state;
    now_as(*there, participation::active, cause::take_over);
    take_caller(d, in.call, taker);
    return fine;
  }
  errc generate_digits() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const std::string digits(text_of(in));
    if (!act::are_keys(digits) || digits.size() > digits_max) return errc::command_invalid;
    const connection* x = c->fsm.find(in.leg);
    const leg_state* leg = d.leg(in.leg);
    // One after the other: keys of two commands would be one number at the far end.
    if (x == nullptr || x->state != connection_state::connected || leg == nullptr || leg->fsm.phase != leg_phase::up ||
        leg->command)
      return errc::call_wrong_state;
    accept(in.call, digits);
    d.act(act::send_digits{in.leg, digits});
    return fine;
  }
  errc associate_data() {
    if (call() == nullptr) return errc::call_unknown;
    accept(in.call);
    event e = decision::of(event_kind::data_associated);
    e.call = in.call;
    e.actor = in.actor;
    done(d.emit(e, std::string(text_of(in))));
    return fine;
  }

  errc play() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const std::string words(text_of(in));
    const auto said = [](char x) {
      return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || x == '_' || x == '-' || x == ' ';
    };
    if (words.find_first_not_of(' ') == std::string::npos || words.size() > words_max ||
        !std::all_of(words.begin(), words.end(), said))
      return errc::command_invalid;
    const connection* x = c->fsm.find(in.leg);
    const leg_state* leg = d.leg(in.leg);
    // One after the other: who is told something now would miss the rest of it.
    if (x == nullptr || leg == nullptr || leg->fsm.phase != leg_phase::up || leg->command || leg->announcing.number != 0 ||
        in_dialogue(d.s, in.leg))
      return errc::call_wrong_state;
    accept(in.call, words);
    announce(d, in.call, in.leg, announcement::message, words);
    return fine;
  }
  errc begin_recording() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    if (c->recording.number != 0 || c->declined) return errc::recording_on;
    if (!can_be_recorded(d, in.call)) return errc::call_wrong_state;
    accept(in.call);
    done(start_recording(d, in.call, cause::normal));
    return fine;
  }
  errc stop_recording() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const bool declined = in.consent == consent::no;
    if (in.consent == consent::yes) return errc::command_invalid;
    if (d.party(c->caller) == nullptr) return errc::call_wrong_state;  // a code call has nobody who could decline
    if (declined ? c->declined : c->recording.number == 0) return errc::recording_off;
    accept(in.call);
    done(declined ? decline_recording(d, in.call, 0) : end_recording(d, in.call, cause::normal));
    return fine;
  }
  errc pause_recording(bool on) {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    if (c->recording.number == 0) return errc::recording_off;
    if (c->recording.suspended == on) return errc::call_wrong_state;
    accept(in.call);
    done(suspend_recording(d, in.call, on));
    return fine;
  }

  errc begin_code_call() {
    const std::string text(text_of(in));
    const auto space = std::min(text.find(' '), text.size());
    code_call_start what;
    what.plan = text.substr(0, space);
    what.place = text.substr(std::min(space + 1, text.size()));
    what.drill = in.detail != 0;
    what.from = in.call;
    what.operator_ = in.operator_;
    if (in.detail > 1) return errc::command_invalid;
    if (d.s.code_plans.find(what.plan) == nullptr) return errc::code_call_unknown;
    if (in.call && call() == nullptr) return errc::call_unknown;
    if (in.operator_ && d.op(in.operator_) == nullptr) return errc::operator_unknown;
    if (d.call(in.new_call) != nullptr) return errc::id_taken;
    if (d.base.stopping) return errc::board_closed;
    // No limit of calls stops an emergency; this one stops a program that has gone wild.
    if (d.base.code_runs.own().size() >= code_runs_max) return errc::limit_reached;
    accept(in.new_call, text, code_marks(what.drill));
    done(start_code_call(d, in.new_call, what));
    return fine;
  }
  errc mark_malicious() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const party_state* caller = d.party(c->caller);
    if (caller == nullptr) return errc::call_wrong_state;
    accept(in.call);
    event e = decision::of(event_kind::malicious_call_marked);
    e.call = in.call;
    e.leg = caller->leg;
    e.party = c->caller;
    if (const leg_state* leg = d.leg(caller->leg)) e.device = leg->device;
    if (const connection* op = d.operator_of(*call())) e.operator_ = op->operator_;
    e.other = caller->identity;
    e.actor = in.actor;
    e.marks = static_cast<std::uint16_t>(mark::malicious);
    done(d.emit(e));
    return fine;
  }

  errc begin_self_test() {
    if (const errc e = can_be_tested(d, in.device); e != fine) {
      barred = in.device;
      return e;
    }
    accept({});
    done(start_self_test(d, in.device, cause::make_call));
    return fine;
  }
  errc clear_connection() {
    const call_state* c = call();
    if (c == nullptr) return errc::call_unknown;
    const connection* x = c->fsm.find(in.leg);
    if (x == nullptr) return errc::call_wrong_state;
    accept(in.call);
    leg_over(d, in.leg, cause::normal_clearing, layer::command, 0);
    done(d.s.last_sequence);
    return fine;
  }
  errc clear() {
    if (call() == nullptr) return errc::call_unknown;
    accept(in.call);
    const call_id parent = call()->parent;
    const call_state* held = parent ? d.call(parent) : nullptr;
    // To end a consultation is to take the caller back, at whatever step the transfer is.
    if (held != nullptr && held->transfer.fsm.open() && held->transfer.consultation == in.call) {
      const bool moving = held->transfer.fsm.state == transfer_state::moving;
      advance_transfer(d, parent, moving ? transfer_fsm::input::target_failed : transfer_fsm::input::cancelled,
                       cause::normal_clearing, layer::command);
    } else {
      end_call(d, in.call, cause::normal_clearing, layer::command);
    }
    done(d.s.last_sequence);
    return fine;
  }
  errc switch_night_service() {
    if (static_cast<bool>(in.queue) == static_cast<bool>(in.device)) return errc::command_invalid;
    if (in.queue && d.s.queues.find(in.queue) == nullptr) return errc::queue_unknown;
    const device_state* device = d.device(in.device);
    if (in.device && device == nullptr) return errc::device_unknown;
    if (device != nullptr && !device->department) return errc::command_invalid;
    accept({});
    event e = decision::of(event_kind::night_service_switched);
    e.queue = in.queue;
    e.device = in.device;
    e.detail = in.detail;
    e.actor = in.actor;
    done(d.emit(e));
    return fine;
  }
  errc stop() {
    if (d.base.stopping) return errc::board_closed;
    accept({});
    event e = decision::of(event_kind::board_stopping);
    e.actor = in.actor;
    e.cause = cause::maintenance;
    done(d.emit(e));
    return fine;
  }

  errc leave_is_answered() {
    const std::uint16_t reason = d.op(in.operator_) != nullptr ? d.op(in.operator_)->leave : std::uint16_t{0};
    if (const errc why = one_event(answer_leave); why != fine || in.consent != consent::yes) return why;
    event e = away_event(d, in.operator_, reason);
    e.actor = in.actor;
    d.emit(e);
    return fine;
  }
  /// A command that is done with one event: `what` says which, or why not.
  errc one_event(errc (*what)(decision&, const command&, event&)) {
    event e;
    if (const errc why = what(d, in, e); why != fine) return why;
    e.actor = in.actor;
    accept({});
    done(d.emit(e, std::string(text_of(in))));
    return fine;
  }
};

/// What makes the house say something to a party, or listen.
bool needs_voices(command_kind kind) {
  switch (kind) {
    case command_kind::hold:
    case command_kind::consult:
    case command_kind::single_step_transfer:
    case command_kind::park:
    case command_kind::camp_on:
    case command_kind::single_step_conference:
    case command_kind::intrude:
    case command_kind::whisper:
    case command_kind::take_over:
    case command_kind::generate_digits:
    case command_kind::play:
    case command_kind::start_recording: return true;
    default: return false;
  }
}

errc check(const decision& d, const command& c) {
  if (!c.id || name(c.kind).empty()) return errc::command_invalid;
  if (c.deadline_ns <= d.now) return errc::deadline_passed;
  if (const errc why = allowed(d, c); why != errc{}) return why;
  const call_state* call = c.call ? d.call(c.call) : nullptr;
  if (c.revision != 0 && call != nullptr && call->revision != c.revision) return errc::revision_stale;
  return {};
}

}  // namespace

void decide_command(decision& d, const command& c) {
  if (const command_record* before = d.s.commands.find(c.id); c.id && before != nullptr) {
    d.answer = {before->code, before->sequence};  // the same id is carried out once
    return;
  }
  intake taken{d, c};
  errc code = check(d, c);
  if (code == errc{}) {
    const call_state* call = d.call(c.call);
    code = c.call && call != nullptr && is_away(*call) && needs_voices(c.kind) ? taken.await() : taken.decide();
  }
  if (code == errc{}) return;
  event e = decision::of(event_kind::command_refused);
  e.command = c.id;
  e.actor = c.actor;
  e.detail = static_cast<std::uint16_t>(c.kind);
  e.value = static_cast<std::int64_t>(code);
  e.call = c.call;
  e.device = taken.barred;
  if (const call_state* call = d.call(c.call); c.call && call != nullptr) {
    e.revision = call->revision;
    if (const connection* op = d.operator_of(*call)) e.state = static_cast<std::uint8_t>(op->state);
  }
  d.answer = {code, d.emit(e)};
}

errc as_if_commanded(decision& d, const command& c) {
  const call_state* call = d.call(c.call);
  if (call != nullptr && is_away(*call) && needs_voices(c.kind)) return errc::media_moving;
  intake asked{d, c};
  asked.untold = true;
  return asked.decide();
}

void carry_on(decision& d, const command& c) {
  intake taken{d, c, true};
  const errc code = taken.decide();
  const cause why = code == errc::device_out_of_service ? cause::dest_out_of_order
                    : code == errc::service_barred      ? cause::barred
                                                        : cause::call_cancelled;
  if (code != errc{}) d.failed(c.id, 0, why);
}

}  // namespace cordboard
