// SPDX-License-Identifier: Apache-2.0
// What a description says of a voice that may pass us by.
#include <algorithm>
#include <media/engine.hpp>
#include <media/sdp.hpp>
#include <optional>

namespace cordboard::media {
namespace {
/// The first audio, and where it is wanted; none: there is no such place.
std::optional<address> audio_of(const sdp::description& in, const sdp::section*& audio) {
  const auto at = std::find_if(in.sections.begin(), in.sections.end(), [](const auto& x) { return x.kind == "audio"; });
  if (at == in.sections.end()) return std::nullopt;
  audio = &*at;
  const auto rtp = in.rtp(*at);
  return rtp ? std::optional(*rtp) : std::nullopt;
}
}  // namespace

int engine::passable(std::string_view description) {
  const auto far = sdp::description::parse(description);
  const sdp::section* audio = nullptr;
  const auto rtp = far ? audio_of(*far, audio) : std::nullopt;
  if (!rtp || !*rtp || rtp->unspecified() || audio->port == 0) return 0;
  const auto& all = far->sections;
  const auto sealed = [](const auto& x) { return x.protocol != "RTP/AVP" || x.attribute("crypto"); };
  if (std::any_of(all.begin(), all.end(), [&](const auto& x) { return x.port != 0 && sealed(x); })) return 0;
  return rtp->family() == AF_INET6 ? 6 : 4;
}

bool engine::holds(std::string_view description) {
  const auto far = sdp::description::parse(description);
  const sdp::section* audio = nullptr;
  const auto rtp = far ? audio_of(*far, audio) : std::nullopt;
  if (!rtp) return false;
  const auto direction = far->direction_of(*audio);
  return rtp->unspecified() || direction == sdp::direction::sendonly || direction == sdp::direction::inactive;
}

bool engine::same_place(std::string_view a, std::string_view b) {
  const auto one = sdp::description::parse(a);
  const auto other = sdp::description::parse(b);
  const sdp::section* unused = nullptr;
  return one && other && audio_of(*one, unused) == audio_of(*other, unused);
}

}  // namespace cordboard::media
