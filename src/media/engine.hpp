// SPDX-License-Identifier: Apache-2.0
// The front of the media part: a stream per leg, offers and answers, who hears whom, and what a restart needs.
#pragma once
#include <call/actions.hpp>
#include <call/facts.hpp>
#include <chrono>
#include <cordboard/config.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/ids.hpp>
#include <cstdint>
#include <media/policy.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cordboard::media {

/// Where media tells what happened: `media_lost` when a voice stops coming, `media_ended` once for each closed leg, `announced` and
/// `key_pressed` while keys are asked for, `silence`, `recording_trouble`, `recording_gap`, `packets_refused`, and how voices are:
/// `voice_quality`, `voice_one_way`, `voice_recovered`, `voice_level`.
///
/// @threads   called on the media thread and on the recorder's, and by `record` itself; must neither block nor call the engine: post the fact to the loop, whose queue
///            for media's facts never drops a `media_ended`
/// @lifetime  must outlive the engine
class sink {
public:
  virtual void on_fact(any_fact fact) = 0;

protected:
  ~sink() = default;
};

/// What a leg's stream has counted so far, "received" and "sent" as seen from here.
struct statistics {
  std::uint64_t received = 0;          ///< RTP packets that the far end sent and that were well formed
  std::uint64_t sent = 0;              ///< RTP packets sent to the far end, generated ones too
  std::uint64_t relayed = 0;           ///< of `sent`: packets that came from another leg
  std::uint64_t lost = 0;              ///< RFC 3550 A.3: expected less received
  std::uint64_t invalid = 0;           ///< datagrams that are no RTP: short, another version, impossible lengths
  std::uint64_t other_payload = 0;     ///< packets of a payload type that was not agreed, or that the hearer cannot take
  std::uint64_t foreign = 0;           ///< packets from an address other than the far end's, refused
  std::uint64_t forged = 0;            ///< SRTP and SRTCP: packets that were not sealed with the far end's key, refused
  std::uint64_t replayed = 0;          ///< likewise: packets that came before, or too late to know, refused
  std::int64_t first_received_ns = 0;  ///< wall clock; 0: none came
  std::int64_t last_received_ns = 0;   ///< wall clock; 0: none came
};

/// The anchored relay: every leg has a stream of its own towards its far end (SSRC, sequence, timestamp, payload types),
/// and a stream sends on what its leg hears: another leg's voice, a tone, or silence.
///
/// ```
///   far end A ──► stream A ──hear(B, A)──► stream B ──► far end B      RTP and RTCP on an even port and the next
///             ◄──          ◄──hear(A, B)──          ◄──
/// ```
///
/// @threads   all members from one thread, the loop's; none of them waits for the media thread
/// @lifetime  the destructor ends the media thread and closes the ports, without facts and without RTCP BYE: a restart goes on
class engine {
public:
  /// Starts the media thread.
  ///
  /// @param config  address and port range; the range must be even at its start and lie outside the kernel's ephemeral
  ///                ports, which it would lose to any outgoing connection
  /// @param why     if given: what is wrong with the configuration, both ranges named
  /// @param kept    file in memory (tmpfs) that says how far each stream is, for `restore`; empty: nothing outlives the process
  /// @errors        std::errc::invalid_argument (address, ports, music or prompts), or what the kernel says
  static result<std::unique_ptr<engine>> open(const media_config& config, sink& to, diagnostics* why = nullptr,
                                              const std::string& kept = {});
  /// What the callers of a queue hear while they wait and while they are held; else they hear `media_config::music`, or tones.
  /// All who hear a music are at one place in it. A file that several queues play is kept once. Before the first `hear`.
  ///
  /// @param path  a sound file, read here and now
  /// @errors      std::errc::invalid_argument: `why` says what is wrong with the file
  result<void> play_music(queue_id queue, const std::string& path, diagnostics* why = nullptr);
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// Our SDP offer for a leg. Makes its stream, or offers again what was agreed.
  ///
  /// @param other  a leg whose codec is offered first, so that nothing needs transcoding; none: as `may` says
  /// @param may    what may be agreed with a leg that is new; a known one keeps what it was told, here and below
  /// @errors       limit_reached (no port free)
  result<std::string> offer(leg_id leg, leg_id other = {}, const policy& may = {});
  /// The far end's answer to our offer.
  /// @errors  call_unknown, sdp_unacceptable (malformed, or it shares no codec with our offer): nothing has changed
  result<void> accept(leg_id leg, std::string_view answer);
  /// The far end's offer, first or again (hold and resume come so); makes the stream or updates it; gives our answer.
  /// An empty offer (INVITE without SDP) gives our offer, and its answer goes to `accept`.
  ///
  /// @errors  limit_reached, sdp_unacceptable: nothing has changed, and a stream that there was goes on
  /// @source  RFC 3264 §6, §8
  result<std::string> answer(leg_id leg, std::string_view offer, const policy& may = {});
  /// The far end of `leg` is told what another one says, and not what we do: their voices pass us by. A stream that the leg has
  /// goes on until `let_go`; later, `offer` makes one.
  ///
  /// @errors  sdp_unacceptable: nothing has changed
  result<std::string> pass(leg_id leg, std::string_view description, const policy& may = {});
  /// Ends the stream of a leg whose voice passes us by; what its dialog has said is kept.
  void let_go(leg_id leg);
  /// The leg is known and has no stream.
  bool passes(leg_id leg) const;
  /// Whether a description may go to another end as it is: all its media RTP/AVP and without keys, the audio's address one of a
  /// single host.
  /// @returns  its family: 4 or 6; 0: it may not
  static int passable(std::string_view description);
  /// Whether it says that we are held, as `held_by_far`.
  static bool holds(std::string_view description);
  /// Whether two descriptions of an end want the audio in the same place.
  static bool same_place(std::string_view a, std::string_view b);
  /// Whether the far end has put us on hold: a=sendonly, a=inactive or c=0.0.0.0. False for an unknown leg.
  bool held_by_far(leg_id leg) const;

