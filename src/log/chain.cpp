// SPDX-License-Identifier: Apache-2.0
#include <log/chain.hpp>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <log/segment.hpp>
#include <memory>
#include <vector>

namespace cordboard::log {
namespace {

struct freer {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

class keyed_hash {
public:
  explicit keyed_hash(const chain_key& key)
      : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)), context_(mac_ ? EVP_MAC_CTX_new(mac_.get()) : nullptr) {
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 2> with{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                         OSSL_PARAM_construct_end()};
    good_ = context_ && EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(key.bytes().data()),
                                     key.bytes().size(), with.data()) == 1;
  }
  void add(const void* bytes, std::size_t size) {
    good_ = good_ && EVP_MAC_update(context_.get(), static_cast<const unsigned char*>(bytes), size) == 1;
  }
  template <class Number>
  void add(Number value) {
    add(&value, sizeof value);
  }
  result<chain_value> end() {
    chain_value out{};
    std::size_t size = 0;
    good_ = good_ && EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1 && size == out.size();
    // Only a library without SHA-256, or a machine without memory, comes here.
    if (!good_) return failure(std::make_error_code(std::errc::function_not_supported));
    return out;
  }

private:
  std::unique_ptr<EVP_MAC, freer> mac_;
  std::unique_ptr<EVP_MAC_CTX, freer> context_;
  bool good_ = false;
};

result<void> add_file(keyed_hash& to, const folder& in, const std::string& name, std::uint64_t bytes) {
  const auto file = in.open_file(name, access::read);
  if (!file) return tl::unexpected(file.error());
  std::vector<char> buffer(std::size_t{256} << 10);
  for (std::uint64_t at = 0; at < bytes;) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), bytes - at);
    const ssize_t n = ::pread(file->get(), buffer.data(), wanted, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure();
    if (n == 0) return failure(errc::log_damaged);
    to.add(buffer.data(), static_cast<std::size_t>(n));
    at += static_cast<std::uint64_t>(n);
  }
  return {};
}

}  // namespace

chain_key::~chain_key() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

result<chain_value> chain_of(const chain_key& key, const folder& in, const segment_head& head) {
  if (head.end < base_of(head.segment) || head.end > limit_of(head.segment) || head.text_bytes > tail_bytes_max) {
    return failure(errc::log_damaged);
  }
  keyed_hash hash(key);
  constexpr std::string_view title = "cordboard chain 1\n";
  hash.add(title.data(), title.size());
  hash.add(&head, offsetof(segment_head, end));
  hash.add(head.end);
  hash.add(head.text_bytes);
  hash.add(head.thinned);
  const std::uint64_t slots = (head.end - base_of(head.segment)) * sizeof(event);
  if (const auto added = add_file(hash, in, file_name(head.segment, file_kind::slots), slots); !added) {
    return tl::unexpected(added.error());
  }
  if (const auto added = add_file(hash, in, file_name(head.segment, file_kind::text), head.text_bytes); !added) {
    return tl::unexpected(added.error());
  }
  hash.add(head.previous_chain.data(), head.previous_chain.size());
  return hash.end();
}

chain_value chain_before(const folder& archive, std::uint64_t segment) {
  const auto numbers = archive.segments();
  if (!numbers) return {};
  const auto at = std::lower_bound(numbers->begin(), numbers->end(), segment);
  if (at == numbers->begin()) return {};
  const auto head = read_head(archive, *std::prev(at));
  return head ? head->chain : chain_value{};
}

}  // namespace cordboard::log
