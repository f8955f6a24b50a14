// SPDX-License-Identifier: Apache-2.0
#include <sip/flow.hpp>
#include <strings.h>

namespace cordboard::sip {
flow flow_of(nta_agent_t* agent, msg_t* request) {
  flow out;
  out.from = address_of(msg_addr(request)->su_sa);
  tport_t* const way = tport_delivered_by(nta_agent_tports(agent), request);
  if (way == nullptr) return out;
  if (tport_is_tcp(way) != 0) out.over = tport_has_tls(way) != 0 ? transport::tls : transport::tcp;
  if (out.connected() && tport_is_secondary(way) != 0) out.connection = std::shared_ptr<tport_t>(tport_ref(way), tport_unref);
  return out;
}

std::string route_behind_nat(const flow& came, const url_t* contact) {
  if (came.connected() || came.from.ip.empty() || contact == nullptr || contact->url_host == nullptr) return {};
  std::string host = contact->url_host;
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (host == came.from.ip) return {};
  return "sip:" + as_hostport(came.from) + ";transport=udp";
}

flow_watch::flow_watch(const flow& on, std::function<void()> when_lost)
    : connection_(on.connection), when_lost_(std::move(when_lost)) {
  if (connection_ == nullptr) return;
  const auto lost = [](tp_stack_t*, tp_client_t* self, tport_t*, msg_t*, int) {
    const auto& call = reinterpret_cast<flow_watch*>(self)->when_lost_;
    if (call) call();
  };
  pending_ = tport_pend(connection_.get(), nullptr, lost, reinterpret_cast<tp_client_t*>(this));
}

flow_watch::~flow_watch() {
  if (connection_ != nullptr && pending_ > 0)
    tport_release(connection_.get(), pending_, nullptr, nullptr, reinterpret_cast<tp_client_t*>(this), 0);
}

}  // namespace cordboard::sip
