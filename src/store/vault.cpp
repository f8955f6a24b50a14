// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/key_file.hpp>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <store/vault.hpp>
#include <system_error>
#include <unistd.h>

namespace cordboard::store {
namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
/// So many keys are kept in memory; then all are let go and read again as they are needed.
constexpr std::size_t kept_max = 20'000;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void ready() {
  if (sodium_init() < 0) throw database_error("libsodium does not start", false);
}

/// BLAKE2b of parts, each with its length, so that no two lists of parts are one text.
template <std::size_t Size>
std::array<unsigned char, Size> hash(const secret_key& key, std::initializer_list<std::string_view> parts) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), 32, Size);
  for (const std::string_view part : parts) {
    const std::uint64_t size = part.size();
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, bytes_of(part), part.size());
  }
  std::array<unsigned char, Size> out{};
  crypto_generichash_final(&state, out.data(), Size);
  return out;
}

}  // namespace

secret_key::secret_key(std::string_view bytes) {
  if (bytes.size() != bytes_.size()) throw database_error("a key has another length: the store is damaged", false);
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}
secret_key::~secret_key() { sodium_memzero(bytes_.data(), bytes_.size()); }
secret_key secret_key::random() {
  ready();
  secret_key out;
  randombytes_buf(out.bytes_.data(), out.bytes_.size());
  return out;
}

std::string seal(std::string_view text, const secret_key& with, std::string_view about) {
  const auto nonce = hash<nonce_bytes>(with, {"nonce", about, text});
  std::string out(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  out.resize(nonce.size() + text.size() + tag_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(out.data()) + nonce.size(), nullptr,
                                             bytes_of(text), text.size(), bytes_of(about), about.size(), nullptr, nonce.data(),
                                             with.data());
  return out;
}

std::optional<std::string> unseal(std::string_view sealed, const secret_key& with, std::string_view about) {
  if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
  std::string out(sealed.size() - nonce_bytes - tag_bytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(out.data()), nullptr, nullptr,
                                                 bytes_of(sealed) + nonce_bytes, sealed.size() - nonce_bytes, bytes_of(about),
                                                 about.size(), bytes_of(sealed), with.data()) != 0)
    return std::nullopt;
  return out;
}

secret_key read_master(const std::string& key_file) {
  auto bytes = read_key_file(key_file);
  if (!bytes)
    throw database_error(fmt::format("the master key stands in {}, {}", key_file, text(bytes.error(), language::en)), false);
  ready();
  // Whatever the file's length, all of its bytes count.
  std::string whole(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(whole.data()), whole.size(), bytes_of(*bytes), bytes->size(), nullptr, 0);
  const secret_key out(whole);
  sodium_memzero(whole.data(), whole.size());
  sodium_memzero(bytes->data(), bytes->size());
  return out;
}

void make_master(const std::string& key_file) {
  const int file = ::open(key_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0 && errno == EEXIST) return;
  const auto refused = [&] {
    return database_error(fmt::format("{}: {}", key_file, std::error_code(errno, std::generic_category()).message()), false);
  };
  if (file < 0) throw refused();
  std::string line;
  const secret_key fresh = secret_key::random();
  for (const unsigned char c : fresh.view()) line += fmt::format("{:02x}", c);
  line += '\n';
  const bool written = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
  ::close(file);
  sodium_memzero(line.data(), line.size());
  if (!written) throw refused();
}

vault vault::open(database& in, const secret_key& master, bool write) {
  ready();
  vault out;
  const auto take = [&](const char* name, secret_key& to) {
    const value sealed = in.one("SELECT sealed FROM secret WHERE name = $1", {std::string(name)});
    if (std::holds_alternative<std::monostate>(sealed)) {
      if (!write) throw database_error("the store has no keys yet: cordboard store run makes them", false);
      to = secret_key::random();
      in.change("INSERT INTO secret (name, sealed) VALUES ($1, $2)", {std::string(name), blob{seal(to.view(), master, name)}});
      return;
    }
    const auto bytes = unseal(text_of(sealed), master, name);
    if (!bytes) throw database_error("the key file is not that of this store", false);
    to = secret_key(*bytes);
  };
  if (!write) {
    take("keys", out.keys_);
    take("index", out.index_);
    return out;
  }
  transaction both(in);
  take("keys", out.keys_);
  take("index", out.index_);
  both.commit();
  return out;
}

