// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/script_steps.hpp>
#include <dialogue/graph.hpp>

namespace cordboard::dialogue {
namespace {

using marks = std::vector<bool>;

/// What can be reached from `start` over edges that `goes` lets pass.
template <class Goes>
marks reached(std::size_t steps, const std::vector<edge>& edges, const std::vector<std::size_t>& start, Goes goes) {
  marks out(steps, false);
  std::vector<std::size_t> open(start);
  for (const std::size_t at : start) out[at] = true;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (const edge& e : edges) {
      if (e.from != at || out[e.to] || !goes(e)) continue;
      out[e.to] = true;
      open.push_back(e.to);
    }
  }
  return out;
}

bool is_end(const dialogue_step& step) { return step.act == dialogue_act::hang_up || step.act == dialogue_act::queue; }

}  // namespace

std::vector<edge> edges_of(const dialogue_config& script) {
  std::vector<edge> out;
  for (std::size_t at = 0; at < script.steps.size(); ++at) {
    const dialogue_step& step = script.steps[at];
    const bool asks = step.act == dialogue_act::keys || step.act == dialogue_act::voice;
    const auto add = [&](const std::string& to, way kind, const std::string& answer) {
      const std::size_t there = place_of(script, to);
      if (there < script.steps.size()) out.push_back({at, there, kind, answer, asks && kind != way::otherwise});
    };
    for (const auto& one : step.cases) add(one.next, way::answer, one.answer);
    add(step.next, way::next, {});
    add(step.otherwise, way::otherwise, {});
  }
  return out;
}

std::vector<finding> flaws_of(const dialogue_config& script) {
  const std::size_t steps = script.steps.size();
  std::vector<finding> out;
  if (steps == 0) return out;
  const auto edges = edges_of(script);
  const auto any = [](const edge&) { return true; };
  const marks there = reached(steps, edges, {0}, any);
  std::vector<edge> back(edges);
  for (edge& e : back) std::swap(e.from, e.to);
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < steps; ++at)
    if (is_end(script.steps[at])) ends.push_back(at);
  const marks ending = reached(steps, back, ends, any);
  marks told(steps, false);
  for (std::size_t at = 0; at < steps; ++at) {
    if (!there[at]) out.push_back({at, flaw::unreachable});
    if (!ending[at]) out.push_back({at, flaw::endless});
    // Who does nothing goes along these edges alone.
    const auto alone = [](const edge& e) { return !e.by_caller; };
    std::vector<std::size_t> behind;
    for (const edge& e : edges)
      if (e.from == at && alone(e)) behind.push_back(e.to);
    const marks goes_on = reached(steps, edges, behind, alone);
    if (!goes_on[at] || told[at]) continue;
    out.push_back({at, flaw::loop});
    for (std::size_t other = at; other < steps; ++other) told[other] = told[other] || goes_on[other];
  }
  return out;
}

}  // namespace cordboard::dialogue
