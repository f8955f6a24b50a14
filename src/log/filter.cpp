// SPDX-License-Identifier: Apache-2.0
#include <log/filter.hpp>

namespace cordboard::log {

matcher::matcher(const event_filter& what)
    : open_(what == event_filter{}),
      call_(what.call),
      party_(what.party),
      device_(what.device),
      operator_(what.operator_),
      queue_(what.queue),
      command_(what.command) {
  if (what.kinds.empty()) return;
  kinds_ = std::make_unique<std::bitset<65536>>();
  for (const event_kind kind : what.kinds) kinds_->set(static_cast<std::uint16_t>(kind));
}

}  // namespace cordboard::log
