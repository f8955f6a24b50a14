// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cordboard/event.hpp>
#include <string>

namespace cordboard {

/// Which tail file holds a text: what people may read, or what only a restart needs.
enum class tail : std::uint8_t { text, dialog };

/// An event on its way into the log, or read back from it: the slot, and the text that stands outside it.
struct logged {
  event record;
  std::string text;
  cordboard::tail tail = cordboard::tail::text;
};

}  // namespace cordboard
