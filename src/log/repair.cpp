// SPDX-License-Identifier: Apache-2.0
#include <log/repair.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <log/commit.hpp>
#include <log/place.hpp>
#include <log/places.hpp>
#include <log/segment.hpp>
#include <log/verify_segment.hpp>
#include <map>
#include <vector>

namespace cordboard::log {
namespace {

struct stretch {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

/// What is to become of one segment.
struct plan {
  segment_head head{};
  bool exists = false;  // something of it can be kept, or has to be stated
  bool head_was_damaged = false;
  bool ended = false;
  bool rewrite = false;       // its slots or texts change
  std::vector<stretch> good;  // batches that stay
  std::vector<stretch> lost;
  std::vector<std::uint64_t> texts_lost;  // sequences
  std::vector<std::uint64_t> entries;     // where their entries stand
  std::uint64_t text_bytes = 0;
  std::int64_t last_time = 0;
};

event gap_for(const stretch& lost, std::int64_t time_ns) {
  event gap{};
  gap.sequence = lost.to - 1;
  gap.time_ns = time_ns;
  gap.kind = event_kind::gap;
  gap.value = static_cast<std::int64_t>(lost.from);
  gap.other = lost.to;
  gap.crc32c = checksum(gap);
  return gap;
}

class repairer {
public:
  explicit repairer(const repair_options& how) : how_(how) {}

  result<std::uint64_t> run(const std::string& path) {
    if (const auto opened = open(path); !opened) return tl::unexpected(opened.error());
    if (const auto named = keep_numbers(); !named) return tl::unexpected(named.error());
    const std::vector<std::uint64_t> numbers = all_numbers();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (how_.progress) how_.progress(i, numbers.size());
      if (const auto done = one(numbers, i); !done) return tl::unexpected(done.error());
    }
    if (how_.key != nullptr) {
      if (const auto chained = chain(); !chained) return tl::unexpected(chained.error());
    }
    if (how_.progress) how_.progress(numbers.size(), numbers.size());
    return steps_;
  }

private:
  // ---------------------------------------------------------------------------------------------------------- where

  result<void> open(const std::string& path) {
    auto given = folder::open(path);
    if (!given && is_missing(given.error())) return failure(errc::not_connected);
    if (!given) return tl::unexpected(given.error());
    const auto where = read_places(*given);
    if (where) {
      if (auto hot = folder::open(where->hot)) {
        if (const auto control = hot->open_file(control_file, access::write)) {
          if (const auto free = lock_file(control->get()); !free) return free;
        }
        hot_ = std::move(*hot);
      }
      if (where->archive.empty()) return failure(errc::not_connected);
      auto archive = folder::open(where->archive);
      if (!archive) return tl::unexpected(archive.error());
      archive_ = std::move(*archive);
    } else {
      archive_ = std::move(*given);
    }
    const auto some = [this]() -> result<void> {
      return all_numbers().empty() ? failure(errc::not_connected) : result<void>();
    };
    auto lock = archive_.open_file("log.lock", how_.dry_run ? access::write : access::create_or_write);
    if (!lock && is_missing(lock.error())) return some();
    if (!lock) return tl::unexpected(lock.error());
    lock_ = std::move(*lock);
    const auto free = lock_file(lock_.get());
    return free ? some() : free;
  }

  /// Of every file that could be a segment's.
  std::vector<std::uint64_t> all_numbers() const {
    return archive_.segments_with({file_kind::head, file_kind::slots, file_kind::text}).value_or(std::vector<std::uint64_t>());
  }

  void tell(repair_act what, const std::string& name, std::uint64_t from = 0, std::uint64_t to = 0) {
    ++steps_;
    if (how_.told) how_.told({what, archive_.path() + "/" + name, from, to});
  }
  std::string name_of(std::uint64_t number, file_kind kind) const { return file_name(number, kind); }

  /// Into the folder of what was damaged, under its own name.
  result<void> move_aside(const std::string& name) {
    if (!archive_.open_file(name, access::read)) return {};
    tell(repair_act::moved, name);
    if (how_.dry_run) return {};
    if (const auto made = make_aside(); !made) return made;
    if (::renameat(archive_.fd(), name.c_str(), archive_.fd(), (how_.aside + "/" + name).c_str()) != 0) return system_failure();
    return {};
  }
  result<void> make_aside() const {
    if (::mkdirat(archive_.fd(), how_.aside.c_str(), 0750) != 0 && errno != EEXIST) return system_failure();
    return {};
  }

