// SPDX-License-Identifier: Apache-2.0
#include <base/key_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cordboard {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

tl::expected<std::string, key_fault> read_key_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return tl::unexpected(errno == ENOENT ? key_fault::missing : key_fault::unreadable);
  struct stat is {};
  const bool plain = ::fstat(file, &is) == 0 && S_ISREG(is.st_mode);
  std::string bytes(2 * key_bytes_max + 3, '\0');
  const ssize_t length = plain ? ::read(file, bytes.data(), bytes.size()) : -1;
  ::close(file);
  if (length < 0) return tl::unexpected(key_fault::unreadable);
  if ((is.st_mode & (S_IRWXG | S_IRWXO)) != 0) return tl::unexpected(key_fault::open_to_others);
  bytes.resize(static_cast<std::size_t>(length));
  if (!bytes.empty() && bytes.back() == '\n') bytes.pop_back();
  if (!bytes.empty() && bytes.back() == '\r') bytes.pop_back();
  const bool hex = bytes.size() % 2 == 0 && std::all_of(bytes.begin(), bytes.end(), [](char c) { return digit_of(c) >= 0; });
  if (hex) {
    std::string key;
    for (std::size_t i = 0; i < bytes.size(); i += 2)
      key += static_cast<char>(digit_of(bytes[i]) << 4 | digit_of(bytes[i + 1]));
    ::explicit_bzero(bytes.data(), bytes.size());
    bytes = std::move(key);
  }
  if (bytes.size() < key_bytes_min) return tl::unexpected(key_fault::short_key);
  if (bytes.size() > key_bytes_max) return tl::unexpected(key_fault::long_key);
  return bytes;
}

std::string_view text(key_fault fault, language in) {
  const bool zh = in == language::zh;
  switch (fault) {
    case key_fault::missing: return zh ? "不存在" : "which does not exist";
    case key_fault::unreadable: return zh ? "不是可读文件" : "which is not a file that can be read";
    case key_fault::open_to_others:
      return zh ? "他人可读,请改权限为 0600 或 0400" : "which others may read; its mode must be 0600 or 0400";
    case key_fault::short_key:
      return zh ? "短于 32 字节(64 位十六进制)" : "which holds fewer than 32 bytes, or 64 hexadecimal digits";
    case key_fault::long_key: return zh ? "长于 4096 字节" : "which holds more than 4096 bytes";
  }
  return {};
}

}  // namespace cordboard
