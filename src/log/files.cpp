// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <utility>

namespace cordboard::log {
namespace {

bool no_room(int number) { return number == ENOSPC || number == EDQUOT || number == EFBIG; }

struct directory_closer {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

}  // namespace

tl::unexpected<std::error_code> system_failure(int number) {
  if (no_room(number)) return failure(errc::log_full);
  return failure(std::error_code(number, std::system_category()));
}
tl::unexpected<std::error_code> system_failure() { return system_failure(errno); }

void unique_fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

mapping::mapping(mapping&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
mapping& mapping::operator=(mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
mapping::~mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

result<mapping> mapping::map(int fd, std::size_t bytes, bool writable) {
  void* at = ::mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return system_failure();
  mapping made;
  made.data_ = static_cast<std::byte*>(at);
  made.size_ = bytes;
  return made;
}

result<mapping> mapping::copy(int fd, std::size_t bytes) {
  auto made = zeros(bytes);
  for (std::size_t at = 0; made && at < bytes;) {
    // Where the file system knows no holes, all of it is data.
    const off_t data = ::lseek(fd, static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    if (data > 0) at = std::max(at, static_cast<std::size_t>(data));
    if (at >= bytes) break;
    const off_t hole = data < 0 ? -1 : ::lseek(fd, static_cast<off_t>(at), SEEK_HOLE);
    const std::size_t to = hole < 0 ? bytes : std::min(bytes, static_cast<std::size_t>(hole));
    if (const auto got = read_at(fd, made->data() + at, to - at, at); !got) return tl::unexpected(got.error());
    at = to;
  }
  return made;
}

result<mapping> mapping::zeros(std::size_t bytes) {
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return system_failure();
  mapping made;
  made.data_ = static_cast<std::byte*>(at);
  made.size_ = bytes;
  return made;
}

result<folder> folder::open(const std::string& path) {
  folder opened;
  opened.fd_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.fd_) return system_failure();
  opened.path_ = path;
  return opened;
}

result<folder> folder::open_own(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (::mkdir(path.substr(0, slash).c_str(), 0755) != 0 && errno != EEXIST) return system_failure();
  }
  if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) return system_failure();
  folder opened;
  // In a folder like /dev/shm anyone may have been here first: no link is followed, and the folder must be our own.
  opened.fd_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!opened.fd_) return system_failure();
  struct stat is {};
  if (::fstat(opened.fd_.get(), &is) != 0) return system_failure();
  if (is.st_uid != ::geteuid() || (is.st_mode & S_IWOTH) != 0) return system_failure(EPERM);
  opened.path_ = path;
  return opened;
}

result<unique_fd> folder::open_file(const std::string& name, access how, mode_t mode) const {
  int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;  // O_NONBLOCK: a pipe in a segment's place must not hold us
  switch (how) {
    case access::read: flags |= O_RDONLY; break;
    case access::write: flags |= O_RDWR; break;
    case access::create: flags |= O_RDWR | O_CREAT | O_EXCL; break;
    case access::create_or_write: flags |= O_RDWR | O_CREAT; break;
  }
  unique_fd opened(::openat(fd_.get(), name.c_str(), flags, mode));
  if (!opened) return errno == ELOOP ? failure(errc::log_damaged) : system_failure();
  struct stat is {};
  if (::fstat(opened.get(), &is) != 0) return system_failure();
  if (!S_ISREG(is.st_mode)) return failure(errc::log_damaged);
  return opened;
}

result<std::vector<std::string>> folder::names() const {
  unique_fd again(::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again) return system_failure();
  const std::unique_ptr<DIR, directory_closer> stream(::fdopendir(again.get()));
  if (!stream) return system_failure();
  again.release();
  std::vector<std::string> found;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): safe between threads as long as each has a stream of its own
  while (const dirent* entry = ::readdir(stream.get())) found.emplace_back(entry->d_name);
  return found;
}

result<std::vector<std::uint64_t>> folder::segments() const { return segments_with({file_kind::head}); }

