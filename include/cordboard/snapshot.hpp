// SPDX-License-Identifier: Apache-2.0
// The house at one sequence of its log, for programs that then follow the events behind it.
#pragma once
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace cordboard {

struct snapshot_call {
  call_id id;
  connection_state state{};  ///< of its connections' states the first of: hold, alerting, queued, initiated, connected, failed
  std::uint32_t revision = 0;        ///< what a command may expect
  std::int64_t since_ns = 0;         ///< when the call began
  party_id caller;                   ///< the party that is served
  cordboard::custodian custodian{};  ///< who is responsible for that party
  std::uint32_t keeper = 0;          ///< the operator, queue or device that `custodian` means; 0: none
  operator_id operator_;             ///< who has, or last had, the caller
  queue_id queue;                    ///< the queue that it came by
  call_id parent;                    ///< the call that this one consults for
  call_id consultation;              ///< the call that consults for this one
  transfer_state transfer{};
  friend bool operator==(const snapshot_call&, const snapshot_call&) = default;
};

/// A call at a device (CSTA connection).
struct snapshot_connection {
  call_id call;
  leg_id leg;
  party_id party;
  device_id device;
  operator_id operator_;
  connection_state state{};
  friend bool operator==(const snapshot_connection&, const snapshot_connection&) = default;
};

struct snapshot_party {
  party_id id;
  party_role role{};
  cordboard::custodian custodian{};
  std::uint32_t keeper = 0;  ///< the operator, queue or device that `custodian` means; 0: none
  call_id call;
  leg_id leg;
  std::uint64_t identity = 0;  ///< sequence of the event that says who it is; 0: nobody has said
  std::string number, name;    ///< empty also when the log's text may not be read, is kept no more, or is erased
  friend bool operator==(const snapshot_party&, const snapshot_party&) = default;
};

struct snapshot_operator {
  operator_id id;
  operator_state state{};
  device_id device;           ///< the phone
  std::int64_t since_ns = 0;  ///< when the state began
  std::string name;
  std::vector<call_id> calls;  ///< that the operator has, or is offered
  friend bool operator==(const snapshot_operator&, const snapshot_operator&) = default;
};

struct snapshot_queue {
  queue_id id;
  std::string number, name;
  std::vector<call_id> waiting;  ///< in order; without those that are offered to an operator at present
  friend bool operator==(const snapshot_queue&, const snapshot_queue&) = default;
};

struct snapshot_device {
  device_id id;
  device_kind kind{};
  bool department = false;
  bool registered = false;  ///< in service: a phone that registered, a trunk that answers
  std::string number, name;
  friend bool operator==(const snapshot_device&, const snapshot_device&) = default;
};

/// Each list is in the order of its ids; connections are in the order of their calls.
struct snapshot {
  std::uint64_t sequence = 0;  ///< every event up to here is in it, none behind
  std::int64_t time_ns = 0;    ///< of that event
  std::vector<snapshot_call> calls;
  std::vector<snapshot_connection> connections;
  std::vector<snapshot_party> parties;
  std::vector<snapshot_operator> operators;
  std::vector<snapshot_queue> queues;
  std::vector<snapshot_device> devices;
  friend bool operator==(const snapshot&, const snapshot&) = default;
};

/// Takes a snapshot of a board, running or not, at no cost to it: the newest checkpoint that this process may read, and the
/// events since. `log_reader::after(snapshot::sequence)` then hands out what follows: nothing is missing, nothing comes twice.
///
///   auto now = take_snapshot("/run/cordboard");
///   reader.after(now->sequence);
///
/// So a reader that was away goes on with `after(bookmark)`, or is told log_gone and starts anew from a snapshot.
///
/// @param path  as for `log_reader::open`
/// @param at    the sequence whose state is wanted; 0: the newest
/// @param why   set on failure: our sentence
/// @errors      log_gone: the log no longer begins at its beginning, and no checkpoint fits; access_refused: the same, and its
///              checkpoints are for the board's own user alone; std::errc::invalid_argument: `at` was not issued yet;
///              those of `log_reader`
/// @threads     any
result<snapshot> take_snapshot(const std::string& path, std::uint64_t at = 0, diagnostics* why = nullptr);

}  // namespace cordboard
