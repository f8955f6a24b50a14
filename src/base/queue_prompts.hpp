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
inline std::array<std::pair<std::string_view, const std::vector<std::string>*>, 6> prompts_of(const queue_config& queue) {
  return {{{"welcome", &queue.welcome},
           {"greeting", &queue.greeting},
           {"closing", &queue.closing},
           {"notice", &queue.notice},
           {"position", &queue.position},
           {"apology", &queue.apology}}};
}

}  // namespace cordboard
