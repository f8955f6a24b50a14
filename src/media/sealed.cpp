// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <base/random.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <media/sealed.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cordboard::media {
namespace {

using namespace sealed;
using digest = std::array<std::uint8_t, 32>;
using nonce = std::array<std::uint8_t, 12>;

digest keyed(std::string_view key, std::string_view purpose, std::span<const std::uint8_t> salt) {
  std::string text(purpose);
  text.append(reinterpret_cast<const char*>(salt.data()), salt.size());
  digest out{};
  unsigned size = 0;
  (void)::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
               text.size(), out.data(), &size);
  return out;
}

/// One file's seal: the same object seals and opens its parts, in their order.
class seal {
public:
  seal(std::string_view house, std::span<const std::uint8_t> salt)
      : key_(keyed(house, "cordboard recording key", salt)), check_(keyed(house, "cordboard recording check", salt)) {}
  ~seal() { ::explicit_bzero(key_.data(), key_.size()); }
  seal(const seal&) = delete;
  seal& operator=(const seal&) = delete;

  std::span<const std::uint8_t> check() const { return std::span(check_).first(check_size); }
  void begin() { number_ = 0; }

  /// A part with its size and tag.
  bool close(std::span<const std::uint8_t> voice, bool last, std::vector<std::uint8_t>& out) {
    out.resize(size_size + voice.size() + tag_size);
    put_size(out.data(), static_cast<std::uint32_t>(voice.size()) | (last ? last_part : 0));
    const auto iv = next();
    int size = 0;
    std::uint8_t* const text = out.data() + size_size;
    return context_ && EVP_EncryptInit_ex(context_.get(), EVP_aes_256_gcm(), nullptr, key_.data(), iv.data()) == 1 &&
           EVP_EncryptUpdate(context_.get(), nullptr, &size, out.data(), size_size) == 1 &&
           EVP_EncryptUpdate(context_.get(), text, &size, voice.data(), static_cast<int>(voice.size())) == 1 &&
           EVP_EncryptFinal_ex(context_.get(), text + voice.size(), &size) == 1 &&
           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_GET_TAG, tag_size, text + voice.size()) == 1;
  }
  /// A part without its size; nothing: it is not what was sealed here.
  bool open(std::span<const std::uint8_t> size_bytes, std::span<std::uint8_t> text, std::vector<std::uint8_t>& out) {
    const auto iv = next();
    const std::size_t length = text.size() - tag_size;
    out.resize(length);
    int size = 0;
    return context_ && EVP_DecryptInit_ex(context_.get(), EVP_aes_256_gcm(), nullptr, key_.data(), iv.data()) == 1 &&
           EVP_DecryptUpdate(context_.get(), nullptr, &size, size_bytes.data(), size_size) == 1 &&
           EVP_DecryptUpdate(context_.get(), out.data(), &size, text.data(), static_cast<int>(length)) == 1 &&
           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_SET_TAG, tag_size, text.data() + length) == 1 &&
           EVP_DecryptFinal_ex(context_.get(), out.data() + length, &size) == 1;
  }
  static std::uint32_t size_of(const std::uint8_t* from) {
    return std::uint32_t{from[0]} | std::uint32_t{from[1]} << 8U | std::uint32_t{from[2]} << 16U |
           std::uint32_t{from[3]} << 24U;
  }

private:
  struct freer {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  nonce next() {
    nonce out{};
    std::memcpy(out.data(), &number_, sizeof number_);
    ++number_;
    return out;
  }
  static void put_size(std::uint8_t* to, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }

  digest key_, check_;
  std::unique_ptr<EVP_CIPHER_CTX, freer> context_{EVP_CIPHER_CTX_new()};
  std::uint64_t number_ = 0;
};

class sealed_file final : public recording_file {
public:
  sealed_file(int fd, std::string_view key, std::span<const std::uint8_t> salt) : fd_(fd), seal_(key, salt) {}
  ~sealed_file() override {
    (void)put(true);
    (void)::close(fd_);
  }
  sealed_file(const sealed_file&) = delete;
  sealed_file& operator=(const sealed_file&) = delete;

  int begin(std::span<const std::uint8_t> salt) {
    std::vector<std::uint8_t> head(title.begin(), title.end());
    head.insert(head.end(), salt.begin(), salt.end());
    head.insert(head.end(), seal_.check().begin(), seal_.check().end());
    return out(head);
  }
  int write(std::span<const std::uint8_t> frames) override {
    voice_.insert(voice_.end(), frames.begin(), frames.end());
    return voice_.size() < part_max / 2 ? 0 : put(false);
  }
  int settle() override { return voice_.empty() ? 0 : put(false); }

private:
  int put(bool last) {
    if (broken_) return EIO;
    if (!seal_.close(voice_, last, part_)) return ENOSYS;
    voice_.clear();
    return out(part_);
  }
  int out(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        // Half a part is there: whatever came behind it could not be opened.
        broken_ = true;
        return n < 0 ? errno : EIO;
      }
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return 0;
  }

  int fd_;
  seal seal_;
  bool broken_ = false;
  std::vector<std::uint8_t> voice_, part_;
};

}  // namespace

open_recording seal_with(std::string key) {
  return [key = std::move(key)](const std::string& path) -> tl::expected<std::unique_ptr<recording_file>, int> {
    const auto fd = create_recording(path);
    if (!fd) return tl::unexpected(fd.error());
    std::array<std::uint8_t, salt_size> salt{};
    fill_random(salt.data(), salt.size());
    auto out = std::make_unique<sealed_file>(*fd, key, salt);
    if (const int error = out->begin(salt); error != 0) return tl::unexpected(error);
    return out;
  };
}

