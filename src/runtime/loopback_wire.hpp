// SPDX-License-Identifier: Apache-2.0
// A wire without SIP and media: the program plays all phones itself, so that a house can be tried out and tested.
#pragma once
#include <cordboard/loopback.hpp>
#include <map>
#include <runtime/switchboard.hpp>
#include <runtime/wire.hpp>
#include <string>

namespace cordboard::runtime {

/// @threads   the loop's only
/// @lifetime  loop and board must outlive it
class loopback_wire final : public wire {
public:
  loopback_wire(sip::loop& on, switchboard& board) : loop_(on), board_(board) {}

  void carry_out(const any_action& what) override;
  bool restore(leg_id leg, const leg_state& known, std::string_view saved) override;
  void restored(const board_state& state) override;

  void behave(const std::string& number, loopback_phone how) { phones_[number] = how; }
  void call_in(const loopback_call& call);
  /// The phone that rings at this number is answered. False: none rings there.
  bool answer(const std::string& number);
  /// Whoever is on the line at this number hangs up; for callers, the number that they call from.
  bool hang_up(const std::string& number);

private:
  struct line {
    std::string number;
    bool outgoing = false;
    bool up = false;
  };
  void ring(const act::ring& what);
  void tell_later(any_fact fact);

  sip::loop& loop_;
  switchboard& board_;
  std::map<std::string, loopback_phone> phones_;
  std::map<leg_id, line> lines_;
};

}  // namespace cordboard::runtime
