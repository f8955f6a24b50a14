// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <media/session.hpp>

namespace cordboard::media {
namespace {

constexpr std::uint8_t noise_number = 13;

bool has_voice(const sdp::codec_list& codecs) {
  return std::any_of(codecs.begin(), codecs.end(), [](const auto& x) { return is_voice(x.second); });
}

constexpr std::string_view plain = "RTP/AVP", sealed = "RTP/SAVP";

/// The first keys of a section that we can use.
std::optional<sdes::crypto> keys_of(const sdp::section& of) {
  for (const auto& [type, value] : of.lines) {
    constexpr std::string_view name = "crypto:";
    if (type != 'a' || !value.starts_with(name)) continue;
    if (auto read = sdes::read(std::string_view(value).substr(name.size()))) return read;
  }
  return std::nullopt;
}

std::string_view rtpmap(codec x) {
  switch (x) {
    case codec::alaw: return "PCMA/8000";
    case codec::ulaw: return "PCMU/8000";
    case codec::g722: return "G722/8000";
    case codec::opus: return "opus/48000/2";
    case codec::keys: return "telephone-event/8000";
    case codec::keys_48: return "telephone-event/48000";
    case codec::noise:
    case codec::none: break;
  }
  return "CN/8000";
}

constexpr std::string_view muxed = "rtcp-mux";

/// What the far end's description says beside its codecs, to an end of ours that speaks IPv4 or IPv6.
result<terms> read(const sdp::description& from, const sdp::section& audio, sa_family_t family) {
  const auto rtp = from.rtp(audio);
  // We can always, and every offer of ours says so.
  const auto rtcp = audio.attribute(muxed) ? rtp : from.rtcp(audio);
  if (!rtp || !rtcp || (*rtp && rtp->family() != family) || (*rtcp && rtcp->family() != family))
    return failure(errc::sdp_unacceptable);
  const auto direction = from.direction_of(audio);
  terms out;
  out.rtp = *rtp;
  out.rtcp = *rtcp;
  out.far_sends = direction == sdp::direction::sendrecv || direction == sdp::direction::sendonly;
  out.far_hears = direction == sdp::direction::sendrecv || direction == sdp::direction::recvonly;
  // RFC 3264 §8.4: how RFC 2543 put somebody on hold.
  if (rtp->unspecified()) {
    out.far_hears = false;
    out.rtp = address{};
    out.rtcp = address{};
  }
  return out;
}

/// Some send comfort noise without having agreed to: known, so that it is dropped and not counted as a stranger.
void tolerate_noise(payload_map& in) { in.add(noise_number, codec::noise); }

std::string codecs_text(const sdp::codec_list& codecs) {
  std::string out;
  for (const auto& [number, what] : codecs)
    out += (out.empty() ? "" : ",") + std::to_string(number) + ":" + std::to_string(static_cast<int>(what));
  return out;
}

std::optional<sdp::codec_list> codecs_from(std::string_view text) {
  sdp::codec_list out;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    unsigned number = 0;
    unsigned what = 0;
    const char* const end = one.data() + one.size();
    const auto first = std::from_chars(one.data(), end, number);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, what);
    if (second.ec != std::errc{} || second.ptr != end || number > 127 || what >= codec_count) return std::nullopt;
    out.emplace_back(static_cast<std::uint8_t>(number), static_cast<codec>(what));
  }
  return out;
}

sdp::codec_list listed(const payload_map& map) {
  sdp::codec_list out;
  if (map.has(map.voice())) out.emplace_back(map.number(map.voice()), map.voice());
  for (int number = 0; number < 128; ++number) {
    const auto what = map.meaning(static_cast<std::uint8_t>(number));
    if (what != codec::none && what != codec::noise) out.emplace_back(static_cast<std::uint8_t>(number), what);
  }
  return out;
}

payload_map mapped(const sdp::codec_list& codecs) {
  payload_map out;
  for (const auto& [number, what] : codecs) out.add(number, what);
  return out;
}

}  // namespace

struct session::choice {
  std::size_t section = 0;
  sdp::codec_list codecs;
  std::optional<sdes::crypto> theirs;
};

