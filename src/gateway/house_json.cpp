// SPDX-License-Identifier: Apache-2.0
#include <gateway/house_json.hpp>

#include <algorithm>
#include <base/json.hpp>
#include <set>

namespace cordboard::gateway {
namespace {

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
  each("request_kinds", state.request_kinds);
  each("requests", state.requests);
  each("owed", state.entries);
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

std::string house_json(const board_state& state, const house_words& words, sight of) {
  const view v{state, words, of};
  std::string out = head(state);
  for_each_table(state, [&](std::string_view name, const auto& table) {
    json_object all;
    for (const auto& [key, value] : table.own()) all.raw(key_of(key), json_of(v, key, *value));
    out += ',' + quoted(name) + ':' + std::move(all).end();
  });
  return out;
}

json_for changes_json(const board_state& state, const board_state& changed, const house_words& words) {
  const touched also = beyond(state, changed);
  json_for out;
  for (const sight of : {sight::masked, sight::full}) {
    const view v{state, words, of};
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
