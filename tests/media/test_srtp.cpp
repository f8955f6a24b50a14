// SPDX-License-Identifier: Apache-2.0
// Sealed voices: towards phones that seal, from those that do not, under attack, and over a restart.
#include "board.hpp"
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <media/kept.hpp>
#include <media/srtp.hpp>
#include <set>
#include <unistd.h>

using namespace cordboard;
using namespace cordboard::media;

namespace {

using bytes = std::vector<std::uint8_t>;

/// A phone that seals: beside a `far_end`, with a context of its own for each direction.
struct sealed_phone {
  far_end& phone;
  sdes::crypto key;  ///< what it seals with
  std::unique_ptr<sealer> out;
  std::unique_ptr<opener> in;

  sealed_phone(far_end& of, const sdes::crypto& with)
      : phone(of), key(with), out(std::make_unique<sealer>(with, of.ssrc, std::nullopt)) {}
  std::string sdp(const std::string& protocol = "RTP/SAVP") const {
    auto text = phone.sdp("8 101", "a=rtpmap:101 telephone-event/8000\r\na=crypto:" + sdes::write(key) + "\r\n");
    return text.replace(text.find("RTP/AVP"), 7, protocol);
  }
  /// What the house says: its key for us.
  void learn(const std::string& description) {
    const auto at = description.find("a=crypto:");
    REQUIRE(at != std::string::npos);
    const auto read = sdes::read(std::string_view(description).substr(at + 9, description.find("\r\n", at) - at - 9));
    REQUIRE(read);
    in = std::make_unique<opener>(*read, std::nullopt);
    phone.aim(description);
  }
  bytes sealed(const bytes& payload) {
    rtp::header_bytes header;
    rtp::write(header, {8, false, phone.sequence++, phone.timestamp, phone.ssrc, {}});
    phone.timestamp += 160;
    const auto size = header.size() + payload.size();
    bytes whole(size + seal_bytes_max);
    std::copy(payload.begin(), payload.end(), std::copy(header.begin(), header.end(), whole.begin()));
    whole.resize(out->seal(whole.data(), size));
    REQUIRE(!whole.empty());
    return whole;
  }
  void speak(const bytes& payload) { phone.send(sealed(payload)); }
  /// The next packet that is not silence, opened.
  std::optional<received> hear() {
    for (int silent = 0; silent < 200; ++silent) {
      auto next = phone.hear();
      if (!next) break;
      std::span<std::uint8_t> view(next->bytes);
      if (in->open(view) != opened::well) continue;
      next->packet = *rtp::read(view);
      const auto& payload = next->packet.payload;
      if (std::any_of(payload.begin(), payload.end(), [](std::uint8_t x) { return x != 0xD5; })) return next;
    }
    return std::nullopt;
  }
};

bytes payload_of(const received& from) { return {from.packet.payload.begin(), from.packet.payload.end()}; }

sealed_phone call_in_sealed(board& b, std::uint64_t id, const sdes::crypto& key) {
  far_end& phone = b.phones.try_emplace(id, "127.0.0.1").first->second;
  phone.ssrc += static_cast<std::uint32_t>(id);
  sealed_phone out(phone, key);
  const auto answer = b.media->answer(leg(id), out.sdp(), policy{srtp_policy::required});
  REQUIRE(answer);
  out.learn(*answer);
  return out;
}

/// A file that is gone behind the test.
struct file {
  std::string path = fmt::format("{}/cordboard-voices-{}", std::filesystem::temp_directory_path().string(), ::getpid());
  file() { std::filesystem::remove(path); }
  ~file() { std::filesystem::remove(path); }
};

std::unique_ptr<engine> reopened(const media_config& config, kept_facts& facts, const std::string& kept) {
  auto out = engine::open(config, facts, nullptr, kept);
  REQUIRE(out);
  return std::move(*out);
}

}  // namespace

TEST_CASE("a sealed voice and a plain one hear each other, with every suite") {
  for (const auto with : {sdes::suite::aes_256_80, sdes::suite::aes_128_80, sdes::suite::aes_128_32}) {
    CAPTURE(sdes::name(with));
    board b;
    auto sealed = call_in_sealed(b, 1, sdes::fresh(1, with));
    far_end& plain = b.call_in(2, "8");
    b.join(1, 2);
    for (std::size_t i = 0; i < 20; ++i) {
      const auto clear = kilohertz(i, true);
      sealed.speak(clear);
      const auto at_plain = plain.hear_voice();
      REQUIRE(at_plain);
      CHECK(payload_of(*at_plain) == clear);
      plain.speak(8, clear);
      const auto at_sealed = sealed.hear();
      REQUIRE(at_sealed);
      CHECK(payload_of(*at_sealed) == clear);
      // On the wire it was longer by its tag, and something else.
      CHECK(at_sealed->bytes.size() == 12 + clear.size() + (with == sdes::suite::aes_128_32 ? 4 : 10));
    }
    CHECK(b.media->stats(leg(1)).received == 20);
    CHECK(b.media->stats(leg(1)).forged == 0);
    CHECK(b.media->stats(leg(1)).replayed == 0);
  }
}