std::string session::offer(codec first) {
  // RFC 3264 §8.3.2: a number that was agreed keeps its meaning.
  const auto number = [&](codec what, std::uint8_t fallback) {
    return agreed_ && agreed_->in.has(what) ? agreed_->in.number(what) : fallback;
  };
  // Those without a number of their own take the first that is free behind the keys', whatever that is.
  offered_.clear();
  const auto add = [&](codec what, unsigned usual) {
    auto free = number(what, static_cast<std::uint8_t>(usual));
    const auto taken = [&] {
      return std::any_of(offered_.begin(), offered_.end(), [&](const auto& x) { return x.first == free; });
    };
    while (taken()) free = static_cast<std::uint8_t>(96 + (free - 95) % 32);
    offered_.emplace_back(free, what);
  };
  const auto voice = [&](codec what) {
    switch (what) {
      case codec::alaw: return add(what, 8);
      case codec::ulaw: return add(what, 0);
      case codec::g722: return add(what, 9);
      default: return add(what, 96U + (keys_number_ + 1U) % 32);
    }
  };
  auto order = may_.codecs.empty() ? std::vector{codec::alaw, codec::ulaw} : std::vector<codec>{};
  for (const auto one : may_.codecs) order.push_back(codec_of(one));
  // What the other end of the call speaks already needs no change on its way.
  if (const auto hit = std::find(order.begin(), order.end(), first); hit != order.end())
    std::rotate(order.begin(), hit, hit + 1);
  for (const auto what : order) voice(what);
  const auto has_clock = [&](std::uint32_t clock) {
    return std::any_of(order.begin(), order.end(), [&](codec x) { return clock_of(x) == clock; });
  };
  if (has_clock(8)) add(codec::keys, keys_number_);
  if (has_clock(48)) add(codec::keys_48, 96U + (keys_number_ + 2U) % 32);
  if (sections_.empty()) sections_.emplace_back();
  if (!agreed_) protocol_ = may_.srtp == srtp_policy::required ? sealed : plain;
  // The key that is used stays (RFC 4568 §7.1.4). Keys in a plain section are for who can do without (RFC 8643).
  if (agreed_) {
    keys_offered_.clear();
    if (agreed_->ours) keys_offered_.push_back(*agreed_->ours);
  } else if (may_.srtp != srtp_policy::off && keys_offered_.empty()) {
    keys_offered_ = {sdes::fresh(1, sdes::suite::aes_256_80), sdes::fresh(2, sdes::suite::aes_128_80)};
  }
  return say(offered_, keys_offered_, true, sdp::direction::sendrecv);
}

bool session::take_keys(const sdp::section& answer, terms& into) const {
  if (answer.protocol != protocol_) return false;
  const auto theirs = keys_of(answer);
  // Keys that we cannot read are not none: what comes would be noise.
  if (!theirs && !keys_offered_.empty() && answer.attribute("crypto")) return false;
  if (!theirs) return protocol_ == plain && may_.srtp != srtp_policy::required && !(agreed_ && agreed_->ours);
  const auto ours = std::find_if(keys_offered_.begin(), keys_offered_.end(),
                                 [&](const auto& x) { return x.tag == theirs->tag && x.with == theirs->with; });
  if (ours == keys_offered_.end()) return keys_offered_.empty() && protocol_ == plain;
  into.ours = *ours;
  into.theirs = theirs;
  return true;
}

result<void> session::accept(std::string_view answer) {
  const auto far = sdp::description::parse(answer);
  if (!far || offered_.empty() || far->sections.size() <= audio_) return failure(errc::sdp_unacceptable);
  const auto& audio = far->sections[audio_];
  const auto codecs = usable(audio);
  auto next = read(*far, audio, local_.family());
  if (codecs.empty() || !next || !take_keys(audio, *next)) return failure(errc::sdp_unacceptable);
  next->in = mapped(offered_);
  for (const auto& [number, what] : codecs) {
    next->out.add(number, what);
    next->in.add(number, what);  // some send with the numbers that they want to receive
  }
  tolerate_noise(next->in);
  agreed_ = *next;
  return {};
}

