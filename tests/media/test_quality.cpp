// SPDX-License-Identifier: Apache-2.0
// How voices are: what G.107 says of losses and delays, what reports say, and what the house tells of it.
#include "board.hpp"
#include <cmath>
#include <media/g711.hpp>
#include <media/quality.hpp>
#include <media/reception.hpp>
#include <media/rtcp.hpp>
#include <numbers>

using namespace cordboard;
using namespace cordboard::media;

namespace {

constexpr std::int64_t wall = 1'700'000'000'000'000'000;
constexpr std::uint32_t ours = 0x01020304;

/// A report of a far end: what it has sent, and how it hears us.
std::vector<std::uint8_t> report_of(std::uint32_t packets, const std::optional<reception::report>& about_us,
                                    std::int64_t at = wall) {
  std::optional<rtcp::sent> sent;
  if (packets != 0) sent = rtcp::sent{at, 0, packets, packets * 160};
  return rtcp::compound(0x77, sent, about_us, "far", false);
}
reception::report hears_us(std::uint32_t highest, std::int32_t lost = 0) {
  reception::report out;
  out.ssrc = ours;
  out.highest = highest;
  out.lost = lost;
  return out;
}
rtcp::told told(const std::vector<std::uint8_t>& bytes) {
  const auto read = rtcp::read(bytes, ours);
  REQUIRE(read);
  return *read;
}
rtp::packet nth(std::uint16_t sequence, std::uint32_t timestamp) {
  rtp::packet out;
  out.sequence = sequence;
  out.timestamp = timestamp;
  return out;
}

}  // namespace

TEST_CASE("ratings are those of G.107") {
  CHECK(rating_of({0, 0}) == doctest::Approx(93.2));
  // Ie-eff of G.711 with concealment (G.113: Bpl 25.1) by losses that come singly.
  CHECK(rating_of({0.01, 0}) == doctest::Approx(93.2 - 3.64).epsilon(0.001));
  CHECK(rating_of({0.05, 0}) == doctest::Approx(93.2 - 15.78).epsilon(0.001));
  CHECK(rating_of({0.20, 0}) == doctest::Approx(93.2 - 42.13).epsilon(0.001));
  // Idd: nothing below 100 ms, and at 200 and 400 ms what §7.4 gives.
  CHECK(rating_of({0, 100 * millisecond}) == doctest::Approx(93.2));
  CHECK(rating_of({0, 150 * millisecond}) == doctest::Approx(93.2 - 0.16).epsilon(0.001));
  CHECK(rating_of({0, 200 * millisecond}) == doctest::Approx(93.2 - 3.04).epsilon(0.001));
  CHECK(rating_of({0, 400 * millisecond}) == doctest::Approx(93.2 - 24.07).epsilon(0.001));
}

TEST_CASE("opinions are those of G.107 Annex B") {
  // G.109 Table 1: the lower limits of its five categories.
  CHECK(opinion_of(90) == doctest::Approx(4.34).epsilon(0.002));
  CHECK(opinion_of(80) == doctest::Approx(4.03).epsilon(0.002));
  CHECK(opinion_of(70) == doctest::Approx(3.60).epsilon(0.002));
  CHECK(opinion_of(60) == doctest::Approx(3.10).epsilon(0.002));
  CHECK(opinion_of(50) == doctest::Approx(2.58).epsilon(0.002));
  CHECK(opinion_of(93.2) == doctest::Approx(4.41).epsilon(0.002));
  CHECK(opinion_of(-5) == 1);
  CHECK(opinion_of(0) == 1);
  CHECK(opinion_of(100) == 4.5);
  double before = 1;
  for (double rating = 7; rating <= 100; rating += 0.5) {
    CHECK(opinion_of(rating) >= before);
    before = opinion_of(rating);
  }
}

