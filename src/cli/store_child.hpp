// SPDX-License-Identifier: Apache-2.0
// The store beside a switchboard, as a process of its own: what becomes of it touches no call.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <sys/types.h>
#include <thread>

namespace cordboard::cli {

/// Starts `cordboard store run` and starts it again when it has ended, later each time. It ends with this, and with this process however
/// that ends.
///
/// @threads  made and destroyed by one; `tell` is called on another
class store_child {
public:
  store_child(std::string config_file, std::function<void(const std::string&)> tell);
  ~store_child();
  store_child(const store_child&) = delete;
  store_child& operator=(const store_child&) = delete;

private:
  void watch();
  pid_t start() const;

  const std::string file_;
  const std::function<void(const std::string&)> tell_;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  pid_t child_ = 0;  ///< 0: none that was not waited for
  bool stopping_ = false, over_ = false;
  std::thread thread_;
};

}  // namespace cordboard::cli
