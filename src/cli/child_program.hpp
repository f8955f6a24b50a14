// SPDX-License-Identifier: Apache-2.0
// What stands beside a switchboard as a process of its own, the store, the gateway, the outbox: what becomes of it touches no call.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace cordboard::cli {

/// Starts this very program with other words, such as `store run`, and starts it again when it has ended, later each time. It ends with
/// this, and with this process however that ends.
///
/// @threads  made and destroyed by one; `tell` is called on another
class child_program {
public:
  /// @param called  "the store"
  /// @param words   of its command line, with --with-parent
  child_program(std::string called, std::vector<std::string> words, std::function<void(const std::string&)> tell);
  ~child_program();
  child_program(const child_program&) = delete;
  child_program& operator=(const child_program&) = delete;

private:
  void watch();
  pid_t start() const;

  const std::string called_;
  const std::vector<std::string> words_;
  const std::function<void(const std::string&)> tell_;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  pid_t child_ = 0;  ///< 0: none that was not waited for
  bool stopping_ = false, over_ = false;
  std::thread thread_;
};

}  // namespace cordboard::cli
