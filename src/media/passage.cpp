// SPDX-License-Identifier: Apache-2.0
// The media thread's work on packets: in, on to the hearers, and out by the clock.
#include <algorithm>
#include <limits>
#include <media/batch.hpp>
#include <media/g711.hpp>
#include <media/relay.hpp>
#include <media/tone.hpp>

namespace cordboard::media {
namespace {

// A source that pauses for so long is filled up with silence. Longer than a network's jitter, so that a late packet is not
// taken for a pause; far shorter than what phones and NAT bindings bear.
constexpr nanoseconds fill_after = 200 * millisecond;

/// The payload in the hearer's law, or its keys by the hearer's clock.
std::span<const std::uint8_t> in_law(codec wanted, batch::heard& heard, batch::buffer& room) {
  const auto from = heard.packet.payload;
  if (wanted == heard.what) return from;
  if (is_keys(wanted)) {
    if (from.size() < 4) return from;
    const auto key = key_by_clock(from.first<4>(), clock_of(heard.what), clock_of(wanted));
    std::copy(key.begin(), key.end(), room.begin());
    return {room.data(), key.size()};
  }
  if (!heard.translated) {
    const auto& table = wanted == codec::ulaw ? g711::ulaw_of_alaw : g711::alaw_of_ulaw;
    std::transform(from.begin(), from.end(), room.begin(), [&](std::uint8_t x) { return table[x]; });
    heard.translated = true;
  }
  return {room.data(), from.size()};
}

/// What a packet is sent as to a hearer: itself, the other law, keys by the other clock; or nothing, and a voice is made into another.
codec taken_as(codec what, const payload_map& hearer) {
  if (is_keys(what)) return hearer.keys();
  if (hearer.has(what) && clock_of(what) == clock_of(hearer.voice())) return what;
  if (!is_law(what) || clock_of(hearer.voice()) != clock_of(what)) return codec::none;
  const codec other = what == codec::alaw ? codec::ulaw : codec::alaw;
  return hearer.has(other) ? other : codec::none;
}

}  // namespace

bool relay::receive(stream& s) {
  const std::size_t count = batch_->receive(s.rtp.get());
  batch_->admitted_size = 0;
  for (std::size_t i = 0; i < count; ++i) {
    // Before all else: the second byte of a report looks like a payload type with the marker.
    if (s.now.muxed() && !batch_->cut(i) && rtcp::is_report(batch_->datagram(i))) {
      take_report(s, batch_->datagram(i), batch_->from[i]);
      continue;
    }
    const auto packet = unpack(s, i);
    if (!packet) continue;
    const codec what = s.now.in.meaning(packet->type);
    if (admit(s, batch_->from[i], *packet, what) && !packet->payload.empty())
      batch_->admitted[batch_->admitted_size++] = {*packet, what, false};
  }
  if (count == 0) return false;
  if (s.opening && s.opening->reached()) s.kept.reach_far(*s.now.theirs, *s.opening->reached());
  set(s.count.lost, s.in.lost());
  if (batch_->admitted_size != 0)
    for (stream* hearer : s.hearers) pass_on(s, *hearer);
  for (std::size_t i = 0; i < batch_->admitted_size; ++i) {
    const auto& heard = batch_->admitted[i];
    if (is_keys(heard.what)) take_key(s, heard.packet);
    sample(s, heard);
    // Keys go into no mix: they are for one party, and the others would hear them all.
    if (!is_law(heard.what)) continue;
    if (s.says && s.says->heard) s.says->take(heard.packet, heard.what);
    if (s.asks != 0 && !s.key_came) take_tones(s, heard.packet, heard.what);
    if (s.tapes) s.tapes->said.take(heard.packet, heard.what);
    if (watching_.level_every != 0) s.loud.take(heard.packet.payload, heard.what);
  }
  return true;
}

std::optional<rtp::packet> relay::unpack(stream& s, std::size_t i) {
  auto bytes = batch_->datagram(i);
  auto how = batch_->cut(i) ? opened::malformed : opened::well;
  if (s.opening && how == opened::well) how = s.opening->open(bytes);
  if (how == opened::forged) bump(s.count.forged);
  if (how == opened::replayed) bump(s.count.replayed);
  auto packet = how == opened::well ? rtp::read(bytes) : std::nullopt;
  if (how == opened::malformed || (how == opened::well && !packet)) bump(s.count.invalid);
  return packet;
}

bool relay::admit(stream& s, const address& from, const rtp::packet& in, codec what) {
  if (what == codec::none) {
    // Neither believed nor refused: it can't show where the far end is.
    const bool elsewhere = s.far.seen() && !(from == s.far.to());
    bump(elsewhere ? s.count.foreign : s.count.other_payload);
    if (elsewhere) return false;
  } else {
    const address before = s.far.to();
    if (!s.far.take(from, in, now_)) {
      bump(s.count.foreign);
      return false;
    }
    if (!(before == s.far.to()) || !s.seen_told) {
      touch(s);
      const std::lock_guard lock(s.seen_mutex);
      s.seen = s.far.to();
      s.seen_told = true;
    }
  }
  s.in.take(in, now_, clock_of(what), is_voice(what));
  bump(s.count.received);
  if (s.count.first_received_ns.load(std::memory_order_relaxed) == 0) set(s.count.first_received_ns, wall_);
  set(s.count.last_received_ns, wall_);
  s.heard_at = now_;
  s.lost_told = false;
  return what != codec::none;
}

void relay::pass_on(stream& from, stream& to) {
  if (!to.may_send() || to.keys) {
    to.out.interrupt();
    return;
  }
  for (std::size_t i = 0; i < batch_->admitted_size; ++i) {
    batch::heard& heard = batch_->admitted[i];
    const codec as = taken_as(heard.what, to.now.out);
    if (is_voice(heard.what)) to.transcoded = as == codec::none;
    if (to.transcoded && (is_voice(heard.what) || pass_key(from, heard, to))) continue;
    if (as == codec::none) {
      to.out.skip(from.id, heard.packet);
      if (heard.what != codec::noise) bump(from.count.other_payload);
      continue;
    }
    const auto samples = is_voice(as) ? ticks_of(as, heard.packet.payload) : 0U;
    const auto numbers = to.out.relay(from.id, heard.packet, samples, now_);
    if (!numbers) continue;
    put(to, as, *numbers, in_law(as, heard, batch_->other_law[i]));
  }
  bump(to.count.relayed, send(to));
}

void relay::put(stream& to, codec as, const sender::numbers& numbers, std::span<const std::uint8_t> payload) {
  batch_->add({to.now.out.number(as), numbers.marker, numbers.sequence, numbers.timestamp, to.out.ssrc(), {}}, payload,
              to.far.to());
  if (to.sealing) batch_->seal(*to.sealing);
  to.bytes_sent += static_cast<std::uint32_t>(payload.size());
  if (to.tapes && is_law(as)) to.tapes->heard.add(payload, as);
}

std::uint64_t relay::send(stream& to) {
  to.publish(wall_);
  const std::uint64_t sent = batch_->send(to.rtp.get());
  bump(to.count.sent, sent);
  return sent;
}

void relay::tick(std::uint64_t frames, std::uint64_t passed) {
  // Most streams only stand, or are passed on: with thousands of them a look at each would be most of what this thread does.
  turn_.clear();
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (due_[i] <= now_) turn_.push_back(streams_[i].get());
  }
  for (std::uint64_t i = 0; i < frames; ++i) {
    for (stream* s : turn_) {
      if (s->playing) play(*s);
    }
    for (const auto& all : mixes_) blend(*all);
  }
  for (stream* s : turn_) due_[s->place] = serve(*s, frames, passed);
  music_frame_ += frames;
}

