// SPDX-License-Identifier: Apache-2.0
// What would crash the process, or stop its timers, were it not fenced. Numbered as in src/sip/su.hpp.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <ctime>
#include <system_error>
#include "house.hpp"
#include "wall_clock.hpp"

using namespace sip_test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// A socket that only holds a port.
struct held_port {
  explicit held_port(int kind) : fd(socket(AF_INET, kind, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    if (kind == SOCK_STREAM) REQUIRE(listen(fd, 1) == 0);
    socklen_t size = sizeof at;
    getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
  }
  ~held_port() { close(fd); }
  int fd;
  std::uint16_t port = 0;
};

sip_config at_port(std::uint16_t port) {
  sip_config config;
  config.port = port;
  return config;
}

/// Alive means: still answers.
bool answers(house& h) {
  peer_socket probe(h.port());
  probe.send(
      probe.request("OPTIONS", h.uri(), "<sip:x@127.0.0.1>;tag=o", "<" + h.uri() + ">", fmt::format("o-{}", probe.port()), 1));
  const auto got = h.next(probe);
  return got && got->status() == 200;
}

}  // namespace

TEST_CASE("fence 1: transports are bound one at a time, so a taken TCP port is an error that names it") {
  const held_port taken(SOCK_STREAM);
  try {
    house h(at_port(taken.port));
    FAIL("bound a port that is taken");
  } catch (const std::system_error& e) {
    CHECK(e.code() == std::errc::address_in_use);
    CHECK(std::string(e.what()).find(fmt::format("127.0.0.1:{} over tcp", taken.port)) != std::string::npos);
  }
}

TEST_CASE("fence 1: and so is a taken UDP port") {
  const held_port taken(SOCK_DGRAM);
  try {
    house h(at_port(taken.port));
    FAIL("bound a port that is taken");
  } catch (const std::system_error& e) {
    CHECK(e.code() == std::errc::address_in_use);
    CHECK(std::string(e.what()).find(fmt::format("127.0.0.1:{} over udp", taken.port)) != std::string::npos);
  }
}

TEST_CASE("fence 2: a 200 to an INVITE of the process before is acknowledged with its branch") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.stack->ring({leg_id{7}, device_id{9}, "02012345", "", "", our_sdp});
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  REQUIRE(h.until([&] { return h.dialogs.count(7) != 0; }));
  h.restart();
  REQUIRE(h.stack->restore(leg_id{7}, h.dialogs[7]));
  peer.send(peer_socket::response(*invite, 200, "t", "Contact: " + peer.contact() + "\r\n", sdp));
  CHECK(h.next(peer, "ACK"));
  CHECK(h.hears("7 answered"));
  CHECK(answers(h));
}

TEST_CASE("fence 3: no transport at all is refused at the start") {
  sip_config config = at_port(0);
  config.udp = config.tcp = false;
  CHECK_THROWS_AS(house{config}, std::invalid_argument);
}

TEST_CASE("fence 4: a step of the wall clock touches no transaction") {
  for (const long step : {3600L, -3600L, 20L * 86400, -20L * 86400}) {
    CAPTURE(step);
    house h;
    peer_socket silent(h.port());
    h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", silent.port()));
    h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", our_sdp});
    int came = 0;
    const auto receive = [&] { came += silent.receive() ? 1 : 0; };
    REQUIRE(h.until([&] { return receive(), came == 1; }));
    wall_step = step;
    const auto wall = time(nullptr);
    timespec direct{};
    clock_gettime(CLOCK_REALTIME, &direct);
    CHECK(wall == direct.tv_sec);
    // Repeated 0.5 s and 1.5 s after the first, as ever.
    CHECK(h.until([&] { return receive(), came == 3; }, milliseconds(2500)));
    CHECK(h.told.empty());
    wall_step = 0;
  }
}

TEST_CASE("fence 5: a long request goes by UDP in one datagram, and never by TCP") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  std::string offer = our_sdp;
  while (offer.size() < 6000) offer += "a=x-padding:0123456789012345678901234567890123456789\r\n";
  h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", offer});
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  CHECK(invite->body == offer);
  CHECK(invite->get("via").rfind("SIP/2.0/UDP", 0) == 0);
}