result<std::string> session::answer(std::string_view offer) {
  const auto far = sdp::description::parse(offer);
  if (!far) return failure(far.error());
  const auto chosen = choose(*far);
  if (!chosen) return failure(errc::sdp_unacceptable);
  const auto& audio = far->sections[chosen->section];
  auto next = read(*far, audio, local_.family());
  if (!next) return failure(next.error());
  next->in = mapped(chosen->codecs);
  next->out = next->in;
  tolerate_noise(next->in);
  std::vector<sdes::crypto> keys;
  if (chosen->theirs) {
    // A new key of theirs is a new beginning: with the old one their count of our packets goes on as well.
    const bool goes_on = agreed_ && agreed_->theirs && agreed_->theirs->same_key(*chosen->theirs);
    next->theirs = chosen->theirs;
    next->ours = goes_on ? *agreed_->ours : sdes::fresh(0, chosen->theirs->with);
    next->ours->tag = chosen->theirs->tag;
    keys.push_back(*next->ours);
  }
  agreed_ = *next;

  keep_sections(*far, chosen->section);
  protocol_ = audio.protocol;
  const auto direction = far->direction_of(audio);
  const bool old_hold = direction == sdp::direction::sendrecv && !next->far_hears;
  return say(chosen->codecs, keys, audio.attribute(muxed).has_value(),
             old_hold ? sdp::direction::recvonly : sdp::mirrored(direction));
}

bool session::may_speak(codec what) const {
  if (may_.codecs.empty()) return is_law(what);
  return std::any_of(may_.codecs.begin(), may_.codecs.end(), [&](voice_codec x) { return codec_of(x) == what; });
}

sdp::codec_list session::usable(const sdp::section& of) const {
  if (of.kind != "audio" || of.port == 0 || (of.protocol != plain && of.protocol != sealed)) return {};
  sdp::codec_list out = sdp::codecs_of(of);
  // Comfort noise is not agreed to: a far end that sends it pauses, and what it stands for is not ours to make.
  std::erase_if(out, [&](const auto& x) { return !is_keys(x.second) && !may_speak(x.second); });
  return has_voice(out) ? out : sdp::codec_list{};
}

sdp::codec_list session::preferred(const sdp::codec_list& offered) const {
  const auto find = [&](auto&& wanted) { return std::find_if(offered.begin(), offered.end(), wanted); };
  auto voice = find([](const auto& x) { return is_voice(x.second); });
  if (voice == offered.end()) return {};
  for (const auto one : may_.codecs) {
    const auto hit = find([&](const auto& x) { return x.second == codec_of(one); });
    if (hit == offered.end()) continue;
    voice = hit;
    break;
  }
  // One clock, so that the timestamps of a stream are of one kind (RFC 7160); keys by another are better than none.
  const auto clock = clock_of(voice->second);
  const bool keys = find([&](const auto& x) { return is_keys(x.second) && clock_of(x.second) == clock; }) != offered.end();
  sdp::codec_list out{*voice};
  for (const auto& x : offered) {
    const bool same = clock_of(x.second) == clock;
    if (x != *voice && (same || (is_keys(x.second) && !keys))) out.push_back(x);
  }
  return out;
}

std::optional<session::choice> session::choose(const sdp::description& from) const {
  std::optional<choice> out;
  for (std::size_t at = 0; at < from.sections.size(); ++at) {
    const auto& audio = from.sections[at];
    auto codecs = preferred(usable(audio));
    if (codecs.empty()) continue;
    auto theirs = may_.srtp == srtp_policy::off ? std::nullopt : keys_of(audio);
    if (!theirs && (audio.protocol == sealed || may_.srtp == srtp_policy::required)) continue;
    // Some offer the same voice twice, sealed and not.
    if (!out || (theirs && !out->theirs)) out = choice{at, std::move(codecs), std::move(theirs)};
  }
  return out;
}

