// SPDX-License-Identifier: Apache-2.0
// When somebody who is recorded has said all, and the keys of who is asked for some.
#include "board.hpp"
#include "sounds.hpp"
#include <cmath>
#include <media/pauses.hpp>
#include <numbers>
#include <random>

using namespace cordboard;
using namespace cordboard::media;

namespace {

/// A speaker and a line, frame by frame.
struct line {
  pauses quiet;
  std::mt19937 random{7};
  double hum = 0;  ///< root of the mean square of the line's noise
  std::size_t frame = 0;
  line(pause_limits limits, double noise) : quiet(limits), hum(noise) {}

  /// True once: the pause has lasted as long as it may.
  bool hear(double level) {
    std::array<std::int16_t, mix_frame> samples;
    std::normal_distribution<double> noise(0, hum);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double at = static_cast<double>(frame * mix_frame + i);
      samples[i] =
          static_cast<std::int16_t>(std::lround(noise(random) + level * std::sin(2 * std::numbers::pi * 300 * at / 8000)));
    }
    ++frame;
    quiet.take(samples);
    return quiet.over();
  }
  /// How many frames of nothing it takes; 0: more than `most`.
  int silence(int most = 1000) {
    for (int i = 1; i <= most; ++i)
      if (hear(0)) return i;
    return 0;
  }
  void syllables(int frames) {
    // Speech has gaps: five frames on, two off.
    for (int i = 0; i < frames; ++i) CHECK_FALSE(hear(i % 7 < 5 ? 4000 : 0));
  }
};

}  // namespace

TEST_CASE("a pause behind speech ends it, on a quiet line and on one that hums; before the first word there is more time") {
  for (const double hum : {0.0, 60.0, 200.0}) {
    CAPTURE(hum);
    line one({400, 100}, hum);
    // What a line hums like is learned while nobody speaks.
    for (int i = 0; i < 300; ++i) CHECK_FALSE(one.hear(0));
    one.syllables(200);
    CHECK(one.quiet.spoken());
    const int until = one.silence();
    CHECK(until >= 95);
    CHECK(until <= 110);
    CHECK(one.silence() == 0);  // told once
    line mute({150, 50}, hum);
    CHECK(mute.silence() == 150);
    CHECK_FALSE(mute.quiet.spoken());
  }
}

TEST_CASE("a click is no word, and without limits nothing is told") {
  line one({100, 50}, 10);
  for (int i = 0; i < 50; ++i) CHECK_FALSE(one.hear(i == 20 || i == 40 ? 8000 : 0));
  CHECK(one.silence() == 50);
  CHECK_FALSE(one.quiet.spoken());
  line never({0, 0}, 10);
  never.syllables(100);
  CHECK(never.silence() == 0);
}

TEST_CASE("a leg that is recorded tells when its far end has said all, by the number of the recording") {
  const sound_folder folder;
  auto config = test_config();
  config.recordings = folder.path.string();
  board b(config);
  far_end& phone = b.call_in(1);
  REQUIRE(b.media->hear(leg(1), tone_of(source_kind::silence)));
  b.media->record(leg(1), 42, "a/answer.wav", false, 2s, 200ms);
  const auto speaking = std::chrono::steady_clock::now() + 400ms;
  for (std::size_t i = 0; std::chrono::steady_clock::now() < speaking; ++i) {
    REQUIRE(phone.hear());  // by the house's clock
    phone.speak(8, kilohertz(i, true));
  }
  const auto told = b.facts.wait_for<fact::silence>();
  REQUIRE(told);
  CHECK(told->leg == leg(1));
  CHECK(told->recording == 42);
  CHECK(told->spoken);
  b.media->record(leg(1), 43, "a/other.wav", false, 100ms, 200ms);
  REQUIRE(eventually([&] {
    const auto all = b.facts.all();
    return std::any_of(all.begin(), all.end(), [](const any_fact& one) {
      const auto* silence = std::get_if<fact::silence>(&one);
      return silence != nullptr && silence->recording == 43 && !silence->spoken;
    });
  }));
}

TEST_CASE("keys are told while they are asked for, with words, between them and without") {
  const sound_folder folder;
  folder.write("quiet.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, std::vector<float>(160, 0.0F));
  auto config = test_config();
  config.prompts = folder.path.string();
  board b(config);
  far_end& phone = b.call_in(1);
  const auto press = [&](std::uint8_t event) {
    phone.timestamp += 1600;
    phone.speak(101, {event, 0x8A, 0x03, 0x20});
  };
  const auto pressed = [&] {
    std::vector<std::pair<char, std::uint64_t>> out;
    for (const auto& fact : b.facts.all())
      if (const auto* one = std::get_if<fact::key_pressed>(&fact)) out.emplace_back(one->key, one->number);
    return out;
  };
  source words{source_kind::announcement};
  words.number = 5;
  words.words = "quiet";
  REQUIRE(b.media->hear(leg(1), words));
  REQUIRE(b.facts.wait_for<fact::announced>());
  press(1);  // the words are over, and nobody has said yet what comes next
  REQUIRE(eventually([&] { return pressed().size() == 1; }));
  source keys{source_kind::keys};
  keys.number = 6;
  REQUIRE(b.media->hear(leg(1), keys));
  REQUIRE(eventually([&] {
    press(2);
    return !pressed().empty() && pressed().back() == std::pair<char, std::uint64_t>{'2', 6};
  }));
  const std::size_t before = pressed().size();
  REQUIRE(b.media->hear(leg(1), tone_of(source_kind::silence)));
  // A packet of what is heard now has left: it was taken up.
  phone.drop_all();
  for (int i = 0; i < 3; ++i) REQUIRE(phone.hear());
  const auto came = b.media->stats(leg(1)).received;
  press(3);
  REQUIRE(eventually([&] { return b.media->stats(leg(1)).received == came + 1; }));
  REQUIRE(b.media->hear(leg(1), keys));
  for (int i = 0; i < 3; ++i) REQUIRE(phone.hear());
  press(4);
  REQUIRE(eventually([&] { return pressed().size() == before + 1; }));
  CHECK(pressed().back().first == '4');
}
