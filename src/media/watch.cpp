// SPDX-License-Identifier: Apache-2.0
// What is told of a stream: to the far end by RTCP, to the house by facts.
#include <media/batch.hpp>
#include <media/relay.hpp>
#include <media/rtcp.hpp>
#include <utility>

namespace cordboard::media {

void relay::tell_refusals(stream& s) {
  // So few may be on their way when an end moves or takes a new key, and a flood is told now and then.
  constexpr std::uint64_t few = 10;
  constexpr nanoseconds pause = 10'000 * millisecond;
  if (now_ < s.next_refusal) return;
  const auto tell = [&](packet_fault why, const std::atomic<std::uint64_t>& count) {
    const auto all = count.load(std::memory_order_relaxed);
    auto& told = s.refusals_told.at(static_cast<std::size_t>(why));
    if (all - told < few) return;
    sink_.on_fact(fact::packets_refused{s.leg, why, all - std::exchange(told, all), all});
    s.next_refusal = now_ + pause;
  };
  tell(packet_fault::forged, s.count.forged);
  tell(packet_fault::replayed, s.count.replayed);
  tell(packet_fault::foreign, s.count.foreign);
  tell(packet_fault::malformed, s.count.invalid);
}

void relay::watch(stream& s) {
  tell_refusals(s);
  if (lost_after_ == 0 || s.lost_told || !s.known || !s.now.far_sends || s.heard == nullptr || now_ - s.heard_at < lost_after_)
    return;
  s.lost_told = true;
  sink_.on_fact(fact::media_lost{s.leg});
}

void relay::receive_rtcp(stream& s) {
  const std::size_t count = batch_->receive(s.rtcp.get());
  for (std::size_t i = 0; i < count; ++i) {
    // Reports are not acted on; they show where the far end wants ours, which a NAT changes as well.
    auto bytes = batch_->datagram(i);
    if (s.opening) {
      const auto how = s.opening->open_report(bytes);
      if (how == opened::forged) bump(s.count.forged);
      if (how == opened::replayed) bump(s.count.replayed);
      if (how != opened::well) continue;
    }
    if (bytes.size() < 8 || bytes[0] >> 6 != 2 || bytes[1] < 200 || bytes[1] > 204) continue;
    if (batch_->from[i].same_ip(s.far.to())) s.rtcp_seen = batch_->from[i];
  }
}

void relay::report(stream& s, bool bye) {
  if (!s.known) return;
  address to = s.rtcp_seen;
  if (!to && s.far.to() == s.now.rtp) to = s.now.rtcp;
  const bool spoke = s.out.last_sent() != 0 && now_ - s.out.last_sent() < 2 * report_interval;
  if (!to || to.port() == 0 || (!spoke && !s.in.any())) return;
  std::optional<rtcp::sent> ours;
  if (spoke)
    ours = rtcp::sent{wall_, s.out.timestamp_at(now_), static_cast<std::uint32_t>(s.count.sent.load(std::memory_order_relaxed)),
                      s.bytes_sent};
  std::optional<reception::report> theirs;
  if (s.in.any()) theirs = s.in.next_report();
  auto bytes = rtcp::compound(s.out.ssrc(), ours, theirs, cname_, bye);
  if (s.sealing) {
    const std::size_t size = bytes.size();
    bytes.resize(size + seal_bytes_max);
    bytes.resize(s.sealing->seal_report(bytes.data(), size));
    if (bytes.empty()) return;
    s.kept.reach_reports(s.sealing->reports());
  }
  (void)::sendto(s.rtcp.get(), bytes.data(), bytes.size(), MSG_DONTWAIT, to.get(), to.size());
}

}  // namespace cordboard::media
