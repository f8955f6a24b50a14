// SPDX-License-Identifier: Apache-2.0
// What a restart needs of the phones' registrations. It stands in a file beside the log and not in it: a registration
// lasts for weeks, and would keep dialog texts of all that time. Each change is put behind the ones before, at once; the file is
// written anew when most of it is of the past.
#pragma once
#include <cordboard/ids.hpp>
#include <cstdint>
#include <log/files.hpp>
#include <map>
#include <runtime/switchboard.hpp>
#include <sip/loop.hpp>
#include <string>
#include <string_view>

namespace cordboard::runtime {

/// @threads  the loop's only
class registrations {
public:
  /// Reads what a run before this one left in the log's folder, as far as it is whole. Without it phones register again by themselves.
  registrations(sip::loop& on, std::string folder, trace_line trace);
  registrations(const registrations&) = delete;
  registrations& operator=(const registrations&) = delete;

  const std::map<device_id, std::string>& all() const { return texts_; }
  /// Empty: it is gone. Written when this returns, unless there is no room: then it is tried again until there is.
  void set(device_id device, std::string text);

private:
  bool append(std::string_view entry);
  void rewrite();

  std::string folder_;
  trace_line trace_;
  std::map<device_id, std::string> texts_;
  log::unique_fd file_;  ///< none: it has to be written anew
  std::uint64_t bytes_ = 0;
  std::uint64_t bytes_max_ = 0;  ///< above that it is written anew
  sip::timer again_;
};

}  // namespace cordboard::runtime
