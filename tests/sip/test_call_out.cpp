// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;
using std::chrono::milliseconds;

namespace {

/// Rings the trunk, which is this peer. @returns the INVITE
message ring(house& h, peer_socket& peer, std::uint64_t leg, bool auto_answer = false) {
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport={}", peer.port(), "udp"));
  h.stack->ring({leg_id{leg}, device_id{9}, "02012345", "1001", "王 \"x\"\r\nEvil: 1", our_sdp, auto_answer});
  return h.next(peer, "INVITE").value_or(message{});
}
std::string contact(const peer_socket& peer) { return "Contact: " + peer.contact() + "\r\n"; }

}  // namespace

TEST_CASE("our INVITE rings, is answered, acknowledged and ended by either side") {
  house h;
  peer_socket peer(h.port());
  for (const bool we_end : {false, true}) {
    const std::uint64_t leg = we_end ? 8 : 7;
    const auto invite = ring(h, peer, leg);
    CHECK(invite.start == fmt::format("INVITE sip:02012345@127.0.0.1:{};transport=udp SIP/2.0", peer.port()));
    CHECK(invite.body == our_sdp);
    CHECK(invite.get("from").rfind(fmt::format("\"王 \\\"x\\\"Evil: 1\" <sip:1001@127.0.0.1:{}>;tag=", h.port()), 0) == 0);
    CHECK(invite.get("evil").empty());
    CHECK(invite.get("supported") == "replaces, timer");
    CHECK(invite.get("call-info").empty());
    peer.send(peer_socket::response(invite, 180, "t", contact(peer)));
    CHECK(h.hears(fmt::format("{} provisional 180", leg)));
    peer.send(peer_socket::response(invite, 183, "t", contact(peer), sdp));
    CHECK(h.hears(fmt::format("{} provisional 183", leg)));
    peer.send(peer_socket::response(invite, 200, "t", contact(peer), sdp));
    const auto ack = h.next(peer, "ACK");
    REQUIRE(ack);
    CHECK(ack->get("via") != invite.get("via"));
    CHECK(h.hears(fmt::format("{} answered", leg)));
    CHECK(h.body == sdp);
    // Lost: the peer repeats its 200, and gets the ACK again.
    peer.send(peer_socket::response(invite, 200, "t", contact(peer), sdp));
    CHECK(h.until([&] {
      const auto again = peer.receive();
      return again && again->method() == "ACK";
    }));
    CHECK(h.count(fmt::format("{} answered", leg)) == 1);
    if (we_end) {
      h.stack->release(leg_id{leg});
      const auto bye = h.next(peer, "BYE");
      REQUIRE(bye);
      peer.send(peer_socket::response(*bye, 200, ""));
      CHECK(h.hears(fmt::format("{} released 200", leg)));
    } else {
      peer.send(peer.request("BYE", invite.uri("contact"), invite.get("to") + ";tag=t", invite.get("from"),
                             invite.get("call-id"), 1));
      CHECK(h.next(peer, "200"));
      CHECK(h.hears(fmt::format("{} ended 0", leg)));
    }
  }
}

TEST_CASE("a phone is asked to answer by itself in the two ways phones understand") {
  house h;
  peer_socket peer(h.port());
  const auto invite = ring(h, peer, 7, true);
  CHECK(invite.get("call-info").find(">;answer-after=0") != std::string::npos);
  CHECK(invite.get("alert-info").find(">;info=alert-autoanswer") != std::string::npos);
}

TEST_CASE("refusals are told with their status, redirections too") {
  house h;
  peer_socket peer(h.port());
  std::uint64_t leg = 7;
  for (const int status : {486, 603, 404, 302, 503}) {
    const auto invite = ring(h, peer, ++leg);
    peer.send(peer_socket::response(invite, status, "t", contact(peer)));
    CHECK(h.next(peer, "ACK"));
    CHECK(h.hears(fmt::format("{} refused {}", leg, status)));
  }
}

TEST_CASE("what cannot be sent is refused 503, and who is not there 480 or 404") {
  house h;
  std::uint16_t dead = 0;
  {
    const peer_socket gone(h.port());
    dead = gone.port();
  }
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", dead));
  h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", our_sdp});
  CHECK(h.hears("7 refused 503"));
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=tcp", dead));
  h.stack->ring({leg_id{8}, device_id{9}, "1", "", "", our_sdp});
  CHECK(h.hears("8 refused 503"));
  h.stack->ring({leg_id{9}, device_id{1}, "", "", "", our_sdp});
  CHECK(h.hears("9 refused 480"));
  h.stack->ring({leg_id{10}, device_id{55}, "", "", "", our_sdp});
  CHECK(h.hears("10 refused 404"));
}

TEST_CASE("CANCEL waits for a provisional answer") {
  house h;
  peer_socket peer(h.port());
  const auto invite = ring(h, peer, 7);
  h.stack->release(leg_id{7});
  CHECK_FALSE(h.next(peer, milliseconds(100)));
  peer.send(peer_socket::response(invite, 180, "t", contact(peer)));
  const auto cancel = h.next(peer, "CANCEL");
  REQUIRE(cancel);
  CHECK(cancel->get("via") == invite.get("via"));
  peer.send(peer_socket::response(*cancel, 200, "t"));
  peer.send(peer_socket::response(invite, 487, "t"));
  CHECK(h.next(peer, "ACK"));
  CHECK(h.hears("7 released 487"));
  CHECK(h.count("7 provisional 180") == 0);
}

