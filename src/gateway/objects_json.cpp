// SPDX-License-Identifier: Apache-2.0
#include <gateway/objects_json.hpp>

#include <base/json.hpp>
#include <base/masked.hpp>
#include <board/request_rules.hpp>

namespace cordboard::gateway {
namespace {

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
    o.flag("whispering", c.part == participation::whispering);
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

void texts(json_object& o, std::string_view key, const std::vector<std::string_view>& all) {
  if (all.empty()) return;
  json_list list;
  for (const auto one : all) list.text(one);
  o.raw(key, std::move(list).end());
}

std::string_view word_of(code_progress progress) {
  constexpr std::string_view names[] = {"due", "called", "answered", "acknowledged", "missed"};
  return names[static_cast<std::size_t>(progress)];
}

}  // namespace

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
  if (call.data != 0 && v.of == sight::full) o.words("data", v.words.text(call.data));
  if (call.dialled != 0) {
    const std::string dialled = v.words.text(call.dialled);
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
  const std::string who = v.words.text(party.identity);
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
  o.id("line", op.line.value);
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
    m.text("progress", word_of(one.progress));
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

std::string json_of(const view&, std::uint16_t, const request_kind_state& kind) {
  const request_rules rules(kind.text);
  json_object o;
  o.text("name", rules.name);
  o.words("zh", rules.zh);
  o.words("en", rules.en);
  json_list fields;
  for (const request_field& one : rules.fields) {
    json_object f;
    f.text("name", one.name);
    f.text("type", one.type);
    f.flag("required", one.required);
    f.flag("protected", one.is_protected);
    fields.raw(std::move(f).end());
  }
  if (!fields.empty()) o.raw("fields", std::move(fields).end());
  texts(o, "results", rules.results);
  texts(o, "stages", rules.stages);
  o.flag("approval", (kind.flags & kind_approval) != 0);
  o.flag("removed", kind.removed);
  return std::move(o).end();
}

std::string json_of(const view& v, request_id id, const request_record& request) {
  const request_kind_state* kind = v.state.request_kinds.find(request.kind);
  const request_rules rules(kind != nullptr ? std::string_view(kind->text) : std::string_view());
  const request_words::one* said = v.words.requests.find(id);
  json_object o;
  o.id("id", id.value);
  o.text("no", request_number(rules.prefix, request.year, request.number));
  o.number("kind", request.kind);
  o.text("status", name(request.status));
  o.id("opened_ns", request.opened);
  o.id("operator", request.operator_.value);
  o.id("device", request.device.value);
  json_object times;
  times.id("first_contact", request.first_contact);
  times.id("completion", request.completion);
  times.id("promised", request.promised);
  times.id("call", request.call_at);
  times.id("appointment", request.appointment);
  if (!times.empty()) o.raw("times", std::move(times).end());
  if (request.stage != 0 && request.stage <= rules.stages.size()) o.text("stage", rules.stages[request.stage - 1U]);
  o.flag("overdue", request.overdue != 0);
  o.number("level", request.level);
  o.flag("call_due", request.call_told && !request.attempt);
  o.number("attempts", request.attempts);
  o.id("attempt", request.attempt.value);
  if (request.asked != 0 || request.approved) o.text("approval", request.asked != 0 ? "asked" : "yes");
  if (said == nullptr) return std::move(o).end();
  word(o, "source", said->source);
  o.id("call", said->call.value);
  if (request.passed != 0) {
    o.id("asked_operator", said->asked.value);
    o.id("asked_device", said->asked_device.value);
  }
  json_object fields;
  for (const auto& [key, text] : said->what.all) {
    if (key == "no" || key == "kind" || key == "language") continue;
    if (key == "name")
      o.words("name", v.of == sight::full ? text : masked_name(text));
    else if (key == "number")
      o.words("number", v.of == sight::full ? text : masked_number(text));
    else if (v.of == sight::full)
      fields.words(key, text);
  }
  if (!fields.empty()) o.raw("fields", std::move(fields).end());
  return std::move(o).end();
}

std::string json_of(const view&, call_id id, const owed_entry& entry) {
  json_object o;
  o.id("call", id.value);
  o.id("operator", entry.operator_.value);
  o.id("until_ns", entry.deadline);
  return std::move(o).end();
}

}  // namespace cordboard::gateway
