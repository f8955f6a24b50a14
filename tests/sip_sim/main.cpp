// SPDX-License-Identifier: Apache-2.0
// sip_sim --seed N --steps M: SIP under loss, repetition, delay, rude peers and crashes, in time that is only simulated.
#include <fmt/format.h>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>
#include "world.hpp"

int main(int argc, char** argv) {
  std::uint64_t seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  std::uint64_t steps = 1'000'000;
  bool tells = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto number = [&](std::uint64_t& to) {
      if (i + 1 >= argc) return false;
      const char* end = argv[i + 1] + std::strlen(argv[i + 1]);
      const auto got = std::from_chars(argv[++i], end, to);
      return got.ec == std::errc{} && got.ptr == end;
    };
    if ((arg == "--seed" && number(seed)) || (arg == "--steps" && number(steps)) || (arg == "--tell" && (tells = true)))
      continue;
    fmt::print(
        "usage: sip_sim [--seed N] [--steps M] [--tell]\n"
        "Delivers M datagrams (default 1,000,000) between the SIP part and simulated peers. The same seed gives the same "
        "play.\n"
        "--tell prints each of them.\n");
    return arg == "--help" ? 0 : 2;
  }
  fmt::print("seed {}\n", seed);
  sip_sim::findings found;
  {
    sip_sim::world play(seed, tells);
    while (found.datagrams < steps && play.live(found)) continue;
  }
  fmt::print("{} datagrams, {} calls, {} of them in talk, {} crashes\n", found.datagrams, found.calls, found.talks,
             found.crashes);
  if (!found.failure.empty()) fmt::print("BROKEN: {}\n", found.failure);
  return found.failure.empty() ? 0 : 1;
}
