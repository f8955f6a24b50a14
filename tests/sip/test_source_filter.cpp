// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <poll.h>
#include <sip/source_filter.hpp>
#include <sys/socket.h>
#include <unistd.h>
#include <string>
#include <vector>

using cordboard::sip::source_filter;

namespace {

struct udp {
  explicit udp(const std::string& ip) : fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    at.sin_family = AF_INET;
    REQUIRE(::inet_pton(AF_INET, ip.c_str(), &at.sin_addr) == 1);
    socklen_t size = sizeof at;
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&at), size) == 0);
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  }
  ~udp() { ::close(fd); }
  udp(const udp&) = delete;
  udp& operator=(const udp&) = delete;
  std::uint32_t address() const { return ntohl(at.sin_addr.s_addr); }

  int fd;
  sockaddr_in at{};
};

/// Whether the datagram came; on loopback it is there, or was dropped, when `sendto` returns.
bool reaches(const udp& from, const udp& to) {
  REQUIRE(::sendto(from.fd, "x", 1, 0, reinterpret_cast<const sockaddr*>(&to.at), sizeof to.at) == 1);
  pollfd ready{to.fd, POLLIN, 0};
  if (::poll(&ready, 1, 0) != 1) return false;
  char byte = 0;
  return ::recv(to.fd, &byte, 1, 0) == 1;
}

}  // namespace

TEST_CASE("datagrams of banned addresses are dropped by the kernel, and of nobody else") {
  const udp house("127.0.0.1");
  const udp scanner("127.0.0.66");
  const udp phone("127.0.0.67");
  source_filter filter;
  filter.find_socket("127.0.0.1", ntohs(house.at.sin_port));
  CHECK(reaches(scanner, house));
  // Some hundred others, so that the program has several parts and the scanner stands in the first, one between, and the last.
  for (const std::uint32_t others_from : {0x0A000000U, 0x7F000001U + 65 - 300, 0xC0000200U}) {
    std::vector<std::uint32_t> banned{scanner.address()};
    for (std::uint32_t i = 0; i < 600; ++i)
      if (others_from + i != phone.address()) banned.push_back(others_from + i);
    filter.set(banned);
    CHECK(filter.size() >= 600);
    CHECK_FALSE(reaches(scanner, house));
    CHECK(reaches(phone, house));
  }
  filter.set({phone.address()});
  CHECK(reaches(scanner, house));
  CHECK_FALSE(reaches(phone, house));
  filter.set({});
  CHECK(reaches(phone, house));
}

TEST_CASE("more banned addresses than a filter takes: as many as it takes") {
  const udp house("127.0.0.1");
  source_filter filter;
  filter.find_socket("127.0.0.1", ntohs(house.at.sin_port));
  std::vector<std::uint32_t> banned;
  for (std::uint32_t i = 0; i < 100'000; ++i) banned.push_back(0x0A000000U + i);
  filter.set(banned);
  CHECK(filter.size() == source_filter::addresses_max);
  CHECK(reaches(house, house));
}
