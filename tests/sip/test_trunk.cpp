// SPDX-License-Identifier: Apache-2.0
// Lines to the outside: who we are there, and which of their targets is called.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string target_of(const peer_socket& peer) { return fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()); }
std::string contact(const peer_socket& peer) { return "Contact: " + peer.contact() + "\r\n"; }

/// The trunk goes to these peers, in this order, with an account.
device_config& line_to(house& h, const std::vector<const peer_socket*>& peers) {
  auto& line = h.devices.back();
  line.targets.clear();
  for (const auto* const each : peers) line.targets.push_back(target_of(*each));
  line.trunk.user = "hospital";
  line.password = "pbx-secret";
  line.trunk.domain = "pbx.example";
  return line;
}
void ring(house& h, std::uint64_t leg, const std::string& number = "02012345") {
  h.stack->ring({leg_id{leg}, device_id{9}, number, "1001", "", our_sdp});
}
std::string ask(const std::string& nonce, const std::string& more = "", const std::string& name = "WWW-Authenticate") {
  return fmt::format("{}: Digest realm=\"pbx\", nonce=\"{}\", qop=\"auth\", algorithm=MD5{}\r\n", name, nonce, more);
}
/// Whether these credentials are right for `request`.
bool is_right(const message& request, const std::string& header = "authorization", const std::string& password = "pbx-secret") {
  const auto value = request.get(header);
  if (value.empty()) return false;
  const auto uri = request.start.substr(request.start.find(' ') + 1);
  const std::string target = uri.substr(0, uri.find(' '));
  std::string (*const hash)(std::string_view) = parameter(value, "algorithm") == "SHA-256" ? sha256 : md5;
  const auto ha1 = hash(fmt::format("hospital:{}:{}", parameter(value, "realm"), password));
  const auto ha2 = hash(request.method() + ":" + target);
  const std::string nonce = parameter(value, "nonce");
  const auto middle = parameter(value, "qop").empty()
                          ? nonce
                          : fmt::format("{}:{}:{}:auth", nonce, parameter(value, "nc"), parameter(value, "cnonce"));
  return parameter(value, "uri") == target && parameter(value, "username") == "hospital" &&
         parameter(value, "response") == hash(fmt::format("{}:{}:{}", ha1, middle, ha2));
}
int cseq(const message& of) { return std::stoi(of.get("cseq")); }

}  // namespace

TEST_CASE("a provider's challenge to INVITE, by itself or by its proxy, is answered once, and the call goes on") {
  for (const bool proxy : {false, true}) {
    house h;
    peer_socket peer(h.port());
    line_to(h, {&peer});
    h.stack->configure(h.devices, h.device_ids);
    ring(h, 7);
    const auto first = h.next(peer, "INVITE");
    REQUIRE(first);
    CHECK(first->get("authorization").empty());
    CHECK(first->start == "INVITE sip:02012345@pbx.example SIP/2.0");
    CHECK(first->get("from").find("<sip:1001@pbx.example>") != std::string::npos);
    peer.send(peer_socket::response(*first, proxy ? 407 : 401, "a",
                                    ask("n1", ", opaque=\"o\"", proxy ? "Proxy-Authenticate" : "WWW-Authenticate")));
    const auto ack = h.next(peer, "ACK");
    const auto again = h.next(peer, "INVITE");
    REQUIRE(ack);
    REQUIRE(again);
    const std::string header = proxy ? "proxy-authorization" : "authorization";
    CHECK(is_right(*again, header));
    CHECK(parameter(again->get(header), "opaque") == "o");
    CHECK(again->get("call-id") == first->get("call-id"));
    CHECK(again->tag("from") == first->tag("from"));
    CHECK(cseq(*again) == cseq(*first) + 1);
    CHECK(again->body == our_sdp);
    CHECK(again->all("contact").size() == 1);
    CHECK(again->all("via").size() == 1);
    peer.send(peer_socket::response(*again, 200, "b", contact(peer), sdp));
    const auto last = h.next(peer, "ACK");
    REQUIRE(last);
    CHECK_FALSE(last->get(header).empty());
    CHECK(h.hears("7 answered"));
    // No secret of ours is in what a restart needs.
    for (const auto& [leg, saved] : h.dialogs) {
      CHECK(saved.find("Digest") == std::string::npos);
      CHECK(saved.find("pbx-secret") == std::string::npos);
      CHECK(saved.find("n1") == std::string::npos);
    }
  }
}

