// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sip/admission.hpp>
#include <system_error>
#include "house.hpp"

using namespace sip_test;
using cordboard::sip::admission;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

using proof = admission::proof;
using verdict = admission::verdict;
const admission::time_point start{hours(1)};

bool ordinary() { return false; }
bool emergency() { return true; }

sip_config limits(std::uint32_t failures, seconds ban) {
  sip_config out;
  out.failures_max = failures;
  out.ban = ban;
  return out;
}

/// @returns the ban that the last of so many wrong proofs brings
seconds fail(admission& gate, const std::string& ip, int times, admission::time_point now) {
  seconds ban{0};
  for (int i = 0; i < times; ++i) ban = gate.judge(ip, proof::wrong, now);
  return ban;
}

}  // namespace

TEST_CASE("an address that fails too often is banned, each time for twice as long, and forgiven in the end") {
  admission gate(limits(10, seconds(60)));
  auto now = start;
  CHECK(fail(gate, "192.0.2.1", 9, now) == seconds(0));
  CHECK(fail(gate, "192.0.2.1", 1, now) == seconds(60));
  CHECK(gate.is_banned("192.0.2.1", now + seconds(59)));
  CHECK_FALSE(gate.is_banned("192.0.2.1", now + seconds(60)));
  CHECK_FALSE(gate.is_banned("192.0.2.2", now));
  now += seconds(60);
  CHECK(fail(gate, "192.0.2.1", 10, now) == seconds(120));
  for (int i = 0; i < 10; ++i) (void)fail(gate, "192.0.2.1", 10, now);
  CHECK(fail(gate, "192.0.2.1", 10, now) == seconds(60 * 64));
}

TEST_CASE("failures leak away: who mistypes now and then is not banned") {
  admission gate(limits(10, seconds(60)));
  for (auto now = start; now < start + hours(10); now += seconds(10))
    REQUIRE(gate.judge("192.0.2.1", proof::wrong, now) == seconds(0));
}

TEST_CASE("each phone's first request has no proof: eight of them weigh as one wrong one") {
  admission gate(limits(10, seconds(60)));
  for (int i = 0; i < 79; ++i) REQUIRE(gate.judge("192.0.2.1", proof::absent, start) == seconds(0));
  CHECK(gate.judge("192.0.2.1", proof::absent, start) == seconds(60));
}

TEST_CASE("phones behind one address are not shut out by one of them with a wrong password") {
  admission gate(limits(10, seconds(60)));
  (void)gate.judge("192.0.2.1", proof::good, start);
  CHECK(fail(gate, "192.0.2.1", 1000, start + minutes(59)) == seconds(0));
  CHECK(fail(gate, "192.0.2.1", 10, start + minutes(61)) == seconds(60));
}

TEST_CASE("of an IPv6 address the first 64 bits count") {
  admission gate(limits(10, seconds(60)));
  for (int i = 1; i < 10; ++i) CHECK(gate.judge(fmt::format("2001:db8::{}", i), proof::wrong, start) == seconds(0));
  CHECK(gate.judge("2001:db8::ffff", proof::wrong, start) == seconds(60));
  CHECK(gate.is_banned("2001:db8:0:0:1::", start));
  CHECK_FALSE(gate.is_banned("2001:db8:0:1::1", start));
}

