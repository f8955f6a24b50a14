// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;
using std::chrono::milliseconds;

namespace {
const std::string who = "<sip:1001@127.0.0.1>";
}

TEST_CASE("a phone registers with its password, and is told once") {
  house h;
  peer_socket phone(h.port());
  const auto answer = h.enrol(phone, "1001");
  CHECK(answer.status() == 200);
  CHECK(answer.get("contact") == fmt::format("<sip:peer@127.0.0.1:{}>;expires=60", phone.port()));
  CHECK(h.hears("device 1 in 1 for 60 s"));
  CHECK(h.enrol(phone, "1001").status() == 200);
  CHECK(h.enrol(phone, "1001", "Expires: 120\r\n").get("contact").find("expires=120") != std::string::npos);
  CHECK(h.told.size() == 1);
  CHECK(h.bindings[1].find("contact sip:peer@127.0.0.1") != std::string::npos);
}

TEST_CASE("both algorithms are offered, the better one first, and either is taken") {
  house h;
  peer_socket phone(h.port());
  for (const std::size_t chosen : {0U, 1U}) {
    const int cseq = static_cast<int>(chosen) * 10;
    phone.send(phone.request("REGISTER", h.uri(), who + ";tag=r", who, "both", cseq + 1));
    const auto challenge = h.next(phone, "401");
    REQUIRE(challenge);
    const auto offers = challenge->all("www-authenticate");
    REQUIRE(offers.size() == 2);
    CHECK(offers[0].find("algorithm=SHA-256") != std::string::npos);
    CHECK(offers[1].find("algorithm=MD5") != std::string::npos);
    phone.send(phone.request("REGISTER", h.uri(), who + ";tag=r", who, "both", cseq + 2,
                             authorize(offers[chosen], "REGISTER", h.uri(), "1001", "secret")));
    CHECK(h.next(phone, "200"));
  }
}

TEST_CASE("a wrong password and an unknown phone are answered alike") {
  house h;
  peer_socket phone(h.port());
  const auto wrong = h.enrol(phone, "1001", "", "guess");
  const auto unknown = h.enrol(phone, "4711", "", "guess");
  CHECK(wrong.status() == 403);
  CHECK(wrong.start == unknown.start);
  CHECK(wrong.headers.size() == unknown.headers.size());
  CHECK(h.told.empty());
}

TEST_CASE("a phone registers for itself only") {
  house h;
  peer_socket phone(h.port());
  const std::string other = "<sip:1002@127.0.0.1>";
  phone.send(phone.request("REGISTER", h.uri(), other + ";tag=r", other, "other", 1));
  const auto challenge = h.next(phone, "401");
  REQUIRE(challenge);
  phone.send(phone.request("REGISTER", h.uri(), other + ";tag=r", other, "other", 2,
                           authorize(challenge->get("www-authenticate"), "REGISTER", h.uri(), "1001", "secret")));
  CHECK(h.next(phone, "403"));
}

TEST_CASE("a request seen before is not taken again") {
  house h;
  peer_socket phone(h.port());
  phone.send(phone.request("REGISTER", h.uri(), who + ";tag=r", who, "replay", 1));
  const auto challenge = h.next(phone, "401");
  REQUIRE(challenge);
  const auto proof = authorize(challenge->get("www-authenticate"), "REGISTER", h.uri(), "1001", "secret");
  phone.send(phone.request("REGISTER", h.uri(), who + ";tag=r", who, "replay", 2, proof));
  CHECK(h.next(phone, "200"));
  peer_socket thief(h.port());
  thief.send(thief.request("REGISTER", h.uri(), who + ";tag=r", who, "replay2", 1, proof));
  const auto again = h.next(thief);
  REQUIRE(again);
  CHECK(again->status() == 401);
  CHECK(again->get("www-authenticate").find("stale=true") != std::string::npos);
  CHECK(h.told.size() == 1);
}

TEST_CASE("a registration that is too short is told what is long enough; one that is too long is cut") {
  house h;
  peer_socket phone(h.port());
  const auto brief = h.enrol(phone, "1001", "Expires: 5\r\n");
  CHECK(brief.status() == 423);
  CHECK(brief.get("min-expires") == "30");
  CHECK(h.enrol(phone, "1001", "Expires: 999999\r\n").get("contact").find("expires=3600") != std::string::npos);
  CHECK(h.enrol(phone, "1001", fmt::format("Contact: {};expires=300\r\nExpires: 60\r\n", phone.contact()))
            .get("contact")
            .find("expires=300") != std::string::npos);
}

