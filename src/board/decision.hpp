// SPDX-License-Identifier: Apache-2.0
// A decision in the making: events are emitted one by one, and each is evolved at once into a thin state that lies over
// the real one. So what follows later in the same batch sees what was decided before it, and the real state is untouched.
#pragma once
#include <base/fields.hpp>
#include <board/board_state.hpp>

#include <map>

namespace cordboard {

class decision {
public:
  decision(const board_state& base, const input& in);

  const board_state& base;
  board_state s;  ///< base with this batch's events
  const std::int64_t now;
  const std::uint64_t token;  ///< of the number that the command names, 0 none
  const bool stopped;         ///< the stop list has the number that is to be called

  /// An event of this kind at this time; fill in and emit.
  static event of(event_kind kind);
  /// @returns  its sequence
  std::uint64_t emit(event e, std::string text = {});
  /// What was emitted until now.
  const std::vector<logged>& emitted() const { return events_; }
  /// The text of an event of this batch, or of one that the state names.
  std::string text_of(std::uint64_t sequence) const;
  void act(any_action a);
  /// One of the random ids that came in with the input.
  std::uint64_t fresh();

  const call_state* call(call_id id) const { return s.call_table.find(id); }
  const leg_state* leg(leg_id id) const { return s.legs.find(id); }
  const party_state* party(party_id id) const { return s.parties.find(id); }
  const device_state* device(device_id id) const { return s.devices.find(id); }
  const operator_record* op(operator_id id) const { return s.operators.find(id); }

  /// The connection of the party that is served, and of the operator who has the call; null when there is none.
  const connection* caller_of(const call_state& call) const;
  const connection* operator_of(const call_state& call) const;

  // Events that several decisions need in the same words.
  std::uint64_t custody(party_id who, custodian to, std::uint32_t keeper, cause why, layer where, std::int64_t until = 0);
  void cleared(call_id call, const connection& c, cause why, layer where, std::uint16_t status = 0);
  void done(command_id command, std::uint64_t proof);
  void failed(command_id command, std::uint64_t proof, cause why);

  /// The same table of the state below.
  const auto& base_of(const table<device_id, device_state>&) const { return base.devices; }
  const auto& base_of(const table<operator_id, operator_record>&) const { return base.operators; }
  const auto& base_of(const table<queue_id, queue_state>&) const { return base.queues; }
  const auto& base_of(const table<actor_id, principal>&) const { return base.principals; }

  /// Ends the batch: operators without a call go on, released legs are released, everyone hears what they should.
  batch finish();

  answer_to_submit answer;
  /// The command in hand, for events that answer it.
  command_id command;
  actor_id actor;
  /// Final answers to callers whose INVITE was never answered.
  std::map<leg_id, std::uint16_t> refusals;
  /// Why lines were let go: goes out as Reason.
  std::map<leg_id, cause> reasons;
  /// A leg whose peer has ended it: nothing is left to release.
  leg_id over;
  /// The calls that something was said of until now and that there are. A copy: what is decided about them changes others.
  std::vector<call_id> changed_calls() const;

private:
  void settle_added();
  void settle_operators();
  void settle_legs();
  void settle_voices();

