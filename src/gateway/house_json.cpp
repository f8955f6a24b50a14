// SPDX-License-Identifier: Apache-2.0
#include <gateway/house_json.hpp>

#include <algorithm>
#include <base/json.hpp>
#include <base/masked.hpp>
#include <base/utf8.hpp>
#include <set>

namespace cordboard::gateway {
namespace {

/// What is rendered: the state, where texts come from, and for whom.
struct view {
  const board_state& state;
  const text_lookup& text;
  sight of;
};

template <class Enum>
void word(json_object& o, std::string_view key, Enum value) {
  if (static_cast<unsigned>(value) != 0) o.text(key, name(value));
}

template <class Ids>
void ids(json_object& o, std::string_view key, const Ids& all) {
  if (all.empty()) return;
  json_list list;
  for (const auto id : all) list.text(std::to_string(id.value));
  o.raw(key, std::move(list).end());
}

void marks(json_object& o, std::uint16_t bits) {
  if (bits == 0) return;
  json_list list;
  for (const mark one : {mark::code_call, mark::drill, mark::malicious})
    if ((bits & static_cast<unsigned>(one)) != 0) list.text(name(one));
  o.raw("marks", std::move(list).end());
}

void opening_of(json_object& o, const opening& hours) {
  o.flag("closed", hours.closed());
  if (hours.by_hand != night_mode::by_hours) o.text("by_hand", name(hours.by_hand));
  o.id("until_ns", hours.until);
}

connection_state most_telling(const call_fsm& call) {
  using enum connection_state;
  for (const auto state : {hold, alerting, queued, initiated, connected, failed})
    if (call.first(state) != nullptr) return state;
  return null;
}

std::string connections(const call_fsm& call) {
  json_list list;
  for (const connection& c : call.connections) {
    json_object o;
    o.id("leg", c.leg.value);
    o.id("party", c.party.value);
    o.id("device", c.device.value);
    o.id("operator", c.operator_.value);
    o.text("state", name(c.state));
    o.flag("silent", c.part == participation::silent);
    list.raw(std::move(o).end());
  }
  return std::move(list).end();
}

std::string transfer(const transfer_record& t) {
  json_object o;
  o.text("state", name(t.fsm.state));
  o.id("consultation", t.consultation.value);
  o.id("target", t.target.value);
  o.id("device", t.device.value);
  o.id("operator", t.operator_.value);
  return std::move(o).end();
}

std::string json_of(const view& v, call_id id, const call_state& call) {
  json_object o;
  o.id("id", id.value);
  o.text("state", name(most_telling(call.fsm)));
  o.number("revision", call.revision);
  o.id("since_ns", call.started);
  o.id("caller", call.caller.value);
  if (const party_state* caller = v.state.parties.find(call.caller); caller != nullptr) {
    word(o, "custodian", caller->custodian);
    o.id("keeper", caller->keeper);
    if (caller->custodian == custodian::wait) o.id("wait_until_ns", caller->deadline);
  }
  o.id("operator", call.operator_.value);
  o.id("queue", call.queue.value);
  o.id("parent", call.parent.value);
  o.id("consultation", call.consultation.value);
  o.id("destination", call.destination.value);
  o.id("offered_to", call.offered_to.value);
  o.id("offer_until_ns", call.offer_deadline);
  word(o, "caller_consent", call.caller_consent);
  word(o, "target_consent", call.target_consent);
  if (call.transfer.fsm.state != transfer_state::none) o.raw("transfer", transfer(call.transfer));
  o.id("hold_until_ns", call.hold_deadline);
  o.id("queue_since_ns", call.queue_since);
  if (call.late) o.text("rings", "late");
  if (call.data != 0 && v.of == sight::full) o.words("data", v.text(call.data));
  if (call.dialled != 0) {
    const std::string dialled = v.text(call.dialled);
    o.words("dialled", v.of == sight::full ? dialled : masked_number(dialled));
  }
  if (call.recording.number != 0) {
    json_object r;
    r.number("sequence", call.recording.number);
    r.id("since_ns", call.recording.began);
    r.flag("suspended", call.recording.suspended);
    o.raw("recording", std::move(r).end());
  }
  o.flag("recording_declined", call.declined);
  word(o, "media", call.media);
  marks(o, call.marks);
  o.raw("connections", connections(call.fsm));
  return std::move(o).end();
}

std::string json_of(const view& v, party_id id, const party_state& party) {
  json_object o;
  o.id("id", id.value);
  o.text("role", name(party.role));
  word(o, "custodian", party.custodian);
  o.id("keeper", party.keeper);
  word(o, "why", party.why);
  o.id("until_ns", party.deadline);
  o.id("call", party.call.value);
  o.id("leg", party.leg.value);
  if (party.identity == 0) return std::move(o).end();
  const std::string who = v.text(party.identity);
  const auto tab = who.find('\t');
  const std::string number = who.substr(0, tab), called = tab == std::string::npos ? std::string() : who.substr(tab + 1);
  o.words("number", v.of == sight::full ? number : masked_number(number));
  o.words("name", v.of == sight::full ? called : masked_name(called));
  return std::move(o).end();
}

std::string json_of(const view& v, operator_id id, const operator_record& op) {
  json_object o;
  o.id("id", id.value);
  o.text("name", op.name);
  const device_state* phone = v.state.devices.find(op.phone);
  o.words("number", !op.number.empty() ? op.number : phone != nullptr ? phone->number : std::string());
  o.text("state", name(op.state));
  if (op.state == operator_state::busy) o.text("after", name(op.after));
  o.id("since_ns", op.since);
  o.id("device", op.phone.value);
  o.number("reason", op.reason);
  o.number("after_reason", op.after_reason);
  o.id("reason_until_ns", op.reason_deadline);
  o.id("until_ns", op.deadline);
  o.number("leave", op.leave);
  o.id("leave_until_ns", op.leave_deadline);
  ids(o, "calls", op.calls);
  o.number("taken", op.taken);
  if (op.has_shift && op.shift.open) o.id("shift_until_ns", op.shift.until);
  o.flag("screen", op.screen);
  return std::move(o).end();
}

std::string json_of(const view& v, queue_id id, const queue_state& queue) {
  json_object o;
  o.id("id", id.value);
  o.text("number", queue.number);
  o.text("name", queue.name);
  o.text("rank", name(queue.rank));
  ids(o, "operators", queue.operators);
  json_list waiting;
  for (const call_id waits : queue.waiting) {
    const call_state* call = v.state.call_table.find(waits);
    const wait_estimate now = estimate(v.state, v.state, waits);
    json_object w;
    w.id("call", waits.value);
    w.number("position", now.position);
    w.id("expected_ns", now.expected_ns);
    if (call != nullptr) w.id("since_ns", call->queue_since), w.id("rings_due_ns", call->rings_deadline);
    waiting.raw(std::move(w).end());
  }
  if (!waiting.empty()) o.raw("waiting", std::move(waiting).end());
  opening_of(o, queue.hours);
  o.id("supervisor", queue.supervisor.value);
  return std::move(o).end();
}

std::string json_of(const view&, device_id id, const device_state& device) {
  json_object o;
  o.id("id", id.value);
  o.text("kind", name(device.kind));
  o.text("number", device.number);
  o.text("name", device.name);
  o.flag("department", device.department);
  if (device.department) o.text("policy", name(device.policy));
  o.flag("in_service", device.in_service);
  o.number("lines", device.lines);
  opening_of(o, device.hours);
  return std::move(o).end();
}

std::string json_of(const view&, std::uint16_t, const reason_state& reason) {
  json_object o;
  o.text("name", reason.name);
  o.id("limit_ns", reason.limit_ns);
  o.number("times", reason.times);
  o.flag("approval", reason.approval);
  return std::move(o).end();
}

std::string json_of(const view&, const std::string& number, const code_plan& plan) {
  json_object o;
  o.text("number", number);
  o.text("name", plan.name);
  o.number("enough", plan.enough);
  o.number("members", plan.list.size());
  return std::move(o).end();
}

std::string_view name(code_progress progress) {
  constexpr std::string_view names[] = {"due", "called", "answered", "acknowledged", "missed"};
  return names[static_cast<std::size_t>(progress)];
}

std::string json_of(const view&, call_id id, const code_run& run) {
  json_object o;
  o.id("call", id.value);
  o.text("plan", run.plan);
  o.id("began_ns", run.began);
  o.number("enough", run.enough);
  o.id("enough_at_ns", run.enough_at);
  o.number("step", run.step + 1U);
  o.number("round", run.round);
  o.id("until_ns", run.deadline);
  json_list members;
  for (const code_member& one : run.members) {
    json_object m;
    m.text("number", one.number);
    m.number("step", one.step + 1U);
    m.text("progress", name(one.progress));
    members.raw(std::move(m).end());
  }
  o.raw("members", std::move(members).end());
  return std::move(o).end();
}

std::string json_of(const view&, std::uint64_t, const shift_hand_over& one) {
  json_object o;
  o.id("operator", one.from.value);
  return std::move(o).end();
}

std::string key_of(const std::string& number) { return number; }
std::string key_of(std::uint64_t number) { return std::to_string(number); }
template <class Tag, class Number>
std::string key_of(basic_id<Tag, Number> id) {
  return std::to_string(id.value);
}

/// Calls `each(name, table)` for all tables that are shown.
template <class Each>
void for_each_table(const board_state& state, Each each) {
  each("calls", state.call_table);
  each("parties", state.parties);
  each("operators", state.operators);
  each("queues", state.queues);
  each("devices", state.devices);
  each("reasons", state.reasons);
  each("code_plans", state.code_plans);
  each("code_runs", state.code_runs);
  each("hand_overs", state.hand_overs);
}

std::string head(const board_state& state) {
  json_object o;
  o.text("type", "state");
  o.raw("sequence", std::to_string(state.last_sequence));
  o.id("time_ns", state.last_time);
  json_object board;
  board.flag("stopping", state.stopping);
  board.flag("stopped", state.stopped);
  board.flag("recordings_lost", state.recordings_lost);
  o.raw("board", std::move(board).end());
  auto out = std::move(o).end();
  out.pop_back();
  return out;
}

/// What the JSON of an object says beyond the object's own record: who is affected when another one has changed.
struct touched {
  std::set<call_id> calls;
  bool queues = false;
};
touched beyond(const board_state& state, const board_state& changed) {
  touched out;
  for (const auto& [id, party] : changed.parties.own())
    if (party && party->call && !changed.call_table.own().contains(party->call)) out.calls.insert(party->call);
  // Places in line depend on every queue, operator and caller who waits, and what is due of a caller stands with the call.
  const auto& calls = changed.call_table.own();
  const bool moved =
      !changed.queues.own().empty() || !changed.operators.own().empty() ||
      std::any_of(calls.begin(), calls.end(), [](const auto& one) { return one.second && one.second->queue_since != 0; });
  for (const auto& [id, queue] : state.queues.own()) out.queues = out.queues || (moved && !queue->waiting.empty());
  return out;
}

}  // namespace

std::string masked_name(std::string_view name) {
  const auto first = utf8_character(name);
  if (first == 0) return {};
  return std::string(name.substr(0, first)) + std::string(std::min<std::size_t>(utf8_length(name) - 1, 3), '*');
}

std::string masked_text(const event& e, std::string_view text) {
  constexpr std::uint16_t house_first = 32, house_end = 64;
  const auto kind = static_cast<std::uint16_t>(e.kind);
  if (kind >= house_first && kind < house_end) return std::string(text);
  if (e.kind != event_kind::party_identified) return {};
  const auto tab = text.find('\t');
  std::string out = masked_number(text.substr(0, tab));
  if (tab != std::string_view::npos) out += '\t' + masked_name(text.substr(tab + 1));
  return out;
}

std::string house_json(const board_state& state, const text_lookup& text, sight of) {
  const view v{state, text, of};
  std::string out = head(state);
  for_each_table(state, [&](std::string_view name, const auto& table) {
    json_object all;
    for (const auto& [key, value] : table.own()) all.raw(key_of(key), json_of(v, key, *value));
    out += ',' + quoted(name) + ':' + std::move(all).end();
  });
  return out;
}

json_for changes_json(const board_state& state, const board_state& changed, const text_lookup& text) {
  const touched also = beyond(state, changed);
  json_for out;
  for (const sight of : {sight::masked, sight::full}) {
    const view v{state, text, of};
    std::string& to = out[static_cast<std::size_t>(of)];
    bool any = false;
    to = head(state);
    for_each_table(changed, [&](std::string_view name, const auto& table) {
      json_object all;
      for (const auto& [key, value] : table.own()) all.raw(key_of(key), value ? json_of(v, key, *value) : "null");
      if (name == "calls")
        for (const call_id id : also.calls)
          if (const call_state* call = state.call_table.find(id); call != nullptr) all.raw(key_of(id), json_of(v, id, *call));
      if (name == "queues" && also.queues)
        for (const auto& [id, queue] : state.queues.own())
          if (!changed.queues.own().contains(id)) all.raw(key_of(id), json_of(v, id, *queue));
      if (all.empty()) return;
      any = true;
      to += ',' + quoted(name) + ':' + std::move(all).end();
    });
    to = any ? to + '}' : std::string();
  }
  return out;
}

}  // namespace cordboard::gateway
