// SPDX-License-Identifier: Apache-2.0
// Recordings: who is in which channel, that they stay in step with the clock, and disks that are full, broken or slow.
#include "board.hpp"
#include "sounds.hpp"
#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <csignal>
#include <media/g711.hpp>
#include <media/recorder.hpp>
#include <media/sealed.hpp>
#include <numbers>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

using namespace cordboard;
using namespace cordboard::media;

namespace {

struct recording {
  SF_INFO info{};
  std::vector<std::uint8_t> left, right;  ///< A-law again
};
std::optional<recording> play(const std::string& path) {
  recording out;
  SNDFILE* const from = sf_open(path.c_str(), SFM_READ, &out.info);
  if (from == nullptr) return std::nullopt;
  std::vector<std::int16_t> all(static_cast<std::size_t>(out.info.frames * out.info.channels));
  const auto count = sf_readf_short(from, all.data(), out.info.frames);
  sf_close(from);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    out.left.push_back(g711::to_alaw(all[2 * i]));
    out.right.push_back(g711::to_alaw(all[2 * i + 1]));
  }
  return out;
}

std::vector<std::uint8_t> middle_of(const std::vector<std::uint8_t>& all) {
  return {all.begin() + static_cast<std::ptrdiff_t>(all.size() / 4), all.end() - static_cast<std::ptrdiff_t>(all.size() / 4)};
}

media_config recording_to(const sound_folder& in) {
  auto out = test_config();
  out.recordings = in.path.string();
  return out;
}

/// A frame in which both channels hold one level.
tape::frame level(std::uint8_t byte) {
  tape::frame out;
  out.fill(byte);
  return out;
}

/// A disk of the test's own making.
struct disk {
  std::atomic<int> error{0};         ///< of each write
  std::atomic<int> open_error{0};    ///< of each open
  std::atomic<bool> hangs{false};    ///< writes wait
  std::atomic<bool> waiting{false};  ///< one does
  std::atomic<std::size_t> bytes{0};
  std::atomic<int> files{0};

  struct file final : recording_file {
    disk& on;
    explicit file(disk& at) : on(at) { ++on.files; }
    ~file() override { --on.files; }
    int write(std::span<const std::uint8_t> frames) override {
      while (on.hangs) {
        on.waiting = true;
        std::this_thread::sleep_for(1ms);
      }
      if (on.error == 0) on.bytes += frames.size();
      return on.error;
    }
    int settle() override { return on.error; }
  };
  open_recording opener() {
    return [this](const std::string&) -> tl::expected<std::unique_ptr<recording_file>, int> {
      if (open_error != 0) return tl::unexpected(open_error.load());
      return std::make_unique<file>(*this);
    };
  }
};

std::size_t gaps_of(kept_facts& facts) {
  std::size_t out = 0;
  for (const auto& one : facts.all())
    if (const auto* gap = std::get_if<fact::recording_gap>(&one)) out += static_cast<std::size_t>(gap->for_ns / 20'000'000);
  return out;
}

}  // namespace

