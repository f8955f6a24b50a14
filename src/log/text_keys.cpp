// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <unistd.h>

#include <base/key_file.hpp>
#include <base/random.hpp>
#include <cerrno>
#include <cstring>
#include <log/segment.hpp>
#include <log/text_keys.hpp>

namespace cordboard::log {
namespace {

constexpr std::uint64_t place_of(std::uint64_t id) { return sizeof(tail_head) + (id - 1) * sizeof(key_record); }

void derive(std::string_view secret, std::string_view purpose, std::uint8_t* out) {
  unsigned size = 0;
  (void)::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
               reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), out, &size);
}

/// What a record is about: sealed with it, so that none can be put in another's place.
std::array<char, 32> about(std::uint64_t segment, std::uint64_t id, const key_record& record) {
  std::array<char, 32> out{};
  const std::array<std::uint64_t, 4> words{segment, id, record.subject, record.kind};
  std::memcpy(out.data(), words.data(), sizeof words);
  return out;
}
std::string_view view(const std::array<char, 32>& of) { return {of.data(), of.size()}; }
std::string_view view(const std::array<std::uint8_t, 48>& of) { return {reinterpret_cast<const char*>(of.data()), of.size()}; }

text_cipher::nonce nonce_of(std::uint64_t sequence) {
  text_cipher::nonce out{};
  std::memcpy(out.data(), &sequence, sizeof sequence);
  return out;
}

bool seal_record(text_cipher& cipher, std::uint64_t segment, std::uint64_t id, const house_keys& by, const text_key& key,
                 key_record& record) {
  fill_random(record.nonce.data(), record.nonce.size());
  record.check = by.check();
  const auto what = about(segment, id, record);
  return cipher.seal(by.sealing(), record.nonce, view(what), {reinterpret_cast<const char*>(key.data()), text_key::size()},
                     record.sealed.data());
}

/// Held by whoever copies or changes records; the writer appends and asks nobody.
class key_lock {
public:
  static result<key_lock> take(int fd, bool to_change) {
    struct flock lock {};
    lock.l_type = static_cast<short>(to_change ? F_WRLCK : F_RDLCK);
    while (::fcntl(fd, F_OFD_SETLKW, &lock) != 0)
      if (errno != EINTR) return system_failure();
    return key_lock(fd);
  }
  key_lock(key_lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  key_lock& operator=(key_lock&&) = delete;
  ~key_lock() {
    if (fd_ < 0) return;
    struct flock lock {};
    lock.l_type = F_UNLCK;
    (void)::fcntl(fd_, F_OFD_SETLK, &lock);
  }

private:
  explicit key_lock(int fd) : fd_(fd) {}
  int fd_;
};

/// How many whole records a file has.
result<std::uint64_t> count_of(int fd) {
  const auto size = size_of(fd);
  if (!size) return tl::unexpected(size.error());
  return *size < sizeof(tail_head) ? 0 : (*size - sizeof(tail_head)) / sizeof(key_record);
}

result<key_record> read_record(int fd, std::uint64_t id) {
  key_record record{};
  if (const auto read = read_at(fd, &record, sizeof record, place_of(id)); !read) return tl::unexpected(read.error());
  return record;
}

}  // namespace

text_subject subject_of(const event& of) {
  if (of.request.value != 0) return {text_subject::of_request, of.request.value};
  if (of.call.value != 0) return {text_subject::of_call, of.call.value};
  return {};
}

text_key::~text_key() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

result<std::shared_ptr<const house_keys>> house_keys::read(const std::string& path, std::string* why) {
  auto made = std::make_shared<house_keys>();
  for (const std::string& name : {path, path + ".old"}) {
    auto secret = read_key_file(name);
    if (!secret && name != path && secret.error() == key_fault::missing) continue;
    if (!secret) {
      if (why != nullptr) *why = fmt::format("\"{}\", {}", name, cordboard::text(secret.error(), language::en));
      return failure(errc::access_refused);
    }
    std::array<std::uint8_t, 32> check{};
    derive(*secret, "cordboard text check", check.data());
    auto& [id, key] = made->known_.emplace_back();
    std::memcpy(&id, check.data(), sizeof id);
    id |= 1;  // never 0, which is an erased one's
    derive(*secret, "cordboard text key", key.data());
    ::explicit_bzero(secret->data(), secret->size());
  }
  return made;
}

