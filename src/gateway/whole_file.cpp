// SPDX-License-Identifier: Apache-2.0
#include <gateway/whole_file.hpp>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cordboard::gateway {
namespace {

std::error_code write_whole(const std::string& path, const std::string& text, mode_t mode) {
  const std::string fresh = path + ".new";
  const auto told = [] { return std::error_code(errno, std::generic_category()); };
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return told();
  std::size_t done = 0;
  while (done < text.size()) {
    const auto n = ::write(file, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    done += static_cast<std::size_t>(n);
  }
  std::error_code wrong;
  if (done < text.size() || ::fchmod(file, mode) != 0 || ::fsync(file) != 0) wrong = told();
  ::close(file);
  if (!wrong && std::rename(fresh.c_str(), path.c_str()) != 0) wrong = told();
  if (wrong) std::remove(fresh.c_str());
  return wrong;
}

}  // namespace

std::error_code write_private(const std::string& path, const std::string& text) { return write_whole(path, text, 0600); }

std::error_code write_again(const std::string& path, const std::string& text) {
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0) return {errno, std::generic_category()};
  return write_whole(path, text, there.st_mode & 0777U);
}

}  // namespace cordboard::gateway