void vault::copy_keys(database& from, database& to) const {
  for (const auto& r : from.all("SELECT name, sealed FROM secret"))
    to.change("INSERT INTO secret (name, sealed) VALUES ($1, $2)", {r[0], r[1]});
  from.each("SELECT id, owner, since, sealed, erased_at FROM seal", std::initializer_list<value>{}, [&](row r) {
    to.run("INSERT INTO seal (id, owner, since, sealed, erased_at) VALUES ($1, $2, $3, $4, $5)",
           {r[0], r[1], r[2], r[3], r[4]});
    return true;
  });
}

void vault::change_master(database& in, const secret_key& to) const {
  transaction both(in);
  for (const auto& [name, key] : {std::pair<const char*, const secret_key*>{"keys", &keys_}, {"index", &index_}})
    in.change("UPDATE secret SET sealed = $2 WHERE name = $1", {std::string(name), blob{seal(key->view(), to, name)}});
  both.commit();
}

std::int64_t vault::token(std::string_view domain, std::string_view text) const {
  const auto bits = hash<16>(index_, {domain, text});
  std::int64_t out = 0;
  std::memcpy(&out, bits.data(), sizeof out);
  return out == 0 ? 1 : out;
}

std::optional<secret_key> vault::unwrap(const value& sealed) const {
  if (std::holds_alternative<std::monostate>(sealed)) return std::nullopt;
  const auto bytes = unseal(text_of(sealed), keys_, "owner");
  if (!bytes) throw database_error("a person's key does not open: the store is damaged", false);
  return secret_key(*bytes);
}

std::optional<vault::sealed_text> vault::seal_for(database& in, std::int64_t owner, std::uint64_t sequence,
                                                  std::string_view text) {
  if (by_owner_.size() >= kept_max) forget();
  const auto place = static_cast<std::int64_t>(sequence);
  auto it = by_owner_.find(owner);
  if (it == by_owner_.end() || it->second.since > place) {
    // The newest key that was there at this event: one that came after an erasure is not for what was said before.
    known_key found;
    std::int64_t erased_at = 0;
    in.each("SELECT id, since, sealed, erased_at FROM seal WHERE owner = $1 AND since <= $2 ORDER BY since DESC LIMIT 1",
            {owner, place}, [&](row r) {
              found.id = number_of(r[0]);
              found.since = number_of(r[1]);
              found.key = unwrap(r[2]);
              erased_at = number_of(r[3]);
              return false;
            });
    if (found.id != 0 && !found.key && place <= erased_at) return std::nullopt;
    if (!found.key) {
      found.key = secret_key::random();
      found.since = place;
      randombytes_buf(&found.id, sizeof found.id);
      found.id &= 0x7FFF'FFFF'FFFF'FFFF;
      in.run("INSERT INTO seal (id, owner, since, sealed) VALUES ($1, $2, $3, $4)",
             {found.id, owner, place, blob{seal(found.key->view(), keys_, "owner")}});
    }
    it = by_owner_.insert_or_assign(owner, found).first;
  }
  return sealed_text{it->second.id, seal(text, *it->second.key, "text")};
}

std::optional<std::string> vault::open_text(database& in, std::int64_t seal_id, std::string_view sealed) {
  if (by_id_.size() >= kept_max) by_id_.clear();
  auto it = by_id_.find(seal_id);
  if (it == by_id_.end())
    it = by_id_.emplace(seal_id, unwrap(in.one("SELECT sealed FROM seal WHERE id = $1", {seal_id}))).first;
  if (!it->second) return std::nullopt;
  auto text = unseal(sealed, *it->second, "text");
  if (!text) throw database_error("a sealed text does not open: the store is damaged", false);
  return text;
}

void vault::erase(database& in, std::int64_t owner, std::uint64_t sequence) {
  in.change("UPDATE seal SET sealed = NULL, erased_at = $2 WHERE owner = $1 AND sealed IS NOT NULL",
            {owner, static_cast<std::int64_t>(sequence)});
}

}  // namespace cordboard::store
