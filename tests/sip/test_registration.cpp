// SPDX-License-Identifier: Apache-2.0
// Our registration with a PBX or provider.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const auto in_service = static_cast<int>(cause::normal);

/// The trunk registers with these peers, in this order.
trunk_config& line_to(house& h, const std::vector<const peer_socket*>& registrars) {
  auto& line = h.devices.back();
  line.targets = {};
  line.password = "pbx-secret";
  line.trunk = {};
  for (const auto* const each : registrars)
    line.trunk.registrars.push_back(fmt::format("sip:127.0.0.1:{};transport=udp", each->port()));
  line.trunk.registers = true;
  line.trunk.user = "hospital";
  line.trunk.domain = "pbx.example";
  line.trunk.contact = "9000";
  line.trunk.retry = milliseconds(60);
  line.trunk.answer_within = milliseconds(500);
  return line.trunk;
}
std::string out(cause why) { return fmt::format("device 9 out {} for 0 s", static_cast<int>(why)); }
std::string in(int left) { return fmt::format("device 9 in {} for {} s", in_service, left); }
std::string contact_of(const message& request) {
  const auto value = request.get("contact");
  return value.substr(0, value.find('>') + 1);
}
/// 200 with our contact for so long.
std::string granted(const message& request, int expires, const std::string& extra = "") {
  return peer_socket::response(request, 200, "r",
                               fmt::format("Contact: {};expires={}\r\n", contact_of(request), expires) + extra);
}

}  // namespace

TEST_CASE("a trunk registers, answers the challenge, and is in service from then on") {
  house h;
  peer_socket pbx(h.port());
  line_to(h, {&pbx});
  h.stack->configure(h.devices, h.device_ids);
  const auto first = h.next(pbx, "REGISTER");
  REQUIRE(first);
  CHECK(first->start == "REGISTER sip:pbx.example SIP/2.0");
  CHECK(first->uri("to") == "sip:hospital@pbx.example");
  CHECK(first->uri("from") == "sip:hospital@pbx.example");
  CHECK(first->get("contact") == fmt::format("<sip:9000@127.0.0.1:{}>;expires=600", h.port()));
  CHECK(first->get("expires") == "600");
  CHECK(first->get("supported") == "path");
  CHECK(first->get("authorization").empty());
  pbx.send(peer_socket::response(*first, 401, "r", "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n\", qop=\"auth\"\r\n"));
  const auto second = h.next(pbx, "REGISTER");
  REQUIRE(second);
  CHECK(parameter(second->get("authorization"), "response") ==
        md5(md5("hospital:pbx:pbx-secret") + ":n:00000001:" + parameter(second->get("authorization"), "cnonce") +
            ":auth:" + md5("REGISTER:sip:pbx.example")));
  CHECK(second->get("call-id") == first->get("call-id"));
  CHECK(std::stoi(second->get("cseq")) == std::stoi(first->get("cseq")) + 1);
  // Somebody else's contact is there too; ours has its own time.
  pbx.send(granted(*second, 120, "Contact: <sip:9000@10.0.0.1>;expires=20\r\n"));
  CHECK(h.hears(in(120)));
  CHECK(h.told == std::vector<std::string>{out(cause::none), in(120)});
  CHECK(h.until([&] { return !h.bindings[9].empty(); }));
  for (const char* const secret : {"pbx-secret", "Digest", "response"}) CHECK(h.bindings[9].find(secret) == std::string::npos);
}

TEST_CASE("a registration is refreshed before its end, and told once") {
  house h;
  peer_socket pbx(h.port());
  line_to(h, {&pbx});
  h.stack->configure(h.devices, h.device_ids);
  for (int i = 0; i < 3; ++i) {
    const auto request = h.next(pbx, "REGISTER");
    REQUIRE(request);
    pbx.send(granted(*request, 1));
  }
  CHECK(h.hears(in(1)));
  CHECK(h.told == std::vector<std::string>{out(cause::none), in(1)});
}

TEST_CASE("423 is obeyed at once, and remembered") {
  house h;
  peer_socket pbx(h.port());
  line_to(h, {&pbx}).expires = seconds(1);
  h.stack->configure(h.devices, h.device_ids);
  auto request = h.next(pbx, "REGISTER");
  REQUIRE(request);
  CHECK(request->get("expires") == "1");
  pbx.send(peer_socket::response(*request, 423, "r", "Min-Expires: 300\r\n"));
  request = h.next(pbx, "REGISTER");
  REQUIRE(request);
  CHECK(request->get("expires") == "300");
  pbx.send(granted(*request, 1));
  request = h.next(pbx, "REGISTER");
  REQUIRE(request);
  CHECK(request->get("expires") == "300");
  // A registrar that is never content gets no third answer.
  for (int i = 0; i < 2; ++i) {
    pbx.send(peer_socket::response(*request, 423, "r", fmt::format("Min-Expires: {}\r\n", 400 + i)));
    request = h.next(pbx, "REGISTER");
    REQUIRE(request);
  }
  pbx.send(peer_socket::response(*request, 423, "r", "Min-Expires: 900\r\n"));
  CHECK(h.hears(out(cause::resources_not_available)));
}

