// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <unistd.h>

#include <array>
#include <base/key_file.hpp>
#include <base/random.hpp>
#include <cerrno>
#include <cordboard/numbers.hpp>
#include <cstring>
#include <runtime/caller_tokens.hpp>
#include <system_error>

namespace cordboard::runtime {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

/// Written under another name first: a process that dies here leaves no half a key.
result<void> make_key(const std::string& path) {
  std::array<unsigned char, key_bytes_min> key{};
  fill_random(key.data(), key.size());
  std::string hex;
  for (const unsigned char byte : key) {
    constexpr char digits[] = "0123456789abcdef";
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  const std::string fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return tl::unexpected(last_error());
  const bool written = ::write(file, hex.data(), hex.size()) == static_cast<ssize_t>(hex.size());
  const std::error_code why = written ? std::error_code{} : last_error();
  ::close(file);
  if (!written) return tl::unexpected(why);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return tl::unexpected(last_error());
  return {};
}

}  // namespace

result<caller_tokens> caller_tokens::open(const std::string& folder) {
  const std::string path = folder + "/caller.key";
  auto key = read_key_file(path);
  if (!key && key.error() == key_fault::missing) {
    if (const auto made = make_key(path); !made) return tl::unexpected(made.error());
    key = read_key_file(path);
  }
  if (!key) return tl::unexpected(make_error_code(errc::access_refused));
  // Made ready once: to look the algorithm up takes longer than to use it.
  const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
  hash_ptr keyed(hmac != nullptr ? EVP_MAC_CTX_new(hmac.get()) : nullptr);
  std::array<char, 7> sha256{"SHA256"};
  const std::array<OSSL_PARAM, 2> with{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256.data(), 0),
                                       OSSL_PARAM_construct_end()};
  const auto* const bytes = reinterpret_cast<const unsigned char*>(key->data());
  if (keyed == nullptr || EVP_MAC_init(keyed.get(), bytes, key->size(), with.data()) != 1)
    return failure(std::make_error_code(std::errc::not_supported));
  return caller_tokens(std::move(keyed));
}

void caller_tokens::free_hash::operator()(evp_mac_ctx_st* hash) const { EVP_MAC_CTX_free(hash); }

std::uint64_t caller_tokens::of(std::string_view number) const {
  const phone_number one = normalise_number(number);
  if (one.kind == number_kind::none) return 0;
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  std::size_t size = 0;
  const auto* text = reinterpret_cast<const unsigned char*>(one.number.data());
  if (EVP_MAC_init(keyed_.get(), nullptr, 0, nullptr) != 1 || EVP_MAC_update(keyed_.get(), text, one.number.size()) != 1 ||
      EVP_MAC_final(keyed_.get(), hash.data(), &size, hash.size()) != 1)
    return 0;
  std::uint64_t token = 0;
  std::memcpy(&token, hash.data(), sizeof token);
  return token != 0 ? token : 1;
}

}  // namespace cordboard::runtime
