// SPDX-License-Identifier: Apache-2.0
// The one text in which SIP's and media's knowledge of a leg stands in the log's dialog tail.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cordboard::runtime {

struct saved_leg {
  std::string media;        ///< one line
  std::string description;  ///< our answer
  std::string dialog;       ///< SIP's
};

std::string write_leg(const saved_leg& leg);
/// Nothing when the text is not what `write_leg` gives.
std::optional<saved_leg> read_leg(std::string_view text);

}  // namespace cordboard::runtime
