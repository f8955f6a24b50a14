// SPDX-License-Identifier: Apache-2.0
#include <sip/su.hpp>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/sresolv.h>
#include <sip/endpoint_calls.hpp>
#include <cerrno>
#include <climits>

namespace cordboard::sip {

agent_ptr create_agent(su_root_t* root, agent_user& user, const char* resolver) {
  tags with(NTATAG_UA(1), NTATAG_MCLASS(parser_class()), NTATAG_UDP_MTU(65535), NTATAG_MAXSIZE(65536),
            // A last fence well above our own limit of legs, which answers with a name.
            NTATAG_MAX_PROCEEDING(100000), NTATAG_SERVER_RPORT(2), NTATAG_CLIENT_RPORT(1), NTATAG_TIMEOUT_408(1),
            // Ours are sent by `reply`, which knows when sending failed.
            NTATAG_CANCEL_487(0), NTATAG_MERGE_482(0), TPTAG_STUN_SERVER(0));
  if (resolver != nullptr) with.add(SRESTAG_RESOLV_CONF(resolver));
  // The library's word for it.
  auto* const no_transport_yet = reinterpret_cast<url_string_t*>(-1);  // NOLINT(performance-no-int-to-ptr)
  return agent_ptr(nta_agent_create(root, no_transport_yet, calls::outside, &user, TAG_NEXT(with.end())));
}

int add_transport(nta_agent_t* agent, const sip_config& config, std::uint16_t port, const std::string& transport,
                  const char* tls_folder) {
  const auto& address = config.address;
  const bool v6 = address.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + address + "]" : address;
  // The library has no TLS under the other scheme.
  const std::string url = (tls_folder != nullptr ? "sips:" : "sip:") + host + ":" + (port == 0 ? "*" : std::to_string(port)) +
                          ";transport=" + transport;
  // Half a message may not stay for long, nor a connection on which nothing stands: who is registered or called over it holds it.
  tags with(TPTAG_STUN_SERVER(0), TPTAG_PONG2PING(1), TPTAG_IDLE(static_cast<unsigned>(config.connection_idle.count() * 1000)),
            TPTAG_TIMEOUT(30 * 1000), TPTAG_UDP_RMEM(4U << 20U), TPTAG_UDP_WMEM(1U << 20U), TPTAG_KEEPALIVE(0),
            TPTAG_SDWN_ERROR(1));
  // Whoever we call over TLS shows a certificate that is signed by those of `ca_file` and names the host that we call; a phone,
  // which calls us, proves itself by its password.
  constexpr unsigned verify_outgoing = 2, verify_its_name = 8;
  if (tls_folder != nullptr)
    with.add(TPTAG_CERTIFICATE(tls_folder), TPTAG_TLS_VERIFY_POLICY(verify_outgoing | verify_its_name),
             TPTAG_TLS_VERIFY_DATE(1), TPTAG_TLS_VERIFY_DEPTH(8));
  errno = 0;
  if (nta_agent_add_tport(agent, as_url(url.c_str()), TAG_NEXT(with.end())) == 0) return 0;
  return errno != 0 ? errno : EADDRNOTAVAIL;
}

leg_ptr create_leg(nta_agent_t* agent, endpoint& user, tags with) {
  return leg_ptr(nta_leg_tcreate(agent, calls::request, &user, TAG_NEXT(with.end())));
}

std::string fresh_call_id() {
  home pool;
  return sip_call_id_create(pool, nullptr)->i_id;
}

leg_ptr begin_leg(nta_agent_t* agent, endpoint& user, const std::string& from, const std::string& to,
                  const std::string& call_id) {
  auto leg = create_leg(agent, user,
                        tags(SIPTAG_FROM_STR(from.c_str()), SIPTAG_TO_STR(to.c_str()), SIPTAG_CALL_ID_STR(call_id.c_str())));
  if (leg != nullptr) nta_leg_tag(leg.get(), nullptr);
  return leg;
}

void bind(nta_incoming_t* request, endpoint& user) { nta_incoming_bind(request, calls::ack_or_cancel, &user); }

void reply_once(nta_agent_t* agent, msg_t* request, int status, const char* phrase, tags with) {
  nta_msg_treply(agent, request, status, phrase, TAG_NEXT(with.end()));
}

nta_incoming_t* take_request(nta_agent_t* agent, msg_t* request, sip_t* sip) {
  tags none;
  return nta_incoming_create(agent, nullptr, request, sip, TAG_NEXT(none.end()));
}

bool reply(nta_incoming_t* request, int status, const char* phrase, tags with) {
  nta_incoming_treply(request, status, phrase, TAG_NEXT(with.end()));
  if (status < 200 || nta_incoming_status(request) >= 200) return true;
  // Fence 7. The library keeps the transaction in a queue for which its ACK handling has no branch. The transaction shares
  // the message's strings: with another sent-by in its Via no ACK is matched to it.
  const message_ptr message(nta_incoming_getrequest(request));
  const sip_t* sip = sip_object(message.get());
  if (sip != nullptr && sip->sip_via != nullptr && sip->sip_via->v_host != nullptr)
    *const_cast<char*>(sip->sip_via->v_host) = '\x01';
  return false;
}

outgoing_ptr send(nta_leg_t* leg, endpoint* user, const char* route, method what, const url_string_t* uri, tags with) {
  return outgoing_ptr(nta_outgoing_tcreate(leg, user != nullptr ? calls::response : nullptr, user, as_url(route), what.number,
                                           what.name, uri, TAG_NEXT(with.end())));
}

outgoing_ptr send_again(nta_agent_t* agent, nta_outgoing_t* before, nta_leg_t* leg, endpoint* user, const char* route,
                        const url_string_t* uri, tags with) {
  const message_ptr old(nta_outgoing_getrequest(before));
  message_ptr again(old != nullptr ? msg_copy(old.get()) : nullptr);
  sip_t* const sip = again != nullptr ? sip_object(again.get()) : nullptr;
  if (sip == nullptr) return nullptr;
  const auto drop = [&](auto*& header) {
    while (header != nullptr)
      if (msg_header_remove(again.get(), reinterpret_cast<msg_pub_t*>(sip), reinterpret_cast<msg_header_t*>(header)) < 0) break;
  };
  drop(sip->sip_via);
  drop(sip->sip_cseq);
  drop(sip->sip_route);  // The leg's is added again.
  drop(sip->sip_authorization);
  drop(sip->sip_proxy_authorization);
  if (uri != nullptr) {
    drop(sip->sip_request);
    drop(sip->sip_contact);
  }
  const auto number = nta_outgoing_method(before);
  if (nta_msg_request_complete(again.get(), leg, number, nta_outgoing_method_name(before), uri) < 0) return nullptr;
  outgoing_ptr sent(nta_outgoing_mcreate(agent, user != nullptr ? calls::response : nullptr, user, as_url(route), again.get(),
                                         TAG_NEXT(with.end())));
  if (sent != nullptr) static_cast<void>(again.release());  // It is the transaction's now.
  return sent;
}

bool is_made_up(const sip_t& answer) {
  constexpr unsigned made_by_library = 1U << 15U;  // NTA_INTERNAL_MSG, which nta_internal.h keeps to itself
  return (answer.sip_flags & made_by_library) != 0;
}

outgoing_ptr send_ack(nta_leg_t* leg, const char* route, std::uint32_t cseq, const char* branch, tags with) {
  const std::string number = std::to_string(cseq) + " ACK";
  with.add(SIPTAG_CSEQ_STR(number.c_str()), NTATAG_ACK_BRANCH(branch));
  return outgoing_ptr(
      nta_outgoing_tcreate(leg, nullptr, nullptr, as_url(route), SIP_METHOD_ACK, nullptr, TAG_NEXT(with.end())));
}

void send_cancel(nta_outgoing_t* invite, const char* reason) {
  tags with;
  if (reason != nullptr) with.add(SIPTAG_REASON_STR(reason));
  nta_outgoing_t* const cancel = nta_outgoing_tcancel(invite, nullptr, nullptr, TAG_NEXT(with.end()));
  // The library finishes it without us. Destroying null, or what is finished already, does nothing.
  nta_outgoing_destroy(cancel);
}

incoming_ptr restore_incoming(nta_agent_t* agent, nta_leg_t* leg, msg_t* message) {
  // Without it the library takes one at the first answer, forgets to count the reference, and frees the transport too early.
  tport_t* udp = tport_primaries(nta_agent_tports(agent));
  while (udp != nullptr && tport_is_udp(udp) == 0) udp = tport_next(udp);
  tags with(NTATAG_TPORT(udp));
  return incoming_ptr(nta_incoming_create(agent, leg, message, sip_object(message), TAG_NEXT(with.end())));
}

}  // namespace cordboard::sip
