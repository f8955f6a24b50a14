// SPDX-License-Identifier: Apache-2.0
#include <call/transfer_fsm.hpp>

namespace cordboard {

transfer_step transfer_fsm::decide(input in, bool operator_up, bool consents_given) const {
  using enum transfer_step;
  if (!open()) return stay;
  if (in == input::caller_left) return transfer_step::caller_left;
  const transfer_step back = operator_up ? give_back : recall;
  switch (state) {
    case transfer_state::none: return stay;
    case transfer_state::asking:
      switch (in) {
        case input::target_answered: return collect_consents;
        case input::agreed: return consents_given ? ring_on : stay;
        case input::target_failed: return back;
        case input::operator_left: return recall;
        case input::cancelled: return cancel;
        default: return stay;
      }
    case transfer_state::consents:
      switch (in) {
        case input::agreed: return move;
        case input::joined: return confer;
        case input::target_failed: return back;
        // An operator who hangs up after both have agreed has put the call through; before that the caller comes back.
        case input::operator_left: return consents_given ? move : recall;
        case input::cancelled: return cancel;
        default: return stay;
      }
    case transfer_state::moving:
      switch (in) {
        case input::voices_joined: return connect;
        case input::voices_failed:
        case input::target_failed: return back;
        default: return stay;
      }
    case transfer_state::ringing:
      switch (in) {
        case input::target_answered: return connect;
        case input::target_failed: return recall;
        default: return stay;
      }
    case transfer_state::recalling:
      switch (in) {
        case input::recall_answered: return recalled;
        case input::recall_failed: return escalate;
        default: return stay;
      }
  }
  return stay;
}

void transfer_fsm::evolve(transfer_state to, cordboard::cause why) {
  state = to;
  if (cause == cordboard::cause::none) cause = why;
}

bool consents_satisfy(consent_policy policy, consent caller, consent target, bool target_answered) {
  if (caller != consent::yes || target == consent::no) return false;
  switch (policy) {
    case consent_policy::required: return target == consent::yes;
    case consent_policy::announced: return target_answered;
    case consent_policy::blind: return true;
  }
  return false;
}

}  // namespace cordboard
