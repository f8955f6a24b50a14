// SPDX-License-Identifier: Apache-2.0
// Session timers (RFC 4028) in both roles, glare, and what a restart keeps of them. The intervals are of seconds here; a house
// takes none below 90.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;

namespace {

sip_config quick(int interval = 2, int least = 1) {
  sip_config config;
  config.session_expires = std::chrono::seconds(interval);
  config.session_min = std::chrono::seconds(least);
  return config;
}

/// A call of this peer that is up.
struct up {
  up(house& in, peer_socket& peer, const std::string& extra) : h(in), from(peer), call(call_in(in, peer, "9", sdp, extra)) {
    establish(in, peer, call);
    leg = in.calls.back().who.leg;
  }
  void ask(const std::string& method, const std::string& extra, const std::string& body = "") {
    from.send(from.request(method, call.answered.uri("contact"), call.from, call.to, call.call_id, ++cseq, extra, body));
  }
  house& h;
  peer_socket& from;
  trunk_call call;
  leg_id leg;
  int cseq = 1;
};

/// The house calls this peer, who answers.
message answered(house& h, peer_socket& peer, const std::string& extra, std::uint64_t leg = 7) {
  h.trunk(fmt::format("127.0.0.1:{}", peer.port()), fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  sip::stack::invite what;
  what.leg = leg_id{leg};
  what.device = device_id{9};
  what.number = "1";
  what.offer = our_sdp;
  h.stack->ring(what);
  const auto got = h.next(peer, "INVITE").value_or(message{});
  peer.send(peer_socket::response(got, 200, "there", fmt::format("Contact: {}\r\n", peer.contact()) + extra, sdp));
  CHECK(h.hears(fmt::format("{} answered", leg)));
  CHECK(h.next(peer, "ACK"));
  return got;
}

}  // namespace

TEST_CASE("RFC 4028 9: an interval below the house's is refused with what it takes") {
  house h(quick(1800, 90));
  peer_socket peer(h.port());
  call_in(h, peer, "9", sdp, "Supported: timer\r\nSession-Expires: 60\r\n");
  const auto refused = h.next(peer, "422");
  REQUIRE(refused);
  CHECK(refused->get("min-se") == "90");
  CHECK(h.calls.empty());
}

TEST_CASE("RFC 4028 9: who asks for a session is answered with one") {
  for (const auto& [asked, told, require] :
       {std::tuple{"Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uac", "timer"},
        {"Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", "600;refresher=uas", ""},
        {"Supported: timer\r\nSession-Expires: 7200;refresher=uac\r\nMin-SE: 120\r\n", "1800;refresher=uac", "timer"},
        {"Supported: timer\r\nSession-Expires: 7200\r\nMin-SE: 3600\r\n", "3600;refresher=uac", "timer"},
        {"Supported: timer\r\n", "1800;refresher=uas", ""},
        {"", "1800;refresher=uas", ""}}) {
    house h(quick(1800, 90));
    peer_socket peer(h.port());
    up talk(h, peer, asked);
    CHECK(talk.call.answered.get("session-expires") == told);
    CHECK(talk.call.answered.get("require") == require);
  }
  house off(quick(0, 90));
  peer_socket peer(off.port());
  up talk(off, peer, "Supported: timer\r\n");
  CHECK(talk.call.answered.get("session-expires").empty());
}

TEST_CASE("RFC 4028 7: our INVITE offers a session, and tries once more with the interval that the other side takes") {
  house h(quick(1800, 90));
  peer_socket peer(h.port());
  h.trunk(fmt::format("127.0.0.1:{}", peer.port()), fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  sip::stack::invite what;
  what.leg = leg_id{7};
  what.device = device_id{9};
  what.number = "1";
  what.offer = our_sdp;
  what.referred_by = "sip:1001@house.example";
  h.stack->ring(what);
  const auto first = h.next(peer, "INVITE");
  REQUIRE(first);
  CHECK(first->get("session-expires") == "1800");
  CHECK(first->get("min-se") == "90");
  peer.send(peer_socket::response(*first, 422, "there", "Min-SE: 3600\r\n"));
  const auto second = h.next(peer, "INVITE");
  REQUIRE(second);
  CHECK(second->get("session-expires") == "3600");
  CHECK(second->all("session-expires").size() == 1);
  CHECK(second->get("min-se") == "3600");
  CHECK(second->get("call-id") == first->get("call-id"));
  CHECK(second->tag("from") == first->tag("from"));
  CHECK(std::stoi(second->get("cseq")) == std::stoi(first->get("cseq")) + 1);
  CHECK(second->all("via").size() == 1);
  CHECK(second->get("referred-by") == "<sip:1001@house.example>");
  CHECK(second->body == our_sdp);
  peer.send(peer_socket::response(*second, 200, "there",
                                  fmt::format("Contact: {}\r\nSession-Expires: 3600;refresher=uas\r\n", peer.contact()), sdp));
  CHECK(h.hears("7 answered"));
  h.stack->release(leg_id{7});
  CHECK(h.next(peer, "BYE"));
}

TEST_CASE("we refresh at half the interval, by UPDATE to who takes it") {
  house h(quick());
  peer_socket peer(h.port());
  up talk(h, peer, "Allow: INVITE, ACK, BYE, UPDATE\r\nSupported: timer\r\nSession-Expires: 2;refresher=uas\r\n");
  for (int i = 0; i < 3; ++i) {
    const auto update = h.next(peer);
    REQUIRE(update);
    CHECK(update->method() == "UPDATE");
    CHECK(update->get("session-expires") == "2;refresher=uac");
    CHECK(update->body.empty());
    peer.send(peer_socket::response(*update, 200, "",
                                    fmt::format("Contact: {}\r\nSession-Expires: 2;refresher=uac\r\n", peer.contact())));
  }
  CHECK(h.count(fmt::format("{} ended 408", talk.leg.value)) == 0);
}

TEST_CASE("we refresh by re-INVITE who takes no UPDATE, and acknowledge its answer") {
  house h(quick());
  peer_socket peer(h.port());
  answered(h, peer, "Allow: INVITE, ACK, BYE\r\n");
  for (int i = 0; i < 2; ++i) {
    const auto again = h.next(peer);
    REQUIRE(again);
    CHECK(again->method() == "INVITE");
    CHECK(again->body == our_sdp);
    peer.send(peer_socket::response(*again, 200, "", fmt::format("Contact: {}\r\n", peer.contact()), sdp));
    const auto ack = h.next(peer);
    REQUIRE(ack);
    CHECK(ack->start.substr(0, 3) == "ACK");
  }
  CHECK(h.hears("7 late answer"));
}

TEST_CASE("an end that answers no refresh is found, and the call ends") {
  house h(quick(1));
  peer_socket peer(h.port());
  answered(h, peer, "");
  REQUIRE(h.next(peer, "INVITE"));  // which it does not answer
  CHECK(h.hears("7 ended 408", std::chrono::seconds(60)));
}

TEST_CASE("RFC 4028 10: an end that does not know the call any more is let go") {
  house h(quick());
  peer_socket peer(h.port());
  answered(h, peer, "Allow: UPDATE\r\n");
  const auto update = h.next(peer, "UPDATE");
  REQUIRE(update);
  peer.send(peer_socket::response(*update, 481, ""));
  CHECK(h.hears("7 ended 408"));
  CHECK(h.next(peer, "BYE"));
}

TEST_CASE("RFC 4028 10: a peer that was to refresh and does not is gone") {
  house h(quick());
  peer_socket peer(h.port());
  up talk(h, peer, "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n");
  const auto bye = h.next(peer);
  REQUIRE(bye);
  CHECK(bye->method() == "BYE");
  CHECK(h.hears(fmt::format("{} ended 408", talk.leg.value)));
}

TEST_CASE("a peer's own refresh keeps the call, by UPDATE or by re-INVITE") {
  house h(quick());
  peer_socket peer(h.port());
  up talk(h, peer, "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n");
  for (int i = 0; i < 4; ++i) {
    const bool update = i % 2 == 0;
    // Well after the last one, and before the house would end the call.
    const auto next = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
    h.until([&] { return std::chrono::steady_clock::now() > next; });
    talk.ask(update ? "UPDATE" : "INVITE", "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n", update ? "" : sdp);
    if (!update) {
      REQUIRE(h.hears(fmt::format("{} reoffer", talk.leg.value)));
      h.told.clear();
      h.stack->answer_reoffer(talk.leg, our_sdp);
    }
    const auto ok = h.next(peer, "200");
    REQUIRE(ok);
    CHECK(ok->get("session-expires") == "2;refresher=uac");
    CHECK(ok->get("require") == "timer");
    if (!update)
      peer.send(
          peer.request("ACK", talk.call.answered.uri("contact"), talk.call.from, talk.call.to, talk.call.call_id, talk.cseq));
  }
  CHECK(h.count(fmt::format("{} ended 408", talk.leg.value)) == 0);
}

TEST_CASE("RFC 3261 14.1: two offers that meet are both refused, and ours comes again after the random time") {
  house h(quick(6));
  peer_socket peer(h.port());
  up talk(h, peer, "Allow: INVITE, ACK, BYE\r\n");
  const auto ours = h.next(peer, "INVITE");
  REQUIRE(ours);
  talk.ask("INVITE", "", sdp);
  const auto theirs = h.next(peer, "491");
  REQUIRE(theirs);
  CHECK(h.count(fmt::format("{} reoffer", talk.leg.value)) == 0);
  peer.send(peer_socket::response(*ours, 491, ""));
  const auto again = h.next(peer, "INVITE");
  REQUIRE(again);
  CHECK(std::stoi(again->get("cseq")) == std::stoi(ours->get("cseq")) + 1);
  peer.send(peer_socket::response(*again, 200, "", fmt::format("Contact: {}\r\n", peer.contact()), sdp));
  CHECK(h.next(peer, "ACK"));
}

TEST_CASE("a restart refreshes nobody before it is due, and spreads what came due meanwhile") {
  for (const bool outgoing : {true, false}) {
    house h(quick(1000));
    peer_socket peer(h.port());
    leg_id leg{7};
    if (outgoing)
      answered(h, peer, "Allow: UPDATE\r\n");
    else
      leg = up(h, peer, "Allow: UPDATE\r\n").leg;
    REQUIRE(h.until([&] { return h.dialogs[leg.value].find("since") != std::string::npos; }));
    const auto saved = h.dialogs[leg.value];
    const auto asked = [&](std::uint64_t random, int bound_ms = 1500) {
      h.restart();
      h.ids = random;
      REQUIRE(h.stack->restore(leg, saved));
      return h.next(peer, "UPDATE", std::chrono::milliseconds(bound_ms)).has_value();
    };
    CHECK_FALSE(asked(250));  // the next random number would be that of one second
    h.clock_ns += 600'000'000'000;
    CHECK(asked(250, 10'000));
    CHECK_FALSE(asked(99));
  }
}

TEST_CASE("a restart goes on refreshing, and goes on waiting for who refreshes") {
  house h(quick(4));
  peer_socket peer(h.port());
  peer_socket other(h.port());
  answered(h, peer, "Allow: UPDATE\r\n");
  up talk(h, other, "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n");
  const auto kept = h.dialogs;
  h.restart();
  for (const auto& [id, saved] : kept) REQUIRE(h.stack->restore(leg_id{id}, saved));
  CHECK(h.next(peer, "UPDATE"));
  CHECK(h.hears(fmt::format("{} ended 408", talk.leg.value)));
  CHECK(h.next(other, "BYE"));
}
