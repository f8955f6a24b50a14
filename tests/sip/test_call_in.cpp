// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;
using std::chrono::milliseconds;

namespace {
leg_id last_leg(const house& h) { return h.calls.back().who.leg; }
std::string line(leg_id leg, const char* what) { return fmt::format("{} {}", leg.value, what); }
}  // namespace

TEST_CASE("a trunk's call is told, alerted, answered, acknowledged and ended by the caller") {
  house h;
  for (const bool tcp : {false, true}) {
    CAPTURE(tcp);
    peer_socket caller(h.port(), tcp);
    auto call = call_in(h, caller, "900");
    CHECK(h.told.back() == "incoming 900 from \"Wang\" 13900 by 9");
    CHECK(h.body == sdp);
    const auto leg = last_leg(h);
    h.stack->alert(leg);
    const auto ringing = h.next(caller, "180");
    REQUIRE(ringing);
    CHECK_FALSE(ringing->tag("to").empty());
    CHECK(establish(h, caller, call).body == our_sdp);
    CHECK((call.answered.uri("contact").find(";transport=tcp") != std::string::npos) == tcp);
    CHECK(call.answered.tag("to") == ringing->tag("to"));
    caller.send(caller.request("BYE", call.answered.uri("contact"), call.from, call.to, call.call_id, 2));
    CHECK(h.next(caller, "200"));
    CHECK(h.hears(line(leg, "ended 0")));
    h.stack->release(leg);
    CHECK(h.hears(line(leg, "released 0")));
  }
}

TEST_CASE("the house ends an answered call by BYE, and is told released once") {
  house h;
  peer_socket caller(h.port());
  auto call = call_in(h, caller, "900");
  establish(h, caller, call);
  h.stack->release(last_leg(h));
  h.stack->release(last_leg(h));
  const auto bye = h.next(caller, "BYE");
  REQUIRE(bye);
  CHECK(bye->get("from") == call.to);
  CHECK(bye->get("to") == call.from);
  CHECK(bye->start == fmt::format("BYE sip:peer@127.0.0.1:{} SIP/2.0", caller.port()));
  caller.send(peer_socket::response(*bye, 200, ""));
  CHECK(h.hears(line(last_leg(h), "released 200")));
  h.until([] { return false; }, milliseconds(30));
  CHECK(h.count(line(last_leg(h), "released 200")) == 1);
}

TEST_CASE("an unanswered call is refused with the status asked for, 480 by default") {
  house h;
  for (const auto& [asked, sent] : {std::pair<std::uint16_t, int>{486, 486}, {0, 480}, {200, 480}, {603, 603}}) {
    peer_socket caller(h.port());
    call_in(h, caller, "900");
    h.stack->release(last_leg(h), asked);
    CHECK(h.next(caller, std::to_string(sent)));
    CHECK(h.hears(fmt::format("{} released {}", last_leg(h).value, sent)));
  }
}

TEST_CASE("CANCEL ends an unanswered call with 487; after the answer it is too late") {
  house h;
  peer_socket caller(h.port());
  const auto call = call_in(h, caller, "900");
  const auto uri = fmt::format("sip:900@127.0.0.1:{}", h.port());
  caller.send(caller.request("CANCEL", uri, call.from, call.to, call.call_id, 1));
  bool both[2] = {false, false};
  for (int i = 0; i < 2; ++i) {
    const auto got = h.next(caller);
    REQUIRE(got);
    if (got->method() == "CANCEL") both[0] = got->status() == 200;
    if (got->method() == "INVITE") both[1] = got->status() == 487;
  }
  CHECK(both[0]);
  CHECK(both[1]);
  CHECK(h.hears(line(last_leg(h), "ended 487")));

  peer_socket second(h.port());
  const auto late = call_in(h, second, "900");
  h.stack->answer(last_leg(h), our_sdp);
  second.send(second.request("CANCEL", uri, late.from, late.to, late.call_id, 1));
  const auto refused = h.next(second, "481");
  REQUIRE(refused);
  CHECK(refused->method() == "CANCEL");
  CHECK(h.count(line(last_leg(h), "ended 487")) == 0);
}