struct sealed_reader::inside {
  inside(int from, std::string_view key, std::span<const std::uint8_t> salt) : fd(from), opens(key, salt) {}
  ~inside() { (void)::close(fd); }
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;

  /// As much as there is.
  tl::expected<std::size_t, sealed_problem> read(std::uint8_t* to, std::size_t size) {
    std::size_t at = 0;
    while (at < size) {
      const ssize_t n = ::read(fd, to + at, size - at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return tl::unexpected(sealed_problem{sealed_fault::unreadable, errno, given});
      if (n == 0) break;
      at += static_cast<std::size_t>(n);
    }
    return at;
  }

  int fd;
  seal opens;
  std::uint64_t given = 0;
  bool ended = false;  ///< the last part was read
  bool cut = false;    ///< there is none
  std::vector<std::uint8_t> text, voice;
};

sealed_reader::sealed_reader(std::unique_ptr<inside> parts) : inside_(std::move(parts)) {}
sealed_reader::sealed_reader(sealed_reader&&) noexcept = default;
sealed_reader::~sealed_reader() = default;

tl::expected<sealed_reader, sealed_problem> sealed_reader::open(const std::string& path, std::string_view key) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(sealed_problem{sealed_fault::unreadable, errno});
  std::array<std::uint8_t, head_size> head{};
  const std::span<const std::uint8_t> salt = std::span(head).subspan(title.size(), salt_size);
  const ssize_t size = ::read(fd, head.data(), head.size());
  auto parts = std::make_unique<inside>(fd, key, salt);
  if (size != static_cast<ssize_t>(head.size()) || std::memcmp(head.data(), title.data(), title.size()) != 0)
    return tl::unexpected(sealed_problem{size < 0 ? sealed_fault::unreadable : sealed_fault::not_sealed, size < 0 ? errno : 0});
  if (!std::equal(parts->opens.check().begin(), parts->opens.check().end(), head.end() - check_size))
    return tl::unexpected(sealed_problem{sealed_fault::other_key});
  return sealed_reader(std::move(parts));
}

tl::expected<std::vector<std::uint8_t>, sealed_problem> sealed_reader::next() {
  inside& in = *inside_;
  while (!in.ended && !in.cut) {
    std::array<std::uint8_t, size_size> size_bytes{};
    const auto got = in.read(size_bytes.data(), size_bytes.size());
    if (!got) return tl::unexpected(got.error());
    const std::uint32_t said = seal::size_of(size_bytes.data());
    const std::size_t size = said & ~last_part;
    if (*got == size_bytes.size() && size > part_max) return tl::unexpected(sealed_problem{sealed_fault::damaged, 0, in.given});
    in.text.resize(size + tag_size);
    const auto rest = *got == size_bytes.size() ? in.read(in.text.data(), in.text.size()) : 0;
    if (!rest) return tl::unexpected(rest.error());
    if (*rest < in.text.size()) {
      // Its last second was not written to its end: that is how a crash looks.
      in.cut = true;
      break;
    }
    if (!in.opens.open(size_bytes, in.text, in.voice))
      return tl::unexpected(sealed_problem{sealed_fault::damaged, 0, in.given});
    in.ended = (said & last_part) != 0;
    in.given += in.voice.size();
    if (!in.voice.empty()) return in.voice;
  }
  // Behind the last part nothing is ours.
  std::uint8_t more = 0;
  const auto behind = in.ended ? in.read(&more, 1) : 0;
  if (!behind) return tl::unexpected(behind.error());
  if (*behind != 0) return tl::unexpected(sealed_problem{sealed_fault::damaged, 0, in.given});
  return std::vector<std::uint8_t>{};
}

tl::expected<sealed_length, sealed_problem> sealed_reader::check() {
  inside& in = *inside_;
  const auto begin = [&] {
    in.ended = in.cut = false;
    in.given = 0;
    in.opens.begin();
    return ::lseek(in.fd, static_cast<off_t>(head_size), SEEK_SET) >= 0;
  };
  if (!begin()) return tl::unexpected(sealed_problem{sealed_fault::unreadable, errno});
  while (true) {
    const auto part = next();
    if (!part) return tl::unexpected(part.error());
    if (part->empty()) break;
  }
  const sealed_length out{in.given, in.ended};
  if (!begin()) return tl::unexpected(sealed_problem{sealed_fault::unreadable, errno});
  return out;
}

std::array<std::uint8_t, 58> wav_head(std::uint32_t bytes) {
  std::array<std::uint8_t, 58> out{};
  std::size_t at = 0;
  const auto text = [&](std::string_view x) {
    at = static_cast<std::size_t>(std::copy(x.begin(), x.end(), &out[at]) - out.data());
  };
  const auto number = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) out[at++] = static_cast<std::uint8_t>(value >> (8 * i));
  };
  constexpr std::uint32_t alaw = 6, channels = 2, rate = 8000;
  text("RIFF"), number(50 + bytes, 4), text("WAVE");
  text("fmt "), number(18, 4), number(alaw, 2), number(channels, 2), number(rate, 4), number(rate * channels, 4);
  number(channels, 2), number(8, 2), number(0, 2);
  text("fact"), number(4, 4), number(bytes / channels, 4);
  text("data"), number(bytes, 4);
  return out;
}

}  // namespace cordboard::media
