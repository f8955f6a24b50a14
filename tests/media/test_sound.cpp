// SPDX-License-Identifier: Apache-2.0
// Sound files of all kinds, decoded, and the music that everyone who waits hears at one place.
#include "board.hpp"
#include "sounds.hpp"
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <media/g711.hpp>
#include <media/sound.hpp>
#include <numbers>
#include <random>

using namespace cordboard;
using namespace cordboard::media;

namespace {

std::vector<float> sine(double hertz, int rate, double seconds, double peak) {
  std::vector<float> out(static_cast<std::size_t>(rate * seconds));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(peak * std::sin(2.0 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
  return out;
}

std::vector<std::uint8_t> all_of(const sound& from, codec law) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < from.frames(); ++i) {
    const auto frame = from.frame(i, law);
    out.insert(out.end(), frame.begin(), frame.end());
  }
  return out;
}

double rms(const std::vector<std::uint8_t>& bytes, bool alaw) {
  double sum = 0;
  for (const auto byte : bytes) {
    const double x = alaw ? g711::from_alaw(byte) : g711::from_ulaw(byte);
    sum += x * x;
  }
  return std::sqrt(sum / static_cast<double>(bytes.size()));
}

/// No two frames of it are the same, so that a packet says where in it it was taken.
std::string noise(const sound_folder& in, const std::string& name, std::size_t frames, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> level(-0.5F, 0.5F);
  std::vector<float> samples(frames * sound::frame_samples);
  std::generate(samples.begin(), samples.end(), [&] { return level(random); });
  return in.write(name, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, samples);
}

std::optional<std::size_t> place_in(const sound& music, const received& packet) {
  for (std::size_t i = 0; i < music.frames(); ++i) {
    const auto frame = music.frame(i, packet.packet.type == 8 ? codec::alaw : codec::ulaw);
    if (std::equal(frame.begin(), frame.end(), packet.packet.payload.begin(), packet.packet.payload.end())) return i;
  }
  return std::nullopt;
}

media_config with_music(const std::string& path) {
  auto out = test_config();
  out.music = path;
  return out;
}

}  // namespace

