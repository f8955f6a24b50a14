// SPDX-License-Identifier: Apache-2.0
// Ports for streams: pairs of an even one for RTP and the next for RTCP, out of the configured range, in turn.
#pragma once
#include <cordboard/config.hpp>
#include <cordboard/errc.hpp>
#include <cstdint>
#include <media/address.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cordboard::media {

/// A file descriptor that closes itself.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

private:
  int fd_ = -1;
};

/// Ports that the kernel gives to outgoing connections.
struct ephemeral_range {
  std::uint16_t low = 32768;
  std::uint16_t high = 60999;
};
/// What the kernel says (net.ipv4.ip_local_port_range, which holds for IPv6 too); its own default if it does not say.
ephemeral_range kernel_ephemeral_range();
/// Why these ports cannot be used; empty: they can. Inside the kernel's range a port that the log names could be taken by
/// any outgoing connection while the process restarts, and the call would be dumb.
std::string complaint_about_ports(const media_config& config, ephemeral_range kernel);

/// Two bound sockets.
struct port_pair {
  descriptor rtp;
  descriptor rtcp;
  std::uint16_t port = 0;  ///< of `rtp`; even
};

/// Who holds which pair. In turn, so that a port rests before it is used again and a late packet of an old call finds nobody.
class port_pool {
public:
  /// `at`: the address to bind; its port does not matter.
  port_pool(const address& at, std::uint16_t first, std::uint16_t last);

  /// The next free pair; one that another process holds is passed over.
  /// @errors  limit_reached: no pair is free, or no descriptor
  result<port_pair> open();
  /// This very pair.
  /// @errors  what the kernel says
  result<port_pair> open(std::uint16_t port);
  /// The pair may be given out again. Its sockets may still be closing: then `open` passes it over.
  void give_back(std::uint16_t port);

private:
  result<port_pair> bind(std::uint16_t port) const;

  address at_;
  std::uint16_t first_;
  std::vector<bool> taken_;
  std::size_t next_ = 0;
};

}  // namespace cordboard::media
