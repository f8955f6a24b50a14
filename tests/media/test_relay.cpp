// SPDX-License-Identifier: Apache-2.0
// Packets through an engine, between phones on the loopback.
#include "board.hpp"
#include <algorithm>
#include <media/g711.hpp>
#include <numeric>

using namespace cordboard;
using namespace cordboard::media;

namespace {

std::vector<std::uint8_t> payload_of(const received& from) { return {from.packet.payload.begin(), from.packet.payload.end()}; }
std::vector<std::uint8_t> words(std::uint8_t first) {
  std::vector<std::uint8_t> out(160);
  std::iota(out.begin(), out.end(), first);
  return out;
}
std::int32_t step(std::uint32_t to, std::uint32_t from) { return static_cast<std::int32_t>(to - from); }

/// A phone's ear: checks that every packet follows the one before, whatever it carries. On a machine that stalls for longer than
/// a pause may last, silence stands between two packets that were sent; it is checked as well, and passed over.
struct listener {
  far_end& phone;
  std::optional<received> last;
  bool filled = false;  ///< silence stood before what `voice` gave

  received voice() {
    filled = false;
    while (true) {
      auto next = phone.hear();
      REQUIRE(next);
      const rtp::packet& packet = next->packet;
      if (last) {
        CHECK(packet.ssrc == last->packet.ssrc);
        CHECK(packet.sequence == static_cast<std::uint16_t>(last->packet.sequence + 1));
        CHECK(step(packet.timestamp, last->packet.timestamp) >= 0);  // 0: a key that is still pressed
      }
      last = next;
      const auto& bytes = packet.payload;
      if (std::any_of(bytes.begin(), bytes.end(), [](std::uint8_t x) { return x != 0xD5 && x != 0xFF; }))
        return *std::move(next);
      filled = true;
    }
  }
};

}  // namespace

TEST_CASE("every packet of one phone arrives at the other, both ways, under numbers of its own") {
  board b;
  far_end& caller = b.call_in(1);
  far_end& clerk = b.call_in(2);
  b.join(1, 2);
  listener at_clerk{clerk, {}};
  listener at_caller{caller, {}};
  std::uint32_t timestamp = 0;
  for (std::uint8_t i = 0; i < 50; ++i) {
    caller.speak(8, words(i));
    clerk.speak(8, words(static_cast<std::uint8_t>(i + 100)));
    const auto heard = at_clerk.voice();
    CHECK(payload_of(heard) == words(i));
    CHECK(payload_of(at_caller.voice()) == words(static_cast<std::uint8_t>(i + 100)));
    CHECK(heard.packet.type == 8);
    CHECK(heard.packet.marker == (i == 0 || at_clerk.filled));
    if (i != 0 && !at_clerk.filled) CHECK(heard.packet.timestamp == timestamp + 160);
    CHECK(heard.packet.ssrc != caller.ssrc);
    CHECK(heard.from.port() == clerk.aimed());
    timestamp = heard.packet.timestamp;
  }
  CHECK(at_clerk.last->packet.ssrc != at_caller.last->packet.ssrc);
  const auto count = b.media->stats(leg(1));
  CHECK(count.received == 50);
  CHECK(count.lost == 0);
  CHECK(count.invalid == 0);
  CHECK(count.other_payload == 0);
  CHECK(count.foreign == 0);
  CHECK(count.first_received_ns != 0);
  CHECK(count.last_received_ns >= count.first_received_ns);
  CHECK(eventually([&] { return b.media->stats(leg(2)).relayed == 50; }));
}