void session::keep_sections(const sdp::description& of, std::size_t audio) {
  audio_ = audio;
  sections_.clear();
  for (std::size_t i = 0; i < of.sections.size(); ++i) {
    const auto& x = of.sections[i];
    sections_.push_back(i == audio ? std::string() : fmt::format("{} 0 {} {}", x.kind, x.protocol, fmt::join(x.formats, " ")));
  }
  for (const auto& [type, value] : of.session)
    if (type == 't' && value.find_first_not_of("0123456789 ") == std::string::npos) times_ = value;
}

result<std::string> session::pass(std::string_view description) {
  auto far = sdp::description::parse(description);
  if (!far) return failure(far.error());
  const auto audio = std::find_if(far->sections.begin(), far->sections.end(), [](const auto& x) { return x.kind == "audio"; });
  const auto whose = std::find_if(far->session.begin(), far->session.end(), [](const auto& x) { return x.type == 'o'; });
  if (audio == far->sections.end() || whose == far->session.end() || !far->rtp(*audio)) return failure(errc::sdp_unacceptable);
  keep_sections(*far, static_cast<std::size_t>(audio - far->sections.begin()));
  // Should we speak here later, a number that meant something else keeps that meaning (RFC 3264 §8.3.2).
  const auto codecs = sdp::codecs_of(*audio);
  const auto keys = std::find_if(codecs.begin(), codecs.end(), [](const auto& x) { return x.second == codec::keys; });
  const auto taken = [&](std::uint8_t number) {
    return std::find(audio->formats.begin(), audio->formats.end(), std::to_string(number)) != audio->formats.end();
  };
  keys_number_ = keys != codecs.end() ? keys->first : std::uint8_t{101};
  while (keys == codecs.end() && keys_number_ < 127 && taken(keys_number_)) ++keys_number_;
  whose->value.clear();
  whose->value = origin(far->text());
  return far->text();
}

std::string session::origin(std::string_view body) {
  // RFC 3264 §8: the version rises by one with each change, and only then.
  if (const auto now = std::hash<std::string_view>{}(body); now != said_) {
    ++version_;
    said_ = now;
  }
  return fmt::format("- {} {} IN {} {}", id_, version_, local_.family() == AF_INET6 ? "IP6" : "IP4", local_.ip());
}

std::string session::say(const sdp::codec_list& codecs, const std::vector<sdes::crypto>& keys, bool one_port,
                         sdp::direction direction) {
  const std::string_view kind = local_.family() == AF_INET6 ? "IP6" : "IP4";
  std::string body = fmt::format("s=-\r\nc=IN {} {}\r\nt={}\r\n", kind, local_.ip(), times_);
  for (const auto& refused : sections_) {
    if (!refused.empty()) {
      body += fmt::format("m={}\r\n", refused);
      continue;
    }
    body += fmt::format("m=audio {} {}", local_.port(), protocol_);
    for (const auto& x : codecs) body += fmt::format(" {}", x.first);
    body += "\r\n";
    for (const auto& [number, what] : codecs) {
      body += fmt::format("a=rtpmap:{} {}\r\n", number, rtpmap(what));
      if (is_keys(what)) body += fmt::format("a=fmtp:{} 0-16\r\n", number);
      if (what == codec::opus) body += fmt::format("a=fmtp:{} useinbandfec=1\r\n", number);
    }
    for (const auto& key : keys) body += fmt::format("a=crypto:{}\r\n", sdes::write(key));
    if (one_port) body += fmt::format("a={}\r\n", muxed);
    body += fmt::format("a=ptime:20\r\na={}\r\n", sdp::name(direction));
  }
  return fmt::format("v=0\r\no={}\r\n{}", origin(body), body);
}