  result<void> keep_numbers() {
    if (!archive_.open_file("log.issued", access::read) || read_issued(archive_)) return {};
    const auto numbers = all_numbers();
    if (const auto moved = move_aside("log.issued"); !moved) return moved;
    const std::uint64_t above = numbers.back() + 1 + reserve_segments;
    tell(repair_act::numbers_kept, "log.issued", above);
    return how_.dry_run ? result<void>() : write_issued(archive_, {above, 0});
  }

  // --------------------------------------------------------------------------------------------------- what to do

  /// Where the segment that follows says that this one ended; 0: none says so.
  std::uint64_t said_by_next(const std::vector<std::uint64_t>& numbers, std::size_t i) const {
    for (std::size_t next = i + 1; next < numbers.size(); ++next) {
      const auto head = read_head(archive_, numbers[next]);
      if (head) return head->previous_end;
    }
    return 0;
  }

  static bool ends_within(std::uint64_t end, std::uint64_t number) { return end > first_of(number) && end <= limit_of(number); }

  /// The first place behind damage at which a batch surely begins.
  static std::uint64_t next_batch(const raw_segment& raw, std::uint64_t at, std::uint64_t end) {
    for (std::uint64_t p = at + 1; p < end && raw.there(p); ++p) {
      const event& before = raw.slot(p - 1);
      const bool begins = before.sequence == p - 1 && before.batch_left == 0;
      if (begins && whole_batch(raw, p, end) > p) return p;
      // A gap is a batch of its own, and names the hole before it.
      if (raw.slot(p).sequence == p && stands_for_lost(raw.slot(p)) && checksum(raw.slot(p)) == raw.slot(p).crc32c) return p;
    }
    return end;
  }

  plan look(const raw_segment& raw, std::uint64_t said_end) {
    plan to;
    to.last_time = last_time_;
    const std::uint64_t number = raw.number, first = first_of(number);
    const bool head_good = raw.head && (raw.head->end == 0 || (raw.head->end >= first && raw.head->end <= limit_of(number)));
    to.head_was_damaged = !head_good;
    if (head_good) to.head = *raw.head;
    std::uint64_t end = to.head.end;
    const bool open = end == 0;
    if (ends_within(said_end, number)) end = std::max(end, said_end);
    const std::uint64_t limit = end != 0 ? end : limit_of(number);
    to.text_bytes = std::max<std::uint64_t>(sizeof(tail_head), open ? 0 : std::min(to.head.text_bytes, tail_bytes_max));
    std::uint64_t at = first;
    while (at < limit) {
      const std::uint64_t begin = skip_hole(raw, at, limit);
      const std::uint64_t behind = whole_batch(raw, begin, limit);
      if (behind > begin && raw.slot(begin).time_ns >= to.last_time) {
        keep(raw, begin, behind, to);
        at = behind;
        continue;
      }
      if (end == 0) break;  // open: it ends here
      const std::uint64_t next = behind > begin ? behind : next_batch(raw, begin, limit);
      if (!to.lost.empty() && to.lost.back().to == at) {
        to.lost.back().to = next;
      } else {
        to.lost.push_back({at, next});
      }
      at = next;
    }
    if (end == 0) end = at;
    to.ended = open && !to.head_was_damaged;
    to.exists = end > first || head_good;
    to.rewrite = !to.lost.empty() || !to.texts_lost.empty() || !raw.slots_sized || raw.text_size < to.text_bytes;
    to.head.end = end;
    return to;
  }

  static void keep(const raw_segment& raw, std::uint64_t begin, std::uint64_t behind, plan& to) {
    if (!to.good.empty() && to.good.back().to == begin) {
      to.good.back().to = behind;
    } else {
      to.good.push_back({begin, behind});
    }
    for (std::uint64_t p = begin; p < behind; ++p) {
      const event& slot = raw.slot(p);
      to.last_time = std::max(to.last_time, slot.time_ns);
      const text_state state = look_at_text(raw, slot);
      if (state == text_state::none) continue;
      const std::uint64_t entry = std::uint64_t{slot.text_at} * 8;
      const bool lost = state == text_state::damaged || (state == text_state::gone && !raw.thinned());
      if (lost) {
        to.texts_lost.push_back(p);
        if (entry >= sizeof(tail_head) && entry < std::min(raw.text_size, to.text_bytes)) to.entries.push_back(entry);
      } else {
        to.text_bytes = std::max(to.text_bytes, entry + padded(sizeof(tail_entry) + slot.text_len));
      }
    }
  }

