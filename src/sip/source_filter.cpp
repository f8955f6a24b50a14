// SPDX-License-Identifier: Apache-2.0
#include <linux/filter.h>
#include <sip/sockets.hpp>
#include <sip/source_filter.hpp>
#include <sys/socket.h>
#include <algorithm>

namespace cordboard::sip {
namespace {

constexpr std::uint32_t whole = 0x40000;  // more than a datagram can have
constexpr auto network_header = static_cast<std::uint32_t>(SKF_NET_OFF);
constexpr std::uint32_t source_offset = 12;  // RFC 791 3.1
constexpr std::size_t chunk = 200;           // a conditional jump reaches 255 instructions

sock_filter statement(unsigned code, std::uint32_t value) { return {static_cast<std::uint16_t>(code), 0, 0, value}; }
sock_filter jump(unsigned code, std::uint32_t value, std::size_t yes, std::size_t no) {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no), value};
}

}  // namespace

std::vector<sock_filter> source_filter::program(const std::vector<std::uint32_t>& addresses) {
  std::vector<sock_filter> all{
      statement(BPF_LD | BPF_B | BPF_ABS, network_header),
      statement(BPF_ALU | BPF_RSH | BPF_K, 4),
      jump(BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0),
      statement(BPF_RET | BPF_K, whole),
      statement(BPF_LD | BPF_W | BPF_ABS, network_header + source_offset),
  };
  for (std::size_t i = 0; i < addresses.size();) {
    const std::size_t count = std::min(chunk, addresses.size() - i);
    for (std::size_t left = count; left > 0; --left, ++i)
      all.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, addresses[i], left, 0));  // to the `drop` behind this chunk
    all.push_back(statement(BPF_JMP | BPF_JA, 1));
    all.push_back(statement(BPF_RET | BPF_K, 0));
  }
  all.push_back(statement(BPF_RET | BPF_K, whole));
  return all;
}

void source_filter::find_socket(const std::string& address, std::uint16_t port) { socket_ = find_udp_socket(address, port); }

void source_filter::set(std::vector<std::uint32_t> addresses) {
  if (addresses.size() > addresses_max) addresses.resize(addresses_max);
  std::sort(addresses.begin(), addresses.end());
  if (socket_ < 0 || addresses == dropped_) return;
  if (addresses.empty()) {
    const int none = 0;
    ::setsockopt(socket_, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
    dropped_.clear();
    return;
  }
  auto code = program(addresses);
  const sock_fprog whole_program{static_cast<unsigned short>(code.size()), code.data()};
  // Where the kernel refuses, for want of memory, the filter before stays, and the stack refuses whom it lets through.
  if (::setsockopt(socket_, SOL_SOCKET, SO_ATTACH_FILTER, &whole_program, sizeof whole_program) == 0)
    dropped_ = std::move(addresses);
}

}  // namespace cordboard::sip
