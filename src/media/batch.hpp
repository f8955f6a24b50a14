// SPDX-License-Identifier: Apache-2.0
// Room for the packets of one system call, in and out. One per media thread, used again and again.
#pragma once
#include <array>
#include <media/address.hpp>
#include <media/payload.hpp>
#include <media/rtp.hpp>
#include <media/srtp.hpp>
#include <sys/socket.h>

namespace cordboard::media {

inline constexpr std::size_t packets_max = 32;
inline constexpr std::size_t packet_bytes_max = 2048;  ///< longer ones are cut by the kernel, and counted as invalid

struct batch {
  using buffer = std::array<std::uint8_t, packet_bytes_max>;

  // What came.
  std::array<buffer, packets_max> bytes;
  std::array<address, packets_max> from;
  std::array<iovec, packets_max> in_parts{};
  std::array<mmsghdr, packets_max> in{};

  // What of it is to be heard.
  struct heard {
    rtp::packet packet;
    codec what = codec::none;
    bool translated = false;  ///< `other_law` holds the payload in the other law
  };
  std::array<heard, packets_max> admitted{};
  std::size_t admitted_size = 0;
  std::array<buffer, packets_max> other_law;

  // What goes.
  std::array<rtp::header_bytes, packets_max> headers{};
  std::array<std::array<iovec, 2>, packets_max> out_parts{};
  std::array<std::array<std::uint8_t, packet_bytes_max + seal_bytes_max>, packets_max> sealed;
  std::array<mmsghdr, packets_max> out{};
  std::size_t out_size = 0;

  batch() {
    for (std::size_t i = 0; i < packets_max; ++i) {
      in_parts[i] = {bytes[i].data(), bytes[i].size()};
      in[i].msg_hdr.msg_iov = &in_parts[i];
      in[i].msg_hdr.msg_iovlen = 1;
      out[i].msg_hdr.msg_iov = out_parts[i].data();
      out[i].msg_hdr.msg_iovlen = 2;
    }
  }
  batch(const batch&) = delete;
  batch& operator=(const batch&) = delete;

  /// Takes what waits at a socket; how many datagrams.
  std::size_t receive(int fd) {
    for (std::size_t i = 0; i < packets_max; ++i) {
      in[i].msg_hdr.msg_name = from[i].get();
      in[i].msg_hdr.msg_namelen = address::capacity;
    }
    const int count = ::recvmmsg(fd, in.data(), packets_max, MSG_DONTWAIT, nullptr);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  /// Datagram `i` of what came.
  std::span<std::uint8_t> datagram(std::size_t i) { return {bytes[i].data(), in[i].msg_len}; }
  bool cut(std::size_t i) const { return (in[i].msg_hdr.msg_flags & MSG_TRUNC) != 0; }

  /// Puts a packet behind those that are to go.
  void add(const rtp::packet& header, std::span<const std::uint8_t> payload, const address& to) {
    rtp::write(headers[out_size], header);
    out_parts[out_size][0] = {headers[out_size].data(), headers[out_size].size()};
    out_parts[out_size][1] = {const_cast<std::uint8_t*>(payload.data()), payload.size()};  // sendmmsg reads only
    out[out_size].msg_hdr.msg_name = const_cast<sockaddr*>(to.get());
    out[out_size].msg_hdr.msg_namelen = to.size();
    ++out_size;
  }
  /// Seals the last of them; what cannot be sealed does not go.
  void seal(sealer& with) {
    const std::size_t i = out_size - 1;
    const auto [header, payload] = out_parts[i];
    std::size_t size = header.iov_len + payload.iov_len;
    if (size > packet_bytes_max) {
      size = 0;
    } else {
      std::memcpy(sealed[i].data(), header.iov_base, header.iov_len);
      std::memcpy(sealed[i].data() + header.iov_len, payload.iov_base, payload.iov_len);
      size = with.seal(sealed[i].data(), size);
    }
    if (size == 0) --out_size;
    out_parts[i][0] = {sealed[i].data(), size};
    out_parts[i][1] = {};
  }
  /// Sends them; how many went. What the kernel refuses is left out, as a network would lose it.
  std::size_t send(int fd) {
    std::size_t at = 0;
    std::size_t sent = 0;
    while (at < out_size) {
      const int count = ::sendmmsg(fd, &out[at], static_cast<unsigned>(out_size - at), MSG_DONTWAIT);
      if (count > 0) {
        sent += static_cast<std::size_t>(count);
        at += static_cast<std::size_t>(count);
      } else {
        ++at;
      }
    }
    out_size = 0;
    return sent;
  }
};

}  // namespace cordboard::media