TEST_CASE("a recording holds the party in one channel and whatever the party hears in the other, aligned") {
  const sound_folder in;
  std::string file;
  std::size_t spoken = 0;
  {
    board b(recording_to(in));
    far_end& caller = b.call_in(1);
    far_end& clerk = b.call_in(2, "0");
    b.join(1, 2);
    b.media->record(leg(1), 41, "day/one.wav", false);
    file = (in.path / "day/one.wav").string();
    // Both begin to speak in the same moment, in tones of their own; nobody has spoken before.
    for (; spoken < 60; ++spoken) {
      caller.speak(8, kilohertz(spoken, true));
      std::vector<std::uint8_t> low(160);
      for (std::size_t i = 0; i < low.size(); ++i)
        low[i] = g711::to_ulaw(static_cast<std::int16_t>(
            std::lround(8000.0 * std::sin(2.0 * std::numbers::pi * 500.0 * static_cast<double>(spoken * 160 + i) / 8000.0))));
      clerk.speak(0, low);
      REQUIRE(caller.hear());
      REQUIRE(clerk.hear());
      std::this_thread::sleep_until(std::chrono::steady_clock::now() + 18ms);
    }
    b.media->close(leg(1));
    REQUIRE(b.facts.wait_for<fact::media_ended>());
  }  // the recorder has written all
  const auto made = play(file);
  REQUIRE(made);
  CHECK(made->info.channels == 2);
  CHECK(made->info.samplerate == 8000);
  CHECK(made->left.size() >= 160 * spoken / 2);
  CHECK(part_of(1000, middle_of(made->left), true) > 0.8);
  CHECK(part_of(500, middle_of(made->left), true) < 0.01);
  CHECK(part_of(500, middle_of(made->right), true) > 0.8);
  CHECK(part_of(1000, middle_of(made->right), true) < 0.01);
  const auto begin = [](const std::vector<std::uint8_t>& channel) {
    return std::find_if(channel.begin(), channel.end(), [](std::uint8_t x) { return std::abs(g711::from_alaw(x)) > 500; }) -
           channel.begin();
  };
  CHECK(std::abs(begin(made->left) - begin(made->right)) <= 160);
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a file can be played while it is written, and a suspended recording holds silence for that long") {
  const sound_folder in;
  board b(recording_to(in));
  far_end& caller = b.call_in(1);
  b.media->hear(leg(1), tone_of(source_kind::ringback_tone));
  b.media->record(leg(1), 7, "day/two.wav", false);
  const auto file = (in.path / "day/two.wav").string();
  const auto length = [&] {
    const auto made = play(file);
    return made ? made->right.size() : 0;
  };
  // As after a crash: nothing was closed.
  REQUIRE(eventually([&] { return length() > 4000; }));
  CHECK(part_of(
            450,
            [&] {
              auto made = play(file)->right;
              made.resize(4000);
              return made;
            }(),
            true) > 0.95);
  b.media->record(leg(1), 7, "day/two.wav", true);
  const auto suspended = b.media->stats(leg(1)).sent;
  REQUIRE(eventually([&] { return b.media->stats(leg(1)).sent >= suspended + 75; }));
  b.media->record(leg(1), 7, "day/two.wav", false);
  const auto before = length();
  REQUIRE(eventually([&] { return length() > before + 8000; }));
  b.media->record(leg(1), 0, "", false);
  const auto sent = b.media->stats(leg(1)).sent;
  REQUIRE(eventually([&] { return length() > 0 && b.media->stats(leg(1)).sent > sent + 100; }));
  // It runs with the clock: as long as the packets that were sent, silence and all.
  CHECK(std::abs(static_cast<double>(length()) / 160 - static_cast<double>(sent)) < 25);
  CHECK(caller.drop_all() > 0);
  std::size_t troubles = 0;
  for (const auto& one : b.facts.all()) troubles += std::holds_alternative<fact::recording_trouble>(one) ? 1 : 0;
  CHECK(troubles <= 1);  // that recordings are written
  CHECK(gaps_of(b.facts) == 0);
}

TEST_CASE("no recording is written over another") {
  const sound_folder in;
  REQUIRE(open_wav((in.path / "day/a.wav").string()));
  const auto again = open_wav((in.path / "day/a.wav").string());
  REQUIRE_FALSE(again);
  CHECK(again.error() == EEXIST);
  CHECK(open_wav("/nowhere/day/a.wav").error() == ENOENT);
}

TEST_CASE("without a folder, a recording is told to have failed, and the voices go on") {
  board b;
  far_end& caller = b.call_in(1);
  b.media->hear(leg(1), tone_of(source_kind::ringback_tone));
  b.media->record(leg(1), 7, "day/x.wav", false);
  const auto told = b.facts.wait_for<fact::recording_trouble>();
  REQUIRE(told);
  CHECK(told->recording == 7);
  CHECK(told->error == ENOENT);
  CHECK(caller.hear());
}

