// SPDX-License-Identifier: Apache-2.0
#include <array>
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
  return shown;
}

}  // namespace cordboard::history
