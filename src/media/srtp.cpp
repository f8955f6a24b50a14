// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <media/rtp.hpp>
#include <media/srtp.hpp>
#include <srtp2/srtp.h>

namespace cordboard::media {
namespace {

static_assert(SRTP_MAX_TRAILER_LEN + 4 <= seal_bytes_max);

// Wider than any jitter buffer: what comes later than this is not played anyway.
constexpr unsigned long window = 1024;

bool library() {
  static const bool begun = srtp_init() == srtp_err_status_ok;
  return begun;
}

srtp_policy_t policy_for(sdes::suite with) {
  srtp_policy_t out{};
  switch (with) {
    case sdes::suite::aes_256_80:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&out.rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&out.rtcp);
      break;
    case sdes::suite::aes_128_32:
      // RFC 4568 §6.2.2: reports have the long tag all the same.
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&out.rtp);
      srtp_crypto_policy_set_rtcp_default(&out.rtcp);
      break;
    case sdes::suite::aes_128_80:
      srtp_crypto_policy_set_rtp_default(&out.rtp);
      srtp_crypto_policy_set_rtcp_default(&out.rtcp);
      break;
  }
  out.window_size = window;
  return out;
}

std::uint32_t rounds(std::uint64_t index) { return static_cast<std::uint32_t>(index >> 16); }
std::uint16_t sequence_of(const std::uint8_t* packet) { return static_cast<std::uint16_t>(rtp::get16(packet + 2)); }

opened verdict(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_ok: return opened::well;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old: return opened::replayed;
    case srtp_err_status_bad_param:
    case srtp_err_status_parse_err: return opened::malformed;
    default: return opened::forged;
  }
}

}  // namespace

std::uint64_t index_near(std::uint64_t known, std::uint16_t sequence) {
  const auto step = static_cast<std::int16_t>(static_cast<std::uint16_t>(sequence - static_cast<std::uint16_t>(known)));
  return step < 0 && known < static_cast<std::uint64_t>(-std::int64_t{step})
             ? sequence
             : known + static_cast<std::uint64_t>(std::int64_t{step});
}

srtp_context::srtp_context(const sdes::crypto& with, std::optional<std::uint32_t> ssrc) {
  srtp_policy_t policy = policy_for(with.with);
  std::string key = with.key;
  policy.ssrc.type = ssrc ? ssrc_specific : ssrc_any_inbound;
  policy.ssrc.value = ssrc.value_or(0);
  policy.key = reinterpret_cast<unsigned char*>(key.data());
  if (key.size() != sdes::key_bytes(with.with) || !library() || srtp_create(&context_, &policy) != srtp_err_status_ok)
    context_ = nullptr;
}

srtp_context::~srtp_context() {
  if (context_ != nullptr) (void)srtp_dealloc(context_);
}

sealer::sealer(const sdes::crypto& with, std::uint32_t ssrc, const std::optional<used>& before)
    : context_(with, ssrc), ssrc_(ssrc) {
  if (!before) return;
  before_ = before->index;
  // The library has no way to say where reports go on: what was used is used up.
  std::array<std::uint8_t, 8 + seal_bytes_max> report{};
  while (context_.get() != nullptr && reports_ < before->reports) {
    report[0] = 0x80;
    report[1] = 201;
    rtp::put16(&report[2], 1);
    rtp::put32(&report[4], ssrc_);
    if (seal_report(report.data(), 8) == 0) break;
  }
}

std::size_t sealer::seal(std::uint8_t* packet, std::size_t size) {
  if (context_.get() == nullptr) return 0;
  if (before_) {
    const auto index = index_near(*before_, sequence_of(packet));
    if (rounds(index) != 0 && srtp_set_stream_roc(context_.get(), ssrc_, rounds(index)) != srtp_err_status_ok) return 0;
    before_.reset();
  }
  int length = static_cast<int>(size);
  return srtp_protect(context_.get(), packet, &length) == srtp_err_status_ok ? static_cast<std::size_t>(length) : 0;
}

std::size_t sealer::seal_report(std::uint8_t* packet, std::size_t size) {
  if (context_.get() == nullptr) return 0;
  int length = static_cast<int>(size);
  if (srtp_protect_rtcp(context_.get(), packet, &length) != srtp_err_status_ok) return 0;
  ++reports_;
  return static_cast<std::size_t>(length);
}

opener::opener(const sdes::crypto& with, const std::optional<newest>& before) : context_(with, std::nullopt), reached_(before) {
  if (!before || context_.get() == nullptr) return;
  // Only a stream that is named can be told how often its sequence has come round.
  srtp_policy_t policy = policy_for(with.with);
  std::string key = with.key;
  policy.ssrc = {ssrc_specific, before->ssrc};
  policy.key = reinterpret_cast<unsigned char*>(key.data());
  if (srtp_add_stream(context_.get(), &policy) != srtp_err_status_ok) {
    reached_.reset();
    return;
  }
  floor_ = before->index;
  floor_of_ = before->ssrc;
  proven_ = false;
  sources_[sources_size_++] = before->ssrc;
}

bool opener::knows(std::uint32_t ssrc) const {
  const auto* const end = sources_.begin() + sources_size_;
  return std::find(sources_.begin(), end, ssrc) != end;
}

opened opener::open(std::span<std::uint8_t>& packet) {
  if (packet.size() < rtp::header_size || packet[0] >> 6 != 2) return opened::malformed;
  const auto ssrc = rtp::get32(&packet[8]);
  const auto sequence = sequence_of(packet.data());
  const bool known = knows(ssrc);
  if (context_.get() == nullptr || (!known && sources_size_ == sources_max)) return opened::forged;
  const bool same = reached_ && reached_->ssrc == ssrc;
  const auto index = same ? index_near(reached_->index, sequence) : sequence;
  if (floor_ != 0 && ssrc == floor_of_ && (!same || index <= floor_)) return opened::replayed;
  // Until one packet is proven: what was said for one that was not must not stay.
  if (!proven_ && same && rounds(index) != 0) (void)srtp_set_stream_roc(context_.get(), ssrc, rounds(index));
  int length = static_cast<int>(packet.size());
  const auto out = verdict(srtp_unprotect(context_.get(), packet.data(), &length));
  if (out != opened::well) return out;
  packet = packet.first(static_cast<std::size_t>(length));
  if (!known) sources_[sources_size_++] = ssrc;
  proven_ = true;
  if (same) {
    reached_->index = std::max(reached_->index, index);
  } else {
    std::uint32_t round = 0;
    (void)srtp_get_stream_roc(context_.get(), ssrc, &round);
    reached_ = newest{ssrc, (std::uint64_t{round} << 16) | sequence};
  }
  return out;
}

opened opener::open_report(std::span<std::uint8_t>& packet) {
  if (context_.get() == nullptr) return opened::forged;
  if (packet.size() < 8) return opened::malformed;
  const bool known = knows(rtp::get32(&packet[4]));
  if (!known && sources_size_ == sources_max) return opened::forged;
  int length = static_cast<int>(packet.size());
  const auto out = verdict(srtp_unprotect_rtcp(context_.get(), packet.data(), &length));
  if (out != opened::well) return out;
  packet = packet.first(static_cast<std::size_t>(length));
  if (!known) sources_[sources_size_++] = rtp::get32(&packet[4]);
  return out;
}

}  // namespace cordboard::media
