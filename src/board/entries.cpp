// SPDX-License-Identifier: Apache-2.0
// No call without an entry (S6): what an operator talked about with a caller is written down, by a note or as a request, on the call
// itself or soon after it.
#include <board/requests.hpp>

namespace cordboard {
namespace {

/// Somebody of the house talked to the caller, and nothing says about what. `before`: the call as it was.
bool owes_entry(const decision& d, call_id id, const call_state& before) {
  if (d.s.policy.entry_limit.count() == 0 || before.entered || !before.operator_ || before.parent ||
      d.base.code_runs.find(id) != nullptr)
    return false;
  const party_state* caller = d.base.parties.find(before.caller);
  const leg_state* line = caller != nullptr ? d.base.legs.find(caller->leg) : nullptr;
  if (line == nullptr || line->fsm.outgoing) return false;  // an operator's own call
  return std::none_of(d.emitted().begin(), d.emitted().end(), [&](const logged& l) {
    const auto kind = l.record.kind;
    return l.record.call == id && (kind == event_kind::request_opened || kind == event_kind::call_noted);
  });
}

void owe_entry(decision& d, call_id id, operator_id who) {
  event e = decision::of(event_kind::entry_owed);
  e.call = id;
  e.operator_ = who;
  e.value = d.now + d.s.policy.entry_limit.count();
  const std::uint64_t said = d.emit(e);
  if (d.base.entries.own().size() >= entries_max) settle_entry(d, id, {who, said, e.value}, cause::resources_not_available);
}

}  // namespace

void settle_entry(decision& d, call_id id, const owed_entry& owed, cause why) {
  event e = decision::of(event_kind::entry_settled);
  e.call = id;
  e.operator_ = owed.operator_;
  e.cause = why;
  e.other = owed.said;
  d.emit(e);
}

void entry_due(decision& d, call_id id) {
  if (const owed_entry* owed = d.s.entries.find(id)) settle_entry(d, id, owed_entry(*owed), cause::timeout);
}

errc note_call(decision& d, const command& c, const std::function<void(call_id)>& accept) {
  const call_state* call = d.call(c.call);
  const owed_entry* owed = d.s.entries.find(c.call);
  // A call that is long over can be corrected, not noted: nobody knows any more that there was one.
  if (call == nullptr && owed == nullptr && c.other == 0) return errc::call_unknown;
  if (c.other >= d.s.last_sequence) return errc::command_invalid;
  if (c.operator_ && d.op(c.operator_) == nullptr) return errc::operator_unknown;
  const operator_id who = c.operator_       ? c.operator_
                          : owed != nullptr ? owed->operator_
                          : call != nullptr ? call->operator_
                                            : operator_id{};
  accept(call != nullptr ? c.call : call_id{});
  event e = decision::of(event_kind::call_noted);
  e.call = c.call;
  e.operator_ = who;
  e.actor = d.actor;
  e.command = d.command;
  e.other = c.other;
  const std::uint64_t proof = d.emit(e, std::string(text_of(c)));
  if (const owed_entry* still = d.s.entries.find(c.call)) settle_entry(d, c.call, owed_entry(*still), cause::normal);
  d.done(c.id, proof);
  return {};
}

void settle_requests(decision& d) {
  std::vector<call_id> over;
  for (const auto& [id, call] : d.s.call_table.own())
    if (!call && d.base.call_table.find(id) != nullptr) over.push_back(id);
  for (const call_id id : over) {
    const call_state& before = *d.base.call_table.find(id);
    if (owes_entry(d, id, before)) owe_entry(d, id, before.operator_);
    settle_outgoing(d, id, before);
    if (!before.attempt || d.s.requests.find(before.attempt) == nullptr) continue;
    const auto& all = d.emitted();
    const auto it = std::find_if(all.begin(), all.end(), [&](const logged& l) {
      return l.record.kind == event_kind::call_cleared && l.record.call == id;
    });
    const bool told = it != all.end();
    const cause why = told ? it->record.cause : cause::unknown;
    attempt_over(d, before.attempt, id, why, told ? it->record.layer : layer::board);
  }
}

}  // namespace cordboard
