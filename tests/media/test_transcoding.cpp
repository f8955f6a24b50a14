// SPDX-License-Identifier: Apache-2.0
// Voices through the house between ends that speak alike and ends that do not.
#include "board.hpp"
#include "sounds.hpp"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <media/codecs.hpp>
#include <media/dtmf.hpp>
#include <numbers>
#include <set>
#include <thread>

using namespace cordboard;
using namespace cordboard::media;

namespace {

using bytes = std::vector<std::uint8_t>;

struct way {
  codec what;
  std::string name;
  std::uint8_t type;
  const char* lines;  ///< formats TAB what they mean
};
const std::array<way, 4> ways{{{codec::alaw, "pcma", 8, "8 101"},
                               {codec::ulaw, "pcmu", 0, "0 101"},
                               {codec::g722, "g722", 9, "9 101"},
                               {codec::opus, "opus", 96, "96 102"}}};
const std::string meanings =
    "a=rtpmap:9 G722/8000\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
    "a=rtpmap:102 telephone-event/48000\r\n";
const policy all{srtp_policy::off, {voice_codec::opus, voice_codec::g722, voice_codec::pcma, voice_codec::pcmu}};

/// A phone that speaks one codec: a tone, and what it hears as samples.
struct speaker {
  far_end& phone;
  way by;
  std::unique_ptr<encoder> out;
  std::unique_ptr<decoder> in;
  std::size_t frame = 0;

  speaker(far_end& of, const way& with) : phone(of), by(with), out(new encoder(with.what)), in(new decoder(with.what)) {}
  std::uint32_t ticks() const { return 20 * clock_of(by.what); }
  bytes tone(double hertz, double size) {
    linear_frame samples;
    for (std::size_t i = 0; i < samples.size(); ++i, ++frame)
      samples[i] = static_cast<std::int16_t>(
          std::lround(size * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(frame) / 8000)));
    const auto coded = out->encode(samples);
    return {coded.begin(), coded.end()};
  }
  void speak(const bytes& payload) {
    phone.speak(by.type, payload);
    phone.timestamp += ticks() - 160;
  }
};

speaker call_in(board& b, std::uint64_t id, const way& with) {
  far_end& phone = b.phones.try_emplace(id, "127.0.0.1").first->second;
  phone.ssrc += static_cast<std::uint32_t>(id);
  const auto answer = b.media->answer(leg(id), phone.sdp(with.lines, meanings), all);
  REQUIRE(answer);
  phone.aim(*answer);
  return {phone, with};
}

/// How strong a tone is in one frame, as the size of a sine.
double strength(std::span<const std::int16_t> samples, double hertz) {
  double one = 0, two = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double at = 2 * std::numbers::pi * hertz * static_cast<double>(i) / 8000;
    one += samples[i] * std::cos(at);
    two += samples[i] * std::sin(at);
  }
  return 2 * std::hypot(one, two) / static_cast<double>(samples.size());
}

/// The longest part of what was heard in which every frame is as loud as most are: a slow machine tears holes.
std::vector<std::int16_t> steady(const std::vector<std::int16_t>& samples, double hertz) {
  std::vector<double> sizes;
  for (std::size_t at = 0; at + voice_frame <= samples.size(); at += voice_frame)
    sizes.push_back(strength(std::span(samples).subspan(at, voice_frame), hertz));
  if (sizes.empty()) return {};
  auto sorted = sizes;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
  const double usual = sorted[sorted.size() / 2];
  std::size_t begin = 0, best = 0, best_at = 0;
  for (std::size_t i = 0; i <= sizes.size(); ++i) {
    if (i < sizes.size() && std::abs(sizes[i] - usual) < usual / 10) continue;
    if (i - begin > best) {
      best = i - begin;
      best_at = begin;
    }
    begin = i + 1;
  }
  const auto from = samples.begin() + static_cast<std::ptrdiff_t>(best_at * voice_frame);
  return {from, from + static_cast<std::ptrdiff_t>(best * voice_frame)};
}

/// Who speaks a tone, until so many packets have come to who listens; what those were.
std::vector<std::int16_t> passes(speaker& who, speaker& to, double hertz, double size, int packets) {
  std::vector<std::int16_t> heard;
  for (int i = 0; i < packets; ++i) {
    who.speak(who.tone(hertz, size));
    const auto next = to.phone.hear();
    REQUIRE(next);
    CHECK(next->packet.type == to.by.type);
    for (const auto x : to.in->decode(next->packet.payload)) heard.push_back(x);
  }
  return heard;
}

}  // namespace

