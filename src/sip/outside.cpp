// SPDX-License-Identifier: Apache-2.0
// Requests that belong to no dialog: who may ask what.
#include <arpa/inet.h>
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>
#include <sip/question.hpp>
#include <sip/sockets.hpp>
#include <sip/stack_core.hpp>
#include <unordered_set>
#include <utility>

namespace cordboard::sip {
namespace {

/// What is wrong with a request before its method is looked at; 0: nothing.
int fault_of(const sip_t& sip) {
  const auto* const url = sip.sip_request->rq_url;
  // Fence 6: the library's parser does not hand request URIs to us, so they are looked at here.
  if (reads_over(url)) return 400;
  if (sip.sip_call_id->i_id == nullptr || sip.sip_call_id->i_id[0] == '\0') return 400;
  // RFC 3261 18.3: a datagram that ends before its body does.
  const auto* const payload = sip.sip_payload;
  if (sip.sip_content_length != nullptr && sip.sip_content_length->l_length > (payload != nullptr ? payload->pl_len : 0))
    return 400;
  if (url->url_type != url_sip && url->url_type != url_sips && url->url_type != url_tel) return 416;
  return 0;
}

/// A client shall pass over a challenge that it does not know (RFC 8760 2.4). These fail on it instead.
bool knows_md5_only(const sip_t& sip) {
  const auto* const agent = sip.sip_user_agent;
  const std::string_view name = agent != nullptr && agent->g_string != nullptr ? agent->g_string : "";
  for (const std::string_view old : {"baresip v0.", "baresip v1.", "baresip v2."})
    if (name.substr(0, old.size()) == old) return true;
  return false;
}

}  // namespace

void stack_core::on_question(question& asked) {
  const sip_t& sip = asked.sip();
  const auto method = sip.sip_request->rq_method;
  if (method == sip_method_ack) return;  // Nothing is sent for it.
  if (sip.sip_to->a_tag != nullptr || method == sip_method_cancel || method == sip_method_bye || method == sip_method_prack)
    return asked.answer(SIP_481_NO_TRANSACTION);
  const auto& from = asked.came.from;
  const auto* const trunk = devices.trunk(from);
  if (trunk == nullptr && gate.is_banned(from.ip, admission::clock::now())) return asked.answer(SIP_403_FORBIDDEN);
  const int status = fault_of(sip);
  // Whoever asks for one of these three proves who it is.
  const bool proves = method == sip_method_invite || method == sip_method_register || method == sip_method_subscribe;
  if (trunk == nullptr && (status != 0 || !proves)) judge(from, admission::proof::absent);
  if (status != 0) return asked.answer(status, nullptr);
  if (const auto unsupported = unsupported_of(sip); !unsupported.empty())
    return asked.answer(SIP_420_BAD_EXTENSION, tags(SIPTAG_UNSUPPORTED_STR(unsupported.c_str())));
  switch (method) {
    case sip_method_invite: return on_invite(asked, trunk);
    case sip_method_register: return on_register(asked);
    case sip_method_subscribe: return on_subscribe(asked, trunk);
    case sip_method_options:
      return asked.answer(SIP_200_OK, tags(SIPTAG_ALLOW_STR(allowed_methods), SIPTAG_ACCEPT_STR(description_type),
                                           SIPTAG_SUPPORTED_STR(extensions)));
    case sip_method_unknown: return asked.answer(SIP_501_NOT_IMPLEMENTED, tags(SIPTAG_ALLOW_STR(allowed_methods)));
    default: return asked.answer(SIP_405_METHOD_NOT_ALLOWED, tags(SIPTAG_ALLOW_STR(allowed_methods)));
  }
}

void stack_core::judge(const source_address& from, admission::proof given) {
  const auto ban = gate.judge(from.ip, given, admission::clock::now());
  if (ban.count() == 0) return;
  tell_fact(fact::source_banned{from.ip, std::chrono::nanoseconds(ban).count()});
  // A flood from many addresses bans many at once: the program is written for all of them.
  if (!std::exchange(filter_waits_, true)) filter_due_.after(std::chrono::milliseconds(20));
}

void stack_core::filter_banned() {
  auto banned = gate.banned(admission::clock::now());
  // A trunk may share an address with whoever was banned, and is never shut out.
  devices.for_each([&](const device& each) {
    for (const auto& source : each.sources) {
      in_addr bytes{};
      if (::inet_pton(AF_INET, source.ip.c_str(), &bytes) == 1) std::erase(banned, ntohl(bytes.s_addr));
    }
  });
  dropped_.set(std::move(banned));
  filter_waits_ = false;
  if (dropped_.size() != 0) filter_due_.after(std::chrono::seconds(1));
}

bool stack_core::is_too_fast(question& asked, bool of_trunk) {
  const auto& from = asked.came.from;
  const auto found = gate.take_call(from.ip, of_trunk, admission::clock::now(),
                                    [&] { return to.is_emergency(user_of(asked.sip().sip_request->rq_url)); });
  if (found.what == admission::verdict::let_in) return false;
  const bool all = found.what == admission::verdict::all_too_fast;
  if (found.to_tell != 0) tell_fact(fact::calls_limited{all ? "" : from.ip, found.to_tell});
  asked.answer(503, "Too Many Calls", tags(SIPTAG_RETRY_AFTER_STR("2")));
  return true;
}

const device* stack_core::authenticate(question& asked) {
  const sip_t& sip = asked.sip();
  const auto& from = asked.came.from;
  using verdict = digest_server::verdict;
  const auto now = digest_server::clock::now();
  bool stale = false;
  for (const auto* header = sip.sip_authorization; header != nullptr; header = header->au_next) {
    const auto given = read_credentials(header->au_params);
    if (header->au_scheme == nullptr || std::string_view(header->au_scheme) != "Digest" || given.realm != config.realm)
      continue;
    const auto* const phone = devices.phone(given.username);
    home pool;
    const url_t* const uri = parse_url(pool, given.uri);
    const bool same_target = uri != nullptr && url_cmp(uri, sip.sip_request->rq_url) == 0;
    // A phone that is not there, or has no password, costs as much as a wrong one, and looks the same.
    const bool known = phone != nullptr && !phone->password.empty();
    const auto found = digest.check(given, sip.sip_request->rq_method_name, known ? phone->password : "", now);
    if (found == verdict::good && known && same_target) {
      judge(from, admission::proof::good);
      return phone;
    }
    if (found != verdict::stale) {
      judge(from, admission::proof::wrong);
      asked.answer(SIP_403_FORBIDDEN);
      return nullptr;
    }
    stale = true;
  }
  judge(from, admission::proof::absent);
  const auto challenges = digest.challenges(now, stale, knows_md5_only(sip));
  tags with;
  for (const auto& each : challenges) with.add(SIPTAG_WWW_AUTHENTICATE_STR(each.c_str()));
  asked.answer(SIP_401_UNAUTHORIZED, std::move(with));
  return nullptr;
}

void stack_core::hang_up_on_strangers() {
  std::unordered_set<std::string> held;
  const auto hold = [&](const flow& came) {
    if (came.connection != nullptr) held.insert(as_hostport(came.from));
  };
  phones.for_each(hold);
  for (const auto& [id, leg] : legs) hold(leg->came());
  const auto is_known = [&](const source_address& from) {
    return devices.trunk(from) != nullptr || held.contains(as_hostport(from));
  };
  strangers_.hang_up({port(transport::tcp), port(transport::tls)}, config.connection_idle, is_known, strangers::clock::now());
  strangers_due_.after(config.connection_idle / 2);
}

void stack_core::on_register(question& asked) {
  const auto* const phone = authenticate(asked);
  if (phone == nullptr) return;
  // A phone registers for itself only.
  if (user_of(asked.sip().sip_to->a_url) != phone->number) return asked.answer(SIP_403_FORBIDDEN);
  const incoming_ptr request(asked.take());
  if (request != nullptr) phones.answer(request.get(), asked.sip(), *phone, std::move(asked.came));
}

void stack_core::on_subscribe(question& asked, const device* trunk) {
  // Another exchange has no business with what the house's phones do.
  if (trunk != nullptr) return asked.answer(SIP_403_FORBIDDEN);
  if (const auto* const phone = authenticate(asked)) watching.take(asked, *phone);
}

void stack_core::on_invite(question& asked, const device* trunk) {
  const sip_t& sip = asked.sip();
  if (sip.sip_max_forwards != nullptr && sip.sip_max_forwards->mf_count == 0) return asked.answer(SIP_483_TOO_MANY_HOPS);
  if (auto* const leg = answered_before(sip)) {
    if (nta_incoming_t* const request = asked.take()) leg->take_again(request, sip);
    return;
  }
  const auto* const caller = trunk != nullptr ? trunk : authenticate(asked);
  if (caller == nullptr || is_too_fast(asked, trunk != nullptr)) return;
  if (body_of(sip) == body_kind::other)
    return asked.answer(SIP_415_UNSUPPORTED_MEDIA, tags(SIPTAG_ACCEPT_STR(description_type)));
  if (legs.size() >= legs_max) return asked.answer(503, "Legs Limit Reached", tags(SIPTAG_RETRY_AFTER_STR("5")));
  if (is_too_short(sip, config.session_min)) {
    const std::string least = std::to_string(config.session_min.count());
    return asked.answer(SIP_422_SESSION_TIMER_TOO_SMALL, tags(SIPTAG_MIN_SE_STR(least.c_str())));
  }
  leg_id replaced;
  if (const auto* const replaces = sip.sip_replaces) {
    const auto* const other = dialog_named(*replaces);
    const int refused = other == nullptr ? 481 : other->is_over() ? 603 : other->replaceable(replaces->rp_early_only != 0);
    if (refused != 0) return asked.answer(refused, nullptr);
    replaced = other->id();
  }
  nta_incoming_t* const request = asked.take();
  if (request == nullptr) return;
  const int status = call_leg::take(*this, request, sip, *caller, std::move(asked.came), replaced);
  if (status != 0) cordboard::sip::answer(request, status, nullptr);
}

call_leg* stack_core::answered_before(const sip_t& sip) const {
  if (restored_callers.empty()) return nullptr;
  const auto found = restored_callers.find(sip.sip_call_id->i_id);
  call_leg* const leg = found != restored_callers.end() ? find(found->second) : nullptr;
  return leg != nullptr && leg->is_repeated(sip) ? leg : nullptr;
}

call_leg* stack_core::dialog_named(const sip_replaces_t& replaces) const {
  if (replaces.rp_call_id == nullptr || replaces.rp_to_tag == nullptr || replaces.rp_from_tag == nullptr) return nullptr;
  for (const auto& [id, leg] : legs)
    if (leg->is_named(replaces.rp_call_id, replaces.rp_to_tag, replaces.rp_from_tag)) return leg.get();
  return nullptr;
}

void stack_core::on_stray(const sip_t& sip) {
  // After a restart the answers to requests of the process before arrive here.
  if (sip.sip_cseq == nullptr || sip.sip_cseq->cs_method != sip_method_invite || sip.sip_from == nullptr) return;
  const char* const ours = sip.sip_from->a_tag;
  if (ours == nullptr || sip.sip_call_id == nullptr) return;
  for (const auto& [id, leg] : legs)
    if (leg->takes_stray(sip.sip_call_id->i_id, ours)) {
      leg->on_stray(sip);
      return;
    }
}

}  // namespace cordboard::sip
