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

std::uint32_t get24(const std::uint8_t* from) {
  return std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8 | std::uint32_t{from[2]};
}

block block_at(std::span<const std::uint8_t> from) {
  block out;
  out.fraction = from[4];
  // Three bytes with a sign: who got packets twice counts below zero.
  out.lost = static_cast<std::int32_t>(get24(&from[5]) << 8) >> 8;
  out.highest = rtp::get32(&from[8]);
  out.jitter = rtp::get32(&from[12]);
  out.last_sr = rtp::get32(&from[16]);
  out.since_sr = rtp::get32(&from[20]);
  return out;
}

}  // namespace

std::uint64_t ntp(std::int64_t wall_ns) {
  const auto wall = static_cast<std::uint64_t>(wall_ns);
  return (wall / second + ntp_epoch) << 32 | (wall % second << 32) / second;
}

std::optional<told> read(std::span<const std::uint8_t> bytes, std::uint32_t ssrc) {
  if (!is_report(bytes)) return std::nullopt;
  constexpr std::size_t head = 8, sender_info = 20, block_size = 24;
  told out;
  while (!bytes.empty()) {
    if (bytes.size() < 4 || bytes[0] >> 6 != 2) return std::nullopt;
    const std::size_t size = (rtp::get16(&bytes[2]) + std::size_t{1}) * 4;
    if (size > bytes.size()) return std::nullopt;
    const auto one = bytes.first(size);
    bytes = bytes.subspan(size);
    const bool speaks = one[1] == sender_report;
    if (!speaks && one[1] != receiver_report) continue;
    const std::size_t blocks = one[0] & 0x1FU;
    std::size_t at = head + (speaks ? sender_info : 0);
    if (one.size() < at + blocks * block_size) return std::nullopt;
    if (speaks) out.sent = told::sender{std::uint64_t{rtp::get32(&one[8])} << 32 | rtp::get32(&one[12]), rtp::get32(&one[20])};
    for (std::size_t i = 0; i < blocks; ++i, at += block_size)
      if (rtp::get32(&one[at]) == ssrc) out.of_us = block_at(one.subspan(at, block_size));
  }
  return out;
}

std::vector<std::uint8_t> compound(std::uint32_t ssrc, const std::optional<sent>& ours,
                                   const std::optional<reception::report>& theirs, std::string_view cname, bool bye) {
  std::vector<std::uint8_t> out;
  out.reserve(96);
  std::size_t at = begin(out, theirs ? 1 : 0, ours ? sender_report : receiver_report);
  add32(out, ssrc);
  if (ours) {
    const std::uint64_t wall = ntp(ours->wall_ns);
    add32(out, static_cast<std::uint32_t>(wall >> 32));
    add32(out, static_cast<std::uint32_t>(wall));
    add32(out, ours->timestamp);
    add32(out, ours->packets);
    add32(out, ours->bytes);
  }
  if (theirs) {
    add32(out, theirs->ssrc);
    add32(out, (std::uint32_t{theirs->fraction} << 24) | (static_cast<std::uint32_t>(theirs->lost) & 0xFFFFFFU));
    add32(out, theirs->highest);
    add32(out, theirs->jitter);
    add32(out, theirs->last_sr);
    add32(out, theirs->since_sr);
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
