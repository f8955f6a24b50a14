// SPDX-License-Identifier: Apache-2.0
// What the switchboard carries its actions out on: SIP and media, or phones that the program plays itself.
#pragma once
#include <board/board_state.hpp>
#include <call/actions.hpp>
#include <cordboard/dialogue.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::runtime {

/// @threads  the loop's only
class wire {
public:
  wire() = default;
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;
  virtual ~wire() = default;

  /// Does what was decided; its events are committed. Facts that follow are told later, never from inside.
  virtual void carry_out(const any_action& what) = 0;
  /// All inputs of this turn are decided: the place to tell what changed meanwhile, as `fact::dialog_saved`.
  virtual void settle() {}
  /// An event was committed: for what others are told of it, in `settle`.
  virtual void noticed(const event&) {}
  /// The loop is about to sleep, and readers of the log are awake: the place for what can wait so long.
  virtual void end_turn() {}

  /// Before the loop runs: a leg of the log goes on. False: it is lost.
  virtual bool restore(leg_id leg, const leg_state& known, std::string_view saved) = 0;
  /// All legs are there, and everyone hears what the board says: registrations, voices.
  virtual void restored(const board_state& state) = 0;
  /// New scripts are to be followed: what they say is read, as far as it is new.
  /// @returns  why they cannot be; empty: they can
  virtual std::string reread(const std::vector<dialogue_config>&) { return {}; }
  /// The house closes in order: takes leave of those whom it is registered with. `done` is called once, within a few seconds.
  virtual void leave(const std::function<void()>& done) { done(); }
};

}  // namespace cordboard::runtime
