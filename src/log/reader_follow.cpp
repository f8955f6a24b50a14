// SPDX-License-Identifier: Apache-2.0
// A reader's place: where it stands, what is behind it, and what of that it hands out.
//
//        at           ready
//   ──────┼─────────────┼──────────────► sequences of the segment `here`
//   seen  │ whole, and  │ not looked at
//         │ not yet seen│
#include <algorithm>
#include <log/commit.hpp>
#include <log/reader.hpp>
#include <optional>

namespace cordboard {

using namespace log;

void log_reader::impl::stand(segment_ptr in, std::uint64_t on) {
  at = on;
  ready = on;
  if (here == in) return;
  kept = std::move(here);
  here = std::move(in);
}

// ------------------------------------------------------------------------------------------------ by sequence, by time

result<void> log_reader::impl::seek(std::uint64_t sequence) {
  const std::uint64_t wanted = sequence + 1;
  if (sequence == UINT64_MAX) return failure(std::make_error_code(std::errc::invalid_argument));
  auto segment = map_next(sequence == 0 ? 0 : segment_of(wanted));
  if (!segment) return tl::unexpected(segment.error());
  if (!*segment) {
    // Nothing so late is there: from the newest on, with what comes before it left out.
    segment = map_newest();
    if (!segment) return tl::unexpected(segment.error());
    const std::uint64_t on = *segment ? (*segment)->committed() : 0;
    stand(std::move(*segment), on);
    hidden_to = sequence;
    lost.clear();
    return {};
  }
  const mapped_segment& found = **segment;
  if (found.first() > wanted && sequence != 0) {
    // The segment of `wanted` is not kept. Nothing is missed when the one before this ended at or before it.
    if (found.previous_end() == 0 || found.previous_end() > wanted) return failure(errc::log_gone);
  }
  const std::uint64_t on = std::max(wanted, found.first());
  const bool early = on > found.committed();
  hidden_to = early ? sequence : 0;
  lost.clear();
  stand(std::move(*segment), early ? found.committed() : on);
  return {};
}

namespace {

/// When a segment's first event was; nothing: it has none.
std::optional<std::int64_t> begin_of(const mapped_segment& segment) {
  const std::uint64_t first = segment.skip_hole(segment.first());
  if (segment.batches(first, 1, false).end == first) return std::nullopt;
  return segment.slot(first).time_ns;
}

}  // namespace

/// The last segment whose first event is before `time_ns`; else the oldest with an event, or the newest of none; null: there
/// is no segment.
result<log_reader::impl::segment_ptr> log_reader::impl::last_that_begins_before(std::int64_t time_ns) {
  const auto all = numbers();
  if (!all) return tl::unexpected(all.error());
  segment_ptr best;    // begins before
  segment_ptr oldest;  // of those that do not
  std::size_t low = 0;
  std::size_t high = all->size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    // An empty segment says nothing about time: the next one that has an event speaks for it.
    std::size_t probe = middle;
    std::optional<std::int64_t> begun;
    segment_ptr segment;
    for (; probe < high && !begun; ++probe) {
      auto opened = map((*all)[probe]);
      if (!opened) return tl::unexpected(opened.error());
      segment = std::move(*opened);
      begun = begin_of(*segment);
    }
    if (begun && *begun < time_ns) {
      best = std::move(segment);
      low = probe;
    } else {
      if (begun || !oldest) oldest = std::move(segment);
      high = middle;
    }
  }
  return best ? best : oldest;
}

result<void> log_reader::impl::seek_time(std::int64_t time_ns) {
  // As in map_next: retention may take a segment away between the listing and the look into it.
  result<segment_ptr> segment = failure(errc::log_gone);
  for (int attempt = 0; attempt < 8 && !segment && segment.error() == errc::log_gone; ++attempt) {
    segment = last_that_begins_before(time_ns);
  }
  if (!segment) return tl::unexpected(segment.error());
  if (!*segment) return seek(0);
  const std::uint64_t place = (*segment)->first_since(time_ns);
  // From its very beginning: what stood before it and is kept no more may have been as late.
  if (place == (*segment)->first() && (*segment)->previous_end() != 0) return failure(errc::log_gone);
  hidden_to = 0;
  lost.clear();
  stand(std::move(*segment), place);
  return {};
}

// ------------------------------------------------------------------------------------------------------- what follows

/// Sees to it that `ready` is behind `at` when something is there, which may be in a later segment.
result<void> log_reader::impl::fill() {
  if (lost) return failure(lost);
  if (ready > at) return {};
  const std::uint64_t at_once = std::max<std::uint32_t>(options.events_at_once, 1);
  for (;;) {
    if (!here) {
      const std::uint64_t hidden = hidden_to;
      auto moved = seek(0);
      if (!moved) return tl::unexpected(moved.error());
      if (!here) return {};
      hidden_to = hidden;
    }
    at = here->skip_hole(at);
    const scanned found = here->batches(at, at_once, options.verify);
    if (found.end > at) {
      ready = found.end;
      if (ready - 1 <= hidden_to) {
        at = ready;
        continue;
      }
      if (at <= hidden_to) at = hidden_to + 1;
      return {};
    }
    if (found.stop == scan_stop::damaged) return failure(errc::log_damaged);
    const std::uint64_t end = here->end();
    if (found.stop != scan_stop::limit || end == 0 || at < end) return {};
    if (control && load_acquire(control->newest_segment) == here->number()) return {};
    auto next = map_next(here->number() + 1);
    if (!next) return tl::unexpected(next.error());
    if (!*next) return {};
    // Zero says that no event was known before: so it must be from here, too.
    const bool none_before = at == here->first() && here->previous_end() == 0;
    const std::uint64_t before = (*next)->previous_end();
    if (before > at || (before == 0 && !none_before)) return failure(errc::log_gone);
    const std::uint64_t first = (*next)->first();
    stand(std::move(*next), first);
  }
}

/// Goes on to the next event that is to be handed out. False: there is none up to the log's end, or somebody interrupts.
result<bool> log_reader::impl::come_to_match() {
  for (;;) {
    if (const auto filled = fill(); !filled) return tl::unexpected(filled.error());
    if (ready <= at) return false;
    if (matches.open()) return true;
    std::uint64_t seen = at;
    while (seen < ready && !matches(here->slot(seen))) ++seen;
    at = seen;
    if (seen < ready) return true;
    if (load_acquire(interrupted) != 0) return false;
  }
}

result<void> log_reader::after(std::uint64_t sequence) { return impl_->seek(sequence); }

result<void> log_reader::since(std::int64_t time_ns) { return impl_->seek_time(time_ns); }

void log_reader::filter(const event_filter& what) { impl_->matches = matcher(what); }

result<std::span<const event>> log_reader::next() {
  impl& mine = *impl_;
  const auto come = mine.come_to_match();
  if (!come) return tl::unexpected(come.error());
  if (!*come) return std::span<const event>();
  const std::uint64_t from = mine.at;
  std::uint64_t end = mine.ready;
  if (!mine.matches.open()) {
    end = from + 1;
    while (end < mine.ready && mine.matches(mine.here->slot(end))) ++end;
  }
  mine.at = end;
  return std::span<const event>(&mine.here->slot(from), end - from);
}

std::uint64_t log_reader::position() const { return std::max(impl_->at == 0 ? 0 : impl_->at - 1, impl_->hidden_to); }

}  // namespace cordboard
