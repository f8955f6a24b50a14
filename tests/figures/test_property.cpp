// SPDX-License-Identifier: Apache-2.0
// The same figures, however the log is cut, in whatever order the parts are put together, and wherever the fold stopped and went on.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "house_log.hpp"

using namespace cordboard;
using namespace cordboard::figures;
using namespace cordboard::figures_test;

namespace {

std::vector<event> events_of(std::uint64_t seed, std::uint64_t steps) {
  std::vector<event> out;
  for (const logged& one : play(seed, steps)) out.push_back(one.record);
  return out;
}

/// Random places to cut at, most of them few events apart somewhere.
std::vector<std::size_t> cuts(std::size_t events, std::size_t parts, std::mt19937_64& dice) {
  std::vector<std::size_t> at{0, events};
  while (at.size() < parts + 1) {
    const std::size_t place = dice() % events;
    at.push_back(place);
    if (dice() % 2 == 0) at.push_back(std::min(events, place + dice() % 5));
  }
  std::sort(at.begin(), at.end());
  return at;
}

}  // namespace

TEST_CASE("S7 any cut of the log, any order of merging and a restart at any place give the same figures") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const std::vector<event> events = events_of(seed, 6000);
    const tally whole = count(events);
    std::mt19937_64 dice(seed);
    for (int round = 0; round < 8; ++round) {
      // Each part is folded by a fold of its own, into sums of its own, from what the one before has written down.
      std::vector<tally> parts;
      std::string saved;
      const auto at = cuts(events.size(), 1 + dice() % 40, dice);
      for (std::size_t i = 0; i + 1 < at.size(); ++i) {
        tally& mine = parts.emplace_back();
        std::optional<fold> here = saved.empty() ? fold(mine) : fold::load(saved, mine);
        REQUIRE(here);
        here->evolve(std::span(events).subspan(at[i], at[i + 1] - at[i]));
        if (dice() % 3 == 0 || i + 2 == at.size()) here->settle(here->last_time());
        saved = here->save();
      }
      std::shuffle(parts.begin(), parts.end(), dice);
      // As a tree as well as one by one.
      while (parts.size() > 1) {
        const std::size_t into = dice() % (parts.size() - 1);
        if (dice() % 2 == 0) {
          auto read = tally::load(parts.back().save());
          REQUIRE(read);
          parts[into].merge(*read);
        } else {
          parts[into].merge(parts.back());
        }
        parts.pop_back();
      }
      CHECK(parts.front() == whole);
    }
  }
}

TEST_CASE("callers who came into queues are accounted for in every interval, by looking and by reckoning") {
  for (const std::uint64_t seed : {4, 5}) {
    const tally all = count(events_of(seed, 8000));
    std::map<std::pair<std::uint32_t, std::int32_t>, std::array<std::int64_t, 3>> flows;
    std::int32_t last = 0;
    all.for_each([&](const cell_key& key, std::span<const std::int64_t> sums) {
      last = std::max(last, key.bin);
      if (key.kind != record_kind::flow) return;
      for (std::size_t i = 0; i < 3; ++i) flows[{key.queue, key.bin}][i] += sums[i];
    });
    REQUIRE(flows.size() > 8);
    std::int64_t entered = 0;
    for (const auto& [where, flow] : flows) {
      const auto next = flows.find({where.first, where.second + 1});
      const std::int64_t at_end = next != flows.end() ? next->second[2] : 0;
      entered += flow[0];
      if (where.second < last) CHECK(flow[0] == flow[1] + at_end - flow[2]);
    }
    CHECK(entered == total(all, measure::offered));
    CHECK(entered == total(all, measure::answered) + total(all, measure::abandoned) + total(all, measure::overflowed) +
                         total(all, measure::unstaffed) + total(all, measure::ended_in_queue));
    CHECK(total(all, measure::wait_unknown) == 0);
    CHECK(total(all, measure::unmatched) == 0);
    CHECK(total(all, measure::calls) == total(all, measure::calls_ended));
    CHECK(total(all, measure::in_hand) == 0);
    CHECK(total(all, measure::offers_open) == 0);
    CHECK(total(all, measure::transfers_open) == 0);
  }
}

TEST_CASE("a state that is cut short, or of another version, is not taken") {
  tally counted;
  fold all(counted);
  const auto events = events_of(7, 800);
  all.evolve(std::span(events).first(events.size() / 2));
  const std::string saved = all.save();
  for (std::size_t bytes = 0; bytes < saved.size(); bytes += 1 + bytes / 16)
    CHECK_FALSE(fold::load(std::string_view(saved).substr(0, bytes), counted));
  CHECK(fold::load(saved, counted));
  CHECK_FALSE(tally::load(counted.save().substr(1)));
}
