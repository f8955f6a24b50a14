// SPDX-License-Identifier: Apache-2.0
// The phones and trunks that SIP knows: who may call in from where, and where calls go.
#pragma once
#include <cordboard/config.hpp>
#include <cordboard/ids.hpp>
#include <sip/transport.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sockaddr;

namespace cordboard::sip {

/// Where a message came from, as numbers.
struct source_address {
  std::string ip;
  std::uint16_t port = 0;
};

struct device {
  device_id id;
  device_kind kind = device_kind::phone;
  std::string number;
  std::string name;
  std::string password;
  std::vector<source_address> sources;  ///< trunks; port 0: any
  std::vector<std::string> targets;     ///< trunks: what follows "sip:" in each
  std::vector<std::string> registrars;  ///< the same; the targets if there are none of its own
  std::vector<std::string> watches;     ///< phones: whose state they may see; trunks: extensions there whose state we ask for
  trunk_config trunk;

  /// Trunks: the host of our own address there.
  std::string domain() const;
};

/// How such a target, or a URI, is spoken to.
transport way_to(std::string_view host);
/// UDP when it is none of the others.
transport transport_named(std::string_view name);

class device_table {
public:
  /// @errors  std::invalid_argument that names the device and what is wrong with it
  device_table(const std::vector<device_config>& devices, const std::vector<device_id>& ids);

  const device* find(device_id id) const;
  template <class Each>
  void for_each(Each each) const {
    for (const auto& [id, one] : by_id_) each(one);
  }
  /// A phone by its number.
  const device* phone(std::string_view number) const;
  /// The trunk that this address belongs to. One with a port stands before one without.
  const device* trunk(const source_address& from) const;

private:
  std::unordered_map<std::uint32_t, device> by_id_;
  std::unordered_map<std::string, std::uint32_t> phones_;
  std::unordered_map<std::string, std::uint32_t> trunks_;  ///< by "ip" or "ip:port"
};

/// As numbers; an address of another family is empty.
source_address address_of(const sockaddr& of);
/// `ip:port`, with brackets around an IPv6 address.
std::string as_hostport(const source_address& address);

}  // namespace cordboard::sip