TEST_CASE("whoever is heard, a phone hears one stream: no number is left out or used twice") {
  board b;
  far_end& caller = b.call_in(1);
  far_end& first = b.call_in(2, "0 101");
  far_end& second = b.call_in(3, "8");
  std::vector<received> heard;
  const auto keep = [&](std::size_t packets) {
    for (std::size_t i = 0; i < packets; ++i) {
      auto next = caller.hear();
      REQUIRE(next);
      heard.push_back(std::move(*next));
    }
  };
  b.media->hear(leg(1), tone_of(source_kind::ringback_tone));
  keep(5);
  for (int round = 0; round < 2; ++round) {
    b.media->hear(leg(1), from_leg(2));
    for (int i = 0; i < 8; ++i) {
      first.speak(0, words(7));
      keep(1);
    }
    b.media->hear(leg(1), from_leg(3));
    for (int i = 0; i < 8; ++i) {
      second.speak(8, words(9));
      keep(1);
    }
    b.media->hear(leg(1), tone_of(source_kind::holding_tone));
    keep(5);
  }
  b.media->hear(leg(1), tone_of(source_kind::silence));
  keep(3);
  int switches = 0;
  for (std::size_t i = 1; i < heard.size(); ++i) {
    CAPTURE(i);
    const auto& now = heard[i].packet;
    const auto& last = heard[i - 1].packet;
    CHECK(now.ssrc == heard[0].packet.ssrc);
    CHECK(now.sequence == static_cast<std::uint16_t>(last.sequence + 1));
    CHECK(step(now.timestamp, last.timestamp) >= 160);
    if (!now.marker) CHECK(step(now.timestamp, last.timestamp) == 160);
    switches += now.marker ? 1 : 0;
  }
  CHECK(heard[0].packet.marker);
  // Tone, 2, 3, tone, 2, 3, tone, silence. A tick may fall between a route and the first packet on it, never more.
  CHECK(switches >= 7);
  // Timestamps follow the clock: over all switches they are ahead of it by less than a frame for each, and not behind.
  const auto passed = std::chrono::duration<double>(heard.back().at - heard.front().at).count() * 8000;
  const auto told = step(heard.back().packet.timestamp, heard.front().packet.timestamp);
  CHECK(told > passed - 1600);
  CHECK(told < passed + 160 * (static_cast<int>(heard.size()) + 10));
}

TEST_CASE("between two laws each byte is translated by the standard's table") {
  board b;
  far_end& a = b.call_in(1, "8");
  far_end& u = b.call_in(2, "0");
  b.join(1, 2);
  std::vector<std::uint8_t> all(256);
  std::iota(all.begin(), all.end(), 0);
  a.speak(8, all);
  const auto at_u = u.hear_voice();
  REQUIRE(at_u);
  CHECK(at_u->packet.type == 0);
  u.speak(0, all);
  auto at_a = a.hear_voice();
  REQUIRE(at_a);
  CHECK(at_a->packet.type == 8);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(at_u->packet.payload[i] == g711::ulaw_of_alaw[i]);
    CHECK(at_a->packet.payload[i] == g711::alaw_of_ulaw[i]);
  }
}

TEST_CASE("a tone of 1 kHz is found at the other end, in the same law and in the other") {
  for (const char* formats : {"8", "0"}) {
    CAPTURE(formats);
    board b;
    far_end& a = b.call_in(1, "8");
    far_end& other = b.call_in(2, formats);
    b.media->hear(leg(2), from_leg(1));
    std::vector<std::uint8_t> heard;
    for (std::size_t i = 0; i < 40; ++i) {
      a.speak(8, kilohertz(i, true));
      const auto next = other.hear_voice();
      REQUIRE(next);
      heard.insert(heard.end(), next->packet.payload.begin(), next->packet.payload.end());
    }
    const bool alaw = formats[0] == '8';
    CHECK(part_of(1000, heard, alaw) > 0.99);
    CHECK(part_of(450, heard, alaw) < 0.01);
  }
}

TEST_CASE("a phone hears the tone that the board says, in its own law") {
  board b;
  far_end& a = b.call_in(1, "8");
  far_end& u = b.call_in(2, "0");
  b.media->hear(leg(1), tone_of(source_kind::ringback_tone));
  b.media->hear(leg(2), tone_of(source_kind::ringback_tone));
  std::vector<std::uint8_t> at_a, at_u;
  for (int i = 0; i < 10; ++i) {
    auto next = a.hear();
    REQUIRE(next);
    at_a.insert(at_a.end(), next->packet.payload.begin(), next->packet.payload.end());
    next = u.hear();
    REQUIRE(next);
    at_u.insert(at_u.end(), next->packet.payload.begin(), next->packet.payload.end());
  }
  CHECK(part_of(450, at_a, true) > 0.99);
  CHECK(part_of(450, at_u, false) > 0.99);
}

TEST_CASE("a frame leaves every 20 ms, by the clock") {
  board b;
  far_end& a = b.call_in(1);
  const auto begin = std::chrono::steady_clock::now();
  b.media->hear(leg(1), tone_of(source_kind::silence));
  for (int i = 0; i < 26; ++i) REQUIRE(a.hear());
  // A loaded machine delays a frame and makes up for it, but sends none early: between the first and the last are half a second.
  CHECK(std::chrono::steady_clock::now() - begin > 470ms);
}

