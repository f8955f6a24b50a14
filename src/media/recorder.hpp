// SPDX-License-Identifier: Apache-2.0
// Recordings: what legs say and hear, from the media thread by a thread of its own to the disk.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <media/engine.hpp>
#include <media/mixer.hpp>
#include <media/pauses.hpp>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace cordboard::media {

/// What one recorded leg says (first channel) and hears (second), in A-law, frame by frame. The media thread writes, the recorder
/// reads, neither waits. When the disk keeps the recorder for longer than `room` lasts, frames are left out, and counted in their
/// place, so that the file stays in step with the clock.
class tape {
public:
  using frame = std::array<std::uint8_t, 2 * mix_frame>;
  static constexpr std::size_t room = 512;  ///< ten seconds; a power of two

  tape(std::uint64_t recording, std::string file);

  const std::uint64_t recording;
  const std::string file;  ///< below the folder

  // The media thread's.
  void add(const frame& what);
  /// So many frames are silence.
  void skip(std::uint64_t frames);
  void stop();

  // The recorder's.
  struct part {
    std::uint64_t silent = 0;  ///< frames of silence before `bytes`
    std::uint64_t lost = 0;    ///< of them, what there was no room for
    frame bytes{};
  };
  bool next(part& out);
  /// Nothing more comes; what is behind the last frame.
  bool over(part& rest) const;
  /// It cannot be written: what is added is dropped.
  std::atomic<bool> dead{false};

private:
  std::unique_ptr<std::array<part, room>> parts_;
  std::atomic<std::uint64_t> written_{0}, read_{0};
  std::atomic<bool> stopped_{false};
  std::uint64_t silent_ = 0, lost_ = 0;  ///< since the last frame; the media thread's until `stopped_`
};

/// A leg that is recorded: the media thread's.
struct taping {
  std::shared_ptr<tape> to;
  bool suspended = false;
  speech said, heard;
  pauses quiet;

  /// 20 ms have passed.
  void tick();
  taping(std::shared_ptr<tape> into, bool off, pause_limits limits) : to(std::move(into)), suspended(off), quiet(limits) {}
  ~taping() { to->stop(); }
  taping(const taping&) = delete;
  taping& operator=(const taping&) = delete;
};

/// A file that is being written.
class recording_file {
public:
  virtual ~recording_file() = default;
  /// Frames of `tape`, one behind the other. @returns  0, or the system's error
  virtual int write(std::span<const std::uint8_t> frames) = 0;
  /// What is written can be played from here on, whatever becomes of the process. @returns  as write
  virtual int settle() = 0;
};
/// Makes the file and the folder that it stands in, for their owner alone; a file that is there is not touched.
using open_recording = std::function<tl::expected<std::unique_ptr<recording_file>, int>(const std::string& path)>;
/// Makes the file, and the folder that it stands in, as `open_recording` says. @returns  its descriptor, or the system's error
tl::expected<int, int> create_recording(const std::string& path);
/// WAV in A-law at 8 kHz, two channels.
tl::expected<std::unique_ptr<recording_file>, int> open_wav(const std::string& path);

/// ```
///   loop: begin ──► tape ──► media thread: add, add, stop      recorder's thread: next ──► file ──► header each second
/// ```
/// Told as facts: `recording_trouble` when one cannot be written, and when one can again; `recording_gap`.
class recorder {
public:
  /// @param folder  empty: nothing can be recorded
  recorder(sink& to, std::string folder, open_recording how = open_wav);
  /// Writes what there is; not for longer than a few seconds, should the disk hang.
  ~recorder();
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;

  /// The loop's. Nothing is waited for: whether the file can be had is told as a fact.
  std::shared_ptr<tape> begin(std::uint64_t recording, std::string file);

private:
  struct inside;
  std::shared_ptr<inside> inside_;
};

}  // namespace cordboard::media