nanoseconds relay::serve(stream& s, std::uint64_t frames, std::uint64_t passed) {
  constexpr nanoseconds each_tick = 0;
  nanoseconds next = s.playing || s.keys || s.tapes ? each_tick : std::numeric_limits<nanoseconds>::max();
  if (s.keys) {
    send_key(s);
  } else if (s.may_send()) {
    if (s.in_mix != nullptr) {
      // The mix has sent its frame.
    } else if (s.source != nullptr && s.transcoded && s.source->playing) {
      next = each_tick;  // likewise its source
    } else if (s.source == nullptr) {
      generate(s, frames);
      next = each_tick;
    } else if (const nanoseconds fill_at = std::max(s.out.last_sent(), s.linked_at) + fill_after;
               now_ < fill_at && !s.filling()) {
      next = std::min(next, fill_at);
    } else {
      generate(s, 1);
      next = each_tick;
    }
  } else {
    s.out.interrupt();
    if (s.saying) {
      pass_words(s, frames);
      next = each_tick;
    }
  }
  if (s.tapes) {
    s.tapes->to->skip(passed - frames);
    for (std::uint64_t i = 0; i < frames; ++i) s.tapes->tick();
    if (s.tapes->quiet.over()) sink_.on_fact(fact::silence{s.leg, s.tapes->to->recording, s.tapes->quiet.spoken()});
  }
  if (now_ >= s.next_look) {
    s.next_look = now_ + look_interval;
    watch(s);
    if (now_ >= s.next_report) {
      report(s, false);
      s.next_report = now_ + report_interval;
    }
  }
  return std::min(next, s.next_look);
}

