// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <media/stream.hpp>

namespace cordboard::media {
namespace {

std::uint64_t packed(std::uint16_t sequence, std::uint32_t timestamp) { return (std::uint64_t{sequence} << 32) | timestamp; }

}  // namespace

const voice& generator(source_kind kind) {
  static const std::array<voice, 13> all{{{source_kind::silence},
                                          {source_kind::silence},  // the voice of a leg that is not there
                                          {source_kind::waiting_tone},
                                          {source_kind::ringback_tone},
                                          {source_kind::holding_tone},
                                          {source_kind::closing_tone},
                                          {source_kind::mix},
                                          {source_kind::listening},
                                          {source_kind::announcement},
                                          {source_kind::keys},
                                          {source_kind::whisper},
                                          {source_kind::coached},
                                          {source_kind::confirming_tone}}};
  const auto at = static_cast<std::size_t>(kind);
  return at < all.size() ? all[at] : all[0];
}

statistics counters::read() const {
  constexpr auto order = std::memory_order_relaxed;
  statistics out;
  out.received = received.load(order);
  out.sent = sent.load(order);
  out.relayed = relayed.load(order);
  out.lost = lost.load(order);
  out.invalid = invalid.load(order);
  out.other_payload = other_payload.load(order);
  out.foreign = foreign.load(order);
  out.forged = forged.load(order);
  out.replayed = replayed.load(order);
  out.first_received_ns = first_received_ns.load(order);
  out.last_received_ns = last_received_ns.load(order);
  return out;
}

stream::stream(leg_id leg_of, port_pair pair, const progress& from, std::uint64_t number, kept_numbers& line)
    : voice{source_kind::leg},
      leg(leg_of),
      id(number),
      port(pair.port),
      kept(line),
      used(packed(static_cast<std::uint16_t>(from.index), from.timestamp)),
      seen(from.seen),
      rtp(std::move(pair.rtp)),
      rtcp(std::move(pair.rtcp)),
      out(from.ssrc, static_cast<std::uint16_t>(from.index), from.timestamp),
      index(from.index) {
  if (from.seen) far.restore(from.seen);
}

stream::~stream() {
  delete agreed.load(std::memory_order_acquire);
  delete pressed.load(std::memory_order_acquire);
  delete told.load(std::memory_order_acquire);
  delete recorded.load(std::memory_order_acquire);
}

void stream::publish(std::int64_t wall) {
  used.store(packed(out.sequence(), out.timestamp()), std::memory_order_relaxed);
  index += static_cast<std::uint16_t>(out.sequence() - static_cast<std::uint16_t>(index));
  kept.reach(index, out.timestamp(), wall);
}

progress stream::reached() const {
  const std::uint64_t numbers = used.load(std::memory_order_relaxed);
  const std::lock_guard lock(seen_mutex);
  return {out.ssrc(), static_cast<std::uint16_t>(numbers >> 32), static_cast<std::uint32_t>(numbers), seen};
}

}  // namespace cordboard::media
