// SPDX-License-Identifier: Apache-2.0
// More than two voices: each hears all others and not himself, as loud as they are, and without a click.
#include "board.hpp"
#include <algorithm>
#include <cmath>
#include <media/g711.hpp>
#include <media/keys.hpp>
#include <media/mixer.hpp>
#include <numbers>

using namespace cordboard;
using namespace cordboard::media;

namespace {

constexpr double loud = 4000;  // peak

/// 20 ms of a tone, frame by frame without a break; `phase` in parts of a wave.
std::vector<std::uint8_t> tone_frame(double hertz, std::size_t frame, codec law = codec::alaw, double phase = 0) {
  std::vector<std::uint8_t> out(mix_frame);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double at = static_cast<double>(frame * out.size() + i);
    const auto x = static_cast<std::int16_t>(std::lround(loud * std::sin(2 * std::numbers::pi * (hertz * at / 8000 + phase))));
    out[i] = law == codec::alaw ? g711::to_alaw(x) : g711::to_ulaw(x);
  }
  return out;
}
std::vector<std::int16_t> samples_of(const received& from) {
  std::vector<std::int16_t> out;
  for (const auto byte : from.packet.payload)
    out.push_back(from.packet.type == 0 ? g711::from_ulaw(byte) : g711::from_alaw(byte));
  return out;
}
/// The peak of a frequency in 20 ms (Goertzel as the scalar product that it computes); frequencies of whole waves in 20 ms.
double peak_of(double hertz, const std::vector<std::int16_t>& samples) {
  double re = 0, im = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double w = 2 * std::numbers::pi * hertz * static_cast<double>(i) / 8000;
    re += samples[i] * std::cos(w);
    im += samples[i] * std::sin(w);
  }
  return 2 * std::sqrt(re * re + im * im) / static_cast<double>(samples.size());
}
source mixed(std::uint64_t call) { return {source_kind::mix, {}, {call}}; }
source part_of_mix(source_kind how, std::uint64_t call) { return {how, {}, {call}}; }
source listening(std::uint64_t call) { return {source_kind::listening, {}, {call}}; }
bool near(double what, double wanted) { return what > wanted * 0.9 && what < wanted * 1.1; }

rtp::packet packet_of(const std::vector<std::uint8_t>& payload, std::uint16_t sequence) {
  rtp::packet out;
  out.sequence = sequence;
  out.payload = payload;
  return out;
}

/// Phones that each speak in a tone, a frame whenever they hear one.
struct round_table : media::board {
  struct seat {
    std::uint64_t id;
    double hertz;
    codec law;
    std::size_t frame = 0;
    std::vector<std::int16_t> last{};
  };
  std::vector<seat> seats;

  void sit(std::uint64_t id, double hertz, codec law = codec::alaw) {
    call_in(id, law == codec::alaw ? "8" : "0");
    seats.push_back({id, hertz, law});
  }
  /// Everyone speaks a frame and hears one.
  void turn() {
    for (seat& s : seats) phones.at(s.id).speak(s.law == codec::alaw ? 8 : 0, tone_frame(s.hertz, s.frame++, s.law));
    for (seat& s : seats) {
      const auto heard = phones.at(s.id).hear();
      REQUIRE(heard);
      s.last = samples_of(*heard);
    }
  }
};

}  // namespace

TEST_CASE("three talk: each hears the two others as loud as they are, and not himself") {
  round_table t;
  t.sit(1, 400);
  t.sit(2, 700, codec::ulaw);
  t.sit(3, 1100);
  for (const auto& s : t.seats) REQUIRE(t.media->hear(leg(s.id), mixed(77)));
  std::array<int, 3> whole{};
  const auto end = std::chrono::steady_clock::now() + bound;
  // On a machine that stalls a voice pauses; what is judged are the frames in which both others are whole, and there must be some.
  while (*std::min_element(whole.begin(), whole.end()) < 20 && std::chrono::steady_clock::now() < end) {
    t.turn();
    for (std::size_t me = 0; me < 3; ++me) {
      const auto& mine = t.seats[me];
      CHECK(peak_of(mine.hertz, mine.last) < loud / 4);  // 5 ms of a beginning voice reach into other frequencies
      bool both = true;
      for (const auto& other : t.seats) {
        const double peak = peak_of(other.hertz, mine.last);
        CHECK(peak < loud * 1.1);
        both = both && (&other == &mine || near(peak, loud));
      }
      if (both) CHECK(peak_of(mine.hertz, mine.last) < loud / 50);
      whole[me] += both ? 1 : 0;
    }
  }
  CHECK(*std::min_element(whole.begin(), whole.end()) >= 20);
}

