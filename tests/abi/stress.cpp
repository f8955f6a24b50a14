// SPDX-License-Identifier: Apache-2.0
// Threads use boards, readers and snapshots of the C ABI while others close them: every call returns, with a code that is
// documented; nothing crashes, and under the thread sanitizer nothing races. Ends with threads still in it.
#include <cordboard/cordboard.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

std::atomic<bool> over{false};
std::atomic<std::uint64_t> calls_made{0};
std::atomic<std::uint64_t> wrong{0};
std::uint64_t oldest = 0;  // the log's first sequence

void expect(std::int32_t told, std::initializer_list<std::int32_t> allowed, const char* what) {
  ++calls_made;
  for (const std::int32_t one : allowed) {
    if (told == one) return;
  }
  if (wrong++ < 10) std::fprintf(stderr, "%s: %d %s\n", what, told, cordboard_error_detail());
}

/// Handles that every thread may pick up, whether they are still open or not.
template <class Handle>
struct slots {
  std::array<std::atomic<Handle*>, 4> all{};
  Handle* any(std::mt19937_64& random) { return all[random() % all.size()]; }
  Handle* put(std::mt19937_64& random, Handle* fresh) { return all[random() % all.size()].exchange(fresh); }
};
slots<cordboard_board> boards;
slots<cordboard_reader> readers;
slots<cordboard_snapshot> snapshots;

