// SPDX-License-Identifier: Apache-2.0
// A call over a trunk: which of its targets the INVITE goes to, and what is answered when it asks who we are.
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>
#include <fmt/format.h>

namespace cordboard::sip {

digest_client* call_leg::account() const {
  auto* const line = of_.line(device_);
  return line != nullptr && line->account().has_account() ? &line->account() : nullptr;
}

authorization call_leg::proof(const char* method, const std::string& uri) const {
  auto* const ours = account();
  return ours != nullptr ? authorization(*ours, method, uri) : authorization();
}

bool call_leg::choose_target() {
  auto* const line = of_.line(device_);
  const auto next = line != nullptr ? line->next(attempt_->tried) : trunk::none;
  if (next == trunk::none) return false;
  attempt_->target = next;
  attempt_->tried |= 1U << next;
  first_route_ = line->route_to(next);
  const std::string& host = line->at(next).host();
  const std::string user = attempt_->number.empty() ? std::string() : as_user(attempt_->number) + "@";
  // With a domain of its own the request names that, and goes to the target.
  const auto& domain = line->line().trunk.domain;
  request_uri_ = "sip:" + user + (domain.empty() ? host : domain);
  hop_ = domain.empty() && first_route_.empty() ? std::string() : "sip:" + host;
  return true;
}

void call_leg::watch_target() {
  if (attempt_ == nullptr) return;
  const auto* const line = of_.line(device_);
  // With nowhere else to go, it is waited for as long as the board waits.
  if (line == nullptr || line->next(attempt_->tried) == trunk::none) return;
  attempt_->patience = std::make_unique<timer>(of_.on, [this] { on_target_silent(); });
  attempt_->patience->after(line->line().trunk.answer_within);
}

void call_leg::on_target_silent() {
  // Also a 100, of which we are not told, is an answer.
  if (phase_ != phase::calling || invite_out_ == nullptr || nta_outgoing_status(invite_out_.get()) >= 100) return;
  if (auto* const line = of_.line(device_)) line->at(attempt_->target).unanswered();
  try_next_target();
}

void call_leg::note_target(int status, const sip_t& sip) {
  auto* const line = of_.line(device_);
  if (attempt_ == nullptr || line == nullptr) return;
  attempt_->patience.reset();
  attempt_->rang = attempt_->rang || (status > 100 && status < 200);
  auto& at = line->at(attempt_->target);
  if (is_made_up(sip)) return at.unanswered();
  at.answered();
  if (status == 503) at.refused_for(retry_after(sip));
}

bool call_leg::try_next_target() {
  if (attempt_ == nullptr || attempt_->rang || phase_ != phase::calling || invite_out_ == nullptr || !choose_target())
    return false;
  const std::string contact = our_contact();
  tags with(SIPTAG_CONTACT_STR(contact.c_str()));
  const auto known = proof("INVITE", request_uri_);
  known.add_to(with);
  const char* const route = first_way(with);
  auto next =
      send_again(of_.agent.get(), invite_out_.get(), leg_.get(), this, route, as_url(request_uri_.c_str()), std::move(with));
  if (next == nullptr) return false;
  // Should the one before ring after all, it is cancelled, and a 200 acknowledged and ended: by the library.
  if (nta_outgoing_status(invite_out_.get()) < 200) send_cancel(invite_out_.get());
  invite_out_ = std::move(next);
  challenges_ = 0;
  invite_sent();
  return true;
}

bool call_leg::answer_challenge(outgoing_ptr& refused, const sip_t& sip) {
  auto* const ours = account();
  const bool invite = &refused == &invite_out_;
  if (ours == nullptr || (invite && phase_ != phase::calling) || ++challenges_ >= digest_client::rounds_max ||
      !take_challenge(*ours, refused.get(), sip))
    return false;
  if (invite) note_target(nta_outgoing_status(refused.get()), sip);
  const auto known = proof(nta_outgoing_method_name(refused.get()), uri_of(refused.get()));
  tags with;
  known.add_to(with);
  const char* const route = invite ? first_way(with) : way_out(with);
  auto again = send_again(of_.agent.get(), refused.get(), leg_.get(), this, route, nullptr, std::move(with));
  if (again == nullptr) return false;
  refused = std::move(again);
  if (invite) invite_sent();
  return true;
}

}  // namespace cordboard::sip