  // ------------------------------------------------------------------------------------------------------ doing it

  /// A repair that was killed between two renames: what it wrote is whole, since it was on disk before the first of them.
  result<void> take_up(std::uint64_t number) const {
    for (const file_kind kind : {file_kind::slots, file_kind::text}) {
      const std::string name = name_of(number, kind);
      if (how_.dry_run || archive_.open_file(name, access::read) || !archive_.open_file(name + ".mended", access::read))
        continue;
      if (::renameat(archive_.fd(), (name + ".mended").c_str(), archive_.fd(), name.c_str()) != 0) return system_failure();
    }
    return {};
  }

  result<void> one(const std::vector<std::uint64_t>& numbers, std::size_t i) {
    const std::uint64_t number = numbers[i];
    if (const auto taken = take_up(number); !taken) return taken;
    const raw_segment raw = raw_segment::open(archive_, number);
    if (!raw.head && raw.head_error == errc::log_incompatible) {
      tell(repair_act::left_alone, name_of(number, file_kind::head));
      last_end_ = 0;
      return {};
    }
    const std::uint64_t said = said_by_next(numbers, i);
    // In memory there is still all of it: a start goes on copying where it stopped.
    const bool goes_on = raw.head && raw.head->end == 0 && hot_ && read_head(hot_, number);
    if (goes_on) {
      last_end_ = 0;
      return {};
    }
    if (raw.head && last_end_ != 0 && raw.head->previous_end > last_end_) {
      if (const auto stated = state_missing(raw.head->previous_end, number); !stated) return stated;
    }
    plan to = look(raw, said);
    if (!to.exists) {
      for (const file_kind kind : {file_kind::head, file_kind::slots, file_kind::text, file_kind::keys})
        if (const auto moved = move_aside(name_of(number, kind)); !moved) return moved;
      return {};
    }
    if (const auto done = mend(raw, to); !done) return done;
    last_time_ = to.last_time;
    last_end_ = to.head.end > first_of(number) ? to.head.end : std::max(last_end_, to.head.previous_end);
    return {};
  }

  /// The segment in which the last of the missing sequences was: made anew, with nothing but a gap.
  result<void> state_missing(std::uint64_t next_begins_behind, std::uint64_t before_number) {
    const std::uint64_t number = segment_of(next_begins_behind - 1);
    if (number >= before_number || archive_.open_file(name_of(number, file_kind::head), access::read)) return {};
    raw_segment nothing;
    nothing.number = number;
    plan to;
    to.exists = true;
    to.rewrite = true;
    to.last_time = last_time_;
    to.text_bytes = sizeof(tail_head);
    to.head = make_head(number, last_end_, last_time_);
    to.head.end = next_begins_behind;
    to.lost.push_back({std::max(last_end_, first_of(number)), next_begins_behind});
    missing_from_ = last_end_;
    const auto done = mend(nothing, to);
    missing_from_ = 0;
    last_end_ = next_begins_behind;
    return done;
  }