void use(const std::string& run, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const cordboard_event* events = nullptr;
  cordboard_event copy{};
  std::uint64_t number = 0;
  while (!over) {
    cordboard_reader* const reader = readers.any(random);
    cordboard_board* const board = boards.any(random);
    cordboard_snapshot* const snapshot = snapshots.any(random);
    switch (random() % 16) {
      case 0: {
        cordboard_board* fresh = nullptr;
        expect(cordboard_attach(run.c_str(), &fresh), {CORDBOARD_OK}, "attach");
        if (cordboard_board* const old = boards.put(random, fresh); old != nullptr) {
          expect(cordboard_close(old), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "close");
        }
        break;
      }
      case 1: {
        cordboard_reader* fresh = nullptr;
        expect(random() % 2 == 0 ? cordboard_read(board, 0, &fresh) : cordboard_read_log(run.c_str(), 0, &fresh),
               {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "read");
        if (fresh != nullptr) cordboard_reader_close(readers.put(random, fresh));
        break;
      }
      case 2: {
        cordboard_snapshot* fresh = nullptr;
        expect(cordboard_snapshot_take(board, &fresh), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "snapshot_take");
        if (fresh != nullptr) cordboard_snapshot_close(snapshots.put(random, fresh));
        break;
      }
      case 3: expect(cordboard_reader_close(reader), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "reader_close"); break;
      case 4: expect(cordboard_snapshot_close(snapshot), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "snapshot_close"); break;
      case 5: {
        cordboard_snapshot_contents all{};
        all.size = sizeof all;
        expect(cordboard_snapshot_view(snapshot, &all), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "snapshot_view");
        break;
      }
      case 6:
      case 7: {
        cordboard_command c;
        expect(cordboard_command_init(&c, 5000), {CORDBOARD_OK}, "command_init");
        cordboard_command_ready(&c, {1});
        expect(cordboard_submit(board, &c, &number),
               {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID, CORDBOARD_BOARD_CLOSED, CORDBOARD_OPERATOR_WRONG_STATE,
                CORDBOARD_QUEUE_FULL},
               "submit");
        if (number != 0) {
          expect(cordboard_outcome(board, c.id, number, static_cast<std::int64_t>(random() % 20), nullptr),
                 {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID, CORDBOARD_BOARD_CLOSED, CORDBOARD_TIMED_OUT}, "outcome");
        }
        break;
      }
      case 8:
      case 9:
        // Not looked at: another thread may close the reader, and with it goes what it gave.
        expect(cordboard_reader_next(reader, static_cast<std::int64_t>(random() % 10), &events, &number),
               {CORDBOARD_OK, CORDBOARD_TIMED_OUT, CORDBOARD_HANDLE_INVALID}, "reader_next");
        break;
      case 10:
        expect(cordboard_reader_at(reader, oldest + random() % 50, &copy), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID},
               "reader_at");
        if (copy.sequence != 0) {
          std::array<char, 512> text{};
          expect(cordboard_reader_text(reader, &copy, text.data(), text.size(), &number),
                 {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "reader_text");
        }
        break;
      case 11:
        expect(random() % 2 == 0 ? cordboard_reader_after(reader, oldest + random() % 50)
                                 : cordboard_reader_since(reader, static_cast<std::int64_t>(random())),
               {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "reader_after");
        break;
      case 12: {
        cordboard_filter filter{};
        filter.size = sizeof filter;
        filter.operator_.id = static_cast<std::uint32_t>(random() % 2);
        expect(cordboard_reader_filter(reader, &filter), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "reader_filter");
        break;
      }
      case 13: {
        std::uint32_t state = 0;
        expect(cordboard_reader_link(reader, &state, nullptr), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "reader_link");
        expect(cordboard_reader_position(reader, &number), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "reader_position");
        break;
      }
      case 14:
        expect(cordboard_reader_bounds(reader, &number, nullptr), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "reader_bounds");
        break;
      default: {
        std::uint64_t id = 0;
        expect(cordboard_new_id(&id), {CORDBOARD_OK}, "new_id");
        expect(cordboard_loopback_call_in(board, "city", "9000", "1", nullptr, {id}, {id + 1}, {id + 2}),
               {CORDBOARD_HANDLE_INVALID}, "loopback_call_in");  // no thread's board is its own
        break;
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder = "/dev/shm/cordboard_stress_XXXXXX";
  if (argc != 3 || mkdtemp(folder.data()) == nullptr) return 1;
  const std::string run = folder + "/run";
  const std::string log = folder + "/log";
  cordboard_config config{};
  config.size = sizeof config;
  config.run_path = run.c_str();
  config.log_path = log.c_str();
  config.file = argv[1];
  config.loopback = 1;
  cordboard_board* own = nullptr;
  if (cordboard_open(&config, &own) != CORDBOARD_OK) {
    std::fprintf(stderr, "%s\n", cordboard_error_detail());
    return 1;
  }
  cordboard_reader* first = nullptr;
  expect(cordboard_read(own, 0, &first), {CORDBOARD_OK}, "read");
  expect(cordboard_reader_bounds(first, &oldest, nullptr), {CORDBOARD_OK}, "reader_bounds");
  expect(cordboard_reader_close(first), {CORDBOARD_OK}, "reader_close");
  // So many calls by all threads; the last of them meet a board that stops, and the program's own end.
  const std::uint64_t enough = std::strtoull(argv[2], nullptr, 10);
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) threads.emplace_back(use, run, seed);
  std::thread waits([&] {
    // Asleep in a reader of its own when the board goes, and when the program ends.
    cordboard_reader* reader = nullptr;
    const cordboard_event* events = nullptr;
    std::uint64_t count = 0;
    expect(cordboard_read_log(run.c_str(), 0, &reader), {CORDBOARD_OK}, "read_log");
    for (;;) cordboard_reader_next(reader, 60'000, &events, &count);
  });
  waits.detach();
  while (calls_made < enough && wrong == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  over = true;
  for (std::thread& one : threads) one.join();
  over = false;
  // Again, and now the board itself goes under them: attaching fails from then on, and all else still answers.
  std::vector<std::thread> late;
  std::atomic<int> told{0};
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    late.emplace_back([&, seed] {
      std::mt19937_64 random(seed);
      cordboard_command c;
      while (!over) {
        cordboard_command_init(&c, 2000);
        cordboard_command_ready(&c, {1});
        const std::int32_t answer = cordboard_submit(own, &c, nullptr);
        expect(answer, {CORDBOARD_OK, CORDBOARD_OPERATOR_WRONG_STATE, CORDBOARD_BOARD_CLOSED, CORDBOARD_HANDLE_INVALID},
               "submit to a board that stops");
        expect(cordboard_loopback_hang_up(own, "1001"), {CORDBOARD_OK, CORDBOARD_HANDLE_INVALID}, "loopback_hang_up");
        if (answer == CORDBOARD_HANDLE_INVALID) ++told;
      }
    });
  }
  const std::uint64_t before = calls_made;
  while (calls_made < before + 200) std::this_thread::yield();
  expect(cordboard_close(own), {CORDBOARD_OK}, "close");
  while (told < 4) std::this_thread::yield();
  over = true;
  for (std::thread& one : late) one.join();
  std::filesystem::remove_all(folder);
  std::printf("%llu calls, %llu unexpected answers\n", static_cast<unsigned long long>(calls_made.load()),
              static_cast<unsigned long long>(wrong.load()));
  return wrong == 0 ? 0 : 1;
}
