// SPDX-License-Identifier: Apache-2.0
// All that the board knows. Changed by evolve() only. No pointers, no hash maps, no personal text but the house's own
// names: who a caller is stands in the log's text tail, and the state keeps the sequence of that event.
#pragma once
#include <board/board.hpp>
#include <board/table.hpp>
#include <call/call_fsm.hpp>
#include <call/leg_fsm.hpp>
#include <call/transfer_fsm.hpp>
#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard {

/// Whether new callers are taken. Whoever talks or waits is served to the end all the same.
struct opening {
  bool open = true;                           ///< by its hours
  std::int64_t until = 0;                     ///< when that changes next; 0: not within a year, or it has no hours
  night_mode by_hand = night_mode::by_hours;  ///< stronger than the hours
  std::string instead;                        ///< number that callers get while it is closed
  bool closed() const { return by_hand == night_mode::night || (by_hand == night_mode::by_hours && !open); }
};

struct device_state {
  device_kind kind = device_kind::phone;
  consent_policy policy = consent_policy::required;
  bool department = false;
  bool supervisor = false;
  bool direct = false;  ///< its voice may pass the house by
  bool in_service = false;
  std::uint32_t lines = 0;  ///< of a phone: how many it has at present, in whatever state
  std::int64_t ring_ns = 0;
  std::string number;
  std::string name;
  opening hours;
  std::string backup;     ///< number of who stands in
  std::string service;    ///< class of service, empty none
  std::string desk;       ///< number that callers get while its person is in clinic or operating; empty: `backup`
  bool reserved = false;  ///< a trunk for the emergency numbers alone
  bool tested = false;
  std::string test_number;  ///< what a self-test dials over this trunk
  cordboard::activity activity = cordboard::activity::available;
  std::int64_t activity_deadline = 0;  ///< when its person can be rung again, 0 not said
  std::int64_t fault_deadline = 0;     ///< out of service for longer is a fault
  std::int64_t test_at = 0;            ///< its key in `tests_due`
};

/// How faults are found, and what becomes of them.
struct health_rules {
  std::int64_t fault_after_ns = 120'000'000'000;
  std::int64_t test_every_ns = 0;
  std::uint32_t tests_at_once = 1;
  std::string fault_kind;  ///< name of the kind of request that a fault becomes
};
/// Something that does not work, or not wholly. Its key is its name.
struct fault_record {
  equipment_state state = equipment_state::out_of_service;
  std::int64_t since = 0;
  request_id request;
  bool by_test = false;  ///< a self-test found it, and another one says when it is over
};
/// The house calls a device to see whether voice comes back. Its key is the call.
struct self_test_run {
  device_id device;
  leg_id leg;
  std::int64_t began = 0;
  std::int64_t answered = 0;  ///< when, 0 not yet
  bool hung_up = false;       ///< what passed is yet to be told
  std::int64_t deadline = 0;
};
struct test_key {
  std::int64_t at = 0;
  device_id device;
  friend constexpr auto operator<=>(const test_key&, const test_key&) = default;
};
/// What people check again and again. Its key is its name.
struct check_state {
  std::uint64_t number = 0;  ///< sequence of its first `check_configured`
  std::int64_t every_ns = 0;
  std::string owner;
  std::int64_t due = 0;       ///< when it is to be signed
  std::int64_t deadline = 0;  ///< when its owner is told, again
};
/// A call to the outside for which nobody has given a reason yet. Its key is the call, which has ended.
struct unexplained_call {
  operator_id operator_;
  std::uint64_t said = 0;  ///< sequence of its `call_unexplained`
};

/// Why operators leave their position for a while.
struct reason_state {
  std::string name;
  std::int64_t limit_ns = 0;  ///< 0: none
  std::uint32_t times = 0;    ///< in a shift without approval; 0: no limit
  bool approval = false;
};
struct reason_use {
  std::uint16_t reason = 0;
  std::uint32_t times = 0;
};