TEST_CASE("a disk that is full ends the recording with the system's word, and the next one tells that it works again") {
  const sound_folder in;
  kept_facts facts;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  {
    recorder to(facts, in.path.string());
    rlimit small = before;
    small.rlim_cur = 64 << 10;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto full = to.begin(1, "day/full.wav");
    REQUIRE(eventually([&] {
      if (full->dead) return true;
      full->add(level(0x55));
      return false;
    }));
    const auto told = facts.wait_for<fact::recording_trouble>();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    REQUIRE(told);
    const auto all = facts.all();
    const auto is_error = [](const any_fact& one) {
      const auto* trouble = std::get_if<fact::recording_trouble>(&one);
      return trouble != nullptr && trouble->error == EFBIG;
    };
    CHECK(std::count_if(all.begin(), all.end(), is_error) == 1);
    const auto next = to.begin(2, "day/next.wav");
    next->add(level(0x55));
    next->stop();
    CHECK(eventually([&] {
      const auto now = facts.all();
      const auto* last = std::get_if<fact::recording_trouble>(&now.back());
      return last != nullptr && last->recording == 2 && last->error == 0;
    }));
  }
  // What came before is there to be heard.
  const auto made = play((in.path / "day/full.wav").string());
  REQUIRE(made);
  CHECK(made->left.size() > 20000);
}

TEST_CASE("a disk that hangs costs no more than what there is room for, and the gap is in its place") {
  kept_facts facts;
  disk slow;
  constexpr std::size_t extra = 300;
  {
    recorder to(facts, "/folder", slow.opener());
    const auto one = to.begin(1, "a.wav");
    one->add(level(1));
    REQUIRE(eventually([&] { return slow.bytes == sizeof(tape::frame); }));
    slow.hangs = true;
    one->add(level(2));
    REQUIRE(eventually([&] { return slow.waiting.load(); }));
    for (std::size_t i = 0; i < tape::room + extra; ++i) one->add(level(3));
    slow.hangs = false;
    REQUIRE(eventually([&] { return slow.bytes == (2 + tape::room) * sizeof(tape::frame); }));
    one->add(level(4));
    REQUIRE(
        eventually([&] { return slow.bytes == (3 + tape::room + extra) * sizeof(tape::frame); }));  // as long as it should be
    CHECK(eventually([&] { return gaps_of(facts) == extra; }));
    one->stop();
    CHECK(eventually([&] { return slow.files == 0; }));
  }
}

TEST_CASE("a disk that never answers does not keep the house from its end") {
  kept_facts facts;
  static disk dead;  // the thread that hangs in it outlives the test
  const auto begun = std::chrono::steady_clock::now();
  {
    recorder to(facts, "/folder", dead.opener());
    dead.hangs = true;
    to.begin(1, "a.wav")->add(level(1));
    REQUIRE(eventually([&] { return dead.files == 1; }));
  }
  CHECK(std::chrono::steady_clock::now() - begun < bound);
  dead.hangs = false;
  CHECK(eventually([&] { return dead.files == 0; }));
}