void session::save(fields& to) const {
  to.add("id", id_);
  to.add("version", version_);
  to.add("times", times_);
  to.add("audio", audio_);
  to.add("keys", keys_number_);
  for (std::size_t i = 0; i < sections_.size(); ++i) to.add("section" + std::to_string(i), sections_[i]);
  to.add("offered", codecs_text(offered_));
  // Most voices are plain, and say nothing of it.
  if (protocol_ == sealed) to.add("protocol", protocol_);
  std::string codecs;
  for (const auto one : may_.codecs) codecs += static_cast<char>('0' + static_cast<int>(one));
  if (!codecs.empty()) to.add("codecs", codecs);
  if (may_.srtp != srtp_policy::off) to.add("srtp", static_cast<std::uint64_t>(may_.srtp));
  for (std::size_t i = 0; i < keys_offered_.size(); ++i) to.add("crypto" + std::to_string(i), sdes::write(keys_offered_[i]));
  if (!agreed_) return;
  if (agreed_->ours) to.add("ours", sdes::write(*agreed_->ours));
  if (agreed_->theirs) to.add("theirs", sdes::write(*agreed_->theirs));
  to.add("in", codecs_text(listed(agreed_->in)));
  to.add("out", codecs_text(listed(agreed_->out)));
  to.add("rtp", agreed_->rtp.text());
  to.add("rtcp", agreed_->rtcp.text());
  to.add("sends", agreed_->far_sends ? 1 : 0);
  to.add("hears", agreed_->far_hears ? 1 : 0);
}

result<session> session::restore(const fields& from, const address& local) {
  const auto id = from.number<std::uint64_t>("id");
  const auto version = from.number<std::uint64_t>("version");
  const auto times = from.get("times");
  const auto audio = from.number<std::size_t>("audio");
  const auto offered = from.get("offered");
  const auto codecs_offered = codecs_from(offered.value_or(""));
  if (!id || !version || !times || !audio || !offered || !codecs_offered) return failure(errc::text_invalid);
  session out(local, *id);
  out.version_ = *version;
  out.times_ = *times;
  out.audio_ = *audio;
  // A text of before has no such line.
  out.keys_number_ = from.number<std::uint8_t>("keys").value_or(out.keys_number_);
  out.offered_ = *codecs_offered;
  out.protocol_ = from.get("protocol").value_or(std::string(plain));
  const auto srtp = from.number<unsigned>("srtp").value_or(0);
  if (srtp > static_cast<unsigned>(srtp_policy::required)) return failure(errc::text_invalid);
  out.may_.srtp = static_cast<srtp_policy>(srtp);
  for (const char one : from.get("codecs").value_or("")) {
    if (one < '0' || one > '3' || out.may_.codecs.size() == 4) return failure(errc::text_invalid);
    out.may_.codecs.push_back(static_cast<voice_codec>(one - '0'));
  }
  for (std::size_t i = 0; i < sdes::suite_count; ++i) {
    const auto one = from.get(fmt::format("crypto{}", i));
    if (!one) break;
    const auto key = sdes::read(*one);
    if (!key) return failure(errc::text_invalid);
    out.keys_offered_.push_back(*key);
  }
  for (std::size_t i = 0; i < sdp::sections_max; ++i) {
    const auto one = from.get(fmt::format("section{}", i));
    if (!one) break;
    out.sections_.push_back(*one);
  }
  if (out.audio_ >= out.sections_.size() || !out.sections_[out.audio_].empty()) return failure(errc::text_invalid);
  if (!from.get("in")) return out;
  const auto in_codecs = codecs_from(from.get("in").value_or("?"));
  const auto out_codecs = codecs_from(from.get("out").value_or("?"));
  const auto rtp = address::parse_pair(from.get("rtp").value_or(""));
  const auto rtcp = address::parse_pair(from.get("rtcp").value_or(""));
  const auto sends = from.number<unsigned>("sends");
  const auto hears = from.number<unsigned>("hears");
  if (!in_codecs || !out_codecs || !has_voice(*out_codecs) || !rtp || !rtcp || !sends || !hears)
    return failure(errc::text_invalid);
  out.agreed_ = terms{mapped(*in_codecs), mapped(*out_codecs), *rtp, *rtcp, *sends != 0, *hears != 0, {}, {}};
  if (from.get("ours").has_value() != from.get("theirs").has_value()) return failure(errc::text_invalid);
  if (from.get("ours")) {
    out.agreed_->ours = sdes::read(*from.get("ours"));
    out.agreed_->theirs = sdes::read(*from.get("theirs"));
    if (!out.agreed_->ours || !out.agreed_->theirs) return failure(errc::text_invalid);
  }
  tolerate_noise(out.agreed_->in);
  return out;
}

}  // namespace cordboard::media
