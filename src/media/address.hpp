// SPDX-License-Identifier: Apache-2.0
// An IP address with a port, as sockets want it.
#pragma once
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace cordboard::media {

/// IPv4 or IPv6 address and port; default: none.
class address {
public:
  address() { std::memset(&bytes_, 0, sizeof bytes_); }
  /// Literals only: names are not looked up here, that would make the loop wait.
  static std::optional<address> parse(std::string_view ip, std::uint16_t port);
  /// "ip:port", IPv6 in brackets; "-" is none.
  static std::optional<address> parse_pair(std::string_view text);

  explicit operator bool() const { return bytes_.any.sa_family != AF_UNSPEC; }
  sa_family_t family() const { return bytes_.any.sa_family; }
  std::uint16_t port() const;
  address with_port(std::uint16_t port) const;
  /// 0.0.0.0 or ::
  bool unspecified() const;
  /// An address that no single phone has: multicast, or 255.255.255.255.
  bool many() const;
  bool same_ip(const address& other) const;
  std::string ip() const;
  std::string text() const;

  const sockaddr* get() const { return &bytes_.any; }
  sockaddr* get() { return &bytes_.any; }
  socklen_t size() const { return family() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6); }
  static constexpr socklen_t capacity = sizeof(sockaddr_in6);

  friend bool operator==(const address& a, const address& b) {
    return a.family() == b.family() && a.port() == b.port() && a.same_ip(b);
  }

private:
  union bytes {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } bytes_;
};

}  // namespace cordboard::media