TEST_CASE("who only listens hears all and is heard by nobody, until told to take part") {
  round_table t;
  t.sit(1, 400);
  t.sit(2, 700);
  t.sit(3, 1100);
  REQUIRE(t.media->hear(leg(1), mixed(5)));
  REQUIRE(t.media->hear(leg(2), mixed(5)));
  REQUIRE(t.media->hear(leg(3), listening(5)));
  const auto turns_until = [&](const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + bound;
    while (!reached() && std::chrono::steady_clock::now() < end) t.turn();
    return reached();
  };
  const auto hears = [&](std::size_t who, double hertz) { return peak_of(hertz, t.seats[who].last); };
  int turns = 0;
  CHECK(turns_until([&] {
    if (turns++ == 0) return false;
    CHECK(hears(0, 1100) < loud / 4);
    CHECK(hears(1, 1100) < loud / 4);
    return turns > 20 && near(hears(2, 400), loud) && near(hears(2, 700), loud) && near(hears(0, 700), loud);
  }));
  REQUIRE(t.media->hear(leg(3), mixed(5)));
  CHECK(turns_until([&] { return near(hears(0, 1100), loud) && near(hears(1, 1100), loud) && hears(2, 1100) < loud / 50; }));
  REQUIRE(t.media->hear(leg(3), listening(5)));
  CHECK(turns_until([&] { return hears(0, 1100) < loud / 50 && hears(0, 700) > loud * 0.9; }));
}

TEST_CASE("who whispers hears all, and is heard by who is coached alone") {
  round_table t;
  t.sit(1, 400);
  t.sit(2, 700);
  t.sit(3, 1100);
  REQUIRE(t.media->hear(leg(1), mixed(6)));
  REQUIRE(t.media->hear(leg(2), part_of_mix(source_kind::coached, 6)));
  REQUIRE(t.media->hear(leg(3), part_of_mix(source_kind::whisper, 6)));
  const auto hears = [&](std::size_t who, double hertz) { return peak_of(hertz, t.seats[who].last); };
  int whole = 0;
  int aloud = 0;
  const auto turns_until = [&](const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + bound;
    while (!reached() && std::chrono::steady_clock::now() < end) t.turn();
    return reached();
  };
  CHECK(turns_until([&] {
    if (t.seats[0].last.empty()) return false;
    CHECK(hears(0, 1100) < loud / 50);  // the caller, not even as it begins
    CHECK(hears(1, 700) < loud / 4);
    whole += near(hears(1, 400), loud) && near(hears(1, 1100), loud) && near(hears(2, 400), loud) &&
             near(hears(2, 700), loud) && near(hears(0, 700), loud);
    return whole > 20;
  }));
  // Aloud, and in a whisper again: nothing of the second is heard by the caller.
  REQUIRE(t.media->hear(leg(3), mixed(6)));
  CHECK(turns_until([&] { return (aloud += near(hears(0, 1100), loud)) > 5; }));
  REQUIRE(t.media->hear(leg(3), part_of_mix(source_kind::whisper, 6)));
  CHECK(turns_until([&] { return hears(0, 1100) < loud / 50 && near(hears(0, 700), loud); }));
  for (int i = 0; i < 10; ++i) {
    t.turn();
    CHECK(hears(0, 1100) < loud / 50);
  }
  CHECK(turns_until([&] { return near(hears(1, 1100), loud); }));
  t.media->close(leg(3));
  for (int i = 0; i < 5; ++i) {
    for (auto& s : t.seats)
      if (s.id != 3) t.phones.at(s.id).speak(8, tone_frame(s.hertz, s.frame++, s.law));
    const auto heard = t.phones.at(1).hear();
    REQUIRE(heard);
    CHECK(peak_of(1100, samples_of(*heard)) < loud / 50);
    REQUIRE(t.phones.at(2).hear());
  }
}

