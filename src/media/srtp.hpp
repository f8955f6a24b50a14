// SPDX-License-Identifier: Apache-2.0
// SRTP and SRTCP (RFC 3711), one direction of one leg at a time, by libsrtp.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <media/sdes.hpp>
#include <optional>
#include <span>

struct srtp_ctx_t_;

namespace cordboard::media {

/// A sealed packet is at most so much longer.
inline constexpr std::size_t seal_bytes_max = 160;

/// The index of a packet near a known one (RFC 3711 §3.3.1): its sequence with its rounds.
std::uint64_t index_near(std::uint64_t known, std::uint16_t sequence);

/// A context of libsrtp that ends itself.
class srtp_context {
public:
  srtp_context(const sdes::crypto& with, std::optional<std::uint32_t> ssrc);
  ~srtp_context();
  srtp_context(const srtp_context&) = delete;
  srtp_context& operator=(const srtp_context&) = delete;
  srtp_ctx_t_* get() const { return context_; }

private:
  srtp_ctx_t_* context_ = nullptr;
};

/// Seals what we send. Should libsrtp fail, nothing leaves: what was to be secret is never sent in the clear.
///
/// One thread: the media thread.
class sealer {
public:
  /// How far a key was used by a process before this one.
  struct used {
    std::uint64_t index = 0;    ///< the highest index of RFC 3711 §3.3.1 that a packet may have left with
    std::uint32_t reports = 0;  ///< SRTCP packets
  };
  /// @param before  nothing: the key is new
  sealer(const sdes::crypto& with, std::uint32_t ssrc, const std::optional<used>& before);

  /// In place: `packet` has `seal_bytes_max` of room behind `size`. @returns  how long it is now; 0: it must not be sent
  std::size_t seal(std::uint8_t* packet, std::size_t size);
  std::size_t seal_report(std::uint8_t* packet, std::size_t size);
  std::uint32_t reports() const { return reports_; }

private:
  srtp_context context_;
  std::uint32_t ssrc_;
  std::optional<std::uint64_t> before_;  ///< until the first packet
  std::uint32_t reports_ = 0;
};

/// What came of a sealed packet.
enum class opened : std::uint8_t { well, malformed, forged, replayed };

/// Opens what the far end has sealed.
///
/// One thread: the media thread.
class opener {
public:
  /// The newest packet that the key has proven to be the far end's.
  struct newest {
    std::uint32_t ssrc = 0;
    std::uint64_t index = 0;
  };
  /// @param before  of a process before this one: how often its sequence has come round only the newest can tell, and what is not
  ///                newer was heard already
  opener(const sdes::crypto& with, const std::optional<newest>& before);

  /// In place; `packet` is shorter then.
  opened open(std::span<std::uint8_t>& packet);
  opened open_report(std::span<std::uint8_t>& packet);
  const std::optional<newest>& reached() const { return reached_; }

private:
  /// A far end may begin anew so often; more would be memory that it can make us take.
  static constexpr std::size_t sources_max = 16;

  bool knows(std::uint32_t ssrc) const;

  srtp_context context_;
  std::optional<newest> reached_;
  std::uint64_t floor_ = 0;  ///< with `reached_`: of before; 0: nothing was
  std::uint32_t floor_of_ = 0;
  bool proven_ = true;  ///< false: no packet has shown yet that `reached_` is right
  std::array<std::uint32_t, sources_max> sources_{};
  std::size_t sources_size_ = 0;
};

}  // namespace cordboard::media
