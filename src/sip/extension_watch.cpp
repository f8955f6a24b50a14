// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sip/authorize.hpp>
#include <sip/extension_watch.hpp>
#include <sip/headers.hpp>
#include <sip/stack_core.hpp>
#include <strings.h>
#include <algorithm>
#include <cstdlib>

namespace cordboard::sip {
namespace {

using std::chrono::seconds;

std::string_view state_of(const sip_t& sip) {
  const auto* const header = sip.sip_subscription_state;
  return header != nullptr && header->ss_substate != nullptr ? header->ss_substate : "";
}

}  // namespace

extension_watch::extension_watch(stack_core& of, trunk& by, std::string number)
    : of_(of), by_(by), number_(std::move(number)), due_(of.on, [this] { subscribe(); }), expiry_(of.on, [this] {
        lost(next_pause());
      }) {
  // A house that watches many does not ask for all of them in one moment.
  due_.after(spread(std::chrono::seconds(2), 0, 1));
}

std::chrono::nanoseconds extension_watch::next_pause() {
  const auto longest = std::chrono::nanoseconds(longest_pause);
  const auto wait = std::min(longest, std::chrono::nanoseconds(pause) * (std::int64_t{1} << std::min(failures_, 10U)));
  ++failures_;
  return spread(wait, 0.5, 1);
}

void extension_watch::subscribe() {
  const auto next = by_.next(0);
  if (next == trunk::none) return lost(spread(pause, 0.5, 1));
  const std::string& host = by_.at(next).host();
  const auto& domain = by_.line().trunk.domain;
  const std::string uri = "sip:" + as_user(number_) + "@" + (domain.empty() ? host : domain);
  if (leg_ == nullptr) {
    call_id_ = fresh_call_id();
    leg_ = begin_leg(of_.agent.get(), *this, "<" + by_.our_uri({}) + ">", "<" + uri.substr(0, uri.find(';')) + ">", call_id_);
    if (leg_ == nullptr) return lost(next_pause());
  }
  const std::string contact = of_.contact(way_to(host)), expires = std::to_string(asked_for.count());
  // Within the dialog it goes where the other side said.
  const std::string route = !stands_ && !domain.empty() ? "sip:" + host : std::string();
  const authorization known(by_.account(), "SUBSCRIBE", uri);
  tags with(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_EVENT_STR("dialog"), SIPTAG_EXPIRES_STR(expires.c_str()),
            SIPTAG_ACCEPT_STR(dialog_info_type), SIPTAG_ALLOW_STR(allowed_methods));
  known.add_to(with);
  request_ = send(leg_.get(), this, route.empty() ? nullptr : route.c_str(), {SIP_METHOD_SUBSCRIBE},
                  stands_ ? nullptr : as_url(uri.c_str()), std::move(with));
  if (request_ == nullptr) lost(next_pause());
}

void extension_watch::on_response(nta_outgoing_t* request, const sip_t& sip) {
  const int status = nta_outgoing_status(request);
  if (request != request_.get() || status < 200) return;
  const auto before = std::move(request_);
  if (status >= 300) {
    const bool again = ++rounds_ < digest_client::rounds_max && by_.account().has_account();
    if (again && (status == 401 || status == 407) && take_challenge(by_.account(), request, sip)) return subscribe();
    rounds_ = 0;
    // A refresh that nobody answers leaves what stands until its time is up (RFC 6665 4.1.2.2); a refusal ends it.
    if (stands_ && (is_made_up(sip) || status >= 500)) return due_.after(spread(pause, 0.5, 1));
    return lost(std::max(next_pause(), std::chrono::nanoseconds(std::min(retry_after(sip), longest_pause))));
  }
  rounds_ = 0;
  if (!stands_) {
    if (sip.sip_to->a_tag != nullptr) nta_leg_rtag(leg_.get(), sip.sip_to->a_tag);
    nta_leg_client_reroute(leg_.get(), sip.sip_record_route, sip.sip_contact, 1);
    stands_ = true;
  }
  failures_ = 0;
  const auto granted = sip.sip_expires != nullptr ? seconds(sip.sip_expires->ex_delta) : asked_for;
  const auto time = std::clamp(granted, seconds(10), asked_for);
  due_.after(spread(time, 0.5, 0.8));
  expiry_.after(time);
}

int extension_watch::on_request(nta_incoming_t* request, const sip_t& sip) {
  if (sip.sip_request->rq_method != sip_method_notify) return answer(request, SIP_405_METHOD_NOT_ALLOWED);
  const bool ours =
      sip.sip_event != nullptr && sip.sip_event->o_type != nullptr && strcasecmp(sip.sip_event->o_type, "dialog") == 0;
  const bool known = leg_ != nullptr && call_id_ == sip.sip_call_id->i_id;
  if (!known || !ours) return answer(request, known ? 489 : 481, nullptr);
  // RFC 6665 4.1.2.4: it may come before the 2xx, and is the dialog's beginning then.
  if (!stands_ && sip.sip_from->a_tag != nullptr) nta_leg_rtag(leg_.get(), sip.sip_from->a_tag);
  answer(request, SIP_200_OK);
  const auto* const body = sip.sip_payload;
  if (body != nullptr && body->pl_data != nullptr && state_.take({body->pl_data, body->pl_len})) tell(state_.now());
  if (strcasecmp(std::string(state_of(sip)).c_str(), "terminated") != 0) return 0;
  const auto* const header = sip.sip_subscription_state;
  const auto wait = header->ss_retry_after != nullptr ? seconds(std::strtoul(header->ss_retry_after, nullptr, 10)) : seconds(0);
  // The leg goes later: the frames of the library are below us.
  due_.cancel();
  stands_ = false;
  tell(presence_state::unknown);
  expiry_.after(std::max(spread(seconds(2), 0.2, 1), std::chrono::nanoseconds(std::min(wait, longest_pause))));
  return 0;
}

void extension_watch::lost(std::chrono::nanoseconds again) {
  tell(presence_state::unknown);
  begin_anew(again);
}

/// Another dialog: the one before may be half there.
void extension_watch::begin_anew(std::chrono::nanoseconds after) {
  stands_ = false;
  state_.forget();
  expiry_.cancel();
  request_.reset();
  gone_ = std::move(leg_);
  due_.after(after);
}

void extension_watch::tell(presence_state now) {
  if (told_ == now) return;
  told_ = now;
  of_.tell_fact(fact::presence{by_.line().id, number_, now});
}

}  // namespace cordboard::sip
