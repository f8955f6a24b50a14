// SPDX-License-Identifier: Apache-2.0
// What a record counts for: whole numbers that may be added up in any order.
#pragma once
#include <array>
#include <figures/record.hpp>
#include <span>
#include <string_view>

namespace cordboard::figures {

/// Base intervals: so many nanoseconds from 1970 on, half open. Every zone's hours and days are made of them, be they 23, 24 or 25.
inline constexpr std::int64_t bin_ns = 900'000'000'000;
constexpr std::int32_t bin_of(std::int64_t time_ns) {
  return static_cast<std::int32_t>(time_ns / bin_ns - (time_ns % bin_ns < 0 ? 1 : 0));
}

/// Histogram of waits: bucket n holds waits of more than n-1 and at most n seconds, up to here; the last one what is longer.
inline constexpr std::uint32_t seconds_max = 600;
/// The same for rings.
inline constexpr std::uint32_t rings_max = 60;
/// What became of wishes for an appointment: it was agreed on, or the request ended, or goes on, without one.
enum class booking_end : std::uint8_t { booked, open, closed, refused, cancelled };
std::uint32_t seconds_bucket(std::int64_t wait_ns);

/// One number that records of a kind have.
enum class measure : std::uint8_t {
  // call
  calls,
  calls_from_outside,
  calls_from_inside,
  calls_made,
  calls_open,
  calls_ended,
  ended_by_caller,
  ended_by_operator,
  ended_by_department,
  ended_by_command,
  ended_by_house,
  calls_served,  ///< an operator had it
  served_ended,  ///< and it is over
  calls_recorded,
  call_ns,
  // wait
  offered,
  answered,
  abandoned,
  overflowed,
  unstaffed,
  called_back,
  ended_in_queue,
  waiting,
  wait_unknown,
  answered_wait_ns,
  abandoned_wait_ns,
  wait_ns,
  waits_ended,
  place_kept,
  came_again,  ///< came back from an operator, or from a transfer
  // handling
  handled,
  in_hand,
  talk_ns,
  hold_ns,
  consult_ns,
  // wrap
  wraps,
  wrap_ns,
  // offer
  offers,
  offers_open,
  offers_answered,
  offers_unanswered,
  offers_withdrawn,
  ring_ns,
  // transfer
  transfers,
  transfers_open,
  transfers_connected,
  transfers_refused,
  transfers_busy,
  transfers_no_answer,
  transfers_unreachable,
  transfers_cancelled,
  transfers_caller_left,
  transfers_conferenced,
  transfers_returned,
  transfers_recalled,
  transfers_escalated,
  transfers_dropped,
  transfers_line_lost,
  transfers_single_step,
  // put_through
  put_through,
  put_through_ns,
  // turned_away
  closed,
  full,
  no_operator,
  // rating
  ratings_asked,
  ratings_given,
  rating_sum,
  ratings_top_two,
  // recording, recording_gap, declined
  recordings,
  recordings_failed,
  recorded_ns,
  recording_gaps,
  recording_gap_ns,
  recordings_declined,
  // position
  log_ins,
  log_ins_for_shift,
  log_ins_on_time,
  absences,
  overruns,
  leaves_asked,
  leaves_granted,
  // operator_time
  logged_on_ns,
  ready_ns,
  busy_ns,
  working_ns,
  not_ready_ns,
  // device_time
  watched_ns,
  out_of_service_ns,
  // flow
  entered,
  left,
  waits_at_start,
  // log
  log_gaps,
  unclean_starts,
  unmatched,
  // wait_length, wait_rings: by bucket
  answered_in,
  abandoned_in,
  answered_rings,
  // request
  requests,
  requests_open,
  requests_closed,
  requests_refused,
  requests_cancelled,
  request_ns,
  requests_signed,
  sign_ns,
  requests_extended,
  requests_returned,
  requests_came_again,
  requests_escalated,
  requests_told,     ///< of the closed ones: the person was told the result
  requests_at_once,  ///< of the closed ones: the person did not have to be called, and did not call again
  // duty: three times the same
  first_contact_ahead,
  first_contact_in_time,
  first_contact_late,
  first_contact_missed,
  completion_ahead,
  completion_in_time,
  completion_late,
  completion_missed,
  promise_ahead,
  promise_in_time,
  promise_late,
  promise_missed,
  late_ns,
  // reach
  persons_called,
  persons_reached,
  reached_first,
  reached_second,
  reached_third,
  // attempt
  attempts,
  attempts_open,
  attempts_answered,
  attempts_busy,
  attempts_no_answer,
  attempts_rejected,
  attempts_unreachable,
  attempts_operator_missed,
  attempts_cancelled,
  attempts_interrupted,
  attempts_voicemail,
  // appointment
  appointments,
  appointments_ahead,
  appointments_over,
  appointments_cancelled,
  appointments_missed,
  appointments_confirmed,
  appointments_arrived,
  // entry
  entries,
  entries_owed,
  entries_at_call,
  entries_later,
  entries_missed,
  // not_opened
  not_opened,
  not_opened_full,
  // request_result, appointment_result, booking: by bucket
  requests_with,
  appointments_with,
  bookings_with,
  end_of_all
};
inline constexpr std::size_t measures_count = static_cast<std::size_t>(measure::end_of_all);

/// The kind of record that has it.
record_kind kind_of(measure what);
/// Its place among the measures of its kind.
std::size_t place_of(measure what);
/// How many measures a kind has; at most `measures_max`.
std::size_t measures_of(record_kind kind);
inline constexpr std::size_t measures_max = 16;
/// "answered_wait_ns".
std::string_view name_of(measure what);

/// What one record adds to one cell: by its kind, and where the kind is one of buckets, which bucket.
struct amount {
  record_kind kind;
  std::uint32_t bucket;
  std::array<std::int64_t, measures_max> sums;
};
/// At most three: the record's own, and two histograms.
struct amounts {
  std::array<amount, 3> of;  ///< not set before they are used: this is asked for every record
  std::size_t count = 0;
};
void measure_record(const record& one, amounts& out);

}  // namespace cordboard::figures
