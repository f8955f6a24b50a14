// SPDX-License-Identifier: Apache-2.0
// What the tests of the log share: folders of their own, a clock that stands, batches, and one who reads everything.
#pragma once
#include <base/logged.hpp>
#include <cordboard/log_reader.hpp>
#include <functional>
#include <log/writer.hpp>
#include <string>
#include <vector>

namespace cordboard::log_test {

/// A folder that is gone when the test is.
class scratch {
public:
  /// @param under  where: memory by default, as in a house
  explicit scratch(const std::string& under = "/dev/shm");
  ~scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

/// Options for a log in a scratch folder, with a wall clock that stands at the beginning of 2020: a log without a trace
/// then begins at sequence 1.
log::writer_options options_in(const scratch& where, bool archive = false);
inline constexpr std::int64_t beginning = 1'577'836'800'000'000'000;

/// Opens or fails the test.
std::unique_ptr<log::writer> open_writer(const log::writer_options& options);
log_reader open_reader(const std::string& path, log_reader_options options = {});

/// An event whose fields follow from `value`; with a text, when it is not empty.
logged make_event(std::int64_t value, std::string text = {}, tail in = tail::text);
std::vector<logged> make_batch(std::int64_t value, std::size_t count);
/// Appends `count` events as one batch; the sequence of the first.
std::uint64_t append(log::writer& to, std::int64_t value, std::size_t count = 1);
std::uint64_t append(log::writer& to, logged one);

/// Everything that `from` has to hand out now.
std::vector<event> drain(log_reader& from);

/// Asks every millisecond until it is so, for ten seconds at most.
bool eventually(const std::function<bool()>& so);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);
/// Puts `bytes` over what is at `at`.
void patch_file(const std::string& path, std::uint64_t at, const std::string& bytes);
bool exists(const std::string& path);
/// Removes a folder's plain files: what a reboot does to memory.
void empty_folder(const std::string& path);

}  // namespace cordboard::log_test
