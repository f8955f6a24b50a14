// SPDX-License-Identifier: Apache-2.0
// The C ABI's readers: a log_reader that threads share.
#include <atomic>
#include <bit>
#include <cordboard/cordboard.h>
#include <cordboard/log_reader.hpp>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include "guard.hpp"
#include "objects.hpp"

namespace cordboard::c {
namespace {

constexpr std::uint32_t filter_size_min = 64;  // of the first version; never changes
static_assert(sizeof(cordboard_filter) >= filter_size_min);

/// One thread uses it, the others wait for it, and any may close it.
struct shared_reader {
  explicit shared_reader(log_reader with) : reader(std::move(with)) {}
  std::mutex mutex;
  std::atomic<bool> closed{false};  // set by `close` before it interrupts, so that the thread that is woken sees it
  log_reader reader;
};

// As boards(): never destroyed.
handles<shared_reader, cordboard_reader>& readers() {
  static auto& all = *new handles<shared_reader, cordboard_reader>(2);
  return all;
}

std::int32_t read(const std::string& path, std::uint64_t after, cordboard_reader** out_reader) {
  auto opened = log_reader::open(path);
  if (!opened) return code(opened.error());
  if (auto placed = opened->after(after); !placed) return code(placed.error());
  *out_reader = readers().add(std::make_shared<shared_reader>(std::move(*opened)));
  return CORDBOARD_OK;
}

std::int32_t next(shared_reader& from, std::chrono::nanoseconds timeout, std::span<const event>& found) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  const std::lock_guard lock(from.mutex);
  while (!from.closed) {
    const auto events = from.reader.next();
    if (!events) return code(events.error());
    if (!events->empty()) {
      found = *events;
      return CORDBOARD_OK;
    }
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return CORDBOARD_TIMED_OUT;
    from.reader.wait(left);
  }
  return CORDBOARD_HANDLE_INVALID;
}

/// Looks the handle up, and has the reader to itself for `act`.
template <class Act>
std::int32_t with(cordboard_reader* reader, Act&& act) {
  return guard([&]() -> std::int32_t {
    const auto found = readers().find(reader);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    const std::lock_guard lock(found->mutex);
    if (found->closed) return CORDBOARD_HANDLE_INVALID;
    return act(found->reader);
  });
}

std::int32_t told(const result<void>& done) { return done ? CORDBOARD_OK : code(done.error()); }

/// @returns  CORDBOARD_OK or CORDBOARD_COMMAND_INVALID
std::int32_t filter_of(const cordboard_filter* given, event_filter& out) {
  if (given == nullptr) return CORDBOARD_OK;
  if (given->size < filter_size_min) {
    detail() = "cordboard_filter.size is not set";
    return CORDBOARD_COMMAND_INVALID;
  }
  cordboard_filter known{};
  std::memcpy(&known, given, std::min<std::size_t>(given->size, sizeof known));
  if (known.reserved != 0 || (known.kinds == nullptr && known.kinds_count != 0)) {
    detail() = "cordboard_filter: reserved is 0, and kinds points to kinds_count of them";
    return CORDBOARD_COMMAND_INVALID;
  }
  for (std::uint32_t i = 0; i < known.kinds_count; ++i) out.kinds.push_back(static_cast<event_kind>(known.kinds[i]));
  out.call = {known.call.id};
  out.party = {known.party.id};
  out.device = {known.device.id};
  out.operator_ = {known.operator_.id};
  out.queue = {known.queue.id};
  out.command = {known.command.high, known.command.low};
  return CORDBOARD_OK;
}

}  // namespace
}  // namespace cordboard::c

using cordboard::c::boards;
using cordboard::c::code;
using cordboard::c::guard;
using cordboard::c::readers;
using cordboard::c::with;

std::int32_t cordboard_read(cordboard_board* board, std::uint64_t after, cordboard_reader** out_reader) {
  return guard([&]() -> std::int32_t {
    if (out_reader == nullptr) return CORDBOARD_HANDLE_INVALID;
    *out_reader = nullptr;
    const auto found = boards().find(board);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    return cordboard::c::read(found->path(), after, out_reader);
  });
}

std::int32_t cordboard_read_log(const char* path, std::uint64_t after, cordboard_reader** out_reader) {
  return guard([&]() -> std::int32_t {
    if (out_reader == nullptr) return CORDBOARD_HANDLE_INVALID;
    *out_reader = nullptr;
    if (path == nullptr) return CORDBOARD_HANDLE_INVALID;
    return cordboard::c::read(path, after, out_reader);
  });
}

