// SPDX-License-Identifier: Apache-2.0
#include <media/rtcp.hpp>
#include <media/rtp.hpp>

namespace cordboard::media::rtcp {
namespace {

constexpr std::uint8_t sender_report = 200, receiver_report = 201, description = 202, goodbye = 203;
constexpr std::uint64_t ntp_epoch = 2'208'988'800U;  // 1900 to 1970, seconds
constexpr std::uint64_t second = 1'000'000'000U;

void add32(std::vector<std::uint8_t>& to, std::uint32_t value) {
  to.resize(to.size() + 4);
  rtp::put32(&to[to.size() - 4], value);
}

/// Begins a packet; `end` writes its length.
std::size_t begin(std::vector<std::uint8_t>& to, unsigned count, std::uint8_t type) {
  const std::size_t at = to.size();
  add32(to, ((0x80U | count) << 24) | (std::uint32_t{type} << 16));
  return at;
}
void end(std::vector<std::uint8_t>& to, std::size_t at) {
  to.resize((to.size() + 3) / 4 * 4);
  rtp::put16(&to[at + 2], static_cast<std::uint32_t>((to.size() - at) / 4 - 1));
}

}  // namespace

std::vector<std::uint8_t> compound(std::uint32_t ssrc, const std::optional<sent>& ours,
                                   const std::optional<reception::report>& theirs, std::string_view cname, bool bye) {
  std::vector<std::uint8_t> out;
  out.reserve(96);
  std::size_t at = begin(out, theirs ? 1 : 0, ours ? sender_report : receiver_report);
  add32(out, ssrc);
  if (ours) {
    const auto wall = static_cast<std::uint64_t>(ours->wall_ns);
    add32(out, static_cast<std::uint32_t>(wall / second + ntp_epoch));
    add32(out, static_cast<std::uint32_t>((wall % second << 32) / second));
    add32(out, ours->timestamp);
    add32(out, ours->packets);
    add32(out, ours->bytes);
  }
  if (theirs) {
    add32(out, theirs->ssrc);
    add32(out, (std::uint32_t{theirs->fraction} << 24) | (static_cast<std::uint32_t>(theirs->lost) & 0xFFFFFFU));
    add32(out, theirs->highest);
    add32(out, theirs->jitter);
    add32(out, 0);  // last SR and the delay since: theirs are not read, so no round trip is offered
    add32(out, 0);
  }
  end(out, at);
  at = begin(out, 1, description);
  add32(out, ssrc);
  out.push_back(1);  // CNAME
  out.push_back(static_cast<std::uint8_t>(cname.size()));
  out.insert(out.end(), cname.begin(), cname.end());
  out.push_back(0);
  end(out, at);
  if (bye) {
    at = begin(out, 1, goodbye);
    add32(out, ssrc);
    end(out, at);
  }
  return out;
}

}  // namespace cordboard::media::rtcp
