// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <media/playout.hpp>

namespace cordboard::media {
namespace {

// RFC 3550 A.1: further behind than this is a source that began anew.
constexpr int misorder_max = 100;

int ahead(std::uint16_t a, std::uint16_t b) { return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)); }

}  // namespace

void playout::begin(const rtp::packet& in) {
  for (slot& one : slots_) {
    if (one.there) clear(one);
  }
  begun_ = true;
  ssrc_ = in.ssrc;
  next_ = in.sequence;
  highest_ = in.sequence;
}

bool playout::place(const rtp::packet& in, slot*& out) {
  const int behind = ahead(next_, in.sequence);
  if (!begun_ || in.ssrc != ssrc_ || behind > misorder_max || -behind >= misorder_max) begin(in);
  // Too late, or it was dropped to make up for others.
  if (ahead(in.sequence, next_) < 0) return false;
  if (ahead(in.sequence, highest_) > 0) highest_ = in.sequence;
  // What is too far ahead pushes the oldest out.
  while (ahead(in.sequence, next_) >= static_cast<int>(room)) {
    slot& old = slots_[next_++ % room];
    if (!old.there) continue;
    clear(old);
    ++dropped_;
  }
  out = &slots_[in.sequence % room];
  if (out->there) return false;
  out->there = true;
  out->samples = 0;
  ++held_;
  return true;
}

void playout::take(const rtp::packet& in, codec what) {
  slot* to = nullptr;
  if (in.payload.size() > bytes_max || !place(in, to)) return;
  to->what = what;
  to->size = in.payload.size();
  to->samples = ticks_of(what, in.payload) * 8 / clock_of(what);
  samples_held_ += to->samples;
  std::copy(in.payload.begin(), in.payload.end(), to->bytes.begin());
}

void playout::pass(const rtp::packet& in) {
  // Before any voice there is nothing that could be missed.
  slot* to = nullptr;
  if (begun_ && in.ssrc == ssrc_ && place(in, to)) to->what = codec::none;
}

void playout::clear(slot& of) {
  of.there = false;
  --held_;
  samples_held_ -= of.samples;
}

void playout::add(std::span<const std::int16_t> samples) { samples_.insert(samples_.end(), samples.begin(), samples.end()); }

bool playout::advance() {
  if (held_ == 0) return false;
  slot& due = slots_[next_ % room];
  if (!due.there) {
    // Something behind it is here: it is lost, or so late that it is.
    slot& behind = slots_[static_cast<std::uint16_t>(next_ + 1) % room];
    ++next_;
    ++concealed_;
    const bool helps = behind.there && behind.what == codec::opus;
    if (decoder_ && ++missing_ <= concealed_max)
      add(decoder_->conceal(helps ? std::span<const std::uint8_t>(behind.bytes.data(), behind.size)
                                  : std::span<const std::uint8_t>()));
    return true;
  }
  ++next_;
  clear(due);
  missing_ = 0;
  if (due.what == codec::none) return true;
  if (!decoder_ || decoder_->what() != due.what) decoder_ = std::make_unique<decoder>(due.what);
  const auto samples = decoder_->decode({due.bytes.data(), due.size});
  if (!samples.empty()) packet_ = samples.size();
  add(samples);
  return true;
}

void playout::next() {
  if (!going_ && waiting() >= std::max(depth_, packet_)) {
    going_ = true;
    // It went on a moment later: the network was slower than what was kept for it. A longer pause is the speaker's.
    if (dry_for_ != 0 && dry_for_ <= jitter_max) depth_ = std::min(depth_ + voice_frame, depth_max);
    dry_for_ = 0;
  }
  bool full = going_;
  while (going_ && samples_.size() - begin_ < voice_frame && full) full = advance();
  const std::size_t there = samples_.size() - begin_;
  if (!going_ || there < voice_frame) {
    frame_.fill(0);
    if (going_ || dry_for_ != 0) ++dry_for_;
    if (!going_) return;
    // It ran dry: what was left is given out.
    std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(begin_), there, frame_.begin());
    samples_.clear();
    begin_ = 0;
    going_ = false;
    calm_ = 0;
    return;
  }
  std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(begin_), voice_frame, frame_.begin());
  begin_ += voice_frame;
  if (begin_ >= decoder::samples_max) {
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  if (++calm_ == calm) {
    calm_ = 0;
    if (depth_ > depth_min) depth_ -= voice_frame;
  }
  // More than it needs has come at once: the oldest goes, so that the delay is what it was.
  if (waiting() > std::max(depth_, packet_) + 3 * std::max(packet_, voice_frame)) {
    if (advance() && samples_.size() - begin_ >= voice_frame) begin_ += voice_frame;
    ++dropped_;
  }
}

}  // namespace cordboard::media
