// SPDX-License-Identifier: Apache-2.0
// What of the log must stay: parts that somebody holds, as for a dispute. Retention takes the oldest parts that are due and
// stops at the first that is held, so that what is kept is one piece.
#include <board/decision.hpp>

namespace cordboard {
namespace {

constexpr std::size_t holds_max = 1000;

bool overlaps(const log_hold& hold, std::uint64_t from, std::uint64_t to) {
  return static_cast<std::uint64_t>(hold.first) <= to && (hold.last == 0 || hold.last >= from);
}

bool held(const decision& d, const fact::log_part& part) {
  for (const auto& [sequence, hold] : d.base.log_holds.own()) {
    if (!hold) continue;
    // The reason stands in the log itself, so it stays as long as the hold.
    if (sequence >= part.first && sequence < part.end) return true;
    const bool times = hold->by == log_span::times;
    if (times ? overlaps(*hold, static_cast<std::uint64_t>(part.first_ns), static_cast<std::uint64_t>(part.last_ns))
              : overlaps(*hold, part.first, part.end - 1))
      return true;
  }
  return false;
}

}  // namespace

errc hold_log(decision& d, const command& c, event& held) {
  const auto by = static_cast<log_span>(c.detail);
  const auto first = static_cast<std::uint64_t>(c.value);
  if (name(by).empty() || c.value < 0 || text_of(c).empty() || (c.other != 0 && c.other < first)) return errc::command_invalid;
  if (by == log_span::sequences && c.other != 0 && c.other < d.base.log_from) return errc::log_gone;
  if (d.base.log_holds.own().size() >= holds_max) return errc::limit_reached;
  held = decision::of(event_kind::log_held);
  held.detail = c.detail;
  held.value = c.value;
  held.other = c.other;
  return {};
}

errc release_log_hold(decision& d, const command& c, event& released) {
  if (d.base.log_holds.find(static_cast<std::uint64_t>(c.value)) == nullptr) return errc::hold_unknown;
  released = decision::of(event_kind::log_hold_released);
  released.value = c.value;
  return {};
}

void remove_log(decision& d, const fact::log_due& f) {
  event e = decision::of(event_kind::log_removed);
  e.detail = static_cast<std::uint16_t>(f.why);
  for (const fact::log_part& part : f.parts) {
    if (part.next <= d.base.log_from) continue;  // said before
    if (held(d, part)) break;
    if (e.other == 0) e.value = static_cast<std::int64_t>(part.first);
    e.other = part.next;
  }
  if (e.other != 0) d.emit(e);
}

}  // namespace cordboard
