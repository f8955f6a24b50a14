// SPDX-License-Identifier: Apache-2.0
// What is told of a stream: to the far end by RTCP, to the house by facts.
#include <algorithm>
#include <cmath>
#include <cstdlib>
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

namespace {

voice_account coming_to(const stream& s) {
  return {s.in.expected_in_all(), s.in.lost() + s.in.late(), s.in.jitter(), s.told_of.round_trip()};
}
voice_account going_from(const stream& s) {
  return {s.told_of.expected(), s.told_of.lost(), s.told_of.jitter(clock_of(s.now.out.voice())), s.told_of.round_trip()};
}

fact::voice_quality quality_of(leg_id leg, voice_direction which, const voice_account& from, const voice_account& to) {
  const voice_path path = path_of(from, to);
  fact::voice_quality out;
  out.leg = leg;
  out.which = which;
  out.mos_100 = static_cast<std::uint16_t>(std::lround(opinion_of(rating_of(path)) * 100));
  out.lost_ppm = static_cast<std::uint32_t>(std::lround(path.lost * 1e6));
  out.jitter_ns = to.jitter;
  out.round_trip_ns = to.round_trip;
  return out;
}

}  // namespace

void relay::judge(stream& s, voice_condition& of, voice_direction which, const voice_account& now) {
  const voice_account before = std::exchange(of.until, now);
  if (now.expected - std::min(before.expected, now.expected) < verdict_packets) return;
  const double rating = rating_of(path_of(before, now));
  // A voice at the limit is not told to and fro.
  constexpr double clearly = 3;
  if (of.bad_since == 0 && rating < watching_.rating_min) {
    of.bad_since = now_;
    sink_.on_fact(quality_of(s.leg, which, before, now));
  } else if (of.bad_since != 0 && rating >= watching_.rating_min + clearly) {
    sink_.on_fact(fact::voice_recovered{s.leg, which, now_ - std::exchange(of.bad_since, 0)});
  }
}

void relay::look_for(stream& s, voice_condition& of, voice_direction which, nanoseconds absent_since) {
  if (of.absent_since == 0 && absent_since != 0) {
    of.absent_since = absent_since;
    sink_.on_fact(fact::voice_one_way{s.leg, which, now_ - absent_since});
  } else if (of.absent_since != 0 && absent_since == 0) {
    sink_.on_fact(fact::voice_recovered{s.leg, which, now_ - std::exchange(of.absent_since, 0)});
  }
}

void relay::tell_level(stream& s) {
  // What the ear takes for louder or softer, and not the voice's own rise and fall.
  constexpr int step = 6;
  s.next_level = now_ + watching_.level_every;
  const std::uint8_t level = s.loud.next();
  const bool silence = level == loudness::silence;
  if (std::abs(level - s.loud_told) < step && silence == (s.loud_told == loudness::silence)) return;
  s.loud_told = level;
  sink_.on_fact(fact::voice_level{s.leg, level});
}

void relay::tell_quality(const stream& s) {
  const auto tell = [&](voice_direction which, const voice_account& all) {
    if (all.expected == 0) return;
    auto what = quality_of(s.leg, which, {}, all);
    what.over = true;
    sink_.on_fact(what);
  };
  tell(voice_direction::from_far, coming_to(s));
  if (s.told_of.any()) tell(voice_direction::to_far, going_from(s));
}

void relay::watch(stream& s) {
  tell_refusals(s);
  if (watching_.level_every != 0 && now_ >= s.next_level) tell_level(s);
  const bool to_come = s.known && s.now.far_sends && s.heard != nullptr;
  if (to_come && watching_.lost_after != 0 && !s.lost_told && now_ - s.heard_at >= watching_.lost_after) {
    s.lost_told = true;
    sink_.on_fact(fact::media_lost{s.leg});
  }
  // A far end that falls silent may do so. It does not who never spoke, or tells that it speaks.
  const bool unheard = s.count.received.load(std::memory_order_relaxed) == 0 || s.told_of.speaks_unheard(s.heard_at);
  const bool absent = to_come && unheard && now_ - s.heard_at >= one_way_after;
  look_for(s, s.coming, voice_direction::from_far, absent ? s.heard_at : 0);
  look_for(s, s.going, voice_direction::to_far, s.may_send() ? s.told_of.deaf_since() : 0);
  if (watching_.rating_min == 0 || now_ < s.next_verdict) return;
  s.next_verdict = now_ + verdict_interval;
  judge(s, s.coming, voice_direction::from_far, coming_to(s));
  judge(s, s.going, voice_direction::to_far, going_from(s));
}

void relay::receive_rtcp(stream& s) {
  const std::size_t count = batch_->receive(s.rtcp.get());
  for (std::size_t i = 0; i < count; ++i) take_report(s, batch_->datagram(i), batch_->from[i]);
}

void relay::take_report(stream& s, std::span<std::uint8_t> bytes, const address& from) {
  if (s.opening) {
    const auto how = s.opening->open_report(bytes);
    if (how == opened::forged) bump(s.count.forged);
    if (how == opened::replayed) bump(s.count.replayed);
    if (how != opened::well) return;
  }
  const auto told = rtcp::read(bytes, s.out.ssrc());
  if (!told || !from.same_ip(s.far.to())) return;
  // They show where the far end wants ours, which a NAT changes as well.
  if (!s.now.muxed()) s.rtcp_seen = from;
  s.told_of.take(*told, now_, wall_, s.count.sent.load(std::memory_order_relaxed));
}

void relay::report(stream& s, bool bye) {
  if (!s.known) return;
  address to = s.now.muxed() ? s.far.to() : s.rtcp_seen;
  if (!to && s.far.to() == s.now.rtp) to = s.now.rtcp;
  const bool spoke = s.out.last_sent() != 0 && now_ - s.out.last_sent() < 2 * report_interval;
  if (!to || to.port() == 0 || (!spoke && !s.in.any())) return;
  std::optional<rtcp::sent> ours;
  if (spoke)
    ours = rtcp::sent{wall_, s.out.timestamp_at(now_), static_cast<std::uint32_t>(s.count.sent.load(std::memory_order_relaxed)),
                      s.bytes_sent};
  std::optional<reception::report> theirs;
  if (s.in.any()) {
    theirs = s.in.next_report();
    theirs->last_sr = s.told_of.last_sr();
    theirs->since_sr = s.told_of.since_sr(now_);
  }
  auto bytes = rtcp::compound(s.out.ssrc(), ours, theirs, cname_, bye);
  if (s.sealing) {
    const std::size_t size = bytes.size();
    bytes.resize(size + seal_bytes_max);
    bytes.resize(s.sealing->seal_report(bytes.data(), size));
    if (bytes.empty()) return;
    s.kept.reach_reports(s.sealing->reports());
  }
  (void)::sendto((s.now.muxed() ? s.rtp : s.rtcp).get(), bytes.data(), bytes.size(), MSG_DONTWAIT, to.get(), to.size());
}

}  // namespace cordboard::media
