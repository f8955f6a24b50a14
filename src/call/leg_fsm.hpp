// SPDX-License-Identifier: Apache-2.0
// One leg's signalling, as the board needs it: how far it is, and what a fact means there.
#pragma once
#include <cordboard/event.hpp>
#include <cordboard/ids.hpp>
#include <cstdint>

namespace cordboard {

/// How far a leg is.
///
///   in:   offered ───────────────► up ──► releasing ──► gone
///   out:  inviting ──► ringing ──► up ──►     ''
///            └── refused, CANCEL: gone or releasing from each
enum class leg_phase : std::uint8_t { gone = 0, offered, inviting, ringing, up, releasing };

/// What a fact means for a leg in its phase.
enum class leg_step : std::uint8_t {
  none,       ///< nothing new: repeated, late, or of a leg that is being released
  delivered,  ///< it rings now
  connected,  ///< it was answered
  failed,     ///< the attempt is over, and nothing is left to release
  cleared,    ///< the peer ended it, and nothing is left to release
  released,   ///< what we ended is over
};

class leg_fsm {
public:
  enum class input : std::uint8_t { ringing, answered, refused, ended, released, lost };

  leg_phase phase = leg_phase::gone;
  bool outgoing = false;

  /// What follows from `in`. RFC 3261 §13, §15: a final answer or a BYE is the last word of its side.
  leg_step decide(input in) const;
  /// @param kind  offered/service_initiated/originated begin it; delivered, established, leg_released move it
  void evolve(event_kind kind);
  /// Our side ends it: what remains is the peer's confirmation.
  void release();
  bool live() const { return phase != leg_phase::gone && phase != leg_phase::releasing; }

  friend bool operator==(const leg_fsm&, const leg_fsm&) = default;
};

}  // namespace cordboard