  result<void> mend(const raw_segment& raw, plan& to) {
    const std::uint64_t number = raw.number;
    segment_head& head = to.head;
    const bool overlaps = raw.head && last_end_ != 0 && head.previous_end < last_end_;
    if (to.head_was_damaged || overlaps) {
      const std::uint64_t end = head.end;
      const std::int64_t started = to.good.empty() ? last_time_ : raw.slot(to.good.front().from).time_ns;
      const segment_head old = head;
      head = make_head(number, last_end_, started);
      head.end = end;
      if (!to.head_was_damaged) head.thinned = old.thinned, head.chain = old.chain, head.previous_chain = old.previous_chain;
    }
    for (const stretch& good : to.good)
      if (head.thinned == 0 && stands_for_lost(raw.slot(good.from))) head.thinned = static_cast<std::uint32_t>(thinning::all);
    const bool whole = raw.head && !overlaps && !to.rewrite && !to.ended && raw.head->sealed == 1 && sums_hold(raw);
    if (whole) return {};

    if (to.rewrite) {
      if (!to.lost.empty() || !to.texts_lost.empty()) head.thinned = static_cast<std::uint32_t>(thinning::all);
      if (const auto written = rewrite(raw, to); !written) return written;
    }
    if (to.head_was_damaged || overlaps || to.rewrite) {
      if (const auto moved = move_aside(name_of(number, file_kind::head)); !moved) return moved;
    }
    if (to.head_was_damaged || overlaps)
      tell(repair_act::head_rebuilt, name_of(number, file_kind::head), first_of(number), head.end);
    if (to.ended) tell(repair_act::ended, name_of(number, file_kind::head), head.end);
    for (const stretch& lost : to.lost)
      tell(repair_act::gap_stated, name_of(number, file_kind::slots), missing_from_ != 0 ? missing_from_ : lost.from, lost.to);
    for (const std::uint64_t sequence : to.texts_lost)
      tell(repair_act::text_emptied, name_of(number, file_kind::text), sequence);
    tell(repair_act::sealed, name_of(number, file_kind::head), first_of(number), head.end);
    changed_.push_back(number);
    if (how_.dry_run) return {};
    return seal(to);
  }

  static bool sums_hold(const raw_segment& raw) {
    const segment_head& head = *raw.head;
    return head.text_bytes <= raw.text_size &&
           crc32c(raw.slots.data(), (head.end - base_of(raw.number)) * sizeof(event)) == head.slots_crc32c &&
           crc32c(raw.text.data(), head.text_bytes) == head.text_crc32c;
  }

  /// New files beside the old ones, then the old ones aside, then the new ones in their place.
  result<void> rewrite(const raw_segment& raw, const plan& to) {
    const std::string slots = name_of(raw.number, file_kind::slots), text = name_of(raw.number, file_kind::text);
    if (!how_.dry_run) {
      if (const auto written = write_slots(slots + ".mended", raw, to); !written) return written;
      if (const auto written = write_text(text + ".mended", raw, to); !written) return written;
    }
    for (const std::string& name : {slots, text}) {
      if (const auto moved = move_aside(name); !moved) return moved;
      if (how_.dry_run) continue;
      if (::renameat(archive_.fd(), (name + ".mended").c_str(), archive_.fd(), name.c_str()) != 0) return system_failure();
    }
    return {};
  }

  result<unique_fd> fresh(const std::string& name) const {
    archive_.remove(name);
    return archive_.open_file(name, access::create);
  }
  static result<void> finish(const unique_fd& file) {
    if (::fsync(file.get()) != 0) return system_failure();
    return {};
  }

  result<void> write_slots(const std::string& name, const raw_segment& raw, const plan& to) const {
    auto file = fresh(name);
    if (!file) return tl::unexpected(file.error());
    if (::ftruncate(file->get(), static_cast<off_t>(slots_bytes)) != 0) return system_failure();
    const auto place_of = [&](std::uint64_t sequence) { return (sequence - base_of(raw.number)) * sizeof(event); };
    for (const stretch& good : to.good) {
      const auto* from = reinterpret_cast<const char*>(&raw.slot(good.from));
      const auto written = write_at(file->get(), {from, (good.to - good.from) * sizeof(event)}, place_of(good.from));
      if (!written) return written;
    }
    for (const stretch& lost : to.lost) {
      const event gap = gap_for({missing_from_ != 0 ? missing_from_ : lost.from, lost.to}, time_before(raw, to, lost.from));
      const auto written = write_at(file->get(), {reinterpret_cast<const char*>(&gap), sizeof gap}, place_of(gap.sequence));
      if (!written) return written;
    }
    return finish(*file);
  }
  std::int64_t time_before(const raw_segment& raw, const plan& to, std::uint64_t sequence) const {
    std::int64_t time = last_time_;
    for (const stretch& good : to.good)
      if (good.to <= sequence) time = raw.slot(good.to - 1).time_ns;
    return time;
  }

