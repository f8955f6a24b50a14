// SPDX-License-Identifier: Apache-2.0
// What a restart needs of the phones' registrations. It stands in a file beside the log and not in it: a registration
// lasts for weeks, and would keep dialog texts of all that time.
#pragma once
#include <cordboard/ids.hpp>
#include <map>
#include <runtime/switchboard.hpp>
#include <sip/loop.hpp>
#include <string>
#include <string_view>

namespace cordboard::runtime {

/// @threads  the loop's only
class registrations {
public:
  /// Reads what a run before this one left in the log's folder. A file that is damaged counts for nothing: phones register again by themselves.
  registrations(sip::loop& on, std::string folder, trace_line trace);
  /// Writes what is not yet written.
  ~registrations();
  registrations(const registrations&) = delete;
  registrations& operator=(const registrations&) = delete;

  const std::map<device_id, std::string>& all() const { return texts_; }
  /// Empty: it is gone. Written a moment later, so that a house full of phones that come back costs one file and not a
  /// thousand.
  void set(device_id device, std::string text);

private:
  void write();

  std::string folder_;
  trace_line trace_;
  std::map<device_id, std::string> texts_;
  sip::timer later_;
  bool dirty_ = false;
};

}  // namespace cordboard::runtime
