// SPDX-License-Identifier: Apache-2.0
// Today's figures for walls and for Prometheus, kept up by a thread and a reader of the log of their own: no screen waits for a sum.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cordboard/log_reader.hpp>
#include <figures/live.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace cordboard::gateway {

class figures_feed {
public:
  using text = std::shared_ptr<const std::string>;
  /// @param came  what a wall shows now, as JSON, at most four times a second and while `wanted`; on the feed's thread
  figures_feed(figures::live_figures::settings how, std::function<void(text)> came,
               std::function<void(const std::string&)> trace);
  ~figures_feed();
  figures_feed(const figures_feed&) = delete;
  figures_feed& operator=(const figures_feed&) = delete;

  /// Whether there is a wall that shows them. @threads any
  void wanted(bool by_somebody) { wanted_ = by_somebody; }
  /// As Prometheus takes it; null: there are none within `limit`. Blocks. @threads any
  text prometheus(std::chrono::nanoseconds limit);

private:
  void follow();
  bool begin();

  const figures::live_figures::settings how_;
  const std::function<void(text)> came_;
  const std::function<void(const std::string&)> trace_;
  std::atomic<bool> over_{false}, wanted_{false};
  std::unique_ptr<figures::live_figures> state_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable answered_;
  std::unique_ptr<log_reader> reader_;  ///< as others see it: they interrupt it
  std::uint64_t asked_ = 0, answers_ = 0;
  text answer_;
  std::string told_;  ///< the last trouble, so that it is told once
  std::thread thread_;
};

}  // namespace cordboard::gateway
