// SPDX-License-Identifier: Apache-2.0
// The peer's INVITE: taken, alerted, answered, acknowledged, cancelled.
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>

namespace cordboard::sip {

int call_leg::take(stack_core& of, nta_incoming_t* request, const sip_t& sip, const device& caller, flow came,
                   leg_id replaces) {
  sip::incoming in;
  in.who.replaces = replaces;
  in.who.device = caller.id;
  in.who.called = user_of(sip.sip_request->rq_url);
  // Only a trunk is believed about who calls; a phone is who it proved to be.
  const auto who = caller.kind == device_kind::trunk ? caller_of(sip) : identity{caller.number, caller.name};
  in.who.number = who.number;
  in.who.name = who.name;
  if (in.who.called.size() > identity_bytes_max || who.number.size() > identity_bytes_max ||
      who.name.size() > identity_bytes_max)
    return cordboard::sip::answer(request, 400, "Identity Too Long");
  in.offer = description_of(sip);
  in.who.leg = leg_id{of.to.fresh_id()};
  in.who.call = call_id{of.to.fresh_id()};
  in.who.party = party_id{of.to.fresh_id()};

  auto& leg = of.add(std::make_unique<call_leg>(of, in.who.leg, caller.id, false));
  leg.leg_ = create_leg(of.agent.get(), leg,
                        tags(SIPTAG_CALL_ID(sip.sip_call_id), SIPTAG_FROM(sip.sip_to), SIPTAG_TO(sip.sip_from),
                             NTATAG_REMOTE_CSEQ(sip.sip_cseq->cs_seq)));
  if (leg.leg_ == nullptr) {
    of.bury(leg.id_);
    return 500;
  }
  nta_leg_tag(leg.leg_.get(), nta_incoming_tag(request, nullptr));
  nta_leg_server_route(leg.leg_.get(), sip.sip_record_route, sip.sip_contact);
  leg.call_id_ = sip.sip_call_id->i_id;
  leg.local_ = address_text(sip.sip_to);
  leg.remote_ = address_text(sip.sip_from);
  leg.route_ =
      caller.kind == device_kind::phone && sip.sip_contact != nullptr ? route_behind_nat(came, sip.sip_contact->m_url) : "";
  leg.came_ = std::move(came);
  leg.sips_ = sip.sip_request->rq_url->url_type == url_sips;
  leg.late_ = in.offer.empty();
  leg.note_session(sip);
  leg.phase_ = phase::incoming;
  leg.invite_in_.reset(request);
  bind(request, leg);

  home pool;
  const message_ptr message(nta_incoming_getrequest(request));
  size_t size = 0;
  if (const char* const text = msg_as_string(pool, message.get(), nullptr, 0, &size))
    leg.early_ = head_for_answer({text, size});
  leg.save();
  of.tell([in = std::move(in)](sink& to) { to.on_incoming(in); });
  // Behind it: the caller's INVITE is repeated until somebody is responsible for it, and whoever is answered at once needs no 100.
  of.tell([&of, id = leg.id_](sink&) {
    if (auto* const taken = of.find(id)) taken->try_on();
  });
  return 0;
}

void call_leg::try_on() {
  if (phase_ == phase::incoming && nta_incoming_status(invite_in_.get()) < 100) reply(invite_in_.get(), SIP_100_TRYING);
}

void call_leg::alert() {
  if (phase_ != phase::incoming) return;
  const std::string contact = our_contact();
  reply(invite_in_.get(), SIP_180_RINGING, tags(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_ALLOW_STR(allowed_methods)));
}

void call_leg::answer(const std::string& description) {
  if (phase_ != phase::incoming) return;
  const std::string contact = our_contact();
  phase_ = phase::accepted;
  std::string().swap(early_);
  std::string session;
  bool required = false;
  answer_session(session, required);
  tags with(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_ALLOW_STR(allowed_methods), SIPTAG_SUPPORTED_STR(extensions),
            SIPTAG_CONTENT_TYPE_STR(description_type), SIPTAG_PAYLOAD_STR(description.c_str()));
  if (!session.empty()) with.add(SIPTAG_SESSION_EXPIRES_STR(session.c_str()));
  if (required) with.add(SIPTAG_REQUIRE_STR("timer"));
  if (!reply(invite_in_.get(), SIP_200_OK, std::move(with))) {
    // The caller's connection is gone, and with it the way to say so.
    invite_in_.reset();
    return end(408, false);
  }
  save();
}

void call_leg::refuse(int status) {
  if (status < 300 || status > 699) status = 480;
  reply(invite_in_.get(), status, nullptr);
  invite_in_.reset();
  finish<fact::released>(status);
}

void call_leg::on_ack_or_cancel(nta_incoming_t* request, const sip_t* sip) {
  if (request == reoffer_.get()) return on_reoffer_ack_or_cancel(sip);
  if (request != invite_in_.get()) return;
  if (sip == nullptr) {
    // The library repeated our 2xx for 32 s. RFC 3261 13.3.1.4: the dialog is there, so it is ended by BYE.
    invite_in_.reset();
    if (phase_ == phase::accepted) end(408, true);
  } else if (sip->sip_request->rq_method == sip_method_ack) {
    on_ack(*sip);
  } else if (sip->sip_request->rq_method == sip_method_cancel) {
    on_cancel(*sip);
  }
}

void call_leg::on_ack(const sip_t& sip) {
  invite_in_.reset();
  if (phase_ != phase::accepted) return;
  phase_ = phase::up;
  // RFC 3261 15.1: no BYE before the ACK.
  if (releasing_) return send_bye();
  save();
  begin_session();
  if (late_) of_.tell([id = id_, description = description_of(sip)](sink& to) { to.on_late_answer(id, description); });
  of_.tell_fact(fact::acknowledged{id_});
}

void call_leg::on_cancel(const sip_t& sip) {
  if (phase_ != phase::incoming) return;
  incoming_ptr invite = std::move(invite_in_);
  finish<fact::ended>(487, reason_of(sip));
  of_.answer_behind(std::move(invite), SIP_487_REQUEST_CANCELLED);
}

}  // namespace cordboard::sip
