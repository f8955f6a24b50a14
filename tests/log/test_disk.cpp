// SPDX-License-Identifier: Apache-2.0
// A disk that fills, becomes read-only, stands still, is taken away, and comes back: nobody waits for it, nothing that was
// promised is lost, and the archiver goes on by itself.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <log/archiver.hpp>

#include "mounts.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;

namespace {

struct board {
  scratch here;
  small_disk disk{24};
  log::writer_options options = options_in(here);
  std::unique_ptr<log::writer> writer;
  std::unique_ptr<log::archiver> archiver;
  std::int64_t value = 0;

  board() {
    options.archive = disk / "archive";
    writer = open_writer(options);
    archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
  }
  void write(int batches) {
    for (int i = 0; i < batches; ++i) {
      ++value;
      append(*writer, make_event(value, "text " + std::to_string(value)));
      append(*writer, ++value, 3);
      value += 3;
    }
    writer->wake();
  }
  bool in_step() const {
    return eventually([&] { return archiver->status().durable_sequence == writer->last_sequence(); });
  }
  /// Everything that the archive promises is in it, unchanged.
  void check_promise() const {
    const std::uint64_t promised = archiver->status().durable_sequence;
    auto hot = open_reader(here / "hot", {.verify = true});
    const auto all = drain(hot);
    auto alone = open_reader(options.archive, {.verify = true});
    const auto kept = drain(alone);
    std::size_t good = 0;
    for (const event& one : all) {
      if (one.sequence > promised) break;
      REQUIRE(good < kept.size());
      REQUIRE(kept[good] == one);
      REQUIRE(alone.text(kept[good]).value() == hot.text(one).value());
      ++good;
    }
    CHECK(good > 0);
  }
  /// All of the log is on disk, and reads alike there.
  void check_whole() {
    REQUIRE(in_step());
    writer->close();
    archiver->stop(30s);
    CHECK(archiver->status().durable_sequence == writer->last_sequence());
    CHECK(archiver->status().gave_way == 0);
    auto alone = open_reader(options.archive, {.verify = true});
    auto hot = open_reader(here / "hot", {.verify = true});
    CHECK(drain(alone) == drain(hot));
  }
};

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

TEST_CASE("a disk that fills, becomes read-only, and comes back") {
  board house;
  house.write(100);
  REQUIRE(house.in_step());
  const std::string ballast = house.disk / "ballast";
  {
    std::FILE* file = std::fopen(ballast.c_str(), "wb");
    REQUIRE(file != nullptr);
    const std::string block(64 << 10, 'b');
    while (std::fwrite(block.data(), 1, block.size(), file) == block.size() && std::fflush(file) == 0) {
    }
    std::fclose(file);
  }
  house.write(5000);
  CHECK(eventually([&] { return house.archiver->status().last_error == errc::log_full; }));
  const std::uint64_t full = house.archiver->status().durable_sequence;
  CHECK(full < house.writer->last_sequence());
  house.check_promise();

  // Between two attempts the archiver holds nothing open.
  CHECK(eventually([&] { return house.disk.read_only(true); }));
  house.write(100);
  CHECK(eventually([&] { return house.archiver->status().last_error == std::errc::read_only_file_system; }));
  CHECK(house.archiver->status().durable_sequence == full);
  house.check_promise();

  REQUIRE(house.disk.read_only(false));
  CHECK(eventually([&] { return house.archiver->status().last_error == errc::log_full; }));
  std::filesystem::remove(ballast);
  house.check_whole();
}

TEST_CASE("a disk that is taken away leaves nothing of ours where it was mounted, and goes on when it is back") {
  board house;
  house.write(100);
  REQUIRE(house.in_step());
  const std::uint64_t before = house.archiver->status().durable_sequence;
  house.disk.unmount();
  house.write(100);
  CHECK(eventually([&] { return house.archiver->status().last_error == std::errc::no_such_file_or_directory; }));
  // Somebody makes the folder where the disk should be: that is not the archive.
  std::filesystem::create_directory(house.disk / "archive");
  CHECK(eventually([&] { return house.archiver->status().last_error == std::errc::no_such_device; }));
  CHECK(std::filesystem::is_empty(house.disk / "archive"));
  CHECK(house.archiver->status().durable_sequence == before);
  std::filesystem::remove(house.disk / "archive");
  house.disk.mount();
  house.check_promise();
  house.check_whole();
}

TEST_CASE("a disk that stands still holds up no append") {
  board house;
  house.write(100);
  REQUIRE(house.in_step());
  struct cost {
    std::int64_t longest_ns = 0;
    long waits = 0;  // how often this thread gave up the processor of its own accord
  };
  const auto cost_of = [&](int appends) {
    cost sum;
    rusage begun{};
    ::getrusage(RUSAGE_THREAD, &begun);
    for (int i = 0; i < appends; ++i) {
      ++house.value;
      logged one = make_event(house.value, "text " + std::to_string(house.value));
      const std::int64_t before = now_ns();
      house.writer->next();
      REQUIRE(house.writer->append({&one, 1}));
      house.writer->wake();
      sum.longest_ns = std::max(sum.longest_ns, now_ns() - before);
    }
    rusage ended{};
    ::getrusage(RUSAGE_THREAD, &ended);
    sum.waits = ended.ru_nvcsw - begun.ru_nvcsw;
    return sum;
  };
  const cost working = cost_of(20'000);
  REQUIRE(house.in_step());
  house.disk.stop();
  const std::uint64_t stopped_at = house.archiver->status().durable_sequence;
  const cost standing = cost_of(20'000);
  // All that was appended, and the disk has none of it: nobody waited. Whoever waits for a disk gives up the processor; a lock
  // of the kernel's memory may do that to an append now and then.
  CHECK(house.archiver->status().durable_sequence == stopped_at);
  CHECK(house.archiver->status().lag_events == 20'000);
  CHECK(standing.waits < 20);
  house.disk.go_on();
  MESSAGE("20,000 appends with a wake each: archiver at work: longest "
          << working.longest_ns / 1000 << " us, " << working.waits << " waits; disk standing still: longest "
          << standing.longest_ns / 1000 << " us, " << standing.waits << " waits");
  house.check_whole();
}

int main(int argc, char** argv) {
  if (!own_mounts() || !has_disks()) {
    std::puts("skipped: no right to mount an ext4 on a loop device, or no mkfs.ext4");
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