TEST_CASE("what is sent to a phone that seals is never in the clear") {
  board b;
  auto sealed = call_in_sealed(b, 1, sdes::fresh(1, sdes::suite::aes_128_80));
  b.media->hear(leg(1), tone_of(source_kind::ringback_tone));
  std::set<bytes> tones;
  for (int i = 0; i < 10; ++i) {
    const auto next = sealed.phone.hear();
    REQUIRE(next);
    CHECK(next->bytes.size() == 182);
    CHECK(part_of(450, {next->bytes.begin() + 12, next->bytes.begin() + 172}, true) < 0.5);
    tones.insert(bytes(next->bytes.begin() + 12, next->bytes.end()));
  }
  // In the clear these would be the same twenty milliseconds each time.
  CHECK(tones.size() == 10);
}

TEST_CASE("forged, replayed and plain packets are refused, counted and told") {
  board b;
  auto sealed = call_in_sealed(b, 1, sdes::fresh(1, sdes::suite::aes_128_80));
  far_end& plain = b.call_in(2, "8");
  b.join(1, 2);
  const auto good = sealed.sealed(kilohertz(0, true));
  sealed.phone.send(good);
  REQUIRE(plain.hear_voice());
  // The very same again, twelve times.
  for (int i = 0; i < 12; ++i) sealed.phone.send(good);
  CHECK(eventually([&] { return b.media->stats(leg(1)).replayed == 12; }));
  // One bit of the tag, of the payload and of the header is not what was sealed.
  for (const std::size_t at : {std::size_t{181}, std::size_t{60}, std::size_t{5}}) {
    for (int i = 0; i < 4; ++i) {
      auto wrong = sealed.sealed(kilohertz(0, true));
      wrong.at(at) ^= 1;
      sealed.phone.send(wrong);
    }
  }
  CHECK(eventually([&] { return b.media->stats(leg(1)).forged == 12; }));
  // Plain, from the far end's own address; and another one's key.
  sealed.phone.speak(8, kilohertz(0, true));
  sealed_phone stranger(sealed.phone, sdes::fresh(1, sdes::suite::aes_128_80));
  stranger.speak(kilohertz(0, true));
  CHECK(eventually([&] { return b.media->stats(leg(1)).forged == 14; }));
  sealed.phone.send(bytes(5, 0x80));
  CHECK(eventually([&] { return b.media->stats(leg(1)).invalid == 1; }));
  CHECK(b.media->stats(leg(1)).received == 1);
  bool forged = false, replayed = false;
  CHECK(eventually([&] {
    for (const auto& x : b.facts.all())
      if (const auto* f = std::get_if<fact::packets_refused>(&x)) {
        CHECK(f->leg == leg(1));
        CHECK(f->count >= 10);
        forged = forged || f->why == packet_fault::forged;
        replayed = replayed || f->why == packet_fault::replayed;
      }
    return forged || replayed;
  }));
  // And the far end is heard as before.
  const auto clear = kilohertz(7, true);
  sealed.speak(clear);
  for (auto next = plain.hear_voice();; next = plain.hear_voice()) {
    REQUIRE(next);
    if (payload_of(*next) == clear) break;
  }
}

TEST_CASE("reports are sealed as well, and others' are believed when they are") {
  board b;
  auto sealed = call_in_sealed(b, 1, sdes::fresh(1, sdes::suite::aes_128_32));
  b.media->hear(leg(1), tone_of(source_kind::silence));
  REQUIRE(sealed.phone.hear());
  // A report goes out within five seconds, from the port above: whoever reads it needs the key.
  sealed_phone again(sealed.phone, sealed.key);
  bytes report{0x80, 201, 0, 1, 0, 0, 0, 0};
  rtp::put32(&report[4], sealed.phone.ssrc);
  report.resize(8 + seal_bytes_max);
  report.resize(again.out->seal_report(report.data(), 8));
  CHECK(report.size() == 8 + 4 + 10);
  std::span<std::uint8_t> view(report);
  opener in(sealed.key, std::nullopt);
  auto copy = report;
  CHECK(in.open_report(view) == opened::well);
  CHECK(view.size() == 8);
  view = copy;
  CHECK(in.open_report(view) == opened::replayed);
  copy = report;
  copy.resize(22);
  copy[21] ^= 1;
  view = copy;
  CHECK(opener(sealed.key, std::nullopt).open_report(view) == opened::forged);
}