TEST_CASE("both channels stay aligned for ten minutes, through hold and transfer, whatever the clocks and the network do") {
  // Simulated time, in microseconds. Three phones click at the same moments, each by a clock of its own, over a network that jitters.
  constexpr std::int64_t call = 600'000'000, click_every = 5'000'000;
  struct phone {
    double drift;         ///< parts of a million that its clock is fast
    std::int64_t phase;   ///< of its packets
    std::int64_t jitter;  ///< at most
    std::uint16_t sequence = 0;
    std::int64_t next = phase, at = phase;
    std::vector<std::uint8_t> packet{};
    /// The next packet, and when it comes.
    void speak(std::mt19937& random) {
      const auto begin = at;
      const double sample = 125.0 / (1 + drift / 1e6);
      packet.assign(160, g711::to_alaw(0));
      for (std::size_t i = 0; i < packet.size(); ++i) {
        const auto now = begin + static_cast<std::int64_t>(static_cast<double>(i) * sample);
        if (now % click_every < 8'000) packet[i] = g711::to_alaw(16'000);
      }
      at = begin + static_cast<std::int64_t>(160 * sample);
      next = std::max(next, at + static_cast<std::int64_t>(random() % static_cast<unsigned>(jitter + 1)));
    }
  };
  std::mt19937 random(4711);
  phone caller{90, 3'000, 12'000};
  phone clerk{-60, 11'000, 8'000};
  phone doctor{50, 17'000, 15'000};
  for (phone* one : {&caller, &clerk, &doctor}) one->speak(random);

  auto to = std::make_shared<tape>(1, "a.wav");
  taping tapes(to, false, {});
  std::vector<std::uint8_t> left, right;
  tape::part part;
  const auto hears = [&](std::int64_t now) -> const phone* {
    if (now < 150'000'000) return &clerk;
    if (now < 240'000'000) return nullptr;  // held: music by our own clock
    return now < 300'000'000 ? &clerk : &doctor;
  };
  for (std::int64_t now = 20'000; now < call; now += 20'000) {
    for (phone* one : {&caller, &clerk, &doctor}) {
      while (one->next <= now) {
        rtp::packet in;
        in.sequence = one->sequence++;
        in.payload = one->packet;
        if (one == &caller) tapes.said.take(in, codec::alaw);
        if (one == hears(now)) tapes.heard.add(one->packet, codec::alaw);
        one->speak(random);
      }
    }
    const std::vector<std::uint8_t> music(160, g711::to_alaw(300));
    if (hears(now) == nullptr) tapes.heard.add(music, codec::alaw);
    tapes.tick();
    while (to->next(part)) {
      for (std::uint64_t i = 0; i < part.silent * mix_frame; ++i) {
        left.push_back(g711::to_alaw(0));
        right.push_back(g711::to_alaw(0));
      }
      for (std::size_t i = 0; i < mix_frame; ++i) {
        left.push_back(part.bytes[2 * i]);
        right.push_back(part.bytes[2 * i + 1]);
      }
    }
  }
  REQUIRE(left.size() == right.size());
  CHECK(std::abs(static_cast<double>(left.size()) - call / 125.0) <= 160 * 2);
  const auto clicks = [](const std::vector<std::uint8_t>& channel) {
    std::vector<std::ptrdiff_t> out;
    for (std::size_t i = 0; i < channel.size(); ++i)
      if (g711::from_alaw(channel[i]) > 8'000 && (out.empty() || static_cast<std::ptrdiff_t>(i) - out.back() > 8'000))
        out.push_back(static_cast<std::ptrdiff_t>(i));
    return out;
  };
  const auto said = clicks(left);
  const auto heard = clicks(right);
  REQUIRE(said.size() >= 117);
  int pairs = 0;
  std::ptrdiff_t most = 0;
  std::ptrdiff_t latest = 0;
  for (const auto at : said) {
    const auto nearest =
        *std::min_element(heard.begin(), heard.end(), [&](auto a, auto b) { return std::abs(a - at) < std::abs(b - at); });
    latest = std::max(latest, at % (click_every / 125));
    if (std::abs(nearest - at) > 8'000) continue;  // while held, the caller alone clicks
    ++pairs;
    most = std::max(most, std::abs(nearest - at));
  }
  MESSAGE("apart at most " << static_cast<double>(most) / 8 << " ms in " << pairs << " places, and behind the clock "
                           << static_cast<double>(latest) / 8 << " ms");
  CHECK(pairs >= 95);
  CHECK(most <= 160);
  // And with the clock: what happened at a time stands at that place.
  CHECK(latest <= 8 * 60);
}

