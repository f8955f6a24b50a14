// SPDX-License-Identifier: Apache-2.0
// How many operators a load needs: Erlang B, C and A.
#pragma once
#include <cstdint>
#include <optional>

namespace cordboard {

/// Callers who come at random, and how long each takes.
struct staffing_load {
  double calls_per_hour = 0;    ///< who call, answered or not
  double handle_seconds = 0;    ///< talk, hold and work after the call
  double patience_seconds = 0;  ///< mean time after which who waits gives up; 0: nobody does
  /// Load in erlangs: operators who would be busy on average if there were enough.
  double erlangs() const { return calls_per_hour * handle_seconds / 3600; }
};

/// What so many operators make of a load.
struct staffing_outcome {
  double waits = 0;          ///< share of callers who wait at all
  double abandons = 0;       ///< share who give up
  double average_wait = 0;   ///< seconds, of all callers
  double service_level = 0;  ///< share answered within the target
  double occupancy = 0;      ///< share of the operators' time with callers
};

/// Share of calls that find all lines busy, where nobody waits (Erlang B). @param erlangs not negative
double erlang_b(double erlangs, std::uint32_t lines);

/// Erlang C without patience, Erlang A (M/M/N+M) with it.
///
/// @param target_seconds  T of the service level
/// @returns               nothing: without patience as many operators as erlangs or fewer never catch up
std::optional<staffing_outcome> staffing(const staffing_load& load, std::uint32_t operators, double target_seconds);

/// The fewest operators with whom at least `service_level` of the callers are answered within `target_seconds`.
///
/// @returns  nothing: more than `operators_max` were needed, or the numbers are out of range
std::optional<std::uint32_t> operators_needed(const staffing_load& load, double service_level, double target_seconds,
                                              std::uint32_t operators_max = 1000);

}  // namespace cordboard
