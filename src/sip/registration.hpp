// SPDX-License-Identifier: Apache-2.0
// Our registration with a PBX or provider (RFC 3261 10.2): one contact, at the first registrar that takes it.
//
//   ask 1, 2, … in order ── 200 ──► in ── half to four fifths of its time ──► ask again, from the first on
//        └── nobody takes it ──► wait: `retry`, doubled each time up to 30 min, half of it by chance ──► ask again
//
// A contact that stands goes on standing while a refresh meets silence or 5xx; a refusal, or its end, takes it out of service.
#pragma once
#include <cordboard/event.hpp>
#include <sip/devices.hpp>
#include <sip/digest_client.hpp>
#include <sip/loop.hpp>
#include <sip/su.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace cordboard::sip {

struct stack_core;

class registration final : public endpoint {
public:
  /// @param changed  `is_in` may have another answer, and why
  registration(stack_core& of, const device& line, digest_client& account, std::function<void(cause)> changed);

  /// What a process before this one had: it is not asked for again before its time, unless its connection died with it.
  bool restore(std::string_view saved);
  /// Once all is restored.
  void begin();
  bool is_in() const { return in_; }
  std::chrono::seconds left() const;
  /// The Service-Route that this registrar gave us (RFC 3608); empty: none, or we are not registered there.
  std::string route_at(const std::string& host) const { return in_ && host == at_host_ ? routes_ : std::string(); }
  /// Removes the contact. @returns false when there is none; then `done` is not called
  bool leave(std::function<void()> done);

  int on_request(nta_incoming_t*, const sip_t&) override { return 481; }
  void on_ack_or_cancel(nta_incoming_t*, const sip_t*) override {}
  void on_response(nta_outgoing_t* request, const sip_t& sip) override;

private:
  using clock = std::chrono::steady_clock;
  void ask(std::size_t which);
  void send_register();
  void on_granted(const sip_t& sip);
  void on_failure(int status, std::chrono::seconds pause);
  void go_out(cause why);
  void save();
  std::string our_contact() const;
  std::string aor() const;

  stack_core& of_;
  const device& line_;
  digest_client& account_;
  std::function<void(cause)> changed_;
  std::chrono::seconds expires_;
  bool in_ = false;
  std::string at_host_;       ///< where it stands
  std::string contact_;       ///< what stands there, in brackets
  std::string gone_contact_;  ///< of a process before this one, with another port: goes with the next request
  std::string routes_;
  clock::time_point until_{};

  std::size_t asking_ = 0;
  unsigned rounds_ = 0;    ///< of the request that is under way: challenges and 423
  unsigned failures_ = 0;  ///< rounds in a row that found no registrar
  bool leaving_ = false;
  std::function<void()> left_;
  leg_ptr leg_;
  outgoing_ptr request_;
  timer due_, limit_, expiry_;

  static constexpr std::chrono::seconds backoff_max{1800};
  static constexpr std::chrono::seconds leave_limit{2};
};

}  // namespace cordboard::sip