struct operator_record {
  std::string name;
  std::string number;  ///< said to callers; empty: the phone's
  device_id phone;
  std::int64_t wrap_up_ns = 0;
  bool screen = false;
  bool keep_line = false;
  operator_state state = operator_state::null;
  operator_state after = operator_state::ready;  ///< CSTA's pending state: what follows the present call
  std::int64_t since = 0;                        ///< when the state began: the longest idle is asked first
  std::int64_t deadline = 0;                     ///< end of the work after a call
  std::uint16_t reason = 0;                      ///< why not ready, 0 not said
  std::uint16_t after_reason = 0;                ///< the same of the pending state
  std::int64_t reason_deadline = 0;              ///< end of what the reason allows
  std::vector<reason_use> used;                  ///< how often in this shift
  std::uint16_t leave = 0;                       ///< the reason that approval was asked for, 0 none
  std::int64_t leave_deadline = 0;
  std::uint32_t unanswered = 0;  ///< offers in a row
  std::uint32_t taken = 0;       ///< callers answered since the log-on
  std::int64_t busy_since = 0;   ///< when the present call was first offered
  queue_id serving;              ///< the queue whose caller it is: how long it takes is learnt
  std::string skills;            ///< by space
  std::uint32_t weight = 1;
  operator_id backup;
  std::string service;  ///< class of service; empty: that of the phone
  bool has_shift = false;
  opening shift;
  std::int64_t shift_began = 0;  ///< 0: not seen
  leg_id leg;                    ///< the line to the phone while busy
  leg_id line;                   ///< the line that is kept, 0 none; whether it is up the leg knows
  std::int64_t line_at = 0;      ///< when one is asked for, 0: not
  party_id party;                ///< the operator as a party of the present calls
  std::vector<call_id> calls;    ///< calls that this operator has, or is being offered
};

struct queue_state {
  std::string number;
  std::string name;
  device_id supervisor;
  std::int64_t wait_ns = 0;
  std::vector<operator_id> operators;
  bool record = false;
  std::string welcome, notice, greeting, closing;  ///< names of prompts, by space
  std::string decline_key;
  std::string rating;            ///< number of the dialogue for who stays when the operator has hung up
  std::vector<call_id> waiting;  ///< not offered to anybody at present, in order
  queue_class rank = queue_class::outside;
  opening hours;
  cordboard::distribution distribution{};
  std::string skills;  ///< by space: who is asked has all of them
  std::uint32_t length_max = 0;
  std::int64_t overflow_ns = 0;
  std::string when_full, when_late, when_unstaffed;
  std::string abandoned;                        ///< kind of the request that a caller becomes who gives up waiting
  std::string position, apology, fault_notice;  ///< names of prompts, by space
  std::uint32_t faults = 0;                     ///< known faults of which its callers are told
  std::int64_t tell_ns = 0;
  std::int64_t handling_ns = 0;  ///< expected with a caller, until enough were measured
  std::int64_t handled_ns = 0;   ///< measured, over the newest calls
  std::uint32_t handled = 0;     ///< so many
  operator_id last_asked;
  call_id ringing_all;  ///< the caller for whom all operators are rung
};

/// The place in line of a caller who gave up, for a while.
struct place_key {
  queue_id queue;
  std::uint64_t token = 0;  ///< of the caller's number
  friend constexpr auto operator<=>(const place_key&, const place_key&) = default;
};
struct kept_place {
  std::int64_t place = 0;
  std::int64_t until = 0;
  call_id call;
};

/// A hand-over that the next shift has not accepted yet. Its key is the sequence of its `shift_handed_over`.
struct shift_hand_over {
  operator_id from;
};

struct principal {
  std::string name;
  std::uint64_t uid_plus_1 = 0;
  std::uint32_t rights = 0;
  operator_id operator_;                         ///< whom alone the user acts for, 0 anybody
  std::vector<std::string> commands;             ///< names; none: all that the rights allow
  std::vector<std::string> queues, departments;  ///< numbers; none: all
};

/// Which outside numbers somebody reaches. Its key is its name.
struct service_class {
  std::vector<std::string> outside, barred;  ///< beginnings of numbers
  bool onward = false;                       ///< an outside party may be put through to an outside number
};

/// What is said to a party now.
struct announcement_state {
  std::uint64_t number = 0;  ///< sequence of `announcement_started`; 0: nothing
  announcement what{};
  call_id call;
  operator_id about;  ///< with a greeting
  std::int64_t began = 0;
  std::string words;
};

