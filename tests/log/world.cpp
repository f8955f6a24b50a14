// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "world.hpp"

namespace cordboard::log_test {

scratch::scratch(const std::string& under) : path_(under + "/cordboard-test-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no scratch folder under " + under);
}
scratch::~scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

log::writer_options options_in(const scratch& where, bool archive) {
  log::writer_options options;
  options.hot = where / "hot";
  if (archive) options.archive = where / "archive";
  options.room_min = 1 << 20;
  options.wall = [] { return beginning; };
  return options;
}

std::unique_ptr<log::writer> open_writer(const log::writer_options& options) {
  diagnostics why;
  auto opened = log::writer::open(options, &why);
  if (!opened) throw std::runtime_error(opened.error().message() + " " + why.our_text());
  return std::move(*opened);
}

log_reader open_reader(const std::string& path, log_reader_options options) {
  auto opened = log_reader::open(path, options);
  if (!opened) throw std::runtime_error(opened.error().message());
  return std::move(*opened);
}

logged make_event(std::int64_t value, std::string text, tail in) {
  logged one;
  one.record.kind = event_kind::board_started;
  one.record.time_ns = beginning;
  one.record.value = value;
  one.record.call = {static_cast<std::uint64_t>(value) * 3 + 1};
  one.record.other = ~static_cast<std::uint64_t>(value);
  one.text = std::move(text);
  one.tail = in;
  return one;
}

std::vector<logged> make_batch(std::int64_t value, std::size_t count) {
  std::vector<logged> batch;
  for (std::size_t i = 0; i < count; ++i) batch.push_back(make_event(value + static_cast<std::int64_t>(i)));
  return batch;
}

std::uint64_t append(log::writer& to, std::int64_t value, std::size_t count) {
  const std::uint64_t first = to.next(count);
  auto batch = make_batch(value, count);
  const auto done = to.append(batch);
  if (!done) throw std::runtime_error(done.error().message());
  return first;
}

std::uint64_t append(log::writer& to, logged one) {
  const std::uint64_t first = to.next(1);
  const auto done = to.append({&one, 1});
  if (!done) throw std::runtime_error(done.error().message());
  return first;
}

std::vector<event> drain(log_reader& from) {
  std::vector<event> all;
  for (;;) {
    const auto events = from.next();
    if (!events) throw std::runtime_error(events.error().message());
    if (events->empty()) return all;
    all.insert(all.end(), events->begin(), events->end());
  }
}

bool eventually(const std::function<bool()>& so) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::string bytes(file ? static_cast<std::size_t>(file.tellg()) : 0, '\0');
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}
void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
void patch_file(const std::string& path, std::uint64_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(at));
  file << bytes;
}
bool exists(const std::string& path) { return std::filesystem::exists(path); }
void empty_folder(const std::string& path) {
  for (const auto& file : std::filesystem::directory_iterator(path)) {
    if (file.is_regular_file()) std::filesystem::remove(file.path());
  }
}

}  // namespace cordboard::log_test
