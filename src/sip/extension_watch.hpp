// SPDX-License-Identifier: Apache-2.0
// An extension of the exchange behind a trunk, whose state we ask for (RFC 4235, the subscriber's side; RFC 6665).
//
//   SUBSCRIBE ── 2xx ──► NOTIFY: idle, ringing, busy ── half to four fifths of its time ──► SUBSCRIBE again, within the dialog
//        └── refused, silent, terminated, time is up ──► unknown ──► a pause ──► SUBSCRIBE anew
#pragma once
#include <sip/dialog_info.hpp>
#include <sip/loop.hpp>
#include <sip/su.hpp>
#include <chrono>
#include <string>

namespace cordboard::sip {

struct stack_core;
class trunk;

class extension_watch final : public endpoint {
public:
  extension_watch(stack_core& of, trunk& by, std::string number);

  int on_request(nta_incoming_t* request, const sip_t& sip) override;
  void on_ack_or_cancel(nta_incoming_t*, const sip_t*) override {}
  void on_response(nta_outgoing_t* request, const sip_t& sip) override;

  static constexpr std::chrono::seconds asked_for{600}, pause{30}, longest_pause{1800};

private:
  void subscribe();
  void begin_anew(std::chrono::nanoseconds after);
  void lost(std::chrono::nanoseconds again);
  void tell(presence_state now);
  std::chrono::nanoseconds next_pause();

  stack_core& of_;
  trunk& by_;
  std::string number_;
  presence_state told_ = presence_state::unknown;
  watched_state state_;
  bool stands_ = false;    ///< a 2xx has come
  unsigned rounds_ = 0;    ///< challenges of the request that is under way
  unsigned failures_ = 0;  ///< in a row
  std::string call_id_;
  leg_ptr leg_, gone_;  ///< the one before is kept until the library's frames are gone
  outgoing_ptr request_;
  timer due_, expiry_;
};

}  // namespace cordboard::sip