  std::uint64_t next_;
  const std::function<std::string(std::uint64_t)>& recall_;
  std::array<std::uint64_t, 6> fresh_;
  std::size_t fresh_used_ = 0;
  std::vector<logged> events_;
  std::vector<any_action> starts_, voices_, ends_;
};

// One decision per file.
void decide_fact(decision& d, const any_fact& f);
void decide_command(decision& d, const cordboard::command& c);
void decide_tick(decision& d);
void decide_house(decision& d, const house_config& house);

// facts.cpp
/// What a restart needs of a leg stands in the batch that answers it.
void save_dialog(decision& d, leg_id id, const std::string& text);

// log_holds.cpp: what of the log must stay.
errc hold_log(decision& d, const cordboard::command& c, event& held);
errc release_log_hold(decision& d, const cordboard::command& c, event& released);
void remove_log(decision& d, const fact::log_due& f);

// announcements.cpp: what is said to callers.
/// Prompts are played to a party, who is told nothing else at present.
std::uint64_t announce(decision& d, call_id call, leg_id leg, announcement what, const std::string& words,
                       operator_id about = {});
/// It is over; `normal`: all of it was said.
void announcement_over(decision& d, leg_id leg, cause why);
void announced(decision& d, const fact::announced& f);
void key_pressed(decision& d, const fact::key_pressed& f);
/// Ends what is said to who is gone, and begins what is due.
void settle_announcements(decision& d);

// recordings.cpp
/// Somebody talks to the caller.
bool can_be_recorded(const decision& d, call_id call);
std::uint64_t start_recording(decision& d, call_id call, cause why);
std::uint64_t end_recording(decision& d, call_id call, cause why);
std::uint64_t suspend_recording(decision& d, call_id call, bool on);
/// The caller does not want one; `proof`: sequence of what says so, 0 somebody of the house.
std::uint64_t decline_recording(decision& d, call_id call, std::uint64_t proof);
/// Files of the process before are as they are; each call goes on in a new one.
void recordings_restarted(decision& d);
void recording_trouble(decision& d, const fact::recording_trouble& f);
void recording_gap(decision& d, const fact::recording_gap& f);
void settle_recordings(decision& d);
/// "2026-11-23/CALL-SEQUENCE.wav": a day's recordings stand together, and no two logs give one name.
std::string recording_file(call_id call, std::uint64_t sequence, std::int64_t began);

// dialogues.cpp: callers whom a script leads.
/// The caller is led by this dialogue from here on. `about`: whom the caller is to rate. False: there is none of this number.
bool start_dialogue(decision& d, call_id call, const std::string& number, cause why, operator_id about = {});
/// The caller is gone, or the call ends: what was answered is told.
void dialogue_over(decision& d, call_id call, cause why, layer where);
/// Something that was said in a dialogue is over.
void dialogue_said(decision& d, call_id call, bool ok);
void dialogue_key(decision& d, const fact::key_pressed& f, call_id call);
void dialogue_silence(decision& d, const fact::silence& f);
/// A recording cannot be written. False: it is of no dialogue.
bool dialogue_recording_lost(decision& d, std::uint64_t recording);
void dialogue_due(decision& d, call_id call);
/// What was being recorded when the process ended is asked for again.
void dialogues_restarted(decision& d);

// rights.cpp: who may do what.
/// The right without which a command is refused.
right needed_for(const cordboard::command& c);
/// A program where people log on tells whom it has let in or refused.
errc report_access(decision& d, const cordboard::command& c, event& told);
/// What the right and the scope of whoever gives a command say to it.
errc allowed(const decision& d, const cordboard::command& c);
/// Nobody from outside gets an outside line of ours by way of an operator, but by that operator's or phone's class of service.
bool may_join(const decision& d, call_id id, operator_id who, device_id phone, device_id to);
/// A phone is refused a number by its class of service.
void bar(decision& d, call_id call, leg_id leg, device_id phone, operator_id who, std::uint16_t status,
         const std::string& number);

// code_calls.cpp: emergencies in which a list is called until enough have acknowledged.
struct code_call_start {
  std::string plan, place;
  bool drill = false;
  call_id from;  ///< in which it was asked for
  device_id device;
  operator_id operator_;
};
/// What its events are marked as.
constexpr std::uint16_t code_marks(bool drill) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(mark::code_call) | (drill ? static_cast<unsigned>(mark::drill) : 0U));
}
/// @returns  sequence of the `code_call_started`
std::uint64_t start_code_call(decision& d, call_id id, const code_call_start& what);
/// "number TAB name" of the plan: who is rung sees it as the caller.
std::string shown_to_members(const decision& d, const code_run& run);
/// Calls the next member, or begins the next step, of a code call. False: they all wait for somebody.
bool serve_code_calls(decision& d);
void code_wait_over(decision& d, call_id id);
void code_member_answered(decision& d, call_id id, const connection& who);
void code_member_over(decision& d, call_id id, const connection& who, cause why, layer where, std::uint16_t status);
/// What a member is told has been said, or could not be.
void code_call_said(decision& d, leg_id leg, const announcement_state& what, bool ok);
void code_call_key(decision& d, const fact::key_pressed& f);
/// Nobody is called any more.
void code_call_over(decision& d, call_id id, code_result result, cause why, layer where);

