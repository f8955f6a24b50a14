// SPDX-License-Identifier: Apache-2.0
// Questions that are asked everywhere: which figures, of which kinds of requests, within which limits.
#pragma once
#include <cordboard/figures.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace cordboard::figures {

struct preset {
  std::string_view name;
  std::string_view title[2];
  std::uint32_t target_seconds;  ///< 0: as it is asked for
  std::vector<std::string> kinds;
  std::vector<std::string> figures;
};

std::span<const preset> presets();
/// Null: there is none of this name.
const preset* find_preset(std::string_view name);

}  // namespace cordboard::figures
