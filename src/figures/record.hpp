// SPDX-License-Identifier: Apache-2.0
// What is counted: one record for each thing that happens to a caller once, however many events it takes.
#pragma once
#include <cordboard/event.hpp>
#include <cstdint>

namespace cordboard::figures {

/// A record's kind; each has measures of its own (measure.hpp). Numbers stand in saved bytes.
enum class record_kind : std::uint8_t {
  call = 1,       ///< from its beginning to its end
  wait,           ///< of a caller in a queue
  handling,       ///< an operator is responsible for a caller: talk and hold
  wrap,           ///< an operator finishes the last call's entry
  offer,          ///< an operator is asked to take a caller
  transfer,       ///< an attempt to put a caller through
  put_through,    ///< a called party has a caller
  turned_away,    ///< a caller who was not let into the queue that was dialled
  rating,         ///< a caller is asked to rate the operator
  recording,      ///< of a caller
  recording_gap,  ///< what a recording lacks
  declined,       ///< a caller does not want to be recorded
  position,       ///< what an operator does at the position: log-ins, breaks, wishes to leave
  operator_time,  ///< a piece of an operator's time, within one interval
  device_time,    ///< a piece of a device's time, within one interval
  flow,           ///< callers who enter and leave a queue, at the time they do; who waits when an interval begins
  log,            ///< what the log itself lacks
  // The same waits again, by length and by rings: buckets of mergeable histograms.
  wait_length,
  wait_rings,
  request,      ///< from its opening to its end
  duty,         ///< a time by which something of a request is to be done; counted in the interval in which that time lies
  reach,        ///< a person who is called for a request, however often
  attempt,      ///< a call to the person of a request
  appointment,  ///< of a request; counted in the interval in which it lies
  entry,        ///< what a call was about, written down or owed
  not_opened,   ///< what a caller left that could not become a request
  // The same again, by what it was closed with; requests also by what became of the wish for an appointment.
  request_result,
  appointment_result,
  booking,
};

/// Whether records of a kind belong to calls, which may be somebody's or practised.
constexpr bool has_mark(record_kind kind) {
  return kind < record_kind::position || kind == record_kind::wait_length || kind == record_kind::wait_rings;
}
/// Whether it is a histogram: its buckets stand in the place of a device.
constexpr bool is_histogram(record_kind kind) {
  return kind == record_kind::wait_length || kind == record_kind::wait_rings || kind >= record_kind::request_result;
}
/// Whether it is of requests: its kind stands in the place of a queue.
constexpr bool is_of_requests(record_kind kind) { return kind >= record_kind::request && kind != record_kind::entry; }

/// What kind of call it is that a record belongs to: what is counted apart from people's calls.
enum class call_mark : std::uint8_t {
  none,          ///< somebody's call
  drill,         ///< practice: never among the figures of people's calls
  consultation,  ///< an operator asks somebody about a caller: a part of the caller's call, and of no figure by itself
};

enum class wait_result : std::uint8_t { waits, answered, abandoned, overflowed, unstaffed, called_back, ended, unknown };
enum class offer_result : std::uint8_t { open, answered, unanswered, withdrawn };
enum class transfer_outcome : std::uint8_t {
  open,
  connected,
  refused,
  busy,
  no_answer,
  unreachable,
  cancelled,
  caller_left,
  conferenced,
};
/// Where the caller was after a transfer that came to nothing.
enum class came_back : std::uint8_t { no, returned, recalled, escalated };
/// Who let go first.
enum class ended_by : std::uint8_t { nobody, caller, operator_, department, command, house };
enum class position_act : std::uint8_t {
  log_in,
  log_in_for_shift,
  log_in_on_time,
  absence,
  overrun,
  leave_asked,
  leave_granted
};
enum class call_way : std::uint8_t { from_outside, from_inside, made };
enum class flow_act : std::uint8_t { entered, left, waits_at_start };
enum class log_act : std::uint8_t { gap, unclean_start, unmatched };
enum class request_end : std::uint8_t { open, closed, refused, cancelled };
/// Which time of a request it is, and whether it was kept. Nothing is late before its time has come.
enum class duty_of : std::uint8_t { first_contact, completion, promise };
enum class duty_result : std::uint8_t { ahead, in_time, late, missed, released };
enum class appointment_end : std::uint8_t { ahead, over, cancelled, missed };
enum class entry_result : std::uint8_t { owed, at_call, later, missed };
/// What is known of a request, a bit each.
enum : std::uint16_t {
  trait_signed = 1,       ///< its owner has taken it in hand
  trait_extended = 2,     ///< its completion was put off
  trait_returned = 4,     ///< somebody owned it again who had given it away
  trait_came_again = 8,   ///< the person called again about it
  trait_escalated = 16,   ///< it went up the chain, being late
  trait_booked = 32,      ///< it got an appointment
  trait_told = 64,        ///< the person was told the result
  trait_contacted = 128,  ///< the person was reached by a call for it
};

/// One record. It is counted in the interval in which `at` lies, for good: what becomes of it later changes that interval.
struct record {
  record_kind kind{};
  call_mark mark = call_mark::none;
  std::uint8_t result = 0;  ///< wait_result, offer_result, transfer_outcome, ended_by, position_act, operator_state, ...
  std::uint8_t second = 0;  ///< call: call_way; transfer: came_back; wait: rings; duty: duty_of; attempt, reach: which one
  cordboard::cause cause{};
  bool flag = false;        ///< call: an operator had it; transfer: the caller was dropped; wait: at a place that was kept;
                            ///< appointment: the person has confirmed it
  bool other_flag = false;  ///< call: it was recorded; transfer: in a single step; wait: the caller came back from an operator;
                            ///< appointment: the person came
  std::uint32_t queue = 0;  ///< of requests: their kind
  std::uint32_t operator_ = 0, device = 0;
  std::uint16_t traits = 0;  ///< request: trait bits
  std::uint8_t number = 0;   ///< request, appointment: place of the result with which it was closed, among those of its kind
  std::uint8_t channel = 0;  ///< of requests: request_source, how it came in
  std::uint64_t call = 0;
  std::uint64_t sequence = 0;  ///< of the event with which it began: its place in the log
  std::int64_t at = 0;         ///< ns: when the caller was offered; decides the interval
  std::int64_t began = 0;      ///< ns
  std::int64_t length = 0;     ///< ns; 0 while it goes on; duty: by how much it was late
  std::int64_t hold = 0;       ///< handling: ns of it; request: until its owner took it in hand
  std::int64_t consult = 0;    ///< handling: ns of the hold
  std::int64_t value = 0;  ///< rating: the score; recording_gap: ns; flow: how many; transfer: 1 the caller's own line failed;
                           ///< of requests: which request
  friend bool operator==(const record&, const record&) = default;
};
static_assert(sizeof(record) == 88, "it is saved as it lies: nothing of it may be padding");

/// Hears of every record: that it is there, and when it changes, that the former one is not and the new one is; or both at once.
class record_sink {
public:
  virtual void add(const record& one) = 0;
  virtual void take_back(const record& one) = 0;
  virtual void change(const record& from, const record& to) {
    take_back(from);
    add(to);
  }

protected:
  ~record_sink() = default;
};

}  // namespace cordboard::figures
