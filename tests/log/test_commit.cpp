// SPDX-License-Identifier: Apache-2.0
// The commit protocol on one piece of memory, so that the thread sanitizer sees both sides; and the checksum.
#include <doctest/doctest.h>

#include <log/commit.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace cordboard;
using namespace cordboard::log;

namespace {

std::vector<event> batch_of(std::uint64_t first, std::size_t count) {
  std::vector<event> batch(count);
  for (std::size_t i = 0; i < count; ++i) {
    batch[i].sequence = first + i;
    batch[i].value = static_cast<std::int64_t>(first + i) * 7;
    batch[i].other = first;  // of which batch
    batch[i].batch_left = left_of(i, count);
    batch[i].crc32c = checksum(batch[i]);
  }
  return batch;
}

void put(event* slots, const std::vector<event>& batch) {
  publish(slots + batch.front().sequence, batch.size(), [&](std::size_t i) -> const event& { return batch[i]; });
}

}  // namespace

TEST_CASE("the checksum by the processor and by the table are the same, and the known one") {
  CHECK(crc32c("123456789", 9) == 0xE3069283);
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(crc32c(bytes.data(), bytes.size()) == crc32c_by_table(bytes.data(), bytes.size()));
    bytes += static_cast<char>(i * 37);
  }
  CHECK(crc32c(bytes.data() + 100, 200, crc32c(bytes.data(), 100)) == crc32c(bytes.data(), 300));
}

TEST_CASE("a batch whose first sequence is not stored does not exist") {
  std::vector<event> slots(64);
  put(slots.data(), batch_of(1, 3));
  auto second = batch_of(4, 5);
  put(slots.data(), second);
  store_release<std::uint64_t>(slots[4].sequence, 0);
  const scanned found = scan(slots.data(), 0, 1, 64, 64, true);
  CHECK(found.end == 4);
  CHECK(found.stop == scan_stop::nothing);
}

TEST_CASE("a batch may be larger than its counter") {
  std::vector<event> slots(1024);
  put(slots.data(), batch_of(1, 700));
  CHECK(slots[1].batch_left == 255);
  CHECK(slots[445].batch_left == 255);
  CHECK(slots[446].batch_left == 254);
  put(slots.data(), batch_of(701, 1));
  CHECK(scan(slots.data(), 0, 1, 1024, 1, true).end == 701);
  CHECK(scan(slots.data(), 0, 1, 1024, 1024, true).end == 702);
}

TEST_CASE("a slot that contradicts its place, its batch or its checksum is damage, and what is before it is handed out") {
  std::vector<event> slots(64);
  put(slots.data(), batch_of(1, 2));
  put(slots.data(), batch_of(3, 4));
  SUBCASE("place") { slots[5].sequence = 6; }
  SUBCASE("hole in a committed batch") { slots[5].sequence = 0; }
  SUBCASE("batch") { slots[4].batch_left = 9; }
  const scanned found = scan(slots.data(), 0, 1, 64, 64, false);
  CHECK(found.end == 3);
  CHECK(found.stop == scan_stop::damaged);
}

TEST_CASE("a wrong checksum is found when it is asked for") {
  std::vector<event> slots(64);
  put(slots.data(), batch_of(1, 2));
  slots[2].value ^= 1;
  CHECK(scan(slots.data(), 0, 1, 64, 64, false).end == 3);
  CHECK(scan(slots.data(), 0, 1, 64, 64, true).stop == scan_stop::damaged);
}

TEST_CASE("no reader ever sees half a batch while one is written") {
  constexpr std::size_t slots_count = 40'000;
  std::vector<event> slots(slots_count + 64);
  std::thread writing([&] {
    for (std::uint64_t first = 1; first < slots_count; first += 1 + first % 9) {
      put(slots.data(), batch_of(first, 1 + first % 9));
    }
  });
  std::uint64_t at = 1;
  bool whole = true;
  while (at < slots_count) {
    const scanned found = scan(slots.data(), 0, at, slots.size(), 256, true);
    whole = whole && found.stop != scan_stop::damaged;
    if (!whole) break;
    for (; at < found.end; ++at) {
      const event& slot = slots[at];
      // Every event of a batch names the batch's first, and the counter says how many there are.
      whole = whole && slot.sequence == at && slot.value == static_cast<std::int64_t>(at) * 7 &&
              slot.other + slot.other % 9 - at == slot.batch_left;
    }
  }
  writing.join();
  CHECK(whole);
}
