// SPDX-License-Identifier: Apache-2.0
#include <gateway/request_words.hpp>

#include <algorithm>
#include <cordboard/log_reader.hpp>
#include <snapshot/history.hpp>

namespace cordboard::gateway {

void request_words::take(const logged& said) {
  const event& e = said.record;
  if (!e.request) return;
  if (e.kind == event_kind::request_closed) {
    open_.erase(e.request);
    return;
  }
  const auto hit = e.kind == event_kind::request_opened ? open_.try_emplace(e.request).first : open_.find(e.request);
  if (hit == open_.end()) return;
  one& request = hit->second;
  switch (e.kind) {
    case event_kind::request_opened:
      request.call = e.call;
      request.source = static_cast<request_source>(e.state);
      request.what = read_fields(said.text).value_or(fields{});
      break;
    case event_kind::request_changed:
      for (const auto& [name, value] : read_fields(said.text).value_or(fields{}).all) request.what.set(name, value);
      break;
    case event_kind::request_passed:
      request.asked = e.operator_;
      request.asked_device = e.device;
      break;
    default: break;
  }
}

void request_words::begin(const std::string& log, const board_state& state) {
  open_.clear();
  const auto& requests = state.requests.own();
  if (requests.empty()) return;
  const auto oldest = std::min_element(requests.begin(), requests.end(), [](const auto& a, const auto& b) {
                        return a.second->opened < b.second->opened;
                      })->second->opened;
  auto reader = log_reader::open(log, {.copy_archive = true});
  if (!reader) return;
  reader->filter({.kinds = {event_kind::request_opened, event_kind::request_changed, event_kind::request_passed}});
  // Retention may have gone past the oldest of them: of that one nothing is known then.
  if (!reader->since(oldest) && !reader->after(0)) return;
  for (auto events = reader->next(); events && !events->empty(); events = reader->next())
    for (const event& e : *events)
      if (e.sequence <= state.last_sequence && state.requests.find(e.request) != nullptr) take(history::with_text(*reader, e));
}

const request_words::one* request_words::find(request_id id) const {
  const auto hit = open_.find(id);
  return hit == open_.end() ? nullptr : &hit->second;
}

}  // namespace cordboard::gateway
