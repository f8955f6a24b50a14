// SPDX-License-Identifier: Apache-2.0
// JSON as the verbs print it, and a sentence in two languages.
#pragma once
#include <base/json.hpp>
#include <cordboard/event.hpp>
#include <string_view>

namespace cordboard::cli {

struct phrase_pair {
  std::string_view en;
  std::string_view zh;
  constexpr std::string_view in(language tongue) const { return tongue == language::zh ? zh : en; }
};

}  // namespace cordboard::cli
