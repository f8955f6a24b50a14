// SPDX-License-Identifier: Apache-2.0
// A thousand keys each way, as events (RFC 4733) and as tones in the voice, where one packet of a hundred is lost.
#include "board.hpp"
#include "sounds.hpp"
#include <call/actions.hpp>
#include <media/dtmf.hpp>
#include <media/g711.hpp>
#include <media/keys.hpp>
#include <random>

using namespace cordboard;
using namespace cordboard::media;

namespace {

constexpr std::size_t keys_each_way = 1000;

/// All sixteen in every order, and often the same one twice.
std::string thousand() {
  std::mt19937 random(4733);
  std::string out;
  while (out.size() < keys_each_way)
    out += !out.empty() && random() % 4 == 0 ? out.back() : act::keys[random() % act::keys.size()];
  return out;
}

/// Whether this packet is lost: one of a hundred, by a seed.
struct lossy_line {
  std::mt19937 random;
  explicit lossy_line(unsigned seed) : random(seed) {}
  bool loses() { return random() % 100 == 0; }
};

media_config with_silence(const sound_folder& in) {
  in.write("quiet.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, std::vector<float>(160, 0.0F));
  auto out = test_config();
  out.prompts = in.path.string();
  return out;
}
/// Keys are asked for from now on: the prompt is over in a moment.
void ask(board& b, std::uint64_t number) {
  source words{source_kind::announcement};
  words.number = number;
  words.words = "quiet";
  REQUIRE(b.media->hear(leg(1), words));
  REQUIRE(b.facts.wait_for<fact::announced>());
}
std::string pressed(kept_facts& facts) {
  std::string out;
  for (const auto& fact : facts.all())
    if (const auto* one = std::get_if<fact::key_pressed>(&fact)) out += one->key;
  return out;
}

/// A key as an event of 100 ms: five packets, and the last of them twice more.
struct event_key {
  far_end& phone;
  lossy_line& line;
  std::uint32_t time = 0;
  void send(unsigned at, char key) {
    if (at == 0) time = phone.timestamp;
    const unsigned frames = std::min(at + 1, 5U);
    const auto code = static_cast<std::uint8_t>(act::keys.find(key));
    std::vector<std::uint8_t> payload{code, static_cast<std::uint8_t>(frames == 5 ? 0x8A : 0x0A), 0, 0};
    rtp::put16(&payload[2], frames * 160);
    const auto now = std::exchange(phone.timestamp, time);
    if (line.loses())
      ++phone.sequence;
    else
      phone.speak(101, payload, at == 0);
    phone.timestamp = now + 160;
  }
};

}  // namespace

TEST_CASE("a thousand keys come as events over a line that loses one packet of a hundred: none is lost, none comes twice") {
  const sound_folder folder;
  board b(with_silence(folder));
  far_end& phone = b.call_in(1);
  ask(b, 7);
  lossy_line line(1);
  const std::string all = thousand();
  for (std::size_t i = 0; i < all.size(); ++i) {
    event_key one{phone, line};
    for (unsigned at = 0; at < 7; ++at) one.send(at, all[i]);
    phone.timestamp += 5 * 160;
    // The socket's buffer is the kernel's to lose.
    if (i % 16 == 15) REQUIRE(eventually([&] { return pressed(b.facts).size() >= i + 1; }));
  }
  REQUIRE(eventually([&] { return pressed(b.facts).size() >= all.size(); }));
  CHECK(pressed(b.facts) == all);
}

TEST_CASE("a packet of a key that comes behind those of the next one is no key; a far end that begins anew is heard") {
  const sound_folder folder;
  board b(with_silence(folder));
  far_end& phone = b.call_in(1);
  ask(b, 7);
  lossy_line none(0);
  const auto press = [&](char key, std::uint32_t at) {
    phone.timestamp = at;
    const auto code = static_cast<std::uint8_t>(act::keys.find(key));
    phone.speak(101, {code, 0x8A, 0x03, 0x20});
  };
  press('1', 8000);
  press('2', 9600);
  press('1', 8000);  // late
  press('2', 9600);
  press('3', 11200);
  REQUIRE(eventually([&] { return pressed(b.facts).size() >= 3; }));
  phone.ssrc += 1;
  press('4', 800);
  REQUIRE(eventually([&] { return pressed(b.facts).size() >= 4; }));
  CHECK(pressed(b.facts) == "1234");
}

TEST_CASE("a thousand keys go out as events over such a line: whoever hears them by their times loses none") {
  constexpr std::size_t lines = 25;
  board b;
  const std::string all = thousand();
  constexpr std::size_t part = keys_each_way / lines;
  std::vector<std::string> heard(lines);
  for (std::uint64_t i = 0; i < lines; ++i) b.call_in(i + 1);
  for (std::uint64_t i = 0; i < lines; ++i) {
    REQUIRE(b.media->hear(leg(i + 1), tone_of(source_kind::silence)));
    REQUIRE(b.media->send_digits(leg(i + 1), all.substr(i * part, part)));
  }
  lossy_line line(2);
  std::vector<std::optional<std::uint32_t>> times(lines);
  const auto over = [&] {
    std::size_t out = 0;
    for (const auto& fact : b.facts.all()) out += std::holds_alternative<fact::digits_sent>(fact) ? 1 : 0;
    return out == lines;
  };
  // Until all went out, and nothing more has come.
  for (bool last = false, any = true; !last || any;) {
    last = over();
    any = false;
    for (std::size_t i = 0; i < lines; ++i) {
      while (const auto next = b.phones.at(i + 1).hear(1ms)) {
        any = any || next->packet.type == 101;
        if (next->packet.type != 101 || line.loses() || times[i] == next->packet.timestamp) continue;
        times[i] = next->packet.timestamp;
        heard[i] += act::keys[next->packet.payload[0]];
      }
    }
  }
  for (std::size_t i = 0; i < lines; ++i) CHECK(heard[i] == all.substr(i * part, part));
}

TEST_CASE("a thousand keys come as tones: all of them without loss; where one packet of a hundred is lost, what was reached") {
  const std::string all = thousand();
  for (const codec law : {codec::alaw, codec::ulaw}) {
    for (const bool loses : {false, true}) {
      key_detector found;
      lossy_line line(3);
      std::string heard;
      std::uint16_t sequence = 65000;
      const auto packet = [&](std::span<const std::uint8_t> payload) {
        rtp::packet in;
        in.ssrc = 9;
        in.sequence = ++sequence;
        in.payload = payload;
        if (loses && line.loses()) return;
        heard += found.take(in, law);
        heard += found.take(in, law);  // what comes twice counts once
      };
      for (const char key : all) {
        for (unsigned i = 0; i < 5; ++i) packet(key_tone(key, i, law));
        std::array<std::uint8_t, key_frame> silence;
        silence.fill(law == codec::ulaw ? g711::to_ulaw(0) : g711::to_alaw(0));
        for (unsigned i = 0; i < 5; ++i) packet(silence);
      }
      CAPTURE(loses);
      CHECK(heard == all);
    }
  }
}

TEST_CASE("a far end that sends no events is heard by its tones, and one that sends both presses each key once") {
  const sound_folder folder;
  board b(with_silence(folder));
  far_end& phone = b.call_in(1);
  ask(b, 7);
  const auto sound = [&](char key) {
    for (unsigned i = 0; i < 10; ++i) {
      const auto tone = key_tone(key, i, codec::alaw);
      phone.speak(8, i < 5 ? std::vector<std::uint8_t>(tone.begin(), tone.end()) : std::vector<std::uint8_t>(160, 0xD5));
    }
  };
  for (const char key : act::keys) sound(key);
  REQUIRE(eventually([&] { return pressed(b.facts).size() >= act::keys.size(); }));
  CHECK(pressed(b.facts) == act::keys);
  sound('5');
  lossy_line none(0);
  const auto event = [&](char key) {
    event_key one{phone, none};
    for (unsigned at = 0; at < 7; ++at) one.send(at, key);
  };
  REQUIRE(eventually([&] { return pressed(b.facts).size() >= act::keys.size() + 1; }));
  event('5');  // the same press
  phone.timestamp += 1600;
  event('6');
  sound('6');  // from the first event on, tones are sound
  phone.timestamp += 1600;
  event('7');
  REQUIRE(eventually([&] { return pressed(b.facts).size() >= act::keys.size() + 3; }));
  CHECK(pressed(b.facts) == std::string(act::keys) + "567");
}

TEST_CASE("to a far end that takes no events keys go out as tones, and the voice goes on behind them") {
  board b;
  far_end& phone = b.call_in(1, "8");
  REQUIRE(b.media->hear(leg(1), tone_of(source_kind::silence)));
  REQUIRE(b.media->send_digits(leg(1), act::keys));
  key_detector found;
  std::string heard;
  std::optional<std::uint16_t> sequence;
  while (heard.size() < act::keys.size()) {
    const auto next = phone.hear();
    REQUIRE(next);
    REQUIRE(next->packet.type == 8);
    if (sequence) CHECK(next->packet.sequence == static_cast<std::uint16_t>(*sequence + 1));
    sequence = next->packet.sequence;
    heard += found.take(next->packet, codec::alaw);
  }
  CHECK(heard == act::keys);
  const auto told = b.facts.wait_for<fact::digits_sent>();
  REQUIRE(told);
  CHECK(told->ok);
}
