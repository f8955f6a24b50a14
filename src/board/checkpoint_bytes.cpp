// SPDX-License-Identifier: Apache-2.0
// save() and load(): one list of fields per struct serves both ways, so that they cannot disagree.
#include <board/board_state.hpp>

#include <cstring>
#include <type_traits>

namespace cordboard {
namespace {

// Raise when any field below changes: an older checkpoint is then passed over and the log is read from its start.
constexpr std::uint32_t layout_version = 14;

struct sink {
  std::string out;
  template <class Value>
  void raw(const Value& v) {
    out.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
};

struct source_bytes {
  std::string_view in;
  bool good = true;
  template <class Value>
  void raw(Value& v) {
    if (in.size() < sizeof v) {
      good = false;
      return;
    }
    std::memcpy(&v, in.data(), sizeof v);
    in.remove_prefix(sizeof v);
  }
};

template <class Value>
constexpr bool plain = std::is_arithmetic_v<Value> || std::is_enum_v<Value>;

template <class Tag, class Number>
void io(sink& s, basic_id<Tag, Number>& v) {
  s.raw(v.value);
}
template <class Tag, class Number>
void io(source_bytes& s, basic_id<Tag, Number>& v) {
  s.raw(v.value);
}
template <class Value>
requires plain<Value>
void io(sink& s, Value& v) { s.raw(v); }
template <class Value>
requires plain<Value>
void io(source_bytes& s, Value& v) { s.raw(v); }
void io(sink& s, std::chrono::nanoseconds& v) { s.raw(v); }
void io(source_bytes& s, std::chrono::nanoseconds& v) { s.raw(v); }
void io(sink& s, std::string& v) {
  s.raw(static_cast<std::uint32_t>(v.size()));
  s.out += v;
}
void io(source_bytes& s, std::string& v) {
  std::uint32_t size = 0;
  s.raw(size);
  if (s.in.size() < size) s.good = false;
  if (!s.good) return;
  v.assign(s.in.substr(0, size));
  s.in.remove_prefix(size);
}

template <class Io>
void io(Io& s, command_id& v) {
  io(s, v.high), io(s, v.low);
}
template <class Io>
void io(Io& s, deadline_key& v) {
  io(s, v.at), io(s, v.kind), io(s, v.high), io(s, v.low);
}
template <class Io>
void io(Io&, nothing&) {}
template <class Io>
void io(Io& s, leg_fsm& v) {
  io(s, v.phase), io(s, v.outgoing);
}
template <class Io>
void io(Io& s, transfer_fsm& v) {
  io(s, v.state), io(s, v.cause);
}
template <class Io>
void io(Io& s, connection& v) {
  io(s, v.leg), io(s, v.party), io(s, v.device), io(s, v.operator_), io(s, v.state), io(s, v.part);
}

template <class Value>
void io(sink& s, std::vector<Value>& v) {
  s.raw(static_cast<std::uint32_t>(v.size()));
  for (Value& x : v) io(s, x);
}
template <class Value>
void io(source_bytes& s, std::vector<Value>& v) {
  std::uint32_t size = 0;
  s.raw(size);
  for (std::uint32_t i = 0; i < size && s.good; ++i) io(s, v.emplace_back());
}

template <class Io>
void io(Io& s, opening& v) {
  io(s, v.open), io(s, v.until), io(s, v.by_hand), io(s, v.instead);
}
template <class Io>
void io(Io& s, device_state& v) {
  io(s, v.kind), io(s, v.policy), io(s, v.department), io(s, v.supervisor), io(s, v.direct), io(s, v.in_service),
      io(s, v.lines), io(s, v.ring_ns), io(s, v.number), io(s, v.name), io(s, v.hours), io(s, v.backup), io(s, v.service);
  io(s, v.desk), io(s, v.reserved), io(s, v.tested), io(s, v.test_number), io(s, v.activity), io(s, v.activity_deadline),
      io(s, v.fault_deadline), io(s, v.test_at);
}
template <class Io>
void io(Io& s, health_rules& v) {
  io(s, v.fault_after_ns), io(s, v.test_every_ns), io(s, v.tests_at_once), io(s, v.fault_kind);
}
template <class Io>
void io(Io& s, fault_record& v) {
  io(s, v.state), io(s, v.since), io(s, v.request), io(s, v.by_test);
}
template <class Io>
void io(Io& s, self_test_run& v) {
  io(s, v.device), io(s, v.leg), io(s, v.began), io(s, v.answered), io(s, v.hung_up), io(s, v.deadline);
}
template <class Io>
void io(Io& s, test_key& v) {
  io(s, v.at), io(s, v.device);
}
template <class Io>
void io(Io& s, check_state& v) {
  io(s, v.number), io(s, v.every_ns), io(s, v.owner), io(s, v.due), io(s, v.deadline);
}
template <class Io>
void io(Io& s, unexplained_call& v) {
  io(s, v.operator_), io(s, v.said);
}
template <class Io>
void io(Io& s, reason_state& v) {
  io(s, v.name), io(s, v.limit_ns), io(s, v.times), io(s, v.approval);
}
template <class Io>
void io(Io& s, reason_use& v) {
  io(s, v.reason), io(s, v.times);
}
template <class Io>
void io(Io& s, place_key& v) {
  io(s, v.queue), io(s, v.token);
}
template <class Io>
void io(Io& s, kept_place& v) {
  io(s, v.place), io(s, v.until), io(s, v.call);
}
template <class Io>
void io(Io& s, shift_hand_over& v) {
  io(s, v.from);
}
template <class Io>
void io(Io& s, further_offer& v) {
  io(s, v.leg), io(s, v.operator_);
}
template <class Io>
void io(Io& s, operator_record& v) {
  io(s, v.name), io(s, v.number), io(s, v.phone), io(s, v.wrap_up_ns), io(s, v.screen), io(s, v.state), io(s, v.after),
      io(s, v.since);
  io(s, v.deadline), io(s, v.leg), io(s, v.party), io(s, v.calls);
  io(s, v.reason), io(s, v.after_reason), io(s, v.reason_deadline), io(s, v.used), io(s, v.leave), io(s, v.leave_deadline),
      io(s, v.unanswered), io(s, v.taken), io(s, v.busy_since), io(s, v.serving);
  io(s, v.skills), io(s, v.weight), io(s, v.backup), io(s, v.service), io(s, v.has_shift), io(s, v.shift), io(s, v.shift_began);
  io(s, v.keep_line), io(s, v.line), io(s, v.line_at);
}
template <class Io>
void io(Io& s, queue_state& v) {
  io(s, v.number), io(s, v.name), io(s, v.supervisor), io(s, v.wait_ns), io(s, v.operators), io(s, v.waiting), io(s, v.rank),
      io(s, v.hours);
  io(s, v.record), io(s, v.welcome), io(s, v.notice), io(s, v.greeting), io(s, v.closing), io(s, v.decline_key),
      io(s, v.rating);
  io(s, v.distribution), io(s, v.skills), io(s, v.length_max), io(s, v.overflow_ns), io(s, v.when_full), io(s, v.when_late),
      io(s, v.when_unstaffed), io(s, v.abandoned), io(s, v.position), io(s, v.apology), io(s, v.fault_notice), io(s, v.faults);
  io(s, v.tell_ns), io(s, v.handling_ns), io(s, v.handled_ns), io(s, v.handled), io(s, v.last_asked), io(s, v.ringing_all);
}
template <class Io>
void io(Io& s, principal& v) {
  io(s, v.name), io(s, v.uid_plus_1), io(s, v.rights), io(s, v.operator_), io(s, v.commands), io(s, v.queues),
      io(s, v.departments);
}
template <class Io>
void io(Io& s, service_class& v) {
  io(s, v.outside), io(s, v.barred), io(s, v.onward);
}
template <class Io>
void io(Io& s, code_listed& v) {
  io(s, v.number), io(s, v.step);
}
template <class Io>
void io(Io& s, code_plan& v) {
  io(s, v.name), io(s, v.list), io(s, v.in_order), io(s, v.conference), io(s, v.enough), io(s, v.rounds), io(s, v.ring_ns),
      io(s, v.wait_ns), io(s, v.message), io(s, v.drill), io(s, v.key), io(s, v.line);
}
template <class Io>
void io(Io& s, code_member& v) {
  io(s, v.number), io(s, v.step), io(s, v.progress), io(s, v.leg), io(s, v.answered), io(s, v.asked);
}
template <class Io>
void io(Io& s, code_run& v) {
  io(s, v.number), io(s, v.plan), io(s, v.began), io(s, v.enough_at), io(s, v.enough), io(s, v.rounds), io(s, v.in_order),
      io(s, v.conference), io(s, v.ring_ns), io(s, v.wait_ns), io(s, v.words), io(s, v.plain), io(s, v.key);
  io(s, v.step), io(s, v.round), io(s, v.deadline), io(s, v.members);
}
template <class Io>
void io(Io& s, announcement_state& v) {
  io(s, v.number), io(s, v.what), io(s, v.call), io(s, v.about), io(s, v.began), io(s, v.words);
}
template <class Io>
void io(Io& s, recording_state& v) {
  io(s, v.number), io(s, v.last), io(s, v.began), io(s, v.suspended);
}
template <class Io>
void io(Io& s, dialogue_answer& v) {
  io(s, v.step), io(s, v.given), io(s, v.spoken), io(s, v.cut), io(s, v.confirmed);
}
template <class Io>
void io(Io& s, dialogue_run& v) {
  io(s, v.number), io(s, v.script), io(s, v.about), io(s, v.until), io(s, v.step), io(s, v.phase), io(s, v.tries),
      io(s, v.advanced), io(s, v.deadline);
  io(s, v.asked), io(s, v.key_at), io(s, v.keys), io(s, v.recording), io(s, v.recording_began), io(s, v.requested),
      io(s, v.answers);
}
template <class Io>
void io(Io& s, dialogue_state& v) {
  io(s, v.name), io(s, v.script);
}
template <class Io>
void io(Io& s, dialogue_text& v) {
  io(s, v.text), io(s, v.runs), io(s, v.newest);
}
template <class Io>
void io(Io& s, leg_state& v) {
  io(s, v.fsm), io(s, v.device), io(s, v.party), io(s, v.operator_), io(s, v.calls), io(s, v.deadline), io(s, v.saved),
      io(s, v.held_by_phone), io(s, v.kept), io(s, v.command), io(s, v.announcing), io(s, v.marks);
}
template <class Io>
void io(Io& s, party_state& v) {
  io(s, v.role), io(s, v.custodian), io(s, v.keeper), io(s, v.why), io(s, v.deadline), io(s, v.identity), io(s, v.token),
      io(s, v.call), io(s, v.leg);
}
template <class Io>
void io(Io& s, transfer_record& v) {
  io(s, v.fsm), io(s, v.consultation), io(s, v.target_leg), io(s, v.target), io(s, v.device), io(s, v.operator_),
      io(s, v.deadline), io(s, v.command), io(s, v.by_phone);
}
template <class Io>
void io(Io& s, call_state& v) {
  io(s, v.fsm.connections), io(s, v.revision), io(s, v.started), io(s, v.parent), io(s, v.consultation), io(s, v.caller),
      io(s, v.operator_);
  io(s, v.queue), io(s, v.destination), io(s, v.far), io(s, v.dialled), io(s, v.caller_consent), io(s, v.target_consent),
      io(s, v.offer), io(s, v.offered_to);
  io(s, v.offer_deadline), io(s, v.queue_deadline), io(s, v.hold_deadline), io(s, v.command), io(s, v.transfer), io(s, v.data),
      io(s, v.camped);
  io(s, v.announced), io(s, v.greeted), io(s, v.noticed), io(s, v.declined), io(s, v.recording), io(s, v.media),
      io(s, v.media_placed), io(s, v.media_refused), io(s, v.dialogue);
  io(s, v.also), io(s, v.place), io(s, v.queue_since), io(s, v.expected_ns), io(s, v.overflow_deadline),
      io(s, v.rings_deadline), io(s, v.tell_deadline), io(s, v.overflow_tried), io(s, v.late), io(s, v.stood_in),
      io(s, v.marks), io(s, v.attempt), io(s, v.entered), io(s, v.left), io(s, v.outgoing), io(s, v.reason);
}
template <class Io>
void io(Io& s, request_kind_state& v) {
  io(s, v.text), io(s, v.flags), io(s, v.attempts_max), io(s, v.backoff_ns), io(s, v.change_ns), io(s, v.removed),
      io(s, v.year), io(s, v.last_number), io(s, v.calls_now), io(s, v.calls_at), io(s, v.completion_at), io(s, v.first_at),
      io(s, v.called_at), io(s, v.calling);
}
template <class Io>
void io(Io& s, request_record& v) {
  io(s, v.kind), io(s, v.year), io(s, v.number), io(s, v.status), io(s, v.stage), io(s, v.may_call), io(s, v.operator_),
      io(s, v.device), io(s, v.passed), io(s, v.token), io(s, v.opened);
  io(s, v.first_contact), io(s, v.completion), io(s, v.promised), io(s, v.call_at), io(s, v.appointment), io(s, v.reminded),
      io(s, v.overdue), io(s, v.level), io(s, v.escalate_at), io(s, v.call_told), io(s, v.told), io(s, v.asked),
      io(s, v.approved);
  io(s, v.attempts), io(s, v.attempted), io(s, v.attempt), io(s, v.attempt_said), io(s, v.phase), io(s, v.deadline);
  io(s, v.slot), io(s, v.arrived), io(s, v.called_off), io(s, v.reminded_person), io(s, v.excused), io(s, v.notice),
      io(s, v.part_of), io(s, v.has_parts), io(s, v.announced);
}
template <class Io>
void io(Io& s, slot_key& v) {
  io(s, v.at), io(s, v.number);
}
template <class Io>
void io(Io& s, slot_state& v) {
  io(s, v.kind), io(s, v.places), io(s, v.taken), io(s, v.whose);
}
template <class Io>
void io(Io& s, person_key& v) {
  io(s, v.token), io(s, v.kind);
}
template <class Io>
void io(Io& s, absence& v) {
  io(s, v.times), io(s, v.newest), io(s, v.barred_until);
}
template <class Io>
void io(Io& s, message_record& v) {
  io(s, v.request), io(s, v.asked);
}
template <class Io>
void io(Io& s, owed_entry& v) {
  io(s, v.operator_), io(s, v.said), io(s, v.deadline);
}
template <class Io>
void io(Io& s, command_record& v) {
  io(s, v.deadline), io(s, v.sequence), io(s, v.code), io(s, v.kind), io(s, v.actor), io(s, v.call), io(s, v.open),
      io(s, v.marks);
}
template <class Io>
void io(Io& s, log_hold& v) {
  io(s, v.by), io(s, v.first), io(s, v.last);
}
template <class Io>
void io(Io& s, camped_call& v) {
  io(s, v.call), io(s, v.device);
}
template <class Io>
void io(Io& s, call_back& v) {
  io(s, v.operator_), io(s, v.device), io(s, v.deadline);
}
template <class Io>
void io(Io& s, awaited_act& v) {
  io(s, v.command), io(s, v.kind), io(s, v.leg), io(s, v.party), io(s, v.other), io(s, v.device), io(s, v.operator_),
      io(s, v.detail), io(s, v.text);
}
template <class Io>
void io(Io& s, policy_config& v) {
  io(s, v.hold_limit), io(s, v.recall_ring), io(s, v.offer_ring), io(s, v.closing_grace), io(s, v.move_limit),
      io(s, v.release_limit), io(s, v.calls_max), io(s, v.park_limit), io(s, v.call_back_limit);
  io(s, v.answer_rings), io(s, v.unanswered_max), io(s, v.return_within), io(s, v.login_ahead), io(s, v.wrap_up_limit),
      io(s, v.leave_limit), io(s, v.reasons_required), io(s, v.requests_max), io(s, v.entry_limit);
}

template <class Key, class Value>
void io(sink& s, table<Key, Value>& t) {
  s.raw(static_cast<std::uint64_t>(t.own().size()));
  for (const auto& [key, value] : t.own()) {
    Key k = key;
    io(s, k);
    io(s, const_cast<Value&>(*value));  // io() takes both ways by reference; a sink only reads
  }
}
template <class Key, class Value>
void io(source_bytes& s, table<Key, Value>& t) {
  std::uint64_t size = 0;
  s.raw(size);
  for (std::uint64_t i = 0; i < size && s.good; ++i) {
    Key k{};
    io(s, k);
    io(s, t.edit(k));
  }
}

template <class Io>
void io(Io& s, board_state& v) {
  io(s, v.last_sequence), io(s, v.last_time), io(s, v.next_device), io(s, v.next_operator), io(s, v.next_queue),
      io(s, v.next_actor);
  io(s, v.stopping), io(s, v.stopped), io(s, v.calls), io(s, v.policy), io(s, v.devices), io(s, v.operators), io(s, v.queues);
  io(s, v.principals), io(s, v.call_table), io(s, v.legs), io(s, v.parties), io(s, v.commands), io(s, v.deadlines),
      io(s, v.remembered);
  io(s, v.log_holds), io(s, v.log_from), io(s, v.log_removed_at), io(s, v.camped), io(s, v.call_backs),
      io(s, v.recordings_lost), io(s, v.awaited), io(s, v.dialogues), io(s, v.scripts), io(s, v.reasons), io(s, v.places),
      io(s, v.hand_overs), io(s, v.classes), io(s, v.emergency_numbers), io(s, v.code_plans), io(s, v.code_runs);
  io(s, v.next_request_kind), io(s, v.request_kinds), io(s, v.requests), io(s, v.entries), io(s, v.slots), io(s, v.persons),
      io(s, v.absences), io(s, v.messages);
  io(s, v.health), io(s, v.faults), io(s, v.self_tests), io(s, v.tests_due), io(s, v.checks), io(s, v.phone_codes),
      io(s, v.call_reasons), io(s, v.unexplained), io(s, v.unmanned_posts);
}

}  // namespace

std::string save(const board_state& state) {
  sink s;
  s.raw(layout_version);
  io(s, const_cast<board_state&>(state));  // as above: a sink only reads
  return std::move(s.out);
}

result<board_state> load(std::string_view bytes) {
  source_bytes s{bytes};
  std::uint32_t version = 0;
  s.raw(version);
  board_state state;
  if (s.good && version == layout_version) io(s, state);
  if (!s.good || version != layout_version || !s.in.empty()) return tl::make_unexpected(make_error_code(errc::log_damaged));
  for (const auto& [id, device] : state.devices.own()) {
    if (!device) continue;
    state.device_numbers.edit(device->number) = id;
    if (!device->backup.empty()) state.backed_devices.edit(id);
  }
  return state;
}

std::uint64_t hash(const board_state& state) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const char c : save(state)) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return h;
}

}  // namespace cordboard