TEST_CASE("fence 6: a URI whose last parameter begins like one that is searched is refused") {
  house h;
  peer_socket peer(h.port());
  h.trunk(fmt::format("127.0.0.1:{}", peer.port()));
  int n = 0;
  const auto status_of = [&](const std::string& uri, const std::string& extra) {
    const auto to = "<" + h.uri() + ">";
    peer.send(peer.request("INVITE", uri, "<sip:x@127.0.0.1>;tag=f", to, fmt::format("over-{}", ++n), 1, extra, sdp));
    const auto got = h.next(peer);
    return got ? got->status() : 0;
  };
  const auto target = fmt::format("sip:1001@127.0.0.1:{}", h.port());
  for (const char* const name : {"lrx", "maddrx", "transportx", "methodx", "compx", "LRx", "x;lrx"}) {
    CAPTURE(name);
    CHECK(status_of(target, fmt::format("Record-Route: <sip:10.0.0.1;{}>\r\n", name)) == 400);
    CHECK(status_of(target, fmt::format("Route: <sip:10.0.0.1;{}>\r\n", name)) == 400);
    CHECK(status_of(target, fmt::format("Contact: <sip:x@10.0.0.1;{}>\r\n", name)) == 400);
    CHECK(status_of(target, fmt::format("m: <sip:x@10.0.0.1;{}>\r\n", name)) == 400);
    CHECK(status_of(target, fmt::format("Record-Route: <sip:10.0.0.2;lr>,<sip:10.0.0.1;{}>\r\n", name)) == 400);
    CHECK(status_of(target + ";" + name, "") == 400);
  }
  CHECK(h.calls.empty());
  CHECK(status_of(target, "Record-Route: <sip:10.0.0.1;lr>\r\n") == 0);
  CHECK(h.calls.size() == 1);
}

TEST_CASE("fence 6: and so is an answer with such a URI, which then is no answer") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", our_sdp});
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  const auto contact = "Contact: " + peer.contact() + "\r\n";
  peer.send(peer_socket::response(*invite, 180, "t", "Record-Route: <sip:10.0.0.1;lrx>\r\n" + contact));
  peer.send(peer_socket::response(*invite, 183, "t", contact));
  CHECK(h.hears("7 provisional 183"));
  CHECK(h.count("7 provisional 180") == 0);
}

TEST_CASE("fence 7: an answer cannot be made to fail by maddr in Via") {
  house h;
  peer_socket peer(h.port());
  for (const char* const elsewhere : {"255.255.255.255", "192.0.2.1", "no.such.host", "::1"}) {
    CAPTURE(elsewhere);
    auto invite = peer.request("INVITE", h.uri(), "<sip:x@127.0.0.1>;tag=f", "<" + h.uri() + ">",
                               fmt::format("maddr-{}", elsewhere), 1, "", sdp);
    const auto branch = invite.find(";branch=");
    invite.insert(branch, fmt::format(";maddr={}", elsewhere));
    auto ack = invite;
    ack.replace(0, 6, "ACK").replace(ack.find("1 INVITE"), 8, "1 ACK");
    peer.send(invite);
    peer.send(ack);
    CHECK(h.next(peer, "401"));
    CHECK(answers(h));
  }
}

TEST_CASE("fence 7: an ACK for an answer that found its connection closed finds nothing") {
  house h;
  peer_socket gone(h.port(), true);
  peer_socket other(h.port());
  const auto call = call_in(h, gone, "900");
  REQUIRE(h.calls.size() == 1);
  auto ack = call.invite;
  ack.replace(0, 6, "ACK").replace(ack.find("1 INVITE"), 8, "1 ACK");
  ack.replace(ack.find("SIP/2.0/TCP"), 11, "SIP/2.0/UDP");
  gone.reset();
  // The first answer may still go into the dead socket; after it the library knows.
  REQUIRE(answers(h));
  h.stack->alert(h.calls[0].who.leg);
  REQUIRE(answers(h));
  h.stack->release(h.calls[0].who.leg, 486);
  other.send(ack);
  CHECK(answers(h));
  CHECK(h.count(fmt::format("{} released 486", h.calls[0].who.leg.value)) == 1);
}