TEST_CASE("BYE before the answer ends the call, and before the ACK too") {
  house h;
  peer_socket caller(h.port());
  auto call = call_in(h, caller, "900");
  h.stack->alert(last_leg(h));
  const auto ringing = h.next(caller, "180");
  REQUIRE(ringing);
  caller.send(caller.request("BYE", ringing->uri("contact"), call.from, ringing->get("to"), call.call_id, 2));
  CHECK(h.hears(line(last_leg(h), "ended 487")));
  CHECK(h.next(caller, "200"));
  auto second = call_in(h, caller, "900");
  h.stack->answer(last_leg(h), our_sdp);
  const auto ok = h.next(caller, "200");
  REQUIRE(ok);
  caller.send(caller.request("BYE", ok->uri("contact"), second.from, ok->get("to"), second.call_id, 2));
  CHECK(h.hears(line(last_leg(h), "ended 0")));
}

TEST_CASE("release between the answer and its ACK waits for the ACK") {
  house h;
  peer_socket caller(h.port());
  auto call = call_in(h, caller, "900");
  h.stack->answer(last_leg(h), our_sdp);
  const auto ok = h.next(caller, "200");
  REQUIRE(ok);
  h.stack->release(last_leg(h));
  CHECK_FALSE(h.next(caller, milliseconds(100)));
  caller.send(caller.request("ACK", ok->uri("contact"), call.from, ok->get("to"), call.call_id, 1));
  const auto bye = h.next(caller, "BYE");
  REQUIRE(bye);
  caller.send(peer_socket::response(*bye, 200, ""));
  CHECK(h.hears(line(last_leg(h), "released 200")));
  CHECK(h.count(line(last_leg(h), "acknowledged")) == 0);
}

TEST_CASE("our 200 is repeated until the ACK comes") {
  house h;
  peer_socket caller(h.port());
  auto call = call_in(h, caller, "900");
  h.stack->answer(last_leg(h), our_sdp);
  int oks = 0;
  std::optional<message> ok;
  CHECK(h.until(
      [&] {
        if (auto got = caller.receive(); got && got->status() == 200) ++oks, ok = got;
        return oks == 3;
      },
      milliseconds(3000)));
  caller.send(caller.request("ACK", ok->uri("contact"), call.from, ok->get("to"), call.call_id, 1));
  CHECK(h.hears(line(last_leg(h), "acknowledged")));
  while (caller.receive()) continue;
  h.until([] { return false; }, milliseconds(1200));
  CHECK_FALSE(caller.receive());
}

TEST_CASE("a late offer: our offer goes with the 200, the answer comes with the ACK") {
  house h;
  peer_socket caller(h.port());
  const auto call = call_in(h, caller, "900", "");
  CHECK(h.calls.back().offer.empty());
  h.stack->answer(last_leg(h), our_sdp);
  const auto ok = h.next(caller, "200");
  REQUIRE(ok);
  caller.send(caller.request("ACK", ok->uri("contact"), call.from, ok->get("to"), call.call_id, 1, "", sdp));
  CHECK(h.hears(line(last_leg(h), "acknowledged")));
  CHECK(h.told[h.told.size() - 2] == line(last_leg(h), "late answer"));
  CHECK(h.body == sdp);
}

TEST_CASE("what the house cannot do is refused by name") {
  house h;
  peer_socket caller(h.port());
  h.trunk(fmt::format("127.0.0.1:{}", caller.port()));
  const auto uri = fmt::format("sip:900@127.0.0.1:{}", h.port());
  const auto to = "<" + uri + ">";
  int n = 0;
  const auto ask = [&](const std::string& method, const std::string& at, const std::string& extra,
                       const std::string& body = "") {
    caller.send(caller.request(method, at, "<sip:x@127.0.0.1>;tag=f", to, fmt::format("ask-{}", ++n), 1, extra, body));
    return h.next(caller).value_or(message{});
  };
  auto got = ask("INVITE", uri, "Require: 100rel, timer\r\n", sdp);
  CHECK(got.status() == 420);
  CHECK(got.get("unsupported").find("100rel") != std::string::npos);
  CHECK(got.get("unsupported").find("timer") == std::string::npos);
  CHECK(ask("SUBSCRIBE", uri, "Event: dialog\r\n").status() == 403);  // another exchange does not see what phones do
  got = ask("PUBLISH", uri, "Event: presence\r\n");
  CHECK(got.status() == 405);
  CHECK(got.get("allow").find("INVITE") != std::string::npos);
  got = ask("DANCE", uri, "");
  CHECK(got.status() == 501);
  CHECK(got.get("allow").find("INVITE") != std::string::npos);
  CHECK(ask("INVITE", "mailto:x@y", "", sdp).status() == 416);
  CHECK(ask("UPDATE", uri, "").status() == 405);
  CHECK(ask("BYE", uri, "").status() == 481);
  got = ask("OPTIONS", uri, "");
  CHECK(got.status() == 200);
  CHECK(got.get("accept") == "application/sdp");
  CHECK(got.get("supported") == "replaces, timer");
  caller.send(caller.request("BYE", uri, "<sip:x@127.0.0.1>;tag=f", to + ";tag=nobody", "gone", 1));
  CHECK(h.next(caller, "481"));

  auto invite = caller.request("INVITE", uri, "<sip:x@127.0.0.1>;tag=f", to, "hops", 1, "", sdp);
  invite.replace(invite.find("Max-Forwards: 70"), 16, "Max-Forwards: 0");
  caller.send(invite);
  CHECK(h.next(caller, "483"));
  invite = caller.request("INVITE", uri, "<sip:x@127.0.0.1>;tag=f", to, "type", 1, "", sdp);
  invite.replace(invite.find("application/sdp"), 15, "application/xml");
  caller.send(invite);
  got = h.next(caller).value_or(message{});
  CHECK(got.status() == 415);
  CHECK(got.get("accept") == "application/sdp");
  CHECK(ask("INVITE", uri, "Content-Encoding: gzip\r\n", sdp).status() == 415);
  CHECK(ask("INVITE", "sip:" + std::string(300, '9') + "@127.0.0.1", "", sdp).status() == 400);
  CHECK(h.calls.empty());
}

