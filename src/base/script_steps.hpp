// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cordboard/dialogue.hpp>
#include <string>

namespace cordboard {

/// Which step has this name; as many as there are: none.
inline std::size_t place_of(const dialogue_config& script, const std::string& name) {
  const auto it = std::find_if(script.steps.begin(), script.steps.end(), [&](const auto& x) { return x.name == name; });
  return static_cast<std::size_t>(it - script.steps.begin());
}

}  // namespace cordboard
