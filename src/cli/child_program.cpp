// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cli/child_program.hpp>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace cordboard::cli {
namespace {

constexpr std::chrono::seconds first_pause(1), longest_pause(60), long_enough(60), patience(5);

}  // namespace

child_program::child_program(std::string called, std::vector<std::string> words, std::function<void(const std::string&)> tell)
    : called_(std::move(called)), words_(std::move(words)), tell_(std::move(tell)), thread_([this] { watch(); }) {}

child_program::~child_program() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (child_ != 0) ::kill(child_, SIGTERM);
    if (!changed_.wait_for(lock, patience, [&] { return over_; }) && child_ != 0) ::kill(child_, SIGKILL);
  }
  thread_.join();
}

pid_t child_program::start() const {
  std::vector<std::string> words{"cordboard"};
  words.insert(words.end(), words_.begin(), words_.end());
  std::vector<char*> given;
  for (std::string& word : words) given.push_back(word.data());
  given.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&how);
  // Our output says when phones can register, and nothing else; what it has to tell goes with our own errors.
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  // A group of its own, so that Ctrl-C comes to it by us alone; signals as they are by default.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&how, &none);
  posix_spawnattr_setsigdefault(&how, &all);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int wrong = posix_spawn(&child, "/proc/self/exe", &files, &how, given.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&how);
  return wrong == 0 ? child : 0;
}

void child_program::watch() {
  auto pause = first_pause;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto begun = std::chrono::steady_clock::now();
    child_ = start();
    siginfo_t how{};
    if (child_ != 0) {
      const pid_t child = child_;
      lock.unlock();
      // Not taken off the table yet: its id is not another process's while somebody may send it a signal.
      while (::waitid(P_PID, static_cast<id_t>(child), &how, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
      }
      lock.lock();
      ::waitpid(child, nullptr, 0);
      child_ = 0;
    }
    if (stopping_) break;
    if (std::chrono::steady_clock::now() - begun > long_enough) pause = first_pause;
    tell_(fmt::format("{} has ended ({} {}); calls go on, and it is started again in {} s", called_,
                      how.si_code == CLD_EXITED ? "code" : "signal", how.si_status, pause.count()));
    changed_.wait_for(lock, pause, [&] { return stopping_; });
    pause = std::min(pause * 2, longest_pause);
  }
  over_ = true;
  changed_.notify_all();
}

}  // namespace cordboard::cli