struct leg_state {
  leg_fsm fsm;
  device_id device;
  party_id party;
  operator_id operator_;
  std::vector<call_id> calls;  ///< calls in which it has a connection
  std::int64_t deadline = 0;   ///< end of asking or ringing, or of releasing
  std::uint64_t saved = 0;     ///< sequence of the newest `dialog_saved`, 0 none
  bool held_by_phone = false;
  bool kept = false;   ///< an operator's, beyond its calls
  command_id command;  ///< adds it to a call, presses keys or plays something there: not done yet
  announcement_state announcing;
  std::uint16_t marks = 0;  ///< of every event of it
};

struct party_state {
  party_role role = party_role::caller;
  cordboard::custodian custodian = custodian::none;
  std::uint32_t keeper = 0;            ///< operator, queue or device, by `custodian`
  cordboard::cause why = cause::none;  ///< why custody is where it is
  std::int64_t deadline = 0;           ///< with `wait`: when it ends
  std::uint64_t identity = 0;          ///< sequence of `party_identified`, 0 none
  std::uint64_t token = 0;             ///< of the number, 0 none
  call_id call;
  leg_id leg;
};

struct transfer_record {
  transfer_fsm fsm;
  call_id consultation;
  leg_id target_leg;
  party_id target;
  device_id device;
  operator_id operator_;
  std::int64_t deadline = 0;  ///< end of `moving`
  command_id command;         ///< whose outcome the next end decides
  bool by_phone = false;      ///< the operator's phone asked, and is told how it ends
};

struct recording_state {
  std::uint64_t number = 0;  ///< sequence of `recording_started`; 0: none runs
  std::uint64_t last = 0;    ///< of the newest one, whether it runs or not
  std::int64_t began = 0;
  bool suspended = false;
};

/// What a caller has answered in a dialogue. Keys and file stand in the text of the event alone.
struct dialogue_answer {
  std::uint16_t step = 0;
  std::uint64_t given = 0;  ///< sequence of the `dialogue_answered`
  bool spoken = false;
  bool cut = false;        ///< the caller hung up meanwhile
  bool confirmed = false;  ///< what was read back is right
};

/// A caller in a dialogue.
struct dialogue_run {
  std::uint64_t number = 0;  ///< sequence of `dialogue_started`; 0: none
  std::uint64_t script = 0;  ///< key in `scripts`: what it began with
  operator_id about;         ///< whom the caller rates
  std::int64_t until = 0;    ///< when it ends at the latest
  std::uint16_t step = 0;
  dialogue_phase phase{};
  std::uint8_t tries = 0;           ///< that have failed at this step
  std::uint16_t advanced = 0;       ///< how often it went on
  std::int64_t deadline = 0;        ///< of the phase
  std::uint64_t asked = 0;          ///< sequence of the newest `announcement_started`: under it keys are told
  std::uint32_t key_at = 0;         ///< the newest key, as `fact::key_pressed` has it
  std::vector<std::uint64_t> keys;  ///< of the answer that is being given: their `digits_detected`
  std::uint64_t recording = 0;      ///< in phase `recording`: its number, which is the event's sequence
  std::int64_t recording_began = 0;
  std::uint64_t requested = 0;  ///< place + 1 of the step that asked for a request, 0 none did
  std::vector<dialogue_answer> answers;
};
/// One more operator who is rung for the same caller.
struct further_offer {
  leg_id leg;
  operator_id operator_;
};

