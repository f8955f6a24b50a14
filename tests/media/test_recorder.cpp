// SPDX-License-Identifier: Apache-2.0
// Recordings: who is in which channel, that they stay in step with the clock, and disks that are full, broken or slow.
#include "board.hpp"
#include "sounds.hpp"
#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <media/g711.hpp>
#include <media/recorder.hpp>
#include <numbers>
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
  CHECK(b.facts.size() <= 1);  // that recordings are written
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
