// SPDX-License-Identifier: Apache-2.0
#include "house_log.hpp"

#include <algorithm>
#include <stdexcept>

namespace cordboard::figures_test {
namespace {

using figures::record;

struct keeper final : figures::record_sink {
  std::vector<record> all;
  void add(const record& one) override { all.push_back(one); }
  void take_back(const record& one) override {
    const auto it = std::find(all.begin(), all.end(), one);
    if (it == all.end()) throw std::logic_error("a record is taken back that is not there");
    all.erase(it);
  }
};

}  // namespace

event& story::say(double at, event_kind kind) {
  event e;
  e.kind = kind;
  e.sequence = events.size() + 1;
  e.time_ns = nine + static_cast<std::int64_t>(at * 1e9);
  e.call = call_id{call};
  e.party = party_id{call};
  return events.emplace_back(e);
}

void story::enters(double at, std::uint32_t queue) {
  event& began = say(at, event_kind::originated);
  began.detail = static_cast<std::uint16_t>(party_role::caller);
  began.leg = leg_id{call};
  custody(at, custodian::queue, queue, cause::entering_distribution, layer::board);
  event& in = say(at, event_kind::queued);
  in.queue = queue_id{queue};
  in.flags = 4;
}

void story::leaves(double at, double since, std::uint32_t who, queue_result how) {
  event& out = say(at, event_kind::queue_left);
  out.queue = queue_id{1};
  out.operator_ = operator_id{who};
  out.detail = static_cast<std::uint16_t>(how);
  out.value = static_cast<std::int64_t>((at - since) * 1e9);
  out.state = static_cast<std::uint8_t>(1 + (at - since) / 5);
}

void story::custody(double at, custodian to, std::uint32_t keeper, cause why, layer from) {
  event& moved = say(at, event_kind::custody_moved);
  moved.custodian = to;
  moved.cause = why;
  moved.layer = from;
  if (to == custodian::operator_) moved.operator_ = operator_id{keeper};
  if (to == custodian::target) moved.device = device_id{keeper};
  if (to == custodian::queue) moved.queue = queue_id{keeper};
}

void story::cleared(double at, std::uint32_t who, layer from) {
  event& gone = say(at, event_kind::connection_cleared);
  gone.cause = cause::normal_clearing;
  gone.layer = from;
  gone.operator_ = operator_id{who};
  if (who != 0) gone.party = party_id{1000 + who};
}

void story::ends(double at) { say(at, event_kind::call_cleared); }

std::vector<record> records_of(const std::vector<event>& events) {
  keeper kept;
  figures::fold all(kept);
  all.evolve(events);
  all.settle(all.last_time());
  std::stable_sort(kept.all.begin(), kept.all.end(), [](const record& a, const record& b) { return a.sequence < b.sequence; });
  return kept.all;
}

figures::tally count(const std::vector<event>& events) {
  figures::tally counted;
  figures::fold all(counted);
  all.evolve(events);
  all.settle(all.last_time());
  return counted;
}

std::int64_t total(const figures::tally& of, figures::measure what) {
  std::int64_t sum = 0;
  of.for_each([&](const figures::cell_key& key, std::span<const std::int64_t> sums) {
    if (key.kind == figures::kind_of(what) && key.mark == figures::call_mark::none) sum += sums[figures::place_of(what)];
  });
  return sum;
}

std::vector<logged> play(std::uint64_t seed, std::uint64_t steps) {
  std::vector<logged> all;
  sim::course how;
  how.around.committed = [&](std::vector<logged>& batch) { all.insert(all.end(), batch.begin(), batch.end()); };
  const auto played = sim::run(seed, steps, {}, how);
  if (!played.failure.empty()) throw std::runtime_error(played.failure);
  return all;
}

}  // namespace cordboard::figures_test
