// SPDX-License-Identifier: Apache-2.0
#include <base/random.hpp>
#include <sip/digest_client.hpp>
#include <fmt/format.h>
#include <strings.h>
#include <algorithm>
#include <set>

namespace cordboard::sip {
namespace {

/// As a quoted string (RFC 3261 25.1).
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// Whether a list such as `auth,auth-int` has plain `auth`.
bool offers_auth(std::string_view list) {
  while (!list.empty()) {
    auto word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(word.size() + 1, list.size()));
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    if (word.size() == 4 && strncasecmp(word.data(), "auth", 4) == 0) return true;
  }
  return false;
}

}  // namespace

std::optional<challenge> read_challenge(const char* scheme, const char* const* parameters, bool proxy) {
  if (scheme == nullptr || strcasecmp(scheme, "Digest") != 0) return std::nullopt;
  challenge out;
  out.proxy = proxy;
  std::string stale;
  read_parameters(parameters, {{"realm", &out.realm},
                               {"nonce", &out.nonce},
                               {"opaque", &out.opaque},
                               {"algorithm", &out.algorithm},
                               {"qop", &out.qop},
                               {"stale", &stale}});
  out.stale = strcasecmp(stale.c_str(), "true") == 0;
  if (out.nonce.empty() || !digest_knows(out.algorithm)) return std::nullopt;
  // Without qop it is RFC 2069's, which many a PBX still asks for.
  if (!out.qop.empty() && !offers_auth(out.qop)) return std::nullopt;
  return out;
}

bool digest_client::take(const std::vector<challenge>& asked, const std::vector<credentials>& sent) {
  if (!has_account()) return false;
  bool better = false;
  std::set<std::pair<bool, std::string>> done;
  for (const auto& each : asked) {
    const std::pair key{each.proxy, each.realm};
    if (!done.insert(key).second) continue;
    const auto known = realms_.find(key);
    const auto before = std::find_if(
        sent.begin(), sent.end(), [&](const credentials& one) { return one.proxy == each.proxy && one.realm == each.realm; });
    // A nonce that was used before may have run out, whether the server says so or not; and another request may have been told
    // a newer one meanwhile.
    const bool old = before != sent.end() && known != realms_.end() &&
                     (known->second.uses > 1 || before->nonce != known->second.asked.nonce);
    if (before != sent.end() && (before->nonce == each.nonce || !(each.stale || old))) {
      if (known != realms_.end()) realms_.erase(known);
      continue;
    }
    if (known == realms_.end() && realms_.size() >= realms_max) realms_.clear();
    realms_[key] = {each, 0};
    better = true;
  }
  return better;
}

std::vector<digest_client::header> digest_client::answers(std::string_view method, std::string_view uri) {
  std::vector<header> out;
  for (auto& [key, known] : realms_) {
    const auto& asked = known.asked;
    ++known.uses;
    credentials with;
    with.username = user_;
    with.realm = asked.realm;
    with.nonce = asked.nonce;
    with.uri = uri;
    with.algorithm = asked.algorithm;
    std::string counted;
    if (!asked.qop.empty()) {
      std::array<unsigned char, 8> chance{};
      fill_random(chance.data(), chance.size());
      for (const auto byte : chance) with.cnonce += fmt::format("{:02x}", byte);
      with.qop = "auth";
      with.nc = fmt::format("{:08x}", known.uses);
      counted = fmt::format(", qop=auth, nc={}, cnonce=\"{}\"", with.nc, with.cnonce);
    }
    std::string value =
        fmt::format(R"(Digest username={}, realm={}, nonce={}, uri={}, response="{}")", quoted(user_), quoted(asked.realm),
                    quoted(asked.nonce), quoted(uri), digest_response(with, method, password_));
    if (!asked.algorithm.empty()) value += ", algorithm=" + asked.algorithm;
    value += counted;
    if (!asked.opaque.empty()) value += ", opaque=" + quoted(asked.opaque);
    out.push_back({asked.proxy, std::move(value)});
  }
  return out;
}

}  // namespace cordboard::sip
