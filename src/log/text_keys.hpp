// SPDX-License-Identifier: Apache-2.0
// What seals texts: a key for each call and each request in each segment, in NUMBER.keys, where a key of the house seals it.
// To erase what was said is to overwrite the key: every slot, sum and chain stays as it was.
#pragma once
#include <array>
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct evp_cipher_ctx_st;

namespace cordboard::log {

/// Whose text it is: the request's that it is about, else the call's; what belongs to neither is nobody's, and is not sealed.
struct text_subject {
  std::uint32_t kind = 0;  ///< `of_call` or `of_request`; 0: nobody's
  std::uint64_t id = 0;
  auto operator<=>(const text_subject&) const = default;
  static constexpr std::uint32_t of_call = 1;
  static constexpr std::uint32_t of_request = 2;
};
text_subject subject_of(const event& of);

/// 32 bytes, overwritten when they go.
class text_key {
public:
  text_key() = default;
  text_key(const text_key&) = default;
  text_key& operator=(const text_key&) = default;
  ~text_key();
  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  static constexpr std::size_t size() { return 32; }

private:
  std::array<std::uint8_t, 32> bytes_{};
};

/// The keys of the house: the first one seals; an older one, from the file's name with ".old" behind it, still opens.
class house_keys {
public:
  /// @param why  set on failure: our sentence, without the file's name
  /// @errors     access_refused: no such file, or none that may be used
  static result<std::shared_ptr<const house_keys>> read(const std::string& path, std::string* why = nullptr);

  std::uint64_t check() const { return known_.front().first; }
  const text_key& sealing() const { return known_.front().second; }
  /// Null: none of these sealed it.
  const text_key* find(std::uint64_t check) const;

private:
  std::vector<std::pair<std::uint64_t, text_key>> known_;
};

/// AES-256-GCM, as the recordings have it.
class text_cipher {
public:
  using nonce = std::array<std::uint8_t, 12>;
  text_cipher();
  /// @param to  room for the text and `text_seal_bytes`
  bool seal(const text_key& with, const nonce& once, std::string_view about, std::string_view text, void* to);
  /// @param to  room for `sealed` without `text_seal_bytes`
  bool open(const text_key& with, const nonce& once, std::string_view about, std::string_view sealed, void* to);

private:
  struct freer {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  std::unique_ptr<evp_cipher_ctx_st, freer> context_;
};

/// The keys of the segment that is being written.
class key_maker {
public:
  key_maker(std::shared_ptr<const house_keys> by, const folder& in, std::uint64_t segment)
      : by_(std::move(by)), in_(&in), segment_(segment) {}
  struct made_key {
    std::uint64_t id = 0;
    text_key key;
  };
  /// A subject's key; the first time it is made, and stands in the file before a text does.
  /// @errors  log_full; the system's
  result<const made_key*> key_of(text_subject whose);
  /// A text and its seal, to `to`. No nonce comes twice under a key: it is the event's sequence, and the key is this segment's.
  bool seal(const made_key& with, std::uint64_t sequence, std::string_view text, void* to);

private:
  result<void> begin();
  std::shared_ptr<const house_keys> by_;
  const folder* in_;
  std::uint64_t segment_;
  unique_fd file_;
  std::map<text_subject, made_key> made_;
  std::uint64_t count_ = 0;  // records in the file, of a batch that failed too
  text_cipher cipher_;
};

/// The keys of one segment as readers look them up.
class key_ring {
public:
  /// A sealed text in the clear.
  /// @errors  log_gone: it was erased; access_refused: none of the house's keys is here; log_damaged
  result<std::string> open(const folder* hot, const folder* archive, std::uint64_t segment, const house_keys* by,
                           const tail_entry& entry, std::uint64_t sequence, std::string_view sealed);

private:
  result<const text_key*> find(std::uint64_t segment, const house_keys& by, std::uint64_t id);
  unique_fd file_;
  std::unordered_map<std::uint64_t, text_key> known_;
  text_cipher cipher_;
};

/// The records of a segment's keys, in their order; empty: it has none. @errors log_damaged; the system's
result<std::vector<key_record>> read_keys(const folder& in, std::uint64_t segment);
/// Changes records where they stand: those for which `work` says so. Nobody copies them meanwhile. @returns how many
result<std::uint64_t> change_keys(const folder& in, std::uint64_t segment,
                                  const std::function<bool(std::uint64_t id, key_record&)>& work);
/// Opens a record with one key of the house and seals it with another. False: it is erased, or another one's.
bool seal_anew(text_cipher& cipher, std::uint64_t segment, std::uint64_t id, const house_keys& by, key_record& record);
/// Appends what `from` has behind `copied` to `to`, while nobody changes it. @returns how far
result<std::uint64_t> copy_keys(int from, int to, std::uint64_t copied);

}  // namespace cordboard::log
