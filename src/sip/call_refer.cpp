// SPDX-License-Identifier: Apache-2.0
// REFER: a phone asks that the party it talks to goes on without it (RFC 3515; with Replaces: RFC 3891, RFC 5589 section 7). The
// board decides; the phone hears how it ended by one NOTIFY, which ends the implied subscription too.
#include <fmt/format.h>
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>
#include <strings.h>
#include <string_view>

namespace cordboard::sip {
namespace {

/// The value of the Replaces header that a Refer-To URI carries; null: none.
const char* replaces_in(const url_t* url, su_home_t* pool) {
  if (url->url_headers == nullptr) return nullptr;
  constexpr std::string_view name = "Replaces:";
  for (const char* line = url_query_as_header_string(pool, url->url_headers); line != nullptr;) {
    if (strncasecmp(line, name.data(), name.size()) == 0) return line + name.size();
    const char* const end = std::char_traits<char>::find(line, std::char_traits<char>::length(line), '\n');
    line = end != nullptr ? end + 1 : nullptr;
  }
  return nullptr;
}

}  // namespace

int call_leg::on_refer(nta_incoming_t* request, const sip_t& sip) {
  const auto refuse = [&](int status, const char* phrase) { return cordboard::sip::answer(request, status, phrase); };
  if (phase_ != phase::up || refer_ != nullptr) return refuse(SIP_491_REQUEST_PENDING);
  if (sip.sip_refer_to == nullptr) return refuse(400, "Missing Refer-To");
  const url_t* const url = sip.sip_refer_to->r_url;
  if (url->url_type != url_sip && url->url_type != url_sips && url->url_type != url_tel)
    return refuse(416, "Unsupported URI Scheme");
  const std::string number = user_of(url);
  if (number.empty() || number.size() > identity_bytes_max) return refuse(400, "Bad Refer-To");
  home pool;
  leg_id replaced;
  if (const char* const text = replaces_in(url, pool)) {
    const sip_replaces_t* const parsed = sip_replaces_make(pool, text);
    const auto* const other = parsed != nullptr ? of_.dialog_named(*parsed) : nullptr;
    if (other == nullptr || other == this || other->told_) return refuse(SIP_481_NO_TRANSACTION);
    replaced = other->id_;
  }
  // RFC 3892: who refers is passed on as the phone says it; what it may have signed is for another protocol.
  std::string referred_by;
  if (sip.sip_referred_by != nullptr)
    if (const char* const uri = url_as_string(pool, sip.sip_referred_by->b_url)) referred_by = clean(uri);
  if (referred_by.size() > identity_bytes_max || referred_by.find_first_of("<>\" ") != std::string::npos) referred_by.clear();
  // RFC 4488: the phone may not want to hear of it.
  const auto* const wants = sip_refer_sub(&sip);
  refer_silent_ = wants != nullptr && wants->rs_value != nullptr && strcasecmp(wants->rs_value, "false") == 0;
  refer_.reset(request);
  of_.tell_fact(fact::refer_asked{id_, number, replaced, referred_by});
  return 0;
}

void call_leg::answer_refer(int status) {
  if (refer_ == nullptr) return;
  const std::string contact = our_contact();
  tags with(SIPTAG_CONTACT_STR(contact.c_str()));
  if (refer_silent_ && status < 300) with.add(SIPTAG_HEADER_STR("Refer-Sub: false"));
  reply(refer_.get(), status, nullptr, std::move(with));
  refer_.reset();
  // RFC 3515 2.4.4: the subscription that the 202 began is told of at once.
  if (status == 202) notify(100, "active;expires=180");
}

void call_leg::tell_refer(int status) { notify(status, "terminated;reason=noresource"); }

void call_leg::notify(int status, const char* subscription) {
  if (refer_silent_ || phase_ != phase::up || releasing_) return;
  const std::string contact = our_contact();
  const std::string fragment = fmt::format("SIP/2.0 {} {}\r\n", status, sip_status_phrase(status));
  notify_ = this->request(
      {SIP_METHOD_NOTIFY},
      tags(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_EVENT_STR("refer"), SIPTAG_SUBSCRIPTION_STATE_STR(subscription),
           SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"), SIPTAG_PAYLOAD_STR(fragment.c_str())));
}

}  // namespace cordboard::sip
