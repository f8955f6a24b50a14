// SPDX-License-Identifier: Apache-2.0
// Codecs as samples, and the jitter buffer, by a clock that the test sets.
#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <media/codecs.hpp>
#include <media/keys.hpp>
#include <media/playout.hpp>
#include <numbers>
#include <numeric>
#include <memory>
#include <spandsp/telephony.h>
#include <spandsp/g722.h>

using namespace cordboard::media;

namespace {

using bytes = std::vector<std::uint8_t>;

/// A-law of one value all over, which says which packet it was.
bytes said(int value, std::size_t samples = voice_frame) {
  linear_frame one;
  one.fill(static_cast<std::int16_t>(value));
  encoder to(codec::alaw);
  const auto frame = to.encode(one);
  bytes out;
  while (out.size() < samples) out.insert(out.end(), frame.begin(), frame.end());
  out.resize(samples);
  return out;
}
rtp::packet packet(std::uint16_t sequence, const bytes& payload, std::uint32_t ssrc = 7) {
  rtp::packet out;
  out.sequence = sequence;
  out.ssrc = ssrc;
  out.payload = payload;
  return out;
}
/// What 20 ms were, in thousands: the number of the packet that they are of; 0: silence.
int heard(playout& from) {
  from.next();
  return static_cast<int>(std::lround(from.frame()[80] / 1000.0));
}
std::vector<int> heard(playout& from, std::size_t frames) {
  std::vector<int> out(frames);
  for (int& x : out) x = heard(from);
  return out;
}
using line = std::vector<int>;

}  // namespace

TEST_CASE("a voice is given out frame by frame once enough of it is here, in its order") {
  playout p;
  CHECK(heard(p) == 0);
  p.take(packet(65535, said(1000)), codec::alaw);
  CHECK(heard(p) == 0);
  p.take(packet(1, said(3000)), codec::alaw);
  p.take(packet(0, said(2000)), codec::alaw);
  p.take(packet(0, said(9000)), codec::alaw);      // came twice
  p.take(packet(65534, said(9000)), codec::alaw);  // is of before
  CHECK(heard(p, 3) == line{1, 2, 3});
  CHECK(p.concealed() == 0);
  CHECK(heard(p) == 0);
}

TEST_CASE("what is lost is concealed once something behind it is here, and fades") {
  playout p;
  for (std::uint16_t i = 0; i < 4; ++i) p.take(packet(i, said(4000)), codec::alaw);
  p.take(packet(5, said(8000)), codec::alaw);
  CHECK(heard(p, 4) == line{4, 4, 4, 4});
  const int concealed = heard(p);
  CHECK(concealed > 0);
  CHECK(concealed <= 4);
  CHECK(heard(p) == 8);
  CHECK(p.concealed() == 1);
  // Keys have numbers, and are no voice: nothing stands for them.
  p.pass(packet(6, {}));
  p.take(packet(7, said(6000)), codec::alaw);
  p.take(packet(8, said(7000)), codec::alaw);
  const auto rest = heard(p, 4);
  CHECK(std::count(rest.begin(), rest.end(), 6) == 1);
  CHECK(p.concealed() == 1);
}

TEST_CASE("packets of any length, and a source that begins anew") {
  playout p;
  p.take(packet(1, said(1000, 480)), codec::alaw);
  CHECK(heard(p, 3) == line{1, 1, 1});
  CHECK(heard(p) == 0);
  p.take(packet(2, said(2000, 80)), codec::alaw);
  p.take(packet(3, said(3000, 80)), codec::alaw);
  p.take(packet(4, said(4000, 480)), codec::alaw);
  const auto next = heard(p, 4);
  CHECK(std::count(next.begin(), next.end(), 4) >= 2);
  p.take(packet(30000, said(5000), 8), codec::alaw);
  p.take(packet(30001, said(5000), 8), codec::alaw);
  p.take(packet(30002, said(5000), 8), codec::alaw);
  CHECK(heard(p, 2) == line{5, 5});
  CHECK(p.concealed() == 0);
  p.take(packet(5, bytes(1501, 0xD5)), codec::alaw);  // longer than any packet of a voice
}

TEST_CASE("jitter makes it wait for longer, a burst is not heard late for ever, and silence is no jitter") {
  playout p;
  std::uint16_t number = 0;
  const auto come = [&](int packets) {
    for (int i = 0; i < packets; ++i) p.take(packet(number++, said(5000)), codec::alaw);
  };
  const auto first = p.depth();
  // Three packets in four frames, then five: a network that holds them back.
  int silent = 0;
  for (int round = 0; round < 60; ++round) {
    come(round % 2 == 0 ? 3 : 5);
    for (int i = 0; i < 4; ++i) silent += heard(p) == 0 && round > 20 ? 1 : 0;
  }
  CHECK(p.depth() > first);
  CHECK(silent == 0);
  const auto wide = p.depth();
  // A pause of the speaker changes nothing.
  heard(p, 50);
  come(10);
  heard(p, 1);
  CHECK(p.depth() == wide);
  // Forty at once are too many: what waits is soon no more than was meant.
  come(30);
  int waited = 0;
  while (heard(p) == 5 && waited < 100) ++waited;
  CHECK(waited < 25);
  CHECK(p.dropped() > 0);
  // When all is well for long, it waits for less.
  for (int i = 0; i < 6000; ++i) {
    come(1);
    heard(p);
  }
  CHECK(p.depth() == first);
}

