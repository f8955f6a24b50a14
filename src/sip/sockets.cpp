// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sip/sockets.hpp>
#include <sys/socket.h>
#include <array>
#include <charconv>
#include <memory>
#include <string_view>

namespace cordboard::sip {
namespace {

std::uint16_t port_of(const sockaddr_storage& of) {
  // Both families have it at the same place.
  return of.ss_family == AF_INET || of.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in&>(of).sin_port) : 0;
}

/// All sockets of this type that are bound to this port.
template <class Each>
void for_each_socket(int type, std::uint16_t port, Each each) {
  const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir("/proc/self/fd"), ::closedir);
  for (const dirent* entry = nullptr;
       all != nullptr && (entry = ::readdir(all.get())) != nullptr;) {  // NOLINT(concurrency-mt-unsafe)
    const std::string_view name = entry->d_name;
    int fd = -1;
    if (std::from_chars(name.data(), name.data() + name.size(), fd).ec != std::errc{}) continue;
    sockaddr_storage here{};
    socklen_t size = sizeof here;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) != 0 || port_of(here) != port) continue;
    int is = 0;
    size = sizeof is;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &is, &size) == 0 && is == type) each(fd, here);
  }
}

}  // namespace

int find_udp_socket(const std::string& address, std::uint16_t port) {
  int found = -1;
  for_each_socket(SOCK_DGRAM, port, [&](int fd, const sockaddr_storage& here) {
    if (address_of(reinterpret_cast<const sockaddr&>(here)).ip == address) found = fd;
  });
  return found;
}

std::size_t strangers::hang_up(const std::vector<std::uint16_t>& ports, std::chrono::seconds idle,
                               const std::function<bool(const source_address&)>& is_known, clock::time_point now) {
  std::size_t count = 0;
  std::map<std::string, clock::time_point> still;
  const auto look = [&](int fd, const sockaddr_storage&) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return;  // It listens.
    tcp_info state{};
    size = sizeof state;
    const auto from = address_of(reinterpret_cast<const sockaddr&>(peer));
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &size) != 0 || is_known(from)) return;
    const auto name = as_hostport(from);
    const auto before = since_.find(name);
    const auto since = before != since_.end() ? before->second : now;
    if (std::chrono::milliseconds(state.tcpi_last_data_recv) < idle && now - since < patience * idle) {
      still.emplace(name, since);
    } else if (::shutdown(fd, SHUT_RDWR) == 0) {  // The library sees the end, and closes it.
      ++count;
    }
  };
  for (const auto port : ports) for_each_socket(SOCK_STREAM, port, look);
  since_ = std::move(still);
  return count;
}

}  // namespace cordboard::sip