TEST_CASE("for each pair of codecs a tone arrives at its frequency and level") {
  for (const auto& from : ways) {
    for (const auto& to : ways) {
      CAPTURE(from.name);
      CAPTURE(to.name);
      board b;
      auto caller = call_in(b, 1, from);
      auto clerk = call_in(b, 2, to);
      b.join(1, 2);
      constexpr double hertz = 1004, size = 8000;
      const auto heard = steady(passes(caller, clerk, hertz, size, 64), hertz);
      REQUIRE(heard.size() >= 10 * voice_frame);
      // Where it is strongest is where it is.
      double best = 0, at = 0;
      for (double f = hertz - 40; f <= hertz + 40; f += 1) {
        if (const double now = strength(heard, f); now > best) {
          best = now;
          at = f;
        }
      }
      const double decibel = 20 * std::log10(best / size);
      MESSAGE(from.name << " to " << to.name << ": " << at << " Hz, " << decibel << " dB over " << heard.size() / 8 << " ms");
      CHECK(std::abs(at - hertz) <= 3);
      CHECK(std::abs(decibel) < 1.0);
    }
  }
}

TEST_CASE("where both ends agree, packets pass as they are") {
  for (const auto& both : ways) {
    CAPTURE(both.name);
    board b;
    auto caller = call_in(b, 1, both);
    auto clerk = call_in(b, 2, both);
    b.join(1, 2);
    std::optional<received> last;
    for (int i = 0; i < 20; ++i) {
      const auto payload = caller.tone(700 + 10 * i, 8000);
      caller.speak(payload);
      // On a slow machine silence may stand before it.
      for (int silent = 0; silent < 50; ++silent) {
        auto next = clerk.phone.hear();
        REQUIRE(next);
        const bool same = std::equal(payload.begin(), payload.end(), next->packet.payload.begin(), next->packet.payload.end());
        if (last && same && !next->packet.marker) CHECK(next->packet.timestamp - last->packet.timestamp == caller.ticks());
        last = std::move(next);
        if (same) break;
      }
    }
    CHECK(eventually([&] { return b.media->stats(leg(2)).relayed == 20; }));
    CHECK(b.media->stats(leg(1)).other_payload == 0);
  }
}

TEST_CASE("keys pass through a call whose voice is made into another, each of them once") {
  for (const auto& [from, to] : {std::pair{ways[3], ways[0]}, std::pair{ways[0], ways[3]}, std::pair{ways[2], ways[0]}}) {
    CAPTURE(from.name);
    CAPTURE(to.name);
    board b;
    auto caller = call_in(b, 1, from);
    auto clerk = call_in(b, 2, to);
    b.join(1, 2);
    (void)passes(caller, clerk, 1000, 8000, 20);
    const auto keys_type = [](const way& x) -> std::uint8_t { return x.what == codec::opus ? 102 : 101; };
    const auto clock = [](const way& x) { return clock_of(x.what); };
    std::vector<std::uint32_t> times;
    std::string pressed;
    std::uint32_t longest = 0;
    const auto take = [&](const received& next) {
      if (next.packet.type != keys_type(to)) return;
      REQUIRE(next.packet.payload.size() == 4);
      const auto duration = rtp::get16(next.packet.payload.data() + 2);
      if (times.empty() || times.back() != next.packet.timestamp) {
        CHECK(std::count(times.begin(), times.end(), next.packet.timestamp) == 0);
        times.push_back(next.packet.timestamp);
        pressed += act::keys.at(next.packet.payload[0]);
        longest = 0;
      }
      CHECK(duration > longest - (longest == 0 ? 0 : 1));
      longest = duration;
    };
    for (std::uint8_t key = 0; key < 16; ++key) {
      const auto began = caller.phone.timestamp;
      for (std::uint32_t tick = 1; tick <= 7; ++tick) {
        const auto duration = std::min(tick, 5U) * 20 * clock(from);
        bytes payload{key, static_cast<std::uint8_t>(tick >= 5 ? 0x8A : 0x0A), 0, 0};
        rtp::put16(&payload[2], duration);
        caller.phone.timestamp = began;
        caller.phone.speak(keys_type(from), payload, tick == 1);
        const auto next = clerk.phone.hear();
        REQUIRE(next);
        take(*next);
      }
      caller.phone.timestamp = began + 200 * clock(from);
      // The voice goes on between two keys.
      bool voice = false;
      for (int i = 0; i < 400 && !voice; ++i) {
        caller.speak(caller.tone(1000, 8000));
        const auto next = clerk.phone.hear();
        REQUIRE(next);
        take(*next);
        voice = next->packet.type == to.type;
      }
      CHECK(voice);
      CHECK(longest == 100 * clock(to));
    }
    CHECK(pressed == act::keys);
  }
}

