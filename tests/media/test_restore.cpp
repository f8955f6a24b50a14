// SPDX-License-Identifier: Apache-2.0
// A call goes on when the process has come back.
#include "board.hpp"

using namespace cordboard;
using namespace cordboard::media;

namespace {
std::int16_t ahead(std::uint16_t a, std::uint16_t b) { return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)); }
}  // namespace

TEST_CASE("after a restart both voices go on at the very ports, with numbers ahead, and no word of SDP") {
  board before;
  far_end& caller = before.call_in(1, "8 101");
  far_end& clerk = before.call_in(2, "0");
  before.join(1, 2);
  // Saved when the call was answered: what follows is not in it.
  const std::string saved_caller = before.media->save(leg(1));
  const std::string saved_clerk = before.media->save(leg(2));
  CHECK(saved_caller.find('\n') == std::string::npos);
  std::optional<received> last;
  for (int i = 0; i < 100; ++i) {
    caller.speak(8, kilohertz(0, true));
    last = clerk.hear_voice();
    REQUIRE(last);
  }
  before.media.reset();
  clerk.drop_all();

  kept_facts facts;
  auto opened = engine::open(before.config, facts);
  REQUIRE(opened);
  engine& after = **opened;
  REQUIRE(after.restore(leg(1), saved_caller));
  REQUIRE(after.restore(leg(2), saved_clerk));
  CHECK(after.restore(leg(1), saved_caller).error() == errc::id_taken);
  after.hear(leg(1), from_leg(2));
  after.hear(leg(2), from_leg(1));
  caller.speak(8, kilohertz(0, true));
  const auto next = clerk.hear_voice();
  REQUIRE(next);
  CHECK(next->from.port() == clerk.aimed());
  CHECK(next->packet.ssrc == last->packet.ssrc);
  CHECK(next->packet.type == 0);
  CHECK(ahead(next->packet.sequence, last->packet.sequence) > 0);
  CHECK(ahead(next->packet.sequence, last->packet.sequence) < 3000);  // RFC 3550 A.1: no receiver takes it for another stream
  CHECK(static_cast<std::int32_t>(next->packet.timestamp - last->packet.timestamp) > 0);
  CHECK(next->packet.marker);
  clerk.speak(0, kilohertz(0, false));
  CHECK(caller.hear_voice());
  // And the session goes on as well: a hold is answered with the next version of the same session.
  const auto held = after.answer(leg(1), caller.sdp("8 101", "a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n"));
  REQUIRE(held);
  CHECK(after.held_by_far(leg(1)));
  CHECK(held->find(" 2 IN IP4 ") != std::string::npos);
}

TEST_CASE("a phone behind a NAT is sent to at once after a restart") {
  board before;
  far_end& said = before.call_in(1, "8");
  far_end natted("127.0.0.3");
  natted.aim(said.aimed());
  before.media->hear(leg(1), tone_of(source_kind::silence));
  natted.speak(8, kilohertz(0, true));
  REQUIRE(natted.hear());
  const std::string saved = before.media->save(leg(1));
  before.media.reset();
  natted.drop_all();
  said.drop_all();

  kept_facts facts;
  auto after = engine::open(before.config, facts);
  REQUIRE(after);
  REQUIRE((*after)->restore(leg(1), saved));
  (*after)->hear(leg(1), tone_of(source_kind::ringback_tone));
  CHECK(natted.hear());
  CHECK(said.drop_all() == 0);
}

TEST_CASE("a leg that was still ringing is answered after the restart") {
  board before;
  far_end phone;
  const auto offer = before.media->offer(leg(1));
  REQUIRE(offer);
  phone.aim(*offer);
  const std::string saved = before.media->save(leg(1));
  before.media.reset();
  kept_facts facts;
  auto after = engine::open(before.config, facts);
  REQUIRE(after);
  REQUIRE((*after)->restore(leg(1), saved));
  REQUIRE((*after)->accept(leg(1), phone.sdp("8")));
  (*after)->hear(leg(1), tone_of(source_kind::silence));
  CHECK(phone.hear());
}

TEST_CASE("what was not saved so is refused, whatever it is, and leaves no stream") {
  board b;
  b.call_in(1, "8 101");
  const std::string saved = b.media->save(leg(1));
  CHECK(b.media->save(leg(7)).empty());
  CHECK(b.media->restore(leg(2), "").error() == errc::text_invalid);
  CHECK(b.media->restore(leg(2), "media=2" + saved.substr(7)).error() == errc::text_invalid);
  CHECK(b.media->restore(leg(2), saved).error() == std::errc::address_in_use);
  b.media->close(leg(1));
  REQUIRE(b.facts.wait_for<fact::media_ended>());
  for (std::size_t length = 0; length < saved.size(); ++length) {
    CAPTURE(saved.substr(0, length));
    if (b.media->restore(leg(2), saved.substr(0, length))) b.media->close(leg(2));
  }
  CHECK(b.media->size() == 0);
}