  result<void> write_text(const std::string& name, const raw_segment& raw, const plan& to) const {
    auto file = fresh(name);
    if (!file) return tl::unexpected(file.error());
    if (::ftruncate(file->get(), static_cast<off_t>(to.text_bytes)) != 0) return system_failure();
    const auto* bytes = reinterpret_cast<const char*>(raw.text.data());
    const std::uint64_t there = std::min(raw.text_size, to.text_bytes);
    if (const auto written = write_at(file->get(), {bytes, there}, 0); !written) return written;
    const tail_head first = make_tail_head(raw.number, false);
    if (const auto written = write_at(file->get(), {reinterpret_cast<const char*>(&first), sizeof first}, 0); !written)
      return written;
    const std::string empty(sizeof(tail_entry), '\0');
    for (const std::uint64_t at : to.entries) {
      const auto written = write_at(file->get(), {empty.data(), std::min<std::uint64_t>(empty.size(), to.text_bytes - at)}, at);
      if (!written) return written;
    }
    return finish(*file);
  }

  result<void> seal(const plan& to) {
    segment_head head = to.head;
    const raw_segment now = raw_segment::open(archive_, head.segment);
    head.committed = head.end;
    head.allocated = slots_per_segment;
    head.text_bytes = std::min(to.text_bytes, now.text_size);
    head.dialog_bytes = 0;
    head.slots_crc32c = crc32c(now.slots.data(), (head.end - base_of(head.segment)) * sizeof(event));
    head.text_crc32c = crc32c(now.text.data(), head.text_bytes);
    head.sealed = 1;
    return put(head);
  }
  result<void> put(const segment_head& head) const {
    std::string bytes(head_file_bytes, '\0');
    std::memcpy(bytes.data(), &head, sizeof head);
    return archive_.replace(name_of(head.segment, file_kind::head), bytes, 0640, true);
  }

  /// From the first repaired segment on. What was not repaired must carry a chain that holds, or it is left as it is.
  result<void> chain() {
    const auto numbers = archive_.segments();
    if (!numbers) return tl::unexpected(numbers.error());
    std::optional<chain_value> before;
    bool begun = false, anew = false;
    for (const std::uint64_t number : *numbers) {
      const auto head = read_head(archive_, number);
      if (!head || head->sealed != 1) continue;
      const bool changed = std::find(changed_.begin(), changed_.end(), number) != changed_.end();
      begun = begun || changed || keyed(*head);
      if (!begun) continue;
      if (!changed) {
        const auto is = chain_of(*how_.key, archive_, *head);
        if (!is || *is != head->chain) {
          tell(repair_act::chain_refused, name_of(number, file_kind::head), first_of(number));
          return {};
        }
      }
      anew = anew || changed;
      segment_head next = *head;
      if (!before) before = head->previous_chain;  // the oldest: what was before it is kept no more
      if (anew && how_.dry_run) {
        tell(repair_act::chained, name_of(number, file_kind::head), first_of(number));
      } else if (anew) {
        next.previous_chain = *before;
        const auto is = chain_of(*how_.key, archive_, next);
        if (!is) return tl::unexpected(is.error());
        next.chain = *is;
        tell(repair_act::chained, name_of(number, file_kind::head), first_of(number));
        if (const auto written = put(next); !written) return written;
      }
      before = next.chain;
    }
    return {};
  }

  const repair_options& how_;
  folder hot_, archive_;
  unique_fd lock_;
  std::uint64_t steps_ = 0;
  std::uint64_t last_end_ = 0;
  std::uint64_t missing_from_ = 0;  // a gap that begins in a segment before: whole segments are missing
  std::int64_t last_time_ = 0;
  std::vector<std::uint64_t> changed_;
};

}  // namespace

std::string_view name(repair_act what) {
  switch (what) {
    case repair_act::ended: return "ended";
    case repair_act::sealed: return "sealed";
    case repair_act::head_rebuilt: return "head_rebuilt";
    case repair_act::moved: return "moved";
    case repair_act::gap_stated: return "gap_stated";
    case repair_act::text_emptied: return "text_emptied";
    case repair_act::chained: return "chained";
    case repair_act::chain_refused: return "chain_refused";
    case repair_act::left_alone: return "left_alone";
    case repair_act::numbers_kept: return "numbers_kept";
  }
  return {};
}

result<std::uint64_t> repair_archive(const std::string& path, const repair_options& how) { return repairer(how).run(path); }

}  // namespace cordboard::log
