// SPDX-License-Identifier: Apache-2.0
// A request outside all dialogs that nobody has answered yet. Most of what strangers ask is refused, and a refusal leaves nothing
// behind: a transaction would stand for 32 seconds, and a flood would fill memory with them (RFC 3261 26.3.2.4).
#pragma once
#include <sip/flow.hpp>
#include <sip/su.hpp>

namespace cordboard::sip {

/// @threads  the loop's; lives no longer than the call that brings it
class question {
public:
  question(nta_agent_t* agent, message_ptr message);

  const sip_t& sip() const { return *sip_; }
  flow came;

  /// Refuses, or answers what needs no memory; who repeats the request asks anew. Safe to repeat: the first answer counts.
  void answer(int status, const char* phrase, tags with = tags());
  /// A transaction with it, which has to be answered, and destroyed, by whoever takes it; null: there is no memory for one.
  nta_incoming_t* take();

private:
  nta_agent_t* agent_;
  message_ptr message_;
  sip_t* sip_;
};

}  // namespace cordboard::sip