TEST_CASE("only a trunk is believed about who calls") {
  house h;
  peer_socket caller(h.port());
  call_in(h, caller, "900", sdp, "P-Asserted-Identity: \"王\xFF小明\" <sip:+8613900000000@carrier.example>\r\n");
  CHECK(h.told.back() == "incoming 900 from \"王\xEF\xBF\xBD小明\" +8613900000000 by 9");
  call_in(h, caller, "900", sdp, "P-Asserted-Identity: <tel:+8613911111111>\r\n");
  CHECK(h.told.back() == "incoming 900 from \"\" +8613911111111 by 9");

  peer_socket phone(h.port());
  const auto uri = fmt::format("sip:900@127.0.0.1:{}", h.port());
  const std::string from = "\"Director\" <sip:1002@127.0.0.1>;tag=f";
  const std::string claim = "P-Asserted-Identity: <sip:999@127.0.0.1>\r\n";
  phone.send(phone.request("INVITE", uri, from, "<" + uri + ">", "phone", 1, claim, sdp));
  const auto challenge = h.next(phone, "401");
  REQUIRE(challenge);
  phone.send(phone.request("ACK", uri, from, challenge->get("to"), "phone", 1, "X-Same-Branch: yes\r\n"));
  phone.send(phone.request("INVITE", uri, from, "<" + uri + ">", "phone", 2,
                           claim + authorize(challenge->get("www-authenticate"), "INVITE", uri, "1001", "secret"), sdp));
  CHECK(h.hears("incoming 900 from \"Phone 1001\" 1001 by 1"));
  CHECK(h.until([&] { return h.dialogs.count(last_leg(h).value) != 0; }));
  CHECK(h.dialogs[last_leg(h).value].find("Digest") == std::string::npos);
}

TEST_CASE("who is no trunk and proves nothing learns nothing") {
  house h;
  peer_socket stranger(h.port());
  const auto uri = fmt::format("sip:900@127.0.0.1:{}", h.port());
  stranger.send(stranger.request("INVITE", uri, "<sip:x@127.0.0.1>;tag=f", "<" + uri + ">", "stranger", 1, "", sdp));
  const auto challenge = h.next(stranger, "401");
  REQUIRE(challenge);
  stranger.send(stranger.request("INVITE", uri, "<sip:x@127.0.0.1>;tag=f", "<" + uri + ">", "stranger", 2,
                                 authorize(challenge->get("www-authenticate"), "INVITE", uri, "4711", "x"), sdp));
  CHECK(h.next(stranger, "403"));
  CHECK(h.calls.empty());
}

TEST_CASE("the same INVITE by two ways is one call") {
  house h;
  peer_socket caller(h.port());
  const auto call = call_in(h, caller, "900");
  const auto again =
      caller.request("INVITE", fmt::format("sip:900@127.0.0.1:{}", h.port()), call.from, call.to, call.call_id, 1, "", sdp);
  caller.send(again);
  CHECK(h.next(caller, "482"));
  CHECK(h.calls.size() == 1);
  caller.send(call.invite);
  h.until([] { return false; }, milliseconds(30));
  CHECK(h.calls.size() == 1);
}