TEST_CASE("what is remembered of addresses has a bound, and those who went quiet make room") {
  admission gate(limits(10, seconds(60)));
  (void)fail(gate, "198.51.100.1", 10, start);
  for (int i = 0; i < 100'000; ++i)
    (void)gate.judge(fmt::format("10.{}.{}.{}", i >> 16, (i >> 8) & 255, i & 255), proof::absent, start);
  CHECK(gate.sources() == admission::sources_max);
  const auto later = start + minutes(2);
  (void)gate.judge("192.0.2.1", proof::absent, later);
  CHECK(gate.sources() == 2);  // the one that was banned is not forgotten yet
  CHECK(fail(gate, "198.51.100.1", 10, later) == seconds(120));
}

TEST_CASE("calls that come too fast are refused, and it is told once a second how many") {
  sip_config with;
  with.calls_per_second = 5;
  with.phone_calls_per_second = 2;
  admission gate(with);
  CHECK(gate.take_call("192.0.2.1", false, start, ordinary).what == verdict::let_in);
  CHECK(gate.take_call("192.0.2.1", false, start, ordinary).what == verdict::let_in);
  const auto first = gate.take_call("192.0.2.1", false, start, ordinary);
  CHECK(first.what == verdict::source_too_fast);
  CHECK(first.to_tell == 1);
  for (int i = 0; i < 3; ++i) CHECK(gate.take_call("127.0.0.2", true, start, ordinary).what == verdict::let_in);
  const auto all = gate.take_call("127.0.0.2", true, start, ordinary);
  CHECK(all.what == verdict::all_too_fast);
  CHECK(all.to_tell == 0);
  CHECK(gate.take_call("127.0.0.2", true, start + milliseconds(200), ordinary).what == verdict::let_in);
  CHECK(gate.take_call("127.0.0.2", true, start + milliseconds(200), ordinary).what == verdict::all_too_fast);
  for (int i = 0; i < 4; ++i) CHECK(gate.take_call("127.0.0.2", true, start + seconds(1), ordinary).what == verdict::let_in);
  CHECK(gate.take_call("127.0.0.2", true, start + seconds(1), ordinary).to_tell == 3);
}

TEST_CASE("S5: an emergency is let in however many others come, and has an end of its own") {
  sip_config with;
  with.calls_per_second = 5;
  with.phone_calls_per_second = 1;
  admission gate(with);
  for (int i = 0; i < 5; ++i) CHECK(gate.take_call("127.0.0.2", true, start, ordinary).what == verdict::let_in);
  CHECK(gate.take_call("127.0.0.2", true, start, ordinary).what == verdict::all_too_fast);
  for (int i = 0; i < 5; ++i) CHECK(gate.take_call("192.0.2.1", false, start, emergency).what == verdict::let_in);
  CHECK(gate.take_call("192.0.2.1", false, start, emergency).what == verdict::source_too_fast);
  CHECK(gate.take_call("127.0.0.2", true, start, emergency).what == verdict::all_too_fast);
}

TEST_CASE("0 is no limit") {
  sip_config with;
  with.calls_per_second = with.phone_calls_per_second = with.failures_max = 0;
  admission gate(with);
  for (int i = 0; i < 10'000; ++i) REQUIRE(gate.take_call("192.0.2.1", false, start, ordinary).what == verdict::let_in);
  CHECK(fail(gate, "192.0.2.1", 10'000, start) == seconds(0));
  CHECK(gate.sources() == 0);
}

TEST_CASE("who guesses passwords is refused unread, and a trunk at the same time is not") {
  sip_config with;
  with.failures_max = 3;
  house h(with);
  peer_socket guesser(h.port());
  for (int i = 0; i < 3; ++i) CHECK(h.enrol(guesser, "1001", "", "guess").status() == 403);
  CHECK(h.hears("127.0.0.1 banned for 300 s"));
  peer_socket same(h.port());
  CHECK(h.enrol(same, "1001").status() == 403);  // with the right password: nobody looks
  CHECK(h.count("127.0.0.1 banned for 300 s") == 1);
  peer_socket trunk(h.port());
  (void)call_in(h, trunk, "900");
  CHECK(h.calls.size() == 1);
}

TEST_CASE("RFC 3261 21.5.4: calls beyond the rate are told when to come again") {
  sip_config with;
  with.calls_per_second = 2;
  house h(with);
  peer_socket trunk(h.port());
  h.trunk(fmt::format("127.0.0.1:{}", trunk.port()));
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    const std::string who = "<sip:outside@127.0.0.1>";
    trunk.send(trunk.request("INVITE", h.uri(), who + ";tag=t", "<" + h.uri() + ">", fmt::format("fast{}", i), 1, "", sdp));
  }
  while (const auto answer = h.next(trunk, "503", milliseconds(500))) {
    CHECK(answer->get("retry-after") == "2");
    ++refused;
  }
  CHECK(refused >= 2);
  CHECK(h.hears("all calls limited"));
  CHECK(h.calls.size() + static_cast<std::size_t>(refused) == 5);
}

TEST_CASE("a stranger's connection that is silent, or never comes to the point, is hung up on; a phone's and a trunk's stay") {
  sip_config with;
  with.connection_idle = seconds(1);
  house h(with);
  peer_socket phone(h.port(), true);
  CHECK(h.enrol(phone, "1001").status() == 200);
  peer_socket trunk(h.port(), true);
  h.trunk(fmt::format("127.0.0.1:{}", trunk.port()));
  peer_socket silent(h.port(), true);
  peer_socket slow(h.port(), true);
  bool slow_over = false;
  auto letter_due = std::chrono::steady_clock::now();
  const auto lets_go = [&](peer_socket& of) {
    // A letter every tenth of a second, however fast the machine: never silent for a whole one.
    try {
      if (const auto now = std::chrono::steady_clock::now(); !slow_over && now >= letter_due) {
        slow.send("I");
        letter_due = now + std::chrono::milliseconds(100);
      }
    } catch (const std::system_error&) {  // hung up on between two looks
      slow_over = true;
    }
    (void)slow.receive();
    slow_over = slow_over || slow.closed();
    (void)of.receive();
    return &of == &slow ? slow_over : of.closed();
  };
  const auto began = std::chrono::steady_clock::now();
  CHECK(h.until([&] { return lets_go(silent); }));
  CHECK_FALSE(slow_over);
  CHECK(h.until([&] { return lets_go(slow); }));
  CHECK(std::chrono::steady_clock::now() - began >= seconds(4));
  CHECK_FALSE(lets_go(phone));
  CHECK_FALSE(lets_go(trunk));
  h.stack->ring({leg_id{7}, device_id{1}, "", "", "", our_sdp});
  CHECK(h.next(phone, "INVITE"));
}

TEST_CASE("RFC 3261 26.3.2.4: what is refused leaves nothing behind, and is judged again when it is repeated") {
  sip_config with;
  with.failures_max = 3;
  house h(with);
  peer_socket stranger(h.port());
  const std::string who = "<sip:1001@127.0.0.1>";
  const auto same = stranger.request("REGISTER", h.uri(), who + ";tag=t", who, "again", 1);
  // Each counts an eighth of a wrong password, of which a little is forgiven meanwhile: with a transaction behind the first, the
  // others would be its repetitions.
  for (int i = 0; i < 25; ++i) {
    CHECK(h.count("127.0.0.1 banned for 300 s") == 0);
    stranger.send(same);
    CHECK(h.next(stranger, "401"));
  }
  CHECK(h.hears("127.0.0.1 banned for 300 s"));
}
