// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sip/dialog_info.hpp>
#include <sip/headers.hpp>
#include <sip/stack_core.hpp>
#include <sip/watchers.hpp>
#include <strings.h>
#include <algorithm>
#include <optional>

namespace cordboard::sip {
namespace {

using std::chrono::seconds;

/// A phone that may see nothing and asks all the time is told of once in this time.
constexpr seconds refusal_pause{10};

bool wants_dialogs(const sip_t& sip) {
  return sip.sip_event != nullptr && sip.sip_event->o_type != nullptr && strcasecmp(sip.sip_event->o_type, "dialog") == 0;
}

/// RFC 6665 3.1.3: without Accept the package's own type is meant.
bool takes_document(const sip_t& sip) {
  if (sip.sip_accept == nullptr) return true;
  for (const auto* each = sip.sip_accept; each != nullptr; each = each->ac_next) {
    const std::string_view type = each->ac_type != nullptr ? each->ac_type : "";
    if (type == dialog_info_type || type == "application/*" || type == "*/*") return true;
  }
  return false;
}

/// How long it is to stand; nothing: too short, 0: it is to end.
std::optional<seconds> asked_time(const sip_t& sip) {
  const auto wanted = sip.sip_expires != nullptr ? seconds(sip.sip_expires->ex_delta) : watchers::expires_max;
  if (wanted.count() != 0 && wanted < watchers::expires_min) return std::nullopt;
  return std::min(wanted, watchers::expires_max);
}

}  // namespace

class subscription final : public endpoint {
public:
  subscription(stack_core& of, device_id by, const device& watched)
      : of_(of), by_(by), watched_(watched.id), entity_(of.house_uri(watched.number)), expiry_(of.on, [this] {
          end("timeout");
        }) {}

  bool begin(nta_incoming_t* request, const sip_t& sip, flow came) {
    leg_ = create_leg(of_.agent.get(), *this,
                      tags(SIPTAG_CALL_ID(sip.sip_call_id), SIPTAG_FROM(sip.sip_to), SIPTAG_TO(sip.sip_from),
                           NTATAG_REMOTE_CSEQ(sip.sip_cseq->cs_seq)));
    if (leg_ == nullptr) return false;
    nta_leg_tag(leg_.get(), nta_incoming_tag(request, nullptr));
    nta_leg_server_route(leg_.get(), sip.sip_record_route, sip.sip_contact);
    has_routes_ = sip.sip_record_route != nullptr;
    if (sip.sip_contact != nullptr) route_ = route_behind_nat(came, sip.sip_contact->m_url);
    came_ = std::move(came);
    return true;
  }
  void grant(nta_incoming_t* request, seconds time) {
    const std::string expires = std::to_string(time.count()), contact = of_.contact(came_.over);
    answer(request, SIP_200_OK, tags(SIPTAG_EXPIRES_STR(expires.c_str()), SIPTAG_CONTACT_STR(contact.c_str())));
    if (time.count() == 0) return end("timeout");
    until_ = std::chrono::steady_clock::now() + time;
    expiry_.after(time);
    tell();
  }
  /// RFC 6665 4.2.2: also when nothing has changed. One NOTIFY is under way at a time; the next one has the newest state.
  void tell() {
    if (over_) return;
    if (notify_ != nullptr) {
      again_ = asked_ = true;
      return;
    }
    const auto left = std::max(seconds(0), std::chrono::ceil<seconds>(until_ - std::chrono::steady_clock::now()));
    notify(fmt::format("active;expires={}", left.count()));
  }
  /// Something was said of the phone: most of it changes nothing that a lamp shows.
  void look() {
    if (notify_ != nullptr)
      again_ = true;
    else if (!over_ && of_.to.dialogs_of(watched_) != told_)
      tell();
  }
  void end(const char* why) {
    if (over_) return;
    over_ = true;
    expiry_.cancel();
    notify_.reset();
    notify(fmt::format("terminated;reason={}", why));
    of_.watching.bury(*this);
  }

  int on_request(nta_incoming_t* request, const sip_t& sip) override {
    if (sip.sip_request->rq_method != sip_method_subscribe) return answer(request, SIP_405_METHOD_NOT_ALLOWED);
    if (over_ || sip.sip_to->a_tag == nullptr) return answer(request, SIP_481_NO_TRANSACTION);
    if (!wants_dialogs(sip)) return answer(request, SIP_489_BAD_EVENT, tags(SIPTAG_ALLOW_EVENTS_STR("dialog")));
    const auto time = asked_time(sip);
    if (!time) return too_brief(request);
    if (sip.sip_contact != nullptr) nta_leg_server_route(leg_.get(), nullptr, sip.sip_contact);
    grant(request, *time);
    return 0;
  }
  void on_ack_or_cancel(nta_incoming_t*, const sip_t*) override {}
  void on_response(nta_outgoing_t* request, const sip_t& sip) override {
    const int status = nta_outgoing_status(request);
    if (request != notify_.get() || status < 200) return;
    notify_.reset();
    if (over_) return;
    // RFC 6665 4.2.2: who does not take it, or is not there, has no subscription any more.
    if (status >= 300 || is_made_up(sip)) {
      over_ = true;
      expiry_.cancel();
      return of_.watching.bury(*this);
    }
    if (!std::exchange(again_, false)) return;
    std::exchange(asked_, false) ? tell() : look();
  }

