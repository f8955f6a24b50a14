// SPDX-License-Identifier: Apache-2.0
// What happened on the wire, as SIP and media tell it. Facts carry no pointers: they cross threads and are replayed.
#pragma once
#include <cordboard/event.hpp>
#include <cordboard/ids.hpp>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cordboard::fact {

/// A new INVITE from a known device. The ids are fresh. Nothing has been answered but 100.
struct incoming {
  leg_id leg;
  call_id call;
  party_id party;
  device_id device;         ///< the authenticated phone, or the trunk by its address
  std::string called;       ///< user part of the request URI, UTF-8
  std::string number;       ///< caller's number, UTF-8, may be empty
  std::string name;         ///< caller's display name, UTF-8, may be empty
  std::string saved{};      ///< the text of a `dialog_saved`, in one batch with what follows from this fact; empty: none
  leg_id replaces{};        ///< the line of ours whose place it is to take (RFC 3891): ringing, or up; 0: none
  bool passable = false;    ///< its description can go to another end as it is
  std::uint64_t token = 0;  ///< keyed hash of the caller's number; 0: no number
};
/// A provisional answer (> 100) to our INVITE.
struct ringing {
  leg_id leg;
  std::uint16_t status = 180;
};
/// Our INVITE was answered with 2xx. The ACK is sent once this was taken.
struct answered {
  leg_id leg;
  std::string saved{};  ///< as in `incoming`
  bool direct = false;  ///< with `act::ring::passes`: the voices pass the house by; else they are anchored all the same
};
/// Our 2xx was acknowledged.
struct acknowledged {
  leg_id leg;
};
/// Our INVITE failed: final status 300..699; 408 when nothing came, 503 when it could not be sent.
struct refused {
  leg_id leg;
  std::uint16_t status = 0;
  cordboard::cause why{};  ///< what the peer gave as Reason (RFC 3326); none: no reason
};
/// The peer ended the leg: BYE (status 0), CANCEL (487), or no ACK came (408).
struct ended {
  leg_id leg;
  std::uint16_t status = 0;
  cordboard::cause why{};  ///< what the peer gave as Reason (RFC 3326); none: no reason
};
/// What we released is over: no fact of this leg follows. Comes exactly once after `act::release` or `act::refuse`,
/// and after `refused` and `ended` no release is needed: they are final themselves.
struct released {
  leg_id leg;
  std::uint16_t status = 0;
};
/// The phone held us, or took us back, by a re-INVITE.
struct held_by_phone {
  leg_id leg;
  bool held = false;
};
/// The phone asks that the party it talks to goes on without it (REFER): to a number, or to whoever its other line `replaced` has.
struct refer_asked {
  leg_id leg;
  std::string number;
  leg_id replaced;
  std::string referred_by{};  ///< who refers, as the phone says it (RFC 3892): a URI; may be empty
};
/// An address failed too often to prove who it is; for so long nothing from it is looked at.
struct source_banned {
  std::string address;
  std::int64_t for_ns = 0;
};
/// Calls were refused since they came too fast; `address` is empty when it was all together. At most one a second.
struct calls_limited {
  std::string address;
  std::int64_t count = 1;
};
/// A phone's registration began or (contact empty) ended. `until_ns`: when it ends, event time. Told on changes only.
struct registered {
  device_id device;
  std::int64_t until_ns = 0;
  bool in_service = false;
  cordboard::cause why{};
  bool partly = false;  ///< of a trunk: in service, and not all of its targets are there
};
/// Something of the machine that is no device, as its disk, works or does not.
struct equipment {
  std::string name;
  equipment_state state{};
  cordboard::cause why{};
  std::string seen{};  ///< for people
};
/// An extension of another exchange, watched over a trunk (RFC 4235).
struct presence {
  device_id device;
  std::string number;
  presence_state state{};
};
/// A phone was refused to see what another one does.
struct watch_refused {
  device_id device;
  std::string number;
  std::uint16_t status = 403;
  std::int64_t count = 1;
};
/// What a restart needs of this leg; opaque to everyone but SIP and media.
struct dialog_saved {
  leg_id leg;
  std::string text;
};
/// `act::hear` of all legs of this call has been carried out: the voices are joined as the board said.
struct voices_joined {
  call_id call;
  bool ok = true;
};
/// `act::move_voices` is over: how the voices pass now. Where an end refused, all is as it was before.
struct voices_moved {
  call_id call;
  bool direct = false;
  leg_id leg{};              ///< who refused; 0: nobody did
  std::uint16_t status = 0;  ///< with what, 300..699; 0: nobody refused
};
/// `act::send_digits` is over: all keys went out, or the far end takes none.
struct digits_sent {
  leg_id leg;
  bool ok = true;
};
/// An announcement is over. `ok`: all of it was sent to the party.
struct announced {
  leg_id leg;
  std::uint64_t number = 0;  ///< of the source
  bool ok = true;
};
/// A key was pressed while keys are asked for (RFC 4733, or tones).
struct key_pressed {
  leg_id leg;
  std::uint64_t number = 0;  ///< of the source
  char key = 0;              ///< 0 to 9, *, #, A to D
  std::uint32_t at =
      0;  ///< when it began, on the far end's clock: the same again is the same key, told by another process; 0: a tone
};
/// Nothing is said any more in a recording that waits for that (`act::record::silence_ns`). Told once.
struct silence {
  leg_id leg;
  std::uint64_t recording = 0;
  bool spoken = false;  ///< something was said before
};
/// A recording cannot be written: it is over. `error` 0: another one can again, after such trouble.
struct recording_trouble {
  std::uint64_t recording = 0;
  std::int32_t error = 0;  ///< of the system
};
/// The disk was too slow: so much of a recording is silence.
struct recording_gap {
  std::uint64_t recording = 0;
  std::int64_t for_ns = 0;
};
/// No voice packet came for the configured time.
struct media_lost {
  leg_id leg;
};
/// Packets came to the leg's port that are not its far end's. Limited to one for each fault in ten seconds.
struct packets_refused {
  leg_id leg;
  packet_fault why{};
  std::uint64_t count = 0;  ///< since this was last told
  std::uint64_t all = 0;
};
/// How one of a leg's voices was: all of it, as its media is over, or the last seconds, in which it has become bad.
struct voice_quality {
  leg_id leg;
  voice_direction which{};
  bool over = false;
  std::uint16_t mos_100 = 0;       ///< mean opinion score times 100; 0: not known
  std::uint32_t lost_ppm = 0;      ///< packets lost, or too late to be played, of a million
  std::int64_t jitter_ns = 0;      ///< RFC 3550
  std::int64_t round_trip_ns = 0;  ///< 0: not known
};
/// A leg's voices go one way only. Told once, until `voice_recovered`.
struct voice_one_way {
  leg_id leg;
  voice_direction which{};  ///< of what does not come
  std::int64_t for_ns = 0;
};
/// What was bad, or did not come, is well again.
struct voice_recovered {
  leg_id leg;
  voice_direction which{};
  std::int64_t for_ns = 0;  ///< so long it was not
};
/// How loud a far end speaks, when that has changed.
struct voice_level {
  leg_id leg;
  std::uint8_t below = 127;  ///< full scale, dB (RFC 6464): 127 is silence
};
/// A leg's media is over; what passed. Comes at most once a leg, before or after `released`.
struct media_ended {
  leg_id leg;
  std::uint64_t received = 0, sent = 0;
  std::uint16_t lost = 0;
};
/// The wall clock was moved.
struct clock_stepped {
  std::int64_t step_ns = 0;
};
/// A user without the right asked; already limited to one per user and second.
struct access_refused {
  actor_id actor;
  std::uint16_t why = 0;
  std::int64_t count = 1;
};
/// The process came back: legs whose signalling could not be rebuilt are named by `lost` facts that follow.
struct restarted {
  bool unclean = false;
  std::uint64_t replayed = 0;
};
/// A leg that the log knows could not be rebuilt after a restart.
struct leg_lost {
  leg_id leg;
};
/// The board stops in order.
struct stopping {};
/// One closed segment of the archive.
struct log_part {
  std::uint64_t first = 0;    ///< its first sequence
  std::uint64_t end = 0;      ///< behind its last one
  std::uint64_t next = 0;     ///< the first sequence of the segment that follows
  std::int64_t first_ns = 0;  ///< times of its first and last event
  std::int64_t last_ns = 0;
};
/// The oldest parts of the log are older, or more, than the configuration keeps. Oldest first.
struct log_due {
  std::vector<log_part> parts;
  log_removal why{};
};

