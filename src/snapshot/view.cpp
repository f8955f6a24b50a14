// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <board/requests.hpp>
#include <snapshot/history.hpp>
#include <snapshot/view.hpp>

namespace cordboard::history {
namespace {

connection_state most_telling(const call_fsm& call) {
  using enum connection_state;
  for (const auto state : {hold, alerting, queued, initiated, connected, failed}) {
    if (call.first(state) != nullptr) return state;
  }
  return null;
}

snapshot_call view_of(call_id id, const call_state& call, const board_state& in) {
  snapshot_call shown;
  shown.id = id;
  shown.state = most_telling(call.fsm);
  shown.revision = call.revision;
  shown.since_ns = call.started;
  shown.caller = call.caller;
  if (const auto* caller = in.parties.find(call.caller); caller != nullptr) {
    shown.custodian = caller->custodian;
    shown.keeper = caller->keeper;
  }
  shown.operator_ = call.operator_;
  shown.queue = call.queue;
  shown.parent = call.parent;
  shown.consultation = call.consultation;
  shown.transfer = call.transfer.fsm.state;
  return shown;
}

snapshot_party view_of(party_id id, const party_state& party, log_reader& texts) {
  snapshot_party shown{id, party.role, party.custodian, party.keeper, party.call, party.leg, party.identity, {}, {}};
  const std::string who = text_at(texts, party.identity);
  const std::size_t tab = who.find('\t');
  shown.number = who.substr(0, tab);
  if (tab != std::string::npos) shown.name = who.substr(tab + 1);
  return shown;
}

snapshot_request view_of(request_id id, const request_record& request, const board_state& in) {
  const request_kind_state* kind = in.request_kinds.find(request.kind);
  const request_rules rules(kind != nullptr ? std::string_view(kind->text) : std::string_view());
  const keeper backup = rules.backup.empty() ? keeper{} : keeper_by(in, rules.backup);
  snapshot_request shown;
  shown.id = id;
  shown.kind = request.kind;
  shown.year = request.year;
  shown.number = request.number;
  shown.shown = request_number(rules.prefix, request.year, request.number);
  shown.kind_name = rules.name;
  if (request.stage != 0 && request.stage <= rules.stages.size()) shown.stage = rules.stages[request.stage - 1U];
  shown.status = request.status;
  shown.may_call = request.may_call;
  shown.operator_ = request.operator_;
  shown.device = request.device;
  shown.backup = backup.operator_;
  shown.backup_device = backup.device;
  shown.opened_ns = request.opened;
  shown.first_contact_ns = request.first_contact;
  shown.due_ns = request.completion;
  shown.promised_ns = request.promised;
  shown.call_at_ns = request.call_at;
  shown.appointment_ns = request.appointment;
  shown.attempt = request.attempt;
  shown.attempts = request.attempts;
  shown.level = request.level;
  shown.call_due = request.call_told && !request.attempt;
  shown.overdue = request.overdue != 0;
  shown.arrived = request.arrived;
  return shown;
}

}  // namespace

snapshot view(const board_state& state, log_reader& texts) {
  snapshot shown;
  shown.sequence = state.last_sequence;
  shown.time_ns = state.last_time;
  for (const auto& [id, call] : state.call_table.own()) {
    shown.calls.push_back(view_of(id, *call, state));
    for (const connection& c : call->fsm.connections)
      shown.connections.push_back({id, c.leg, c.party, c.device, c.operator_, c.state});
  }
  for (const auto& [id, party] : state.parties.own()) shown.parties.push_back(view_of(id, *party, texts));
  for (const auto& [id, op] : state.operators.own())
    shown.operators.push_back({id, op->state, op->phone, op->since, op->name, op->calls});
  for (const auto& [id, queue] : state.queues.own()) {
    shown.queues.push_back({id, queue->number, queue->name, queue->waiting});
    for (const call_id waits : queue->waiting) {
      const wait_estimate now = estimate(state, state, waits);
      shown.waits.push_back({waits, id, now.position, now.expected_ns, state.call_table.find(waits)->queue_since});
    }
  }
  for (const auto& [id, device] : state.devices.own())
    shown.devices.push_back({id, device->kind, device->department, device->in_service, device->number, device->name});
  for (const auto& [id, request] : state.requests.own()) shown.requests.push_back(view_of(id, *request, state));
  return shown;
}

}  // namespace cordboard::history
