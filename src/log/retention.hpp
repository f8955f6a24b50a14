// SPDX-License-Identifier: Apache-2.0
// What of an archive may go, and its going: on a thread of its own, since a disk may be slow. It decides nothing: it says what
// is due, and removes what it is told to.
//
//   thread: due(parts) ──► loop: the board decides, and logs log_removed ──► durable ──► remove_before ──► thread
#pragma once
#include <chrono>
#include <cordboard/errc.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cordboard::log {

/// Closed, sealed segments in a row, behind which a fold can begin: there is a checkpoint at its edge.
struct due_part {
  std::uint64_t first = 0;  ///< first sequence
  std::uint64_t end = 0;    ///< behind the last
  std::uint64_t next = 0;   ///< first sequence of the segment that follows
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
};

struct retention_options {
  std::string hot;  ///< may be empty
  std::string archive;
  std::chrono::nanoseconds keep_for{0};  ///< 0: for ever
  std::uint64_t bytes_max = 0;           ///< of the archive's segments; 0: no bound
  std::chrono::nanoseconds every = std::chrono::seconds(10);
  std::function<std::int64_t()> wall;  ///< ns since 1970; null: the wall clock
};

/// Whether by age or by size; oldest first.
enum class due_by : std::uint8_t { age, size };

/// @threads   construct and destroy on one; the rest from any
class retention {
public:
  /// @param due  what may go now; asked again and again until it goes. On the thread
  retention(retention_options how, std::function<void(std::vector<due_part>, due_by)> due);
  /// A disk that holds the thread is left behind with all that it uses.
  ~retention();
  retention(const retention&) = delete;
  retention& operator=(const retention&) = delete;

  /// A restart needs the events from here on, beside those behind the newest checkpoint on disk. Until it is called, all.
  void keep_from(std::uint64_t sequence);
  /// Removes every segment that ends before `sequence`, from the archive and from memory. The log on disk says so already.
  void remove_before(std::uint64_t sequence);
  /// Saves the state with which a fold of this segment begins, beside it in the archive.
  void save_edge(std::uint64_t segment, std::uint64_t sequence, std::string bytes);

private:
  struct state;
  std::shared_ptr<state> state_;
  std::thread thread_;
};

/// "00000000002a.checkpoint": the state before the first event of a segment.
std::string edge_name(std::uint64_t segment);

}  // namespace cordboard::log
