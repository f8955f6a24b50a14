// SPDX-License-Identifier: Apache-2.0
// sip_sim --seed N --steps M: SIP under loss, repetition, delay, rude peers and crashes, in time that is only simulated.
#include <fmt/format.h>
#include "../sim/arguments.hpp"
#include "world.hpp"

int main(int argc, char** argv) {
  const auto asked = cordboard::sim::read_arguments(argc, argv, "--tell");
  if (asked.usage >= 0) {
    fmt::print(
        "usage: sip_sim [--seed N] [--steps M] [--tell]\n"
        "Delivers M datagrams (default 1,000,000) between the SIP part and simulated peers. The same seed gives the same "
        "play.\n"
        "--tell prints each of them.\n");
    return asked.usage;
  }
  fmt::print("seed {}\n", asked.seed);
  sip_sim::findings found;
  {
    sip_sim::world play(asked.seed, asked.flag);
    while (found.datagrams < asked.steps && play.live(found)) continue;
  }
  fmt::print("{} datagrams, {} calls, {} of them in talk, {} crashes\n", found.datagrams, found.calls, found.talks,
             found.crashes);
  if (!found.failure.empty()) fmt::print("BROKEN: {}\n", found.failure);
  return found.failure.empty() ? 0 : 1;
}
