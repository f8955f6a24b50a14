// SPDX-License-Identifier: Apache-2.0
#include <call/leg_fsm.hpp>

namespace cordboard {

leg_step leg_fsm::decide(input in) const {
  switch (phase) {
    case leg_phase::gone: return leg_step::none;
    case leg_phase::inviting:
    case leg_phase::ringing:
      switch (in) {
        case input::ringing: return phase == leg_phase::inviting ? leg_step::delivered : leg_step::none;
        case input::answered: return leg_step::connected;
        case input::refused:
        case input::ended:
        case input::lost: return leg_step::failed;
        case input::released: return leg_step::none;
      }
      break;
    case leg_phase::offered:
    case leg_phase::up:
      switch (in) {
        case input::refused:
        case input::ended:
        case input::lost: return leg_step::cleared;
        case input::ringing:
        case input::answered:
        case input::released: return leg_step::none;
      }
      break;
    case leg_phase::releasing:
      // RFC 3261 §9.1, §15: a BYE that crossed ours, or a 200 that crossed our CANCEL, changes nothing any more.
      return in == input::released || in == input::lost || in == input::ended || in == input::refused ? leg_step::released
                                                                                                      : leg_step::none;
  }
  return leg_step::none;
}

void leg_fsm::evolve(event_kind kind) {
  switch (kind) {
    case event_kind::service_initiated:
    case event_kind::line_started:
    case event_kind::offered:
      if (phase == leg_phase::gone) {
        phase = leg_phase::inviting;
        outgoing = true;
      }
      break;
    case event_kind::originated:
      if (phase == leg_phase::gone) {
        phase = leg_phase::offered;
        outgoing = false;
      } else if (phase == leg_phase::inviting || phase == leg_phase::ringing) {
        phase = leg_phase::up;
      }
      break;
    case event_kind::delivered:
      if (phase == leg_phase::inviting) phase = leg_phase::ringing;
      break;
    case event_kind::queued:
    case event_kind::line_up:
    case event_kind::established:
      if (phase == leg_phase::offered || phase == leg_phase::inviting || phase == leg_phase::ringing) phase = leg_phase::up;
      break;
    case event_kind::leg_released: phase = leg_phase::gone; break;
    default: break;
  }
}

void leg_fsm::release() {
  if (phase != leg_phase::gone) phase = leg_phase::releasing;
}

}  // namespace cordboard
