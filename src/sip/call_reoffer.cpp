// SPDX-License-Identifier: Apache-2.0
// An offer of ours in an answered call (RFC 3261 14.1): the voice is to go elsewhere.
//
//   reoffer ──► sent ──2xx──► ACK, told      3xx-6xx ──► told
//      │         ├─ 491 ──after the random time──► sent again
//      │         └─ nothing for long ──► CANCEL ──► told
//      └─ the peer's ACK or an offer is awaited ──► later
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>

namespace cordboard::sip {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_again{50};
constexpr unsigned looks_max = 60;
constexpr unsigned glares_max = 4;
/// Nobody at the far end has to be asked for it: a phone that takes so long does not mean to.
constexpr milliseconds patience{10'000};

}  // namespace

void call_leg::reoffer(const std::string& description, bool patient) {
  if ((phase_ != phase::up && phase_ != phase::accepted) || releasing_) return tell_reoffer(481);
  if (reoffering_ != nullptr) return tell_reoffer(491);
  reoffering_ = std::make_unique<offer_to_make>();
  reoffering_->description = description;
  reoffering_->patient = patient;
  send_reoffer();
}

void call_leg::tell_reoffer(int status, std::string answer) {
  of_.tell([id = id_, status, text = std::move(answer)](sink& to) {
    to.on_reoffer_answered(id, static_cast<std::uint16_t>(status), text);
  });
}

void call_leg::reoffer_later(milliseconds wait, unsigned& tries, unsigned tries_max) {
  auto& mine = *reoffering_;
  if (!mine.patient || ++tries > tries_max) {
    reoffering_.reset();
    return tell_reoffer(491);
  }
  mine.sent = false;
  mine.next = std::make_unique<timer>(of_.on, [this] { send_reoffer(); });
  mine.next->after(wait);
}

void call_leg::send_reoffer() {
  auto& mine = *reoffering_;
  if (phase_ != phase::up || ack_due_ || reoffer_ != nullptr || refresh_ != nullptr)
    return reoffer_later(look_again, mine.looks, looks_max);
  const std::string contact = our_contact();
  const std::string expires = std::to_string(interval_) + ";refresher=uac", least = shortest_session();
  tags with(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_SUPPORTED_STR(extensions), SIPTAG_ALLOW_STR(allowed_methods),
            SIPTAG_CONTENT_TYPE_STR(description_type), SIPTAG_PAYLOAD_STR(mine.description.c_str()));
  if (interval_ != 0) with.add(SIPTAG_SESSION_EXPIRES_STR(expires.c_str()), SIPTAG_MIN_SE_STR(least.c_str()));
  refresh_invites_ = true;
  refresh_ = request({SIP_METHOD_INVITE}, std::move(with));
  if (refresh_ == nullptr) {
    reoffering_.reset();
    return tell_reoffer(503);
  }
  mine.sent = true;
  mine.next = std::make_unique<timer>(of_.on, [this] {
    if (refresh_ != nullptr) send_cancel(refresh_.get());
  });
  mine.next->after(patience);
}

void call_leg::acknowledge_refresh() {
  const std::string branch = nta_outgoing_branch(refresh_.get());
  tags with;
  const char* const route = way_out(with);
  refresh_ack_ = send_ack(leg_.get(), route, nta_outgoing_cseq(refresh_.get()), branch.c_str(), std::move(with));
  keep_acks();
}

milliseconds call_leg::after_glare() const {
  const auto random = static_cast<std::int64_t>(of_.to.fresh_id() % 200);
  return milliseconds(outgoing_ ? 2100 + random * 190 / 199 * 10 : random * 10);
}

void call_leg::on_reoffer_answer(int status, const sip_t& sip) {
  if (status < 300) acknowledge_refresh();
  refresh_.reset();
  if (phase_ != phase::up || releasing_) return reoffering_.reset();
  // RFC 4028 7.4.
  const bool too_short =
      status == 422 && sip.sip_min_se != nullptr && sip.sip_min_se->min_delta > interval_ && sip.sip_min_se->min_delta <= 86400;
  if (too_short) interval_ = min_se_ = static_cast<std::uint32_t>(sip.sip_min_se->min_delta);
  if (status == 491 || too_short)
    return reoffer_later(too_short ? milliseconds(0) : after_glare(), reoffering_->glares, glares_max);
  reoffering_.reset();
  if (status < 300) {
    if (sip.sip_contact != nullptr) nta_leg_server_route(leg_.get(), nullptr, sip.sip_contact);
    if (interval_ != 0 || sip.sip_session_expires != nullptr) learn_session(sip);
    save();
    begin_session();
  }
  tell_reoffer(status, status < 300 ? description_of(sip) : std::string{});
  // RFC 3261 12.2.1.2: nobody is there.
  if (status == 408 || status == 481) end(408, true);
}

}  // namespace cordboard::sip