// health.cpp: what of the equipment works.
struct equipment_report {
  std::string name;
  device_id device;
  equipment_state state{};
  cause why{};
  std::string seen;
};
inline constexpr std::size_t equipment_name_max = 64, self_tests_max = 16;
/// @returns  sequence of what says so, 0: that is known already
std::uint64_t report_equipment(decision& d, const equipment_report& what);
/// `accept`, here and below: says that the command is accepted, for this call.
errc report_by_command(decision& d, const command& c, const std::function<void(call_id)>& accept);
/// A device has come or gone; `partly`: not all targets of a trunk are there.
void device_registered(decision& d, device_id id, bool partly);
/// A phone has been away for too long.
void device_away(decision& d, device_id id);
void equipment_fact(decision& d, const fact::equipment& f);
errc can_be_tested(const decision& d, device_id id);
/// @returns  sequence of the `self_test_started`
std::uint64_t start_self_test(decision& d, device_id id, cause why);
/// Calls a device that is due. False: there is none.
bool serve_self_tests(decision& d);
void self_test_answered(decision& d, call_id id, const connection& who);
void self_test_over(decision& d, call_id id, cause why, layer where, std::uint16_t status);
void self_test_due(decision& d, call_id id);
void self_test_heard(decision& d, const fact::media_ended& f);
/// A check is to be signed; `number` is its own.
void remind_of_check(decision& d, std::uint64_t number);
errc sign_check(decision& d, const command& c, const std::function<void(call_id)>& accept);

// phone_codes.cpp: what phones ask for by dialling a code.
/// The phone takes a caller who waits: the call goes on in that one. False: it is no such code, or there is nobody to take.
bool taken_by_code(decision& d, const fact::incoming& f);
/// Does what the code asks for, or refuses it. False: it is no code.
bool phone_code(decision& d, const fact::incoming& f);

// outgoing.cpp: why operators call outside, and what their phones' people do.
errc give_reason(decision& d, const command& c, const std::function<void(call_id)>& accept);
/// A call has ended; `before`: as it was.
void settle_outgoing(decision& d, call_id id, const call_state& before);
errc set_activity(decision& d, const command& c, event& e);
void activity_over(decision& d, device_id id);
errc use_card(decision& d, const command& c, event& e);
errc report_post(decision& d, const command& c, event& e);
errc tell_operators(decision& d, const command& c, event& e);

// requests.cpp: what somebody owes somebody.
/// What a caller answered in a dialogue becomes a request of this kind.
void open_from_dialogue(decision& d, call_id call, const std::string& kind, fields what);
/// A caller gave up waiting: where the queue says so, they are called back.
void open_abandoned(decision& d, call_id call);
/// What a person says by keys to an appointment about which the dialogue calls: it holds, is off, or is to be another one.
void appointment_answered(decision& d, call_id call, dialogue_act what, const fields& given);
/// Whoever is called for a request without an operator has answered.
void attempt_met(decision& d, call_id call);
/// Something of a request is due.
void request_due_now(decision& d, request_id id);
void calendar_changed(decision& d, const fact::request_calendar& f);

// entries.cpp: what calls were about.
void settle_entry(decision& d, call_id call, const owed_entry& owed, cause why);
void entry_due(decision& d, call_id call);
errc note_call(decision& d, const cordboard::command& c, const std::function<void(call_id)>& accept);
/// Calls that have ended in this batch: attempts are over, and entries are owed.
void settle_requests(decision& d);

// calls.cpp: how calls begin, and how they end.
/// Ends a call for everyone who is still in it.
void end_call(decision& d, call_id id, cause why, layer where, call_id became = {});
/// The peer of a leg is gone, or an attempt to reach it is over.
void leg_over(decision& d, leg_id id, cause why, layer where, std::uint16_t status);
/// A leg was answered. `given`: how an operator came by the caller.
void leg_answered(decision& d, leg_id id, cause given = cause::distributed);
/// The far end did not hang up but is gone: whoever it was in charge of must not pay for that.
bool is_fault(cause why);
/// Starts the line towards a called party within a call, or with `part` towards one who joins it; `number` only with a trunk.
leg_id ring_party(decision& d, call_id call, leg_id leg, party_id party, party_role role, device_id to,
                  const std::string& number, cause why, participation part = participation::none,
                  const std::string& referred_by = {}, leg_id passes = {});