TEST_CASE("after kill -9 sealed voices go on both ways, over the rounds of their sequences, and no index is used twice") {
  file kept;
  kept_facts facts;
  const auto config = test_config();
  auto media = reopened(config, facts, kept.path);
  far_end phone, plain;
  sealed_phone sealed(phone, sdes::fresh(1, sdes::suite::aes_256_80));
  const auto answer = media->answer(leg(1), sealed.sdp(), policy{srtp_policy::required});
  REQUIRE(answer);
  sealed.learn(*answer);
  const auto other = media->answer(leg(2), plain.sdp("8"));
  REQUIRE(other);
  plain.aim(*other);
  media->hear(leg(1), from_leg(2));
  media->hear(leg(2), from_leg(1));
  const auto saved_sealed = media->save(leg(1)), saved_plain = media->save(leg(2));
  CHECK(saved_sealed.find("ours=") != std::string::npos);

  std::set<std::uint64_t> used;
  const auto both = [&](std::size_t round) {
    CAPTURE(round);
    CAPTURE(sealed.in->reached() ? sealed.in->reached()->index : 0);
    // The plain phone leaves out nearly 3,000 numbers each time, so that 65,536 are soon over.
    plain.sequence = static_cast<std::uint16_t>(plain.sequence + 2900);
    const auto clear = kilohertz(round, true);
    plain.speak(8, clear);
    auto heard = sealed.hear();
    REQUIRE(heard);
    CHECK(payload_of(*heard) == clear);
    CHECK(used.insert(sealed.in->reached()->index).second);
    phone.sequence = static_cast<std::uint16_t>(phone.sequence + 2900);
    sealed.speak(clear);
    heard = plain.hear_voice();
    REQUIRE(heard);
    CHECK(payload_of(*heard) == clear);
  };
  for (std::size_t i = 0; i < 50; ++i) both(i);
  REQUIRE(sealed.in->reached()->index >= 0x10000);
  for (std::size_t crash = 0; crash < 3; ++crash) {
    CAPTURE(crash);
    const auto last = *used.rbegin();
    media.reset();
    phone.drop_all();
    plain.drop_all();
    media = reopened(config, facts, kept.path);
    REQUIRE(media->restore(leg(1), saved_sealed));
    REQUIRE(media->restore(leg(2), saved_plain));
    media->hear(leg(1), from_leg(2));
    media->hear(leg(2), from_leg(1));
    for (std::size_t i = 0; i < 10; ++i) both(i);
    CHECK(*used.upper_bound(last) > last);
    CHECK(*used.rbegin() > last + 10);
  }
  CHECK(media->stats(leg(1)).forged == 0);
  // What was heard before the restart is not heard again.
  const auto old = sealed.sealed(kilohertz(0, true));
  phone.send(old);
  REQUIRE(plain.hear_voice());
  media.reset();
  media = reopened(config, facts, kept.path);
  REQUIRE(media->restore(leg(1), saved_sealed));
  media->hear(leg(1), tone_of(source_kind::silence));
  phone.send(old);
  CHECK(eventually([&] { return media->stats(leg(1)).replayed == 1; }));
  CHECK(media->stats(leg(1)).received == 0);
}

TEST_CASE("a sealed voice whose numbers are not known is not gone on with") {
  kept_facts facts;
  file kept;
  auto media = reopened(test_config(), facts, kept.path);
  far_end phone;
  sealed_phone sealed(phone, sdes::fresh(1, sdes::suite::aes_128_80));
  REQUIRE(media->answer(leg(1), sealed.sdp(), policy{srtp_policy::allowed}));
  const auto saved = media->save(leg(1));
  media.reset();
  std::filesystem::remove(kept.path);
  media = reopened(test_config(), facts, kept.path);
  CHECK(media->restore(leg(1), saved).error() == std::errc::state_not_recoverable);
  CHECK(media->size() == 0);
}

TEST_CASE("what was kept of a stream names it, and of its key the newest and the one before") {
  file path;
  auto page = kept_page::open(path.path, 20000, 20009);
  REQUIRE(page);
  const auto first = sdes::fresh(1, sdes::suite::aes_128_80), second = sdes::fresh(1, sdes::suite::aes_256_80);
  auto& line = page->of(20008);
  line.begin(7, 100, 5000, 123);
  CHECK_FALSE(line.used_with(first));
  line.take_key(first, 100, 0);
  line.reach(0x2FFFF, 6000, 124);
  line.reach_reports(3);
  line.take_key(second, 0xFFFF, 0);
  line.reach(0x10001, 7000, 125);
  line.reach_far(first, {9, 0x30004});
  const auto check = [&](const kept_numbers& of) {
    CHECK(of.ssrc() == 7);
    CHECK(of.index() == 0x10001);
    CHECK(of.timestamp() == 7000);
    CHECK(of.wall() == 125);
    CHECK(of.used_with(first)->index == 0x2FFFF);
    CHECK(of.used_with(first)->reports == 3);
    CHECK(of.used_with(second)->index == 0x10001);
    CHECK(of.far_with(first)->ssrc == 9);
    CHECK(of.far_with(first)->index == 0x30004);
    CHECK_FALSE(of.far_with(second));
  };
  check(line);
  auto again = kept_page::open(path.path, 20000, 20009);
  REQUIRE(again);
  check(again->of(20009));
  CHECK(again->of(20000).ssrc() == 0);
  // Other ports are another page.
  auto other = kept_page::open(path.path, 20000, 20019);
  REQUIRE(other);
  CHECK(other->of(20008).ssrc() == 0);
  CHECK((std::filesystem::status(path.path).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK_FALSE(kept_page::open("/nowhere/voices", 20000, 20009));
}
