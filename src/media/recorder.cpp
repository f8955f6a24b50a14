// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <media/g711.hpp>
#include <media/recorder.hpp>
#include <mutex>
#include <pthread.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace cordboard::media {
namespace {

using namespace std::chrono_literals;
constexpr auto turn = 200ms;
constexpr auto settle_after = 1s;
constexpr auto end_within = 5s;
constexpr std::size_t frames_at_once = 256;

std::uint8_t alaw_silence() {
  static const std::uint8_t silence = g711::to_alaw(0);
  return silence;
}

class wav final : public recording_file {
public:
  explicit wav(SNDFILE* to) : to_(to) {}
  ~wav() override { sf_close(to_); }
  wav(const wav&) = delete;
  wav& operator=(const wav&) = delete;
  int write(std::span<const std::uint8_t> frames) override {
    errno = 0;
    if (sf_write_raw(to_, frames.data(), static_cast<sf_count_t>(frames.size())) == static_cast<sf_count_t>(frames.size()))
      return 0;
    return errno != 0 ? errno : EIO;
  }
  int settle() override {
    errno = 0;
    (void)sf_command(to_, SFC_UPDATE_HEADER_NOW, nullptr, 0);
    return sf_error(to_) == SF_ERR_NO_ERROR ? 0 : errno != 0 ? errno : EIO;
  }

private:
  SNDFILE* to_;
};

}  // namespace

tl::expected<int, int> create_recording(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return tl::unexpected(errno);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (fd < 0) return tl::unexpected(errno);
  return fd;
}

tl::expected<std::unique_ptr<recording_file>, int> open_wav(const std::string& path) {
  const auto fd = create_recording(path);
  if (!fd) return tl::unexpected(fd.error());
  SF_INFO info{};
  info.samplerate = 8000;
  info.channels = 2;
  info.format = SF_FORMAT_WAV | SF_FORMAT_ALAW;
  errno = 0;
  // It closes the descriptor, also when it fails.
  SNDFILE* const to = sf_open_fd(*fd, SFM_WRITE, &info, SF_TRUE);
  if (to == nullptr) return tl::unexpected(errno != 0 ? errno : EIO);
  return std::make_unique<wav>(to);
}

tape::tape(std::uint64_t number, std::string name)
    : recording(number), file(std::move(name)), parts_(std::make_unique<std::array<part, room>>()) {}

void tape::add(const frame& what) {
  if (dead.load(std::memory_order_relaxed)) return;
  const auto at = written_.load(std::memory_order_relaxed);
  if (at - read_.load(std::memory_order_acquire) == room) {
    ++silent_;
    ++lost_;
    return;
  }
  part& slot = (*parts_)[at % room];
  slot.silent = std::exchange(silent_, 0);
  slot.lost = std::exchange(lost_, 0);
  slot.bytes = what;
  written_.store(at + 1, std::memory_order_release);
}

void tape::skip(std::uint64_t frames) { silent_ += frames; }

void tape::stop() { stopped_.store(true, std::memory_order_release); }

bool tape::next(part& out) {
  const auto at = read_.load(std::memory_order_relaxed);
  if (at == written_.load(std::memory_order_acquire)) return false;
  out = (*parts_)[at % room];
  read_.store(at + 1, std::memory_order_release);
  return true;
}

bool tape::over(part& rest) const {
  // In this order: what was added before the stop is seen.
  if (!stopped_.load(std::memory_order_acquire) ||
      read_.load(std::memory_order_relaxed) != written_.load(std::memory_order_acquire))
    return false;
  rest.silent = silent_;
  rest.lost = lost_;
  return true;
}

void taping::tick() {
  said.next();
  heard.next();
  quiet.take(said.frame());
  // Silence is counted, not kept.
  if (suspended) return to->skip(1);
  const auto first = said.frame();
  const auto second = heard.frame();
  tape::frame both;
  for (std::size_t i = 0; i < mix_frame; ++i) {
    both[2 * i] = g711::to_alaw(first[i]);
    both[2 * i + 1] = g711::to_alaw(second[i]);
  }
  to->add(both);
}

