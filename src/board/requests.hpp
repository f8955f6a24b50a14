// SPDX-License-Identifier: Apache-2.0
// Requests: how they are opened, what falls due, how their people are called.
//
//   open ──take──► taken ──► closed with a result          the owner stays until somebody else has taken it
//     └───────────────┴──► refused │ cancelled             every one has a time at which something of it is due
#pragma once
#include <base/fields.hpp>
#include <board/decision.hpp>
#include <board/request_rules.hpp>

namespace cordboard {

/// An operator, or else a phone or department.
struct keeper {
  operator_id operator_;
  device_id device;
  explicit operator bool() const { return operator_ || device; }
};
/// By an operator's name, or a number.
keeper keeper_by(const board_state& state, std::string_view who);
void put(event& e, const keeper& who);

struct request_opening {
  request_id id;
  std::uint16_t kind = 0;
  request_source source{};
  call_id call;
  party_id party;
  keeper owner;  ///< nobody: whom the kind names
  consent may_call{};
  std::int64_t call_at = 0;  ///< 0: at once when the kind calls back, else not
  bool spoken = false;       ///< somebody talks to the person: the first contact is made
  fields what;               ///< `no` is added
};
/// Nobody to own it: it cannot be opened.
bool has_owner(const decision& d, const request_opening& from);
/// @returns  sequence of the `request_opened`
std::uint64_t open_request(decision& d, request_opening from);

event about_request(event_kind kind, request_id id);
/// With who gave the command in hand.
event asked_of_request(const decision& d, event_kind kind, request_id id);
std::uint64_t set_request_time(decision& d, request_id id, request_time which, std::int64_t at, cause why);
/// One further up is told.
void escalate(decision& d, request_id id, cause why);

// bookings.cpp
/// Whether this person may have one more request of the kind.
errc may_open(const decision& d, std::uint16_t kind, std::uint64_t token);
/// What the kind, the person and the slot say to an appointment at this time.
errc may_book(const decision& d, const request_record& request, std::int64_t at, std::uint64_t slot);
/// The person did not come, or cancelled too late: it is counted, and too much is too much.
void count_absence(decision& d, request_id id, cause why);
/// The appointment is off, since nobody came to it, and somebody is to ask why.
void give_up_appointment(decision& d, request_id id);
/// The appointment is too near to be changed (A4).
bool is_too_late(const decision& d, const request_record& request);
/// Those that belong to a request that is closed: closed as it is, or on their own from here on.
void close_parts(decision& d, request_id whole, const event& closed, const std::string& text);

// booking_commands.cpp
errc booking_command(decision& d, const command& c, const std::function<void(call_id)>& accept);

// request_commands.cpp
/// `accept`: says that the command is accepted, for this call.
errc request_command(decision& d, const command& c, const std::function<void(call_id)>& accept);

// request_calls.cpp
errc call_request(decision& d, const command& c, const std::function<void(call_id)>& accept);
/// The call of an attempt is over.
void attempt_over(decision& d, request_id id, call_id call, cause why, layer where);

}  // namespace cordboard
