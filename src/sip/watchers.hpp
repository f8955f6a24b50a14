// SPDX-License-Identifier: Apache-2.0
// Phones that watch other phones, as their lamps do: the dialog event package (RFC 4235) by SUBSCRIBE and NOTIFY (RFC 6665). The
// configuration says who may watch whom; by default nobody. A subscription is no call: it dies with the process, whose phones ask again
// when they refresh it.
//
//   SUBSCRIBE ── not allowed ──► 403, and the log has it
//       └──► 200, NOTIFY ──► a change ──► NOTIFY, one under way at a time ──► time is up, no answer, 0 asked for ──► gone
#pragma once
#include <sip/devices.hpp>
#include <sip/question.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cordboard::sip {

struct stack_core;
class subscription;

class watchers {
public:
  explicit watchers(stack_core& of);
  ~watchers();
  watchers(const watchers&) = delete;
  watchers& operator=(const watchers&) = delete;

  /// A SUBSCRIBE outside all dialogs of a phone that has proved who it is.
  void take(question& asked, const device& watcher);
  /// Whether somebody watches this phone.
  bool has(device_id watched) const { return by_watched_.contains(watched); }
  /// What it does has changed.
  void changed(device_id watched);
  /// Another configuration: who may not watch any more is told so.
  void keep_allowed();

  static constexpr std::chrono::seconds expires_max{3600}, expires_min{30};
  static constexpr std::size_t all_max = 20'000, each_max = 500;

private:
  friend class subscription;
  bool may_watch(const device& watcher, const device& watched) const;
  void refuse(question& asked, const device& watcher, int status, const std::string& number);
  /// It is over: it goes once the library's frames are gone.
  void bury(subscription& over);

  stack_core& of_;
  std::multimap<device_id, std::unique_ptr<subscription>> by_watched_;
  std::map<device_id, std::size_t> of_phone_;  ///< how many a phone has
  std::vector<std::unique_ptr<subscription>> buried_;
  struct refusals {
    std::chrono::steady_clock::time_point told{};
    std::int64_t since = 0;
  };
  std::map<device_id, refusals> refused_;
};

}  // namespace cordboard::sip
