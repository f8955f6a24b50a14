// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <log/crc32c.hpp>
#include <log/place.hpp>

namespace cordboard::log {
namespace {

constexpr const char* issued_file = "log.issued";

struct issued_bytes {
  std::uint64_t magic;
  std::uint32_t layout;
  std::uint32_t spare0;
  std::uint64_t reserved;
  std::uint64_t clean_end;
  std::array<std::uint8_t, 28> spare1;
  std::uint32_t crc32c;
};
static_assert(sizeof(issued_bytes) == 64 && offsetof(issued_bytes, reserved) == 16);
static_assert(offsetof(issued_bytes, clean_end) == 24 && offsetof(issued_bytes, crc32c) == 60);

}  // namespace

result<void> lock_file(int fd) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return {};
  if (errno == EAGAIN || errno == EACCES) return failure(errc::log_busy);
  return system_failure();
}

std::optional<issued> read_issued(const folder& archive) {
  const auto bytes = archive.read(issued_file, sizeof(issued_bytes));
  if (!bytes || bytes->size() != sizeof(issued_bytes)) return std::nullopt;
  issued_bytes read{};
  std::memcpy(&read, bytes->data(), sizeof read);
  if (read.magic != issued_magic || read.layout != layout_version || read.reserved > segments_max ||
      read.crc32c != crc32c(&read, offsetof(issued_bytes, crc32c))) {
    return std::nullopt;
  }
  return issued{read.reserved, read.clean_end};
}

result<void> write_issued(const folder& archive, const issued& what) {
  issued_bytes bytes{};
  bytes.magic = issued_magic;
  bytes.layout = layout_version;
  bytes.reserved = what.reserved;
  bytes.clean_end = what.clean_end;
  bytes.crc32c = crc32c(&bytes, offsetof(issued_bytes, crc32c));
  return archive.replace(issued_file, {reinterpret_cast<const char*>(&bytes), sizeof bytes}, 0640, true);
}

}  // namespace cordboard::log