  /// Presses keys towards a leg's far end, 200 ms each; it hears nothing else meanwhile. They are events, or tones if the far end
  /// takes no events. `fact::digits_sent` says when they are out, unless the leg ends before. One text of keys at a time:
  /// another one takes the place of what has not begun.
  ///
  /// @errors  call_unknown, text_invalid (not 0 to 9, *, #, A to D), sdp_unacceptable (nothing is agreed yet)
  /// @source  RFC 4733 §2.5, ITU-T Q.23
  result<void> send_digits(leg_id leg, std::string_view digits);

  /// What a leg hears from now on: one atomic store; the media thread takes it up with its next packet or tick (20 ms).
  /// Nothing at all is sent to a leg before its first `hear`, so that no packet stops a caller's own ringback. From then on a
  /// packet leaves every 20 ms, also in silence: phones and NAT see no gap. Unknown legs are ignored; the voice of a leg that
  /// ended is silence.
  ///
  /// With `mix` the leg hears all who were told the same of this call, but himself, and they hear him; with `listening` he hears
  /// them and nobody hears him; with `whisper` he is heard by those alone who were told `coached`, who take part as with `mix`. Frames of 20 ms are summed and bent below full scale. Keys are not mixed.
  ///
  /// With `announcement` the leg is told the words, once, and `fact::announced` says when; they go on while the far end does not want
  /// to hear us, and are then not all said. Keys that the far end presses from then on are `fact::key_pressed`, until it hears something else: as events, or
  /// as tones as long as no event came.
  ///
  /// With `keys` the leg hears silence, and keys are told as with an announcement: between the two none is lost.
  ///
  /// @errors  conference_full: `mix_parties_max` legs hear this mix; nothing has changed
  /// @errors  prompt_unknown: the leg hears silence, and no fact comes
  result<void> hear(leg_id leg, source from);

  /// Whether these words can be said; else the first that cannot.
  tl::expected<void, std::string> knows(std::string_view words) const;

  /// Reads prompts that have come into the folder since; those that are known stay as they are.
  /// @returns  what is wrong with which file: then nothing is new
  tl::expected<void, std::string> reread_prompts();

  /// Records what the leg says and hears, in a file of its own below `media_config::recordings`, until the next `record` of this leg,
  /// or its end. The disk is never waited for: trouble comes as a fact.
  ///
  /// @param recording  a number that is used once; the same again changes `suspended` alone; 0: no recording
  /// @param first      nothing said for so long at the beginning is told, once, as `fact::silence`; 0: never
  /// @param silence    the same behind something that was said
  void record(leg_id leg, std::uint64_t recording, const std::string& file, bool suspended, std::chrono::nanoseconds first = {},
              std::chrono::nanoseconds silence = {});

  /// What was counted until now; zeros for an unknown leg.
  statistics stats(leg_id leg) const;
  /// Ends a leg's stream, with RTCP BYE. The final counts come as `fact::media_ended`, once, when the port is free again.
  void close(leg_id leg);
  /// How many legs have a stream.
  std::size_t size() const;

  /// What `restore` needs: one line of ASCII, addresses but no names or numbers of people; keys of SRTP, so it is a secret. Save
  /// after each offer, accept and answer. Empty for an unknown leg.
  std::string save(leg_id leg) const;
  /// Makes the stream again after a restart: the very port, the same SSRC, sequence and timestamp ahead of the last used,
  /// the same payload types, the far address. Nothing is sent before `hear`: routes are the board's to say again.
  ///
  /// @errors  id_taken (the leg has a stream), text_invalid (not what `save` gave), or what the kernel says of the port;
  ///          std::errc::state_not_recoverable: its packets are sealed, and how far its key was used is not known
  result<void> restore(leg_id leg, std::string_view saved);
  /// From now on what is said of legs waits for `flush`, or the next packet or tick: a wake of the media thread is a system
  /// call, and takes a processor from what the turn is about. At a restart there are thousands.
  void defer();
  /// What was said of legs is done now.
  void flush();

private:
  struct inside;
  explicit engine(std::unique_ptr<inside> parts);
  std::unique_ptr<inside> inside_;
};

}  // namespace cordboard::media
