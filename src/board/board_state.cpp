// SPDX-License-Identifier: Apache-2.0
#include <board/board_state.hpp>

#include <algorithm>

namespace cordboard {

board_state board_state::over(const board_state& under) {
  board_state s;
  s.last_sequence = under.last_sequence;
  s.last_time = under.last_time;
  s.next_device = under.next_device;
  s.next_operator = under.next_operator;
  s.next_queue = under.next_queue;
  s.next_actor = under.next_actor;
  s.stopping = under.stopping;
  s.stopped = under.stopped;
  s.calls = under.calls;
  s.policy = under.policy;
  s.devices = table<device_id, device_state>(&under.devices);
  s.device_numbers = table<std::string, device_id>(&under.device_numbers);
  s.backed_devices = table<device_id, nothing>(&under.backed_devices);
  s.operators = table<operator_id, operator_record>(&under.operators);
  s.queues = table<queue_id, queue_state>(&under.queues);
  s.principals = table<actor_id, principal>(&under.principals);
  s.call_table = table<call_id, call_state>(&under.call_table);
  s.legs = table<leg_id, leg_state>(&under.legs);
  s.parties = table<party_id, party_state>(&under.parties);
  s.commands = table<command_id, command_record>(&under.commands);
  s.deadlines = table<deadline_key, nothing>(&under.deadlines);
  s.remembered = table<deadline_key, nothing>(&under.remembered);
  s.log_holds = table<std::uint64_t, log_hold>(&under.log_holds);
  s.camped = table<std::uint64_t, camped_call>(&under.camped);
  s.call_backs = table<std::uint64_t, call_back>(&under.call_backs);
  s.awaited = table<call_id, awaited_act>(&under.awaited);
  s.dialogues = table<std::string, dialogue_state>(&under.dialogues);
  s.scripts = table<std::uint64_t, dialogue_text>(&under.scripts);
  s.log_from = under.log_from;
  s.log_removed_at = under.log_removed_at;
  s.recordings_lost = under.recordings_lost;
  s.reasons = table<std::uint16_t, reason_state>(&under.reasons);
  s.places = table<place_key, kept_place>(&under.places);
  s.hand_overs = table<std::uint64_t, shift_hand_over>(&under.hand_overs);
  s.classes = table<std::string, service_class>(&under.classes);
  s.emergency_numbers = under.emergency_numbers;
  s.code_plans = table<std::string, code_plan>(&under.code_plans);
  s.code_runs = table<call_id, code_run>(&under.code_runs);
  s.next_request_kind = under.next_request_kind;
  s.request_kinds = table<std::uint16_t, request_kind_state>(&under.request_kinds);
  s.requests = table<request_id, request_record>(&under.requests);
  s.entries = table<call_id, owed_entry>(&under.entries);
  s.health = under.health;
  s.faults = table<std::string, fault_record>(&under.faults);
  s.self_tests = table<call_id, self_test_run>(&under.self_tests);
  s.tests_due = table<test_key, nothing>(&under.tests_due);
  s.checks = table<std::string, check_state>(&under.checks);
  s.phone_codes = table<std::uint16_t, std::string>(&under.phone_codes);
  s.call_reasons = table<std::uint16_t, std::string>(&under.call_reasons);
  s.unexplained = table<call_id, unexplained_call>(&under.unexplained);
  s.unmanned_posts = table<std::string, nothing>(&under.unmanned_posts);
  s.slots = table<slot_key, slot_state>(&under.slots);
  s.persons = table<person_key, std::uint32_t>(&under.persons);
  s.absences = table<std::uint64_t, absence>(&under.absences);
  s.messages = table<std::uint64_t, message_record>(&under.messages);
  return s;
}

namespace {
template <class Id, class Value, class Match>
Id first_where(const table<Id, Value>& in, Match match) {
  for (const auto& [id, value] : in.own()) {
    if (value && match(*value)) return id;
  }
  return {};
}
}  // namespace

device_id device_by_number(const board_state& state, std::string_view number) {
  const device_id* found = state.device_numbers.find(std::string(number));
  return found != nullptr ? *found : device_id{};
}

queue_id queue_by_number(const board_state& state, std::string_view number) {
  return first_where(state.queues, [&](const queue_state& q) { return q.number == number; });
}

operator_id operator_by_name(const board_state& state, std::string_view name) {
  return first_where(state.operators, [&](const operator_record& o) { return o.name == name; });
}

actor_id principal_by_uid(const board_state& state, std::uint32_t uid) {
  return first_where(state.principals, [&](const principal& p) { return p.uid_plus_1 == std::uint64_t{uid} + 1; });
}

bool in_service(const board_state& state, device_id id) {
  const device_state* device = state.devices.find(id);
  return device != nullptr && device->in_service;
}

bool is_emergency(const board_state& state, queue_id id) {
  const queue_state* queue = id ? state.queues.find(id) : nullptr;
  return queue != nullptr && queue->rank == queue_class::emergency;
}

bool is_emergency(const board_state& state, std::string_view called) {
  return is_emergency(state, destination_of(state, called).queue);
}

bool has_room(const board_state& state, bool urgent) {
  const std::int64_t most = state.policy.calls_max;
  return state.calls < (urgent ? most + most / 8 + 8 : most);
}

namespace {
/// Why new callers do not get in, and the number that they get instead.
struct entrance {
  cause why = cause::none;
  std::string_view instead;
};
entrance entrance_of(const board_state& state, const queue_state& queue) {
  if (queue.rank == queue_class::emergency) return {};
  if (queue.hours.closed()) return {cause::calendar_overflow, queue.hours.instead};
  if (queue.length_max != 0 && queue.waiting.size() >= queue.length_max) return {cause::queue_full, queue.when_full};
  if (!queue.when_unstaffed.empty() && !is_staffed(state, queue)) return {cause::no_available_agents, queue.when_unstaffed};
  return {};
}
entrance entrance_of(const device_state& device) {
  if (device.hours.closed())
    return {cause::calendar_overflow, device.hours.instead.empty() ? device.backup : device.hours.instead};
  if (device.activity != activity::available) return {cause::engaged, desk_of(device)};
  if (!device.in_service && !device.backup.empty()) return {cause::dest_out_of_order, device.backup};
  return {};
}
}  // namespace

destination destination_of(const board_state& state, std::string_view number) {
  // A house may send night calls in a circle: so many doors are tried, then it is closed.
  constexpr int doors_max = 8;
  destination found;
  for (int door = 0; door < doors_max; ++door) {
    const queue_id queue = queue_by_number(state, number);
    const device_id device = queue ? device_id{} : device_by_number(state, number);
    if (!queue && !device && state.dialogues.find(std::string(number)) != nullptr)
      return {{}, {}, std::string(number), found.why};
    const entrance is = queue    ? entrance_of(state, *state.queues.find(queue))
                        : device ? entrance_of(*state.devices.find(device))
                                 : entrance{};
    if (is.why == cause::none) return {queue, device, {}, found.why};
    if (found.why == cause::none) found.why = is.why;
    number = is.instead;
  }
  return found;
}

device_id trunk_for(const board_state& state, std::string_view number) {
  if (number.empty()) return {};
  const auto free = [&](bool reserved) {
    return first_where(state.devices, [&](const device_state& d) {
      return d.kind == device_kind::trunk && d.in_service && d.reserved == reserved;
    });
  };
  const device_id kept = is_emergency_number(state, number) ? free(true) : device_id{};
  return kept ? kept : free(false);
}

std::string_view desk_of(const device_state& phone) { return phone.desk.empty() ? phone.backup : phone.desk; }

device_id next_self_test(const board_state& state, std::int64_t& at) {
  const auto& running = state.self_tests.own();
  if (running.size() >= state.health.tests_at_once || state.stopping || !has_room(state, false)) return {};
  for (const auto& [key, due] : state.tests_due.own()) {
    const device_state* device = due ? state.devices.find(key.device) : nullptr;
    // A phone in use, or one that is away, is passed over and stays due.
    if (device == nullptr || !device->in_service || device->lines != 0) continue;
    if (std::any_of(running.begin(), running.end(),
                    [&key = key](const auto& one) { return one.second && one.second->device == key.device; }))
      continue;
    at = key.at;
    return key.device;
  }
  return {};
}

call_id self_test_of(const board_state& state, leg_id leg) {
  for (const auto& [id, run] : state.self_tests.own())
    if (run && run->leg == leg) return id;
  return {};
}

std::int64_t next_deadline(const board_state& state) {
  for (const auto& [id, queue] : state.queues.own()) {
    if (queue && !state.stopping && next_in(state, *queue).operator_) return state.last_time;
  }
  if (code_work work; !state.stopping && next_code_work(state, work)) return state.last_time;
  if (std::uint64_t key = 0; !state.stopping && (next_camped(state, key) || next_call_back(state, key))) return state.last_time;
  if (state.stopping && !state.stopped) {
    if (state.calls > 0 || state.legs.own().empty()) return state.last_time;
  }
  const auto& all = state.deadlines.own();
  std::int64_t first = all.empty() ? no_deadline : all.begin()->first.at;
  if (std::int64_t test = 0; next_self_test(state, test)) first = std::min(first, test);
  return first;
}

const connection* keeper_of(const board_state& state, const call_state& call, leg_id but) {
  const party_state* caller = state.parties.find(call.caller);
  const connection* found = nullptr;
  for (const connection& x : call.fsm.connections) {
    const bool on_the_line = x.state == connection_state::connected || x.state == connection_state::hold;
    if (x.leg == but || !on_the_line || !is_heard(x.part)) continue;
    if (caller != nullptr && x.leg == caller->leg) continue;
    if (x.operator_) return &x;
    if (found == nullptr) found = &x;
  }
  return found;
}

bool is_conference(const call_state& call) {
  const auto& all = call.fsm.connections;
  return std::any_of(all.begin(), all.end(), [](const connection& x) { return x.part == participation::active; });
}

std::vector<std::uint64_t> texts_of(const board_state& state) {
  std::vector<std::uint64_t> all;
  const auto add = [&](std::uint64_t sequence) {
    if (sequence != 0) all.push_back(sequence);
  };
  for (const auto& [id, party] : state.parties.own())
    if (party) add(party->identity);
  for (const auto& [id, call] : state.call_table.own()) {
    if (!call) continue;
    add(call->dialled);
    for (const std::uint64_t key : call->dialogue.keys) add(key);
    for (const dialogue_answer& answer : call->dialogue.answers) add(answer.given);
  }
  return all;
}

call_id in_dialogue(const board_state& state, leg_id id) {
  const leg_state* leg = state.legs.find(id);
  if (leg == nullptr) return {};
  const auto it = std::find_if(leg->calls.begin(), leg->calls.end(), [&](call_id c) {
    const call_state* call = state.call_table.find(c);
    const party_state* caller = call != nullptr ? state.parties.find(call->caller) : nullptr;
    return caller != nullptr && caller->leg == id && call->dialogue.number != 0;
  });
  return it != leg->calls.end() ? *it : call_id{};
}

source hears(const board_state& state, leg_id id) {
  const leg_state* leg = state.legs.find(id);
  if (leg == nullptr || leg->fsm.phase != leg_phase::up) return {};
  const auto told = [](const leg_state& who) {
    source out{source_kind::announcement};
    out.number = who.announcing.number;
    out.words = who.announcing.words;
    return out;
  };
  if (leg->announcing.number != 0) return told(*leg);
  if (const call_id led = in_dialogue(state, id)) {
    source out{source_kind::keys};
    out.number = state.call_table.find(led)->dialogue.asked;
    return out;
  }
  if (const code_member* member = told_member(state, id)) {
    source out{source_kind::keys};
    out.number = member->asked;
    return out;
  }
  const auto waits_by = [&](const call_state& c, source_kind tone) -> source { return {tone, {}, {}, c.queue}; };
  const auto voice = [&](const call_state& c, leg_id from) -> source {
    const leg_state* other = state.legs.find(from);
    if (other == nullptr || !other->fsm.live()) return {};
    // Who talks to a party hears what is said to it, and so knows when it is over.
    if (other->announcing.number != 0 && other->fsm.phase == leg_phase::up) return told(*other);
    if (other->held_by_phone) return waits_by(c, source_kind::holding_tone);
    if (other->fsm.phase != leg_phase::up) return {source_kind::ringback_tone, {}};
    return {source_kind::leg, from};
  };
  for (const call_id c : leg->calls) {
    const call_state* call = state.call_table.find(c);
    const connection* own = call != nullptr ? call->fsm.find(id) : nullptr;
    if (own == nullptr) continue;
    // While the voices are being joined, the caller and the called party hear each other and the operator nobody.
    const call_state* parent = call->parent ? state.call_table.find(call->parent) : nullptr;
    const call_state* main = parent != nullptr ? parent : call;
    if (main->media == media_path::direct) return {};  // whatever they hear does not come from here
    if (main->transfer.fsm.state == transfer_state::moving) {
      const party_state* caller = state.parties.find(main->caller);
      if (caller != nullptr && id == caller->leg) return voice(*main, main->transfer.target_leg);
      if (caller != nullptr && id == main->transfer.target_leg) return voice(*main, caller->leg);
      return {};
    }
    if (own->state == connection_state::queued) return waits_by(*call, source_kind::waiting_tone);
    if (own->state != connection_state::connected) continue;
    const connection* other = nullptr;
    std::size_t present = 1;
    std::size_t talking = is_heard(own->part) ? 1 : 0;
    bool whispered = false;
    for (const connection& x : call->fsm.connections) {
      if (x.leg == id || x.state != connection_state::connected) continue;
      ++present;
      whispered = whispered || x.part == participation::whispering;
      if (!is_heard(x.part)) continue;
      ++talking;
      if (other == nullptr) other = &x;
    }
    if (other != nullptr && present > 2 && talking > 1) {
      // A phone that holds by itself plays its own music, which nobody else is to hear.
      const source_kind how = own->part == participation::silent || leg->held_by_phone ? source_kind::listening
                              : own->part == participation::whispering                 ? source_kind::whisper
                              : whispered && own == keeper_of(state, *call)            ? source_kind::coached
                                                                                       : source_kind::mix;
      return {how, {}, c};
    }
    if (other != nullptr) return voice(*main, other->leg);
    if (call->fsm.first(connection_state::hold, id) != nullptr) return waits_by(*main, source_kind::holding_tone);
    const party_state* party = state.parties.find(own->party);
    const bool waits = party != nullptr && party->custodian == custodian::wait;
    if (waits && party->why == cause::closing) return {source_kind::closing_tone, {}};
    if (waits && party->why == cause::phone_feature) return {source_kind::confirming_tone, {}};
    if (call->fsm.first(connection_state::alerting, id) != nullptr ||
        call->fsm.first(connection_state::initiated, id) != nullptr)
      return {source_kind::ringback_tone, {}};
    if (waits) return waits_by(*call, source_kind::waiting_tone);
  }
  return {};
}

}  // namespace cordboard