struct recorder::inside {
  struct open_one {
    std::shared_ptr<tape> from;
    std::unique_ptr<recording_file> to;
    std::chrono::steady_clock::time_point settled;
  };

  inside(sink& tell_to, std::string in, open_recording how) : to(&tell_to), folder(std::move(in)), open(std::move(how)) {}

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait_for(lock, turn, [&] { return stopping; });
      const bool last = stopping;
      for (auto& one : fresh) running.push_back({std::move(one), nullptr, {}});
      fresh.clear();
      lock.unlock();
      std::erase_if(running, [&](open_one& one) { return !go_on(one, last); });
      lock.lock();
      if (last) break;
    }
    running.clear();
    ended = true;
    changed.notify_all();
  }

  /// False: it is over.
  bool go_on(open_one& one, bool last) {
    if (!one.to) {
      auto made = folder.empty() ? tl::unexpected(ENOENT) : open(folder + "/" + one.from->file);
      if (!made) return fail(one, made.error());
      one.to = std::move(*made);
    }
    tape::part part;
    bytes.clear();
    while (one.from->next(part)) {
      if (!put(one, part)) return false;
      bytes.insert(bytes.end(), part.bytes.begin(), part.bytes.end());
      if (bytes.size() >= frames_at_once * part.bytes.size() && !flush(one)) return false;
    }
    const bool over = one.from->over(part);
    if (over && !put(one, part)) return false;
    if (!flush(one)) return false;
    const auto now = std::chrono::steady_clock::now();
    if (over || last || now - one.settled >= settle_after) {
      one.settled = now;
      if (const int error = one.to->settle(); error != 0) return fail(one, error);
    }
    return !over;
  }

  /// The silence before a frame.
  bool put(open_one& one, const tape::part& part) {
    if (part.lost != 0) tell(fact::recording_gap{one.from->recording, static_cast<std::int64_t>(part.lost) * 20'000'000});
    for (std::uint64_t left = part.silent; left != 0;) {
      const auto now = std::min<std::uint64_t>(left, frames_at_once);
      bytes.insert(bytes.end(), now * part.bytes.size(), alaw_silence());
      if (!flush(one)) return false;
      left -= now;
    }
    return true;
  }
  bool flush(open_one& one) {
    if (bytes.empty()) return true;
    const int error = one.to->write(bytes);
    bytes.clear();
    if (error != 0) return fail(one, error);
    if (std::exchange(trouble, false)) tell(fact::recording_trouble{one.from->recording, 0});
    return true;
  }
  bool fail(open_one& one, int error) {
    one.from->dead.store(true, std::memory_order_relaxed);
    trouble = true;
    tell(fact::recording_trouble{one.from->recording, error});
    return false;
  }
  void tell(any_fact what) {
    const std::lock_guard lock(mutex);
    if (to != nullptr) to->on_fact(std::move(what));
  }

  std::mutex mutex;
  std::condition_variable changed;
  sink* to;  ///< null: nobody listens any more
  bool stopping = false, ended = false;
  std::vector<std::shared_ptr<tape>> fresh;

  // The thread's own.
  const std::string folder;
  const open_recording open;
  std::vector<open_one> running;
  std::vector<std::uint8_t> bytes;
  bool trouble = true;  ///< the process before may have ended in it: that it is over is told once
};

recorder::recorder(sink& to, std::string folder, open_recording how)
    : inside_(std::make_shared<inside>(to, std::move(folder), std::move(how))) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread([parts = inside_] { parts->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread.native_handle(), "recorder");
  thread.detach();
}

recorder::~recorder() {
  std::unique_lock lock(inside_->mutex);
  inside_->stopping = true;
  inside_->changed.notify_all();
  inside_->changed.wait_for(lock, end_within, [&] { return inside_->ended; });
  inside_->to = nullptr;
}

std::shared_ptr<tape> recorder::begin(std::uint64_t recording, std::string file) {
  auto made = std::make_shared<tape>(recording, std::move(file));
  const std::lock_guard lock(inside_->mutex);
  inside_->fresh.push_back(made);
  return made;
}

}  // namespace cordboard::media
