// SPDX-License-Identifier: Apache-2.0
// One place that a trunk's calls go to, and whether somebody is there. A call that gets no answer marks it at once; OPTIONS, when
// they are asked for, after a few, and they find it again (RFC 3261 11). Else it is tried again after a while: a target that
// takes calls and no OPTIONS is a target too.
//
//   there ── a call without an answer, or `check_failures` OPTIONS ──► silent ── any answer, or `leave_alone` without OPTIONS ──► there
//     └── 503 with Retry-After ──► busy ── that time ──► there
#pragma once
#include <sip/loop.hpp>
#include <sip/su.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace cordboard::sip {

struct stack_core;

class target final : public endpoint {
public:
  /// @param host     what follows "sip:"
  /// @param changed  `is_there` has another answer
  target(stack_core& of, std::string host, std::chrono::nanoseconds check_every, std::uint32_t check_failures,
         std::function<void()> changed);

  const std::string& host() const { return host_; }
  bool is_there() const { return !silent_ && !busy_; }

  /// Something came from there.
  void answered();
  /// A call got no answer in time, or could not be sent.
  void unanswered() { fall_silent(); }
  /// It takes no calls for so long.
  void refused_for(std::chrono::seconds time);

  int on_request(nta_incoming_t*, const sip_t&) override { return 481; }
  void on_ack_or_cancel(nta_incoming_t*, const sip_t*) override {}
  void on_response(nta_outgoing_t* request, const sip_t& sip) override;

  /// So long a silent target is left alone when nothing asks it meanwhile.
  static constexpr std::chrono::seconds leave_alone{30};
  static constexpr std::chrono::seconds busy_max{600};

private:
  void check();
  void fall_silent();
  void set(bool silent, bool busy);

  stack_core& of_;
  std::string host_;
  std::chrono::nanoseconds every_;
  std::uint32_t failures_max_;
  std::function<void()> changed_;
  bool silent_ = false, busy_ = false;
  std::uint32_t failures_ = 0;
  leg_ptr leg_;
  outgoing_ptr options_;
  timer check_, again_;
};

/// What a 503 asks for; 0: nothing.
std::chrono::seconds retry_after(const sip_t& answer);
/// Somewhere from `low` to `high` times `of`, so that what begins together does not stay together.
std::chrono::nanoseconds spread(std::chrono::nanoseconds of, double low, double high);

}  // namespace cordboard::sip
