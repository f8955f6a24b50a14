// SPDX-License-Identifier: Apache-2.0
// A filter in the form in which every slot is held against it.
#pragma once
#include <bitset>
#include <cordboard/log_reader.hpp>
#include <memory>

namespace cordboard::log {

class matcher {
public:
  matcher() = default;
  explicit matcher(const event_filter& what);

  /// Whether everything matches.
  bool open() const { return open_; }
  bool operator()(const event& e) const {
    if (e.kind == event_kind::gap) return true;
    if (kinds_ && !kinds_->test(static_cast<std::uint16_t>(e.kind))) return false;
    return (!call_ || e.call == call_) && (!party_ || e.party == party_) && (!device_ || e.device == device_) &&
           (!operator_ || e.operator_ == operator_) && (!queue_ || e.queue == queue_) && (!command_ || e.command == command_);
  }

private:
  bool open_ = true;
  std::unique_ptr<std::bitset<65536>> kinds_;  // null: every kind
  call_id call_;
  party_id party_;
  device_id device_;
  operator_id operator_;
  queue_id queue_;
  command_id command_;
};

}  // namespace cordboard::log
