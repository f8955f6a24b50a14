// SPDX-License-Identifier: Apache-2.0
// Events of a small house without a house: as a test writes them down, or as a play of the simulation leaves them.
#pragma once
#include <base/logged.hpp>
#include <figures/fold.hpp>
#include <figures/tally.hpp>
#include <sim.hpp>
#include <string>
#include <vector>

namespace cordboard::figures_test {

inline constexpr std::int64_t second = 1'000'000'000;
/// 2023-11-15 09:00 in Shanghai.
inline constexpr std::int64_t nine = 1'700'010'000 * second;

/// A log that is written down event by event. Times are in seconds after nine.
struct story {
  std::vector<event> events;
  std::uint64_t call = 1;

  event& say(double at, event_kind kind);
  /// A caller enters queue 1.
  void enters(double at, std::uint32_t queue = 1);
  /// The wait is over; `who` 0: the caller gave up.
  void leaves(double at, double since, std::uint32_t who, queue_result how = queue_result::answered);
  void custody(double at, custodian to, std::uint32_t keeper, cause why = cause::normal, layer from = layer::party);
  void cleared(double at, std::uint32_t who, layer from = layer::party);
  void ends(double at);
};

/// The records of these events, as they stand in the end; kept by the order in which they began.
std::vector<figures::record> records_of(const std::vector<event>& events);
figures::tally count(const std::vector<event>& events);
/// One measure of all of them, of people's calls.
std::int64_t total(const figures::tally& of, figures::measure what);

/// All events of a play of the simulation.
std::vector<logged> play(std::uint64_t seed, std::uint64_t steps);

}  // namespace cordboard::figures_test
