// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cordboard/config.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordboard {

/// What a queue says to its callers, each list with the name of its key.
inline std::array<std::pair<std::string_view, const std::vector<std::string>*>, 7> prompts_of(const queue_config& queue) {
  return {{{"welcome", &queue.welcome},
           {"greeting", &queue.greeting},
           {"closing", &queue.closing},
           {"notice", &queue.notice},
           {"position", &queue.position},
           {"apology", &queue.apology},
           {"fault_notice", &queue.fault_notice}}};
}

/// What is said to who is called in an emergency.
inline std::array<std::pair<std::string_view, const std::vector<std::string>*>, 2> prompts_of(const code_call_config& plan) {
  return {{{"message", &plan.message}, {"drill", &plan.drill}}};
}

/// What a dialogue says: the name of the key, the line of its step, the words.
struct dialogue_words {
  std::string key;
  std::uint32_t line = 0;
  const std::vector<std::string>* words = nullptr;
};
inline std::vector<dialogue_words> prompts_of(const dialogue_config& dialogue) {
  std::vector<dialogue_words> out{{"dialogue.nobody", 1, &dialogue.nobody}};
  for (const auto& step : dialogue.steps)
    for (const auto& [key, words] :
         {std::pair{"step.say", &step.say}, {"step.invalid", &step.invalid}, {"step.read_back", &step.read_back}})
      out.push_back({key, step.line, words});
  return out;
}

}  // namespace cordboard
