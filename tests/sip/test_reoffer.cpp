// SPDX-License-Identifier: Apache-2.0
// Offers of the house's own in an answered call.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;
using std::chrono::milliseconds;

namespace {

/// A call from outside, answered and acknowledged.
struct talk {
  talk() : peer(h.port()), call(call_in(h, peer, "900")) {
    establish(h, peer, call);
    leg = h.calls.back().who.leg;
  }
  bool told(int status) { return h.hears(fmt::format("reoffer answered {} {}", leg.value, status)); }
  void answer(const message& invite, int status, const std::string& body = "") {
    peer.send(peer_socket::response(invite, status, "", fmt::format("Contact: {}\r\n", peer.contact()), body));
  }
  std::string ask(const std::string& method, int cseq, const std::string& body = "") {
    auto text = peer.request(method, call.answered.uri("contact"), call.from, call.to, call.call_id, cseq, "", body);
    peer.send(text);
    return text;
  }

  house h;
  peer_socket peer;
  trunk_call call;
  leg_id leg;
};

}  // namespace

TEST_CASE("the peer is offered something else in the same dialog, and its answer is told") {
  talk t;
  t.h.stack->reoffer(t.leg, our_sdp, true);
  const auto invite = t.h.next(t.peer, "INVITE");
  REQUIRE(invite);
  CHECK(invite->body == our_sdp);
  CHECK(invite->get("call-id") == t.call.call_id);
  t.answer(*invite, 200, sdp);
  CHECK(t.told(200));
  CHECK(t.h.body == sdp);
  const auto ack = t.h.next(t.peer, "ACK");
  REQUIRE(ack);
  CHECK(std::stoi(ack->get("cseq")) == std::stoi(invite->get("cseq")));
}

TEST_CASE("a refusal is told, and the call goes on") {
  talk t;
  t.h.stack->reoffer(t.leg, our_sdp, true);
  const auto invite = t.h.next(t.peer, "INVITE");
  REQUIRE(invite);
  t.answer(*invite, 488);
  CHECK(t.told(488));
  CHECK(t.h.next(t.peer, "ACK"));
  t.h.stack->release(t.leg);
  CHECK(t.h.next(t.peer, "BYE"));
}

TEST_CASE("RFC 3261 14.1: after a glare the offer is made again, with patience; without, it is told") {
  for (const bool patient : {true, false}) {
    talk t;
    t.h.stack->reoffer(t.leg, our_sdp, patient);
    const auto first = t.h.next(t.peer, "INVITE");
    REQUIRE(first);
    t.answer(*first, 491);
    if (!patient) {
      CHECK(t.told(491));
      continue;
    }
    const auto second = t.h.next(t.peer, "INVITE");
    REQUIRE(second);
    CHECK(std::stoi(second->get("cseq")) > std::stoi(first->get("cseq")));
    t.answer(*second, 200, sdp);
    CHECK(t.told(200));
  }
}

TEST_CASE("an offer of the peer's that is under way is waited for") {
  talk t;
  t.ask("INVITE", 2, sdp);
  CHECK(t.h.hears(fmt::format("{} reoffer", t.leg.value)));
  t.h.stack->reoffer(t.leg, our_sdp, false);
  CHECK(t.told(491));
  t.h.stack->reoffer(t.leg, our_sdp, true);
  t.h.stack->answer_reoffer(t.leg, our_sdp);
  CHECK(t.h.next(t.peer, "200"));
  t.ask("ACK", 2);
  const auto invite = t.h.next(t.peer, "INVITE");
  REQUIRE(invite);
  t.answer(*invite, 200, sdp);
  CHECK(t.told(200));
}

TEST_CASE("whoever knows no such dialog any more is let go") {
  talk t;
  t.h.stack->reoffer(t.leg, our_sdp, true);
  const auto invite = t.h.next(t.peer, "INVITE");
  REQUIRE(invite);
  t.answer(*invite, 481);
  CHECK(t.told(481));
  CHECK(t.h.hears(fmt::format("{} ended 408", t.leg.value)));
}

TEST_CASE("a leg that is gone, or on its way, is told so") {
  talk t;
  t.h.stack->reoffer(leg_id{4711}, our_sdp, true);
  CHECK(t.h.hears("reoffer answered 4711 481"));
  t.h.stack->release(t.leg);
  t.h.stack->reoffer(t.leg, our_sdp, true);
  CHECK(t.told(481));
}
