// SPDX-License-Identifier: Apache-2.0
// An engine's legs: made, held, heard, closed.
#include "board.hpp"
#include <atomic>
#include <thread>

using namespace cordboard;
using namespace cordboard::media;

TEST_CASE("nothing is sent before the board says what is heard") {
  board b;
  far_end& caller = b.call_in(1);
  far_end& clerk = b.call_in(2);
  b.media->hear(leg(2), tone_of(source_kind::silence));
  // The other leg's clock shows that ticks have passed.
  for (int i = 0; i < 5; ++i) REQUIRE(clerk.hear());
  CHECK_FALSE(caller.hear(0ms));
  CHECK(b.media->stats(leg(1)).sent == 0);
  b.media->hear(leg(1), tone_of(source_kind::silence));
  CHECK(caller.hear());
}

TEST_CASE("a new leg is offered the other's codec first, and hears nothing before it answers") {
  board b;
  b.call_in(1, "0 8");
  far_end phone;
  const auto offer = b.media->offer(leg(2), leg(1));
  REQUIRE(offer);
  CHECK(offer->find("RTP/AVP 0 8 101") != std::string::npos);
  CHECK(b.media->offer(leg(3))->find("RTP/AVP 8 0 101") != std::string::npos);
  CHECK(b.media->size() == 3);
  phone.aim(*offer);
  b.media->hear(leg(2), tone_of(source_kind::silence));
  CHECK(b.media->accept(leg(2), "v=0\r\n").error() == errc::sdp_unacceptable);
  REQUIRE(b.media->accept(leg(2), phone.sdp("0")));
  const auto first = phone.hear();
  REQUIRE(first);
  CHECK(first->packet.type == 0);
  CHECK(b.media->accept(leg(9), phone.sdp("0")).error() == errc::call_unknown);
}

TEST_CASE("an INVITE without an offer gets ours") {
  board b;
  far_end phone;
  const auto offer = b.media->answer(leg(1), "");
  REQUIRE(offer);
  phone.aim(*offer);
  REQUIRE(b.media->accept(leg(1), phone.sdp("8")));
  b.media->hear(leg(1), tone_of(source_kind::silence));
  CHECK(phone.hear());
}

TEST_CASE("a phone that holds us hears nothing, and goes on when it takes us back") {
  board b;
  far_end& phone = b.call_in(1, "8");
  b.media->hear(leg(1), tone_of(source_kind::silence));
  REQUIRE(phone.hear());
  CHECK_FALSE(b.media->held_by_far(leg(1)));
  REQUIRE(b.media->answer(leg(1), phone.sdp("8", "a=sendonly\r\n")));
  CHECK(b.media->held_by_far(leg(1)));
  // The media thread has it when nothing more is sent; until then at most a frame or two.
  CHECK(eventually([&] { return phone.drop_all() == 0 && !phone.hear(100ms); }));
  REQUIRE(b.media->answer(leg(1), phone.sdp("8", "a=sendrecv\r\n")));
  CHECK_FALSE(b.media->held_by_far(leg(1)));
  const auto next = phone.hear();
  REQUIRE(next);
  CHECK(next->packet.marker);
  CHECK_FALSE(b.media->answer(leg(1), "nonsense"));
  CHECK_FALSE(b.media->held_by_far(leg(1)));
  CHECK(phone.hear());
}

TEST_CASE("an offer that cannot be accepted leaves no stream behind") {
  board b;
  far_end phone;
  for (int i = 0; i < 300; ++i) CHECK(b.media->answer(leg(1), phone.sdp("18")).error() == errc::sdp_unacceptable);
  CHECK(b.media->size() == 0);
  CHECK(b.media->answer(leg(1), phone.sdp("8")));
}

TEST_CASE("when no port is left that has a name, and a closed leg's port is used again") {
  board b;
  std::uint64_t made = 0;
  while (b.media->offer(leg(made + 1))) ++made;
  CHECK(made > 50);
  CHECK(made <= 100);
  CHECK(b.media->offer(leg(made + 1)).error() == errc::limit_reached);
  b.media->close(leg(1));
  REQUIRE(b.facts.wait_for<fact::media_ended>());
  CHECK(b.media->offer(leg(made + 1)));
}

TEST_CASE("a leg that ends says what passed, once, and takes leave of its phone's RTCP") {
  board b;
  far_end& caller = b.call_in(1, "8");
  far_end& clerk = b.call_in(2, "8");
  far_end reports;
  const auto again = b.media->answer(leg(1), caller.sdp("8", "a=rtcp:" + std::to_string(reports.port()) + "\r\n"));
  REQUIRE(again);
  b.join(1, 2);
  for (int i = 0; i < 20; ++i) {
    if (i == 10) caller.sequence += 3;
    caller.speak(8, kilohertz(0, true));
    REQUIRE(clerk.hear_voice());
  }
  caller.speak(8, kilohertz(0, true));  // still on its way when the leg is closed: it counts
  b.media->close(leg(1));
  const auto ended = b.facts.wait_for<fact::media_ended>();
  REQUIRE(ended);
  CHECK(ended->leg == leg(1));
  CHECK(ended->received == 21);
  CHECK(ended->lost == 3);
  CHECK(ended->sent == caller.drop_all());
  CHECK(b.media->stats(leg(1)).received == 0);
  CHECK(b.media->size() == 1);
  b.media->close(leg(1));
  const auto bye = reports.hear();
  REQUIRE(bye);
  CHECK((bye->bytes[1] == 200 || bye->bytes[1] == 201));
  CHECK(bye->bytes[bye->bytes.size() - 7] == 203);
  // Whoever heard the leg hears silence now, under the same numbers.
  REQUIRE(clerk.hear_voice());
  const auto silence = clerk.hear();
  REQUIRE(silence);
  CHECK(silence->packet.payload[0] == 0xD5);
  CHECK(b.facts.size() == 1);
}

