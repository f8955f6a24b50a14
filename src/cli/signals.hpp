// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <csignal>
#include <cstdint>
#include <functional>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <thread>
#include <unistd.h>

namespace cordboard::cli {

/// Calls back, on a thread of its own, at each SIGINT and SIGTERM, and at another one if asked to. Made before any other thread, which then leave these alone.
class signals {
public:
  explicit signals(std::function<void(int)> came, int also = 0) : came_(std::move(came)) {
    sigset_t which;
    sigemptyset(&which);
    sigaddset(&which, SIGINT);
    sigaddset(&which, SIGTERM);
    if (also != 0) sigaddset(&which, also);
    pthread_sigmask(SIG_BLOCK, &which, nullptr);
    from_ = signalfd(-1, &which, SFD_CLOEXEC);
    over_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { watch(); });
  }
  ~signals() {
    const std::uint64_t one = 1;
    static_cast<void>(!write(over_, &one, sizeof one));
    thread_.join();
    close(from_);
    close(over_);
  }
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

private:
  void watch() {
    for (;;) {
      pollfd ready[2] = {{from_, POLLIN, 0}, {over_, POLLIN, 0}};
      if (poll(ready, 2, -1) < 0) continue;
      if ((ready[1].revents & POLLIN) != 0) return;
      signalfd_siginfo what{};
      if (read(from_, &what, sizeof what) == static_cast<ssize_t>(sizeof what)) came_(static_cast<int>(what.ssi_signo));
    }
  }
  std::function<void(int)> came_;
  int from_ = -1;
  int over_ = -1;
  std::thread thread_;
};

}  // namespace cordboard::cli