TEST_CASE("a registration ends by Expires 0, by Contact *, and by itself") {
  sip_config config;
  config.expires_min = std::chrono::seconds(1);
  house h(config);
  peer_socket phone(h.port());
  CHECK(h.enrol(phone, "1001").status() == 200);
  const auto gone = h.enrol(phone, "1001", "Expires: 0\r\n");
  CHECK(gone.status() == 200);
  CHECK(gone.get("contact").empty());
  CHECK(h.hears("device 1 out 1 for 0 s"));
  CHECK(h.bindings[1].empty());

  CHECK(h.enrol(phone, "1002").status() == 200);
  CHECK(h.enrol(phone, "1002", "Contact: *\r\nExpires: 0\r\n").status() == 200);
  CHECK(h.hears("device 2 out 1 for 0 s"));
  CHECK(h.enrol(phone, "1002", "Contact: *\r\nExpires: 60\r\n").status() == 400);
  CHECK(h.enrol(phone, "1002", "Contact: *\r\n").status() == 400);

  CHECK(h.enrol(phone, "1003", "Expires: 1\r\n").status() == 200);
  CHECK(h.hears("device 3 out 23 for 0 s", milliseconds(3000)));
}

TEST_CASE("the newest registration wins, and an old one does not end it") {
  house h;
  peer_socket old_place(h.port());
  peer_socket new_place(h.port());
  CHECK(h.enrol(old_place, "1001").status() == 200);
  CHECK(h.enrol(new_place, "1001").status() == 200);
  CHECK(h.hears("device 1 in 1 for 60 s"));
  CHECK(h.enrol(old_place, "1001", "Expires: 0\r\n").get("contact").find(std::to_string(new_place.port())) !=
        std::string::npos);
  h.stack->ring({leg_id{7}, device_id{1}, "", "", "", our_sdp});
  CHECK(h.next(new_place, "INVITE"));
}

TEST_CASE("a query tells the binding; an old CSeq is refused; a scheme that cannot be rung is refused") {
  house h;
  peer_socket phone(h.port());
  CHECK(h.enrol(phone, "1001").status() == 200);
  CHECK(h.enrol(phone, "1001", "Contact: <mailto:x@y>\r\n").status() == 400);
  CHECK(h.enrol(phone, "1001", "Contact: <sip:x@127.0.0.1?Route=%3Csip:evil%3E>\r\n").get("contact").find('?') ==
        std::string::npos);
}

TEST_CASE("a phone whose connection is lost is out of service until it comes back") {
  house h;
  {
    peer_socket phone(h.port(), true);
    CHECK(h.enrol(phone, "1001").status() == 200);
    CHECK(h.hears("device 1 in 1 for 60 s"));
    h.stack->ring({leg_id{7}, device_id{1}, "", "", "", our_sdp});
    CHECK(h.next(phone, "INVITE"));
    h.told.clear();
  }
  CHECK(h.hears("device 1 out 17 for 0 s"));
  CHECK(h.hears("7 refused 503"));
  h.stack->ring({leg_id{8}, device_id{1}, "", "", "", our_sdp});
  CHECK(h.hears("8 refused 480"));
  peer_socket phone(h.port(), true);
  CHECK(h.enrol(phone, "1001").status() == 200);
  CHECK(h.hears("device 1 in 1 for 60 s"));
  h.stack->ring({leg_id{9}, device_id{1}, "", "", "", our_sdp});
  const auto invite = h.next(phone, "INVITE");
  REQUIRE(invite);
  CHECK(invite->get("contact").find(";transport=tcp") != std::string::npos);
}

TEST_CASE("a phone behind NAT is rung where it came from") {
  house h;
  peer_socket phone(h.port());
  CHECK(h.enrol(phone, "1001", "Contact: <sip:1001@10.1.2.3:5060>\r\nExpires: 60\r\n").status() == 200);
  h.stack->ring({leg_id{7}, device_id{1}, "", "", "", our_sdp});
  const auto invite = h.next(phone, "INVITE");
  REQUIRE(invite);
  CHECK(invite->start == "INVITE sip:1001@10.1.2.3:5060 SIP/2.0");
  CHECK(invite->get("route").empty());
}