TEST_CASE("a voice that stops coming is told once, until it comes again") {
  media_config config = test_config();
  config.lost_after = 1s;
  board b(config);
  far_end& phone = b.call_in(1, "8");
  b.media->hear(leg(1), tone_of(source_kind::silence));
  phone.speak(8, kilohertz(0, true));
  const auto begin = std::chrono::steady_clock::now();
  const auto lost = b.facts.wait_for<fact::media_lost>();
  REQUIRE(lost);
  CHECK(lost->leg == leg(1));
  CHECK(std::chrono::steady_clock::now() - begin > 900ms);
  phone.speak(8, kilohertz(0, true));
  CHECK(eventually([&] { return b.facts.size() == 2; }));
}

TEST_CASE("legs come, are heard and go while packets fly") {
  board b;
  std::atomic<bool> stop{false};
  far_end& caller = b.call_in(1, "8");
  const std::uint16_t port = caller.aimed();
  std::thread talker([&] {
    far_end phone;
    phone.aim(port);
    while (!stop) {
      phone.speak(8, kilohertz(0, true));
      (void)phone.hear(1ms);
    }
  });
  std::uint64_t next = 2;
  for (int round = 0; round < 400; ++round) {
    far_end phone;
    const leg_id a = leg(next++);
    const leg_id c = leg(next++);
    REQUIRE(b.media->answer(a, phone.sdp("0")));
    REQUIRE(b.media->offer(c, a));
    b.media->hear(a, from_leg(1));
    b.media->hear(leg(1), {source_kind::leg, a});
    b.media->hear(c, {source_kind::leg, a});
    REQUIRE(b.media->accept(c, phone.sdp("8")));
    b.media->hear(leg(1), {source_kind::leg, c});
    // In every order: the heard one first, the hearer first, both at once.
    if (round % 3 == 0) b.media->hear(leg(1), tone_of(source_kind::holding_tone));
    b.media->close(round % 2 == 0 ? a : c);
    REQUIRE(b.media->answer(leg(1), caller.sdp("8")));
    b.media->close(round % 2 == 0 ? c : a);
    // The port comes back with the fact; with as many legs on their way out as the range has ports, wait for it.
    CHECK(eventually([&] { return b.facts.size() + 60 > static_cast<std::size_t>(2 * round); }));
  }
  stop = true;
  talker.join();
  CHECK(eventually([&] { return b.facts.size() == 800; }));
  CHECK(b.media->size() == 1);
}

TEST_CASE("an engine that ends takes legs with it that nobody had taken up") {
  board b;
  far_end phone;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    REQUIRE(b.media->answer(leg(i), phone.sdp("8")));
    b.media->hear(leg(i), from_leg(i / 2));
  }
  b.media.reset();
  CHECK(b.facts.size() == 0);
}

TEST_CASE("a voice that passes us by takes no port, and has one as soon as it comes back") {
  board b;
  far_end& one = b.call_in(1, "8");
  const std::string theirs = one.sdp("8", "");
  CHECK(engine::passable(theirs) == 4);
  CHECK(engine::passable("v=0\r\n") == 0);
  const auto protocol = theirs.find("RTP/AVP");
  REQUIRE(protocol != std::string::npos);
  CHECK(engine::passable(std::string(theirs).replace(protocol, 7, "RTP/SAVP")) == 0);
  CHECK_FALSE(engine::holds(theirs));
  CHECK(engine::holds(one.sdp("8", "a=sendonly\r\n")));

  REQUIRE(b.media->pass(leg(2), theirs));
  CHECK(b.media->passes(leg(2)));
  CHECK(b.media->size() == 1);
  CHECK(b.media->accept(leg(2), theirs).error() == errc::call_unknown);
  const std::string saved = b.media->save(leg(2));
  b.media->close(leg(2));
  REQUIRE(b.media->restore(leg(2), saved));
  CHECK(b.media->passes(leg(2)));

  const auto ours = b.media->offer(leg(2));
  REQUIRE(ours);
  CHECK_FALSE(b.media->passes(leg(2)));
  CHECK(b.media->size() == 2);
  CHECK(b.media->accept(leg(2), theirs));
  b.media->let_go(leg(2));
  CHECK(b.media->passes(leg(2)));
  CHECK(b.media->size() == 1);
}
