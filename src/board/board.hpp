// SPDX-License-Identifier: Apache-2.0
// The house's decisions, pure: no socket, clock or thread. One input is one batch.
#pragma once
#include <call/actions.hpp>
#include <call/facts.hpp>
#include <base/logged.hpp>
#include <cordboard/command.hpp>
#include <cordboard/config.hpp>
#include <cordboard/errc.hpp>
#include <array>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cordboard {

struct board_state;

/// Time has come to `now`: the earliest work that is due is decided. Repeat while `next_deadline(state) <= now`.
struct tick {};

/// One thing that the board decides about.
struct input {
  std::int64_t now = 0;                  ///< event time, ns
  std::uint64_t first_sequence = 0;      ///< the sequence that the first event of the batch will get
  std::array<std::uint64_t, 6> fresh{};  ///< random ids that the decision may use
  std::variant<any_fact, command, tick, house_config> what = tick{};
  /// The text of an event that the state names (`texts_of`): what callers have said or pressed stands there alone.
  std::function<std::string(std::uint64_t sequence)> text{};
  /// With a command that names a person's number: a keyed hash of it, as `fact::incoming` has one of the caller's; 0: none.
  std::uint64_t token = 0;
  /// With `call_request`: the house's stop list has its number.
  bool stopped = false;
};

/// What the door tells whoever submitted a command. `code` 0: accepted, or repeated (then `sequence` is the first answer's).
struct answer_to_submit {
  errc code{};
  std::uint64_t sequence = 0;
  friend bool operator==(const answer_to_submit&, const answer_to_submit&) = default;
};

/// What follows from one input: events to commit, then actions to carry out.
struct batch {
  std::vector<logged> events;
  std::vector<any_action> actions;
  answer_to_submit answer;
};

/// Changes nothing; reads no clock.
batch decide(const board_state& state, const input& in);
/// The only thing that changes state: the same code live, at a restart, in a checkpoint, in a follower, in the simulation.
/// `e.record.sequence` and `time_ns` are set.
void evolve(board_state& state, const logged& e);

inline constexpr std::int64_t no_deadline = std::numeric_limits<std::int64_t>::max();
/// When the next `tick` is due; at or before now: there is work at once; `no_deadline`: none.
std::int64_t next_deadline(const board_state& state);

}  // namespace cordboard