TEST_CASE("somebody joins or leaves, and the others hear no click") {
  round_table t;
  t.sit(1, 0);
  t.sit(2, 200);
  t.sit(3, 0);
  for (const auto& s : t.seats) REQUIRE(t.media->hear(leg(s.id), mixed(9)));
  far_end& late = t.call_in(4, "8");
  std::vector<std::int16_t> heard;
  std::size_t frame = 0;
  const auto turns = [&](int count, bool with_late) {
    for (int i = 0; i < count; ++i) {
      // A quarter of a wave ahead: the newcomer's first sample is its loudest.
      if (with_late) late.speak(8, tone_frame(300, frame++, codec::alaw, 0.25));
      t.turn();
      heard.insert(heard.end(), t.seats[0].last.begin(), t.seats[0].last.end());
    }
  };
  turns(15, false);
  REQUIRE(t.media->hear(leg(4), mixed(9)));
  turns(25, true);
  t.media->close(leg(4));
  turns(15, false);
  CHECK(peak_of(300, {heard.begin() + 20 * 160, heard.begin() + 40 * 160}) > loud / 10);
  // The steepest that both tones can be, and what A-law's steps add; a tone that begins at its peak would be 4,000.
  const double steepest = loud * 2 * std::numbers::pi * (200 + 300) / 8000 + loud / 40 * 2 + 512;
  double most = 0;
  for (std::size_t i = 1; i < heard.size(); ++i) most = std::max(most, std::abs(static_cast<double>(heard[i]) - heard[i - 1]));
  CHECK(most < steepest);
  REQUIRE(steepest < loud);
}

TEST_CASE("a mix goes on in numbers from what was heard before: no sequence is left out") {
  media::board b;
  far_end& a = b.call_in(1, "8");
  b.call_in(2, "8");
  std::optional<received> last;
  const auto follow = [&](int packets) {
    for (int i = 0; i < packets; ++i) {
      auto next = a.hear();
      REQUIRE(next);
      if (last) {
        CHECK(next->packet.ssrc == last->packet.ssrc);
        CHECK(next->packet.sequence == static_cast<std::uint16_t>(last->packet.sequence + 1));
        CHECK(static_cast<std::int32_t>(next->packet.timestamp - last->packet.timestamp) >= 160);
      }
      last = std::move(next);
    }
  };
  REQUIRE(b.media->hear(leg(1), tone_of(source_kind::waiting_tone)));
  follow(3);
  REQUIRE(b.media->hear(leg(1), mixed(1)));
  REQUIRE(b.media->hear(leg(2), mixed(1)));
  follow(5);
  REQUIRE(b.media->hear(leg(1), mixed(2)));
  follow(3);
  REQUIRE(b.media->hear(leg(1), tone_of(source_kind::silence)));
  follow(3);
}

TEST_CASE("a mix takes 64, and says so to the next; a place that was left is free again") {
  media_config wide = test_config();
  wide.port_max = static_cast<std::uint16_t>(wide.port_min + 199);
  media::board b(wide);
  for (std::uint64_t id = 1; id <= mix_parties_max + 1; ++id) REQUIRE(b.media->offer(leg(id)));
  for (std::uint64_t id = 1; id <= mix_parties_max; ++id) {
    REQUIRE(b.media->hear(leg(id), id % 2 == 0 ? mixed(3) : listening(3)));
    REQUIRE(b.media->hear(leg(id), mixed(3)));  // counted once
  }
  const auto refused = b.media->hear(leg(65), mixed(3));
  REQUIRE(!refused);
  CHECK(refused.error() == errc::conference_full);
  CHECK(b.media->hear(leg(65), mixed(4)));
  REQUIRE(b.media->hear(leg(7), tone_of(source_kind::silence)));
  CHECK(b.media->hear(leg(65), mixed(3)));
  CHECK(!b.media->hear(leg(7), mixed(3)));
  b.media->close(leg(65));
  CHECK(b.media->hear(leg(7), mixed(3)));
}

TEST_CASE("a voice waits 60 ms at most; what came twice or late is left out, and a pause begins and ends softly") {
  speech s;
  s.next();
  CHECK(std::all_of(s.frame().begin(), s.frame().end(), [](auto x) { return x == 0; }));
  const std::vector<std::uint8_t> high(160, g711::to_alaw(8000));
  const auto at = [&](std::size_t i) { return s.frame()[i]; };
  s.take(packet_of(high, 10), codec::alaw);
  s.take(packet_of(high, 10), codec::alaw);
  s.take(packet_of(high, 9), codec::alaw);
  s.next();
  CHECK(at(0) == 0);
  CHECK(std::abs(at(20) - at(159) / 2) < 300);
  CHECK(at(159) > 7000);
  s.next();
  CHECK(at(0) > 7000);
  CHECK(at(40) == 0);
  CHECK(at(159) == 0);
  for (std::uint16_t i = 11; i < 30; ++i) s.take(packet_of(high, i), codec::alaw);
  int frames = 0;
  for (s.next(); at(159) != 0; s.next()) ++frames;
  CHECK(frames == 3);
  // Packets of 10 and of 60 ms are cut into frames.
  const std::vector<std::uint8_t> shorter(80, g711::to_alaw(8000));
  s.take(packet_of(shorter, 40), codec::alaw);
  s.next();
  CHECK(at(159) == 0);
  s.take(packet_of(shorter, 41), codec::alaw);
  s.next();
  CHECK(at(159) > 7000);
}