const text_key* house_keys::find(std::uint64_t check) const {
  for (const auto& [id, key] : known_)
    if (id == check) return &key;
  return nullptr;
}

text_cipher::text_cipher() : context_(EVP_CIPHER_CTX_new()) {}
void text_cipher::freer::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

bool text_cipher::seal(const text_key& with, const nonce& once, std::string_view about, std::string_view text, void* to) {
  auto* const out = static_cast<unsigned char*>(to);
  const auto bytes = [](std::string_view of) { return reinterpret_cast<const unsigned char*>(of.data()); };
  int size = 0;
  return context_ && EVP_EncryptInit_ex(context_.get(), EVP_aes_256_gcm(), nullptr, with.data(), once.data()) == 1 &&
         (about.empty() ||
          EVP_EncryptUpdate(context_.get(), nullptr, &size, bytes(about), static_cast<int>(about.size())) == 1) &&
         EVP_EncryptUpdate(context_.get(), out, &size, bytes(text), static_cast<int>(text.size())) == 1 &&
         EVP_EncryptFinal_ex(context_.get(), out + text.size(), &size) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_GET_TAG, text_seal_bytes, out + text.size()) == 1;
}

bool text_cipher::open(const text_key& with, const nonce& once, std::string_view about, std::string_view sealed, void* to) {
  if (sealed.size() < text_seal_bytes) return false;
  auto* const out = static_cast<unsigned char*>(to);
  const auto bytes = [](std::string_view of) { return reinterpret_cast<const unsigned char*>(of.data()); };
  const std::size_t length = sealed.size() - text_seal_bytes;
  std::array<unsigned char, text_seal_bytes> tag{};
  std::memcpy(tag.data(), sealed.data() + length, tag.size());
  int size = 0;
  return context_ && EVP_DecryptInit_ex(context_.get(), EVP_aes_256_gcm(), nullptr, with.data(), once.data()) == 1 &&
         (about.empty() ||
          EVP_DecryptUpdate(context_.get(), nullptr, &size, bytes(about), static_cast<int>(about.size())) == 1) &&
         EVP_DecryptUpdate(context_.get(), out, &size, bytes(sealed), static_cast<int>(length)) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_SET_TAG, text_seal_bytes, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(context_.get(), out + length, &size) == 1;
}

result<void> key_maker::begin() {
  auto file = in_->open_file(file_name(segment_, file_kind::keys), access::create);
  if (!file) return tl::unexpected(file.error());
  const tail_head first{tail_magic, layout_version, tail_of_keys, segment_, 0};
  if (const auto written = write_at(file->get(), {reinterpret_cast<const char*>(&first), sizeof first}, 0); !written) {
    in_->remove(file_name(segment_, file_kind::keys));
    return written;
  }
  file_ = std::move(*file);
  return {};
}

result<const key_maker::made_key*> key_maker::key_of(text_subject whose) {
  if (const auto known = made_.find(whose); known != made_.end()) return &known->second;
  if (!file_)
    if (const auto begun = begin(); !begun) return tl::unexpected(begun.error());
  made_key fresh;
  fresh.id = count_ + 1;
  fill_random(fresh.key.data(), text_key::size());
  key_record record{};
  record.subject = whose.id;
  record.kind = whose.kind;
  if (!seal_record(cipher_, segment_, fresh.id, *by_, fresh.key, record))
    return failure(std::make_error_code(std::errc::not_enough_memory));
  const auto written = write_at(file_.get(), {reinterpret_cast<const char*>(&record), sizeof record}, place_of(fresh.id));
  if (!written) return tl::unexpected(written.error());
  ++count_;
  return &made_.emplace(whose, fresh).first->second;
}

bool key_maker::seal(const made_key& with, std::uint64_t sequence, std::string_view text, void* to) {
  return cipher_.seal(with.key, nonce_of(sequence), {}, text, to);
}

result<const text_key*> key_ring::find(std::uint64_t segment, const house_keys& by, std::uint64_t id) {
  if (const auto known = known_.find(id); known != known_.end()) return &known->second;
  const auto record = read_record(file_.get(), id);
  if (!record) return tl::unexpected(record.error());
  if (record->check == 0) return failure(errc::log_gone);
  const text_key* const house = by.find(record->check);
  if (house == nullptr) return failure(errc::access_refused);
  text_key key;
  if (!cipher_.open(*house, record->nonce, view(about(segment, id, *record)), view(record->sealed), key.data()))
    return failure(errc::log_damaged);
  return &known_.emplace(id, key).first->second;
}