TEST_CASE("whatever codecs two ends speak, a recording holds both, each in its channel") {
  const sound_folder in;
  std::uint64_t number = 0;
  for (const auto& mine : ways) {
    for (const auto& theirs : ways) {
      if (mine.what == codec::ulaw || theirs.what == codec::ulaw) continue;  // of G.711 one law is enough
      CAPTURE(mine.name);
      CAPTURE(theirs.name);
      const std::string file = fmt::format("day/{}.wav", ++number);
      {
        auto config = test_config();
        config.recordings = in.path.string();
        board b(config);
        auto caller = call_in(b, 1, mine);
        auto clerk = call_in(b, 2, theirs);
        b.join(1, 2);
        b.media->record(leg(1), number, file, false);
        // At the pace of a telephone: what is passed on as it came is heard at once, and is recorded at its own time.
        const auto began = std::chrono::steady_clock::now();
        for (int i = 0; i < 60; ++i) {
          std::this_thread::sleep_until(began + i * std::chrono::milliseconds(20));
          caller.speak(caller.tone(700, 6000));
          clerk.speak(clerk.tone(1300, 6000));
          REQUIRE(caller.phone.hear());
          REQUIRE(clerk.phone.hear());
        }
        b.media->close(leg(1));
        REQUIRE(b.facts.wait_for<fact::media_ended>());
      }
      SF_INFO info{};
      SNDFILE* const from = sf_open((in.path / file).string().c_str(), SFM_READ, &info);
      REQUIRE(from != nullptr);
      std::vector<std::int16_t> both(static_cast<std::size_t>(info.frames * 2));
      (void)sf_readf_short(from, both.data(), info.frames);
      sf_close(from);
      const auto usual = [&](std::size_t channel, double hertz) {
        std::vector<double> sizes;
        std::vector<std::int16_t> frame(voice_frame);
        for (std::size_t at = 0; at + voice_frame <= both.size() / 2; at += voice_frame) {
          for (std::size_t i = 0; i < voice_frame; ++i) frame[i] = both[2 * (at + i) + channel];
          sizes.push_back(strength(frame, hertz));
        }
        REQUIRE(sizes.size() > 20);
        std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2), sizes.end());
        return sizes[sizes.size() / 2];
      };
      CHECK(usual(0, 700) > 4000);
      CHECK(usual(0, 1300) < 400);
      CHECK(usual(1, 1300) > 4000);
      CHECK(usual(1, 700) < 400);
    }
  }
}

TEST_CASE("tones, and the others of a conference, are heard in every codec") {
  board b;
  std::vector<speaker> all_of_them;
  for (std::size_t i = 0; i < ways.size(); ++i) all_of_them.push_back(call_in(b, i + 1, ways[i]));
  const auto heard_by = [&](std::size_t i, int packets) {
    std::vector<std::int16_t> out;
    for (int n = 0; n < packets; ++n) {
      const auto next = all_of_them[i].phone.hear();
      REQUIRE(next);
      for (const auto x : all_of_them[i].in->decode(next->packet.payload)) out.push_back(x);
    }
    return out;
  };
  for (std::size_t i = 0; i < ways.size(); ++i) {
    CAPTURE(ways[i].name);
    all_of_them[i].phone.drop_all();
    b.media->hear(leg(i + 1), tone_of(source_kind::ringback_tone));
    const auto heard = steady(heard_by(i, 40), 450);
    REQUIRE(heard.size() >= 10 * voice_frame);
    CHECK(strength(heard, 450) > 1000);
  }
  source mixed{source_kind::mix, {}, call_id{9}};
  for (std::size_t i = 0; i < ways.size(); ++i) REQUIRE(b.media->hear(leg(i + 1), mixed));
  const std::array<double, 4> tones{500, 800, 1100, 1400};
  std::array<std::vector<std::int16_t>, 4> heard;
  for (auto& one : all_of_them) one.phone.drop_all();
  for (int n = 0; n < 120; ++n) {
    for (std::size_t i = 0; i < ways.size(); ++i) all_of_them[i].speak(all_of_them[i].tone(tones[i], 3000));
    for (std::size_t i = 0; i < ways.size(); ++i) {
      const auto part = heard_by(i, 1);
      if (n >= 40) heard[i].insert(heard[i].end(), part.begin(), part.end());
    }
  }
  for (std::size_t i = 0; i < ways.size(); ++i) {
    for (std::size_t j = 0; j < ways.size(); ++j) {
      CAPTURE(ways[i].name);
      CAPTURE(ways[j].name);
      // 20 ms at a time, since a slow machine moves the phases; most of them decide.
      std::vector<double> sizes;
      for (std::size_t at = 0; at + voice_frame <= heard[i].size(); at += voice_frame)
        sizes.push_back(strength(std::span<const std::int16_t>(heard[i]).subspan(at, voice_frame), tones[j]));
      std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2), sizes.end());
      const double usual = sizes[sizes.size() / 2];
      if (i == j)
        CHECK(usual < 300);
      else
        CHECK(usual > 2000);
    }
  }
}

