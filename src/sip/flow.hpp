// SPDX-License-Identifier: Apache-2.0
// The way a peer's messages came in, which is the only sure way out to one behind NAT or on a connection.
#pragma once
#include <sip/devices.hpp>
#include <sip/su.hpp>
#include <sip/transport.hpp>
#include <functional>
#include <memory>
#include <string>

namespace cordboard::sip {

/// Where a request came from. Kept by value: a registration, a leg.
struct flow {
  source_address from;
  transport over = transport::udp;
  std::shared_ptr<tport_t> connection;  ///< the connection, as long as somebody holds it

  bool connected() const { return over != transport::udp; }
  bool alive() const { return connection != nullptr && tport_is_clear_to_send(connection.get()) != 0; }
};

/// Of a request that is just being delivered.
flow flow_of(nta_agent_t* agent, msg_t* request);

/// A URI that routes to the flow's source, when the host in `contact` is not where the message came from (NAT, RFC 3581);
/// empty: the contact can be used as it is.
std::string route_behind_nat(const flow& came, const url_t* contact);

/// Calls back once when a connection is lost; not when it is destroyed before.
class flow_watch {
public:
  flow_watch(const flow& on, std::function<void()> when_lost);
  ~flow_watch();
  flow_watch(const flow_watch&) = delete;
  flow_watch& operator=(const flow_watch&) = delete;

private:
  std::shared_ptr<tport_t> connection_;
  std::function<void()> when_lost_;
  int pending_ = 0;
};

}  // namespace cordboard::sip
