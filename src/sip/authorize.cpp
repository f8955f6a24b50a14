// SPDX-License-Identifier: Apache-2.0
#include <sip/authorize.hpp>

namespace cordboard::sip {

void authorization::add_to(tags& with) const {
  for (const auto& each : headers_) {
    if (each.proxy)
      with.add(SIPTAG_PROXY_AUTHORIZATION_STR(each.value.c_str()));
    else
      with.add(SIPTAG_AUTHORIZATION_STR(each.value.c_str()));
  }
}

bool take_challenge(digest_client& account, nta_outgoing_t* refused, const sip_t& answer) {
  std::vector<challenge> asked;
  const auto read = [&](const msg_auth_t* list, bool proxy) {
    for (; list != nullptr; list = list->au_next)
      if (auto one = read_challenge(list->au_scheme, list->au_params, proxy)) asked.push_back(std::move(*one));
  };
  read(answer.sip_www_authenticate, false);
  read(answer.sip_proxy_authenticate, true);
  std::vector<credentials> sent;
  const message_ptr message(nta_outgoing_getrequest(refused));
  if (const sip_t* const sip = message != nullptr ? sip_object(message.get()) : nullptr; sip != nullptr) {
    for (const auto* each = sip->sip_authorization; each != nullptr; each = each->au_next)
      sent.push_back(read_credentials(each->au_params));
    for (const auto* each = sip->sip_proxy_authorization; each != nullptr; each = each->au_next) {
      sent.push_back(read_credentials(each->au_params));
      sent.back().proxy = true;
    }
  }
  return account.take(asked, sent);
}

std::string uri_of(nta_outgoing_t* request) {
  home pool;
  const message_ptr message(nta_outgoing_getrequest(request));
  const sip_t* const sip = message != nullptr ? sip_object(message.get()) : nullptr;
  const char* const text =
      sip != nullptr && sip->sip_request != nullptr ? url_as_string(pool, sip->sip_request->rq_url) : nullptr;
  return text != nullptr ? text : "";
}

}  // namespace cordboard::sip
