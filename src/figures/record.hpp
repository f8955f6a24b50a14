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
};

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

/// One record. It is counted in the interval in which `at` lies, for good: what becomes of it later changes that interval.
struct record {
  record_kind kind{};
  call_mark mark = call_mark::none;
  std::uint8_t result = 0;  ///< wait_result, offer_result, transfer_outcome, ended_by, position_act, operator_state, ...
  std::uint8_t second = 0;  ///< call: call_way; transfer: came_back; wait: rings
  cordboard::cause cause{};
  bool flag = false;        ///< call: an operator had it; transfer: the caller was dropped; wait: at a place that was kept
  bool other_flag = false;  ///< call: it was recorded; transfer: in a single step; wait: the caller came back from an operator
  std::uint32_t queue = 0, operator_ = 0, device = 0;
  std::uint64_t call = 0;
  std::uint64_t sequence = 0;  ///< of the event with which it began: its place in the log
  std::int64_t at = 0;         ///< ns: when the caller was offered; decides the interval
  std::int64_t began = 0;      ///< ns
  std::int64_t length = 0;     ///< ns; 0 while it goes on
  std::int64_t hold = 0;       ///< handling: ns of it
  std::int64_t consult = 0;    ///< handling: ns of the hold
  std::int64_t value = 0;  ///< rating: the score; recording_gap: ns; flow: how many; transfer: 1 the caller's own line failed
  friend bool operator==(const record&, const record&) = default;
};

/// Hears of every record: that it is there, and when it changes, that the former one is not and the new one is.
class record_sink {
public:
  virtual void add(const record& one) = 0;
  virtual void take_back(const record& one) = 0;

protected:
  ~record_sink() = default;
};

}  // namespace cordboard::figures
