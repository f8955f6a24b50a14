// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <log/commit.hpp>
#include <log/place.hpp>
#include <log/places.hpp>
#include <log/segment.hpp>
#include <log/verify_segment.hpp>

namespace cordboard::log {
namespace {

constexpr std::uint64_t events_between_progress = 16384;
constexpr std::size_t gaps_max = 10000;

std::string hex(std::uint32_t sum) { return fmt::format("{:08x}", sum); }
std::string hex(const chain_value& chain) {
  std::string out;
  for (const std::uint8_t byte : chain) out += fmt::format("{:02x}", byte);
  return out;
}

/// Whether some process holds the lock of this file.
bool locked(const folder& in, const std::string& name) {
  const auto file = in.open_file(name, access::read);
  if (!file) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(file->get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

class verifier {
public:
  explicit verifier(const verify_options& how) : how_(how) {}

  result<verified> run(const std::string& path) {
    if (const auto found = find(path); !found) return tl::unexpected(found.error());
    const auto archived = numbers_of(archive_), hot = numbers_of(hot_);
    if (!archived || !hot) return tl::unexpected(!archived ? archived.error() : hot.error());
    std::vector<std::uint64_t> all = *archived;
    all.insert(all.end(), hot->begin(), hot->end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (all.empty()) return failure(errc::not_connected);
    measure(*archived, archive_);
    measure(*hot, hot_);
    for (const std::uint64_t number : all) {
      const bool in_archive = std::binary_search(archived->begin(), archived->end(), number);
      const bool in_hot = std::binary_search(hot->begin(), hot->end(), number);
      look(number, in_archive, in_hot);
    }
    if (archive_) {
      if (archive_.open_file("log.issued", access::read) && !read_issued(archive_))
        tell(damage::issued_damaged, path_of(archive_, "log.issued"), 0, "", "");
      if (how_.key != nullptr && sealed_ != 0 && !chain_seen_) tell(damage::not_keyed, archive_.path(), 0, "", "");
    }
    report();
    return std::move(out_);
  }

private:
  struct looked {
    bool there = false;  // its head could be read
    segment_head head{};
    std::uint64_t end = 0;  // behind its last event; 0: not known
    std::uint32_t sum = 0;  // over its slots, when it is closed
    bool holes = false;
    std::int64_t last_time = 0;  // of its last good event
  };

  result<void> find(const std::string& path) {
    auto given = folder::open(path);
    if (!given && is_missing(given.error())) return failure(errc::not_connected);
    if (!given) return tl::unexpected(given.error());
    const auto where = read_places(*given);
    if (!where) {
      archive_ = std::move(*given);
      alive_ = locked(archive_, "log.lock");
      return {};
    }
    if (auto hot = folder::open(where->hot)) {
      if (auto control = open_control(*hot)) {
        durable_ = load_acquire((*control)->durable_sequence);
        alive_ = locked(*hot, control_file);
        hot_ = std::move(*hot);
      }
    }
    if (!where->archive.empty()) {
      if (auto archive = folder::open(where->archive)) archive_ = std::move(*archive);
    }
    if (!hot_ && !archive_) return failure(errc::not_connected);
    return {};
  }

  /// Of heads and of slots without one.
  static result<std::vector<std::uint64_t>> numbers_of(const folder& in) {
    if (!in) return std::vector<std::uint64_t>();
    return in.segments_with({file_kind::head, file_kind::slots});
  }

  void measure(const std::vector<std::uint64_t>& numbers, const folder& in) {
    for (const std::uint64_t number : numbers) {
      const auto head = read_head(in, number);
      if (!head) continue;
      const std::uint64_t end = head->end != 0 ? head->end : head->committed;
      progress_.bytes_all += end > base_of(number) ? (std::min(end, limit_of(number)) - base_of(number)) * sizeof(event) : 0;
      progress_.bytes_all += std::min(head->text_bytes, tail_bytes_max);
    }
  }

  static std::string path_of(const folder& in, const std::string& name) { return in.path() + "/" + name; }
  static std::string path_of(const folder& in, std::uint64_t number, file_kind kind) {
    return path_of(in, file_name(number, kind));
  }
  void tell(damage what, std::string file, std::uint64_t sequence, std::string expected, std::string found) {
    if (out_.findings_count++ >= how_.findings_max) return;
    out_.findings.push_back({what, std::move(file), sequence, std::move(expected), std::move(found)});
  }
  void report() {
    progress_.events = out_.events;
    if (how_.progress) how_.progress(progress_);
  }

  void look(std::uint64_t number, bool in_archive, bool in_hot) {
    looked archived, hot;
    // What only the copy in memory is checked for is not counted a second time.
    if (in_archive) archived = look_at(archive_, number, true, in_hot, true);
    const bool whole = archived.there && archived.head.sealed == 1;
    if (in_hot) hot = look_at(hot_, number, false, false, !whole);
    if (whole && hot.there && hot.head.end != 0 && !hot.holes && !archived.holes && hot.sum != archived.sum)
      tell(damage::copies_differ, path_of(hot_, number, file_kind::slots), first_of(number), hex(archived.sum), hex(hot.sum));
    const looked& one = whole || !hot.there ? archived : hot;
    if (!one.there) {
      last_end_ = 0;  // not known
      return;
    }
    const std::uint64_t before = one.head.previous_end;
    const std::string file = path_of(&one == &hot ? hot_ : archive_, number, file_kind::head);
    if (last_end_ != 0 && before > last_end_)
      tell(damage::missing, file, last_end_, fmt::format("{}", last_end_), fmt::format("{}", before));
    if (last_end_ != 0 && before < last_end_)
      tell(damage::overlap, file, before, fmt::format("{}", last_end_), fmt::format("{}", before));
    if (one.end == 0) {
      last_end_ = 0;
    } else if (one.end > first_of(number)) {
      last_end_ = one.end;
      out_.last = one.end - 1;
      last_time_ = std::max(last_time_, one.last_time);
    } else {
      last_end_ = std::max(last_end_, before);
    }
    if (out_.first == 0 && one.end > first_of(number)) out_.first = first_of(number);
  }

  looked look_at(const folder& in, std::uint64_t number, bool archived, bool hot_too, bool counts) {
    looked one;
    raw_segment raw = raw_segment::open(in, number);
    // It may have been removed, or have given way, between the opening of one file and the next.
    if (alive_ && !raw.slots_sized) raw = raw_segment::open(in, number);
    if (!raw.head && alive_ && is_missing(raw.head_error)) {
      // The head is the first file that goes and the last that comes: the segment was removed meanwhile, or is being begun.
      const bool beginning = archived ? hot_too && number >= segment_of(durable_) : true;
      if (beginning || raw.slots_there == 0) return one;
    }
    ++(archived ? out_.archived : out_.hot);
    if (!raw.head) {
      const bool version = raw.head_error == errc::log_incompatible;
      tell(version ? damage::head_incompatible : damage::head_damaged, path_of(in, number, file_kind::head), first_of(number),
           "", raw.head_error.message());
      if (version) return one;
    } else {
      one.there = true;
      one.head = *raw.head;
    }
    std::uint64_t end = one.head.end;
    if (end != 0 && (end < first_of(number) || end > limit_of(number))) {
      tell(damage::head_damaged, path_of(in, number, file_kind::head), first_of(number),
           fmt::format("end {} .. {}", first_of(number), limit_of(number)), fmt::format("end {}", end));
      end = 0;
      one.there = false;
    }
    if (!raw.slots_sized)
      tell(damage::slots_damaged, path_of(in, number, file_kind::slots), first_of(number), fmt::format("{} bytes", slots_bytes),
           fmt::format("{} bytes", raw.slots_there * sizeof(event)));
    const std::uint64_t limit = end != 0 ? end : open_limit(raw, archived, hot_too, one.there);
    slots(in, raw, limit, counts, one);
    one.end = one.there ? limit : 0;
    if (end == 0 && one.there && archived && !hot_too && !alive_)
      tell(damage::not_ended, path_of(in, number, file_kind::head), limit, fmt::format("end {}", limit), "end 0");
    if (end == 0 && !archived) out_.open_end = limit;
    if (end != 0 && one.there) sums(in, raw, archived, hot_too, one);
    return one;
  }

  /// How far an open segment can be looked at.
  std::uint64_t open_limit(const raw_segment& raw, bool archived, bool hot_too, bool there) const {
    const std::uint64_t first = first_of(raw.number), limit = limit_of(raw.number);
    if (!archived && there) {
      // Beyond what has memory a touch could be a signal; before `committed` all is whole.
      const std::uint64_t allocated = base_of(raw.number) + std::min(raw.head->allocated, slots_per_segment);
      return std::clamp(std::min(raw.head->committed, allocated), first, limit);
    }
    if (!archived) return first;
    if (alive_ && hot_too) return std::clamp(durable_ + 1, first, limit);
    std::uint64_t at = first;
    for (;;) {
      at = skip_hole(raw, at, limit);
      const std::uint64_t behind = whole_batch(raw, at, limit);
      if (behind == at) return at;
      at = behind;
    }
  }

  void slots(const folder& in, const raw_segment& raw, std::uint64_t limit, bool counts, looked& one) {
    const std::string file = path_of(in, raw.number, file_kind::slots);
    std::int64_t time = last_time_;
    int left = 0;  // of the batch that goes on; -1: not known, behind something damaged
    std::uint64_t since_told = 0;
    for (std::uint64_t at = first_of(raw.number); at < limit; ++at) {
      if (!raw.there(at)) break;  // told: the file is too short
      const event* slot = &raw.slot(at);
      if (slot->sequence == 0) {
        if (left > 0) tell(damage::batch_torn, file, at, fmt::format("batch_left {}", left - 1), "nothing");
        one.holes = true;
        left = 0;
        const std::uint64_t gap = raw.thinned() || !raw.head ? skip_hole(raw, at, limit) : at;
        if (gap != at) {
          at = gap;
          slot = &raw.slot(at);
        } else {
          tell(damage::hole, file, at, fmt::format("{}", at), "0");
          while (at + 1 < limit && raw.there(at + 1) && raw.slot(at + 1).sequence == 0) ++at;
          left = -1;
          continue;
        }
      }
      if (slot->sequence != at) {
        tell(damage::slot_misplaced, file, at, fmt::format("{}", at), fmt::format("{}", slot->sequence));
        left = -1;
        continue;
      }
      if (const std::uint32_t sum = checksum(*slot); sum != slot->crc32c) {
        tell(damage::slot_checksum, file, at, hex(slot->crc32c), hex(sum));
        left = -1;
        continue;
      }
      const int now = slot->batch_left;
      if (left > 0 && now + 1 != left && !(left == 255 && now == 255))
        tell(damage::batch_torn, file, at, fmt::format("batch_left {}", left - 1), fmt::format("batch_left {}", now));
      left = now;
      if (slot->time_ns < time) tell(damage::time_back, file, at, fmt::format(">= {}", time), fmt::format("{}", slot->time_ns));
      time = std::max(time, slot->time_ns);
      text(in, raw, *slot, counts);
      if (slot->kind == event_kind::gap && counts && out_.gaps.size() < gaps_max)
        out_.gaps.push_back({static_cast<std::uint64_t>(slot->value), slot->other});
      if (counts) ++out_.events;
      if (++since_told == events_between_progress) {
        progress_.bytes += since_told * sizeof(event);
        since_told = 0;
        report();
      }
    }
    if (left > 0) tell(damage::batch_torn, file, limit, fmt::format("batch_left {}", left - 1), "nothing");
    progress_.bytes += since_told * sizeof(event);
    out_.bytes += (limit - base_of(raw.number)) * sizeof(event);
    one.last_time = time;
  }

  void text(const folder& in, const raw_segment& raw, const event& of, bool counts) {
    switch (look_at_text(raw, of)) {
      case text_state::none: return;
      case text_state::sealed: out_.texts_sealed += counts ? 1 : 0; [[fallthrough]];
      case text_state::good: out_.texts += counts ? 1 : 0; return;
      case text_state::gone:
        // Only where events gave way can a text give way, too.
        if (raw.thinned()) {
          out_.texts_gone += counts ? 1 : 0;
          return;
        }
        [[fallthrough]];
      case text_state::damaged:
        tell(damage::text_damaged, path_of(in, raw.number, file_kind::text), of.sequence,
             fmt::format("{} bytes at {}", of.text_len, std::uint64_t{of.text_at} * 8), "");
    }
  }

  void sums(const folder& in, const raw_segment& raw, bool archived, bool hot_too, looked& one) {
    const segment_head& head = one.head;
    if (!raw.slots_sized) return;
    one.sum = crc32c(raw.slots.data(), (head.end - base_of(raw.number)) * sizeof(event));
    if (!archived) return;
    if (head.sealed != 1) {
      if (!alive_ && !hot_too)
        tell(damage::not_sealed, path_of(in, raw.number, file_kind::head), first_of(raw.number), "sealed 1", "sealed 0");
      previous_chain_.reset();
      return;
    }
    ++sealed_;
    if (one.sum != head.slots_crc32c)
      tell(damage::slots_sum, path_of(in, raw.number, file_kind::slots), first_of(raw.number), hex(head.slots_crc32c),
           hex(one.sum));
    const std::string text_file = path_of(in, raw.number, file_kind::text);
    if (raw.text_size < head.text_bytes) {
      tell(damage::text_sum, text_file, first_of(raw.number), fmt::format("{} bytes", head.text_bytes),
           fmt::format("{} bytes", raw.text_size));
    } else if (const std::uint32_t sum = crc32c(raw.text.data(), head.text_bytes); sum != head.text_crc32c) {
      tell(damage::text_sum, text_file, first_of(raw.number), hex(head.text_crc32c), hex(sum));
    }
    progress_.bytes += head.text_bytes;
    out_.bytes += head.text_bytes;
    chain(in, raw.number, head);
  }

  void chain(const folder& in, std::uint64_t number, const segment_head& head) {
    const std::string file = path_of(in, number, file_kind::head);
    if (!keyed(head) && chain_seen_) tell(damage::not_keyed, file, first_of(number), "", hex(head.chain));
    if (keyed(head) && previous_chain_ && head.previous_chain != *previous_chain_)
      tell(damage::chain_link, file, first_of(number), hex(*previous_chain_), hex(head.previous_chain));
    if (keyed(head) && how_.key != nullptr) {
      const auto is = chain_of(*how_.key, in, head);
      if (!is || *is != head.chain) {
        tell(damage::chain_broken, file, first_of(number), is ? hex(*is) : is.error().message(), hex(head.chain));
      } else {
        ++out_.keyed;
      }
    }
    chain_seen_ = chain_seen_ || keyed(head);
    previous_chain_ = head.chain;
  }

  const verify_options& how_;
  folder hot_, archive_;
  bool alive_ = false;
  std::uint64_t durable_ = 0;
  verified out_;
  verify_progress progress_;
  std::uint64_t last_end_ = 0;  // behind the last event of the segments before; 0: not known
  std::int64_t last_time_ = 0;
  std::uint64_t sealed_ = 0;
  bool chain_seen_ = false;
  std::optional<chain_value> previous_chain_;  // of the archived segment before, when that is known
};

}  // namespace

std::string_view name(damage what) {
  switch (what) {
    case damage::head_damaged: return "head_damaged";
    case damage::head_incompatible: return "head_incompatible";
    case damage::slots_damaged: return "slots_damaged";
    case damage::slot_misplaced: return "slot_misplaced";
    case damage::slot_checksum: return "slot_checksum";
    case damage::batch_torn: return "batch_torn";
    case damage::time_back: return "time_back";
    case damage::hole: return "hole";
    case damage::text_damaged: return "text_damaged";
    case damage::slots_sum: return "slots_sum";
    case damage::text_sum: return "text_sum";
    case damage::not_ended: return "not_ended";
    case damage::not_sealed: return "not_sealed";
    case damage::missing: return "missing";
    case damage::overlap: return "overlap";
    case damage::copies_differ: return "copies_differ";
    case damage::not_keyed: return "not_keyed";
    case damage::chain_broken: return "chain_broken";
    case damage::chain_link: return "chain_link";
    case damage::issued_damaged: return "issued_damaged";
  }
  return {};
}

result<verified> verify_log(const std::string& path, const verify_options& how) { return verifier(how).run(path); }

}  // namespace cordboard::log
