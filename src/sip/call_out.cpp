// SPDX-License-Identifier: Apache-2.0
// Our INVITE: ring, ring on, answered, refused, cancelled.
//
//   ring ──► told, and so written down ──► sent ──► 1xx, 2xx, 3xx-6xx
//                 └── crash ──► restored ──► who got it is heard soon, or the same INVITE is sent (again)
#include <fmt/format.h>
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>

namespace cordboard::sip {

void call_leg::ring(stack_core& of, stack::invite what) {
  const auto refused = [&](std::uint16_t status) { of.tell_fact(fact::refused{what.leg, status}); };
  const auto* const to = of.devices.find(what.device);
  if (to == nullptr || of.find(what.leg) != nullptr) return refused(404);
  if (of.legs.size() >= stack_core::legs_max) return refused(503);
  auto leg = std::make_unique<call_leg>(of, what.leg, what.device, true);
  if (to->kind == device_kind::phone) {
    const auto* const at = of.phones.find(to->id);
    if (at == nullptr) return refused(480);
    leg->request_uri_ = at->contact;
    leg->route_ = at->route;
    leg->first_route_ = at->path;
    leg->came_ = at->came;
    leg->remote_ = as_address(to->name, of.house_uri(to->number));
  } else {
    leg->attempt_ = std::make_unique<attempt>();
    leg->attempt_->number = what.number;
    if (!leg->choose_target()) return refused(503);
    leg->remote_ = "<" + leg->request_uri_.substr(0, leg->request_uri_.find(';')) + ">";
  }
  auto& added = of.add(std::move(leg));
  added.begin_invite(std::move(what));
}

void call_leg::begin_invite(stack::invite what) {
  call_id_ = fresh_call_id();
  branch_ = fmt::format("z9hG4bK{:016x}", of_.to.fresh_id());
  invite_cseq_ = 1;
  sips_ = request_uri_.compare(0, 5, "sips:") == 0;
  const auto* const line = of_.line(device_);
  const std::string us = what.from_number.empty() ? "cordboard" : what.from_number;
  local_ = as_address(what.from_name, line != nullptr ? line->our_uri(what.from_number) : of_.house_uri(us));
  leg_ = begin_leg(of_.agent.get(), *this, local_, remote_, call_id_);
  if (leg_ == nullptr) return finish<fact::refused>(500);
  phase_ = phase::calling;
  offer_ = std::move(what.offer);
  referred_by_ = std::move(what.referred_by);
  auto_answer_ = what.auto_answer;
  unsent_ = true;
  save();
  // Behind it and what it leads to, so that the log knows of it: else nobody could go on with whoever answers after a crash.
  of_.tell([](sink& to) { to.keep_dialogs(); });
  of_.tell([&of = of_, id = id_](sink&) {
    if (auto* const leg = of.find(id)) leg->send_invite();
  });
}

void call_leg::send_invite() {
  unsent_ = false;
  const std::string cseq = std::to_string(invite_cseq_) + " INVITE";
  const std::string contact = our_contact();
  tags with(NTATAG_BRANCH_KEY(branch_.c_str()), SIPTAG_CSEQ_STR(cseq.c_str()), SIPTAG_CONTACT_STR(contact.c_str()),
            SIPTAG_ALLOW_STR(allowed_methods), SIPTAG_SUPPORTED_STR(extensions));
  const std::string expires = session_offer(), least = shortest_session();
  if (!expires.empty()) with.add(SIPTAG_SESSION_EXPIRES_STR(expires.c_str()), SIPTAG_MIN_SE_STR(least.c_str()));
  const std::string referred_by = "<" + referred_by_ + ">";
  if (!referred_by_.empty()) with.add(SIPTAG_REFERRED_BY_STR(referred_by.c_str()));
  if (!offer_.empty()) with.add(SIPTAG_CONTENT_TYPE_STR(description_type), SIPTAG_PAYLOAD_STR(offer_.c_str()));
  // Phones understand one or the other of these; RFC 3261 20.4 and 20.9 let the rest ignore them.
  const std::string call_info = "<" + of_.house_uri("cordboard") + ">;answer-after=0";
  const std::string alert_info = "<" + of_.house_uri("cordboard") + ">;info=alert-autoanswer";
  if (auto_answer_) with.add(SIPTAG_CALL_INFO_STR(call_info.c_str()), SIPTAG_ALERT_INFO_STR(alert_info.c_str()));
  const auto known = proof("INVITE", request_uri_);
  known.add_to(with);
  const char* const route = first_way(with);
  invite_out_ = send(leg_.get(), this, route, {SIP_METHOD_INVITE}, as_url(request_uri_.c_str()), std::move(with));
  // What cannot be sent at all, as to a URI of another scheme.
  if (invite_out_ == nullptr) return releasing_ ? finish<fact::released>(503) : finish<fact::refused>(503);
  std::string().swap(offer_);
  watch_target();
}

void call_leg::repeat_invite() {
  again_.reset();
  if (phase_ != phase::calling || invite_out_ != nullptr) return;
  // The leg is made anew, so that the library takes the number that the INVITE has.
  const std::string tag = nta_leg_get_tag(leg_.get());
  leg_.reset();
  if (!make_early_leg(tag, invite_cseq_ - 1)) return finish<fact::refused>(503);
  send_invite();
}

const char* call_leg::first_way(tags& with) const {
  if (!first_route_.empty()) with.add(SIPTAG_ROUTE_STR(first_route_.c_str()));
  return hop_.empty() ? way_out(with) : hop_.c_str();
}

void call_leg::invite_sent() {
  branch_ = nta_outgoing_branch(invite_out_.get());
  invite_cseq_ = nta_outgoing_cseq(invite_out_.get());
  save();
  watch_target();
}

void call_leg::on_response(nta_outgoing_t* request, const sip_t& sip) {
  const int status = nta_outgoing_status(request);
  if (status == 401 || status == 407) {
    for (auto* const each : {&invite_out_, &bye_, &notify_, &refresh_})
      if (request == each->get() && answer_challenge(*each, sip)) return;
  } else if (status >= 200) {
    challenges_ = 0;
  }
  if (request == invite_out_.get()) {
    on_invite_answer(status, sip);
  } else if (status >= 200 && request == refresh_.get()) {
    on_refresh_answer(status, sip);
  } else if (status >= 200 && request == bye_.get()) {
    on_bye_answer(status);
  } else if (status >= 200 && request == cancel_.get()) {
    // The CANCEL of a restart. The answer to the INVITE follows, unless the peer knows nothing of it, or is gone.
    if (status >= 300) return finish<fact::released>(status);
    patience_ = std::make_unique<timer>(of_.on, [this] { finish<fact::released>(408); });
    patience_->after(std::chrono::seconds(32));
  }
}

void call_leg::on_invite_answer(int status, const sip_t& sip) {
  note_target(status, sip);
  if (status < 200) {
    if (sip.sip_to->a_tag != nullptr) early_tag_ = sip.sip_to->a_tag;
    if (phase_ == phase::calling)
      of_.tell([id = id_, status, early = description_of(sip)](sink& to) {
        to.on_provisional(id, static_cast<std::uint16_t>(status), early);
      });
    return;
  }
  if (status < 300) return on_accepted(sip);
  // RFC 3263 4.3.
  if ((status == 408 || status == 503) && try_next_target()) return;
  if (status == 422 && phase_ == phase::calling && ask_for_longer_session(sip)) return;
  invite_out_.reset();
  if (phase_ == phase::cancelling)
    finish<fact::released>(status);
  else
    finish<fact::refused>(status, reason_of(sip));
}

bool call_leg::ask_for_longer_session(const sip_t& sip) {
  // RFC 4028 7.4: once, with what the other side takes.
  if (invite_out_ == nullptr || min_se_ != 0 || sip.sip_min_se == nullptr || sip.sip_min_se->min_delta > 86400) return false;
  min_se_ = interval_ = static_cast<std::uint32_t>(sip.sip_min_se->min_delta);
  const std::string expires = session_offer(), least = shortest_session();
  tags with(SIPTAG_SESSION_EXPIRES_STR(expires.c_str()), SIPTAG_MIN_SE_STR(least.c_str()));
  const auto known = proof("INVITE", request_uri_);
  known.add_to(with);
  const char* const route = first_way(with);
  auto again = send_again(of_.agent.get(), invite_out_.get(), leg_.get(), this, route, nullptr, std::move(with));
  if (again == nullptr) return false;
  invite_out_ = std::move(again);
  invite_sent();
  return true;
}

void call_leg::on_accepted(const sip_t& sip) {
  if (sip.sip_to->a_tag != nullptr) nta_leg_rtag(leg_.get(), sip.sip_to->a_tag);
  nta_leg_client_reroute(leg_.get(), sip.sip_record_route, sip.sip_contact, 1);
  ack_due_ = true;
  // From now on a 2xx of another fork is the library's to acknowledge and to end.
  invite_out_.reset();
  attempt_.reset();
  if (phase_ == phase::cancelling) {
    // RFC 3261 15: it was answered while our CANCEL was on its way. After a crash it is BYE again that ends it.
    phase_ = phase::up;
    save();
    of_.tell([](sink& to) { to.keep_dialogs(); });
    of_.tell([&of = of_, id = id_](sink&) {
      if (auto* const leg = of.find(id); leg != nullptr && leg->phase_ == phase::up) leg->send_bye();
    });
    return;
  }
  phase_ = phase::up;
  learn_session(sip);
  begin_session();
  save();
  of_.tell([id = id_, description = description_of(sip)](sink& to) { to.on_answered(id, description); });
  // Behind it, so that what was acknowledged is in the log: else the peer repeats its answer, also to the process after a crash.
  of_.tell([&of = of_, id = id_](sink&) {
    if (auto* const leg = of.find(id)) leg->acknowledge_answer();
  });
}

void call_leg::acknowledge_answer() {
  // Fence 2: the branch goes with the ACK, also when the transaction is of the process before.
  if (std::exchange(ack_due_, false)) acknowledge(invite_cseq_, branch_.c_str());
}

void call_leg::acknowledge(std::uint32_t cseq, const char* branch) {
  tags with;
  // RFC 3261 22.1: an ACK is not challenged, so it carries what its INVITE did.
  const auto known = proof("INVITE", request_uri_);
  known.add_to(with);
  const char* const route = way_out(with);
  ack_ = send_ack(leg_.get(), route, cseq, branch, std::move(with));
  keep_acks();
}

void call_leg::keep_acks() {
  acks_until_ = std::chrono::steady_clock::now() + acks_kept;
  of_.keep_acks(id_);
}

bool call_leg::drop_acks(std::chrono::steady_clock::time_point now) {
  if (now < acks_until_) return false;
  ack_.reset();
  refresh_ack_.reset();
  return true;
}

void call_leg::cancel() {
  if (unsent_) return finish<fact::released>(487);
  again_.reset();
  phase_ = phase::cancelling;
  if (attempt_ != nullptr) attempt_->patience.reset();
  if (invite_out_ != nullptr) {
    send_cancel(invite_out_.get(), reason_.empty() ? nullptr : reason_.c_str());
    return;
  }
  // The INVITE is of the process before: the same branch makes it the same transaction for the peer.
  const std::string cseq = std::to_string(invite_cseq_) + " CANCEL";
  tags with(NTATAG_BRANCH_KEY(branch_.c_str()), SIPTAG_CSEQ_STR(cseq.c_str()));
  if (!reason_.empty()) with.add(SIPTAG_REASON_STR(reason_.c_str()));
  const char* const route = first_way(with);
  cancel_ = send(leg_.get(), this, route, {SIP_METHOD_CANCEL}, as_url(request_uri_.c_str()), std::move(with));
  if (cancel_ == nullptr) finish<fact::released>(503);
}

}  // namespace cordboard::sip