struct call_state {
  call_fsm fsm;
  std::uint32_t revision = 0;
  std::int64_t started = 0;
  call_id parent;         ///< the call that this one consults for
  call_id consultation;   ///< the call that consults for this one
  party_id caller;        ///< the party that is served
  operator_id operator_;  ///< who has, or last had, the caller
  queue_id queue;
  device_id destination;      ///< called device of a call without a queue
  party_id far;               ///< the called party, from `digits_dialed` on
  std::uint64_t dialled = 0;  ///< sequence of `digits_dialed`, 0 none
  std::uint64_t data = 0;     ///< sequence of the `data_associated` that holds, 0 none
  consent caller_consent = consent::none;
  consent target_consent = consent::none;
  leg_id offer;            ///< the line being rung for a queued or recalled caller
  operator_id offered_to;  ///< the operator asked, also when only the screen is
  std::int64_t offer_deadline = 0;
  std::vector<further_offer> also;  ///< rung besides `offered_to`
  std::int64_t queue_deadline = 0;  ///< the supervisor is rung
  std::int64_t place = 0;           ///< in line: when the wait began; that of an earlier call when the caller came back
  std::int64_t queue_since = 0;     ///< the wait that one `queue_left` will end; 0: not in a queue
  std::int64_t expected_ns = 0;     ///< said when it began
  std::int64_t overflow_deadline = 0;
  std::int64_t rings_deadline = 0;
  std::int64_t tell_deadline = 0;
  bool overflow_tried = false;  ///< the overflow's phone was rung
  bool late = false;            ///< was answered after more rings than are allowed
  bool stood_in = false;        ///< the backup of whom the caller wants is, or was, rung
  std::int64_t hold_deadline = 0;
  command_id command;        ///< make_call, answer, consult: outcome still open
  std::uint64_t camped = 0;  ///< the caller waits for a busy phone: the key in `camped`, 0 does not
  transfer_record transfer;
  std::uint8_t announced = 0;  ///< bit of each `announcement` that was begun
  operator_id greeted;         ///< whom the greeting named
  std::uint64_t noticed = 0;   ///< sequence of the `announcement_ended` that proves the notice, 0 none
  bool declined = false;       ///< the caller does not want a recording
  recording_state recording;
  media_path media = media_path::anchored;
  bool media_placed = false;   ///< the voices have been moved, or could not be: they are not sent past the house again
  bool media_refused = false;  ///< an end does not let its voice be moved
  dialogue_run dialogue;
  std::uint16_t marks = 0;   ///< of every event of it
  request_id attempt;        ///< the request for which the caller is called
  bool entered = false;      ///< a note, or a request, says what it was about
  bool outgoing = false;     ///< an outside number was dialled that is none for emergencies
  std::uint16_t reason = 0;  ///< why, 0 not said
  request_id left;           ///< what the caller left: it will call them back
};

/// Who is to be called in an emergency.
struct code_listed {
  std::string number;
  std::uint8_t step = 0;
};
/// The plan of a code call. Its key is its number.
struct code_plan {
  std::string name;
  std::vector<code_listed> list;  ///< in the order of the steps
  bool in_order = false;
  bool conference = false;
  std::uint32_t enough = 1;
  std::uint8_t rounds = 1;
  std::int64_t ring_ns = 0;
  std::int64_t wait_ns = 0;
  std::string message, drill;  ///< names of prompts, by space
  std::string key;
  std::string line;  ///< number of the queue for who dials it
};

/// How far a member of a list is in this round.
enum class code_progress : std::uint8_t { due, called, answered, acknowledged, missed };
struct code_member {
  std::string number;
  std::uint8_t step = 0;
  code_progress progress = code_progress::due;
  leg_id leg;
  std::uint64_t answered = 0;  ///< sequence of the `code_member_answered`: keys told since then count
  std::uint64_t asked = 0;     ///< sequence of the newest `announcement_started`
};
/// A code call that runs, by the plan that it began with. Its key is its call.
struct code_run {
  std::uint64_t number = 0;  ///< sequence of `code_call_started`
  std::string plan;          ///< number of the plan
  std::int64_t began = 0;
  std::int64_t enough_at = 0;  ///< when enough had acknowledged, 0 not yet
  std::uint32_t enough = 1;
  std::uint8_t rounds = 1;
  bool in_order = false;
  bool conference = false;
  std::int64_t ring_ns = 0;
  std::int64_t wait_ns = 0;
  std::string words, plain;  ///< what is said, with the place and without
  std::string key;
  std::uint8_t step = 0;      ///< begun last, from 0
  std::uint8_t round = 0;     ///< from 1
  std::int64_t deadline = 0;  ///< when the next step, or round, begins
  std::vector<code_member> members;
};

/// A kind of request. Its key is its number, which is never reused: so its requests' numbers are not either.
struct request_kind_state {
  std::string text;  ///< as write_kind() gives it; request_rules takes it apart
  std::uint8_t flags = 0;
  std::uint32_t attempts_max = 1;
  std::int64_t backoff_ns = 0;
  std::int64_t change_ns = 0;
  bool removed = false;  ///< no new ones
  std::uint16_t year = 0;
  std::uint32_t last_number = 0;   ///< in that year
  bool calls_now = true;           ///< its people may be called
  std::int64_t calls_at = 0;       ///< when they may be next; 0: now, or not within a year
  std::int64_t completion_at = 0;  ///< what the calendar says to one that is opened now
  std::int64_t first_at = 0;
  std::int64_t called_at = 0;  ///< when the newest call of it began
  std::uint32_t calling = 0;   ///< calls that run
};

