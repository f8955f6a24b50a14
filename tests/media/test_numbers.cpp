// SPDX-License-Identifier: Apache-2.0
// The numbers towards a leg, and what comes from one, by a clock that the test sets.
#include <doctest/doctest.h>
#include <media/reception.hpp>
#include <media/sender.hpp>

using namespace cordboard::media;

namespace {
constexpr nanoseconds start = 1000 * millisecond;
rtp::packet voice_packet(std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t ssrc = 7) {
  rtp::packet out;
  out.sequence = sequence;
  out.timestamp = timestamp;
  out.ssrc = ssrc;
  return out;
}
}  // namespace

TEST_CASE("a source's steps are kept, its numbers are not") {
  sender to(99, 65534, 1000);
  auto a = to.relay(1, voice_packet(500, 80000), 160, start);
  REQUIRE(a);
  CHECK(a->sequence == 65535);
  CHECK(a->timestamp == 1160);
  CHECK(a->marker);
  a = to.relay(1, voice_packet(501, 80160), 160, start + frame_time);
  CHECK(a->sequence == 0);
  CHECK(a->timestamp == 1320);
  CHECK_FALSE(a->marker);
  SUBCASE("a loss is passed on as a loss") {
    a = to.relay(1, voice_packet(503, 80480), 160, start + 3 * frame_time);
    CHECK(a->sequence == 2);
    CHECK(a->timestamp == 1640);
    SUBCASE("and a late packet takes its own place") {
      a = to.relay(1, voice_packet(502, 80320), 160, start + 3 * frame_time);
      CHECK(a->sequence == 1);
      CHECK(a->timestamp == 1480);
      CHECK(to.sequence() == 2);
    }
  }
  SUBCASE("a packet that comes twice goes once") {
    CHECK_FALSE(to.relay(1, voice_packet(501, 80160), 160, start + frame_time));
  }
  SUBCASE("what is taken out is not missed") {
    to.skip(1, voice_packet(502, 80320));
    CHECK(to.relay(1, voice_packet(503, 80480), 160, start + 3 * frame_time)->sequence == 1);
    CHECK_FALSE(to.relay(1, voice_packet(502, 80320), 160, start + 3 * frame_time));
  }
  SUBCASE("a source that begins anew is a switch") {
    a = to.relay(1, voice_packet(40000, 5, 8), 160, start + 2 * frame_time);
    CHECK(a->sequence == 1);
    CHECK(a->timestamp == 1480);
    CHECK(a->marker);
  }
  SUBCASE("timestamps that leave the time are a switch") {
    a = to.relay(1, voice_packet(502, 80320 + 8000 * 60), 160, start + 2 * frame_time);
    CHECK(a->sequence == 1);
    CHECK(a->timestamp == 1480);
    CHECK(a->marker);
  }
  SUBCASE("a key that is pressed for long keeps its timestamp") {
    for (int i = 0; i < 500; ++i) {
      a = to.relay(1, voice_packet(static_cast<std::uint16_t>(502 + i), 80320), 0, start + (2 + i) * frame_time);
      REQUIRE(a);
      CHECK(a->timestamp == 1480);
      CHECK(a->sequence == static_cast<std::uint16_t>(1 + i));
    }
    // And the voice after it is where it would have been.
    a = to.relay(1, voice_packet(1002, 80160 + 160 * 501), 160, start + 502 * frame_time);
    CHECK(a->timestamp == 1320 + 160 * 501);
  }
}

TEST_CASE("a source that speaks for long is heard all the while") {
  // Its sequence comes round every 22 minutes; half of that is where a number looks like one of before.
  sender to(99, 0, 0);
  int lost = 0, begun = 0;
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    const auto out = to.relay(1, voice_packet(static_cast<std::uint16_t>(i), i * 160), 160, start + i * frame_time);
    lost += out ? 0 : 1;
    begun += out && out->marker ? 1 : 0;
  }
  CHECK(lost == 0);
  CHECK(begun == 1);
}

