// SPDX-License-Identifier: Apache-2.0
// How far each stream is, in memory that outlives the process: a restart goes on behind it, and no SRTP index is used twice.
#pragma once
#include <atomic>
#include <cordboard/errc.hpp>
#include <cstdint>
#include <media/sdes.hpp>
#include <media/srtp.hpp>
#include <optional>
#include <string>

namespace cordboard::media {

/// One stream's line, by its port.
/// ```
///    0 index u64: the highest sequence that may have left, with its rounds     8 SSRC u32 | timestamp u32 of it
///   16 wall clock i64 then                                                    24 mark of our key u32 | reports sealed u32
///   32, 40 key and index of the key before this one
///   48 far end's newest index u64                                             56 its SSRC u32 | mark of its key u32
/// ```
/// Little endian, as the machine has it: nobody else reads it. A mark names a key and does not tell it; 0 is none. The media thread
/// writes before it sends, and a process that is killed leaves what it had written; the next one reads before it has a media thread.
class alignas(64) kept_numbers {
public:
  /// A new stream.
  void begin(std::uint32_t ssrc, std::uint64_t index, std::uint32_t timestamp, std::int64_t wall);
  /// It sends these next.
  void reach(std::uint64_t index, std::uint32_t timestamp, std::int64_t wall);
  /// From now on packets are sealed with this key, the first of them behind `index`. Indices are counted for each key
  /// (RFC 3711 §3.3.1), so those of the key before are kept: what a restart reads back may name it still.
  void take_key(const sdes::crypto& with, std::uint64_t index, std::uint32_t reports);
  void reach_reports(std::uint32_t reports);
  void reach_far(const sdes::crypto& with, const opener::newest& newest);

  std::uint32_t ssrc() const { return static_cast<std::uint32_t>(load(stream_) >> 32); }
  std::uint64_t index() const { return load(index_); }
  std::uint32_t timestamp() const { return static_cast<std::uint32_t>(load(stream_)); }
  std::int64_t wall() const { return static_cast<std::int64_t>(load(wall_)); }
  /// How far a key was used; nothing: it was not, as far as is known.
  std::optional<sealer::used> used_with(const sdes::crypto& key) const;
  std::optional<opener::newest> far_with(const sdes::crypto& key) const;

private:
  using word = std::atomic<std::uint64_t>;
  // In the order in which they are stored: a process may end between two of them.
  static std::uint64_t load(const word& from) { return from.load(std::memory_order_relaxed); }
  static void store(word& to, std::uint64_t value) { to.store(value, std::memory_order_release); }

  word index_, stream_, wall_, key_, key_before_, index_before_, far_index_, far_;
};
static_assert(sizeof(kept_numbers) == 64);

/// The lines of all ports, as a file in memory (tmpfs), mode 0600.
class kept_page {
public:
  /// @param path  made when it is not there, or is of other ports; empty: nothing outlives this process
  /// @errors      what the kernel says
  static result<kept_page> open(const std::string& path, std::uint16_t port_min, std::uint16_t port_max);
  kept_page(kept_page&& other) noexcept;
  kept_page& operator=(kept_page&&) = delete;
  ~kept_page();

  kept_numbers& of(std::uint16_t port) { return lines_[(port - port_min_) / 2U]; }

private:
  kept_page(void* at, std::size_t size, std::uint16_t port_min);

  void* at_;
  std::size_t size_;
  kept_numbers* lines_;
  std::uint16_t port_min_;
};

}  // namespace cordboard::media
