// SPDX-License-Identifier: Apache-2.0
// INVITE with Replaces (RFC 3891), Referred-By (RFC 3892) and Reason (RFC 3326): what the board is told, and what leaves.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;

namespace {

std::string tag_of(const std::string& address) { return address.substr(address.find(";tag=") + 5); }

/// A call of this peer to number 9, which is up.
struct up {
  up(house& in, peer_socket& peer) : call(call_in(in, peer, "9")) {
    establish(in, peer, call);
    leg = in.calls.back().who.leg;
  }
  std::string name(const std::string& flags = "") const {
    return fmt::format("Replaces: {};to-tag={};from-tag={}{}\r\n", call.call_id, tag_of(call.to), tag_of(call.from), flags);
  }
  trunk_call call;
  leg_id leg;
};

/// The house rings this peer, who says 180. @returns the INVITE that it got
message rung(house& h, peer_socket& peer, std::uint64_t leg, const std::string& referred_by = "") {
  h.trunk(fmt::format("127.0.0.1:{}", peer.port()), fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  sip::stack::invite what;
  what.leg = leg_id{leg};
  what.device = device_id{9};
  what.number = "1";
  what.offer = our_sdp;
  what.referred_by = referred_by;
  h.stack->ring(what);
  const auto got = h.next(peer, "INVITE").value_or(message{});
  peer.send(peer_socket::response(got, 180, "there", fmt::format("Contact: {}\r\n", peer.contact())));
  CHECK(h.hears(fmt::format("{} provisional 180", leg)));
  return got;
}

}  // namespace

TEST_CASE("RFC 3891: an INVITE with Replaces names the line whose place it takes") {
  house h;
  peer_socket peer(h.port());
  up talk(h, peer);
  const auto before = h.calls.size();
  call_in(h, peer, "9", sdp, talk.name() + "Require: replaces\r\n");
  REQUIRE(h.calls.size() == before + 1);
  CHECK(h.calls.back().who.replaces == talk.leg);
}

TEST_CASE("RFC 3891: a line that rings may be named, by the tag of who rings") {
  house h;
  peer_socket peer(h.port());
  const auto invite = rung(h, peer, 7);
  const auto named = [&](const std::string& from_tag, const std::string& flags) {
    const auto before = h.calls.size();
    call_in(
        h, peer, "9", sdp,
        fmt::format("Replaces: {};to-tag={};from-tag={}{}\r\n", invite.get("call-id"), invite.tag("from"), from_tag, flags));
    return h.calls.size() > before ? h.calls.back().who.replaces : leg_id{};
  };
  CHECK(named("there", "") == leg_id{7});
  CHECK(named("there", ";early-only") == leg_id{7});
  CHECK(named("guessed", "") == leg_id{});
  CHECK(h.next(peer, "481"));
}

TEST_CASE("RFC 3891 3: what cannot be replaced is refused by the right word") {
  house h;
  peer_socket peer(h.port());
  up talk(h, peer);
  const auto refused = [&](const std::string& header, const char* status) {
    const auto before = h.calls.size();
    call_in(h, peer, "9", sdp, header);
    CHECK(h.next(peer, status));
    CHECK(h.calls.size() == before);
  };
  refused("Replaces: nobody;to-tag=a;from-tag=b\r\n", "481");
  refused(talk.name(";early-only"), "486");
  // A call that came in and is not answered: an early dialog that the house did not begin.
  const auto early = call_in(h, peer, "9");
  h.stack->alert(h.calls.back().who.leg);
  const auto ringing = h.next(peer, "180").value_or(message{});
  refused(fmt::format("Replaces: {};to-tag={};from-tag={}\r\n", early.call_id, ringing.tag("to"), tag_of(early.from)), "481");
  // One that is about to end.
  h.stack->release(talk.leg);
  REQUIRE(h.next(peer, "BYE"));
  refused(talk.name(), "603");
}

TEST_CASE("RFC 3261 8.2.2.3: an extension that is not ours is still refused, and ours are told") {
  house h;
  peer_socket peer(h.port());
  call_in(h, peer, "9", sdp, "Require: replaces, 100rel\r\n");
  const auto bad = h.next(peer, "420");
  REQUIRE(bad);
  CHECK(bad->get("unsupported") == "100rel");
  up talk(h, peer);
  CHECK(talk.call.answered.get("supported").find("replaces") != std::string::npos);
}

TEST_CASE("RFC 3892: who referred is passed on") {
  house h;
  peer_socket peer(h.port());
  CHECK(rung(h, peer, 7, "sip:1001@house.example").get("referred-by") == "<sip:1001@house.example>");
}

TEST_CASE("RFC 3326: a Reason is read, Q.850 first") {
  for (const auto& [header, told] : {std::pair{"Reason: Q.850;cause=17;text=\"busy\"\r\n", " (busy)"},
                                     {"Reason: SIP;cause=603\r\n", " (call_rejected)"},
                                     {"Reason: SIP;cause=486, Q.850;cause=27\r\n", " (dest_out_of_order)"},
                                     {"Reason: preemption;cause=1\r\n", ""},
                                     {"Reason: Q.850;cause=nonsense\r\n", ""},
                                     {"", ""}}) {
    house h;
    peer_socket peer(h.port());
    up talk(h, peer);
    peer.send(
        peer.request("BYE", talk.call.answered.uri("contact"), talk.call.from, talk.call.to, talk.call.call_id, 5, header));
    CHECK(h.hears(fmt::format("{} ended 0{}", talk.leg.value, told)));
  }
  house h;
  peer_socket peer(h.port());
  const auto invite = rung(h, peer, 7);
  peer.send(peer_socket::response(invite, 503, "there", "Reason: Q.850;cause=34\r\n"));
  CHECK(h.hears("7 refused 503 (resources_not_available)"));
}

TEST_CASE("RFC 3326: a BYE says why, and a phone that others were quicker than is told so") {
  house h;
  peer_socket peer(h.port());
  up talk(h, peer);
  h.stack->release(talk.leg, 0, cause::dest_out_of_order);
  const auto bye = h.next(peer, "BYE");
  REQUIRE(bye);
  CHECK(bye->get("reason") == "Q.850;cause=27;text=\"dest_out_of_order\"");
  const auto invite = rung(h, peer, 7);
  h.stack->release(leg_id{7}, 0, cause::call_pickup);
  const auto cancel = h.next(peer, "CANCEL");
  REQUIRE(cancel);
  CHECK(cancel->get("reason") == "SIP;cause=200;text=\"Call completed elsewhere\"");
  CHECK(cancel->get("call-id") == invite.get("call-id"));
}