void relay::generate(stream& s, std::uint64_t frames) {
  const codec as = s.now.out.voice();
  for (std::uint64_t i = 0; i < frames; ++i) {
    if (is_law(as))
      put(s, as, s.out.generate(now_), next_frame(s, i, as));
    else
      put_frame(s, linear_of(next_frame(s, i, codec::alaw).first<voice_frame>(), codec::alaw));
  }
  send(s);
  if (s.saying && s.saying->over()) words_over(s);
}

std::span<const std::uint8_t> relay::next_frame(stream& s, std::uint64_t i, codec as) {
  if (s.heard->music != nullptr) return s.heard->music->frame(music_frame_ + i, as);
  if (s.saying && !s.saying->over()) return s.saying->next(as);
  return tone::frame(s.heard->kind, s.frame++, as);
}

void relay::pass_words(stream& s, std::uint64_t frames) {
  s.saying->whole = false;
  for (std::uint64_t i = 0; i < frames && !s.saying->over(); ++i) (void)s.saying->next(codec::alaw);
  if (s.saying->over()) words_over(s);
}

void relay::words_over(stream& s) {
  const std::unique_ptr<script> said = std::move(s.saying);
  sink_.on_fact(fact::announced{s.leg, said->number, said->whole});
}

void relay::take_key(stream& s, const rtp::packet& in) {
  // All packets of a key carry the time of its beginning (RFC 4733 §2.5.1.2), any of them may be lost, and one may come behind
  // those of the next key. A far end that is silent for long and then names an old time has begun anew.
  const auto later = static_cast<std::int32_t>(in.timestamp - s.key_at);
  const bool known = s.key_came && in.ssrc == s.key_from && later <= 0 && now_ - s.key_seen < key_over_after;
  s.key_seen = now_;
  if (known) return;
  s.key_came = true;
  s.key_at = in.timestamp;
  s.key_from = in.ssrc;
  s.key_tones.reset();
  const auto key = key_of(in.payload);
  if (!key || s.asks == 0) return;
  // What was heard as tones a moment ago is the same key: this far end sends both.
  if (std::exchange(s.key_heard, char{0}) == *key && now_ - s.key_heard_at < key_over_after) return;
  sink_.on_fact(fact::key_pressed{s.leg, s.asks, *key, in.timestamp});
}

void relay::take_tones(stream& s, const rtp::packet& in, codec law) {
  if (!s.key_tones) s.key_tones = std::make_unique<key_detector>();
  tones_found(s, s.key_tones->take(in, law));
}

void relay::tones_found(stream& s, const std::string& keys) {
  for (const char key : keys) {
    s.key_heard = key;
    s.key_heard_at = now_;
    sink_.on_fact(fact::key_pressed{s.leg, s.asks, key});
  }
}

void relay::blend(mix& all) {
  all.begin();
  for (stream* s : all.parties) {
    if (!s->says->heard) continue;
    s->says->next();
    all.add(*s->says);
  }
  std::array<std::uint8_t, mix_frame> payload;
  for (stream* s : all.parties) {
    if (s->keys || !s->may_send()) {
      s->out.interrupt();
      continue;
    }
    const codec voice = s->now.out.voice();
    const codec as = is_law(voice) ? voice : codec::alaw;
    hear_others(all, *s->says, s->heard->kind == source_kind::coached, as, payload);
    if (voice != as) {
      put_frame(*s, linear_of(payload, as));
      continue;
    }
    put(*s, as, s->out.generate(now_), payload);
    send(*s);
  }
}

void relay::send_key(stream& s) {
  const bool able = s.may_send();
  const codec keys = able ? s.now.out.keys() : codec::none;
  if (able && keys == codec::none) {
    const codec as = s.now.out.voice();
    if (is_law(as)) {
      put(s, as, s.out.generate(now_), s.keys->next_sound(as));
      send(s);
    } else {
      put_frame(s, linear_of(s.keys->next_sound(codec::alaw), codec::alaw));
    }
  } else if (const auto key = able ? s.keys->next() : std::nullopt) {
    const auto payload = key_by_clock(key->payload, clock_of(codec::keys), clock_of(keys));
    put(s, keys, s.out.press(key->first, now_), payload);
    send(s);
  }
  if (able && !s.keys->over()) return;
  s.keys.reset();
  sink_.on_fact(fact::digits_sent{s.leg, able});
}

}  // namespace cordboard::media