TEST_CASE("keys as tones are found in a voice that is no G.711") {
  for (const auto& by : {ways[2], ways[3]}) {
    CAPTURE(by.name);
    board b;
    auto caller = call_in(b, 1, by);
    source keys{source_kind::keys};
    keys.number = 77;
    REQUIRE(b.media->hear(leg(1), keys));
    const std::string pressed = "1590*#AD";
    for (const char key : pressed) {
      for (unsigned n = 0; n < 10; ++n) {
        linear_frame samples{};
        if (n < 5) samples = linear_of(key_tone(key, n, codec::alaw), codec::alaw);
        const auto coded = caller.out->encode(samples);
        caller.speak({coded.begin(), coded.end()});
        REQUIRE(caller.phone.hear());
      }
    }
    CHECK(eventually([&] {
      // What was said comes out by the clock: it goes on while packets do.
      caller.speak(caller.tone(100, 0));
      if (!caller.phone.hear()) return false;
      std::string found;
      for (const auto& x : b.facts.all())
        if (const auto* f = std::get_if<fact::key_pressed>(&x)) found += f->key;
      return found == pressed;
    }));
  }
}

TEST_CASE("an offer has the codecs in the order of the policy, and the other end's first") {
  board b;
  const auto line = [](const std::string& text) {
    const auto at = text.find("m=");
    return text.substr(at, text.find("\r\n", at) - at);
  };
  const auto offer = b.media->offer(leg(1), {}, all);
  REQUIRE(offer);
  CHECK(line(*offer).ends_with("RTP/AVP 102 9 8 0 101 103"));
  CHECK(offer->find("a=rtpmap:102 opus/48000/2\r\na=fmtp:102 useinbandfec=1\r\n") != std::string::npos);
  CHECK(offer->find("a=rtpmap:103 telephone-event/48000\r\n") != std::string::npos);
  const policy two{srtp_policy::off, {voice_codec::g722, voice_codec::pcmu}};
  CHECK(line(*b.media->offer(leg(2), {}, two)).ends_with("RTP/AVP 9 0 101"));
  far_end phone;
  REQUIRE(b.media->answer(leg(3), phone.sdp("0")));
  CHECK(line(*b.media->offer(leg(4), leg(3), two)).ends_with("RTP/AVP 0 9 101"));
  CHECK(line(*b.media->offer(leg(5))).ends_with("RTP/AVP 8 0 101"));
  // An answer takes what the policy prefers of what is offered, and nothing of another clock.
  const std::string many = "0 8 9 96 101 102";
  CHECK(line(*b.media->answer(leg(6), phone.sdp(many, meanings), all)).ends_with("RTP/AVP 96 102"));
  CHECK(line(*b.media->answer(leg(7), phone.sdp(many, meanings), two)).ends_with("RTP/AVP 9 0 101"));
  CHECK(line(*b.media->answer(leg(8), phone.sdp(many, meanings))).ends_with("RTP/AVP 0 8 101"));
  CHECK_FALSE(b.media->answer(leg(9), phone.sdp("96 102", meanings)));
  // Keys by the other clock are better than none.
  CHECK(line(*b.media->answer(leg(10), phone.sdp("96 101", meanings), all)).ends_with("RTP/AVP 96 101"));
  // And a restart knows the policy still.
  const auto saved = b.media->save(leg(1));
  b.media->close(leg(1));
  REQUIRE(b.facts.wait_for<fact::media_ended>());
  REQUIRE(b.media->restore(leg(1), saved));
  CHECK(line(*b.media->offer(leg(1))).ends_with("RTP/AVP 102 9 8 0 101 103"));
}
