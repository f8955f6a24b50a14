// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>
#include <utility>

namespace sip_sim {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  return at;
}

}  // namespace

network::network(std::mt19937_64& dice, std::function<void(const std::string&)> to_agents)
    : dice_(dice), to_agents_(std::move(to_agents)) {
  fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  auto at = loopback(0);
  socklen_t size = sizeof at;
  const int room = 4 << 20;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "a socket for the simulated network");
  port_ = ntohs(at.sin_port);
}

network::~network() { ::close(fd_); }

void network::put(const std::string& text, bool to_stack) {
  const auto chance = [&](unsigned of_1000) { return dice_() % 1000 < of_1000; };
  if (chance(weather_.lost)) return;
  for (int copies = chance(weather_.repeated) ? 2 : 1; copies > 0; --copies)
    under_way_.emplace(now() + 1 + static_cast<milliseconds>(dice_() % static_cast<std::uint64_t>(weather_.slowest)),
                       datagram{text, to_stack});
}

bool network::receive(std::string& text) {
  char bytes[65536];
  const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
  if (got < 0) return false;
  text.assign(bytes, static_cast<std::size_t>(got));
  return true;
}

bool network::take() {
  bool any = false;
  for (std::string text; receive(text); any = true) put(text, false);
  return any;
}

void network::forget() {
  for (std::string text; receive(text);) continue;
}

std::size_t network::deliver() {
  std::size_t count = 0;
  while (!under_way_.empty() && under_way_.begin()->first <= now()) {
    const auto first = std::move(under_way_.extract(under_way_.begin()).mapped());
    ++count;
    if (trace) trace(first.to_stack, first.text);
    if (!first.to_stack) {
      to_agents_(first.text);
      continue;
    }
    const auto to = loopback(house_);
    if (::sendto(fd_, first.text.data(), first.text.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0)
      throw std::system_error(errno, std::generic_category(), "a datagram to the stack");
  }
  return count;
}

}  // namespace sip_sim
