// SPDX-License-Identifier: Apache-2.0
// A phone transfers by itself.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;

namespace {

/// An answered call of this peer.
struct line {
  line(house& in, peer_socket& peer, const char* number) : h(in), from(peer), call(call_in(in, peer, number)) {
    establish(h, from, call);
    leg = h.calls.back().who.leg;
  }
  void refer(const std::string& to, const std::string& extra = "") {
    from.send(from.request("REFER", call.answered.uri("contact"), call.from, call.to, call.call_id, ++cseq,
                           (to.empty() ? "" : "Refer-To: <" + to + ">\r\n") + extra));
  }
  /// As another dialog's Refer-To names this one: our tag is the house's remote one.
  std::string replaces() const {
    const auto tag = [](const std::string& address) { return address.substr(address.find(";tag=") + 5); };
    return fmt::format("Replaces={}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", call.call_id, tag(call.to), tag(call.from));
  }

  house& h;
  peer_socket& from;
  trunk_call call;
  leg_id leg;
  int cseq = 1;
};

}  // namespace

TEST_CASE("RFC 3515: a REFER is decided by the board, and the phone hears how it ended") {
  house h;
  peer_socket phone(h.port());
  line talk(h, phone, "900");
  talk.refer("sip:8002@127.0.0.1");
  CHECK(h.hears(fmt::format("{} refer 8002 replacing 0", talk.leg.value)));
  talk.refer("sip:8003@127.0.0.1");
  CHECK(h.next(phone, "491"));
  h.stack->answer_refer(talk.leg, 202);
  CHECK(h.next(phone, "202"));
  const auto begun = h.next(phone, "NOTIFY");
  REQUIRE(begun);
  CHECK(begun->get("subscription-state") == "active;expires=180");
  CHECK(begun->body == "SIP/2.0 100 Trying\r\n");
  phone.send(peer_socket::response(*begun, 200, ""));
  h.stack->tell_refer(talk.leg, 200);
  const auto notify = h.next(phone, "NOTIFY");
  REQUIRE(notify);
  CHECK(notify->get("event") == "refer");
  CHECK(notify->get("subscription-state") == "terminated;reason=noresource");
  CHECK(notify->body == "SIP/2.0 200 OK\r\n");
  phone.send(peer_socket::response(*notify, 200, ""));
}

TEST_CASE("RFC 3891: a REFER with Replaces names another line of the house, or nothing") {
  house h;
  peer_socket phone(h.port());
  line first(h, phone, "900");
  line second(h, phone, "8003");
  first.refer("sip:8003@127.0.0.1?" + second.replaces());
  CHECK(h.hears(fmt::format("{} refer 8003 replacing {}", first.leg.value, second.leg.value)));
  h.stack->answer_refer(first.leg, 403);
  CHECK(h.next(phone, "403"));
  first.refer("sip:8003@127.0.0.1?Replaces=nobody%3Bto-tag%3Da%3Bfrom-tag%3Db");
  CHECK(h.next(phone, "481"));
  first.refer("sip:8003@127.0.0.1?" + first.replaces());
  CHECK(h.next(phone, "481"));
}

TEST_CASE("RFC 4488: a phone that wants no NOTIFY gets none") {
  house h;
  peer_socket phone(h.port());
  line talk(h, phone, "900");
  talk.refer("sip:8002@127.0.0.1", "Refer-Sub: false\r\n");
  CHECK(h.hears(fmt::format("{} refer 8002 replacing 0", talk.leg.value)));
  h.stack->answer_refer(talk.leg, 202);
  const auto accepted = h.next(phone, "202");
  REQUIRE(accepted);
  CHECK(accepted->get("refer-sub") == "false");
  h.stack->tell_refer(talk.leg, 200);
  h.stack->release(talk.leg);
  const auto bye = h.next(phone);
  REQUIRE(bye);
  CHECK(bye->method() == "BYE");
}

TEST_CASE("a REFER that says nothing useful is refused by name") {
  house h;
  peer_socket phone(h.port());
  line talk(h, phone, "900");
  for (const auto& [to, status] : {std::pair{"", "400"},
                                   {"mailto:a@b", "416"},
                                   {"sip:127.0.0.1", "400"},
                                   {"sip:8002@127.0.0.1?Replaces=%3B%3D%00", "481"}}) {
    talk.refer(to);
    CHECK(h.next(phone, status));
  }
}
