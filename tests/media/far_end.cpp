// SPDX-License-Identifier: Apache-2.0
#include "far_end.hpp"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <media/g711.hpp>
#include <numbers>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

namespace cordboard::media {

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

void kept_facts::on_fact(any_fact fact) {
  const std::lock_guard lock(mutex_);
  facts_.push_back(std::move(fact));
  arrived_.notify_all();
}

far_end::far_end(const char* ip) : local_(*address::parse(ip, 0)), fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  socklen_t size = address::capacity;
  if (::bind(fd_.get(), local_.get(), local_.size()) != 0 || ::getsockname(fd_.get(), local_.get(), &size) != 0)
    throw std::runtime_error("no socket for a far end");
}

std::string far_end::sdp(const std::string& formats, const std::string& lines) const {
  return fmt::format("v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP {2}\r\n{3}", local_.ip(),
                     port(), formats, lines);
}

void far_end::aim(const std::string& description) {
  const auto read = sdp::description::parse(description);
  if (!read || read->sections.empty()) throw std::runtime_error("not a description: " + description);
  to_ = read->rtp(read->sections[0]).value();
}

void far_end::speak(std::uint8_t type, const std::vector<std::uint8_t>& payload, bool marker) {
  rtp::header_bytes header;
  rtp::write(header, {type, marker, sequence++, timestamp, ssrc, {}});
  timestamp += 160;
  std::vector<std::uint8_t> out(header.begin(), header.end());
  out.insert(out.end(), payload.begin(), payload.end());
  send(out);
}

void far_end::send(const std::vector<std::uint8_t>& datagram) const {
  const auto sent = ::sendto(fd_.get(), datagram.data(), datagram.size(), 0, to_.get(), to_.size());
  if (sent != static_cast<ssize_t>(datagram.size())) throw std::runtime_error("a far end cannot send");
}

std::optional<received> far_end::hear(std::chrono::milliseconds within) {
  pollfd waiting{fd_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(within.count())) != 1) return std::nullopt;
  received out;
  out.bytes.resize(2048);
  socklen_t size = address::capacity;
  const auto count = ::recvfrom(fd_.get(), out.bytes.data(), out.bytes.size(), 0, out.from.get(), &size);
  if (count < 0) return std::nullopt;
  out.at = std::chrono::steady_clock::now();
  out.bytes.resize(static_cast<std::size_t>(count));
  const auto packet = rtp::read(out.bytes);
  if (!packet) throw std::runtime_error("what came is no RTP");
  out.packet = *packet;
  return out;
}

std::optional<received> far_end::hear_voice() {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (std::chrono::steady_clock::now() < end) {
    auto next = hear();
    if (!next) return next;
    const auto bytes = next->packet.payload;
    if (std::any_of(bytes.begin(), bytes.end(), [](std::uint8_t x) { return x != 0xD5 && x != 0xFF; })) return next;
  }
  return std::nullopt;
}

std::size_t far_end::drop_all() {
  std::size_t out = 0;
  while (hear(0ms)) ++out;
  return out;
}

media_config test_config() {
  media_config out;
  out.port_min = static_cast<std::uint16_t>(10000 + (::getpid() % 100) * 200);
  out.port_max = static_cast<std::uint16_t>(out.port_min + 199);
  return out;
}

double part_of(double hertz, const std::vector<std::uint8_t>& bytes, bool alaw) {
  const double step = 2.0 * std::cos(2.0 * std::numbers::pi * hertz / 8000.0);
  double one = 0, two = 0, all = 0;
  for (const auto byte : bytes) {
    const double x = alaw ? g711::from_alaw(byte) : g711::from_ulaw(byte);
    const double next = x + step * one - two;
    two = one;
    one = next;
    all += x * x;
  }
  const double power = one * one + two * two - step * one * two;
  return all == 0 ? 0 : 2.0 * power / (all * static_cast<double>(bytes.size()));
}

std::vector<std::uint8_t> kilohertz(std::size_t frame, bool alaw) {
  std::vector<std::uint8_t> out(160);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double at = static_cast<double>(frame * out.size() + i);
    const auto linear =
        static_cast<std::int16_t>(std::lround(8000.0 * std::sin(2.0 * std::numbers::pi * 1000.0 * at / 8000.0)));
    out[i] = alaw ? g711::to_alaw(linear) : g711::to_ulaw(linear);
  }
  return out;
}

}  // namespace cordboard::media
