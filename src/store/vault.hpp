// SPDX-License-Identifier: Apache-2.0
// What seals personal texts: a key for each person (each telephone number, or what has none), so that erasing somebody is destroying a key.
//
//   key file ──seals──► the store's own two keys ──seal──► a key per owner ──seals──► texts
//                       (one for keys, one for the hashes by which texts and numbers are found)
//
// A change of the key file seals two short rows anew. Whoever has the store open goes on with what it has.
#pragma once
#include <array>
#include <cordboard/event.hpp>
#include <optional>
#include <store/database.hpp>
#include <unordered_map>

namespace cordboard::store {

/// A secret of 32 bytes that is overwritten when it goes.
class secret_key {
public:
  secret_key() = default;
  /// @param bytes  32
  explicit secret_key(std::string_view bytes);
  secret_key(const secret_key&) = default;
  secret_key& operator=(const secret_key&) = default;
  ~secret_key();
  const unsigned char* data() const { return bytes_.data(); }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  static secret_key random();

private:
  std::array<unsigned char, 32> bytes_{};
};

/// XChaCha20-Poly1305 with a nonce that follows from key and text: the same text under the same key is the same bytes, so a rebuild
/// gives equal rows, and no nonce ever stands for two texts.
std::string seal(std::string_view text, const secret_key& with, std::string_view about);
/// @returns  nothing: another key, or changed bytes
std::optional<std::string> unseal(std::string_view sealed, const secret_key& with, std::string_view about);

/// Reads a master key. @errors database_error: why not, with its remedy
secret_key read_master(const std::string& key_file);
/// Writes a new one, mode 0600, unless a file is there.
void make_master(const std::string& key_file);

/// @threads  that of the database
class vault {
public:
  /// Takes the store's keys out of it; the first time, makes them.
  /// @errors  database_error: the key file is not that of this store, or is not fit to be one
  static vault open(database& in, const secret_key& master, bool write);
  /// The same keys for another database: what is sealed there is equal.
  void copy_keys(database& from, database& to) const;
  /// Seals the store's keys for another key file, at once.
  void change_master(database& in, const secret_key& to) const;

  /// 64 bits that stand for a text, and tell nothing of it without the store's key. Never 0.
  std::int64_t token(std::string_view domain, std::string_view text) const;

  /// Seals a text for an owner (a token), and makes the owner's key when there is none.
  struct sealed_text {
    std::int64_t seal = 0;
    std::string bytes;
  };
  /// @param sequence  of the event that says it; nothing is given back for one that an erasure came after
  std::optional<sealed_text> seal_for(database& in, std::int64_t owner, std::uint64_t sequence, std::string_view text);
  /// @returns  nothing when the owner was erased
  std::optional<std::string> open_text(database& in, std::int64_t seal, std::string_view sealed);
  /// Destroys an owner's keys. What comes later gets a new one. @param sequence  up to which event
  static void erase(database& in, std::int64_t owner, std::uint64_t sequence);
  /// Forgets keys that were made in a transaction that was undone, or that another connection may have erased.
  void forget() { by_owner_.clear(), by_id_.clear(); }

private:
  struct known_key {
    std::int64_t id = 0;
    std::int64_t since = 0;
    std::optional<secret_key> key;  ///< nothing: erased
  };
  std::optional<secret_key> unwrap(const value& sealed) const;

  secret_key keys_, index_;
  std::unordered_map<std::int64_t, known_key> by_owner_;
  std::unordered_map<std::int64_t, std::optional<secret_key>> by_id_;
};

}  // namespace cordboard::store
