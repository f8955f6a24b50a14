// SPDX-License-Identifier: Apache-2.0
// Behind ten million events: opening a log, and going on at a sequence. Beside it: opening and mapping as many files by hand.
#include <fcntl.h>
#include <fmt/format.h>
#include <log/archiver.hpp>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "parts.hpp"

namespace cordboard::bench {
namespace {

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

/// Opens and maps every file of the folder, and looks at its first byte.
double map_all(const std::string& folder, std::size_t& files) {
  const std::int64_t begun = now_ns();
  std::uint64_t sum = 0;
  files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    struct stat is {};
    const int fd = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && ::fstat(fd, &is) == 0, "open");
    if (is.st_size > 0) {
      const auto size = static_cast<std::size_t>(is.st_size);
      void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
      must(at != MAP_FAILED, "mmap");
      sum += *static_cast<const unsigned char*>(at);
      ::munmap(at, size);
    }
    ::close(fd);
    ++files;
  }
  asm volatile("" : : "r"(sum));
  return ms(now_ns() - begun);
}

}  // namespace

void feed_log(const std::string& folder, std::uint64_t count) {
  const auto writer = open_writer(folder);
  write_events(*writer, count);
  writer->close();
}

void feed_past(const std::string& hot, const std::string& archive, std::uint64_t count) {
  constexpr std::uint64_t turn = 4096;
  const auto writer = open_writer(hot, archive);
  auto started = log::archiver::start(*writer);
  const auto archiver = std::move(take(started, "archiver"));
  auto batch = typical_batch(batch_size);
  for (logged& one : batch) {
    one.record.kind = event_kind::media_ended;
    one.record.time_ns = 1'700'000'000'000'000'000;
  }
  for (std::uint64_t done = 0; done < count; done += batch_size) {
    writer->next(batch_size);
    must(writer->append(batch).has_value(), "append");
    if (done % turn == 0) writer->wake();
    // A house never writes so fast: the archiver is waited for, else events would give way on a slow disk.
    while (done % turn == 0 && archiver->status().lag_events > (1 << 20)) ::usleep(1000);
  }
  writer->close();
  archiver->stop(std::chrono::minutes(5));
  must(archiver->status().lag_events == 0, "the archive is not whole");
}

void ten_million(const effort& how) {
  const auto count = how.of<std::uint64_t>(10'000'000, 1'000'000);
  progress(fmt::format("a log of {} events is written", count));
  const scratch folder;
  feed_log(folder.path(), count);
  pin(usable().first);
  std::size_t files = 0;
  std::vector<double> bare;
  std::vector<double> open;
  std::vector<double> resume;
  std::vector<double> since;
  std::mt19937_64 dice(1);
  auto known = log_reader::open(folder.path());
  const std::uint64_t oldest = take(known, "reader").oldest().value();
  const std::uint64_t newest = known->newest().value();
  for (int round = 0; round < how.of(51, 5); ++round) {
    bare.push_back(map_all(folder.path(), files));
    std::int64_t begun = now_ns();
    auto reader = log_reader::open(folder.path());
    auto first = take(reader, "reader").next();
    must(take(first, "next")[0].sequence == oldest, "the first event");
    open.push_back(ms(now_ns() - begun));
    const std::uint64_t at = oldest + dice() % (newest - oldest);
    begun = now_ns();
    must(reader->after(at).has_value(), "after");
    auto next = reader->next();
    must(take(next, "next")[0].sequence == at + 1, "the event behind it");
    resume.push_back(ms(now_ns() - begun));
    const std::int64_t time = first_time_ns + static_cast<std::int64_t>(dice() % (count - batch_size)) * 1000;
    begun = now_ns();
    must(reader->since(time).has_value(), "since");
    next = reader->next();
    must(take(next, "next")[0].time_ns >= time, "the event of that time");
    since.push_back(ms(now_ns() - begun));
  }
  const std::string base = fmt::format("opening and mapping {} files by hand", files);
  const double least = median(bare);
  tell(base, least, "ms");
  const auto line = [&](std::string_view what, const std::vector<double>& of) {
    tell(fmt::format("{} of {} million events", what, count / 1'000'000), median(of), "ms", base, median(of) / least);
  };
  line("log: open and read the first", open);
  line("log: resume after a sequence", resume);
  line("log: resume at a time", since);
}

}  // namespace cordboard::bench