  static int too_brief(nta_incoming_t* request) {
    const std::string least = std::to_string(watchers::expires_min.count());
    return answer(request, SIP_423_INTERVAL_TOO_BRIEF, tags(SIPTAG_MIN_EXPIRES_STR(least.c_str())));
  }

  device_id by() const { return by_; }
  device_id watched() const { return watched_; }

private:
  void notify(const std::string& state) {
    const std::string contact = of_.contact(came_.over);
    told_ = of_.to.dialogs_of(watched_);
    const std::string document = write_dialog_info(entity_, version_++, told_);
    tags with(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_EVENT_STR("dialog"), SIPTAG_SUBSCRIPTION_STATE_STR(state.c_str()),
              SIPTAG_CONTENT_TYPE_STR(dialog_info_type), SIPTAG_PAYLOAD_STR(document.c_str()));
    const char* route = nullptr;
    if (!has_routes_) {
      if (came_.alive()) with.add(NTATAG_TPORT(came_.connection.get()));
      if (!route_.empty()) route = route_.c_str();
    }
    notify_ = send(leg_.get(), this, route, {SIP_METHOD_NOTIFY}, nullptr, std::move(with));
  }

  stack_core& of_;
  device_id by_, watched_;
  std::string entity_;
  leg_ptr leg_;
  outgoing_ptr notify_;
  flow came_;
  std::string route_;
  std::vector<phone_dialog> told_;
  bool has_routes_ = false, over_ = false;
  bool again_ = false, asked_ = false;  ///< behind the NOTIFY that is under way another one may be due, or was asked for
  std::uint32_t version_ = 0;
  std::chrono::steady_clock::time_point until_{};
  timer expiry_;
};

watchers::watchers(stack_core& of) : of_(of) {}
watchers::~watchers() = default;

bool watchers::may_watch(const device& watcher, const device& watched) const {
  const auto& all = watcher.watches;
  return watcher.id == watched.id || std::find(all.begin(), all.end(), "*") != all.end() ||
         std::find(all.begin(), all.end(), watched.number) != all.end();
}

void watchers::refuse(question& asked, const device& watcher, int status, const std::string& number) {
  asked.answer(status, nullptr);
  auto& before = refused_[watcher.id];
  ++before.since;
  const auto now = std::chrono::steady_clock::now();
  if (before.told.time_since_epoch().count() != 0 && now - before.told < refusal_pause) return;
  before.told = now;
  of_.tell_fact(fact::watch_refused{watcher.id, number, static_cast<std::uint16_t>(status), std::exchange(before.since, 0)});
}

void watchers::take(question& asked, const device& watcher) {
  const sip_t& sip = asked.sip();
  if (!wants_dialogs(sip)) return asked.answer(SIP_489_BAD_EVENT, tags(SIPTAG_ALLOW_EVENTS_STR("dialog")));
  if (!takes_document(sip)) return asked.answer(SIP_406_NOT_ACCEPTABLE);
  if (sip.sip_contact == nullptr) return asked.answer(400, "Missing Contact");
  const std::string number = user_of(sip.sip_request->rq_url);
  const auto* const watched = of_.devices.phone(number);
  // A phone that is not there looks like one that may not be seen: nobody finds out the house's numbers.
  if (number.size() > identity_bytes_max || watched == nullptr || !may_watch(watcher, *watched))
    return refuse(asked, watcher, 403, number.substr(0, identity_bytes_max));
  const auto time = asked_time(sip);
  if (time && time->count() != 0 && (by_watched_.size() >= all_max || of_phone_[watcher.id] >= each_max))
    return asked.answer(503, "Subscriptions Limit Reached", tags(SIPTAG_RETRY_AFTER_STR("60")));
  auto made = std::make_unique<subscription>(of_, watcher.id, *watched);
  nta_incoming_t* const request = asked.take();
  if (request == nullptr) return;
  if (!time) {
    subscription::too_brief(request);
    return;
  }
  if (!made->begin(request, asked.sip(), std::move(asked.came))) {
    answer(request, SIP_500_INTERNAL_SERVER_ERROR);
    return;
  }
  auto& one = *made;
  ++of_phone_[watcher.id];
  by_watched_.emplace(watched->id, std::move(made));
  one.grant(request, *time);
}

void watchers::changed(device_id watched) {
  // Who cannot be told goes from the list meanwhile.
  std::vector<subscription*> all;
  const auto [first, last] = by_watched_.equal_range(watched);
  for (auto at = first; at != last; ++at) all.push_back(at->second.get());
  for (auto* const one : all) one->look();
}

void watchers::keep_allowed() {
  std::vector<subscription*> gone;
  for (const auto& [watched, one] : by_watched_) {
    const auto* const by = of_.devices.find(one->by());
    const auto* const seen = of_.devices.find(watched);
    if (by == nullptr || seen == nullptr || !may_watch(*by, *seen)) gone.push_back(one.get());
  }
  for (auto* const one : gone) one->end("rejected");
}

void watchers::bury(subscription& over) {
  const auto [first, last] = by_watched_.equal_range(over.watched());
  const auto at = std::find_if(first, last, [&](const auto& one) { return one.second.get() == &over; });
  if (at == last) return;
  if (const auto count = of_phone_.find(over.by()); count != of_phone_.end() && --count->second == 0) of_phone_.erase(count);
  buried_.push_back(std::move(at->second));
  by_watched_.erase(at);
  of_.tell([this](sink&) { buried_.clear(); });
}

}  // namespace cordboard::sip
