// SPDX-License-Identifier: Apache-2.0
// The house at one sequence of its log, for programs that then follow the events behind it.
#pragma once
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace cordboard {

/// A call.
struct snapshot_call {
  call_id id;                ///< its id
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
  transfer_state transfer{};         ///< the step that its transfer is in
  friend bool operator==(const snapshot_call&, const snapshot_call&) = default;
};

/// A call at a device (CSTA connection).
struct snapshot_connection {
  call_id call;              ///< the call
  leg_id leg;                ///< its leg
  party_id party;            ///< who is there
  device_id device;          ///< the phone or trunk
  operator_id operator_;     ///< whose phone it is; none: nobody's
  connection_state state{};  ///< what the device does in the call
  friend bool operator==(const snapshot_connection&, const snapshot_connection&) = default;
};

/// A person in a call.
struct snapshot_party {
  party_id id;                       ///< its id
  party_role role{};                 ///< what the person is there
  cordboard::custodian custodian{};  ///< who is responsible
  std::uint32_t keeper = 0;          ///< the operator, queue or device that `custodian` means; 0: none
  call_id call;                      ///< the call it is in
  leg_id leg;                        ///< its leg there
  std::uint64_t identity = 0;        ///< sequence of the event that says who it is; 0: nobody has said
  std::string number;                ///< empty also when the log's text may not be read, is kept no more, or is erased
  std::string name;                  ///< the same
  friend bool operator==(const snapshot_party&, const snapshot_party&) = default;
};

/// An operator.
struct snapshot_operator {
  operator_id id;              ///< the id
  operator_state state{};      ///< what the operator does
  device_id device;            ///< the phone
  std::int64_t since_ns = 0;   ///< when the state began
  std::string name;            ///< UTF-8
  std::vector<call_id> calls;  ///< that the operator has, or is offered
  friend bool operator==(const snapshot_operator&, const snapshot_operator&) = default;
};

/// A queue.
struct snapshot_queue {
  queue_id id;                   ///< its id
  std::string number;            ///< what callers dial
  std::string name;              ///< what people are shown
  std::vector<call_id> waiting;  ///< in order; without those that are offered to an operator at present
  friend bool operator==(const snapshot_queue&, const snapshot_queue&) = default;
};

/// A caller's place in line.
struct snapshot_wait {
  call_id call;                  ///< the caller's call
  queue_id queue;                ///< where it waits
  std::uint32_t position = 0;    ///< from 1, among all who will be served before by the same operators
  std::int64_t expected_ns = 0;  ///< from `snapshot::time_ns` on; 0: not known, or an operator is free
  std::int64_t since_ns = 0;     ///< when the wait began
  friend bool operator==(const snapshot_wait&, const snapshot_wait&) = default;
};

/// A phone or a trunk.
struct snapshot_device {
  device_id id;             ///< its id
  device_kind kind{};       ///< which of the two
  bool department = false;  ///< stands for a department
  bool registered = false;  ///< in service: a phone that registered, a trunk that answers
  std::string number;       ///< extension, or the trunk's name
  std::string name;         ///< what people are shown
  friend bool operator==(const snapshot_device&, const snapshot_device&) = default;
};

/// An open request. Who it is about stands in the texts of its events alone, which a snapshot does not have.
struct snapshot_request {
  request_id id;                      ///< its id
  std::uint16_t kind = 0;             ///< number of its kind
  std::uint16_t year = 0;             ///< its number as people read it: the year
  std::uint32_t number = 0;           ///< and the number in that year
  std::string shown;                  ///< the whole of it, "A-2026-000123"
  std::string kind_name;              ///< what the configuration calls the kind
  std::string stage;                  ///< how far it is, by a word of its kind; empty: at none
  request_status status{};            ///< whether its owner has taken it
  consent may_call{};                 ///< whether the person may be called
  operator_id operator_;              ///< who owns it; none: `device` does
  device_id device;                   ///< a phone or department that owns it
  operator_id backup;                 ///< who is told first when it is overdue; none: `backup_device`, or nobody
  device_id backup_device;            ///< the same, a phone or department
  std::int64_t opened_ns = 0;         ///< when it was opened
  std::int64_t first_contact_ns = 0;  ///< the person is spoken to by then; 0: no limit, or it was met
  std::int64_t due_ns = 0;            ///< it is closed by then; 0: no limit
  std::int64_t promised_ns = 0;       ///< what the person was promised; 0: nothing
  std::int64_t call_at_ns = 0;        ///< when the person is to be called, or was; 0: not any more
  std::int64_t appointment_ns = 0;    ///< when the person comes; 0: no appointment
  call_id attempt;                    ///< the call that runs for it; none: nobody is being called
  std::uint32_t attempts = 0;         ///< calls until now that count
  std::uint16_t level = 0;            ///< how far up the chain it has gone; 0: its owner alone knows
  bool call_due = false;              ///< the time to call has come, and nobody has called yet
  bool overdue = false;               ///< one of its times has passed
  bool arrived = false;               ///< the person of the appointment is here
  friend bool operator==(const snapshot_request&, const snapshot_request&) = default;
};

/// Each list is in the order of its ids; connections are in the order of their calls.
struct snapshot {
  std::uint64_t sequence = 0;                    ///< every event up to here is in it, none behind
  std::int64_t time_ns = 0;                      ///< of that event
  std::vector<snapshot_call> calls;              ///< the calls
  std::vector<snapshot_connection> connections;  ///< calls at devices
  std::vector<snapshot_party> parties;           ///< the persons in them
  std::vector<snapshot_operator> operators;      ///< the operators
  std::vector<snapshot_queue> queues;            ///< the queues
  std::vector<snapshot_device> devices;          ///< phones and trunks
  std::vector<snapshot_wait> waits;              ///< who waits in the queues, in the order of the queues and in line
  std::vector<snapshot_request> requests;        ///< those that are open
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
