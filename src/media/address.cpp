// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <fmt/format.h>
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
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* from = family() == AF_INET ? static_cast<const void*>(&bytes_.v4.sin_addr) : &bytes_.v6.sin6_addr;
  if (!*this || inet_ntop(family(), from, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

std::string address::text() const {
  if (!*this) return "-";
  if (family() == AF_INET) return fmt::format("{}:{}", ip(), port());
  return fmt::format("[{}]:{}", ip(), port());
}

}  // namespace cordboard::media
