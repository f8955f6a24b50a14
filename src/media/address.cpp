// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <media/address.hpp>

namespace cordboard::media {

std::optional<address> address::parse(std::string_view ip, std::uint16_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (ip.empty() || ip.size() >= text.size()) return std::nullopt;
  ip.copy(text.data(), ip.size());
  address out;
  if (inet_pton(AF_INET, text.data(), &out.bytes_.v4.sin_addr) == 1) {
    out.bytes_.v4.sin_family = AF_INET;
    out.bytes_.v4.sin_port = htons(port);
    return out;
  }
  if (inet_pton(AF_INET6, text.data(), &out.bytes_.v6.sin6_addr) == 1) {
    out.bytes_.v6.sin6_family = AF_INET6;
    out.bytes_.v6.sin6_port = htons(port);
    return out;
  }
  return std::nullopt;
}

std::optional<address> address::parse_pair(std::string_view text) {
  if (text == "-") return address{};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view ip = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (ip.size() >= 2 && ip.front() == '[' && ip.back() == ']') ip = ip.substr(1, ip.size() - 2);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return parse(ip, port);
}

std::uint16_t address::port() const {
  if (family() == AF_INET) return ntohs(bytes_.v4.sin_port);
  return family() == AF_INET6 ? ntohs(bytes_.v6.sin6_port) : 0;
}

address address::with_port(std::uint16_t port) const {
  address out = *this;
  if (family() == AF_INET) out.bytes_.v4.sin_port = htons(port);
  if (family() == AF_INET6) out.bytes_.v6.sin6_port = htons(port);
  return out;
}

bool address::unspecified() const {
  if (family() == AF_INET) return bytes_.v4.sin_addr.s_addr == INADDR_ANY;
  return family() == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&bytes_.v6.sin6_addr);
}

bool address::many() const {
  if (family() == AF_INET) return ntohl(bytes_.v4.sin_addr.s_addr) >= 0xE0000000U;
  return family() == AF_INET6 && IN6_IS_ADDR_MULTICAST(&bytes_.v6.sin6_addr);
}

bool address::same_ip(const address& other) const {
  if (family() != other.family()) return false;
  if (family() == AF_INET) return bytes_.v4.sin_addr.s_addr == other.bytes_.v4.sin_addr.s_addr;
  return family() != AF_INET6 || std::memcmp(&bytes_.v6.sin6_addr, &other.bytes_.v6.sin6_addr, sizeof(in6_addr)) == 0;
}

std::string address::ip() const {
  if (family() == AF_INET) {
    // inet_ntop does it by sprintf, ten times as slow; and each change of each call writes a few.
    std::string out;
    for (std::uint32_t left = ntohl(bytes_.v4.sin_addr.s_addr), i = 0; i < 4; ++i, left <<= 8)
      out += (i == 0 ? "" : ".") + std::to_string(left >> 24);
    return out;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!*this || inet_ntop(AF_INET6, &bytes_.v6.sin6_addr, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

std::string address::text() const {
  if (!*this) return "-";
  const std::string ip = this->ip();
  return (family() == AF_INET ? ip : "[" + ip + "]") + ":" + std::to_string(port());
}

}  // namespace cordboard::media