TEST_CASE("a codec gives back a tone at its frequency and level") {
  for (const auto what : {codec::alaw, codec::ulaw, codec::g722, codec::opus}) {
    for (const double hertz : {300.0, 1000.0, 3000.0}) {
      CAPTURE(static_cast<int>(what));
      CAPTURE(hertz);
      encoder to(what);
      decoder from(what);
      std::vector<double> out;
      for (int frame = 0; frame < 100; ++frame) {
        linear_frame in;
        for (std::size_t i = 0; i < in.size(); ++i)
          in[i] = static_cast<std::int16_t>(std::lround(
              8000 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(frame * 160 + static_cast<int>(i)) / 8000)));
        for (const auto x : from.decode(to.encode(in))) out.push_back(x);
      }
      REQUIRE(out.size() == 16000);
      // The last second: how much of it is the tone, and how strong.
      double real = 0, other = 0, all = 0;
      for (std::size_t i = 8000; i < 16000; ++i) {
        const double at = 2 * std::numbers::pi * hertz * static_cast<double>(i) / 8000;
        real += out[i] * std::cos(at);
        other += out[i] * std::sin(at);
        all += out[i] * out[i];
      }
      const double size = 2 * std::hypot(real, other) / 8000;
      const double decibel = 20 * std::log10(size / 8000);
      MESSAGE("codec " << static_cast<int>(what) << " at " << hertz << " Hz: " << decibel << " dB, of all that sounds "
                       << size * size / 2 * 8000 / all);
      CHECK(std::abs(decibel) < 1.0);
      CHECK(size * size / 2 * 8000 / all > 0.95);
    }
  }
}

TEST_CASE("a phone that has all of G.722 is heard at its level, and hears us at ours") {
  // It has 16 samples in a millisecond; we have the lower half of its band.
  using encodes = std::unique_ptr<g722_encode_state_t, int (*)(g722_encode_state_t*)>;
  using decodes = std::unique_ptr<g722_decode_state_t, int (*)(g722_decode_state_t*)>;
  const encodes theirs(g722_encode_init(nullptr, 64000, 0), g722_encode_free);
  const decodes their_ear(g722_decode_init(nullptr, 64000, 0), g722_decode_free);
  decoder ear(codec::g722);
  encoder ours(codec::g722);
  double heard = 0, told = 0;
  constexpr double hertz = 1000;
  const auto wave = [](double at, double rate) {
    return static_cast<std::int16_t>(8000 * std::sin(2 * std::numbers::pi * hertz * at / rate));
  };
  for (int frame = 0; frame < 50; ++frame) {
    std::array<std::int16_t, 320> wide;
    linear_frame narrow;
    for (int i = 0; i < 320; ++i) wide[static_cast<std::size_t>(i)] = wave(frame * 320 + i, 16000);
    for (int i = 0; i < 160; ++i) narrow[static_cast<std::size_t>(i)] = wave(frame * 160 + i, 8000);
    bytes coded(160);
    REQUIRE(g722_encode(theirs.get(), coded.data(), wide.data(), 320) == 160);
    for (const auto x : ear.decode(coded)) heard += frame >= 10 ? static_cast<double>(x) * x : 0;
    const auto out = ours.encode(narrow);
    REQUIRE(g722_decode(their_ear.get(), wide.data(), out.data(), 160) == 320);
    for (const auto x : wide) told += frame >= 10 ? static_cast<double>(x) * x : 0;
  }
  const double level = 8000.0 * 8000 / 2;
  MESSAGE("heard " << 10 * std::log10(heard / (40 * 160) / level) << " dB, told " << 10 * std::log10(told / (40 * 320) / level)
                   << " dB");
  CHECK(std::abs(10 * std::log10(heard / (40 * 160) / level)) < 1);
  CHECK(std::abs(10 * std::log10(told / (40 * 320) / level)) < 1);
}

TEST_CASE("a packet that is none is no voice") {
  decoder opus(codec::opus);
  CHECK(opus.decode({}).size() <= decoder::samples_max);
  bytes noise(200);
  std::uint32_t seed = 1;
  for (int i = 0; i < 20'000; ++i) {
    for (auto& x : noise) x = static_cast<std::uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
    CHECK(opus.decode({noise.data(), seed % 200}).size() <= decoder::samples_max);
    (void)ticks_of(codec::opus, {noise.data(), seed % 200});
  }
  decoder g722(codec::g722);
  CHECK(g722.decode(bytes(3000, 0x55)).size() == decoder::samples_max);
}

TEST_CASE("the duration of a key is told by the other clock") {
  const std::array<std::uint8_t, 4> key{5, 0x8A, 0x03, 0x20};  // 100 ms by 8 kHz
  CHECK(key_by_clock(key, 8, 48) == std::array<std::uint8_t, 4>{5, 0x8A, 0x12, 0xC0});
  CHECK(key_by_clock(key_by_clock(key, 8, 48), 48, 8) == key);
  CHECK(key_by_clock({{5, 0x8A, 0xFF, 0xFF}}, 8, 48) == std::array<std::uint8_t, 4>{5, 0x8A, 0xFF, 0xFF});
}
