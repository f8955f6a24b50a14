// SPDX-License-Identifier: Apache-2.0
// One leg's media: two sockets, what was agreed, what it hears, and its numbers. Who may touch what stands at each group.
#pragma once
#include <array>
#include <atomic>
#include <call/actions.hpp>
#include <cordboard/ids.hpp>
#include <cstdint>
#include <media/address.hpp>
#include <media/codecs.hpp>
#include <media/engine.hpp>
#include <media/kept.hpp>
#include <media/keys.hpp>
#include <media/mixer.hpp>
#include <media/playout.hpp>
#include <media/ports.hpp>
#include <media/prompts.hpp>
#include <media/quality.hpp>
#include <media/reception.hpp>
#include <media/recorder.hpp>
#include <media/sender.hpp>
#include <media/session.hpp>
#include <media/sound.hpp>
#include <media/srtp.hpp>
#include <memory>
#include <mutex>
#include <vector>

namespace cordboard::media {

/// What can be heard: a stream's far end, or what lives as long as the media thread.
struct voice {
  source_kind kind = source_kind::silence;
  const sound* music = nullptr;  ///< in place of a tone: all who hear it are at one place in it
};
/// The generator of a tone or of silence.
const voice& generator(source_kind kind);

/// Counts: the media thread writes, anyone reads. They publish nothing else, so relaxed order is enough.
struct counters {
  std::atomic<std::uint64_t> received{0}, sent{0}, relayed{0}, lost{0}, invalid{0}, other_payload{0}, foreign{0}, forged{0},
      replayed{0};
  std::atomic<std::int64_t> first_received_ns{0}, last_received_ns{0};
  statistics read() const;
};
/// One thread writes a counter, so it needs no locked addition.
template <class Number>
void bump(std::atomic<Number>& to, Number value = 1) {
  to.store(to.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
}
template <class Number>
void set(std::atomic<Number>& to, Number value) {
  to.store(value, std::memory_order_relaxed);
}

/// The numbers that a restart goes on from, and where they were used.
struct progress {
  std::uint32_t ssrc = 0;
  std::uint64_t index = 0;  ///< the sequence, with its rounds
  std::uint32_t timestamp = 0;
  address seen;  ///< where packets came from; none: none came
};

struct stream : voice {
  stream(leg_id leg_of, port_pair pair, const progress& from, std::uint64_t number, kept_numbers& line);

  // ---- fixed
  const leg_id leg;
  const std::uint64_t id;  ///< never 0; of this run of the process
  const std::uint16_t port;
  kept_numbers& kept;  ///< written by the media thread

  // ---- from the loop to the media thread
  /// What the leg hears: stored by the loop, taken up by the media thread, which resets it when a heard stream ends.
  /// Null: nothing is sent.
  std::atomic<const voice*> hears{nullptr};
  /// Which mix, when `hears` is one: stored before it, and read after it.
  std::atomic<std::uint64_t> mixed_in{0};
  /// Keys to press; the media thread takes them out.
  std::atomic<std::string*> pressed{nullptr};
  /// What is said to it, when `hears` is an announcement: stored before that; the media thread takes it out.
  std::atomic<script*> told{nullptr};
  /// What records it from now on; the media thread takes it out.
  struct recording_order {
    std::shared_ptr<tape> to;  ///< null: nothing
    bool suspended = false;
    pause_limits quiet{};
  };
  std::atomic<recording_order*> recorded{nullptr};
  /// What was agreed since the media thread last looked; it takes it out.
  std::atomic<terms*> agreed{nullptr};
  /// Bits of `stream::state`. Whoever sets `queued` first puts the stream into the relay's list, and nobody else touches it
  /// then; the media thread clears all of them at once (acquire) before it reads the two above, so that a change which found
  /// `queued` set is seen, and a stream is freed only when the loop is through with it.
  enum : std::uint8_t { queued = 1, closing = 2 };
  std::atomic<std::uint8_t> state{0};
  stream* next_changed = nullptr;

  // ---- from the media thread to the loop
  counters count;
  /// The last used sequence << 32 | timestamp.
  std::atomic<std::uint64_t> used;
  /// Where the far end was seen; rarely changes.
  mutable std::mutex seen_mutex;
  address seen;

  // ---- the media thread's own
  descriptor rtp, rtcp;
  /// What epoll gives back for a socket of a stream.
  struct ear {
    stream* of;
    bool reports;
  };
  ear voice_ear{this, false}, report_ear{this, true};
  sender out;
  latch far;
  reception in;
  terms now;
  bool known = false;                ///< `now` holds what was agreed
  std::uint64_t index;               ///< the highest sequence used, with its rounds
  std::unique_ptr<sealer> sealing;   ///< with `now.ours`
  std::unique_ptr<opener> opening;   ///< with `now.theirs`
  const voice* heard = nullptr;      ///< `hears` as taken up
  stream* source = nullptr;          ///< `heard`, if it is a stream
  std::vector<stream*> hearers;      ///< streams whose `source` this is
  std::unique_ptr<playout> playing;  ///< its far end's voice as samples, as long as somebody needs them
  nanoseconds played = 0;            ///< when somebody last did
  std::unique_ptr<encoder> encodes;  ///< towards it, if its voice is not G.711 or is made of another
  bool transcoded = false;           ///< its source's voice is made into one that it takes
  nanoseconds key_passed = 0;        ///< when a key of its source last went to it
  std::uint32_t key_passed_at = 0;   ///< that key's time with its source, and with us
  std::uint32_t key_time = 0;
  mix* in_mix = nullptr;              ///< what `heard` is, if it is a mix
  std::unique_ptr<speech> says;       ///< with `in_mix`
  std::unique_ptr<key_presses> keys;  ///< while they go out, nothing else does
  std::uint64_t frame = 0;            ///< of the tone that is heard
  std::unique_ptr<script> saying;     ///< while it is said; null when all of it was
  std::unique_ptr<taping> tapes;      ///< while it is recorded
  /// Under which number keys are told; 0: they are not asked for.
  std::uint64_t asks = 0;
  /// The newest key that came as an event: by its timestamp, and when its last packet came.
  bool key_came = false;
  std::uint32_t key_at = 0, key_from = 0;
  nanoseconds key_seen = 0;
  /// While keys are asked for, and none came as an event.
  std::unique_ptr<key_detector> key_tones;
  char key_heard = 0;  ///< the newest key that came as tones, and when
  nanoseconds key_heard_at = 0;
  std::size_t place = nowhere;  ///< in the relay's list
  nanoseconds heard_at = 0;     ///< the last packet came, or since when one is expected
  bool lost_told = false;
  bool seen_told = false;     ///< `seen` holds an address of this run
  nanoseconds linked_at = 0;  ///< when `heard` changed
  nanoseconds next_look = 0, next_report = 0;
  address rtcp_seen;
  far_reports told_of;            ///< what the far end's reports say
  voice_condition coming, going;  ///< its voice, and ours there
  nanoseconds next_verdict = 0;
  loudness loud;
  std::uint8_t loud_told = loudness::silence;
  nanoseconds next_level = 0;
  std::uint32_t bytes_sent = 0;
  /// Of the packets that were refused, how many were told, by `packet_fault`, and from when on more may be.
  std::array<std::uint64_t, 5> refusals_told{};
  nanoseconds next_refusal = 0;

  ~stream();
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  static constexpr std::size_t nowhere = ~std::size_t{0};
  bool may_send() const { return known && heard != nullptr && now.far_hears && far.to() && far.to().port() != 0; }
  /// Silence goes out in place of a source that pauses.
  bool filling() const { return source != nullptr && out.generating(); }
  /// Tells the loop, and a process after this one, how far the numbers are: before they are sent.
  void publish(std::int64_t wall);
  progress reached() const;
};

}  // namespace cordboard::media