TEST_CASE("a sum is exact up to three quarters of full scale, and never reaches full scale") {
  CHECK(soften(0) == 0);
  CHECK(soften(24576) == 24576);
  CHECK(soften(-24576) == -24576);
  std::int32_t last = 0;
  for (std::int32_t x = 0; x <= 64 * 32767; x += 97) {
    const auto y = soften(x);
    CHECK_UNARY(y >= last && y <= x && y < 32767);
    CHECK_UNARY(soften(-x) == -y);
    last = y;
  }
}

TEST_CASE("keys are pressed as RFC 4733 has them, and the voice goes on behind them") {
  media::board b;
  far_end& menu = b.phones.try_emplace(1).first->second;
  const auto answer = b.media->answer(leg(1), menu.sdp("8 96", "a=rtpmap:96 telephone-event/8000\r\n"));
  REQUIRE(answer);
  menu.aim(*answer);
  b.call_in(2, "8");
  CHECK(b.media->send_digits(leg(9), "1").error() == errc::call_unknown);
  CHECK(b.media->send_digits(leg(1), "1x").error() == errc::text_invalid);
  CHECK(b.media->send_digits(leg(1), "").error() == errc::text_invalid);
  REQUIRE(b.media->offer(leg(3)));
  CHECK(b.media->send_digits(leg(3), "1").error() == errc::sdp_unacceptable);  // it has not answered yet
  REQUIRE(b.media->hear(leg(1), tone_of(source_kind::holding_tone)));
  REQUIRE(menu.hear());
  REQUIRE(b.media->send_digits(leg(1), "5#"));
  std::vector<received> keys;
  std::optional<std::uint16_t> sequence;
  std::optional<received> behind;
  while (!behind) {
    auto next = menu.hear();
    REQUIRE(next);
    if (sequence) CHECK(next->packet.sequence == static_cast<std::uint16_t>(*sequence + 1));
    sequence = next->packet.sequence;
    if (next->packet.type == 96)
      keys.push_back(std::move(*next));
    else if (!keys.empty())
      behind = std::move(next);
  }
  REQUIRE(keys.size() == 14);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CAPTURE(i);
    const auto& packet = keys[i].packet;
    const bool second = i >= 7;
    const unsigned frames = std::min<unsigned>(static_cast<unsigned>(i % 7) + 1, 5);
    REQUIRE(packet.payload.size() == 4);
    CHECK(packet.payload[0] == (second ? 11 : 5));
    CHECK(packet.payload[1] == (frames == 5 ? 0x8A : 0x0A));
    CHECK(rtp::get16(&packet.payload[2]) == frames * 160);
    CHECK(packet.marker == (i % 7 == 0));
    CHECK(packet.timestamp == keys[second ? 7 : 0].packet.timestamp);
  }
  // Between two keys lie 200 ms, and the voice is not behind the clock.
  const auto apart = static_cast<std::int32_t>(keys[7].packet.timestamp - keys[0].packet.timestamp);
  CHECK(apart >= 1280);
  CHECK(static_cast<std::int32_t>(behind->packet.timestamp - keys[7].packet.timestamp) >= 800);
  const auto told = b.facts.wait_for<fact::digits_sent>();
  REQUIRE(told);
  CHECK(told->leg == leg(1));
  CHECK(told->ok);
}

TEST_CASE("a key that is pressed in a mix is heard by nobody there") {
  round_table t;
  far_end& one = t.call_in(1, "8 101");
  far_end& two = t.call_in(2, "8 101");
  t.call_in(3, "8 101");
  for (std::uint64_t id = 1; id <= 3; ++id) REQUIRE(t.media->hear(leg(id), mixed(1)));
  REQUIRE(two.hear());
  one.speak(101, {5, 10, 0, 160}, true);
  CHECK(eventually([&] { return t.media->stats(leg(1)).received == 1; }));
  for (int i = 0; i < 5; ++i) {
    const auto heard = two.hear();
    REQUIRE(heard);
    CHECK(heard->packet.type == 8);
  }
}
