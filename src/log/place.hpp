// SPDX-License-Identifier: Apache-2.0
// What the writer and its archiver share: the folders, the lock, the control file, and how far sequences are reserved.
#pragma once
#include <atomic>
#include <cstdint>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <log/places.hpp>
#include <log/reserve.hpp>
#include <mutex>
#include <optional>

namespace cordboard::log {

struct place {
  folder hot;
  folder archive;          // empty: none; once it runs, the archiver's alone, who opens it again when it was away
  unique_fd archive_lock;  // two logs must not share an archive
  opened_control control;  // its file holds the lock of the log
  bool archives = false;   // there is an archive, here or away
  std::uint64_t hot_bytes_bound = 0;
  log::reserve reserve;
  std::atomic<std::uint64_t> reserved{0};  // segments below may be used: the archive knows of them

  std::atomic<std::uint64_t> committed{0};  // the writer's last sequence, for the archiver's figures

  static constexpr std::uint64_t copies_nothing = UINT64_MAX;
  std::mutex copying_lock;                 // of `copying`, and of changing a segment's form
  std::uint64_t copying = copies_nothing;  // the hot segment that the archiver has mapped
};

/// Takes the lock of an open file for as long as its description lives. @errors log_busy
result<void> lock_file(int fd);

// ARCHIVE/log.issued, 64 bytes. Memory can vanish with the machine; the numbers that it used must not come again.
//
//     0 magic u64        8 layout u32 | spare u32
//    16 reserved u64       segments below may have been used
//    24 clean_end u64      first sequence behind the log when it was closed in order; 0: it was not
//    32 spare 28 bytes                            60 crc32c u32 of bytes 0 to 59
struct issued {
  std::uint64_t reserved = 0;
  std::uint64_t clean_end = 0;
};
/// Nothing: there is no such file, or a damaged one.
std::optional<issued> read_issued(const folder& archive);
/// Synced before it returns.
result<void> write_issued(const folder& archive, const issued& what);

/// So many segments are reserved at once; the archiver reserves more when half of them are used.
inline constexpr std::uint64_t reserve_segments = 4096;

}  // namespace cordboard::log