std::int32_t cordboard_reader_next(cordboard_reader* reader, std::int64_t timeout_ms, const cordboard_event** out_events,
                                   std::uint64_t* out_count) {
  return guard([&]() -> std::int32_t {
    if (out_events == nullptr || out_count == nullptr) return CORDBOARD_HANDLE_INVALID;
    *out_events = nullptr;
    *out_count = 0;
    const auto found = readers().find(reader);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    std::span<const cordboard::event> events;
    const std::int32_t told = cordboard::c::next(*found, cordboard::c::timeout_of(timeout_ms), events);
    if (told != CORDBOARD_OK) return told;
    *out_events = reinterpret_cast<const cordboard_event*>(events.data());
    *out_count = events.size();
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_reader_text(cordboard_reader* reader, const cordboard_event* event, char* buffer, std::uint64_t size,
                                   std::uint64_t* out_length) {
  return guard([&]() -> std::int32_t {
    if (event == nullptr || out_length == nullptr || (buffer == nullptr && size != 0)) return CORDBOARD_HANDLE_INVALID;
    *out_length = 0;
    const auto found = readers().find(reader);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    const std::lock_guard lock(found->mutex);
    const auto text = found->reader.text(std::bit_cast<cordboard::event>(*event));
    if (!text) return code(text.error());
    *out_length = text->size();
    if (text->size() > size) return CORDBOARD_TEXT_INVALID;
    std::copy(text->begin(), text->end(), buffer);
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_reader_bounds(cordboard_reader* reader, std::uint64_t* out_oldest, std::uint64_t* out_newest) {
  return guard([&]() -> std::int32_t {
    const auto found = readers().find(reader);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    const std::lock_guard lock(found->mutex);
    const auto oldest = found->reader.oldest();
    if (!oldest) return code(oldest.error());
    const auto newest = found->reader.newest();
    if (!newest) return code(newest.error());
    if (out_oldest != nullptr) *out_oldest = *oldest;
    if (out_newest != nullptr) *out_newest = *newest;
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_reader_close(cordboard_reader* reader) {
  return guard([&]() -> std::int32_t {
    const auto removed = readers().remove(reader);
    if (!removed) return CORDBOARD_HANDLE_INVALID;
    removed->closed = true;
    removed->reader.interrupt();
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_reader_after(cordboard_reader* reader, std::uint64_t sequence) {
  return with(reader, [&](cordboard::log_reader& r) { return cordboard::c::told(r.after(sequence)); });
}

std::int32_t cordboard_reader_since(cordboard_reader* reader, std::int64_t time_ns) {
  return with(reader, [&](cordboard::log_reader& r) { return cordboard::c::told(r.since(time_ns)); });
}

std::int32_t cordboard_reader_filter(cordboard_reader* reader, const cordboard_filter* filter) {
  return with(reader, [&](cordboard::log_reader& r) -> std::int32_t {
    cordboard::event_filter wanted;
    const std::int32_t good = cordboard::c::filter_of(filter, wanted);
    if (good == CORDBOARD_OK) r.filter(wanted);
    return good;
  });
}

std::int32_t cordboard_reader_position(cordboard_reader* reader, std::uint64_t* out_sequence) {
  return with(reader, [&](cordboard::log_reader& r) -> std::int32_t {
    if (out_sequence == nullptr) return CORDBOARD_HANDLE_INVALID;
    *out_sequence = r.position();
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_reader_at(cordboard_reader* reader, std::uint64_t sequence, cordboard_event* out_event) {
  return with(reader, [&](cordboard::log_reader& r) -> std::int32_t {
    if (out_event == nullptr) return CORDBOARD_HANDLE_INVALID;
    *out_event = cordboard_event{};
    const auto found = r.at(sequence);
    if (!found) return code(found.error());
    if (*found != nullptr) *out_event = std::bit_cast<cordboard_event>(**found);
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_reader_link(cordboard_reader* reader, std::uint32_t* out_state, std::int64_t* out_age_ns) {
  return with(reader, [&](cordboard::log_reader& r) -> std::int32_t {
    if (out_state == nullptr) return CORDBOARD_HANDLE_INVALID;
    const cordboard::log_link link = r.link();
    *out_state = static_cast<std::uint32_t>(link.state);
    if (out_age_ns != nullptr) *out_age_ns = link.age.count();
    return CORDBOARD_OK;
  });
}