TEST_CASE("a file of any rate, form and number of channels is the same sound at 8 kHz") {
  const sound_folder in;
  struct kind {
    const char* name;
    int format, rate, channels;
  };
  const std::array<kind, 9> kinds{{{"telephone.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1},
                                   {"alaw.wav", SF_FORMAT_WAV | SF_FORMAT_ALAW, 8000, 1},
                                   {"espeak.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 22050, 1},
                                   {"disc.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 44100, 2},
                                   {"float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 6},
                                   {"wide.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1},
                                   {"studio.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 96000, 2},
                                   {"music.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 2},
                                   {"old.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 11025, 1}}};
  for (const auto& one : kinds) {
    CAPTURE(one.name);
    const auto read =
        sound::read(in.write(one.name, one.format, one.rate, one.channels, sine(1000, one.rate, 1.5, 0.25 * one.channels)));
    REQUIRE_MESSAGE(read, read.error());
    const auto& made = **read;
    CHECK(made.frames() >= 75);
    CHECK(made.frames() <= 76);
    for (const bool alaw : {true, false}) {
      const auto bytes = all_of(made, alaw ? codec::alaw : codec::ulaw);
      CHECK(part_of(1000, bytes, alaw) > 0.97);
      // 0.25 of full scale, within half a decibel.
      CHECK(rms(bytes, alaw) == doctest::Approx(0.25 * 32767 / std::numbers::sqrt2).epsilon(0.06));
    }
  }
}

TEST_CASE("what lies above the telephone band is not folded into it") {
  const sound_folder in;
  const auto read = sound::read(in.write("bat.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 48000, 1, sine(7000, 48000, 1.0, 0.5)));
  REQUIRE(read);
  CHECK(rms(all_of(**read, codec::alaw), true) < 0.01 * 0.5 * 32767);
}

TEST_CASE("a file that is none, or too long, is told in words") {
  const sound_folder in;
  const auto good = in.write("good.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, sine(440, 8000, 0.1, 0.5));
  std::ifstream whole(good, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(whole), {}};
  const std::vector<std::string> broken{(in.path / "missing.wav").string(),
                                        in.path.string(),
                                        in.write("empty.wav", ""),
                                        in.write("text.wav", "These are the words of a song.\n"),
                                        in.write("cut.wav", bytes.substr(0, 30)),
                                        in.write("silent.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, {})};
  for (const auto& path : broken) {
    CAPTURE(path);
    const auto read = sound::read(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().size() > 5);
  }
  const std::vector<float> hours(static_cast<std::size_t>(8000 * (sound::seconds_max + 1)), 0.1F);
  const auto read = sound::read(in.write("long.wav", SF_FORMAT_WAV | SF_FORMAT_ALAW, 8000, 1, hours));
  REQUIRE_FALSE(read);
  CHECK(read.error() == "longer than 600 s");
}

TEST_CASE("damage to a file gives a sound or words, whatever it is") {
  const sound_folder in;
  const auto good = in.write("good.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 22050, 2, sine(440, 22050, 0.05, 0.5));
  std::ifstream whole(good, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(whole), {}};
  for (std::size_t at = 0; at < 60; ++at) {
    for (const char with : {'\x00', '\x7F', '\xFF'}) {
      std::string damaged = bytes;
      damaged[at] = with;
      const auto read = sound::read(in.write("damaged.wav", damaged));
      CHECK((read ? (*read)->frames() > 0 : !read.error().empty()));
    }
  }
}

TEST_CASE("an engine does not open with music that cannot be played") {
  const sound_folder in;
  kept_facts facts;
  diagnostics why;
  const auto path = in.write("music.wav", "no music");
  const auto opened = engine::open(with_music(path), facts, &why);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == std::errc::invalid_argument);
  CHECK(why.our_text().starts_with("media music \"" + path + "\": "));
}

TEST_CASE("music does not begin anew for each caller: all hear it at one place, and it goes round") {
  const sound_folder in;
  const auto path = noise(in, "music.wav", 100, 1);
  const auto music = *sound::read(path);
  board b(with_music(path));
  far_end& first = b.call_in(1);
  far_end& second = b.call_in(2, "0");  // in the other law
  b.media->hear(leg(1), tone_of(source_kind::waiting_tone));
  std::size_t last = 0;
  std::optional<std::size_t> meets;  ///< how far the second one is behind the first
  for (std::size_t i = 0; i < 130; ++i) {
    CAPTURE(i);
    const auto heard = first.hear();
    REQUIRE(heard);
    const auto at = place_in(*music, *heard);
    REQUIRE(at);
    if (i == 0) CHECK(*at < 5);
    if (i > 0) CHECK(*at == (last + 1) % 100);
    last = *at;
    if (i == 40) b.media->hear(leg(2), tone_of(source_kind::holding_tone));
    if (i < 60) continue;
    if (i == 60) second.drop_all();
    const auto also = second.hear();
    REQUIRE(also);
    const auto there = place_in(*music, *also);
    REQUIRE(there);
    if (!meets) {
      // What the sockets held is all that may lie between them.
      meets = (*at + 100 - *there) % 100;
      CHECK((*meets < 10 || *meets > 90));
    }
    CHECK((*at + 100 - *there) % 100 == *meets);
  }
}

TEST_CASE("a queue may have music of its own, and a file that several play is read once") {
  const sound_folder in;
  const auto ours = noise(in, "house.wav", 50, 2);
  const auto theirs = noise(in, "queue.wav", 50, 3);
  board b(with_music(ours));
  REQUIRE(b.media->play_music({7}, theirs));
  REQUIRE(b.media->play_music({8}, theirs));
  diagnostics why;
  CHECK_FALSE(b.media->play_music({9}, (in.path / "none.wav").string(), &why));
  CHECK(why.our_text().find("none.wav") != std::string::npos);
  const auto hears = [&](std::uint64_t who, source what, const std::string& music) {
    far_end& phone = b.call_in(who);
    b.media->hear(leg(who), what);
    const auto packet = phone.hear();
    REQUIRE(packet);
    CHECK(place_in(**sound::read(music), *packet));
  };
  hears(1, {source_kind::waiting_tone, {}, {}, {7}}, theirs);
  hears(2, {source_kind::holding_tone, {}, {}, {8}}, theirs);
  hears(3, {source_kind::waiting_tone, {}, {}, {9}}, ours);
  hears(4, {source_kind::holding_tone}, ours);
  // Ringing and the end of a call sound as they always do.
  far_end& phone = b.call_in(5);
  b.media->hear(leg(5), tone_of(source_kind::ringback_tone));
  const auto packet = phone.hear();
  REQUIRE(packet);
  CHECK(part_of(450, {packet->packet.payload.begin(), packet->packet.payload.end()}, true) > 0.95);

  sound_cache cache;
  CHECK(*cache.get(ours) == *cache.get(ours));
}