TEST_CASE("SHA-256 is answered where it is asked for first, and what is not known is passed over") {
  house h;
  peer_socket peer(h.port());
  line_to(h, {&peer});
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 7);
  const auto first = h.next(peer, "INVITE");
  REQUIRE(first);
  peer.send(peer_socket::response(
      *first, 401, "a",
      "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"x\", qop=\"auth\", algorithm=SHA-9\r\n"
      "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n\", qop=\"auth-int,auth\", algorithm=SHA-256\r\n" +
          ask("n")));
  const auto again = h.next(peer, "INVITE");
  REQUIRE(again);
  CHECK(parameter(again->get("authorization"), "algorithm") == "SHA-256");
  CHECK(again->all("authorization").size() == 1);
  CHECK(is_right(*again));
}

TEST_CASE("a challenge without qop is answered as RFC 2069 has it") {
  house h;
  peer_socket peer(h.port());
  line_to(h, {&peer});
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 7);
  const auto first = h.next(peer, "INVITE");
  REQUIRE(first);
  peer.send(peer_socket::response(*first, 401, "a", "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n\"\r\n"));
  const auto again = h.next(peer, "INVITE");
  REQUIRE(again);
  CHECK(is_right(*again));
  CHECK(again->get("authorization").find("qop") == std::string::npos);
}

TEST_CASE("a wrong password is refused after one more try, and a server that always calls it stale after two") {
  house h;
  peer_socket peer(h.port());
  line_to(h, {&peer});
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 7);
  for (int i = 1; i <= 2; ++i) {
    const auto invite = h.next(peer, "INVITE");
    REQUIRE(invite);
    peer.send(peer_socket::response(*invite, 401, "a", ask(fmt::format("n{}", i))));
  }
  CHECK(h.hears("7 refused 401"));
  ring(h, 8);
  for (int i = 1; i <= 3; ++i) {
    const auto invite = h.next(peer, "INVITE");
    REQUIRE(invite);
    CHECK(invite->get("authorization").empty() == (i == 1));
    peer.send(peer_socket::response(*invite, 401, "a", ask(fmt::format("s{}", i), ", stale=true")));
  }
  CHECK(h.hears("8 refused 401"));
  CHECK_FALSE(h.next(peer, "INVITE", milliseconds(50)));
  // Without an account nothing is answered at all.
  h.devices.back().trunk.user.clear();
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 9);
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  peer.send(peer_socket::response(*invite, 401, "a", ask("n9")));
  CHECK(h.hears("9 refused 401"));
}

TEST_CASE("a nonce is used again with the next count, and exchanged when it has run out; a BYE may be challenged too") {
  house h;
  peer_socket peer(h.port());
  line_to(h, {&peer});
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 7);
  auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  peer.send(peer_socket::response(*invite, 401, "a", ask("n1")));
  invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  CHECK(parameter(invite->get("authorization"), "nc") == "00000001");
  peer.send(peer_socket::response(*invite, 486, "b"));
  CHECK(h.hears("7 refused 486"));
  // At once with the nonce that is known; then it has run out, and the server says so or not.
  for (const char* const stale : {", stale=true", ""}) {
    const std::uint64_t leg = *stale != '\0' ? 8 : 9;
    ring(h, leg);
    invite = h.next(peer, "INVITE");
    REQUIRE(invite);
    CHECK(is_right(*invite));
    CHECK(parameter(invite->get("authorization"), "nc") != "00000001");
    peer.send(peer_socket::response(*invite, 401, "c", ask(fmt::format("m{}", leg), stale)));
    invite = h.next(peer, "INVITE");
    REQUIRE(invite);
    CHECK(is_right(*invite));
    CHECK(parameter(invite->get("authorization"), "nonce") == fmt::format("m{}", leg));
    peer.send(peer_socket::response(*invite, 200, "d", contact(peer), sdp));
    CHECK(h.hears(fmt::format("{} answered", leg)));
    h.stack->release(leg_id{leg});
    auto bye = h.next(peer, "BYE");
    REQUIRE(bye);
    peer.send(peer_socket::response(*bye, 407, "", ask("b", "", "Proxy-Authenticate")));
    const auto first = cseq(*bye);
    bye = h.next(peer, "BYE");
    REQUIRE(bye);
    CHECK(is_right(*bye, "proxy-authorization"));
    CHECK(cseq(*bye) == first + 1);
    peer.send(peer_socket::response(*bye, 200, ""));
    CHECK(h.hears(fmt::format("{} released 200", leg)));
    h.stack->configure(h.devices, h.device_ids);
    ring(h, leg + 10);
    invite = h.next(peer, "INVITE");
    REQUIRE(invite);
    peer.send(peer_socket::response(*invite, 401, "a", ask("n1")));
    invite = h.next(peer, "INVITE");
    REQUIRE(invite);
    peer.send(peer_socket::response(*invite, 486, "b"));
    CHECK(h.hears(fmt::format("{} refused 486", leg + 10)));
  }
}

