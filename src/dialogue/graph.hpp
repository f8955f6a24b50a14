// SPDX-License-Identifier: Apache-2.0
// A script as a graph: which step leads to which, and what is wrong with it as a whole.
#pragma once
#include <cordboard/dialogue.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace cordboard::dialogue {

/// By what a step is left.
enum class way : std::uint8_t { next, answer, otherwise };

struct edge {
  std::size_t from = 0, to = 0;  ///< places in the script
  way kind = way::next;
  std::string answer;      ///< with `answer`
  bool by_caller = false;  ///< only if the caller presses or says something
};
/// Names that there is no step for lead nowhere.
std::vector<edge> edges_of(const dialogue_config& script);

enum class flaw : std::uint8_t {
  unreachable,  ///< no path leads to it from the first step
  endless,      ///< no path leads from it to an end or a queue
  loop,         ///< it comes back to itself though the caller does nothing
};
struct finding {
  std::size_t step = 0;
  flaw what{};
};
/// By steps; a loop is told once, at its first step.
std::vector<finding> flaws_of(const dialogue_config& script);

}  // namespace cordboard::dialogue
