// SPDX-License-Identifier: Apache-2.0
#include <sip/devices.hpp>
#include <fmt/format.h>
#include <arpa/inet.h>
#include <strings.h>
#include <array>
#include <charconv>
#include <stdexcept>

namespace cordboard::sip {
namespace {

constexpr std::size_t targets_max = 8;

[[noreturn]] void refuse(const device_config& device, std::string_view what) {
  throw std::invalid_argument(fmt::format("device \"{}\": {}", device.number, what));
}

/// The address in the system's own spelling, so that texts can be compared; empty when it is none.
std::string canonical(const std::string& ip) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (const int family : {AF_INET, AF_INET6})
    if (inet_pton(family, ip.c_str(), bytes.data()) == 1)
      return inet_ntop(family, bytes.data(), text.data(), static_cast<socklen_t>(text.size()));
  return {};
}

source_address read_source(const device_config& device, std::string_view text) {
  source_address out;
  std::string_view ip = text;
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == text.npos) refuse(device, fmt::format("address \"{}\" lacks its closing bracket", text));
    ip = text.substr(1, close - 1);
    if (close + 1 < text.size() && text[close + 1] == ':') port = text.substr(close + 2);
  } else if (const auto colon = text.find(':'); colon != text.npos && text.find(':', colon + 1) == text.npos) {
    ip = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  out.ip = canonical(std::string(ip));
  if (out.ip.empty()) refuse(device, fmt::format("address \"{}\" is not IP or IP:port", text));
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc{} || end != port.data() + port.size() || out.port == 0)
      refuse(device, fmt::format("address \"{}\" has no port from 1 to 65535", text));
  }
  return out;
}

std::string read_target(const device_config& device, std::string_view target) {
  constexpr std::string_view scheme = "sip:";
  const auto at = target.find('@');
  if (target.substr(0, scheme.size()) != scheme || at != target.npos || target.size() == scheme.size() ||
      target.find_first_of(" <>\"\r\n?") != target.npos)
    refuse(device, fmt::format("target \"{}\" is not sip:host:port;transport=udp, tcp or tls, without a user", target));
  return std::string(target.substr(scheme.size()));
}

}  // namespace

std::string device::domain() const {
  if (!trunk.domain.empty()) return trunk.domain;
  const auto& first = registrars.empty() ? std::string() : registrars.front();
  return first.substr(0, first.find(';'));
}

transport transport_named(std::string_view name) {
  for (const auto one : {transport::tcp, transport::tls})
    if (name.size() == 3 && strncasecmp(name.data(), name_of(one), 3) == 0) return one;
  return transport::udp;
}

transport way_to(std::string_view host) {
  if (host.size() > 5 && strncasecmp(host.data(), "sips:", 5) == 0) return transport::tls;
  constexpr std::string_view with = ";transport=";
  for (std::size_t at = host.find(';'); at != host.npos; at = host.find(';', at + 1)) {
    const auto rest = host.substr(at);
    if (rest.size() >= with.size() + 3 && strncasecmp(rest.data(), with.data(), with.size()) == 0)
      return transport_named(rest.substr(with.size(), 3));
  }
  return transport::udp;
}

source_address address_of(const sockaddr& of) {
  source_address out;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (of.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(of);
    bytes = &v4.sin_addr;
    out.port = ntohs(v4.sin_port);
  } else if (of.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(of);
    bytes = &v6.sin6_addr;
    out.port = ntohs(v6.sin6_port);
  }
  if (bytes != nullptr && inet_ntop(of.sa_family, bytes, text.data(), static_cast<socklen_t>(text.size())) != nullptr)
    out.ip = text.data();
  return out;
}

std::string as_hostport(const source_address& address) {
  const bool v6 = address.ip.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address.ip, v6 ? "]" : "", address.port);
}

device_table::device_table(const std::vector<device_config>& devices, const std::vector<device_id>& ids) {
  if (devices.size() != ids.size()) throw std::invalid_argument("a device without an id, or an id without a device");
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const auto& from = devices[i];
    device to{ids[i], from.kind, from.number, from.name, from.password, {}, {}, {}, from.watches, from.trunk};
    if (!to.id || by_id_.count(to.id.value) != 0) refuse(from, "its id is 0 or taken");
    if (from.number.empty()) refuse(from, "it has no number");
    if (from.kind == device_kind::phone) {
      if (!phones_.emplace(from.number, to.id.value).second) refuse(from, "its number is taken");
    } else {
      for (const auto& each : from.targets) to.targets.push_back(read_target(from, each));
      for (const auto& each : from.trunk.registrars) to.registrars.push_back(read_target(from, each));
      if (to.registrars.empty()) to.registrars = to.targets;
      if (to.trunk.registers && (to.trunk.user.empty() || to.registrars.empty()))
        refuse(from, "it registers, but has no user or nowhere to register");
      if (to.targets.size() > targets_max) refuse(from, fmt::format("it has more than {} targets", targets_max));
      for (const auto& text : from.addresses) {
        to.sources.push_back(read_source(from, text));
        const auto& source = to.sources.back();
        if (!trunks_.emplace(source.port == 0 ? source.ip : as_hostport(source), to.id.value).second)
          refuse(from, fmt::format("address \"{}\" belongs to another trunk", text));
      }
    }
    by_id_.emplace(to.id.value, std::move(to));
  }
}

const device* device_table::find(device_id id) const {
  const auto found = by_id_.find(id.value);
  return found == by_id_.end() ? nullptr : &found->second;
}

const device* device_table::phone(std::string_view number) const {
  const auto found = phones_.find(std::string(number));
  return found == phones_.end() ? nullptr : find(device_id{found->second});
}

const device* device_table::trunk(const source_address& from) const {
  for (const auto& key : {as_hostport(from), from.ip})
    if (const auto found = trunks_.find(key); found != trunks_.end()) return find(device_id{found->second});
  return nullptr;
}

}  // namespace cordboard::sip