/// How far a call to the person of a request is.
enum class attempt_phase : std::uint8_t { none, operator_rung, person_rung, answered };

/// An open request. Who it is about stands in the texts of its events alone.
struct request_record {
  std::uint16_t kind = 0;
  std::uint16_t year = 0;
  std::uint32_t number = 0;
  request_status status = request_status::open;
  std::uint8_t stage = 0;  ///< place in the kind's, from 1
  consent may_call{};
  operator_id operator_;  ///< the owner: an operator, or else a phone or department
  device_id device;
  std::uint64_t passed = 0;  ///< sequence of the `request_passed` that nobody has answered yet
  std::uint64_t token = 0;   ///< of the caller's number, 0 not known
  std::int64_t opened = 0;
  std::int64_t first_contact = 0, completion = 0, promised = 0, call_at = 0, appointment = 0;  ///< 0: none, or met
  std::uint8_t reminded = 0;  ///< how many of the reminders have been given
  std::uint8_t overdue = 0;   ///< a bit for each `request_time` that has passed
  std::uint16_t level = 0;    ///< how far up it has gone
  std::int64_t escalate_at = 0;
  bool call_told = false;          ///< that the time to call has come
  std::uint8_t told = 0;           ///< a bit for each `told_of`
  std::uint64_t asked = 0;         ///< sequence of the `request_approval_asked` that nobody has answered yet
  bool approved = false;           ///< it may be refused
  std::uint32_t attempts = 0;      ///< that count
  std::uint32_t attempted = 0;     ///< all of them
  call_id attempt;                 ///< the one that runs
  std::uint64_t attempt_said = 0;  ///< sequence of its `request_attempted`
  attempt_phase phase = attempt_phase::none;
  std::uint64_t slot = 0;       ///< that is taken: with `appointment` the key in `slots`, 0 none
  bool arrived = false;         ///< the person is here
  bool called_off = false;      ///< by key, in a call that is still up: it is closed when that is over
  bool reminded_person = true;  ///< of the appointment, or it is too near for that
  std::uint64_t excused = 0;    ///< sequence of the `request_owner_excused` for which nobody stands in yet
  std::int64_t notice = 0;      ///< the person is to be told of that by then; 0: need not, or has been
  request_id part_of;           ///< it is closed with that one
  std::uint32_t has_parts = 0;  ///< so many are closed with this one
  queue_id announced;           ///< whose callers are told of it
  std::int64_t deadline = 0;    ///< when something of it is due
};

/// When appointments may be booked, by time, then by the sequence of the first `slot_offered` of it.
struct slot_key {
  std::int64_t at = 0;
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(const slot_key&, const slot_key&) = default;
};
struct slot_state {
  std::uint16_t kind = 0;
  std::uint8_t places = 0;
  std::uint32_t taken = 0;  ///< by open requests; more than `places` when some of them were taken away
  std::string whose;        ///< the doctor, the item
};

/// How many requests of a kind are open for one person.
struct person_key {
  std::uint64_t token = 0;
  std::uint16_t kind = 0;
  friend constexpr auto operator<=>(const person_key&, const person_key&) = default;
};
/// Who did not come to appointments. Its key is the token of the number.
struct absence {
  std::uint8_t times = 0;
  std::int64_t newest = 0;
  std::int64_t barred_until = 0;  ///< 0: may book
};

/// A message of which nobody has said what became of it. Its key is the sequence of its `message_asked`.
struct message_record {
  request_id request;
  std::int64_t asked = 0;
};

/// An operator owes an entry about a call that has ended. Its key is the call.
struct owed_entry {
  operator_id operator_;
  std::uint64_t said = 0;  ///< sequence of its `entry_owed`
  std::int64_t deadline = 0;
};

/// What waits until the voices of a call are in the house: a command, or a phone's REFER.
struct awaited_act {
  command_id command;  ///< none: the phone at `leg` asks
  command_kind kind{};
  leg_id leg;
  party_id party;
  std::uint64_t other = 0;
  device_id device;
  operator_id operator_;
  std::uint8_t detail = 0;
  std::string text;
};