result<std::vector<std::uint64_t>> folder::segments_with(std::initializer_list<file_kind> kinds) const {
  auto all = names();
  if (!all) return tl::unexpected(all.error());
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : *all) {
    if (std::any_of(kinds.begin(), kinds.end(), [&](file_kind kind) { return is_file(name, kind); }))
      numbers.push_back(static_cast<std::uint64_t>(segment_of_file(name)));
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

bool folder::remove(const std::string& name) const { return ::unlinkat(fd_.get(), name.c_str(), 0) == 0; }

result<void> folder::replace(const std::string& name, std::string_view bytes, mode_t mode, bool durable) const {
  const std::string fresh = name + ".new";
  remove(fresh);
  auto file = open_file(fresh, access::create, mode);
  if (!file) return tl::unexpected(file.error());
  auto written = write_at(file->get(), bytes, 0);
  if (written && durable && ::fsync(file->get()) != 0) written = system_failure();
  if (written && ::renameat(fd_.get(), fresh.c_str(), fd_.get(), name.c_str()) != 0) written = system_failure();
  if (!written) {
    remove(fresh);
    return written;
  }
  if (durable) return sync();
  return {};
}

result<std::string> folder::read(const std::string& name, std::size_t bytes_max) const {
  auto file = open_file(name, access::read);
  if (!file) return tl::unexpected(file.error());
  auto size = size_of(file->get());
  if (!size) return tl::unexpected(size.error());
  if (*size > bytes_max) return failure(errc::log_damaged);
  std::string bytes(*size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(file->get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure();
    if (n == 0) break;  // somebody shortened it meanwhile
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

result<void> folder::sync() const {
  if (::fsync(fd_.get()) != 0) return system_failure();
  return {};
}

std::uint64_t folder::bytes_used() const {
  std::uint64_t bytes = 0;
  const auto all = names();
  if (!all) return 0;
  for (const std::string& name : *all) {
    struct stat is {};
    if (::fstatat(fd_.get(), name.c_str(), &is, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(is.st_mode)) {
      bytes += static_cast<std::uint64_t>(is.st_blocks) * 512;
    }
  }
  return bytes;
}

result<folder::room> folder::room_left() const {
  struct statvfs is {};
  if (::fstatvfs(fd_.get(), &is) != 0) return system_failure();
  return room{is.f_blocks * is.f_frsize, is.f_bavail * is.f_frsize};
}

result<void> read_at(int fd, void* to, std::size_t bytes, std::uint64_t at) {
  for (auto* into = static_cast<char*>(to); bytes != 0;) {
    const ssize_t n = ::pread(fd, into, bytes, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure();
    if (n == 0) return failure(errc::log_damaged);
    into += n;
    bytes -= static_cast<std::size_t>(n);
    at += static_cast<std::uint64_t>(n);
  }
  return {};
}

result<void> write_at(int fd, std::string_view bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure();
    bytes.remove_prefix(static_cast<std::size_t>(n));
    at += static_cast<std::uint64_t>(n);
  }
  return {};
}

result<void> allocate(int fd, std::uint64_t from, std::uint64_t to) {
  int number = 0;
  do {
    number = ::posix_fallocate(fd, static_cast<off_t>(from), static_cast<off_t>(to - from));
  } while (number == EINTR);
  if (number != 0) return system_failure(number);
  return {};
}

result<std::uint64_t> size_of(int fd) {
  struct stat is {};
  if (::fstat(fd, &is) != 0) return system_failure();
  return static_cast<std::uint64_t>(is.st_size);
}

std::array<std::uint8_t, 16> boot_id() {
  std::array<std::uint8_t, 16> id{};
  const unique_fd file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::array<char, 64> text{};
  if (!file || ::read(file.get(), text.data(), text.size() - 1) < 36) return id;
  std::size_t nibble = 0;
  for (const char c : text) {
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (digit < 0 || nibble >= 32) continue;
    id[nibble / 2] = static_cast<std::uint8_t>(id[nibble / 2] << 4 | digit);
    ++nibble;
  }
  return id;
}

}  // namespace cordboard::log