TEST_CASE("a phone behind a proxy is rung through it (RFC 3327), also after a restart") {
  house h;
  peer_socket proxy(h.port());
  const auto path = fmt::format("<sip:127.0.0.1:{};lr>", proxy.port());
  const std::vector<std::string> both{path, "<sip:10.9.9.9;lr>"};
  const std::string at = "Contact: <sip:1001@10.1.2.3:5060>\r\nExpires: 60\r\nSupported: path\r\n";
  const auto answer = h.enrol(proxy, "1001", at + "Require: path\r\nPath: " + path + ", <sip:10.9.9.9;lr>\r\n");
  REQUIRE(answer.status() == 200);
  CHECK(answer.all("path") == both);
  h.stack->ring({leg_id{7}, device_id{1}, "", "", "", our_sdp});
  auto invite = h.next(proxy, "INVITE");
  REQUIRE(invite);
  CHECK(invite->start == "INVITE sip:1001@10.1.2.3:5060 SIP/2.0");
  CHECK(invite->all("route") == both);

  auto saved = h.bindings;
  h.restart();
  REQUIRE(h.stack->restore_binding(device_id{1}, saved[1]));
  h.stack->ring({leg_id{8}, device_id{1}, "", "", "", our_sdp});
  invite = h.next(proxy, "INVITE");
  REQUIRE(invite);
  CHECK(invite->all("route") == both);

  // It comes back without the proxy; and what would be kept for ever is bounded.
  CHECK(h.enrol(proxy, "1001").get("path").empty());
  std::string longest = at + "Path: " + path;
  for (int i = 0; i < 100; ++i) longest += ", <sip:10.9.9.9;lr>";
  CHECK(h.enrol(proxy, "1001", longest + "\r\n").status() == 400);
  h.stack->ring({leg_id{9}, device_id{1}, "", "", "", our_sdp});
  invite = h.next(proxy, "INVITE");
  REQUIRE(invite);
  CHECK(invite->get("route").empty());
}

TEST_CASE("a restart gives registrations one full expiry of grace; over a connection they wait for the phone") {
  house h;
  peer_socket udp(h.port());
  peer_socket tcp(h.port(), true);
  CHECK(h.enrol(udp, "1001").status() == 200);
  CHECK(h.enrol(tcp, "1002").status() == 200);
  REQUIRE(h.until([&] { return h.bindings.size() == 2; }));
  auto saved = h.bindings;
  h.restart();
  CHECK(h.stack->restore_binding(device_id{1}, saved[1]));
  CHECK(h.stack->restore_binding(device_id{2}, saved[2]));
  CHECK_FALSE(h.stack->restore_binding(device_id{3}, "rubbish"));
  CHECK_FALSE(h.stack->restore_binding(device_id{77}, saved[1]));
  CHECK(h.hears("device 2 out 24 for 0 s"));
  CHECK(h.told.size() == 1);
  h.stack->ring({leg_id{7}, device_id{1}, "", "", "", our_sdp});
  CHECK(h.next(udp, "INVITE"));
  h.stack->ring({leg_id{8}, device_id{2}, "", "", "", our_sdp});
  CHECK(h.hears("8 refused 480"));
}

TEST_CASE("a phone that is taken out of the configuration loses its registration") {
  house h;
  peer_socket phone(h.port());
  CHECK(h.enrol(phone, "1001").status() == 200);
  h.devices.erase(h.devices.begin());
  h.device_ids.erase(h.device_ids.begin());
  h.stack->configure(h.devices, h.device_ids);
  CHECK(h.hears("device 1 out 26 for 0 s"));
  CHECK(h.enrol(phone, "1001").status() == 403);
}

TEST_CASE("a configuration that cannot work is refused whole, with the device named") {
  house h;
  auto devices = h.devices;
  devices[3].addresses = {"10.0.0.300"};
  CHECK_THROWS_WITH_AS(h.stack->configure(devices, h.device_ids),
                       "device \"outside\": address \"10.0.0.300\" is not IP or IP:port", std::invalid_argument);
  devices = h.devices;
  devices[3].targets = {"tel:123"};
  CHECK_THROWS_AS(h.stack->configure(devices, h.device_ids), std::invalid_argument);
  devices = h.devices;
  devices[1].number = "1001";
  CHECK_THROWS_WITH_AS(h.stack->configure(devices, h.device_ids), "device \"1001\": its number is taken",
                       std::invalid_argument);
  peer_socket phone(h.port());
  CHECK(h.enrol(phone, "1001").status() == 200);
}

TEST_CASE("a phone that cannot pass over an unknown algorithm is offered MD5 alone") {
  house h;
  peer_socket phone(h.port());
  phone.send(
      phone.request("REGISTER", h.uri(), who + ";tag=r", who, "old", 1, "User-Agent: baresip v1.0.0 (x86_64/linux)\r\n"));
  const auto challenge = h.next(phone, "401");
  REQUIRE(challenge);
  REQUIRE(challenge->all("www-authenticate").size() == 1);
  CHECK(challenge->get("www-authenticate").find("algorithm=MD5") != std::string::npos);
}