/// The hours of a queue or a department, or an operator's shift: open or closed, and until when. Told at the start and at every
/// change.
struct hours_changed {
  std::string number;  ///< with `shift` the operator's name
  bool open = true;
  std::int64_t until = 0;  ///< ns; 0: not within a year
  bool shift = false;
};

/// What the calendar says to a kind of request. Told at the start and at every change.
struct request_calendar {
  std::string kind;  ///< its name
  std::uint16_t year = 0;
  bool calls_now = true;           ///< people may be called
  std::int64_t calls_at = 0;       ///< when they may be next, ns; 0: now, or not within a year
  std::int64_t completion = 0;     ///< when one that is opened now is to be closed; 0: its limit is a length of time
  std::int64_t first_contact = 0;  ///< the same of the first contact
};

}  // namespace cordboard::fact

namespace cordboard {
using any_fact = std::variant<fact::incoming, fact::ringing, fact::answered, fact::acknowledged, fact::refused, fact::ended,
                              fact::released, fact::held_by_phone, fact::registered, fact::dialog_saved, fact::voices_joined,
                              fact::media_lost, fact::media_ended, fact::clock_stepped, fact::access_refused, fact::restarted,
                              fact::leg_lost, fact::stopping, fact::log_due, fact::refer_asked, fact::source_banned,
                              fact::calls_limited, fact::digits_sent, fact::hours_changed, fact::announced, fact::key_pressed,
                              fact::silence, fact::recording_trouble, fact::recording_gap, fact::voices_moved,
                              fact::packets_refused, fact::request_calendar, fact::voice_quality, fact::voice_one_way,
                              fact::voice_recovered, fact::voice_level, fact::equipment, fact::presence, fact::watch_refused>;
}  // namespace cordboard
