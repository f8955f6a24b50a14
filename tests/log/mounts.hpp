// SPDX-License-Identifier: Apache-2.0
// Small file systems of a test's own. Seen by this process only: its mounts end with it.
#pragma once
#include <string>

#include "world.hpp"

namespace cordboard::log_test {

/// Gives this process mounts of its own. False: it has no right to.
bool own_mounts();
/// Whether a loop device and ext4 can be had here.
bool has_disks();

/// A tmpfs that is soon full.
class small_memory {
public:
  explicit small_memory(const std::string& size);
  ~small_memory();
  void resize(const std::string& size) const;
  /// Of a log whose hot folder is here.
  log::writer_options options() const;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  scratch folder_;
  std::string path_;
};

/// An ext4 on a loop device that can be filled, made read-only, stopped, and taken away.
class small_disk {
public:
  explicit small_disk(int mib);
  ~small_disk();
  void mount();
  void unmount();
  /// False: somebody has a file open for writing.
  bool read_only(bool so);
  /// While it is stopped, whoever writes to it waits.
  void stop();
  void go_on();
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  scratch folder_{"/tmp"};
  std::string path_;
  std::string device_;
  int kept_ = -1;
};

}  // namespace cordboard::log_test
