// SPDX-License-Identifier: Apache-2.0
// The longest single append while the archiver writes to a real disk, and without an archiver. Most of what is long on a busy
// machine is the scheduler's: appends in which this thread was put aside for another count apart.
#include <fmt/format.h>
#include <log/archiver.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "parts.hpp"

namespace cordboard::bench {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t long_ns = 1'000'000;

struct longest {
  double any_us = 0;          ///< whatever was the reason
  double undisturbed_us = 0;  ///< of those in which no other thread took the processor
  std::uint64_t appends = 0;
  std::uint64_t long_ones = 0;  ///< undisturbed and longer than 1 ms
};

/// How often another took this thread's processor, and how often it waited by itself, as for a disk.
long put_aside() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  return used.ru_nivcsw;
}

/// Some 20,000 events a second, with texts, for `seconds`.
longest append_for(int seconds, const std::string& archive) {
  const scratch hot;
  const auto writer = open_writer(hot.path(), archive);
  std::unique_ptr<log::archiver> archiver;
  if (!archive.empty()) {
    auto started = log::archiver::start(*writer);
    archiver = std::move(take(started, "archiver"));
  }
  auto batch = typical_batch(batch_size);
  batch[1].text = "+86 138 0000 0001\t王芳 Wang Fang";
  longest found;
  const std::int64_t until = now_ns() + seconds * second;
  while (now_ns() < until) {
    for (int i = 0; i < 5; ++i) {
      writer->next(batch_size);
      const long before = put_aside();
      const std::int64_t begun = now_ns();
      must(writer->append(batch).has_value(), "append");
      const double us = static_cast<double>(now_ns() - begun) / 1000;
      const bool disturbed = put_aside() != before;
      ++found.appends;
      found.any_us = std::max(found.any_us, us);
      if (disturbed) continue;
      found.undisturbed_us = std::max(found.undisturbed_us, us);
      if (us * 1000 > static_cast<double>(long_ns)) ++found.long_ones;
    }
    writer->wake();
    ::usleep(2000);
  }
  writer->close();
  if (archiver) archiver->stop();
  return found;
}

}  // namespace

void longest_append(const effort& how, const std::string& disk) {
  pin(usable().first);
  const int seconds = how.of(60, 2);
  progress(fmt::format("longest append: {} s without an archiver, then {} s with one, archive in {}", seconds, seconds, disk));
  const longest without = append_for(seconds, {});
  progress("longest append: now with the archiver");
  const scratch folder(disk);
  const longest with = append_for(seconds, folder.path() + "/archive");
  constexpr const char* base = "longest append, no archiver";
  const std::string base_any = fmt::format("longest append in {} s, no archiver, whatever the reason", seconds);
  tell(base, without.undisturbed_us, "us");
  tell("longest append, archiver on a disk", with.undisturbed_us, "us", base, with.undisturbed_us / without.undisturbed_us);
  tell("appends above 1 ms, no archiver", static_cast<double>(without.long_ones), "appends");
  tell("appends above 1 ms, archiver on a disk", static_cast<double>(with.long_ones), "appends");
  tell(base_any, without.any_us, "us");
  tell(fmt::format("longest append in {} s, archiver on a disk, whatever the reason", seconds), with.any_us, "us", base_any,
       with.any_us / without.any_us);
}

}  // namespace cordboard::bench
