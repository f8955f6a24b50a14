// SPDX-License-Identifier: Apache-2.0
// Sums on disk: what days that are over add up to, so that a month is read in a moment, and when its log is long gone.
//
//   FOLDER/state            the fold at a place of the log, names, the sums of days that go on, and the list of the others
//   FOLDER/2026-10-01.3     the sums of a day (UTC) that is over, at revision 3
//   FOLDER/lock             one writer at a time; who cannot have it reads
//
// `state` is renamed into its place when all that it names is on disk: before that the former one holds, so a crash anywhere costs
// the work since then and nothing else. What happens late to a closed day (a call that ends behind midnight, a limit that is met)
// makes another revision of it.
#pragma once
#include <cordboard/errc.hpp>
#include <cordboard/figures.hpp>
#include <cstdint>
#include <figures/fold.hpp>
#include <figures/names.hpp>
#include <figures/tally.hpp>
#include <log/files.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::figures {

inline constexpr std::int64_t day_ns = 86'400'000'000'000;
constexpr std::int32_t day_of_bin(std::int32_t bin) {
  constexpr std::int32_t bins = static_cast<std::int32_t>(day_ns / bin_ns);
  return bin >= 0 ? bin / bins : (bin + 1) / bins - 1;
}

/// A closed day as the list has it.
struct kept_day {
  std::uint32_t revision = 0;
  std::uint32_t crc32c = 0;  ///< of its file
  friend bool operator==(const kept_day&, const kept_day&) = default;
};
using kept_days = std::map<std::int32_t, kept_day>;  ///< by days since 1970

/// Sums of a log from its beginning, or from where it was first looked at, up to a place.
///
/// @threads  one
class summaries {
public:
  /// @errors  std::errc::not_supported: they are damaged or of another version: to be rebuilt; the system's
  static result<summaries> open(const std::string& path);

  /// Reads on in the log to its present end.
  /// @errors  std::errc::invalid_argument: it is not the log that they are of; the reader's
  result<void> follow(const std::string& log);
  /// Writes what `follow` has found, where we may: else the next one finds it again.
  /// @errors  the system's, but for a missing right
  result<void> keep();

  /// The sums of some time, whole days (UTC) of it. What goes on is counted up to the log's end.
  /// @errors  std::errc::not_supported: a file is damaged
  result<tally> sums(std::int64_t from, std::int64_t to) const;
  /// The highest among the closed days of some time; 0: none of them is closed.
  std::uint32_t revision(std::int64_t from, std::int64_t to) const;

  const names& called() const { return called_; }
  const fold& state() const { return *fold_; }
  const kept_days& days() const { return days_; }

  /// Folds the whole log anew, and compares day by day, as far as the log goes back to.
  ///
  /// @param mend  what differs is another revision from now on, and what cannot be read is made anew
  /// @errors      the reader's, the system's
  static result<std::vector<figures_day>> check(const std::string& log, const std::string& path, bool mend);

private:
  explicit summaries(log::folder in);
  bool load(std::string_view state);
  std::string saved() const;
  result<tally> read_day(std::int32_t day) const;
  result<void> write_day(std::int32_t day, const tally& sums);
  void remove_others() const;

  log::folder in_;
  log::unique_fd lock_;  ///< held: we may write
  names called_;
  std::unique_ptr<tally> open_;  ///< of days that go on, and what came late to the others
  std::unique_ptr<fold> fold_;
  kept_days days_;
  std::uint32_t mark_ = 0;        ///< checksum of the event at the fold's place, so that another log is not taken for ours
  std::uint64_t kept_place_ = 0;  ///< the place that is on disk
};

}  // namespace cordboard::figures
