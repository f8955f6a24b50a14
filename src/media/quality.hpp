// SPDX-License-Identifier: Apache-2.0
// How good a voice is: what people would say of it by loss and delay (ITU-T G.107), how loud it is, and what a far end tells of ours.
#pragma once
#include <cstdint>
#include <media/payload.hpp>
#include <media/rtcp.hpp>
#include <media/sender.hpp>
#include <optional>
#include <span>

namespace cordboard::media {

/// What became of a voice on its way.
struct voice_path {
  double lost = 0;        ///< 0 to 1; what came too late to be played is lost
  nanoseconds delay = 0;  ///< from mouth to ear
};
/// The transmission rating R, 93.2 at best. All that G.107 knows of rooms, telephones and lines stands at its default values, echo is
/// taken to be cancelled, and losses to come singly: what is left is the delay (Idd) and the equipment (Ie-eff), which is that of G.711
/// with concealment whatever the codec is: G.113 rates G.722 and Opus on the scale of wideband alone, and here both are heard at 8 kHz.
/// @source  ITU-T G.107 §7, G.113 Appendix I
double rating_of(const voice_path& path);
/// The mean opinion score for it, 1 to 4.5 (G.107 Annex B).
double opinion_of(double rating);

/// The round trip that a report shows; nothing: it shows none.
///
/// @param wall  when it came
/// @source  RFC 3550 §6.4.1
std::optional<nanoseconds> round_trip_of(const rtcp::block& about_us, std::int64_t wall);

/// What the far end's reports say of our voice, and of its own.
class far_reports {
public:
  /// @param sent  packets that we had sent by then
  void take(const rtcp::told& report, nanoseconds now, std::int64_t wall, std::uint64_t sent);

  bool any() const { return about_us_; }
  std::uint64_t expected() const { return expected_; }  ///< our packets that should have come there
  std::uint64_t lost() const { return lost_; }
  nanoseconds jitter(std::uint32_t clock) const { return static_cast<nanoseconds>(jitter_) * millisecond / clock; }
  nanoseconds round_trip() const { return round_trip_; }  ///< the newest; 0: not known
  /// It has told twice that it speaks since its last packet came to us.
  bool speaks_unheard(nanoseconds heard_at) const { return told_speaking_ > heard_at; }
  /// Since when it tells that nothing of ours comes; 0: something does, or it tells nothing.
  nanoseconds deaf_since() const { return deaf_ >= deaf_reports ? deaf_from_ : 0; }

  /// For our next report (RFC 3550 §6.4.1).
  std::uint32_t last_sr() const { return last_sr_; }
  std::uint32_t since_sr(nanoseconds now) const;

private:
  /// One report may cross the first packets.
  static constexpr unsigned deaf_reports = 2;
  /// Fewer packets between two reports prove nothing.
  static constexpr std::uint64_t few = 50;

  bool about_us_ = false;
  std::uint32_t highest_ = 0;
  std::uint64_t expected_ = 0, lost_ = 0;
  std::uint32_t jitter_ = 0;
  nanoseconds round_trip_ = 0;
  std::uint64_t sent_ = 0;  ///< by us, at the report before
  unsigned deaf_ = 0;       ///< reports in a row
  nanoseconds deaf_from_ = 0;
  std::uint32_t last_sr_ = 0;
  nanoseconds sr_came_ = 0;
  bool counted_ = false;
  std::uint32_t packets_ = 0;  ///< that the far end says it has sent
  nanoseconds counted_at_ = 0;
  nanoseconds told_speaking_ = 0;  ///< when the report came before the one that had more packets
};

/// One direction of a leg's voice.
struct voice_account {
  std::uint64_t expected = 0, lost = 0;  ///< packets since the stream began
  nanoseconds jitter = 0, round_trip = 0;
};
/// What was told of it.
struct voice_condition {
  voice_account until{};         ///< when the interval that runs began
  nanoseconds bad_since = 0;     ///< told to be degraded; 0: it is well
  nanoseconds absent_since = 0;  ///< told not to come; 0: it does
};
/// The path of what came between two accounts.
voice_path path_of(const voice_account& from, const voice_account& to);

/// How loud a voice is, over an interval.
class loudness {
public:
  static constexpr std::uint8_t silence = 127;

  void take(std::span<const std::uint8_t> payload, codec law);
  void take(std::span<const std::int16_t> samples);
  /// Below full scale in dB (RFC 6464 §3), of what came since the last call.
  std::uint8_t next();

private:
  double squares_ = 0;
  std::uint64_t samples_ = 0;
};

}  // namespace cordboard::media