TEST_CASE("a refusal is told with its cause, and asked about again later and later") {
  for (const auto& each :
       {std::pair{403, cause::call_rejected}, {404, cause::dest_not_obtainable}, {503, cause::dest_out_of_order}}) {
    const int status = each.first;
    const cause why = each.second;
    CAPTURE(status);
    house h;
    peer_socket pbx(h.port());
    line_to(h, {&pbx}).retry = milliseconds(100);
    h.stack->configure(h.devices, h.device_ids);
    std::vector<std::chrono::steady_clock::time_point> came;
    for (int i = 0; i < 4; ++i) {
      const auto request = h.next(pbx, "REGISTER");
      REQUIRE(request);
      came.push_back(std::chrono::steady_clock::now());
      pbx.send(peer_socket::response(*request, status, "r"));
    }
    // Never sooner than half of 100, 200, 400 ms; how late it may be is the machine's.
    for (int i = 1; i < 4; ++i) CHECK(came[i] - came[i - 1] >= milliseconds(48 << (i - 1)));
    CHECK(h.told == std::vector<std::string>{out(cause::none), out(why)});
    const auto request = h.next(pbx, "REGISTER");
    REQUIRE(request);
    pbx.send(granted(*request, 2));
    CHECK(h.hears(in(2)));
    const auto refresh = h.next(pbx, "REGISTER");
    REQUIRE(refresh);
    pbx.send(peer_socket::response(*refresh, status, "r"));
    // A 5xx says nothing about the contact that stands: it stands until its end.
    CHECK(h.until([&] { return h.told.size() == 4; }));
    CHECK(h.told.back() == out(status == 503 ? cause::timeout : why));
  }
}

TEST_CASE("a wrong password is no loop") {
  house h;
  peer_socket pbx(h.port());
  line_to(h, {&pbx}).retry = seconds(60);
  h.stack->configure(h.devices, h.device_ids);
  for (int i = 0; i < 2; ++i) {
    const auto request = h.next(pbx, "REGISTER");
    REQUIRE(request);
    pbx.send(peer_socket::response(*request, 401, "r",
                                   fmt::format("WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n{}\", qop=\"auth\"\r\n", i)));
  }
  CHECK_FALSE(h.next(pbx, "REGISTER", milliseconds(300)));
}

TEST_CASE("registrars are asked in their order, the next when one is silent or refuses, and the first again before long") {
  house h;
  auto first = std::make_unique<peer_socket>(h.port());
  peer_socket second(h.port());
  peer_socket third(h.port());
  auto& how = line_to(h, {first.get(), &second, &third});
  how.answer_within = milliseconds(100);
  h.stack->configure(h.devices, h.device_ids);
  const auto asked = h.next(*first, "REGISTER");
  REQUIRE(asked);
  auto request = h.next(second, "REGISTER");
  REQUIRE(request);
  CHECK(request->get("call-id") == asked->get("call-id"));
  second.send(peer_socket::response(*request, 500, "r"));
  request = h.next(third, "REGISTER");
  REQUIRE(request);
  third.send(granted(*request, 3600));
  CHECK(h.hears(in(3600)));
  // Long before the hour is over, and the first answers now.
  request = h.next(*first, "REGISTER");
  REQUIRE(request);
  first->send(granted(*request, 3600));
  h.until([&] { return h.bindings[9].find(fmt::format("127.0.0.1:{}", first->port())) != std::string::npos; });
  CHECK(h.bindings[9].find(fmt::format("127.0.0.1:{}", first->port())) != std::string::npos);
  CHECK(h.told.front() == out(cause::none));
  CHECK(h.told.back() == in(3600));
}

