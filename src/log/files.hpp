// SPDX-License-Identifier: Apache-2.0
// Files and mappings as the log needs them: nothing is followed, nothing is mapped before its size is known.
#pragma once
#include <array>
#include <cordboard/errc.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <log/layout.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace cordboard::log {

/// What `errno` says, as a failure.
tl::unexpected<std::error_code> system_failure(int number);
tl::unexpected<std::error_code> system_failure();

class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~unique_fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1);

private:
  int fd_ = -1;
};

/// A shared mapping of a file's beginning.
class mapping {
public:
  mapping() = default;
  mapping(mapping&& other) noexcept;
  mapping& operator=(mapping&& other) noexcept;
  ~mapping();
  static result<mapping> map(int fd, std::size_t bytes, bool writable);
  /// A copy of a file's beginning in memory of our own, its holes as zeros that cost nothing. What a disk cannot give is an
  /// error here, where a mapping would be a signal. @errors log_damaged: the file is shorter; the system's
  static result<mapping> copy(int fd, std::size_t bytes);
  /// Memory of our own: zeros, which cost nothing until something else is stored.
  static result<mapping> zeros(std::size_t bytes);
  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  explicit operator bool() const { return data_ != nullptr; }

private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Whether a file may be opened for reading only, or for both, or is made and must not exist.
enum class access : std::uint8_t { read, write, create, create_or_write };

/// A folder that stays the same one, whatever its path names later.
class folder {
public:
  folder() = default;
  /// @errors  the system's: not there, not a folder, no right
  static result<folder> open(const std::string& path);
  /// Makes it when missing, with mode 0750, and refuses one that others could have prepared: not ours, or writable by all.
  static result<folder> open_own(const std::string& path);

  /// A plain file, never a link, a pipe or a device. @errors log_damaged: it is something else
  result<unique_fd> open_file(const std::string& name, access how, mode_t mode = 0640) const;
  /// Numbers of the segments whose head is here, rising.
  result<std::vector<std::uint64_t>> segments() const;
  /// Numbers of the segments of which a file of one of these kinds is here, rising.
  result<std::vector<std::uint64_t>> segments_with(std::initializer_list<file_kind> kinds) const;
  result<std::vector<std::string>> names() const;
  bool remove(const std::string& name) const;
  /// Writes a small file whole or not at all: own name first, then synced when `durable`, then renamed.
  result<void> replace(const std::string& name, std::string_view bytes, mode_t mode, bool durable) const;
  result<std::string> read(const std::string& name, std::size_t bytes_max) const;
  result<void> sync() const;
  /// Memory or disk that the files here take.
  std::uint64_t bytes_used() const;
  /// Of the file system: all, and what is free for us.
  struct room {
    std::uint64_t total = 0;
    std::uint64_t free = 0;
  };
  result<room> room_left() const;

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  explicit operator bool() const { return static_cast<bool>(fd_); }

private:
  unique_fd fd_;
  std::string path_;
};

inline bool is_missing(std::error_code code) { return code == std::errc::no_such_file_or_directory; }

/// All of it or an error; `at` is the file offset. @errors  log_damaged: the file ends before
result<void> read_at(int fd, void* to, std::size_t bytes, std::uint64_t at);
/// All of it or an error; `at` is the file offset. ENOSPC, EDQUOT and a file size limit are `log_full`.
result<void> write_at(int fd, std::string_view bytes, std::uint64_t at);
/// Gives `[from, to)` of a file memory or disk, so that a store into its mapping cannot fail. @errors log_full
result<void> allocate(int fd, std::uint64_t from, std::uint64_t to);
result<std::uint64_t> size_of(int fd);
/// The kernel's id of this boot; zeros where it has none.
std::array<std::uint8_t, 16> boot_id();

}  // namespace cordboard::log