TEST_CASE("a call that is given up while it is challenged is not asked for again") {
  house h;
  peer_socket peer(h.port());
  line_to(h, {&peer});
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 7);
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  h.stack->release(leg_id{7});
  peer.send(peer_socket::response(*invite, 401, "a", ask("n1")));
  CHECK(h.hears("7 released 401"));
  CHECK_FALSE(h.next(peer, "INVITE", milliseconds(50)));
}

TEST_CASE("a target that refuses with 503 or 408, or cannot be reached, hands the call to the next one") {
  for (const int how : {503, 408, 0}) {
    CAPTURE(how);
    house h;
    auto first = std::make_unique<peer_socket>(h.port());
    peer_socket second(h.port());
    line_to(h, {first.get(), &second});
    if (how == 0) first.reset();
    h.stack->configure(h.devices, h.device_ids);
    ring(h, 7);
    std::string call_id;
    if (how != 0) {
      const auto invite = h.next(*first, "INVITE");
      REQUIRE(invite);
      call_id = invite->get("call-id");
      first->send(peer_socket::response(*invite, how, "a"));
      CHECK(h.next(*first, "ACK"));
    }
    const auto invite = h.next(second, "INVITE");
    REQUIRE(invite);
    if (how != 0) CHECK(invite->get("call-id") == call_id);
    CHECK(invite->body == our_sdp);
    CHECK(invite->all("contact").size() == 1);
    second.send(peer_socket::response(*invite, 200, "b", contact(second), sdp));
    CHECK(h.hears("7 answered"));
    CHECK(h.count("7 refused 503") == 0);
    h.stack->release(leg_id{7});
    const auto bye = h.next(second, "BYE");
    REQUIRE(bye);
    second.send(peer_socket::response(*bye, 200, ""));
    CHECK(h.hears("7 released 200"));
    // Who could not be reached is left alone for a while; who answered is asked first again.
    ring(h, 8);
    CHECK(h.next(how == 0 ? second : *first, "INVITE"));
  }
}

TEST_CASE("no target is left: the call is refused as the last one said, and the line is out of service") {
  house h;
  peer_socket first(h.port());
  peer_socket second(h.port());
  line_to(h, {&first, &second});
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 7);
  for (auto* const each : {&first, &second}) {
    const auto invite = h.next(*each, "INVITE");
    REQUIRE(invite);
    each->send(peer_socket::response(*invite, 503, "a", "Retry-After: 60\r\n"));
  }
  CHECK(h.hears("7 refused 503"));
  CHECK(h.hears(fmt::format("device 9 out {} for 0 s", static_cast<int>(cause::dest_out_of_order))));
  ring(h, 8);
  CHECK(h.hears("8 refused 503"));
  CHECK_FALSE(h.next(first, "INVITE", milliseconds(50)));
}

TEST_CASE("503 with Retry-After keeps calls away for that time, and no longer") {
  house h;
  peer_socket first(h.port());
  peer_socket second(h.port());
  line_to(h, {&first, &second});
  h.stack->configure(h.devices, h.device_ids);
  const auto began = std::chrono::steady_clock::now();
  ring(h, 7);
  auto invite = h.next(first, "INVITE");
  REQUIRE(invite);
  first.send(peer_socket::response(*invite, 503, "a", "Retry-After: 1 (full)\r\n"));
  REQUIRE(h.next(second, "INVITE"));
  std::uint64_t leg = 8;
  bool back = false;
  while (!back && std::chrono::steady_clock::now() - began < seconds(20)) {
    ring(h, leg++);
    h.until(
        [&] {
          auto got = first.receive();
          if (got && got->method() == "INVITE") back = true;
          auto other = second.receive();
          return back || (other && other->method() == "INVITE");
        },
        seconds(5));
    h.until([] { return false; }, milliseconds(20));
  }
  CHECK(back);
  CHECK(std::chrono::steady_clock::now() - began >= seconds(1));
}

