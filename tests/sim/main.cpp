// SPDX-License-Identifier: Apache-2.0
// cordboard_sim --seed N --steps M: the whole house under random facts, commands, faults and crashes.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>

#include "sim.hpp"

int main(int argc, char** argv) {
  std::uint64_t seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  std::uint64_t steps = 1'000'000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto number = [&](std::uint64_t& to) {
      if (i + 1 >= argc) return false;
      const char* end = argv[i + 1] + std::strlen(argv[i + 1]);
      const auto got = std::from_chars(argv[++i], end, to);
      return got.ec == std::errc{} && got.ptr == end;
    };
    if ((arg == "--seed" && number(seed)) || (arg == "--steps" && number(steps))) continue;
    fmt::print(
        "usage: cordboard_sim [--seed N] [--steps M]\n"
        "Plays M steps (default 1,000,000) of a small house and checks every state. The same seed gives the same play.\n");
    return arg == "--help" ? 0 : 2;
  }
  fmt::print("seed {}\n", seed);
  const bool terminal = isatty(1) == 1;
  const auto f = cordboard::sim::run(seed, steps, [&](std::uint64_t done) {
    if (!terminal) return;
    fmt::print("\r{:3} %  {} of {} steps", done * 100 / steps, done, steps);
    std::fflush(stdout);
  });
  fmt::print(
      "{}{} steps, {} events, {} crashes, {} calls; transfers {}: connected {}, returned {}, recalled {}, escalated {}, "
      "conferenced {}; added {}, broke in {}, listened {}; keys {}; taken over {}; camped on {}, of these in talk {}; called "
      "back {}; said {}, recorded {}, declined {}; direct {}, called back {}, refused that {}; led by dialogues {}: answers "
      "{}, "
      "completed {}, to a human {}, fallen back {}, requests {}; waits {}: taken {}, abandoned {}, overflowed {}, at a former "
      "place "
      "{}; rung besides {}, stood in {}, unmanned {}; breaks too long {}, granted {}, shifts handed over {}\n",
      terminal ? "\r" : "", f.steps, f.events, f.crashes, f.calls, f.transfers, f.connected, f.returned, f.recalled,
      f.escalated, f.conferenced, f.joined, f.intruded, f.listened, f.keys, f.taken_over, f.camped, f.camped_met, f.called_back,
      f.said, f.recorded, f.declined, f.direct, f.back, f.stayed, f.led, f.answered, f.completed, f.humans, f.fallen_back,
      f.requests, f.waits, f.taken, f.abandoned, f.overflowed, f.returned_to_place, f.rung_besides, f.stood_in, f.unmanned,
      f.overdue, f.granted, f.handed_over);
  if (!f.failure.empty()) fmt::print("BROKEN: {}\n", f.failure);
  return f.failure.empty() ? 0 : 1;
}
