// SPDX-License-Identifier: Apache-2.0
// RTCP, as little as a peer needs to know that we live and how it is heard: SR or RR, CNAME, BYE. RFC 3550 §6.
#pragma once
#include <cstdint>
#include <media/reception.hpp>
#include <optional>
#include <string_view>
#include <vector>

namespace cordboard::media::rtcp {

/// What has been sent, for a sender report.
struct sent {
  std::int64_t wall_ns = 0;  ///< the wall clock at `timestamp`
  std::uint32_t timestamp = 0;
  std::uint32_t packets = 0;
  std::uint32_t bytes = 0;  ///< of payload
};

/// A compound packet: SR (if something was sent) or RR, with a block for what was heard, SDES CNAME, and BYE at the end.
std::vector<std::uint8_t> compound(std::uint32_t ssrc, const std::optional<sent>& ours,
                                   const std::optional<reception::report>& theirs, std::string_view cname, bool bye);

}  // namespace cordboard::media::rtcp