TEST_CASE(
    "a target that says nothing in time is passed over; should it ring after all, it is cancelled, and ended when answered") {
  house h;
  peer_socket silent(h.port());
  peer_socket second(h.port());
  line_to(h, {&silent, &second}).trunk.answer_within = milliseconds(200);
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 7);
  const auto late = h.next(silent, "INVITE");
  REQUIRE(late);
  const auto invite = h.next(second, "INVITE");
  REQUIRE(invite);
  CHECK(cseq(*invite) == cseq(*late) + 1);
  second.send(peer_socket::response(*invite, 180, "b", contact(second)));
  CHECK(h.hears("7 provisional 180"));
  silent.send(peer_socket::response(*late, 180, "s", contact(silent)));
  const auto cancel = h.next(silent, "CANCEL");
  REQUIRE(cancel);
  CHECK(h.count("7 provisional 180") == 1);
  silent.send(peer_socket::response(*cancel, 200, "s"));
  silent.send(peer_socket::response(*late, 200, "s", contact(silent), sdp));
  CHECK(h.next(silent, "ACK"));
  CHECK(h.next(silent, "BYE"));
  second.send(peer_socket::response(*invite, 200, "b", contact(second), sdp));
  CHECK(h.hears("7 answered"));
  CHECK(h.count("7 answered") == 1);
  // And new calls go past it at once.
  ring(h, 8);
  CHECK(h.next(second, "INVITE"));
  CHECK_FALSE(h.next(silent, "INVITE", milliseconds(50)));
}

TEST_CASE("a target that says 100 in time is waited for, and one that has rung is not left") {
  house h;
  peer_socket first(h.port());
  peer_socket second(h.port());
  line_to(h, {&first, &second}).trunk.answer_within = milliseconds(100);
  h.stack->configure(h.devices, h.device_ids);
  ring(h, 7);
  const auto invite = h.next(first, "INVITE");
  REQUIRE(invite);
  first.send(peer_socket::response(*invite, 100, ""));
  CHECK_FALSE(h.next(second, "INVITE", milliseconds(400)));
  first.send(peer_socket::response(*invite, 180, "a", contact(first)));
  CHECK(h.hears("7 provisional 180"));
  first.send(peer_socket::response(*invite, 408, "a"));
  CHECK(h.hears("7 refused 408"));
  CHECK_FALSE(h.next(second, "INVITE", milliseconds(50)));
}

TEST_CASE("OPTIONS find a target dead after so many, keep calls from it, and find it again") {
  house h;
  auto first = std::make_unique<peer_socket>(h.port());
  const auto port = first->port();
  auto& line = line_to(h, {first.get()});
  line.trunk.check_every = milliseconds(50);
  line.trunk.check_failures = 3;
  h.stack->configure(h.devices, h.device_ids);
  const auto options = h.next(*first, "OPTIONS");
  REQUIRE(options);
  CHECK(options->start == fmt::format("OPTIONS sip:127.0.0.1:{};transport=udp SIP/2.0", port));
  // Whatever it says, it is there.
  first->send(peer_socket::response(*options, 404, "o"));
  h.until([] { return false; }, milliseconds(20));
  CHECK(h.told.empty());
  const auto out = fmt::format("device 9 out {} for 0 s", static_cast<int>(cause::dest_out_of_order));
  CHECK(h.hears(out));
  ring(h, 7);
  CHECK(h.hears("7 refused 503"));
  std::optional<message> again;
  CHECK(h.until([&] {
    // All that were sent meanwhile are in the socket; the newest one is answered.
    for (auto got = first->receive(); got; got = first->receive()) {
      CHECK(got->method() == "OPTIONS");
      first->send(peer_socket::response(*got, 200, "o"));
    }
    return h.count(fmt::format("device 9 in {} for {} s", static_cast<int>(cause::normal), -h.clock_ns / 1'000'000'000)) > 0;
  }));
  CHECK(h.count(out) == 1);
}

TEST_CASE("a call that was failed over survives a restart: it is answered, or cancelled, where it is") {
  for (const bool answered : {true, false}) {
    house h;
    peer_socket first(h.port());
    peer_socket second(h.port());
    line_to(h, {&first, &second});
    h.stack->configure(h.devices, h.device_ids);
    ring(h, 7);
    auto invite = h.next(first, "INVITE");
    REQUIRE(invite);
    first.send(peer_socket::response(*invite, 503, "a"));
    invite = h.next(second, "INVITE");
    REQUIRE(invite);
    second.send(peer_socket::response(*invite, 180, "b", contact(second)));
    CHECK(h.hears("7 provisional 180"));
    const auto saved = h.dialogs[7];
    h.restart();
    REQUIRE(h.stack->restore(leg_id{7}, saved));
    if (answered) {
      second.send(peer_socket::response(*invite, 200, "b", contact(second), sdp));
      CHECK(h.hears("7 answered"));
      CHECK(h.next(second, "ACK"));
    } else {
      h.stack->release(leg_id{7});
      const auto cancel = h.next(second, "CANCEL");
      REQUIRE(cancel);
      CHECK(cancel->get("via") == invite->get("via"));
      second.send(peer_socket::response(*cancel, 481, "b"));
      CHECK(h.hears("7 released 481"));
    }
  }
}
