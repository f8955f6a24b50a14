// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <media/sdp.hpp>

namespace cordboard::media::sdp {
namespace {

tl::unexpected<std::error_code> unacceptable() { return failure(errc::sdp_unacceptable); }

/// Takes the next word off `text`; empty at the end.
std::string_view word(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  const auto end = std::min(text.find(' '), text.size());
  const auto out = text.substr(0, end);
  text.remove_prefix(end);
  return out;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// m=<media> <port>[/<number of ports>] <proto> <fmt> …
std::optional<section> media_line(std::string_view value) {
  section out;
  out.kind = word(value);
  const std::string_view ports = word(value);
  const auto slash = ports.find('/');
  const auto port = number<std::uint16_t>(ports.substr(0, slash));
  if (!port || (slash != std::string_view::npos && !number<std::uint16_t>(ports.substr(slash + 1)))) return std::nullopt;
  out.port = *port;
  out.protocol = word(value);
  for (auto format = word(value); !format.empty(); format = word(value)) out.formats.emplace_back(format);
  if (out.kind.empty() || out.formats.empty() || out.formats.size() > formats_max) return std::nullopt;
  return out;
}

/// "IN IP4 192.0.2.1[/ttl]"; an empty address for a host name.
std::optional<address> connection(std::string_view value, std::uint16_t port) {
  if (word(value) != "IN") return std::nullopt;
  const auto kind = word(value);
  if (kind != "IP4" && kind != "IP6") return std::nullopt;
  const auto where = word(value);
  const auto ip = where.substr(0, where.find('/'));
  if (ip.empty()) return std::nullopt;
  return address::parse(ip, port).value_or(address{});
}

const line* find(const std::vector<line>& in, char type) {
  const auto at = std::find_if(in.begin(), in.end(), [&](const line& x) { return x.type == type; });
  return at == in.end() ? nullptr : &*at;
}

std::optional<std::string_view> attribute_in(const std::vector<line>& in, std::string_view wanted) {
  for (const auto& [type, value] : in) {
    if (type != 'a' || !value.starts_with(wanted)) continue;
    if (value.size() == wanted.size()) return std::string_view{};
    if (value[wanted.size()] == ':') return std::string_view(value).substr(wanted.size() + 1);
  }
  return std::nullopt;
}

std::optional<direction> direction_in(const std::vector<line>& in) {
  for (const auto x : {direction::sendrecv, direction::sendonly, direction::recvonly, direction::inactive})
    if (attribute_in(in, name(x))) return x;
  return std::nullopt;
}

/// <encoding name>/<clock rate>[/<parameters>]
codec codec_named(std::string_view mapping) {
  const auto slash = mapping.find('/');
  if (slash == std::string_view::npos) return codec::none;
  const auto encoding = mapping.substr(0, slash);
  const auto rate = mapping.substr(slash + 1);
  // RFC 7587 §7: Opus says two channels whatever it has.
  if (same_word(encoding, "opus")) return rate == "48000/2" ? codec::opus : codec::none;
  if (same_word(encoding, "telephone-event") && rate == "48000") return codec::keys_48;
  if (rate != "8000" && rate != "8000/1") return codec::none;
  if (same_word(encoding, "G722")) return codec::g722;
  if (same_word(encoding, "PCMA")) return codec::alaw;
  if (same_word(encoding, "PCMU")) return codec::ulaw;
  if (same_word(encoding, "telephone-event")) return codec::keys;
  if (same_word(encoding, "CN")) return codec::noise;
  return codec::none;
}

/// RFC 3551 §6: what a number means without an rtpmap.
codec codec_numbered(std::uint8_t type) {
  switch (type) {
    case 0: return codec::ulaw;
    case 8: return codec::alaw;
    case 9: return codec::g722;
    case 13: return codec::noise;
    default: return codec::none;
  }
}

}  // namespace

std::string_view name(direction x) {
  static constexpr std::array<std::string_view, 4> names{"sendrecv", "sendonly", "recvonly", "inactive"};
  return names[static_cast<std::size_t>(x)];
}

direction mirrored(direction x) {
  if (x == direction::sendonly) return direction::recvonly;
  return x == direction::recvonly ? direction::sendonly : x;
}

std::optional<std::string_view> section::attribute(std::string_view wanted) const { return attribute_in(lines, wanted); }

result<description> description::parse(std::string_view text) {
  if (text.size() > bytes_max) return unacceptable();
  description out;
  std::size_t lines = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.ends_with('\r')) one.remove_suffix(1);
    // An empty line is no SDP, but at the end some stacks send one.
    if (one.empty() && text.find_first_not_of("\r\n") == std::string_view::npos) break;
    if (++lines > lines_max || one.size() < 2 || one[1] != '=' || one[0] < 'a' || one[0] > 'z') return unacceptable();
    if (std::any_of(one.begin(), one.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; }))
      return unacceptable();
    line next{one[0], std::string(one.substr(2))};
    if (lines == 1 && (next.type != 'v' || next.value != "0")) return unacceptable();
    if (next.type == 'm') {
      auto media = media_line(next.value);
      if (!media || out.sections.size() == sections_max) return unacceptable();
      out.sections.push_back(std::move(*media));
    }
    if (next.type == 'c' && !connection(next.value, 0)) return unacceptable();
    (out.sections.empty() ? out.session : out.sections.back().lines).push_back(std::move(next));
  }
  if (lines == 0) return unacceptable();
  return out;
}

std::string description::text() const {
  std::string out;
  const auto add = [&](const std::vector<line>& lines) {
    for (const auto& x : lines) {
      out += x.type;
      out += '=';
      out += x.value;
      out += "\r\n";
    }
  };
  add(session);
  for (const auto& x : sections) add(x.lines);
  return out;
}

result<address> description::rtp(const section& of) const {
  const line* at = find(of.lines, 'c');
  if (at == nullptr) at = find(session, 'c');
  if (at == nullptr) return unacceptable();
  const auto out = connection(at->value, of.port);
  // RTP that many receive would make us a loudspeaker for whoever sends an INVITE.
  if (!out || out->many()) return unacceptable();
  return *out;
}

result<address> description::rtcp(const section& of) const {
  const auto media = rtp(of);
  if (!media) return media;
  const auto given = of.attribute("rtcp");
  if (!given) return media->port() == 65535 ? address{} : media->with_port(static_cast<std::uint16_t>(media->port() + 1));
  std::string_view value = *given;
  const auto port = number<std::uint16_t>(word(value));
  if (!port) return unacceptable();
  if (value.find_first_not_of(' ') == std::string_view::npos) return media->with_port(*port);
  const auto out = connection(value, *port);
  if (!out || out->many()) return unacceptable();
  return *out;
}

direction description::direction_of(const section& of) const {
  const auto own = direction_in(of.lines);
  return own ? *own : direction_in(session).value_or(direction::sendrecv);
}

codec_list codecs_of(const section& of) {
  codec_list out;
  for (const auto& format : of.formats) {
    const auto type = number<std::uint8_t>(format);
    if (!type || *type > 127) continue;
    codec meaning = codec_numbered(*type);
    for (const auto& [kind, value] : of.lines) {
      if (kind != 'a' || !value.starts_with("rtpmap:")) continue;
      std::string_view rest = std::string_view(value).substr(7);
      if (word(rest) == format) meaning = codec_named(word(rest));
    }
    if (meaning != codec::none) out.emplace_back(*type, meaning);
  }
  return out;
}

}  // namespace cordboard::media::sdp