TEST_CASE("at a switch the sequence goes on and the timestamp takes the time that passed") {
  sender to(99, 10, 1000);
  to.relay(1, voice_packet(500, 80000), 160, start);
  auto tone = to.generate(start + 100 * millisecond);
  CHECK(tone.sequence == 12);
  CHECK(tone.timestamp == 1160 + 800);
  CHECK(tone.marker);
  tone = to.generate(start + 100 * millisecond);  // a tick was missed: two frames at once are still two frames long
  CHECK(tone.timestamp == 1160 + 960);
  CHECK_FALSE(tone.marker);
  const auto back = to.relay(1, voice_packet(505, 80800), 160, start + 101 * millisecond);
  CHECK(back->sequence == 14);
  CHECK(back->timestamp == 1160 + 1120);  // not before the frame that sounds is over
  CHECK(back->marker);
  CHECK_FALSE(to.relay(1, voice_packet(504, 80640), 160, start + 102 * millisecond));  // from before the switch
  to.interrupt();
  CHECK(to.relay(1, voice_packet(506, 80960), 160, start + 121 * millisecond)->marker);
  const auto late = to.generate(start + 10'000 * millisecond);
  CHECK(late.marker);
  CHECK(late.timestamp > 1160 + 8 * 9990);
}

TEST_CASE("every number is used once, whatever comes") {
  sender to(1, 0, 0);
  std::uint64_t random = 88172645463325252U;
  const auto next = [&](std::uint64_t below) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random % below;
  };
  std::uint64_t used = 0;
  std::uint32_t newest = 0;
  bool any = false;
  for (int i = 0; i < 20000; ++i) {
    const auto now = start + i * frame_time;
    const auto before = to.sequence();
    sender::numbers out;
    if (next(4) == 0) {
      out = to.generate(now);
    } else {
      const auto from = 1 + next(3);
      const auto made = to.relay(
          from, voice_packet(static_cast<std::uint16_t>(i + static_cast<int>(next(5))), static_cast<std::uint32_t>(160 * i)),
          160, now);
      if (!made) continue;
      out = *made;
    }
    if (static_cast<std::int16_t>(out.sequence - before) > 0) {
      ++used;
      CHECK(static_cast<std::int16_t>(out.sequence - before) < 10);
      if (any && out.marker) CHECK(static_cast<std::int32_t>(out.timestamp - newest) > 0);
      newest = to.timestamp();
      any = true;
    }
  }
  CHECK(used > 10000);
}

TEST_CASE("the far end is where its packets come from") {
  const address said = *address::parse("192.0.2.1", 4000);
  const address natted = *address::parse("198.51.100.9", 61000);
  const address stranger = *address::parse("203.0.113.5", 5000);
  latch far;
  far.expect(said);
  CHECK(far.to() == said);
  SUBCASE("behind a NAT") {
    CHECK(far.take(natted, voice_packet(10, 0), start));
    CHECK(far.to() == natted);
    CHECK_FALSE(far.take(stranger, voice_packet(500, 0, 66), start + frame_time));
    CHECK(far.to() == natted);
    SUBCASE("the NAT gives it another port: it goes on with what only it knows") {
      CHECK(far.take(natted.with_port(61001), voice_packet(11, 160), start + frame_time));
      CHECK(far.to().port() == 61001);
    }
    SUBCASE("after a silence another source is believed") {
      CHECK(far.take(stranger, voice_packet(500, 0, 66), start + latch::silent_after));
      CHECK(far.to() == stranger);
      SUBCASE("but where it had said it is, it is believed at once") {
        CHECK(far.take(said, voice_packet(9, 0, 5), start + latch::silent_after));
        CHECK(far.to() == said);
      }
    }
    SUBCASE("hold and resume at the same address change nothing") {
      far.expect(said);
      CHECK(far.to() == natted);
    }
    SUBCASE("another address in its description begins anew") {
      far.expect(stranger);
      CHECK(far.to() == stranger);
    }
  }
  SUBCASE("an end that is where it said is not moved to another machine by a silence") {
    CHECK(far.take(said, voice_packet(10, 0), start));
    CHECK_FALSE(far.take(stranger, voice_packet(1, 0, 66), start + 3600 * 1000 * millisecond));
    CHECK(far.take(said.with_port(4002), voice_packet(1, 0, 66), start + latch::silent_after));
  }
  SUBCASE("after a restart it is where it was") {
    latch again;
    again.restore(natted);
    again.expect(said);
    CHECK(again.to() == natted);
    CHECK(again.take(natted.with_port(5), voice_packet(1, 0), start));
  }
}

TEST_CASE("losses are what was expected less what came") {
  reception in;
  CHECK(in.lost() == 0);
  const auto take = [&](std::uint16_t sequence, std::uint32_t ssrc = 7) {
    rtp::packet one = voice_packet(sequence, std::uint32_t{160} * sequence, ssrc);
    in.take(one, start);
  };
  take(65534);
  take(65535);
  take(1);
  CHECK(in.lost() == 1);
  take(0);  // late, not lost
  CHECK(in.lost() == 0);
  take(11);
  CHECK(in.lost() == 9);
  auto report = in.next_report();
  CHECK(report.ssrc == 7);
  CHECK(report.lost == 9);
  CHECK(report.fraction == 9 * 256 / 14);
  CHECK(report.highest == 0x10000 + 11);
  take(12);
  report = in.next_report();
  CHECK(report.fraction == 0);
  CHECK(report.lost == 9);
  take(500, 8);  // another source: its numbers have nothing to do with those before
  take(502, 8);
  CHECK(in.lost() == 10);
  take(30000, 8);  // began anew
  CHECK(in.lost() == 10);
}
