// SPDX-License-Identifier: Apache-2.0
// What the tests play with: a phone's media (a UDP socket that speaks and hears RTP), and a loop's queue for facts.
#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <media/engine.hpp>
#include <media/address.hpp>
#include <media/ports.hpp>
#include <media/rtp.hpp>
#include <media/sdp.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cordboard::media {

using namespace std::chrono_literals;
inline constexpr auto bound = 10s;  ///< no test waits longer for anything

/// Waits for a condition; false: it did not come about in time.
bool eventually(const std::function<bool()>& condition);

/// Keeps facts as the loop's queue does.
class kept_facts final : public sink {
public:
  void on_fact(any_fact fact) override;
  /// The first fact of a kind; waits for it.
  template <class Fact>
  std::optional<Fact> wait_for() {
    std::unique_lock lock(mutex_);
    std::optional<Fact> out;
    arrived_.wait_for(lock, bound, [&] {
      for (const auto& x : facts_)
        if (const auto* found = std::get_if<Fact>(&x)) out = *found;
      return out.has_value();
    });
    return out;
  }
  /// How many came, but those on how voices were.
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        facts_.begin(), facts_.end(), [](const any_fact& x) { return !std::holds_alternative<fact::voice_quality>(x); }));
  }
  std::vector<any_fact> all() {
    const std::lock_guard lock(mutex_);
    return facts_;
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<any_fact> facts_;
};

/// What came in, whole.
struct received {
  std::vector<std::uint8_t> bytes;
  rtp::packet packet;  ///< its payload lies in `bytes`
  address from;
  std::chrono::steady_clock::time_point at;
};

/// A phone's media.
class far_end {
public:
  explicit far_end(const char* ip = "127.0.0.1");
  std::uint16_t port() const { return local_.port(); }
  /// Its description: the m= line's formats, and lines to follow.
  std::string sdp(const std::string& formats = "8 0 101",
                  const std::string& lines = "a=rtpmap:101 telephone-event/8000\r\n") const;
  /// Where its packets go: the port in the other's description.
  void aim(const std::string& description);
  void aim(std::uint16_t port) { to_ = *address::parse("127.0.0.1", port); }
  std::uint16_t aimed() const { return to_.port(); }

  /// Sends one packet and counts on.
  void speak(std::uint8_t type, const std::vector<std::uint8_t>& payload, bool marker = false);
  void send(const std::vector<std::uint8_t>& datagram) const;
  /// The next packet; nothing if none comes in time.
  std::optional<received> hear(std::chrono::milliseconds within = bound);
  /// The next packet that is not silence.
  std::optional<received> hear_voice();
  /// Takes all that waits.
  std::size_t drop_all();

  std::uint16_t sequence = 65500;  ///< of the next packet: the tests cross the wrap
  std::uint32_t timestamp = 0xFFFFF000;
  std::uint32_t ssrc = 0xA0A0A0A0;

private:
  address local_;
  address to_;
  descriptor fd_;
};

/// A range outside the ephemeral ports, likely not that of a test that runs beside.
media_config test_config();
/// How strong a frequency is in G.711 bytes, 0 to 1 of all that sounds (Goertzel).
double part_of(double hertz, const std::vector<std::uint8_t>& bytes, bool alaw);
/// 20 ms of a 1 kHz tone, frame by frame without a break.
std::vector<std::uint8_t> kilohertz(std::size_t frame, bool alaw);

inline leg_id leg(std::uint64_t x) { return {x}; }
inline source from_leg(std::uint64_t x) { return {source_kind::leg, {x}}; }
inline source tone_of(source_kind x) { return {x, {}}; }

}  // namespace cordboard::media
