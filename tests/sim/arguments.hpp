// SPDX-License-Identifier: Apache-2.0
// What both simulations are told: --seed N --steps M, and a word of their own.
#pragma once
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cordboard::sim {

struct arguments {
  std::uint64_t seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  std::uint64_t steps = 1'000'000;
  bool flag = false;
  int usage = -1;  ///< not negative: how it is used is to be printed, and the program ends with this
};

/// @param flag  that is known as well
inline arguments read_arguments(int argc, char** argv, std::string_view flag = {}) {
  arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto number = [&](std::uint64_t& to) {
      if (i + 1 >= argc) return false;
      const char* end = argv[i + 1] + std::strlen(argv[i + 1]);
      const auto got = std::from_chars(argv[++i], end, to);
      return got.ec == std::errc{} && got.ptr == end;
    };
    if ((arg == "--seed" && number(out.seed)) || (arg == "--steps" && number(out.steps))) continue;
    if (arg.empty() || arg != flag) {
      out.usage = arg == "--help" ? 0 : 2;
      return out;
    }
    out.flag = true;
  }
  return out;
}

}  // namespace cordboard::sim
