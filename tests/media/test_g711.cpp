// SPDX-License-Identifier: Apache-2.0
#include "far_end.hpp"
#include <array>
#include <call/actions.hpp>
#include <cmath>
#include <doctest/doctest.h>
#include <media/g711.hpp>
#include <media/tone.hpp>

using namespace cordboard;
using namespace cordboard::media;

namespace {
// ITU-T G.711 (11/88), Tables 3 and 4: decoder output value number of the other law, for each value number from 0 up. They are
// also what the common implementations have (Sun's corrected g711.c, spandsp).
constexpr std::array<int, 128> table_3{
    0,   0,   1,   1,   2,   2,   3,   3,   4,   4,   5,   5,   6,   6,   7,   7,   8,   9,   10,  11,  12,  13,
    14,  15,  16,  17,  18,  19,  20,  21,  22,  23,  24,  26,  28,  30,  32,  33,  34,  35,  36,  37,  38,  39,
    40,  41,  42,  43,  45,  47,  48,  49,  50,  51,  52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  63,  64,
    65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,  81,  82,  83,  84,  85,  86,  87,
    88,  89,  90,  91,  92,  93,  94,  95,  96,  97,  98,  99,  100, 101, 102, 103, 104, 105, 106, 107, 108, 109,
    110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127};
constexpr std::array<int, 128> table_4{
    1,   3,   5,   7,   9,   11,  13,  15,  16,  17,  18,  19,  20,  21,  22,  23,  24,  25,  26,  27,  28,  29,
    30,  31,  32,  32,  33,  33,  34,  34,  35,  35,  36,  37,  38,  39,  40,  41,  42,  43,  44,  45,  46,  47,
    48,  48,  49,  49,  50,  51,  52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  62,  63,  64,  64,  65,  66,
    67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,  80,  80,  81,  82,  83,  84,  85,  86,  87,
    88,  89,  90,  91,  92,  93,  94,  95,  96,  97,  98,  99,  100, 101, 102, 103, 104, 105, 106, 107, 108, 109,
    110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127};
}  // namespace

TEST_CASE("a byte of one law becomes the other law's as the standard's tables say") {
  for (std::size_t i = 0; i < 128; ++i) {
    CAPTURE(i);
    const auto magnitude = static_cast<std::uint8_t>(i);
    CHECK(g711::alaw_of_ulaw[0xFF ^ magnitude] == (0xD5 ^ table_3[i]));
    CHECK(g711::alaw_of_ulaw[0x7F ^ magnitude] == (0x55 ^ table_3[i]));
    CHECK(g711::ulaw_of_alaw[0xD5 ^ magnitude] == (0xFF ^ table_4[i]));
    CHECK(g711::ulaw_of_alaw[0x55 ^ magnitude] == (0x7F ^ table_4[i]));
  }
}

TEST_CASE("there and back again moves a sample by at most one step of its law") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const auto alaw = static_cast<std::uint8_t>(byte);
    const auto back = g711::alaw_of_ulaw[g711::ulaw_of_alaw[alaw]];
    CHECK(std::abs((alaw ^ 0x55) - (back ^ 0x55)) <= 1);
    const auto ulaw = g711::ulaw_of_alaw[g711::alaw_of_ulaw[static_cast<std::size_t>(byte)]];
    CHECK(std::abs(byte - ulaw) <= 1);
  }
}

TEST_CASE("a byte decoded and encoded is itself") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const auto x = static_cast<std::uint8_t>(byte);
    CHECK(g711::to_alaw(g711::from_alaw(x)) == x);
    // mu-law has two zeros, which linear samples cannot tell apart.
    CHECK(g711::to_ulaw(g711::from_ulaw(x)) == (x == 0x7F ? 0xFF : x));
  }
}

TEST_CASE("the ends of the linear range are the loudest bytes") {
  CHECK(g711::to_alaw(32767) == 0xAA);
  CHECK(g711::to_alaw(-32768) == 0x2A);
  CHECK(g711::to_ulaw(32767) == 0x80);
  CHECK(g711::to_ulaw(-32768) == 0x00);
  CHECK(g711::from_alaw(0xAA) == 32256);
  CHECK(g711::from_ulaw(0x80) == 32124);
}

TEST_CASE("a tone is 450 Hz in its cadence, without a break between frames") {
  for (const bool alaw : {true, false}) {
    const codec law = alaw ? codec::alaw : codec::ulaw;
    std::vector<std::uint8_t> second;
    for (std::uint64_t i = 0; i < 50; ++i) {
      const auto frame = tone::frame(source_kind::ringback_tone, i, law);
      REQUIRE(frame.size() == tone::frame_samples);
      second.insert(second.end(), frame.begin(), frame.end());
    }
    CHECK(part_of(450, second, alaw) > 0.99);
    const auto silence = tone::frame(source_kind::silence, 0, law);
    for (const std::uint64_t off : {50, 100, 249})
      CHECK(std::equal(silence.begin(), silence.end(), tone::frame(source_kind::ringback_tone, off, law).begin()));
    const auto again = tone::frame(source_kind::ringback_tone, 250, law);
    CHECK(std::equal(again.begin(), again.end(), second.begin()));
  }
}

TEST_CASE("each tone has its own cadence, in frames of 20 ms") {
  const auto sounds = [](source_kind kind) {
    std::string out;
    bool before = false;
    int length = 0;
    for (std::uint64_t i = 0; i <= 250; ++i) {
      const auto frame = tone::frame(kind, i, codec::alaw);
      const bool on = std::any_of(frame.begin(), frame.end(), [](std::uint8_t x) { return x != 0xD5; });
      if (on != before && i != 0) {
        out += (before ? "on " : "off ") + std::to_string(length) + " ";
        length = 0;
      }
      before = on;
      ++length;
    }
    return out;
  };
  CHECK(sounds(source_kind::ringback_tone) == "on 50 off 200 ");
  CHECK(sounds(source_kind::waiting_tone) == "on 20 off 200 on 20 ");
  CHECK(sounds(source_kind::holding_tone) == "on 8 off 8 on 8 off 226 ");
  CHECK(sounds(source_kind::closing_tone).starts_with("on 17 off 18 on 17 off 18 "));
  CHECK(sounds(source_kind::silence).empty());
}