TEST_CASE("keys pass with the hearer's number, and are left out where they are not understood") {
  board b;
  far_end& caller = b.call_in(1, "8 101");
  far_end& clerk = b.phones.try_emplace(2).first->second;
  const auto answer = b.media->answer(leg(2), clerk.sdp("8 96", "a=rtpmap:96 telephone-event/8000\r\n"));
  REQUIRE(answer);
  clerk.aim(*answer);
  far_end& old = b.call_in(3, "8");
  b.media->hear(leg(2), from_leg(1));
  b.media->hear(leg(3), from_leg(1));
  const std::vector<std::uint8_t> five{5, 10, 0, 160};
  caller.speak(8, words(1));
  caller.speak(101, five, true);
  caller.speak(101, five);
  caller.speak(8, words(2));
  listener at_clerk{clerk, {}};
  listener at_old{old, {}};
  CHECK(payload_of(at_clerk.voice()) == words(1));
  const auto pressed = at_clerk.voice();
  CHECK(pressed.packet.type == 96);
  CHECK(pressed.packet.marker);
  CHECK(payload_of(pressed) == five);
  CHECK(payload_of(at_clerk.voice()) == five);
  CHECK(payload_of(at_clerk.voice()) == words(2));
  CHECK(payload_of(at_old.voice()) == words(1));
  CHECK(payload_of(at_old.voice()) == words(2));  // nothing is missed between them
  CHECK(b.media->stats(leg(1)).received == 4);
  CHECK(b.media->stats(leg(1)).other_payload == 2);
}

TEST_CASE("what is no voice is counted and goes nowhere") {
  board b;
  far_end& caller = b.call_in(1, "8");
  far_end& clerk = b.call_in(2, "8");
  b.media->hear(leg(2), from_leg(1));
  caller.speak(8, words(1));
  const auto first = clerk.hear_voice();
  REQUIRE(first);
  caller.send({1, 2, 3});                                                     // short
  caller.send({0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0});  // STUN
  caller.send(std::vector<std::uint8_t>(3000, 0x80));                         // longer than any voice packet
  caller.speak(18, words(1));                                                 // G.729 was not agreed
  caller.speak(13, {40});                                                     // comfort noise: known, left out
  caller.speak(8, {});                                                        // keeps a NAT open, says nothing
  caller.speak(8, words(2));
  const auto second = clerk.hear_voice();
  REQUIRE(second);
  CHECK(payload_of(*second) == words(2));
  const auto count = b.media->stats(leg(1));
  CHECK(count.received == 5);
  CHECK(count.invalid == 3);
  CHECK(count.other_payload == 1);
  CHECK(count.lost == 0);
}

TEST_CASE("a phone behind a NAT is answered where its packets come from; a stranger neither speaks nor hears") {
  board b;
  far_end& caller = b.call_in(1, "8");
  far_end& clerk = b.call_in(2, "8");
  b.join(1, 2);
  far_end natted("127.0.0.3");
  far_end stranger("127.0.0.2");
  natted.aim(caller.aimed());
  stranger.aim(caller.aimed());
  // 127.0.0.3 is not what its description says: the NAT's address, known by its first packet.
  natted.speak(8, words(1));
  REQUIRE(clerk.hear_voice());
  CHECK(eventually([&] { return b.media->stats(leg(1)).received == 1; }));
  clerk.speak(8, words(2));
  const auto answer = natted.hear_voice();
  REQUIRE(answer);
  CHECK(payload_of(*answer) == words(2));
  // A stranger who sends into the same port is told from it, as long as the phone is heard.
  stranger.ssrc = 0x66666666;
  natted.speak(8, words(3));
  stranger.speak(8, words(66));
  natted.speak(8, words(4));
  CHECK(payload_of(clerk.hear_voice().value()) == words(3));
  CHECK(payload_of(clerk.hear_voice().value()) == words(4));
  CHECK(b.media->stats(leg(1)).foreign == 1);
  CHECK(b.media->stats(leg(1)).received == 3);
  clerk.speak(8, words(5));
  CHECK(payload_of(natted.hear_voice().value()) == words(5));
  CHECK_FALSE(stranger.hear(0ms));
}

TEST_CASE("a source that pauses is filled up with silence, and goes on") {
  board b;
  far_end& caller = b.call_in(1, "8");
  far_end& clerk = b.call_in(2, "8");
  b.media->hear(leg(2), from_leg(1));
  caller.speak(8, words(1));
  auto last = clerk.hear_voice();
  REQUIRE(last);
  for (int i = 0; i < 3; ++i) {
    auto next = clerk.hear();
    REQUIRE(next);
    CHECK(next->packet.marker == (i == 0));
    CHECK(next->packet.payload[0] == 0xD5);
    CHECK(next->packet.sequence == static_cast<std::uint16_t>(last->packet.sequence + 1));
    CHECK(step(next->packet.timestamp, last->packet.timestamp) >= 160);
    last = std::move(next);
  }
  caller.speak(8, words(2));
  auto next = clerk.hear_voice();
  REQUIRE(next);
  CHECK(next->packet.marker);
  CHECK(payload_of(*next) == words(2));
}
