// SPDX-License-Identifier: Apache-2.0
// cordboard_sim --seed N --steps M: the whole house under random facts, commands, faults and crashes.
#include <fmt/format.h>
#include <unistd.h>

#include "arguments.hpp"
#include "sim.hpp"

int main(int argc, char** argv) {
  const auto asked = cordboard::sim::read_arguments(argc, argv);
  if (asked.usage >= 0) {
    fmt::print(
        "usage: cordboard_sim [--seed N] [--steps M]\n"
        "Plays M steps (default 1,000,000) of a small house and checks every state. The same seed gives the same play.\n");
    return asked.usage;
  }
  fmt::print("seed {}\n", asked.seed);
  const bool terminal = isatty(1) == 1;
  const auto f = cordboard::sim::run(asked.seed, asked.steps, [&](std::uint64_t done) {
    if (!terminal) return;
    fmt::print("\r{:3} %  {} of {} steps", done * 100 / asked.steps, done, asked.steps);
    std::fflush(stdout);
  });
  fmt::print(
      "{}{} steps, {} events, {} crashes, {} calls; transfers {}: connected {}, returned {}, recalled {}, escalated {}, "
      "conferenced {}; added {}, broke in {}, listened {}; keys {}; taken over {}; camped on {}, of these in talk {}; called "
      "back {}; said {}, recorded {}, declined {}; direct {}, called back {}, refused that {}; led by dialogues {}: answers "
      "{}, "
      "completed {}, to a human {}, fallen back {}, requests {}; waits {}: taken {}, abandoned {}, overflowed {}, at a former "
      "place "
      "{}; rung besides {}, stood in {}, unmanned {}; breaks too long {}, granted {}, shifts handed over {}; code calls {}, "
      "drills {}: told {}, acknowledged by {}, enough for {}, "
      "escalated {}, called off {}; barred {}, dialled out {}; requests opened {}, not opened {}, over {}, late {}, reported "
      "up {}; "
      "attempts {}: reached {}, interrupted {}, led {}; entries owed {}, written {}; slots taken {}, confirmed {}, nobody came "
      "{}, "
      "barred {}, handlers excused {}, parts closed {}, messages {}; self-tests {}, voice came in {}; faults {}; codes "
      "dialled {}, done {}, callers taken by them {}; "
      "gone to a desk {}; outside calls without a reason {}\n",
      terminal ? "\r" : "", f.steps, f.events, f.crashes, f.calls, f.transfers, f.connected, f.returned, f.recalled,
      f.escalated, f.conferenced, f.joined, f.intruded, f.listened, f.keys, f.taken_over, f.camped, f.camped_met, f.called_back,
      f.said, f.recorded, f.declined, f.direct, f.back, f.stayed, f.led, f.answered, f.completed, f.humans, f.fallen_back,
      f.requests, f.waits, f.taken, f.abandoned, f.overflowed, f.returned_to_place, f.rung_besides, f.stood_in, f.unmanned,
      f.overdue, f.granted, f.handed_over, f.codes, f.drills, f.told, f.acknowledged, f.code_acknowledged, f.code_escalated,
      f.code_off, f.barred, f.dialled_out, f.opened, f.not_opened, f.closed, f.late_requests, f.reported, f.attempts, f.reached,
      f.interrupted, f.led_attempts, f.entries_owed, f.entries_made, f.booked, f.confirmed, f.no_shows, f.banned, f.excused,
      f.parts, f.messages, f.tests, f.heard, f.faults, f.phone_codes, f.codes_done, f.taken_by_code, f.engaged, f.unexplained);
  if (!f.failure.empty()) fmt::print("BROKEN: {}\n", f.failure);
  return f.failure.empty() ? 0 : 1;
}
