// SPDX-License-Identifier: Apache-2.0
// A memory that is too small or full: an error with a name, before anything is committed, and never a signal.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <log/archiver.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;

namespace {

/// A file system of its own that is soon full. Seen by this process only: its mounts end with it.
class small_memory {
public:
  explicit small_memory(const std::string& size) : path_(folder_ / "memory") {
    std::filesystem::create_directory(path_);
    REQUIRE(::mount("none", path_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0);
  }
  ~small_memory() { ::umount2(path_.c_str(), MNT_DETACH); }
  void resize(const std::string& size) const {
    REQUIRE(::mount("none", path_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + size).c_str()) == 0);
  }
  log::writer_options options() const {
    auto options = options_in(folder_);
    options.hot = path_ + "/hot";
    return options;
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  scratch folder_;
  std::string path_;
};

}  // namespace

TEST_CASE("a memory of 64 MB is refused at the start, with the remedy") {
  const small_memory memory("64m");
  auto options = memory.options();
  options.room_min = log::writer_options{}.room_min;
  diagnostics why;
  const auto opened = log::writer::open(options, &why);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == errc::log_full);
  CHECK(why.our_text().find("64 MiB") != std::string::npos);
  CHECK(why.our_text().find("--shm-size") != std::string::npos);
}

TEST_CASE("a memory that fills up is log_full, commits nothing, and the log goes on when there is room again") {
  const small_memory memory("4m");
  auto writer = open_writer(memory.options());
  write_file(memory / "ballast", std::string(512 << 10, 'b'));
  std::uint64_t whole = 0;
  std::error_code full;
  logged one = make_event(1, std::string(3000, 't'));
  while (!full) {
    writer->next(1);
    const auto done = writer->append({&one, 1});
    if (done) whole = writer->last_sequence();
    if (!done) full = done.error();
  }
  CHECK(full == errc::log_full);
  CHECK(whole > 100);
  auto reader = open_reader(memory / "hot", {.verify = true});
  CHECK(drain(reader).size() == whole);
  CHECK(reader.next().value().empty());  // looking behind the end touches no memory that is not there

  std::filesystem::remove(memory / "ballast");
  REQUIRE(writer->append({&one, 1}));
  CHECK(drain(reader).size() == 1);
  CHECK(reader.text(one.record).value() == one.text);
}

TEST_CASE("slots use memory up to the last page, and a segment that cannot be begun is log_full too") {
  const small_memory memory("4m");
  auto writer = open_writer(memory.options());
  std::error_code full;
  while (!full) {
    auto batch = make_batch(1, 100);
    writer->next(100);
    const auto done = writer->append(batch);
    if (!done) full = done.error();
  }
  CHECK(full == errc::log_full);
  const std::uint64_t last = writer->last_sequence();
  CHECK(last > 20'000);
  CHECK_FALSE(writer->roll());
  CHECK_FALSE(writer->roll());
  auto reader = open_reader(memory / "hot", {.verify = true});
  CHECK(drain(reader).size() == last);
  CHECK(reader.segments().value().size() == 1);
  writer->close();  // an orderly end needs no room
  CHECK(reader.next().value().empty());
}

TEST_CASE("a memory that is full at the start is log_full") {
  const small_memory memory("2m");
  // Filled to the last page.
  write_file(memory / "ballast", std::string(2 << 20, 'b'));
  diagnostics why;
  const auto opened = log::writer::open(memory.options(), &why);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == errc::log_full);
  CHECK_FALSE(why.empty());
}

TEST_CASE("the bound of the hot folder leaves a quarter of its file system free") {
  const small_memory memory("8m");
  auto writer = open_writer(memory.options());
  auto archiver = log::archiver::start(*writer).value();
  CHECK(archiver->status().hot_bytes_bound == 6 << 20);
}

TEST_CASE("a full disk stops nobody, and no segment leaves memory before it is archived whole") {
  const scratch here;
  const small_memory disk("192k");
  auto options = options_in(here);
  options.archive = disk / "archive";
  options.hot_bytes_max = 1;
  auto writer = open_writer(options);
  auto archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
  for (int i = 0; i < 4; ++i) {
    for (int batch = 0; batch < 10; ++batch) append(*writer, i, 100);
    REQUIRE(writer->roll());
  }
  writer->wake();
  CHECK(eventually([&] { return archiver->status().last_error == errc::log_full; }));
  CHECK(exists(here / "hot/000000000003.slots"));
  auto reader = open_reader(here / "hot");
  CHECK(drain(reader).size() == 4000);
  disk.resize("64m");
  CHECK(eventually([&] { return archiver->status().durable_sequence == writer->last_sequence(); }));
  CHECK(eventually([&] { return !exists(here / "hot/000000000003.slots"); }));
  auto again = open_reader(here / "hot", {.verify = true});
  CHECK(drain(again).size() == 4000);
}

int main(int argc, char** argv) {
  // Mounts of our own need a name space of our own; whoever is not root gets one in which he is.
  const uid_t user = ::getuid();
  const bool able = user == 0 ? ::unshare(CLONE_NEWNS) == 0 : ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
  if (able && user != 0) write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
  if (!able || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    std::puts("skipped: no right to mount a small file system");
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
