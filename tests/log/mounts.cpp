// SPDX-License-Identifier: Apache-2.0
#include "mounts.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace cordboard::log_test {
namespace {

void must(bool so, const char* what) {
  if (!so) throw std::system_error(errno, std::generic_category(), what);
}

bool run(const std::vector<const char*>& words) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const char* word : words) arguments.push_back(const_cast<char*>(word));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = -1;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

bool own_mounts() {
  // Mounts of our own need a name space of our own; whoever is not root gets one in which he is.
  const uid_t user = ::getuid();
  const bool able = user == 0 ? ::unshare(CLONE_NEWNS) == 0 : ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
  if (able && user != 0) write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
  return able && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool has_disks() {
  try {
    const small_disk disk(8);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

small_memory::small_memory(const std::string& size) : path_(folder_ / "memory") {
  std::filesystem::create_directory(path_);
  must(::mount("none", path_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0, "mount tmpfs");
}
small_memory::~small_memory() { ::umount2(path_.c_str(), MNT_DETACH); }
void small_memory::resize(const std::string& size) const {
  must(::mount("none", path_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + size).c_str()) == 0, "remount tmpfs");
}
log::writer_options small_memory::options() const {
  auto options = options_in(folder_);
  options.hot = path_ + "/hot";
  return options;
}

small_disk::small_disk(int mib) : path_(folder_ / "disk") {
  std::filesystem::create_directory(path_);
  const std::string image = folder_ / "image";
  const int file = ::open(image.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  must(file >= 0 && ::ftruncate(file, off_t{mib} << 20) == 0, "image");
  must(run({"mkfs.ext4", "-q", "-m", "0", image.c_str()}), "mkfs.ext4");
  const int control = ::open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  must(control >= 0, "/dev/loop-control");
  for (int attempt = 0; attempt < 16 && device_.empty(); ++attempt) {
    const int number = ::ioctl(control, LOOP_CTL_GET_FREE);
    const std::string name = "/dev/loop" + std::to_string(number);
    const int device = number < 0 ? -1 : ::open(name.c_str(), O_RDWR | O_CLOEXEC);
    loop_config with{};
    with.fd = static_cast<std::uint32_t>(file);
    with.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    // Somebody else may be quicker.
    if (device >= 0 && ::ioctl(device, LOOP_CONFIGURE, &with) == 0) {
      device_ = name;
      mount();
    }
    if (!device_.empty()) {
      kept_ = device;  // a device that nobody has open is taken apart
    } else if (device >= 0) {
      ::close(device);
    }
  }
  ::close(control);
  ::close(file);
  must(!device_.empty(), "loop device");
}
small_disk::~small_disk() {
  go_on();
  ::umount2(path_.c_str(), MNT_DETACH);
  ::close(kept_);
}
void small_disk::mount() { must(::mount(device_.c_str(), path_.c_str(), "ext4", 0, nullptr) == 0, "mount ext4"); }
void small_disk::unmount() { must(::umount2(path_.c_str(), MNT_DETACH) == 0, "umount"); }
bool small_disk::read_only(bool so) {
  return ::mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | (so ? MS_RDONLY : 0), nullptr) == 0;
}
void small_disk::stop() {
  const int at = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = ::ioctl(at, FIFREEZE, 0) == 0;
  ::close(at);
  must(done, "FIFREEZE");
}
void small_disk::go_on() {
  const int at = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::ioctl(at, FITHAW, 0);
  ::close(at);
}

}  // namespace cordboard::log_test
