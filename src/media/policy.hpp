// SPDX-License-Identifier: Apache-2.0
// What may be agreed with a far end.
#pragma once
#include <cordboard/config.hpp>
#include <media/payload.hpp>
#include <vector>

namespace cordboard::media {

struct policy {
  srtp_policy srtp = srtp_policy::off;
  std::vector<voice_codec> codecs{};  ///< the preferred first; empty: G.711, and the far end says which law
  friend bool operator==(const policy&, const policy&) = default;
};

constexpr codec codec_of(voice_codec x) {
  switch (x) {
    case voice_codec::pcma: return codec::alaw;
    case voice_codec::pcmu: return codec::ulaw;
    case voice_codec::g722: return codec::g722;
    case voice_codec::opus: return codec::opus;
  }
  return codec::none;
}

}  // namespace cordboard::media