TEST_CASE("what comes too late to be played is counted, and a path that has become longer is none") {
  reception in;
  nanoseconds now = 1'000'000 * millisecond;
  std::uint16_t sequence = 65530;
  std::uint32_t timestamp = 0xFFFFFF00;
  const auto come = [&](nanoseconds behind) {
    in.take(nth(sequence++, timestamp), now + behind, 8);
    timestamp += 160;
    now += frame_time;
  };
  for (int i = 0; i < 50; ++i) come(0);
  CHECK(in.late() == 0);
  CHECK(in.jitter() == 0);
  for (int i = 0; i < 3; ++i) come(130 * millisecond);
  come(0);
  CHECK(in.late() == 3);
  CHECK(in.lost() == 0);
  CHECK(in.expected_in_all() == 54);
  CHECK(in.jitter() > 5 * millisecond);
  for (int i = 0; i < 500; ++i) come(200 * millisecond);
  CHECK(in.late() <= 3 + 9);
  CHECK(in.jitter() < 1 * millisecond);

  // Keys repeat the time of their beginning, which is no jitter; a clock that was set is none either.
  for (int i = 0; i < 20; ++i) in.take(nth(sequence++, timestamp), now + i * frame_time, 8, false);
  CHECK(in.jitter() < 1 * millisecond);
  timestamp += 800'000;
  come(200 * millisecond);
  CHECK(in.jitter() < 1 * millisecond);

  // Another source is counted on.
  rtp::packet other = nth(10, 0);
  other.ssrc = 5;
  in.take(other, now, 8);
  CHECK(in.expected_in_all() == 54 + 500 + 20 + 1 + 1);
}

TEST_CASE("a far end's report is read as ours is written, and one that is not whole is none") {
  reception::report heard = hears_us(0x00010203, -2);
  heard.fraction = 25;
  heard.jitter = 80;
  heard.last_sr = 0xAABBCCDD;
  heard.since_sr = 65536;
  const auto bytes = report_of(500, heard);
  const auto read = rtcp::read(bytes, ours);
  REQUIRE(read);
  REQUIRE(read->sent);
  CHECK(read->sent->packets == 500);
  CHECK(read->sent->ntp == rtcp::ntp(wall));
  REQUIRE(read->of_us);
  CHECK(read->of_us->fraction == 25);
  CHECK(read->of_us->lost == -2);
  CHECK(read->of_us->highest == 0x00010203);
  CHECK(read->of_us->jitter == 80);
  CHECK(read->of_us->last_sr == 0xAABBCCDD);
  CHECK(read->of_us->since_sr == 65536);
  CHECK_FALSE(rtcp::read(bytes, ours + 1)->of_us);  // of somebody else's stream
  CHECK_FALSE(rtcp::read(report_of(0, heard), ours)->sent);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::span<const std::uint8_t> part(bytes.data(), size);
    // What ends between two packets is a whole one.
    if (size != 52) CHECK_FALSE(rtcp::read(part, ours));
  }
  auto lies = bytes;
  lies[0] = 0x9F;  // 31 blocks
  CHECK_FALSE(rtcp::read(lies, ours));
  lies = bytes;
  lies[0] = 0x41;
  CHECK_FALSE(rtcp::read(lies, ours));
}

