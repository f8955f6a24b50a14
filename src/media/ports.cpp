// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <media/ports.hpp>
#include <unistd.h>

namespace cordboard::media {
namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

result<descriptor> bound_socket(const address& at) {
  descriptor fd{::socket(at.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP)};
  if (!fd) return failure(last_error());
  // Expedited forwarding (RFC 4594 §4.1): switches and access points of a house put voice first. A kernel that refuses is fine.
  const int expedited = 46 << 2;
  if (at.family() == AF_INET) {
    (void)::setsockopt(fd.get(), IPPROTO_IP, IP_TOS, &expedited, sizeof expedited);
  } else {
    const int on = 1;
    (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_TCLASS, &expedited, sizeof expedited);
  }
  if (::bind(fd.get(), at.get(), at.size()) != 0) return failure(last_error());
  return fd;
}

}  // namespace

void descriptor::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

ephemeral_range kernel_ephemeral_range() {
  std::ifstream in("/proc/sys/net/ipv4/ip_local_port_range");
  ephemeral_range out;
  ephemeral_range read;
  if (in >> read.low >> read.high) out = read;
  return out;
}

std::string complaint_about_ports(const media_config& config, ephemeral_range kernel) {
  const std::string ours = fmt::format("media ports {}-{}", config.port_min, config.port_max);
  if (config.port_min < 1024 || config.port_min % 2 != 0)
    return fmt::format("{}: the first must be even and at least 1024", ours);
  if (config.port_max <= config.port_min) return fmt::format("{}: the last must be above the first", ours);
  if (config.port_min <= kernel.high && config.port_max >= kernel.low)
    return fmt::format("{} overlap the kernel's ephemeral ports {}-{} (net.ipv4.ip_local_port_range): choose a range outside",
                       ours, kernel.low, kernel.high);
  return {};
}

port_pool::port_pool(const address& at, std::uint16_t first, std::uint16_t last)
    : at_(at), first_(first), taken_((std::size_t{last} - first + 1) / 2) {}

result<port_pair> port_pool::open() {
  for (std::size_t tried = 0; tried < taken_.size(); ++tried) {
    const std::size_t at = next_;
    next_ = (next_ + 1) % taken_.size();
    if (taken_[at]) continue;
    auto pair = bind(static_cast<std::uint16_t>(first_ + 2 * at));
    if (pair) {
      taken_[at] = true;
      return pair;
    }
    if (pair.error() != std::errc::address_in_use && pair.error() != std::errc::permission_denied) break;
  }
  return failure(errc::limit_reached);
}

result<port_pair> port_pool::open(std::uint16_t port) {
  auto pair = bind(port);
  // A restart may come with another range; the calls that were there keep their ports.
  if (pair && port >= first_ && (port - first_) / 2U < taken_.size()) taken_[(port - first_) / 2U] = true;
  return pair;
}

void port_pool::give_back(std::uint16_t port) {
  if (port >= first_ && (port - first_) / 2U < taken_.size()) taken_[(port - first_) / 2U] = false;
}

result<port_pair> port_pool::bind(std::uint16_t port) const {
  auto rtp = bound_socket(at_.with_port(port));
  if (!rtp) return failure(rtp.error());
  auto rtcp = bound_socket(at_.with_port(static_cast<std::uint16_t>(port + 1)));
  if (!rtcp) return failure(rtcp.error());
  return port_pair{std::move(*rtp), std::move(*rtcp), port};
}

}  // namespace cordboard::media
