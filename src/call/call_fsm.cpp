// SPDX-License-Identifier: Apache-2.0
#include <base/assert.hpp>
#include <call/call_fsm.hpp>

#include <algorithm>
#include <array>

namespace cordboard {
namespace {
constexpr std::uint8_t bit(connection_state s) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(s)); }

// From null, initiated, alerting, connected, hold, queued, failed, in this order.
constexpr std::array<std::uint8_t, 7> moves = [] {
  using enum connection_state;
  return std::array<std::uint8_t, 7>{
      static_cast<std::uint8_t>(bit(initiated) | bit(alerting) | bit(connected) | bit(queued)),
      static_cast<std::uint8_t>(bit(connected) | bit(failed) | bit(null) | bit(hold)),
      static_cast<std::uint8_t>(bit(connected) | bit(queued) | bit(failed) | bit(null) | bit(alerting)),
      static_cast<std::uint8_t>(bit(hold) | bit(queued) | bit(failed) | bit(null) | bit(alerting)),
      static_cast<std::uint8_t>(bit(connected) | bit(null) | bit(alerting) | bit(failed)),
      static_cast<std::uint8_t>(bit(alerting) | bit(connected) | bit(failed) | bit(null) | bit(queued)),
      static_cast<std::uint8_t>(bit(null) | bit(queued) | bit(alerting) | bit(connected)),
  };
}();
}  // namespace

bool move_allowed(connection_state from, connection_state to) {
  const auto row = static_cast<std::size_t>(from);
  return row < moves.size() && (moves[row] & bit(to)) != 0;
}

const connection* call_fsm::find(leg_id leg) const {
  const auto it = std::find_if(connections.begin(), connections.end(), [&](const connection& c) { return c.leg == leg; });
  return it == connections.end() ? nullptr : &*it;
}

const connection* call_fsm::first(connection_state state, leg_id but) const {
  const auto it = std::find_if(connections.begin(), connections.end(),
                               [&](const connection& c) { return c.state == state && c.leg != but; });
  return it == connections.end() ? nullptr : &*it;
}

void call_fsm::move(const connection& to) {
  const auto it = std::find_if(connections.begin(), connections.end(), [&](const connection& c) { return c.leg == to.leg; });
  const auto from = it == connections.end() ? connection_state::null : it->state;
  CORDBOARD_ASSERT(move_allowed(from, to.state));
  if (to.state == connection_state::null) {
    connections.erase(it);
  } else if (it == connections.end()) {
    connections.push_back(to);
  } else {
    it->state = to.state;
  }
}

void call_fsm::take_part(leg_id leg, participation how) {
  for (connection& c : connections) {
    if (c.leg == leg) c.part = how;
  }
}

}  // namespace cordboard
