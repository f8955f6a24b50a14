// SPDX-License-Identifier: Apache-2.0
// A transfer is a transaction: named steps, and a way back from each.
//
//   consultation:  asking ──► consents ──► moving ──► connected
//                    │           └──► conferenced, when the operator stays with them
//                    └──► ringing, when the operator puts the caller through before an answer
//                    │           │           │
//                    └───────────┴───────────┴──► returned (the operator's line is still up)
//                                            └──► recalling (it is not)
//   single step:   ringing ──► connected
//                    └──► recalling ──► recalled | escalated
//
// From every state: caller_left. While the operator's line is up: cancelled.
#pragma once
#include <cordboard/event.hpp>
#include <cordboard/ids.hpp>
#include <cstdint>

namespace cordboard {

/// What the board does next for a transfer.
enum class transfer_step : std::uint8_t {
  stay,
  collect_consents,  ///< to `consents`
  ring_on,           ///< to `ringing`: the caller waits for the answer, the operator leaves
  move,              ///< to `moving`
  connect,           ///< ends: connected
  confer,            ///< ends: conferenced; caller, operator and called party are in one call
  give_back,         ///< ends: returned; the operator takes the caller back
  recall,            ///< to `recalling`; the operator is rung again
  escalate,          ///< ends: escalated; the caller goes to the head of the queue
  recalled,          ///< ends: recalled
  caller_left,       ///< ends: caller_left
  cancel,            ///< ends: cancelled
};

class transfer_fsm {
public:
  enum class input : std::uint8_t {
    target_answered,
    target_failed,
    agreed,  ///< the consents that policy asks for are there, and the operator completes
    joined,  ///< the same, and the operator stays
    voices_joined,
    voices_failed,
    operator_left,
    caller_left,
    cancelled,
    recall_answered,
    recall_failed,
  };

  transfer_state state = transfer_state::none;
  cordboard::cause cause = cordboard::cause::none;  ///< what the called party did; the first cause wins

  bool open() const { return state != transfer_state::none; }
  /// @param operator_up    the operator's line still stands
  /// @param consents_given what policy asks for is on record
  transfer_step decide(input in, bool operator_up, bool consents_given) const;
  void evolve(transfer_state to, cordboard::cause why);

  friend bool operator==(const transfer_fsm&, const transfer_fsm&) = default;
};

/// Whether the consents on record satisfy a department's policy. The caller's is always needed.
bool consents_satisfy(consent_policy policy, consent caller, consent target, bool target_answered);

}  // namespace cordboard