/// What a final SIP status says about the called party; `rang`: it was ringing before.
cause cause_of(std::uint16_t status, bool rang);
/// What a caller whose INVITE was never answered is told.
std::uint16_t status_of(cause why);

// conference.cpp: more than two parties.
/// Who was added has answered: everyone hears it, or it hears everyone.
void added_answered(decision& d, call_id call, const connection& own);
/// Somebody who is in the call already takes part in another way; @returns the sequence of what says so.
std::uint64_t conferenced(decision& d, call_id call, const connection& who, participation part, cause why, call_id from = {});
/// Whoever has the caller leaves the call, and the one with this line, who talks there, has the caller.
void take_caller(decision& d, call_id call, leg_id taker);
/// Somebody who talks in the call is about to leave it. Whoever is on the line besides becomes the caller's custodian, if the
/// one who leaves was. False: nobody else talks to the caller.
bool hand_over(decision& d, call_id call, leg_id leaving, layer where);
/// Somebody has left the call, and another one talks there: it goes on as long as two do.
void go_on(decision& d, call_id call, cause why, layer where);

// waiting.cpp: callers in a queue.
void enter_queue(decision& d, call_id call, queue_id queue, cause why, bool head);
/// The wait that began with `enter_queue` is over, since custody went to `to`.
void leave_queue(decision& d, call_id call, custodian to, operator_id who, device_id where, cause why, layer from);
/// Says where the caller stands; `aloud`: it is time to tell the caller too.
void tell_wait(decision& d, call_id call, bool aloud);
/// The last ring that is allowed is about to begin.
void rings_due(decision& d, call_id call);
/// The caller has waited too long and goes elsewhere, or waits on.
void overflow(decision& d, call_id call);

// positions.cpp: what operators do when they are in no call.
errc log_on(decision& d, const cordboard::command& c, event& e);
errc log_off(decision& d, const cordboard::command& c, event& e);
errc be_ready(decision& d, const cordboard::command& c, event& e);
errc not_ready(decision& d, const cordboard::command& c, event& e);
errc work_after_call(decision& d, const cordboard::command& c, event& e);
errc ask_leave(decision& d, const cordboard::command& c, event& e);
errc answer_leave(decision& d, const cordboard::command& c, event& e);
errc hand_over_shift(decision& d, const cordboard::command& c, event& e);
errc accept_hand_over(decision& d, const cordboard::command& c, event& e);
/// The operator is not ready for this reason, 0 none; now, or with a call in hand afterwards.
event away_event(const decision& d, operator_id who, std::uint16_t reason);
/// What the operator does when the work after a call is over.
void go_on_after_work(decision& d, operator_id who);
void overdue(decision& d, operator_id who);
void leave_lapsed(decision& d, operator_id who);
/// Says when a position and who stands in for it are both away, and when somebody is there again.
void settle_backups(decision& d);

// queues.cpp
/// Gives the first waiting caller of some queue to an operator who is ready. False: nobody to give.
bool offer_next(decision& d);
/// Whoever is asked to take the caller is asked no more; the caller waits on, and the command that asked has failed.
void stop_asking(decision& d, call_id call, cause why, layer where);
/// The line being rung for a waiting or recalled caller did not lead to an answer.
void offer_failed(decision& d, call_id call, cause why, layer where);
/// One of several operators who are rung for a caller does not take them. False: it was the only one.
bool further_offer_failed(decision& d, call_id call, leg_id leg, cause why, layer where);
/// Somebody has the caller: whoever else is rung for them is rung no more.
void stop_asking_others(decision& d, call_id call, leg_id who_answered);
/// Whether this leg rings an operator for the caller.
bool is_asked(const call_state& call, leg_id leg);
/// Rings an operator for a caller; `by` is the command whose outcome the answer is, if any.
void offer_to(decision& d, call_id call, operator_id to, cause why, bool auto_answer, std::int64_t ring_ns, command_id by = {});
void offer_to_supervisor(decision& d, call_id call);
/// A phone is rung for a caller who stays in the queue until it answers.
void offer_to_phone(decision& d, call_id call, device_id phone, cause why);
/// Parked, or waiting for a busy phone: an operator may take the caller.
bool waits_to_be_taken(const party_state& caller);
/// From now on this operator has this call and is offered no other.
void be_busy(decision& d, operator_id who, call_id call, cause why);