TEST_CASE("calls over a registered line take the registrar's Service-Route") {
  house h;
  peer_socket pbx(h.port());
  line_to(h, {&pbx}).registrars.clear();
  h.devices.back().targets = {fmt::format("sip:127.0.0.1:{};transport=udp", pbx.port())};
  h.stack->configure(h.devices, h.device_ids);
  const auto request = h.next(pbx, "REGISTER");
  REQUIRE(request);
  const auto route = fmt::format("<sip:127.0.0.1:{};lr;edge=1>", pbx.port());
  pbx.send(granted(*request, 600, "Service-Route: " + route + "\r\nService-Route: <sip:home.example;lr>\r\n"));
  CHECK(h.hears(in(600)));
  h.stack->ring({leg_id{7}, device_id{9}, "1234", "", "", our_sdp});
  auto invite = h.next(pbx, "INVITE");
  REQUIRE(invite);
  CHECK(invite->start == "INVITE sip:1234@pbx.example SIP/2.0");
  REQUIRE(invite->all("route").size() >= 1);
  std::string routes;
  for (const auto& each : invite->all("route")) routes += (routes.empty() ? "" : ", ") + each;
  CHECK(routes == route + ", <sip:home.example;lr>");
  CHECK(invite->get("from").find("<sip:hospital@pbx.example>") != std::string::npos);
  // The challenge's second request goes the same way.
  pbx.send(peer_socket::response(*invite, 407, "i", "Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"n\", qop=\"auth\"\r\n"));
  invite = h.next(pbx, "INVITE");
  REQUIRE(invite);
  std::string again;
  for (const auto& each : invite->all("route")) again += (again.empty() ? "" : ", ") + each;
  CHECK(again == routes);
}

TEST_CASE("an orderly stop takes the contact away, and waits no longer than it must for the answer") {
  for (const bool answers : {true, false}) {
    house h;
    peer_socket pbx(h.port());
    line_to(h, {&pbx});
    h.stack->configure(h.devices, h.device_ids);
    auto request = h.next(pbx, "REGISTER");
    REQUIRE(request);
    pbx.send(granted(*request, 600));
    CHECK(h.hears(in(600)));
    bool left = false;
    h.stack->leave([&] { left = true; });
    const auto contact = contact_of(*request);
    request = h.next(pbx, "REGISTER");
    REQUIRE(request);
    CHECK(request->get("expires") == "0");
    CHECK(request->get("contact") == contact + ";expires=0");
    CHECK_FALSE(left);
    if (answers) pbx.send(peer_socket::response(*request, 200, "r"));
    CHECK(h.until([&] { return left; }));
    CHECK(h.hears(out(cause::maintenance)));
    CHECK(h.bindings[9].empty());
  }
  // Who is registered nowhere waits for nobody.
  house h;
  bool left = false;
  h.stack->leave([&] { left = true; });
  CHECK(left);
}

TEST_CASE("a restart goes on with the registration that stands, until its refresh is due") {
  house h;
  peer_socket pbx(h.port());
  line_to(h, {&pbx});
  h.stack->configure(h.devices, h.device_ids);
  const auto request = h.next(pbx, "REGISTER");
  REQUIRE(request);
  pbx.send(granted(*request, 600));
  CHECK(h.hears(in(600)));
  CHECK(h.until([&] { return !h.bindings[9].empty(); }));
  const auto saved = h.bindings[9];
  h.restart();
  h.clock_ns += 100'000'000'000;
  CHECK(h.stack->restore_binding(device_id{9}, saved));
  CHECK(h.hears(in(500)));
  CHECK_FALSE(h.next(pbx, "REGISTER", milliseconds(500)));
  CHECK(h.told == std::vector<std::string>{in(500)});
  // One that has run out meanwhile is asked for anew, with the same contact.
  h.restart();
  h.clock_ns += 600'000'000'000;
  CHECK_FALSE(h.stack->restore_binding(device_id{9}, saved));
  const auto again = h.next(pbx, "REGISTER");
  REQUIRE(again);
  CHECK(contact_of(*again) == contact_of(*request));
}

TEST_CASE("a restart on another port takes the old contact away in the request that brings the new one") {
  house h;
  peer_socket pbx(h.port());
  line_to(h, {&pbx});
  h.stack->configure(h.devices, h.device_ids);
  auto request = h.next(pbx, "REGISTER");
  REQUIRE(request);
  const auto before = contact_of(*request);
  pbx.send(granted(*request, 600));
  CHECK(h.hears(in(600)));
  CHECK(h.until([&] { return !h.bindings[9].empty(); }));
  const auto saved = h.bindings[9];
  house other;
  other.devices = h.devices;
  other.stack->configure(other.devices, other.device_ids);
  CHECK(other.stack->restore_binding(device_id{9}, saved));
  request = other.next(pbx, "REGISTER");
  REQUIRE(request);
  CHECK(contact_of(*request) != before);
  std::string contacts;
  for (const auto& each : request->all("contact")) contacts += each + "\n";
  CHECK(contacts.find(before + ";expires=0") != std::string::npos);
}
