// SPDX-License-Identifier: Apache-2.0
// The library's callbacks: they catch whatever is thrown, since nothing may be thrown through its frames. What is thrown here
// can only mean that memory ran out; the request is answered 500 or not at all, the peer repeats or gives up.
#pragma once
#include <sip/question.hpp>
#include <sip/su.hpp>
#include <utility>

namespace cordboard::sip::calls {

inline int request(endpoint* to, nta_leg_t*, nta_incoming_t* irq, const sip_t* sip) noexcept {
  try {
    return to->on_request(irq, *sip);
  } catch (...) {
    return 500;
  }
}

inline int ack_or_cancel(endpoint* to, nta_incoming_t* irq, const sip_t* sip) noexcept {
  try {
    if (to != nullptr) to->on_ack_or_cancel(irq, sip);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
  return 0;
}

inline int response(endpoint* to, nta_outgoing_t* orq, const sip_t* sip) noexcept {
  try {
    if (to != nullptr && sip != nullptr) to->on_response(orq, *sip);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
  return 0;
}

inline int outside(agent_user* to, nta_agent_t* agent, msg_t* message, sip_t* sip) noexcept {
  message_ptr owned(message);
  if (sip == nullptr) return 0;
  try {
    if (sip->sip_request != nullptr) {
      question asked(agent, std::move(owned));
      to->on_question(asked);
    } else if (sip->sip_status != nullptr) {
      to->on_stray(*sip);
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
  return 0;
}

}  // namespace cordboard::sip::calls
