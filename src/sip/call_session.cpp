// SPDX-License-Identifier: Apache-2.0
// Session timers (RFC 4028): one side of a call sends a refresh now and then, and the other one knows by its absence that nobody is
// there any more. Who understands none of it is refreshed by us all the same: no answer is an answer.
//
//   we refresh     at half the interval: UPDATE, or re-INVITE to who takes no UPDATE ──2xx──► again
//                     491 (glare): after the random time of RFC 3261 14.1      422: with the longer interval
//                     408, 481, or the interval is over ──► BYE, `ended` 408
//   the peer does  its UPDATE or re-INVITE ──► again        none before the interval is over ──► BYE, `ended` 408
#include <fmt/format.h>
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>
#include <strings.h>
#include <algorithm>
#include <string_view>

namespace cordboard::sip {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using clock = std::chrono::steady_clock;

bool names(const char* text, std::string_view what) {
  return text != nullptr && std::string_view(text).size() == what.size() && strncasecmp(text, what.data(), what.size()) == 0;
}

}  // namespace

std::string call_leg::session_offer() const {
  const auto wanted = std::max<std::int64_t>(interval_, of_.config.session_expires.count());
  return wanted == 0 ? std::string{} : std::to_string(wanted);
}

std::string call_leg::shortest_session() const {
  return std::to_string(std::max<std::int64_t>(min_se_, of_.config.session_min.count()));
}

void call_leg::note_session(const sip_t& sip) {
  updates_ = updates_ || allows(sip, "UPDATE");
  asked_interval_ = 0;
  asked_refresher_ = session_role::none;
  peer_knows_timer_ = supports(sip, "timer");
  if (const auto* const se = sip.sip_session_expires) {
    asked_interval_ = static_cast<std::uint32_t>(std::min<unsigned long>(se->x_delta, 86400));
    if (names(se->x_refresher, "uac")) asked_refresher_ = session_role::uac;
    if (names(se->x_refresher, "uas")) asked_refresher_ = session_role::uas;
  }
  if (const auto* const least = sip.sip_min_se)
    min_se_ = static_cast<std::uint32_t>(std::min<unsigned long>(least->min_delta, 86400));
}

void call_leg::answer_session(std::string& header, bool& required) {
  session_since_ = of_.to.now();
  // RFC 4028 9: at most what was asked for, never below Min-SE; without a word of the peer it is ours to refresh.
  const auto ours = static_cast<std::uint32_t>(of_.config.session_expires.count());
  interval_ = asked_interval_ != 0 ? asked_interval_ : ours;
  if (asked_interval_ != 0 && ours != 0) interval_ = std::max(std::min(asked_interval_, ours), min_se_);
  required = peer_knows_timer_ && asked_interval_ != 0 && asked_refresher_ != session_role::uas;
  refresher_ = !required;
  header = interval_ == 0 ? std::string{} : fmt::format("{};refresher={}", interval_, required ? "uac" : "uas");
}

void call_leg::learn_session(const sip_t& sip) {
  session_since_ = of_.to.now();
  updates_ = updates_ || allows(sip, "UPDATE");
  if (const auto* const se = sip.sip_session_expires) {
    // Nobody makes us send more often than we said we would take.
    interval_ = std::max(static_cast<std::uint32_t>(std::min<unsigned long>(se->x_delta, 86400)),
                         static_cast<std::uint32_t>(of_.config.session_min.count()));
    refresher_ = !names(se->x_refresher, "uas");
  } else if (interval_ == 0) {
    interval_ = static_cast<std::uint32_t>(of_.config.session_expires.count());
    refresher_ = true;
  } else {
    refresher_ = true;  // RFC 4028 7.2: the peer does not know of it
  }
}

void call_leg::begin_session(seconds first) {
  if (interval_ == 0) return;
  if (session_ == nullptr) session_ = std::make_unique<timer>(of_.on, [this] { session_due(); });
  const seconds whole(interval_);
  const auto now = clock::now();
  session_end_ = now + whole;
  // RFC 4028 10: the one who waits ends it a little before, so that the BYE still finds the dialog.
  const auto wait =
      refresher_ ? milliseconds(whole) / 2 : milliseconds(whole) - std::min(milliseconds(seconds(32)), milliseconds(whole) / 3);
  session_->after(first.count() != 0 ? milliseconds(first) : wait);
}

void call_leg::session_due() {
  if (phase_ != phase::up || releasing_) return;
  if (!refresher_ || clock::now() >= session_end_) return end(408, true);
  // One offer at a time, and no second refresh behind one that waits.
  if (reoffer_ != nullptr || refresh_ != nullptr) return session_->after(seconds(2));
  if (updates_)
    send_refresh({});
  else
    of_.tell([id = id_](sink& to) { to.on_refresh_due(id); });
}

void call_leg::send_refresh(const std::string& description) {
  if (phase_ != phase::up || releasing_ || reoffer_ != nullptr || refresh_ != nullptr || session_ == nullptr) return;
  const std::string contact = our_contact();
  const std::string expires = fmt::format("{};refresher=uac", interval_), least = shortest_session();
  tags with(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_SUPPORTED_STR(extensions), SIPTAG_ALLOW_STR(allowed_methods),
            SIPTAG_SESSION_EXPIRES_STR(expires.c_str()), SIPTAG_MIN_SE_STR(least.c_str()));
  if (!description.empty()) with.add(SIPTAG_CONTENT_TYPE_STR(description_type), SIPTAG_PAYLOAD_STR(description.c_str()));
  refresh_invites_ = !description.empty();
  refresh_ = refresh_invites_ ? request({SIP_METHOD_INVITE}, std::move(with)) : request({SIP_METHOD_UPDATE}, std::move(with));
  if (refresh_ == nullptr) session_->after(seconds(2));
}

void call_leg::refuse_refresh() {
  // The house has no description to offer just now.
  if (session_ != nullptr && refresh_ == nullptr) session_->after(seconds(2));
}

void call_leg::on_refresh_answer(int status, const sip_t& sip) {
  if (reoffering_ != nullptr && reoffering_->sent) return on_reoffer_answer(status, sip);
  if (refresh_invites_ && status < 300) acknowledge_refresh();
  refresh_.reset();
  if (phase_ != phase::up || releasing_) return;
  if (status < 300) {
    if (sip.sip_contact != nullptr) nta_leg_server_route(leg_.get(), nullptr, sip.sip_contact);
    learn_session(sip);
    if (refresh_invites_)
      of_.tell([id = id_, description = description_of(sip)](sink& to) { to.on_late_answer(id, description); });
    save();
    return begin_session();
  }
  switch (status) {
    case 408:
    case 481: return end(408, true);
    case 422:
      if (sip.sip_min_se != nullptr && sip.sip_min_se->min_delta > interval_ && sip.sip_min_se->min_delta <= 86400)
        interval_ = min_se_ = static_cast<std::uint32_t>(sip.sip_min_se->min_delta);
      return session_->after(milliseconds(100));
    case 405:
    case 501:
      // Allow said otherwise.
      updates_ = false;
      return session_->after(milliseconds(100));
    case 491: return session_->after(after_glare());
    default: return session_->after(std::min<milliseconds>(seconds(10), milliseconds(seconds(interval_)) / 4));
  }
}

}  // namespace cordboard::sip
