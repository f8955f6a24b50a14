// SPDX-License-Identifier: Apache-2.0
// Where a log is: a small text file, in the run folder and in the hot folder.
#pragma once
#include <cordboard/errc.hpp>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <string>

namespace cordboard::log {

struct places {
  std::string hot;
  std::string archive;     ///< empty: none
  std::string text_key{};  ///< file of the key that seals texts; empty: they are plain
};

inline constexpr const char* places_file = "log.places";
inline constexpr const char* control_file = "log.control";

result<void> write_places(const folder& in, const places& what);
/// @errors  log_damaged: it is none of ours; the system's
result<places> read_places(const folder& in);

/// Where the log is that a path means: a run folder, a hot folder, or an archive alone, which has no `hot`.
/// @errors  not_connected: there is none
result<places> places_of(const std::string& path);

/// Maps a log's control file, checked. @errors log_damaged; log_incompatible; the system's
struct opened_control {
  unique_fd file;
  mapping bytes;
  control& operator*() const { return *reinterpret_cast<control*>(bytes.data()); }
  control* operator->() const { return reinterpret_cast<control*>(bytes.data()); }
  explicit operator bool() const { return static_cast<bool>(bytes); }
};
result<opened_control> open_control(const folder& hot);
result<void> check_control(const control& what);

}  // namespace cordboard::log