result<std::string> key_ring::open(const folder* hot, const folder* archive, std::uint64_t segment, const house_keys* by,
                                   const tail_entry& entry, std::uint64_t sequence, std::string_view sealed) {
  if (by == nullptr) return failure(errc::access_refused);
  if (entry.key_id == 0 || sealed.size() < text_seal_bytes) return failure(errc::log_damaged);
  for (const folder* in : {hot, archive}) {
    if (file_ || in == nullptr) continue;
    auto file = in->open_file(file_name(segment, file_kind::keys), access::read);
    if (!file && !is_missing(file.error())) return tl::unexpected(file.error());
    if (file) file_ = std::move(*file);
  }
  if (!file_) return failure(errc::log_gone);
  const auto key = find(segment, *by, entry.key_id);
  if (!key) return tl::unexpected(key.error());
  std::string out(sealed.size() - text_seal_bytes, '\0');
  if (!cipher_.open(**key, nonce_of(sequence), {}, sealed, out.data())) return failure(errc::log_damaged);
  return out;
}

result<std::vector<key_record>> read_keys(const folder& in, std::uint64_t segment) {
  std::vector<key_record> all;
  const auto file = in.open_file(file_name(segment, file_kind::keys), access::read);
  if (!file && is_missing(file.error())) return all;
  if (!file) return tl::unexpected(file.error());
  const auto count = count_of(file->get());
  if (!count) return tl::unexpected(count.error());
  all.resize(*count);
  if (all.empty()) return all;
  if (const auto read = read_at(file->get(), all.data(), all.size() * sizeof(key_record), sizeof(tail_head)); !read)
    return tl::unexpected(read.error());
  return all;
}

result<std::uint64_t> change_keys(const folder& in, std::uint64_t segment,
                                  const std::function<bool(std::uint64_t id, key_record&)>& work) {
  const auto file = in.open_file(file_name(segment, file_kind::keys), access::write);
  if (!file && is_missing(file.error())) return 0;
  if (!file) return tl::unexpected(file.error());
  const auto lock = key_lock::take(file->get(), true);
  if (!lock) return tl::unexpected(lock.error());
  const auto count = count_of(file->get());
  if (!count) return tl::unexpected(count.error());
  std::uint64_t changed = 0;
  for (std::uint64_t id = 1; id <= *count; ++id) {
    auto record = read_record(file->get(), id);
    if (!record) return tl::unexpected(record.error());
    if (!work(id, *record)) continue;
    const auto written = write_at(file->get(), {reinterpret_cast<const char*>(&*record), sizeof *record}, place_of(id));
    if (!written) return tl::unexpected(written.error());
    ++changed;
  }
  if (changed != 0 && ::fdatasync(file->get()) != 0) return system_failure();
  return changed;
}

bool seal_anew(text_cipher& cipher, std::uint64_t segment, std::uint64_t id, const house_keys& by, key_record& record) {
  const text_key* const old = record.check == 0 || record.check == by.check() ? nullptr : by.find(record.check);
  text_key key;
  return old != nullptr && cipher.open(*old, record.nonce, view(about(segment, id, record)), view(record.sealed), key.data()) &&
         seal_record(cipher, segment, id, by, key, record);
}

result<std::uint64_t> copy_keys(int from, int to, std::uint64_t copied) {
  const auto lock = key_lock::take(from, false);
  if (!lock) return tl::unexpected(lock.error());
  const auto count = count_of(from);
  if (!count) return tl::unexpected(count.error());
  const std::uint64_t end = *count == 0 ? 0 : place_of(*count + 1);
  std::string bytes;
  while (copied < end) {
    bytes.resize(std::min<std::uint64_t>(end - copied, std::uint64_t{256} << 10));
    if (const auto read = read_at(from, bytes.data(), bytes.size(), copied); !read) return tl::unexpected(read.error());
    if (const auto written = write_at(to, bytes, copied); !written) return tl::unexpected(written.error());
    copied += bytes.size();
  }
  return copied;
}

}  // namespace cordboard::log