/// A dialogue of the house; its key is its number.
struct dialogue_state {
  std::string name;
  std::uint64_t script = 0;  ///< key in `scripts`
};
/// A script, as long as it is the newest or a caller is in it. Its key is the sequence of its `dialogue_configured`.
struct dialogue_text {
  std::string text;  ///< as write_script() gives it
  std::uint32_t runs = 0;
  bool newest = true;
};

/// A caller who waits until a phone is free. Its key is the sequence of its `queued`.
struct camped_call {
  call_id call;
  device_id device;
};
/// An operator who wants to call a phone when it is free. Its key is the sequence of its `call_back_set`.
struct call_back {
  operator_id operator_;
  device_id device;
  std::int64_t deadline = 0;
};

struct command_record {
  std::int64_t deadline = 0;
  std::uint64_t sequence = 0;  ///< of its acceptance or refusal
  errc code{};
  command_kind kind{};
  actor_id actor;
  call_id call;
  bool open = false;        ///< accepted, outcome still to come
  std::uint16_t marks = 0;  ///< of every event of it: the call may be gone when it is answered
};

/// A part of the log that retention must keep. Its key is the sequence of its `log_held`.
struct log_hold {
  log_span by{};
  std::int64_t first = 0;  ///< sequence or time
  std::uint64_t last = 0;  ///< inclusive; 0: all that follows
};

/// What ends a wait. Each key stands also in the object that it belongs to.
enum class deadline_kind : std::uint8_t {
  leg = 1,
  offer,
  queue,
  hold,
  custody,
  transfer,
  wrap_up,
  command,
  call_back,
  dialogue,
  overflow,
  rings,
  tell,
  reason,
  leave,
  code_call,
  request,
  entry,
  line,
  activity,
  fault,
  self_test,
  check
};
struct deadline_key {
  std::int64_t at = 0;
  deadline_kind kind{};
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend constexpr auto operator<=>(const deadline_key&, const deadline_key&) = default;
};
struct nothing {};

struct board_state {
  std::uint64_t last_sequence = 0;
  std::int64_t last_time = 0;
  std::uint32_t next_device = 1, next_operator = 1, next_queue = 1, next_actor = 1;
  bool stopping = false;
  bool stopped = false;
  std::int64_t calls = 0;  ///< calls that are up
  policy_config policy;
  table<device_id, device_state> devices;
  table<std::string, device_id> device_numbers;  ///< of `devices`: made from them, in no checkpoint
  table<device_id, nothing> backed_devices;      ///< likewise: those that have a backup
  table<operator_id, operator_record> operators;
  table<queue_id, queue_state> queues;
  table<actor_id, principal> principals;
  table<call_id, call_state> call_table;
  table<leg_id, leg_state> legs;
  table<party_id, party_state> parties;
  table<command_id, command_record> commands;
  table<deadline_key, nothing> deadlines;
  table<deadline_key, nothing> remembered;  ///< answered commands, by when they may be forgotten
  table<std::uint64_t, log_hold> log_holds;
  table<std::uint64_t, camped_call> camped;    ///< whoever waits longest is first
  table<std::uint64_t, call_back> call_backs;  ///< as above
  table<call_id, awaited_act> awaited;         ///< one for each call at most
  table<std::string, dialogue_state> dialogues;
  table<std::uint64_t, dialogue_text> scripts;
  std::uint64_t log_from = 0;        ///< retention has removed, or is to remove, what is older; 0: nothing
  std::uint64_t log_removed_at = 0;  ///< sequence of the `log_removed` that said so
  bool recordings_lost = false;      ///< the newest `media_alarm` said so
  table<std::uint16_t, reason_state> reasons;
  table<place_key, kept_place> places;
  table<std::uint64_t, shift_hand_over> hand_overs;
  table<std::string, service_class> classes;
  std::vector<std::string> emergency_numbers;
  table<std::string, code_plan> code_plans;
  table<call_id, code_run> code_runs;
  std::uint16_t next_request_kind = 1;
  table<std::uint16_t, request_kind_state> request_kinds;
  table<request_id, request_record> requests;
  table<call_id, owed_entry> entries;
  health_rules health;
  table<std::string, fault_record> faults;
  table<call_id, self_test_run> self_tests;
  table<test_key, nothing> tests_due;
  table<std::string, check_state> checks;
  table<std::uint16_t, std::string> phone_codes;  ///< by phone_feature
  table<std::uint16_t, std::string> call_reasons;
  table<call_id, unexplained_call> unexplained;
  table<std::string, nothing> unmanned_posts;
  table<slot_key, slot_state> slots;
  table<person_key, std::uint32_t> persons;
  table<std::uint64_t, absence> absences;
  table<std::uint64_t, message_record> messages;

