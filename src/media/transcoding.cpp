// SPDX-License-Identifier: Apache-2.0
// Voices as samples: for those who do not take what the far end speaks, for the mix, the tape, and the ear for tones.
#include <algorithm>
#include <media/relay.hpp>

namespace cordboard::media {
namespace {

// Behind the last packet of a key, before the voice goes on: its end comes three times.
constexpr nanoseconds key_pause = 60 * millisecond;
// So long after the last who needed them there are no samples.
constexpr nanoseconds play_on = 1000 * millisecond;

/// Somebody cannot take this voice as it comes.
bool is_sampled(const stream& s, codec what, bool measured) {
  const bool own = measured || s.tapes || (s.says && s.says->heard) || (s.asks != 0 && !s.key_came);
  if (own && !is_law(what)) return true;
  return std::any_of(s.hearers.begin(), s.hearers.end(),
                     [&](const stream* h) { return h->transcoded || (h->tapes && !is_law(what)); });
}

}  // namespace

void relay::sample(stream& from, const batch::heard& heard) {
  if (!is_voice(heard.what)) {
    if (from.playing) from.playing->pass(heard.packet);
    return;
  }
  if (!is_sampled(from, heard.what, watching_.level_every != 0)) return;
  from.played = now_;
  if (!from.playing) {
    from.playing = std::make_unique<playout>();
    touch(from);
  }
  from.playing->take(heard.packet, heard.what);
}

void relay::play(stream& s) {
  const bool needed = std::any_of(s.hearers.begin(), s.hearers.end(), [](const stream* h) { return h->transcoded; });
  if (!needed && now_ - s.played >= play_on) return s.playing.reset();
  s.playing->next();
  const auto frame = s.playing->frame();
  // G.711 has gone there by itself.
  const bool other = !is_law(s.playing->what());
  if (other && s.says && s.says->heard) s.says->add(frame);
  if (other && s.tapes) s.tapes->said.add(frame);
  if (other && watching_.level_every != 0) s.loud.take(frame);
  if (other && s.asks != 0 && !s.key_came) {
    if (!s.key_tones) s.key_tones = std::make_unique<key_detector>();
    tones_found(s, s.key_tones->take(frame));
  }
  for (stream* to : s.hearers) {
    if (!to->transcoded) {
      if (other && to->tapes) to->tapes->heard.add(frame);
    } else if (to->may_send() && !to->keys && now_ - to->key_passed >= key_pause) {
      put_frame(*to, frame);
    }
  }
}

bool relay::pass_key(stream& from, const batch::heard& heard, stream& to) {
  const codec as = to.now.out.keys();
  if (!is_keys(heard.what) || as == codec::none || heard.packet.payload.size() < 4) return false;
  // The voice beside it is ours, so its numbers are too: one time for all packets of a key (RFC 4733 §2.5.1.2).
  const bool first = now_ - to.key_passed >= key_over_after || heard.packet.timestamp != to.key_passed_at;
  to.key_passed = now_;
  to.key_passed_at = heard.packet.timestamp;
  const auto payload = key_by_clock(heard.packet.payload.first<4>(), clock_of(heard.what), clock_of(as));
  auto numbers = to.out.press(first, now_);
  if (first)
    to.key_time = numbers.timestamp;
  else
    numbers.timestamp = to.key_time;
  put(to, as, numbers, payload);
  bump(from.count.relayed, send(to));
  return true;
}

void relay::put_frame(stream& to, std::span<const std::int16_t, voice_frame> samples) {
  const codec as = to.now.out.voice();
  if (!to.encodes || to.encodes->what() != as) to.encodes = std::make_unique<encoder>(as);
  const auto numbers = to.out.generate(now_);
  const auto payload = to.encodes->encode(samples);
  if (payload.empty()) return;
  put(to, as, numbers, payload);
  if (to.tapes && !is_law(as)) to.tapes->heard.add(samples);
  // At once: the next frame is coded into the same bytes.
  send(to);
}

}  // namespace cordboard::media
