// SPDX-License-Identifier: Apache-2.0
// The media thread: takes packets in, passes them to whoever hears them, and makes tones by a clock of 20 ms.
#pragma once
#include <atomic>
#include <chrono>
#include <media/batch.hpp>
#include <media/stream.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cordboard::media {

/// What is told of voices.
struct watching {
  nanoseconds lost_after = 0;   ///< no packet for so long; 0: never told
  double rating_min = 0;        ///< `rating_of` less than this; 0: never told
  nanoseconds level_every = 0;  ///< how loud they are; 0: never told
};

/// ```
///   loop                                     media thread
///   hear, agree, close ─► stream's atomics
///                      └► list of changed ─► drain: link, take terms, end ─► receive ─► pass on ─► tick ─► free what ended
/// ```
/// A stream belongs to the media thread from `add` until it has ended; the loop keeps a plain pointer until it says `close`.
/// Ended streams are freed at the end of a turn, when no event of that turn can name them any more.
class relay {
public:
  /// @throws std::system_error  no epoll, timer or thread
  relay(sink& to, const watching& what, std::string cname);
  /// Ends the thread and frees the streams, without facts and without BYE.
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  // From the loop's thread.
  void add(std::unique_ptr<stream> fresh);
  void hear(stream& who, const voice* what);
  /// The mix of a call: `part` is the generator of how the leg takes part.
  void hear(stream& who, const voice* part, std::uint64_t mix_of);
  void agree(stream& who, const terms& what);
  void press(stream& who, std::string keys);
  /// Before `hear` of an announcement.
  void tell(stream& who, script what);
  void record(stream& who, std::shared_ptr<tape> to, bool suspended, pause_limits quiet);
  /// From now on the thread is woken by `flush` alone, once for all that changed.
  void defer() { deferred_ = true; }
  void flush();
  /// The pointer is the media thread's alone from here on.
  void close(stream& who);

private:
  static constexpr nanoseconds report_interval = 5000 * millisecond;
  /// What is told of a stream can wait so long.
  static constexpr nanoseconds look_interval = 500 * millisecond;
  /// By what came in so long a voice is judged.
  static constexpr nanoseconds verdict_interval = 5000 * millisecond;
  /// Fewer packets are no voice to be judged: two seconds of it.
  static constexpr std::uint64_t verdict_packets = 100;
  /// A voice that did not come for so long is told not to.
  static constexpr nanoseconds one_way_after = 5000 * millisecond;
  /// So long after the last packet of a key it is over, whatever was lost.
  static constexpr nanoseconds key_over_after = 1000 * millisecond;

  void changed(stream& who);
  void push(stream& who);
  void wake();

  // The media thread's own: relay.cpp has the turn, passage.cpp the packets.
  void run();
  void drain();
  void begin(stream& s);
  void take_up(stream& s, const terms& fresh);
  void take_keys(stream& s, const terms& fresh);
  void link(stream& s, const voice* to);
  void enter_mix(stream& s, std::uint64_t id);
  void leave_mix(stream& s);
  void end(stream& s);
  void look_at_clock();
  void set_timer(bool on);

  /// Takes a batch of packets in and passes them on; false: none was there.
  bool receive(stream& s);
  /// Datagram `i` as a packet, opened if it is sealed; nothing: it is refused.
  std::optional<rtp::packet> unpack(stream& s, std::size_t i);
  bool admit(stream& s, const address& from, const rtp::packet& in, codec what);
  void pass_on(stream& from, stream& to);
  /// transcoding.cpp: voices as samples.
  void sample(stream& from, const batch::heard& heard);
  void play(stream& s);
  bool pass_key(stream& from, const batch::heard& heard, stream& to);
  /// 20 ms to a hearer in the voice that it takes.
  void put_frame(stream& to, std::span<const std::int16_t, voice_frame> samples);
  /// Into the batch, and on the tape; `send` sends it.
  void put(stream& to, codec as, const sender::numbers& numbers, std::span<const std::uint8_t> payload);
  std::uint64_t send(stream& to);
  /// `passed`: as many frames as time has; `frames` as many as are sent.
  void tick(std::uint64_t frames, std::uint64_t passed);
  /// What the clock asks of one stream. @returns when it asks again, unless something changes before
  nanoseconds serve(stream& s, std::uint64_t frames, std::uint64_t passed);
  /// Something changed: the next tick serves it.
  void touch(const stream& s) { due_[s.place] = 0; }
  void generate(stream& s, std::uint64_t frames);
  std::span<const std::uint8_t> next_frame(stream& s, std::uint64_t i, codec as);
  /// What is said goes on, sent or not; its end is told.
  void pass_words(stream& s, std::uint64_t frames);
  void words_over(stream& s);
  void take_key(stream& s, const rtp::packet& in);
  void take_tones(stream& s, const rtp::packet& in, codec law);
  void tones_found(stream& s, const std::string& keys);
  void blend(mix& all);
  void send_key(stream& s);
  void watch(stream& s);
  void tell_refusals(stream& s);
  void judge(stream& s, voice_condition& of, voice_direction which, const voice_account& now);
  void look_for(stream& s, voice_condition& of, voice_direction which, nanoseconds absent_since);
  void tell_level(stream& s);
  /// What the whole of its voices was, as far as it is known.
  void tell_quality(const stream& s);
  void receive_rtcp(stream& s);
  void take_report(stream& s, std::span<std::uint8_t> bytes, const address& from);
  void report(stream& s, bool bye);

  sink& sink_;
  const watching watching_;
  const std::string cname_;
  descriptor epoll_, timer_, wake_;
  /// Streams with something new, a stack; the loop pushes with release, the media thread takes all with acquire.
  std::atomic<stream*> changed_{nullptr};
  std::atomic<bool> stop_{false};
  bool deferred_ = false, waiting_ = false;  ///< the loop's

  // The media thread's own.
  std::vector<std::unique_ptr<stream>> streams_;
  std::vector<nanoseconds> due_;  ///< by place, when the clock asks something of a stream again
  std::vector<stream*> turn_;     ///< of whom it asks something now
  std::vector<std::unique_ptr<stream>> ended_;
  std::vector<std::unique_ptr<mix>> mixes_;
  std::vector<stream*> drained_;
  std::vector<stream*> closing_, ending_;  // closed: seen now, and in the list before
  std::unique_ptr<batch> batch_;
  nanoseconds now_ = 0;
  std::uint64_t music_frame_ = 0;  ///< of all music: it goes on while there is anybody, whoever hears it
  std::int64_t wall_ = 0;
  std::thread thread_;
};

}  // namespace cordboard::media
