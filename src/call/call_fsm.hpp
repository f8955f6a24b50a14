// SPDX-License-Identifier: Apache-2.0
// A call is its connections (CSTA, ECMA-269): state lives on (call, leg), and moves as terms allow.
#pragma once
#include <cordboard/event.hpp>
#include <cordboard/ids.hpp>
#include <span>
#include <vector>

namespace cordboard {

/// Whether all in the call hear this party.
constexpr bool is_heard(participation part) { return part != participation::silent && part != participation::whispering; }

struct connection {
  leg_id leg;
  party_id party;
  device_id device;
  operator_id operator_;
  connection_state state = connection_state::null;
  participation part = participation::none;  ///< of a party that was added to the call
  friend bool operator==(const connection&, const connection&) = default;
};

/// Whether CSTA's connection states allow the move; `null` is also the state of a connection that is not there.
bool move_allowed(connection_state from, connection_state to);

class call_fsm {
public:
  std::vector<connection> connections;

  const connection* find(leg_id leg) const;
  /// The first connection in this state other than `but`; null when there is none.
  const connection* first(connection_state state, leg_id but = {}) const;
  /// Puts a connection into a state; null removes it. A move that is not allowed is our bug and is asserted.
  void move(const connection& to);
  /// How a connection that is there takes part from now on.
  void take_part(leg_id leg, participation how);
  bool empty() const { return connections.empty(); }

  friend bool operator==(const call_fsm&, const call_fsm&) = default;
};

}  // namespace cordboard
