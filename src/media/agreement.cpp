// SPDX-License-Identifier: Apache-2.0
// What was agreed with a far end, as the media thread takes it up.
#include <media/relay.hpp>

namespace cordboard::media {

void relay::take_up(stream& s, const terms& fresh) {
  s.far.expect(fresh.rtp);
  if (!(fresh.rtcp == s.now.rtcp)) s.rtcp_seen = address{};
  take_keys(s, fresh);
  s.now = fresh;
  s.known = true;
  s.out.set_clock(clock_of(fresh.out.voice()));
  if (s.encodes && s.encodes->what() != fresh.out.voice()) s.encodes.reset();
  s.heard_at = now_;
  s.lost_told = false;
}

void relay::take_keys(stream& s, const terms& fresh) {
  const auto same = [](const auto& a, const auto& b) { return a.has_value() == b.has_value() && (!a || a->same_key(*b)); };
  if (!same(fresh.ours, s.now.ours)) {
    s.sealing.reset();
    if (fresh.ours) {
      const auto before = s.kept.used_with(*fresh.ours);
      s.index = before ? index_near(before->index, s.out.sequence()) : s.out.sequence();
      s.kept.take_key(*fresh.ours, s.index, before ? before->reports : 0);
      s.sealing = std::make_unique<sealer>(*fresh.ours, s.out.ssrc(), before);
    }
  }
  if (same(fresh.theirs, s.now.theirs)) return;
  s.opening.reset();
  if (fresh.theirs) s.opening = std::make_unique<opener>(*fresh.theirs, s.kept.far_with(*fresh.theirs));
}

}  // namespace cordboard::media
