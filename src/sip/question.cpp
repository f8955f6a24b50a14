// SPDX-License-Identifier: Apache-2.0
#include <sip/question.hpp>

namespace cordboard::sip {

question::question(nta_agent_t* agent, message_ptr message)
    : came(flow_of(agent, message.get())), agent_(agent), message_(std::move(message)), sip_(sip_object(message_.get())) {}

void question::answer(int status, const char* phrase, tags with) {
  if (message_ != nullptr) reply_once(agent_, message_.release(), status, phrase, std::move(with));
}

nta_incoming_t* question::take() { return message_ != nullptr ? take_request(agent_, message_.release(), sip_) : nullptr; }

}  // namespace cordboard::sip
