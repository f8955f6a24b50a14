// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <log/commit.hpp>
#include <log/futex.hpp>
#include <log/open_segment.hpp>
#include <log/place.hpp>
#include <log/recover.hpp>
#include <log/text_keys.hpp>
#include <log/writer.hpp>

namespace cordboard::log {
namespace {

constexpr std::uint64_t entry_bytes_max = padded(sizeof(tail_entry) + text_bytes_max);

constexpr std::uint64_t reserve_bytes_max = std::uint64_t{8} << 20;

/// A chosen failure with the sentence that belongs to it.
tl::unexpected<std::error_code> because(diagnostics& why, std::error_code code, std::string sentence) {
  why = diagnostics(std::move(sentence));
  return failure(code);
}

result<std::shared_ptr<place>> open_place(const writer_options& options, diagnostics& why) {
  auto made = std::make_shared<place>();
  auto hot = folder::open_own(options.hot);
  if (!hot) {
    return because(why, hot.error(),
                   fmt::format("The hot folder {} must be a folder of our own that others cannot write: {}.", options.hot,
                               hot.error().message()));
  }
  made->hot = std::move(*hot);
  auto file = made->hot.open_file(control_file, access::create_or_write);
  if (!file) {
    return because(why, file.error(), fmt::format("{}/{}: {}.", options.hot, control_file, file.error().message()));
  }
  if (const auto locked = lock_file(file->get()); !locked) {
    const auto other = open_control(made->hot);
    const std::uint32_t pid = other ? load_acquire((*other)->writer_pid) : 0;
    return because(why, locked.error(),
                   fmt::format("Another process, pid {}, writes the log in {}. One board has one log: stop that one, or "
                               "give this one its own [log] hot.",
                               pid, options.hot));
  }
  // A full file system must be told now, by name, and never by a signal in the middle of a call.
  const auto room = made->hot.room_left();
  if (!room) return because(why, room.error(), fmt::format("{}: {}.", options.hot, room.error().message()));
  constexpr std::uint64_t mib = std::uint64_t{1} << 20;
  if (room->total < options.room_min) {
    return because(why, make_error_code(errc::log_full),
                   fmt::format("{} lies on a file system of {} MiB; the log needs at least {} MiB. Give it more "
                               "(docker run --shm-size=1g, or: mount -o remount,size=1g /dev/shm), or put [log] hot "
                               "elsewhere.",
                               options.hot, room->total / mib, options.room_min / mib));
  }
  made->hot_bytes_bound = std::min(options.hot_bytes_max, room->total / 4 * 3);
  if (auto held = reserve::open(made->hot, std::min({reserve_bytes_max, room->total / 16, made->hot_bytes_bound / 8}))) {
    made->reserve = std::move(*held);
  } else {
    return because(why, held.error(), fmt::format("{}/log.reserve: {}.", options.hot, held.error().message()));
  }
  const auto size = size_of(file->get());
  if (!size) return tl::unexpected(size.error());
  if (*size < head_file_bytes) {
    // Written, not just made longer: a hole has no memory, and a store into it could fail.
    const auto filled = write_at(file->get(), std::string(head_file_bytes - *size, '\0'), *size);
    if (!filled) return because(why, filled.error(), fmt::format("{} is full: {}.", options.hot, filled.error().message()));
  }
  auto bytes = mapping::map(file->get(), sizeof(control), true);
  if (!bytes) return tl::unexpected(bytes.error());
  made->control = {std::move(*file), std::move(*bytes)};

  if (!options.archive.empty()) {
    auto archive = folder::open_own(options.archive);
    if (!archive) {
      return because(why, archive.error(),
                     fmt::format("The archive folder {}: {}.", options.archive, archive.error().message()));
    }
    made->archive = std::move(*archive);
    made->archives = true;
    auto lock = made->archive.open_file("log.lock", access::create_or_write);
    if (!lock) return because(why, lock.error(), fmt::format("{}/log.lock: {}.", options.archive, lock.error().message()));
    if (const auto locked = lock_file(lock->get()); !locked) {
      return because(why, locked.error(), fmt::format("Another log is archived in {}; each needs its own.", options.archive));
    }
    made->archive_lock = std::move(*lock);
  }
  return made;
}

}  // namespace

writer::writer(writer_options options, std::shared_ptr<place> where) : options_(std::move(options)), place_(std::move(where)) {}
writer::~writer() = default;

result<std::unique_ptr<writer>> writer::open(const writer_options& options, diagnostics* why) {
  diagnostics unheard;
  diagnostics& told = why != nullptr ? *why : unheard;
  told.clear();
  auto where = open_place(options, told);
  if (!where) return tl::unexpected(where.error());
  std::unique_ptr<writer> made(new writer(options, std::move(*where)));
  if (const auto read = made->read_text_key(told); !read) return tl::unexpected(read.error());
  if (const auto recovered = made->recover(told); !recovered) {
    if (told.empty()) told = diagnostics(fmt::format("The log in {}: {}", options.hot, recovered.error().message()));
    return tl::unexpected(recovered.error());
  }
  return made;
}

/// Whoever went on with another key could not read what it needs of the calls that are held, and nobody would be told.
result<void> writer::read_text_key(diagnostics& why) {
  if (!options_.text_key_file.empty()) {
    std::string fault;
    auto read = house_keys::read(options_.text_key_file, &fault);
    if (!read) return because(why, read.error(), fmt::format("[log] text_key_file: {}.", fault));
    keys_ = std::move(*read);
  }
  const auto numbers = place_->hot.segments_with({file_kind::keys});
  if (!numbers) return tl::unexpected(numbers.error());
  for (const std::uint64_t number : *numbers) {
    const auto records = read_keys(place_->hot, number);
    if (!records) return tl::unexpected(records.error());
    for (const key_record& one : *records) {
      if (one.check == 0 || (keys_ && keys_->find(one.check) != nullptr)) continue;
      const std::string what = keys_ ? fmt::format("another key than {}", options_.text_key_file) : std::string("a key");
      return because(why, make_error_code(errc::access_refused),
                     fmt::format("Texts in {} are sealed with {}: name that file as [log] text_key_file, or put the key that "
                                 "was used before beside it, as FILE.old.",
                                 options_.hot, what));
    }
  }
  return {};
}

result<void> writer::recover(diagnostics& why) {
  control& shared = *place_->control;
  bool same_boot = false;
  bool was_closed = false;
  std::uint64_t newest = 0;
  if (shared.magic != 0) {
    const auto good = check_control(shared);
    if (!good && good.error() == errc::log_incompatible) {
      return because(why, good.error(),
                     fmt::format("The log in {} has layout {}; this program writes layout {}.", options_.hot, shared.layout,
                                 layout_version));
    }
    if (good) {
      same_boot = shared.boot_id == boot_id();
      was_closed = shared.state == static_cast<std::uint32_t>(log_state::closed);
      newest = load_acquire(shared.newest_segment);
    }
  }
  const std::int64_t wall = options_.wall();
  const auto found = recover_log(*place_, same_boot, was_closed, newest, wall);
  if (!found) return tl::unexpected(found.error());
  if (found->first_segment + reserve_segments >= segments_max) return failure(errc::log_full);
  recovered_ = found->told;
  if (!recovered_.clean) recovered_.gap_to = first_of(found->first_segment);
  last_sequence_ = recovered_.last_sequence;
  last_time_ns_ = recovered_.last_time_ns;
  place_->committed = last_sequence_;

  // From here on the log counts as open, and its numbers as used, before any of them is.
  shared.layout = layout_version;
  shared.bytes = sizeof(control);
  shared.slot_bytes = sizeof(event);
  shared.bits = segment_bits;
  shared.started_ns = wall;
  shared.boot_id = boot_id();
  shared.hot_bytes_bound = place_->hot_bytes_bound;
  beat();
  store_release(shared.writer_pid, static_cast<std::uint32_t>(::getpid()));
  store_release(shared.state, static_cast<std::uint32_t>(log_state::open));
  store_release(shared.magic, control_magic);
  place_->reserved = segments_max;
  if (!place_->archive) store_release<std::uint64_t>(shared.durable_sequence, 0);
  if (place_->archive) {
    const std::uint64_t reserved = found->first_segment + reserve_segments;
    if (const auto written = write_issued(place_->archive, {reserved, 0}); !written) {
      return because(why, written.error(),
                     fmt::format("The archive {} cannot be written: {}.", options_.archive, written.error().message()));
    }
    place_->reserved = reserved;
  }
  const places where{options_.hot, options_.archive, options_.text_key_file};
  if (const auto written = write_places(place_->hot, where); !written) return tl::unexpected(written.error());
  if (!options_.run.empty()) {
    const auto run = folder::open(options_.run);
    const auto written = run ? write_places(*run, where) : result<void>(tl::unexpected(run.error()));
    if (!written) {
      return because(why, written.error(), fmt::format("The run folder {}: {}.", options_.run, written.error().message()));
    }
  }
  auto begun = open_segment::make(place_->hot, found->first_segment, found->previous_end, wall, keys_);
  if (!begun) return tl::unexpected(begun.error());
  segment_ = std::move(*begun);
  next_ = first_of(found->first_segment);
  store_release(shared.newest_segment, found->first_segment);
  dirty_ = true;
  wake();
  return {};
}

std::uint64_t writer::next(std::size_t at_most) {
  at_most = std::min(at_most, batch_max);
  if (segment_of(next_) == segment_->number && !fits(at_most, at_most * entry_bytes_max, at_most * entry_bytes_max)) {
    next_ = base_of(segment_->number + 1);
  }
  return next_;
}

bool writer::fits(std::size_t count, std::uint64_t text_bytes, std::uint64_t dialog_bytes) const {
  return limit_of(segment_->number) - next_ >= count && segment_->tails[0].used + text_bytes <= tail_bytes_max &&
         segment_->tails[1].used + dialog_bytes <= tail_bytes_max;
}

/// When memory is used up by others, the reserve is let go bit by bit; what gives way makes it whole again, on another thread.
result<void> writer::give_memory(std::uint64_t end, const std::array<std::uint64_t, 2>& tail_bytes) {
  for (;;) {
    auto given = segment_->give_memory(end, tail_bytes);
    if (given || given.error() != errc::log_full || !place_->reserve.let_go()) return given;
  }
}

result<void> writer::begin_segment(std::uint64_t number) {
  if (number >= place_->reserved.load(std::memory_order_acquire)) return failure(errc::log_full);
  // Behind an empty segment the last event is the one before it; its readers find their way by that.
  const std::uint64_t previous_end = last_sequence_ == 0 ? 0 : last_sequence_ + 1;
  auto begun = open_segment::make(place_->hot, number, previous_end, options_.wall(), keys_);
  while (!begun && begun.error() == errc::log_full && place_->reserve.let_go()) {
    begun = open_segment::make(place_->hot, number, previous_end, options_.wall(), keys_);
  }
  if (!begun) return tl::unexpected(begun.error());
  segment_->finish();
  segment_ = std::move(*begun);
  next_ = first_of(number);
  // Synchronises with the readers' load: the head of `number` exists, and the end of the one before is set.
  store_release(place_->control->newest_segment, number);
  dirty_ = true;
  return {};
}

result<void> writer::roll() {
  if (closed_) return failure(errc::board_closed);
  return begin_segment(segment_->number + 1);
}

bool writer::seals(const logged& one) const {
  return keys_ && one.tail == tail::text && !one.text.empty() && subject_of(one.record).kind != 0;
}

result<void> writer::append(std::span<logged> batch) {
  if (closed_) return failure(errc::board_closed);
  if (batch.empty()) return {};
  if (batch.size() > batch_max) return failure(errc::limit_reached);
  std::int64_t time_ns = last_time_ns_;
  std::array<std::uint64_t, 2> tail_bytes{};  // text, dialog
  for (const logged& one : batch) {
    if (one.record.time_ns < time_ns) return failure(std::make_error_code(std::errc::invalid_argument));
    const std::size_t bytes = one.text.size() + (seals(one) ? text_seal_bytes : 0);
    if (bytes > text_bytes_max) return failure(errc::text_invalid);
    time_ns = one.record.time_ns;
    if (bytes != 0) tail_bytes[one.tail == tail::dialog ? 1 : 0] += padded(sizeof(tail_entry) + bytes);
  }
  if (segment_of(next_) != segment_->number) {
    if (const auto begun = begin_segment(segment_of(next_)); !begun) return begun;
  }
  if (!fits(batch.size(), tail_bytes[0], tail_bytes[1])) return failure(errc::limit_reached);
  if (const auto given = give_memory(next_ + batch.size(), tail_bytes); !given) return given;
  std::vector<const key_maker::made_key*> keys(keys_ ? batch.size() : 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!seals(batch[i])) continue;
    auto key = segment_->keys->key_of(subject_of(batch[i].record));
    while (!key && key.error() == errc::log_full && place_->reserve.let_go())
      key = segment_->keys->key_of(subject_of(batch[i].record));
    if (!key) return tl::unexpected(key.error());
    keys[i] = *key;
  }
  // From here on there are stores alone: nothing can fail.
  std::array<std::uint64_t, 2> used{segment_->tails[0].used, segment_->tails[1].used};
  for (std::size_t i = 0; i < batch.size(); ++i) {
    event& record = batch[i].record;
    record.text_at = 0;
    const auto* const key = keys.empty() ? nullptr : keys[i];
    record.text_len = static_cast<std::uint16_t>(batch[i].text.size() + (key != nullptr ? text_seal_bytes : 0));
    if (record.text_len != 0) {
      const bool dialog = batch[i].tail == tail::dialog;
      std::uint64_t& at = used[dialog ? 1 : 0];
      record.text_at = static_cast<std::uint32_t>(at / 8) | (dialog ? text_at_dialog : 0);
      at = key != nullptr ? segment_->put_sealed(at, batch[i].text, *key, next_ + i)
                          : segment_->put_entry(dialog, at, batch[i].text);
      // Only a library without memory comes here, and nothing of the batch was published.
      if (at == 0) return failure(std::make_error_code(std::errc::not_enough_memory));
    }
    record.sequence = next_ + i;
    record.batch_left = left_of(i, batch.size());
    record.spare = 0;
    record.crc32c = checksum(record);
  }
  publish(segment_->slot(next_), batch.size(), [&](std::size_t i) -> const event& { return batch[i].record; });
  next_ += batch.size();
  for (const std::size_t which : {0, 1}) segment_->tails[which].used = used[which];
  store_release(segment_->head().committed, next_);
  last_sequence_ = next_ - 1;
  last_time_ns_ = time_ns;
  place_->committed.store(last_sequence_, std::memory_order_release);
  dirty_ = true;
  return {};
}

void writer::wake() {
  if (!dirty_) return;
  dirty_ = false;
  // Synchronises with the load in log_reader::wait: who sees the old value had not yet looked, and will sleep on a word
  // that has changed.
  std::atomic_ref<std::uint32_t>(place_->control->wake).fetch_add(1, std::memory_order_acq_rel);
  futex_wake_shared(place_->control->wake);
}

void writer::beat() { store_release(place_->control->beat_ns, monotonic_time_ns()); }

void writer::close() {
  if (closed_) return;
  closed_ = true;
  segment_->finish();
  store_release(place_->control->state, static_cast<std::uint32_t>(log_state::closed));
  dirty_ = true;
  wake();
}

}  // namespace cordboard::log