namespace {

std::vector<std::uint8_t> bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
/// What a key opens of a file; a fault, if it is not the whole.
tl::expected<std::vector<std::uint8_t>, sealed_fault> opened_with(const std::string& path, const std::string& key,
                                                                  bool* whole = nullptr) {
  auto reader = sealed_reader::open(path, key);
  if (!reader) return tl::unexpected(reader.error().what);
  const auto length = reader->check();
  if (!length) return tl::unexpected(length.error().what);
  if (whole != nullptr) *whole = length->whole;
  std::vector<std::uint8_t> out;
  while (true) {
    const auto part = reader->next();
    if (!part) return tl::unexpected(part.error().what);
    if (part->empty()) break;
    out.insert(out.end(), part->begin(), part->end());
  }
  CHECK(out.size() == length->bytes);
  return out;
}
const std::string house_key(32, 'k');
std::vector<std::uint8_t> voice(std::size_t size, std::uint8_t seed) {
  std::vector<std::uint8_t> out(size);
  std::mt19937 random(seed);
  for (auto& x : out) x = static_cast<std::uint8_t>(random());
  return out;
}

}  // namespace

TEST_CASE("a sealed recording opens with its key alone, and nothing of the voice stands in the file") {
  const sound_folder in;
  const auto path = (in.path / "day/a.wav").string();
  std::vector<std::uint8_t> all;
  {
    const auto file = seal_with(house_key)(path);
    REQUIRE(file);
    for (std::uint8_t i = 0; i < 5; ++i) {
      const auto part = voice(16'000, i);
      all.insert(all.end(), part.begin(), part.end());
      REQUIRE((*file)->write(part) == 0);
      if (i != 2) REQUIRE((*file)->settle() == 0);
    }
  }
  bool whole = false;
  const auto opened = opened_with(path, house_key, &whole);
  REQUIRE(opened);
  CHECK(*opened == all);
  CHECK(whole);
  CHECK(opened_with(path, std::string(32, 'x')).error() == sealed_fault::other_key);
  CHECK(opened_with("/nowhere", house_key).error() == sealed_fault::unreadable);
  const auto text = bytes_of(path);
  const std::span<const std::uint8_t> shown(all.data(), 16);
  CHECK(std::search(text.begin(), text.end(), shown.begin(), shown.end()) == text.end());
  CHECK_FALSE(play(path));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(seal_with(house_key)(path).error() == EEXIST);
  // A plain one is told from it.
  REQUIRE(open_wav((in.path / "day/b.wav").string()));
  CHECK(opened_with((in.path / "day/b.wav").string(), house_key).error() == sealed_fault::not_sealed);
  // Two files of the same voice have nothing in common.
  {
    const auto again = seal_with(house_key)((in.path / "day/c.wav").string());
    REQUIRE(again);
    REQUIRE((*again)->write(voice(16'000, 0)) == 0);
  }
  const auto other = bytes_of((in.path / "day/c.wav").string());
  CHECK(std::search(text.begin(), text.end(), other.begin() + 100, other.begin() + 132) == text.end());
}

TEST_CASE("what a crash leaves of a sealed recording opens up to its last second; what was changed does not open") {
  const sound_folder in;
  const auto path = (in.path / "day/a.wav").string();
  const auto broken = (in.path / "day/b.wav").string();
  constexpr std::size_t second = 1'600;
  std::vector<std::size_t> ends;
  std::vector<std::uint8_t> all;
  {
    const auto file = seal_with(house_key)(path);
    REQUIRE(file);
    for (std::uint8_t i = 0; i < 4; ++i) {
      const auto part = voice(second, i);
      all.insert(all.end(), part.begin(), part.end());
      REQUIRE((*file)->write(part) == 0);
      REQUIRE((*file)->settle() == 0);
      ends.push_back(bytes_of(path).size());
    }
    // Its process is there no more, or writes yet.
    bool whole = true;
    const auto now = opened_with(path, house_key, &whole);
    REQUIRE(now);
    CHECK(*now == all);
    CHECK_FALSE(whole);
  }
  const auto text = bytes_of(path);
  for (std::size_t size = 0; size < text.size(); size += size < 200 ? 1 : 37) {
    CAPTURE(size);
    write_bytes(broken, {text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size)});
    bool whole = true;
    const auto opened = opened_with(broken, house_key, &whole);
    if (size < sealed::head_size) {
      CHECK(opened.error() == sealed_fault::not_sealed);
      continue;
    }
    REQUIRE(opened);
    CHECK_FALSE(whole);
    const auto parts = static_cast<std::size_t>(std::count_if(ends.begin(), ends.end(), [&](auto end) { return end <= size; }));
    CHECK(opened->size() == parts * second);
    CHECK(std::equal(opened->begin(), opened->end(), all.begin()));
  }
  const auto refused = [&](std::vector<std::uint8_t> changed) {
    write_bytes(broken, changed);
    const auto opened = opened_with(broken, house_key);
    return !opened;
  };
  for (std::size_t at = 0; at < text.size(); at += at < 200 ? 1 : 53) {
    auto changed = text;
    changed[at] ^= 0x10;
    CAPTURE(at);
    // A size that says more than there is looks like a crash; nothing of what is behind it is given out.
    const bool of_size = std::any_of(ends.begin(), ends.end(), [&](auto end) { return at >= end && at < end + 4; }) ||
                         (at >= sealed::head_size && at < sealed::head_size + 4);
    if (!of_size) CHECK(refused(changed));
  }
  // Two parts that have changed places, one that is left out, and something behind the end.
  auto swapped = text;
  std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(ends[0]),
                   swapped.begin() + static_cast<std::ptrdiff_t>(ends[1]),
                   swapped.begin() + static_cast<std::ptrdiff_t>(ends[1]));
  CHECK(refused(swapped));
  auto less = text;
  less.erase(less.begin() + static_cast<std::ptrdiff_t>(ends[0]), less.begin() + static_cast<std::ptrdiff_t>(ends[1]));
  CHECK(refused(less));
  auto more = text;
  more.push_back(0);
  CHECK(refused(more));
}

TEST_CASE("an engine with a key seals what it records, and one whose key cannot be read does not begin") {
  const sound_folder in;
  auto config = recording_to(in);
  config.recordings_key_file = (in.path / "key").string();
  write_bytes(config.recordings_key_file, voice(32, 9));
  kept_facts facts;
  REQUIRE(::chmod(config.recordings_key_file.c_str(), 0644) == 0);
  diagnostics why;
  CHECK_FALSE(engine::open(config, facts, &why));
  CHECK(why.our_text().find("others may read") != std::string::npos);
  REQUIRE(::chmod(config.recordings_key_file.c_str(), 0600) == 0);
  {
    board b(config);
    b.call_in(1);
    b.media->hear(leg(1), tone_of(source_kind::ringback_tone));
    b.media->record(leg(1), 7, "day/two.wav", false);
    REQUIRE(eventually([&] { return b.media->stats(leg(1)).sent > 60; }));
  }
  const auto path = (in.path / "day/two.wav").string();
  CHECK_FALSE(play(path));
  const auto key = voice(32, 9);
  const auto opened = opened_with(path, std::string(key.begin(), key.end()));
  REQUIRE(opened);
  REQUIRE(opened->size() > 16'000);
  // As WAV it is what a plain one is.
  const auto wav = (in.path / "two.wav").string();
  const auto head = wav_head(static_cast<std::uint32_t>(opened->size()));
  std::vector<std::uint8_t> text(head.begin(), head.end());
  text.insert(text.end(), opened->begin(), opened->end());
  write_bytes(wav, text);
  const auto made = play(wav);
  REQUIRE(made);
  CHECK(made->info.channels == 2);
  CHECK(made->info.samplerate == 8000);
  CHECK(made->info.frames == static_cast<sf_count_t>(opened->size() / 2));
  CHECK((made->info.format & SF_FORMAT_SUBMASK) == SF_FORMAT_ALAW);
  CHECK(part_of(450, {made->right.begin() + 800, made->right.begin() + 4800}, true) > 0.9);
}