  board_state() = default;
  /// A thin state over another one, for a decision. `under` must outlive it.
  static board_state over(const board_state& under);
};

/// The state as bytes: a checkpoint. The same state gives the same bytes.
std::string save(const board_state& state);
/// @errors  log_damaged: not written by save() of this version
result<board_state> load(std::string_view bytes);
/// Two states are equal when their hashes are (64-bit FNV-1a over save()).
std::uint64_t hash(const board_state& state);

/// So many call backs are kept at most.
inline constexpr std::size_t call_backs_max = 1000;
/// Somebody waits for a phone that can be rung now; `found` gets the key in `camped`, or in `call_backs`.
bool next_camped(const board_state& state, std::uint64_t& found);
bool next_call_back(const board_state& state, std::uint64_t& found);
/// So many places of callers who gave up, and so many hand-overs, are kept at most.
inline constexpr std::size_t places_max = 1000;
inline constexpr std::size_t hand_overs_max = 1000;

/// Nothing keeps this operator from being asked but a call in hand, or none: `away` is who is logged off, not ready or without a phone.
bool is_away(const board_state& state, operator_id id);
bool can_be_asked(const board_state& state, operator_id id);
/// Whether the operator has all that the queue asks for.
bool has_skills(const operator_record& who, const queue_state& queue);
/// Who serves the queue now: its operators, and for each who is away whoever stands in.
std::vector<operator_id> serving(const board_state& state, const queue_state& queue);
/// An operator is logged on who may serve the queue, ready or not.
bool is_staffed(const board_state& state, const queue_state& queue);
/// The next caller of the queue and the operator who is to be asked; operator 0: nobody can be.
struct next_offer {
  call_id call;
  operator_id operator_;
};
next_offer next_in(const board_state& state, const queue_state& queue);
/// Who does not take a caller for this is away, and not asked for ever.
bool left_unanswered(cause why);
/// The position, and the one who stands in for it, are both away in its working time.
bool is_unmanned(const board_state& state, const operator_record& who);
bool is_unmanned(const board_state& state, const device_state& department, device_id backup);

/// A ring, heard by who waits: 1 s of tone and 4 s of silence, as the ringback tone is played.
inline constexpr std::int64_t ring_cycle_ns = ring_on_ns + ring_off_ns;
/// How many rings have begun after so long a wait.
std::uint8_t rings_after(std::int64_t wait_ns);

/// Where a waiting caller stands among all who will be served before by the same operators, and for how long.
struct wait_estimate {
  std::uint32_t position = 0;    ///< from 1; 0: does not wait
  std::int64_t expected_ns = 0;  ///< 0: no operator serves, or one is free
};
/// `all`: a state whose `queues.own()` are all of them, which those of a thin state are not.
wait_estimate estimate(const board_state& state, const board_state& all, call_id call);

/// Bits of `flags` in `queued`.
inline constexpr std::uint8_t queued_at_head = 1, queued_again = 2, queued_begins = 4;

/// Whether the leg is an operator's line that stays when its calls end.
bool is_kept(const board_state& state, leg_id id);

/// Whether a call has another revision behind an event of this kind. What is told of its voices decides nothing: a command of somebody
/// who looked a second ago is not stale for it.
bool renews(event_kind kind);

/// So many parties has a call at most; media mixes as many.
inline constexpr std::size_t conference_parties_max = 64;
/// Who holds the caller, or could: somebody other than `but` who is on the line and heard; the operator first. Null: nobody.
const connection* keeper_of(const board_state& state, const call_state& call, leg_id but = {});
/// Somebody was added to the call who is heard, or will be.
bool is_conference(const call_state& call);

/// What a leg is to hear now; silence for legs that are not up.
source hears(const board_state& state, leg_id leg);