TEST_CASE("the round trip is what passed since our report, less what the far end waited") {
  rtcp::block heard;
  heard.last_sr = rtcp::middle(rtcp::ntp(wall));
  heard.since_sr = 65536;  // a second
  const auto shown = round_trip_of(heard, wall + 1'080'000'000);
  REQUIRE(shown);
  CHECK(*shown / 1e6 == doctest::Approx(80).epsilon(0.001));
  CHECK_FALSE(round_trip_of(rtcp::block{}, wall));
  CHECK_FALSE(round_trip_of(heard, wall + 60'000'000'000));  // a clock that was set
  CHECK_FALSE(round_trip_of(heard, wall - 60'000'000'000));
  CHECK(round_trip_of(heard, wall + 999'990'000) == 0);  // two clocks' last digit
}

TEST_CASE("a far end that hears nothing of us says so by its reports") {
  far_reports said;
  nanoseconds now = 1'000 * millisecond;
  const auto report = [&](const std::optional<reception::report>& about_us, std::uint64_t sent) {
    now += 5'000 * millisecond;
    said.take(told(report_of(100, about_us)), now, wall, sent);
  };
  report(std::nullopt, 10);  // too few to prove anything
  report(std::nullopt, 200);
  CHECK(said.deaf_since() == 0);
  const nanoseconds began = now;
  report(std::nullopt, 450);
  CHECK(said.deaf_since() == began);
  report(hears_us(500), 700);
  CHECK(said.deaf_since() == 0);
  CHECK(said.any());
  CHECK(said.expected() == 700);
  // Its highest number stands still.
  report(hears_us(500), 950);
  report(hears_us(500), 1200);
  CHECK(said.deaf_since() != 0);
  // While we send nothing there is nothing to hear.
  far_reports quiet;
  for (int i = 0; i < 5; ++i) quiet.take(told(report_of(100, std::nullopt)), now, wall, 0);
  CHECK(quiet.deaf_since() == 0);
}

TEST_CASE("a far end that speaks and is not heard says so by its reports") {
  far_reports said;
  said.take(told(report_of(100, std::nullopt)), 1'000 * millisecond, wall, 0);
  CHECK_FALSE(said.speaks_unheard(500 * millisecond));
  said.take(told(report_of(350, std::nullopt)), 6'000 * millisecond, wall, 0);
  CHECK(said.speaks_unheard(500 * millisecond));
  // Some of it may have come before the first of the two.
  CHECK_FALSE(said.speaks_unheard(3'000 * millisecond));
  said.take(told(report_of(350, std::nullopt)), 11'000 * millisecond, wall, 0);
  CHECK_FALSE(said.speaks_unheard(3'000 * millisecond));
  CHECK(said.last_sr() == rtcp::middle(rtcp::ntp(wall)));
  CHECK(said.since_sr(12'000 * millisecond) == 65536);
}

TEST_CASE("how loud a voice is") {
  loudness loud;
  CHECK(loud.next() == loudness::silence);
  for (std::size_t i = 0; i < 50; ++i) loud.take(kilohertz(i, true), codec::alaw);
  CHECK(loud.next() == 15);  // a sine of 8000: 20 lg(8000 / √2 / 32768)
  for (std::size_t i = 0; i < 50; ++i) loud.take(kilohertz(i, false), codec::ulaw);
  CHECK(loud.next() == 15);
  const std::array<std::int16_t, 2> square{32767, -32768};
  loud.take(square);
  CHECK(loud.next() == 0);
  loud.take(std::array<std::int16_t, 160>{});
  CHECK(loud.next() == loudness::silence);
}

TEST_CASE("losses are told when a voice has become bad, and when the leg ends") {
  board b;
  far_end& phone = b.call_in(1, "8");
  far_end& other = b.call_in(2, "8");
  b.join(1, 2);
  const auto speak = [&](int packets, bool losing) {
    for (int i = 0; i < packets; ++i) {
      if (losing && i % 4 == 0) ++phone.sequence;  // a fifth of them
      phone.speak(8, kilohertz(0, true));
      other.speak(8, kilohertz(0, true));
      other.drop_all();
      phone.drop_all();
      std::this_thread::sleep_for(10ms);
    }
  };
  const auto told = [&] {
    for (const auto& one : b.facts.all())
      if (std::holds_alternative<fact::voice_quality>(one)) return true;
    return false;
  };
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!told() && std::chrono::steady_clock::now() < end) speak(20, true);
  const auto bad = b.facts.wait_for<fact::voice_quality>();
  REQUIRE(bad);
  CHECK(bad->leg == leg(1));
  CHECK(bad->which == voice_direction::from_far);
  CHECK_FALSE(bad->over);
  CHECK(bad->lost_ppm == doctest::Approx(200'000).epsilon(0.1));
  CHECK(bad->mos_100 == doctest::Approx(265).epsilon(0.1));
  b.media->close(leg(1));
  b.media->close(leg(2));
  REQUIRE(eventually([&] { return b.facts.size() == 2; }));
  int ends = 0;
  for (const auto& one : b.facts.all()) {
    const auto* quality = std::get_if<fact::voice_quality>(&one);
    if (quality == nullptr || !quality->over) continue;
    ++ends;
    CHECK(quality->which == voice_direction::from_far);  // neither phone has said how it hears us
    if (quality->leg == leg(2)) CHECK(quality->mos_100 >= 440);
    if (quality->leg == leg(1)) CHECK(quality->mos_100 < 350);
  }
  CHECK(ends == 2);
}

TEST_CASE("a phone's own report tells how it hears us, and how far away it is") {
  board b;
  far_end& phone = b.call_in(1, "8");
  far_end reports;
  const auto again = b.media->answer(leg(1), phone.sdp("8", "a=rtcp:" + std::to_string(reports.port()) + "\r\n"));
  REQUIRE(again);
  reports.aim(static_cast<std::uint16_t>(phone.aimed() + 1));
  b.media->hear(leg(1), tone_of(source_kind::silence));
  const auto first = phone.hear();
  REQUIRE(first);
  const auto sent = reports.hear();  // within five seconds
  REQUIRE(sent);
  CHECK(sent->bytes[1] == 200);
  reception::report hears;
  hears.ssrc = first->packet.ssrc;
  hears.highest = first->packet.sequence + 100U;
  hears.lost = 7;
  hears.jitter = 40;  // 5 ms
  hears.last_sr = rtp::get32(&sent->bytes[10]);
  hears.since_sr = 0;
  std::this_thread::sleep_for(50ms);
  reports.send(rtcp::compound(phone.ssrc, std::nullopt, hears, "phone", false));
  std::this_thread::sleep_for(20ms);
  b.media->close(leg(1));
  const auto quality = b.facts.wait_for<fact::voice_quality>();
  REQUIRE(quality);
  CHECK(quality->which == voice_direction::to_far);
  CHECK(quality->over);
  CHECK(quality->jitter_ns == 5 * millisecond);
  CHECK(quality->round_trip_ns >= 50 * millisecond);
  CHECK(quality->round_trip_ns < 2000 * millisecond);
  CHECK(quality->lost_ppm > 0);
}

TEST_CASE("a voice that never comes is told to go one way, and to be well when it comes") {
  board b;
  far_end& dumb = b.call_in(1, "8");
  far_end& other = b.call_in(2, "8");
  far_end& held = b.call_in(3, "8");
  b.join(1, 2);
  // Who does not want to speak owes us nothing.
  REQUIRE(b.media->answer(leg(3), held.sdp("8", "a=recvonly\r\n")));
  b.media->hear(leg(3), tone_of(source_kind::silence));
  const auto end = std::chrono::steady_clock::now() + bound;
  while (b.facts.size() == 0 && std::chrono::steady_clock::now() < end) {
    other.speak(8, kilohertz(0, true));
    std::this_thread::sleep_for(20ms);
  }
  const auto one_way = b.facts.wait_for<fact::voice_one_way>();
  REQUIRE(one_way);
  CHECK(one_way->leg == leg(1));
  CHECK(one_way->which == voice_direction::from_far);
  CHECK(one_way->for_ns >= 5'000'000'000);
  dumb.speak(8, kilohertz(0, true));
  const auto well = b.facts.wait_for<fact::voice_recovered>();
  REQUIRE(well);
  CHECK(well->leg == leg(1));
  CHECK(b.facts.size() == 2);
}

TEST_CASE("with one port for both, reports pass there") {
  board b;
  far_end& phone = b.call_in(1, "8");
  REQUIRE(b.media->answer(leg(1), phone.sdp("8", "a=rtcp-mux\r\n")));
  b.media->hear(leg(1), tone_of(source_kind::silence));
  phone.speak(8, kilohertz(0, true));
  std::optional<received> report;
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!report && std::chrono::steady_clock::now() < end) {
    const auto next = phone.hear();
    if (next && rtcp::is_report(next->bytes)) report = next;
  }
  REQUIRE(report);
  CHECK(report->bytes[1] == 200);
  reception::report hears;
  hears.ssrc = rtp::get32(&report->bytes[4]);
  hears.highest = 100;
  phone.send(rtcp::compound(phone.ssrc, std::nullopt, hears, "phone", false));
  CHECK(eventually([&] { return b.media->stats(leg(1)).received == 1; }));
  b.media->close(leg(1));
  REQUIRE(b.facts.wait_for<fact::media_ended>());
  bool to_far = false;
  for (const auto& one : b.facts.all()) {
    const auto* quality = std::get_if<fact::voice_quality>(&one);
    if (quality != nullptr && quality->which == voice_direction::to_far) to_far = true;
  }
  CHECK(to_far);
  CHECK(b.media->stats(leg(1)).invalid == 0);
}

TEST_CASE("how loud voices are is told when that changes, and not more often than asked for") {
  media_config config = test_config();
  config.level_every = 1s;
  board b(config);
  far_end& phone = b.call_in(1, "8");
  b.media->hear(leg(1), tone_of(source_kind::silence));
  const auto levels = [&] {
    std::vector<int> out;
    for (const auto& one : b.facts.all())
      if (const auto* level = std::get_if<fact::voice_level>(&one)) out.push_back(level->below);
    return out;
  };
  const auto speak_until = [&](std::size_t count, const std::vector<std::uint8_t>& payload) {
    const auto end = std::chrono::steady_clock::now() + bound;
    while (levels().size() < count && std::chrono::steady_clock::now() < end) {
      phone.speak(8, payload);
      std::this_thread::sleep_for(20ms);
    }
  };
  const auto began = std::chrono::steady_clock::now();
  speak_until(1, kilohertz(0, true));
  REQUIRE(levels().size() == 1);
  CHECK(levels()[0] == 15);
  for (int i = 0; i < 75; ++i) {
    phone.speak(8, kilohertz(0, true));
    std::this_thread::sleep_for(20ms);
  }
  CHECK(levels().size() == 1);  // it is as loud as before
  speak_until(2, std::vector<std::uint8_t>(160, 0xD5));
  REQUIRE(levels().size() >= 2);
  CHECK(levels().size() <= static_cast<std::size_t>((std::chrono::steady_clock::now() - began) / 1s) + 1);
}
