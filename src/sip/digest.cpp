// SPDX-License-Identifier: Apache-2.0
#include <base/random.hpp>
#include <sip/digest.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <strings.h>
#include <charconv>

namespace cordboard::sip {
namespace {

constexpr std::size_t stamp_size = 32;  ///< hexadecimal digits of time and chance
constexpr std::size_t mark_size = 32;   ///< and of the keyed hash behind them

std::string in_hex(const unsigned char* bytes, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += fmt::format("{:02x}", bytes[i]);
  return out;
}

std::string hash(const EVP_MD* algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), out.data(), &size, algorithm, nullptr);
  return in_hex(out.data(), size);
}

const EVP_MD* algorithm_of(const std::string& name) {
  if (name.empty() || strcasecmp(name.c_str(), "MD5") == 0) return EVP_md5();
  if (strcasecmp(name.c_str(), "SHA-256") == 0) return EVP_sha256();
  return nullptr;
}

std::int64_t second_of(digest_server::clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

template <class Number>
bool read_hex(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    out += value[i];
  }
  return out;
}

}  // namespace

credentials read_credentials(const char* const* parameters) {
  credentials out;
  read_parameters(parameters, {{"username", &out.username},
                               {"realm", &out.realm},
                               {"nonce", &out.nonce},
                               {"uri", &out.uri},
                               {"response", &out.response},
                               {"algorithm", &out.algorithm},
                               {"qop", &out.qop},
                               {"cnonce", &out.cnonce},
                               {"nc", &out.nc}});
  return out;
}

void read_parameters(const char* const* parameters, std::initializer_list<std::pair<const char*, std::string*>> fields) {
  for (; parameters != nullptr && *parameters != nullptr; ++parameters) {
    const std::string_view parameter = *parameters;
    const auto equals = parameter.find('=');
    if (equals == parameter.npos) continue;
    const std::string name(parameter.substr(0, equals));
    for (const auto& [known, to] : fields)
      if (strcasecmp(known, name.c_str()) == 0) *to = unquoted(parameter.substr(equals + 1));
  }
}

bool digest_knows(const std::string& algorithm) { return algorithm_of(algorithm) != nullptr; }

std::string digest_response(const credentials& with, std::string_view method, std::string_view password) {
  const EVP_MD* const algorithm = algorithm_of(with.algorithm);
  if (algorithm == nullptr) return {};
  const std::string ha1 = hash(algorithm, fmt::format("{}:{}:{}", with.username, with.realm, password));
  const std::string ha2 = hash(algorithm, fmt::format("{}:{}", method, with.uri));
  if (with.qop.empty()) return hash(algorithm, fmt::format("{}:{}:{}", ha1, with.nonce, ha2));
  return hash(algorithm, fmt::format("{}:{}:{}:{}:{}:{}", ha1, with.nonce, with.nc, with.cnonce, with.qop, ha2));
}

digest_server::digest_server(std::string realm) : realm_(std::move(realm)) { fill_random(key_.data(), key_.size()); }

std::string digest_server::make_nonce(std::int64_t second) const {
  std::array<unsigned char, 8> chance{};
  fill_random(chance.data(), chance.size());
  const std::string stamp = fmt::format("{:016x}", second) + in_hex(chance.data(), chance.size());
  std::array<unsigned char, EVP_MAX_MD_SIZE> mark{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(stamp.data()),
       stamp.size(), mark.data(), &size);
  return stamp + in_hex(mark.data(), mark_size / 2);
}

bool digest_server::is_ours(std::string_view nonce) const {
  if (nonce.size() != stamp_size + mark_size) return false;
  std::array<unsigned char, EVP_MAX_MD_SIZE> mark{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(nonce.data()),
       stamp_size, mark.data(), &size);
  return same(in_hex(mark.data(), mark_size / 2), nonce.substr(stamp_size));
}

std::vector<std::string> digest_server::challenges(clock::time_point now, bool stale, bool md5_only) {
  const std::string nonce = make_nonce(second_of(now));
  std::vector<std::string> out;
  const auto offer = [&](std::string_view algorithm) {
    out.push_back(fmt::format(R"(Digest realm="{}", nonce="{}", qop="auth", algorithm={}{})", realm_, nonce, algorithm,
                              stale ? ", stale=true" : ""));
  };
  if (!md5_only) offer("SHA-256");
  offer("MD5");
  return out;
}

bool digest_server::count(const std::string& nonce, std::uint32_t nc) {
  auto& seen = used_[nonce];
  while (used_.size() > nonces_max) {
    read_hex(std::string_view(used_.begin()->first).substr(0, 16), not_before_);
    ++not_before_;
    used_.erase(used_.begin());
    if (used_.find(nonce) == used_.end()) return false;
  }
  if (nc > seen.highest) {
    const auto shift = nc - seen.highest;
    seen.window = shift >= 64 ? 1 : (seen.window << shift) | 1U;
    seen.highest = nc;
    return true;
  }
  const auto back = seen.highest - nc;
  if (nc == 0 || back >= 64 || ((seen.window >> back) & 1U) != 0) return false;
  seen.window |= std::uint64_t{1} << back;
  return true;
}

digest_server::verdict digest_server::check(const credentials& answer, std::string_view method, std::string_view password,
                                            clock::time_point now) {
  std::uint32_t nc = 0;
  if (!digest_knows(answer.algorithm) || answer.realm != realm_ || answer.qop != "auth" || answer.cnonce.empty() ||
      answer.nc.size() != 8 || !read_hex(answer.nc, nc))
    return verdict::bad;
  if (!same(digest_response(answer, method, password), answer.response)) return verdict::bad;

  std::int64_t issued = 0;
  const auto second = second_of(now);
  if (!is_ours(answer.nonce) || !read_hex(std::string_view(answer.nonce).substr(0, 16), issued)) return verdict::stale;
  if (issued > second || second - issued > nonce_life.count() || issued < not_before_) return verdict::stale;
  while (!used_.empty() && used_.begin()->first < fmt::format("{:016x}", second - nonce_life.count()))
    used_.erase(used_.begin());
  // RFC 7616 3.4: a count seen before is a replay. The honest client that lost count gets a fresh nonce.
  return count(answer.nonce, nc) ? verdict::good : verdict::stale;
}

}  // namespace cordboard::sip
