// SPDX-License-Identifier: Apache-2.0
// What an event costs the loop: no allocation, and memory given in chunks, so that most batches make no system call at all.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstdlib>
#include <log/layout.hpp>
#include <string>

#include "world.hpp"

namespace {

thread_local bool counting = false;
thread_local std::uint64_t allocations = 0;
thread_local std::uint64_t calls = 0;

void count(std::uint64_t& of) {
  if (counting) ++of;
}

template <class Function>
Function* next_of(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// Everything that allocates comes through here: `operator new` does too. The names are the C library's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* __libc_calloc(std::size_t, std::size_t);
extern "C" void* __libc_realloc(void*, std::size_t);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" void* malloc(std::size_t bytes) {
  count(allocations);
  return __libc_malloc(bytes);
}
extern "C" void* calloc(std::size_t count_of, std::size_t bytes) {
  count(allocations);
  return __libc_calloc(count_of, bytes);
}
extern "C" void* realloc(void* at, std::size_t bytes) {
  count(allocations);
  return __libc_realloc(at, bytes);
}
constexpr bool hooked = true;
#else
constexpr bool hooked = false;  // the sanitizer has hooks of its own
#endif

// The calls of the C library that the writer could make on its way.
extern "C" ssize_t pwrite(int fd, const void* bytes, std::size_t length, off_t at) {
  count(calls);
  static auto* const real = next_of<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  return real(fd, bytes, length, at);
}
extern "C" int posix_fallocate(int fd, off_t at, off_t length) {
  count(calls);
  static auto* const real = next_of<int(int, off_t, off_t)>("posix_fallocate");
  return real(fd, at, length);
}
extern "C" int ftruncate(int fd, off_t length) noexcept {
  count(calls);
  static auto* const real = next_of<int(int, off_t)>("ftruncate");
  return real(fd, length);
}
extern "C" long syscall(long number, ...) noexcept {
  count(calls);
  static auto* const real = next_of<long(long, ...)>("syscall");
  va_list rest;
  va_start(rest, number);
  std::array<long, 6> with{};
  for (long& one : with) one = va_arg(rest, long);
  va_end(rest);
  return real(number, with[0], with[1], with[2], with[3], with[4], with[5]);
}

using namespace cordboard;
using namespace cordboard::log_test;

namespace {

/// A call's batches as the board makes them: a few events, some with a text of either kind.
std::vector<std::vector<logged>> typical() {
  std::vector<std::vector<logged>> batches;
  for (int i = 0; i < 8; ++i) {
    std::vector<logged> batch = make_batch(i * 10, 1 + static_cast<std::size_t>(i) % 4);
    batch.front().text = std::string(20 + static_cast<std::size_t>(i) * 3, 'n');
    if (i % 3 == 0) {
      batch.push_back(make_event(i, std::string(400, 'd'), tail::dialog));
    }
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace

TEST_CASE("an event costs no allocation, a loop turn one wake, and memory comes in chunks") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  auto batches = typical();
  std::uint64_t events = 0;
  constexpr std::uint64_t turns = 3000;
  // So that the chunks' own first moments are behind us.
  for (auto& batch : batches) REQUIRE(writer->append(batch));
  writer->wake();
  bool good = true;
  counting = true;
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    for (int batch = 0; batch < 3; ++batch) {
      auto& one = batches[(turn + static_cast<std::uint64_t>(batch)) % batches.size()];
      good = writer->next() == writer->last_sequence() + 1 && writer->append(one) && good;
      events += one.size();
    }
    writer->wake();
    writer->wake();  // nothing new: nobody is woken
  }
  counting = false;
  CHECK(good);
  CHECK(allocations == 0);
  if (!hooked) MESSAGE("allocations are not counted under a sanitizer");
  // One futex wake a turn; what is above it is memory given in chunks, some 256 KiB at a time.
  CHECK(calls >= turns);
  const std::uint64_t chunks = calls - turns;
  CHECK(chunks <= events * (sizeof(event) + 500) / (std::uint64_t{256} << 10) + 3);
  MESSAGE(events << " events in " << turns * 3 << " batches and " << turns << " turns: " << allocations << " allocations, "
                 << turns << " wakes, " << chunks << " chunks");
  auto reader = open_reader(here / "hot", {.verify = true});
  std::uint64_t texts = 0;
  for (const event& one : drain(reader)) texts += reader.text(one).value().empty() ? 0 : 1;
  CHECK(texts > turns * 3);
}

TEST_CASE("an old tail takes no more memory than its texts") {
  const scratch here;
  auto writer = open_writer(options_in(here));
  std::size_t bytes = sizeof(log::tail_head);
  for (std::size_t length = 1; length < 80; ++length) {
    append(*writer, make_event(1, std::string(length, 'a')));
    bytes += log::padded(sizeof(log::tail_entry) + length);
  }
  CHECK(read_file(here / "hot/000000000000.text").size() > bytes);
  REQUIRE(writer->roll());
  CHECK(read_file(here / "hot/000000000000.text").size() == bytes);
}