// lines.cpp: an operator's line that is kept, and on which calls come and go without signalling.
void begin_line(decision& d, operator_id who);
void line_up(decision& d, leg_id line);
/// The far end of a kept line is gone, or was not reached; nothing, if the leg is another one.
void line_over(decision& d, leg_id line, cause why, std::uint16_t status);
/// The operator's kept line, if it is up and in no call.
const leg_state* free_line(const decision& d, operator_id who);
/// Ends those that are needed no more.
void settle_lines(decision& d);

// busy.cpp: waiting for a busy phone.
/// Whether the phone has no line at all, and can be rung.
bool is_free(const device_state& phone);
/// The operator lets the caller wait for a busy phone.
void camp_on(decision& d, call_id call, device_id busy);
/// Rings a phone that is free now for who waited for it: a caller, or else an operator who wants to call it. False: there is nobody.
bool serve_busy(decision& d);
void end_call_back(decision& d, std::uint64_t set, cause why, call_id made = {});
/// A call of an operator: the operator's phone is rung first. `leg`: the operator's; `to`, `number`: who is called then, `party`.
void begin_own_call(decision& d, operator_id who, call_id call, leg_id leg, party_id party, device_id to,
                    const std::string& number, cause why, command_id command);

// direct_media.cpp: voices that pass the house by.
/// The voices of this call are, or are on the way to be, elsewhere than in the house.
bool is_away(const call_state& call);
/// They are asked back, unless that is under way.
void call_back_voices(decision& d, call_id call);
/// What the house is asked for waits until they are back.
void await_voices(decision& d, call_id call, const awaited_act& what);
/// Both ends of a call that has just begun send to each other.
void passed_by(decision& d, leg_id answered);
void voices_moved(decision& d, const fact::voices_moved& f);
/// Sends the voices of a call that needs nothing of the house past it, and asks them back when it does.
void settle_media(decision& d);
/// After a restart, what was under way is asked for again.
void media_restarted(decision& d);

// commands.cpp
/// Does what a command of this kind would do, asked for in another way: nothing says that one was accepted.
errc as_if_commanded(decision& d, const command& c);
/// A command that was accepted before, and waited, is carried out.
void carry_on(decision& d, const cordboard::command& c);

// transfers.cpp
/// A transfer of this call takes the step that follows from `in`.
void advance_transfer(decision& d, call_id call, transfer_fsm::input in, cause why, layer where);
/// A transfer begins with its first step. `by_phone`: the operator asked for it at the phone.
void begin_transfer(decision& d, call_id id, transfer_state first, leg_id leg, device_id to, operator_id by,
                    call_id consultation, cause why, command_id command, bool by_phone = false);
/// The caller waits with recall while the called party is rung, and the operator leaves.
void send_on(decision& d, call_id id, leg_id leg, party_id party, device_id to, const std::string& number, command_id command,
             layer where, bool by_phone = false, const std::string& referred_by = {});
/// What a department asks for before it is rung for a caller who was not announced. A caller may always be handed to the superior
/// in one act (M3); elsewhere the department's policy decides (S4).
consent_policy unasked(const device_state& device);

// refer.cpp
/// An operator transfers with the keys of the phone: the same transaction, with the same guarantees.
void refer(decision& d, const fact::refer_asked& f);

// takeover.cpp
/// The operator at this phone has the caller of `id` from here on, over the line that has just come in.
void take_at_phone(decision& d, call_id id, const fact::incoming& f, operator_id taker);
/// The operator who is logged on at this phone; 0: nobody.
operator_id operator_at(const decision& d, device_id phone);
/// A phone takes the place of an operator's line. @returns  why not, a SIP status; 0: it is under way
std::uint16_t take_over(decision& d, const fact::incoming& f);

/// The operator is rung again for a caller whom nobody holds; the caller waits with recall.
void recall_operator(decision& d, call_id call, operator_id to, cause why, layer where);

}  // namespace cordboard