/// How a leg is recorded now.
struct recorded_as {
  std::uint64_t recording = 0;  ///< 0: it is not
  bool suspended = false;
  std::string file;
  std::int64_t first_ns = 0, silence_ns = 0;  ///< as act::record has them
  friend bool operator==(const recorded_as&, const recorded_as&) = default;
};
recorded_as recorded(const board_state& state, leg_id leg);

/// Sequences of the events whose texts calls still need: who parties are, what was dialled, what was answered.
std::vector<std::uint64_t> texts_of(const board_state& state);
/// The call in whose dialogue this leg is; 0: none.
call_id in_dialogue(const board_state& state, leg_id leg);

/// Look-ups by what people write; id 0 when there is none.
device_id device_by_number(const board_state& state, std::string_view number);
queue_id queue_by_number(const board_state& state, std::string_view number);
operator_id operator_by_name(const board_state& state, std::string_view name);
actor_id principal_by_uid(const board_state& state, std::uint32_t uid);
/// Where a caller who wants this number gets now: past what is closed. Nothing of them: nowhere.
struct destination {
  queue_id queue;
  device_id device;
  std::string dialogue{};   ///< its number
  cause why = cause::none;  ///< what was wanted first is closed, full, without operators or out of order
};
destination destination_of(const board_state& state, std::string_view number);
bool in_service(const board_state& state, device_id device);
bool is_emergency(const board_state& state, queue_id queue);
bool is_emergency(const board_state& state, std::string_view called);
/// Whether one more call is taken. An eighth of `calls_max`, and eight, are kept for emergencies and whom they need.
bool has_room(const board_state& state, bool urgent);
/// A trunk in service to dial out on; id 0 when there is none. Those that are reserved have the emergency numbers alone.
device_id trunk_for(const board_state& state, std::string_view number);

/// So many faults of what is no device, checks and posts, and so many calls without a reason, are kept at most.
inline constexpr std::size_t equipment_max = 1000, unexplained_max = 10'000;
/// A device that is due for a self-test and can be called now; 0: there is none. `state`: one whose tables are all of it.
device_id next_self_test(const board_state& state, std::int64_t& at);
/// The call in which this leg is tested; 0: in none.
call_id self_test_of(const board_state& state, leg_id leg);
/// Who is rung instead while the phone's person is in clinic or operates; empty: nobody.
std::string_view desk_of(const device_state& phone);

/// So many entries are owed at most; what more is owed is settled at once, as not written.
inline constexpr std::size_t entries_max = 10'000;
/// So many times are offered at most, so many messages have no result, and so many requests are closed with one.
inline constexpr std::size_t slots_max = 100'000;
inline constexpr std::size_t messages_max = 10'000;
inline constexpr std::uint32_t parts_max = 1000;
/// The kind of this name that new requests may have; 0: there is none.
std::uint16_t request_kind_by_name(const board_state& state, std::string_view name);
/// What of an open request is due next, and when.
enum class request_due : std::uint8_t {
  call,
  reminder,
  first_contact,
  promised,
  completion,
  escalation,
  notice,
  near,     ///< its person is to be reminded of the appointment
  no_show,  ///< its person did not come
};
struct request_next {
  std::int64_t at = 0;
  request_due what{};
};
request_next next_of(const board_state& state, const request_record& request);

/// So many code calls run at a time at most.
inline constexpr std::size_t code_runs_max = 64;
/// What a code call has to do now: a member to be called, `index` in its list, or a step to begin. False: it waits for somebody.
struct code_work {
  call_id call;
  std::size_t index = 0;
  bool member = false;
};
bool next_code_work(const board_state& state, code_work& found);
/// Who answered this leg is told of an emergency, and has not acknowledged yet; null: it is no such leg.
const code_member* told_member(const board_state& state, leg_id leg);

/// Whether the outside number may be called by this operator, or from this phone.
bool reaches(const board_state& state, operator_id who, device_id phone, std::string_view number);
/// A line to the outside.
bool is_outside(const board_state& state, device_id device);
/// One of those that every phone reaches.
bool is_emergency_number(const board_state& state, std::string_view number);

/// Rights of an actor; actor 0 is the board itself and may do everything.
std::uint32_t rights_of(const board_state& state, actor_id actor);

}  // namespace cordboard
