// SPDX-License-Identifier: Apache-2.0
#include <base/random.hpp>
#include <sip/stack_core.hpp>
#include <sip/target.hpp>
#include <algorithm>

namespace cordboard::sip {

using std::chrono::seconds;

std::chrono::seconds retry_after(const sip_t& answer) {
  return seconds(answer.sip_retry_after != nullptr ? answer.sip_retry_after->af_delta : 0);
}

std::chrono::nanoseconds spread(std::chrono::nanoseconds of, double low, double high) {
  std::uint32_t chance = 0;
  fill_random(&chance, sizeof chance);
  const double share = low + (high - low) * (chance / 4294967296.0);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(of.count()) * share));
}

target::target(stack_core& of, std::string host, std::chrono::nanoseconds check_every, std::uint32_t check_failures,
               std::function<void()> changed)
    : of_(of),
      host_(std::move(host)),
      every_(check_every),
      failures_max_(check_failures),
      changed_(std::move(changed)),
      check_(of.on, [this] { check(); }),
      again_(of.on, [this] { set(silent_ && every_.count() > 0, false); }) {
  if (every_.count() > 0) check_.after(spread(every_, 0, 1));
}

void target::set(bool silent, bool busy) {
  const bool before = is_there();
  silent_ = silent;
  busy_ = busy;
  if (before != is_there()) changed_();
}

void target::answered() {
  failures_ = 0;
  set(false, busy_);
}

void target::fall_silent() {
  if (every_.count() == 0) again_.after(leave_alone);
  set(true, busy_);
}

void target::refused_for(std::chrono::seconds time) {
  if (time.count() <= 0) return;
  again_.after(std::min(time, busy_max));
  set(silent_, true);
}

void target::check() {
  check_.after(spread(every_, 0.9, 1.1));
  if (options_ != nullptr) {
    // The one before has no answer yet.
    options_.reset();
    if (++failures_ >= failures_max_) fall_silent();
  }
  const std::string uri = "sip:" + host_;
  const std::string from = "<" + of_.house_uri("cordboard") + ">", to = "<" + uri + ">";
  if (leg_ == nullptr) {
    leg_ = begin_leg(of_.agent.get(), *this, from, to, fresh_call_id());
    if (leg_ == nullptr) return;
  }
  const std::string contact = of_.contact(way_to(host_));
  options_ = send(leg_.get(), this, nullptr, {SIP_METHOD_OPTIONS}, as_url(uri.c_str()),
                  tags(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_ACCEPT_STR("application/sdp")));
}

void target::on_response(nta_outgoing_t* request, const sip_t& sip) {
  const int status = nta_outgoing_status(request);
  if (request != options_.get() || status < 200) return;
  options_.reset();
  if (is_made_up(sip) || status == 408) {
    if (++failures_ >= failures_max_) fall_silent();
    return;
  }
  // Whatever it says, somebody is there; but a 503 may ask for peace.
  answered();
  if (status == 503) refused_for(retry_after(sip));
}

}  // namespace cordboard::sip
