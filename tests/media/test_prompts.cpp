// SPDX-License-Identifier: Apache-2.0
// What is said to a leg: its words in their order, its end, and the keys that are pressed meanwhile.
#include "board.hpp"
#include "sounds.hpp"
#include <algorithm>
#include <cmath>
#include <media/g711.hpp>
#include <media/prompts.hpp>

using namespace cordboard;
using namespace cordboard::media;

namespace {

/// A house's prompts: each so many frames of one level, by which it is known.
struct said {
  sound_folder in;
  static std::vector<float> level(float value, std::size_t frames) {
    return std::vector<float>(frames * sound::frame_samples, value);
  }
  said() {
    in.write("hello.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, level(0.1F, 3));
    in.write("operator.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, level(0.2F, 2));
    in.write("8.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, level(0.3F, 1));
    in.write("0.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 1, level(0.4F, 1));
    in.write("notes.txt", "not a prompt");
  }
  media_config config() const {
    auto out = test_config();
    out.prompts = in.path.string();
    return out;
  }
};

source words(const std::string& text, std::uint64_t number = 1) {
  source out{source_kind::announcement};
  out.number = number;
  out.words = text;
  return out;
}

/// The level that a packet holds, in tenths of full scale.
int level_of(const received& packet) {
  const double linear = g711::from_alaw(packet.packet.payload[0]);
  return static_cast<int>(std::lround(linear / 3276.7));
}

std::vector<std::uint8_t> key(std::uint8_t event, bool end) {
  return {event, static_cast<std::uint8_t>(end ? 0x8A : 0x0A), 0x01, 0x40};
}

}  // namespace

TEST_CASE("words are said in their order, a number digit by digit, and their end is told once") {
  const said prompts;
  board b(prompts.config());
  far_end& phone = b.call_in(1);
  REQUIRE(b.media->hear(leg(1), words("hello operator 800", 7)));
  std::vector<int> heard;
  for (int i = 0; i < 8; ++i) {
    const auto packet = phone.hear();
    REQUIRE(packet);
    heard.push_back(level_of(*packet));
  }
  CHECK(heard == std::vector<int>{1, 1, 1, 2, 2, 3, 4, 4});
  const auto over = b.facts.wait_for<fact::announced>();
  REQUIRE(over);
  CHECK(over->leg == leg(1));
  CHECK(over->number == 7);
  CHECK(over->ok);
  // Behind it there is silence, until somebody says what is heard next.
  for (int i = 0; i < 3; ++i) CHECK(level_of(*phone.hear()) == 0);
  CHECK(b.facts.size() == 1);
  REQUIRE(b.media->hear(leg(1), words("operator", 8)));
  CHECK(eventually([&] { return b.facts.size() == 2; }));
}

TEST_CASE("the same words under another number are said again, and others in the middle of some") {
  const said prompts;
  board b(prompts.config());
  far_end& phone = b.call_in(1);
  REQUIRE(b.media->hear(leg(1), words("hello", 1)));
  REQUIRE(b.facts.wait_for<fact::announced>());
  REQUIRE(b.media->hear(leg(1), words("hello", 2)));
  CHECK(eventually([&] { return b.facts.size() == 2; }));
  phone.drop_all();
  REQUIRE(b.media->hear(leg(1), words("hello hello hello hello hello hello hello hello", 3)));
  while (level_of(*phone.hear()) != 1) continue;
  REQUIRE(b.media->hear(leg(1), words("8", 4)));
  const auto until = [&](int level) {
    for (int i = 0; i < 50; ++i)
      if (level_of(*phone.hear()) == level) return true;
    return false;
  };
  CHECK(until(3));
  CHECK(eventually([&] { return b.facts.size() == 3; }));  // what was cut short is not told
}

TEST_CASE("a phone that holds the call is not told, and that is said") {
  const said prompts;
  board b(prompts.config());
  far_end& phone = b.call_in(1);
  REQUIRE(b.media->answer(leg(1), phone.sdp("8 0 101", "a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n")));
  REQUIRE(b.media->hear(leg(1), words("hello")));
  const auto over = b.facts.wait_for<fact::announced>();
  REQUIRE(over);
  CHECK_FALSE(over->ok);
}

TEST_CASE("a word that nobody has recorded is an error, and the leg hears silence") {
  const said prompts;
  board b(prompts.config());
  far_end& phone = b.call_in(1);
  for (const char* text : {"goodbye", "hello goodbye", "801", "", "notes"}) {
    CAPTURE(text);
    const auto heard = b.media->hear(leg(1), words(text));
    REQUIRE_FALSE(heard);
    CHECK(heard.error() == make_error_code(errc::prompt_unknown));
  }
  CHECK(level_of(*phone.hear()) == 0);
  CHECK(b.media->knows("hello 80"));
  CHECK(b.media->knows("hello 81").error() == "81");
  CHECK(b.facts.size() == 0);
}

TEST_CASE("a folder with a file that cannot be played is told with that file") {
  const said prompts;
  const auto broken = prompts.in.write("zero.wav", "nothing");
  kept_facts facts;
  diagnostics why;
  CHECK_FALSE(engine::open(prompts.config(), facts, &why));
  CHECK(why.our_text().starts_with("media prompts \"" + broken + "\": "));
  std::filesystem::remove(broken);
  prompts.in.write("8.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 8000, 1, said::level(0.3F, 50));
  CHECK_FALSE(engine::open(prompts.config(), facts, &why));
  CHECK(why.our_text().ends_with("there is another file of this name"));
  auto none = test_config();
  none.prompts = (prompts.in.path / "none").string();
  CHECK_FALSE(engine::open(none, facts, &why));
}

TEST_CASE("a key that is pressed while something is said is told once, whichever of its packets are lost") {
  const said prompts;
  board b(prompts.config());
  far_end& phone = b.call_in(1);
  const auto press = [&](std::uint8_t event, unsigned kept) {
    phone.timestamp += 1600;
    for (unsigned i = 0; i < 6; ++i) {
      if ((kept >> i & 1U) == 0) {
        ++phone.sequence;
        continue;
      }
      phone.speak(101, key(event, i >= 3));
      phone.timestamp -= 160;  // all packets of a key have the time of its beginning
    }
    phone.timestamp += 6 * 160;
  };
  // Nobody asks: nothing is told.
  REQUIRE(b.media->hear(leg(1), tone_of(source_kind::waiting_tone)));
  press(5, 0b111111);
  REQUIRE(eventually([&] { return b.media->stats(leg(1)).received == 6; }));
  std::string long_text = "hello";
  for (int i = 0; i < 200; ++i) long_text += " hello";
  REQUIRE(b.media->hear(leg(1), words(long_text, 9)));
  while (level_of(*phone.hear()) != 1) continue;
  std::string pressed;
  const std::string all = "0123456789*#ABCD";
  for (std::size_t i = 0; i < all.size(); ++i) {
    press(static_cast<std::uint8_t>(i), i % 3 == 0 ? 0b111111U : i % 3 == 1 ? 0b100000U : 0b000101U);
    REQUIRE(eventually([&] { return b.facts.size() == i + 1; }));
  }
  for (const auto& fact : b.facts.all())
    if (const auto* one = std::get_if<fact::key_pressed>(&fact)) {
      CHECK(one->number == 9);
      pressed += one->key;
    }
  CHECK(pressed == all);
  phone.timestamp += 1600;
  phone.speak(101, key(16, true));  // flash is no key
  phone.speak(101, {1, 2});         // and this is nothing
  phone.timestamp += 1600;
  phone.speak(101, key(1, true));
  CHECK(eventually([&] { return b.facts.size() == all.size() + 1; }));
}
