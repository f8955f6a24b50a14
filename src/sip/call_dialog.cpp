// SPDX-License-Identifier: Apache-2.0
// An answered call: new offers, and the end from either side.
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>

namespace cordboard::sip {

transport call_leg::way() const { return came_.connected() ? came_.over : way_to(hop_.empty() ? request_uri_ : hop_); }

const char* call_leg::way_out(tags& with) const {
  const sip_route_t* routes = nullptr;
  if (leg_ != nullptr) nta_leg_get_route(leg_.get(), &routes, nullptr);
  // A proxy that recorded itself knows the way.
  if (routes != nullptr) return nullptr;
  if (came_.alive()) {
    with.add(NTATAG_TPORT(came_.connection.get()));
  } else if (came_.connected()) {
    // The phone has come back over another connection since.
    if (const auto* const now = of_.phones.find(device_); now != nullptr && now->came.alive())
      with.add(NTATAG_TPORT(now->came.connection.get()));
  }
  return route_.empty() ? nullptr : route_.c_str();
}

std::string call_leg::target_uri() const {
  home pool;
  const sip_route_t* routes = nullptr;
  const sip_contact_t* target = nullptr;
  nta_leg_get_route(leg_.get(), &routes, &target);
  const char* const text = target != nullptr ? url_as_string(pool, target->m_url) : nullptr;
  return text != nullptr ? text : request_uri_;
}

outgoing_ptr call_leg::request(method what, tags with) {
  const auto known = account() != nullptr ? proof(what.name, target_uri()) : authorization();
  known.add_to(with);
  const char* const route = way_out(with);
  return send(leg_.get(), this, route, what, nullptr, std::move(with));
}

int call_leg::on_request(nta_incoming_t* request, const sip_t& sip) {
  const auto method = sip.sip_request->rq_method;
  if (method == sip_method_ack) return 200;  // Nothing is sent for it: the library only forgets it.
  // The library gives us what has our Call-ID and From tag but no To tag: our INVITE again, by another way (RFC 3261 8.2.2.2).
  if (sip.sip_to->a_tag == nullptr)
    return cordboard::sip::answer(request, method == sip_method_invite ? 482 : 481,
                                  method == sip_method_invite ? "Request Merged" : nullptr);
  if (told_ && phase_ == phase::over) return cordboard::sip::answer(request, SIP_481_NO_TRANSACTION);
  if (const auto unsupported = unsupported_of(sip); !unsupported.empty())
    return cordboard::sip::answer(request, SIP_420_BAD_EXTENSION, tags(SIPTAG_UNSUPPORTED_STR(unsupported.c_str())));
  switch (method) {
    case sip_method_bye: return on_bye(request, sip);
    case sip_method_invite:
    case sip_method_update: return on_offer(request, sip);
    case sip_method_refer: return on_refer(request, sip);
    case sip_method_options:
      return cordboard::sip::answer(
          request, SIP_200_OK,
          tags(SIPTAG_ALLOW_STR(allowed_methods), SIPTAG_ACCEPT_STR(description_type), SIPTAG_SUPPORTED_STR(extensions)));
    case sip_method_info:
      if (body_of(sip) == body_kind::none) return cordboard::sip::answer(request, SIP_200_OK);
      return cordboard::sip::answer(request, SIP_415_UNSUPPORTED_MEDIA, tags(SIPTAG_ACCEPT_STR(description_type)));
    case sip_method_unknown:
      return cordboard::sip::answer(request, SIP_501_NOT_IMPLEMENTED, tags(SIPTAG_ALLOW_STR(allowed_methods)));
    default: return cordboard::sip::answer(request, SIP_405_METHOD_NOT_ALLOWED, tags(SIPTAG_ALLOW_STR(allowed_methods)));
  }
}

int call_leg::on_bye(nta_incoming_t* request, const sip_t& sip) {
  // RFC 3261 15: the callee does not send BYE before it has answered.
  if (phase_ == phase::calling || phase_ == phase::cancelling) return cordboard::sip::answer(request, SIP_481_NO_TRANSACTION);
  // Both said BYE: the answer to ours ends it.
  if (phase_ == phase::leaving) return cordboard::sip::answer(request, SIP_200_OK);
  incoming_ptr bye(request);
  incoming_ptr invite = std::move(invite_in_);
  const bool unanswered = phase_ == phase::incoming;
  drop_reoffer(487);
  if (releasing_)
    finish<fact::released>(0);
  else
    finish<fact::ended>(unanswered ? 487 : 0, reason_of(sip));
  of_.answer_behind(std::move(bye), SIP_200_OK);
  if (unanswered) of_.answer_behind(std::move(invite), SIP_487_REQUEST_CANCELLED);
  return 0;
}

int call_leg::on_offer(nta_incoming_t* request, const sip_t& sip) {
  const bool invite = sip.sip_request->rq_method == sip_method_invite;
  const auto body = body_of(sip);
  if (body == body_kind::other)
    return cordboard::sip::answer(request, SIP_415_UNSUPPORTED_MEDIA, tags(SIPTAG_ACCEPT_STR(description_type)));
  // RFC 3261 14.2: an offer is under way that is not answered yet. Ours, in a first INVITE or a late answer: 491.
  if (phase_ != phase::up || reoffer_answered_ ||
      (refresh_ != nullptr && refresh_invites_ && (invite || body != body_kind::none)))
    return cordboard::sip::answer(request, SIP_491_REQUEST_PENDING);
  if (reoffer_ != nullptr)
    return cordboard::sip::answer(request, SIP_500_INTERNAL_SERVER_ERROR, tags(SIPTAG_RETRY_AFTER_STR("3")));
  // RFC 4028 9: an interval below what the house takes.
  if (is_too_short(sip, of_.config.session_min)) {
    const std::string least = std::to_string(of_.config.session_min.count());
    return cordboard::sip::answer(request, SIP_422_SESSION_TIMER_TOO_SMALL, tags(SIPTAG_MIN_SE_STR(least.c_str())));
  }
  note_session(sip);
  // RFC 3261 12.2.2: target refresh. The route set stays.
  if (sip.sip_contact != nullptr) {
    nta_leg_server_route(leg_.get(), nullptr, sip.sip_contact);
    save();
  }
  if (!invite && body == body_kind::none) {
    const std::string contact = our_contact();
    std::string session;
    bool required = false;
    answer_session(session, required);
    begin_session();
    tags with(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_ALLOW_STR(allowed_methods), SIPTAG_SUPPORTED_STR(extensions));
    if (!session.empty()) with.add(SIPTAG_SESSION_EXPIRES_STR(session.c_str()));
    if (required) with.add(SIPTAG_REQUIRE_STR("timer"));
    return cordboard::sip::answer(request, SIP_200_OK, std::move(with));
  }
  reoffer_.reset(request);
  reoffer_late_ = body == body_kind::none;
  if (invite) {
    bind(request, *this);
    reply(request, SIP_100_TRYING);
  }
  of_.tell([id = id_, offer = description_of(sip)](sink& to) { to.on_reoffer(id, offer); });
  return 0;
}

void call_leg::answer_reoffer(const std::string& description) {
  if (reoffer_ == nullptr || reoffer_answered_) return;
  const std::string contact = our_contact();
  const bool invite = nta_incoming_method(reoffer_.get()) == sip_method_invite;
  std::string session;
  bool required = false;
  answer_session(session, required);
  begin_session();
  tags with(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_ALLOW_STR(allowed_methods), SIPTAG_SUPPORTED_STR(extensions),
            SIPTAG_CONTENT_TYPE_STR(description_type), SIPTAG_PAYLOAD_STR(description.c_str()));
  if (!session.empty()) with.add(SIPTAG_SESSION_EXPIRES_STR(session.c_str()));
  if (required) with.add(SIPTAG_REQUIRE_STR("timer"));
  const bool sent = reply(reoffer_.get(), SIP_200_OK, std::move(with));
  reoffer_answered_ = sent && invite;
  if (!reoffer_answered_) reoffer_.reset();
}

void call_leg::refuse_reoffer(int status) {
  if (reoffer_ == nullptr || reoffer_answered_) return;
  drop_reoffer(status < 300 || status > 699 ? 488 : status);
}

void call_leg::drop_reoffer(int status) {
  if (reoffer_ != nullptr && !reoffer_answered_) reply(reoffer_.get(), status, nullptr);
  reoffer_.reset();
  reoffer_answered_ = false;
}

void call_leg::on_reoffer_ack_or_cancel(const sip_t* sip) {
  if (sip == nullptr) {
    // RFC 3261 14.2: no ACK to our 2xx ends the session.
    drop_reoffer(408);
    if (phase_ == phase::up) end(408, true);
    return;
  }
  if (sip->sip_request->rq_method == sip_method_cancel) return drop_reoffer(487);
  const bool late = reoffer_late_ && reoffer_answered_;
  drop_reoffer(487);
  if (late && !told_)
    of_.tell([id = id_, description = description_of(*sip)](sink& to) { to.on_late_answer(id, description); });
}

void call_leg::release(int status, cause why) {
  if (releasing_) return;
  releasing_ = true;
  reason_ = reason_for(why, phase_ == phase::calling);
  switch (phase_) {
    case phase::calling: return cancel();
    case phase::incoming: return refuse(status);
    case phase::up: return send_bye();
    case phase::accepted:  // Waits for the ACK, which `on_ack` follows by BYE.
    case phase::cancelling:
    case phase::leaving:
    case phase::over: return;
  }
}

void call_leg::send_bye() {
  acknowledge_answer();
  drop_reoffer(487);
  reoffering_.reset();
  phase_ = phase::leaving;
  tags with;
  if (!reason_.empty()) with.add(SIPTAG_REASON_STR(reason_.c_str()));
  bye_ = request({SIP_METHOD_BYE}, std::move(with));
  if (bye_ == nullptr) on_bye_answer(503);
}

void call_leg::on_bye_answer(int status) { finish<fact::released>(status); }

void call_leg::end(int status, bool bye) {
  if (releasing_) {
    // The board waits for `released`, which the answer to the BYE brings.
    if (bye) return send_bye();
    return finish<fact::released>(status);
  }
  if (!bye) return finish<fact::ended>(status);
  of_.tell_fact(fact::ended{id_, static_cast<std::uint16_t>(status)});
  told_ = true;
  send_bye();
}

}  // namespace cordboard::sip
