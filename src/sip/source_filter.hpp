// SPDX-License-Identifier: Apache-2.0
// Banned addresses are kept out by the kernel: a datagram that the library never sees costs a hundredth of one that it refuses.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

struct sock_filter;

namespace cordboard::sip {

/// A filter of one UDP socket: datagrams of some IPv4 addresses are dropped unread. IPv6 addresses are left to the stack, which
/// refuses them.
class source_filter {
public:
  /// More addresses than this are not filtered: the kernel bounds the length of a program.
  static constexpr std::size_t addresses_max = 2000;

  /// Filters the UDP socket that this process has bound there; none: `set` does nothing.
  void find_socket(const std::string& address, std::uint16_t port);
  /// From now on these are dropped, and no others. Cheap when nothing has changed.
  void set(std::vector<std::uint32_t> addresses);
  std::size_t size() const { return dropped_.size(); }

  /// The program, for tests: addresses in host order.
  static std::vector<sock_filter> program(const std::vector<std::uint32_t>& addresses);

private:
  int socket_ = -1;  // the library's
  std::vector<std::uint32_t> dropped_;
};

}  // namespace cordboard::sip