TEST_CASE("a call answered while our CANCEL is on its way is acknowledged and ended") {
  house h;
  peer_socket peer(h.port());
  const auto invite = ring(h, peer, 7);
  peer.send(peer_socket::response(invite, 180, "t", contact(peer)));
  CHECK(h.hears("7 provisional 180"));
  h.stack->release(leg_id{7});
  const auto cancel = h.next(peer, "CANCEL");
  REQUIRE(cancel);
  peer.send(peer_socket::response(invite, 200, "t", contact(peer), sdp));
  peer.send(peer_socket::response(*cancel, 481, "t"));
  CHECK(h.next(peer, "ACK"));
  const auto bye = h.next(peer, "BYE");
  REQUIRE(bye);
  CHECK(h.count("7 released 200") == 0);
  peer.send(peer_socket::response(*bye, 200, ""));
  CHECK(h.hears("7 released 200"));
  CHECK(h.count("7 answered") == 0);
}

TEST_CASE("a second 200 from another fork is acknowledged and ended") {
  house h;
  peer_socket peer(h.port());
  const auto invite = ring(h, peer, 7);
  peer.send(peer_socket::response(invite, 200, "first", contact(peer), sdp));
  CHECK(h.next(peer, "ACK"));
  CHECK(h.hears("7 answered"));
  peer.send(peer_socket::response(invite, 200, "second", contact(peer), sdp));
  const auto ack = h.next(peer, "ACK");
  REQUIRE(ack);
  CHECK(ack->tag("to") == "second");
  const auto bye = h.next(peer, "BYE");
  REQUIRE(bye);
  CHECK(bye->tag("to") == "second");
  CHECK(h.count("7 answered") == 1);
  CHECK(h.count("7 ended 0") == 0);
}

TEST_CASE("a proxy that recorded itself is gone through") {
  house h;
  peer_socket peer(h.port());
  const auto invite = ring(h, peer, 7);
  const auto routes =
      fmt::format("Record-Route: <sip:127.0.0.1:{};lr;n=1>\r\nRecord-Route: <sip:10.0.0.9;lr>\r\n", peer.port());
  // As a proxy next to us would send it: its own route last.
  peer.send(peer_socket::response(invite, 200, "t",
                                  "Record-Route: <sip:10.0.0.9;lr>, <sip:127.0.0.1:" + std::to_string(peer.port()) +
                                      ";lr>\r\nContact: <sip:far@10.9.9.9>\r\n",
                                  sdp));
  const auto ack = h.next(peer, "ACK");
  REQUIRE(ack);
  CHECK(ack->start == "ACK sip:far@10.9.9.9 SIP/2.0");
  const auto path = ack->all("route");
  REQUIRE_FALSE(path.empty());
  CHECK(path[0].find(std::to_string(peer.port())) != std::string::npos);
}

TEST_CASE("nobody answers at all: refused 408 after 32 seconds" * doctest::skip(true)) {
  // Run by the test `sip_patience`.
  house h;
  peer_socket silent(h.port());
  ring(h, silent, 7);
  CHECK(h.hears("7 refused 408", std::chrono::seconds(40)));
}

TEST_CASE("an answer may name a contact that nobody can reach: the leg still ends") {
  house h;
  peer_socket peer(h.port());
  std::uint64_t leg = 100;
  for (const char* const target :
       {"*", "<tel:123>", "<sips:x@127.0.0.1>", "<sip:x@127.0.0.1;transport=sctp>", "<sip:x@no.such.invalid>", "<sip:>",
        "<sip:x@[::1]:9>", "<mailto:x@y>", "<sip:x@127.0.0.1:0>", "<sip:x@255.255.255.255>"}) {
    CAPTURE(target);
    const auto invite = ring(h, peer, ++leg);
    peer.send(peer_socket::response(invite, 200, "t", fmt::format("Contact: {}\r\n", target), sdp));
    h.until([&] { return !h.told.empty() && h.told.back() == fmt::format("{} answered", leg); }, milliseconds(300));
    h.stack->release(leg_id{leg});
    h.until([] { return false; }, milliseconds(20));
  }
  const auto invite = ring(h, peer, 7);
  CHECK(invite.method() == "INVITE");
}

TEST_CASE("a caller may name a contact that nobody can reach: the leg still ends") {
  house h;
  for (const char* const target :
       {"*", "<tel:123>", "<sips:x@127.0.0.1>", "<sip:x@127.0.0.1;transport=sctp>", "<sip:x@no.such.invalid>", "<sip:>",
        "<sip:x@[::1]:9>", "<mailto:x@y>", "<sip:x@127.0.0.1:0>", "<sip:x@255.255.255.255>"}) {
    CAPTURE(target);
    peer_socket peer(h.port());
    const auto before = h.calls.size();
    auto call = call_in(h, peer, "900", sdp, fmt::format("Contact: {}\r\n", target));
    if (h.calls.size() == before) continue;
    establish(h, peer, call);
    h.stack->release(h.calls.back().who.leg);
    h.until([] { return false; }, milliseconds(20));
  }
  peer_socket peer(h.port());
  const auto before = h.calls.size();
  call_in(h, peer, "900");
  CHECK(h.calls.size() == before + 1);
}

TEST_CASE("what the library complains about names nobody") {
  std::vector<std::string> lines;
  sip::trace_library([&](std::string_view line) { lines.emplace_back(line); });
  {
    house h;
    std::uint16_t dead = 0;
    {
      const peer_socket gone(h.port());
      dead = gone.port();
    }
    h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", dead));
    h.stack->ring({leg_id{7}, device_id{9}, "02012345", "13900001111", "Wang", our_sdp});
    CHECK(h.hears("7 refused 503"));
  }
  sip::trace_library(nullptr);
  CHECK_FALSE(lines.empty());
  for (const auto& line : lines)
    for (const char* const person : {"0201", "1390", "Wang", "127.0.0"}) CHECK(line.find(person) == std::string::npos);
}
