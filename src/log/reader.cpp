// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cordboard/log_reader.hpp>
#include <log/futex.hpp>
#include <log/places.hpp>
#include <log/segment.hpp>

namespace cordboard {

using namespace log;

struct log_reader::impl {
  log_reader_options options;
  folder hot;  // either may be missing, not both
  folder archive;
  opened_control control;
  std::shared_ptr<mapped_segment> here;                  // where `at` is
  std::shared_ptr<mapped_segment> kept;                  // the one before: what was handed out of it is still valid
  std::shared_ptr<mapped_segment> aside;                 // the last one asked for out of order
  std::vector<std::shared_ptr<mapped_segment>> orphans;  // of a log that was replaced under us
  std::error_code lost;                                  // the replaced log cannot be followed; until `after`
  std::uint64_t at = 0;         // the next sequence to look at, a batch's start unless `after` said otherwise
  std::uint64_t hidden_to = 0;  // events up to here are not handed out: `after` named one that was not issued yet
  std::uint32_t interrupted = 0;

  const folder* hot_or_null() const { return hot ? &hot : nullptr; }
  const folder* archive_or_null() const { return archive ? &archive : nullptr; }

  result<void> attach(const std::string& path);
  result<void> attach_places(const places& where);
  bool replaced() const;
  void reattach();

  result<std::vector<std::uint64_t>> numbers() const;
  result<std::shared_ptr<mapped_segment>> map(std::uint64_t number);
  result<std::shared_ptr<mapped_segment>> map_next(std::uint64_t number);
  void move_to(std::shared_ptr<mapped_segment> segment);
  result<void> seek(std::uint64_t sequence);
  result<std::uint64_t> find(std::uint64_t at_most);
};

// ------------------------------------------------------------------------------------------------ where the log is

result<void> log_reader::impl::attach_places(const places& where) {
  auto opened_hot = folder::open(where.hot);
  if (opened_hot) {
    auto opened = open_control(*opened_hot);
    if (!opened && opened.error() != std::errc::no_such_file_or_directory) return tl::unexpected(opened.error());
    if (opened) {
      hot = std::move(*opened_hot);
      control = std::move(*opened);
    }
  }
  if (!where.archive.empty()) {
    auto opened = folder::open(where.archive);
    if (opened) archive = std::move(*opened);
  }
  if (!hot && !archive) return failure(errc::not_connected);
  return {};
}

result<void> log_reader::impl::attach(const std::string& path) {
  auto given = folder::open(path);
  if (!given && given.error() == std::errc::no_such_file_or_directory) return failure(errc::not_connected);
  if (!given) return tl::unexpected(given.error());
  const auto where = read_places(*given);
  if (where) return attach_places(*where);
  if (where.error() != std::errc::no_such_file_or_directory) return tl::unexpected(where.error());
  const auto found = given->segments();
  if (!found || found->empty()) return failure(errc::not_connected);
  archive = std::move(*given);
  return {};
}

// Somebody emptied the hot folder and a new writer made its own: the one that is mapped here is silent for ever.
bool log_reader::impl::replaced() const {
  if (!hot) return false;
  struct stat mapped {};
  struct stat now {};
  if (::fstat(control.file.get(), &mapped) != 0) return false;
  if (::stat((hot.path() + "/" + control_file).c_str(), &now) != 0) return false;
  return mapped.st_ino != now.st_ino || mapped.st_dev != now.st_dev;
}

void log_reader::impl::reattach() {
  impl fresh;
  if (!fresh.attach(hot.path())) return;
  hot = std::move(fresh.hot);
  archive = std::move(fresh.archive);
  control = std::move(fresh.control);
  // What was handed out stays valid, but none of it is this log any more.
  for (auto* old : {&here, &kept, &aside}) {
    if (*old) orphans.push_back(std::move(*old));
  }
  const auto found = seek(at == 0 ? 0 : at - 1);
  if (!found) lost = found.error();
}

// ------------------------------------------------------------------------------------------------------- segments

result<std::vector<std::uint64_t>> log_reader::impl::numbers() const {
  std::vector<std::uint64_t> all;
  for (const folder* in : {archive_or_null(), hot_or_null()}) {
    if (in == nullptr) continue;
    const auto found = in->segments();
    if (!found) return tl::unexpected(found.error());
    all.insert(all.end(), found->begin(), found->end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

result<std::shared_ptr<mapped_segment>> log_reader::impl::map(std::uint64_t number) {
  for (const auto& known : {here, kept, aside}) {
    if (known && known->number() == number) return known;
  }
  return mapped_segment::open(hot_or_null(), archive_or_null(), number);
}

/// The first that is kept from `number` on; null: there is none.
result<std::shared_ptr<mapped_segment>> log_reader::impl::map_next(std::uint64_t number) {
  // Between listing and opening, retention may take one away: the next listing shows it no more.
  for (int attempt = 0; attempt < 8; ++attempt) {
    const auto all = numbers();
    if (!all) return tl::unexpected(all.error());
    const auto next = std::lower_bound(all->begin(), all->end(), number);
    if (next == all->end()) return std::shared_ptr<mapped_segment>();
    auto segment = map(*next);
    if (segment || segment.error() != errc::log_gone) return segment;
  }
  return failure(errc::log_gone);
}

void log_reader::impl::move_to(std::shared_ptr<mapped_segment> segment) {
  if (here == segment) return;
  kept = std::move(here);
  here = std::move(segment);
}

// ------------------------------------------------------------------------------------------------------ following

result<void> log_reader::impl::seek(std::uint64_t sequence) {
  const std::uint64_t wanted = sequence + 1;
  if (sequence == UINT64_MAX) return failure(std::make_error_code(std::errc::invalid_argument));
  auto segment = map_next(sequence == 0 ? 0 : segment_of(wanted));
  if (!segment) return tl::unexpected(segment.error());
  hidden_to = 0;
  lost.clear();
  if (!*segment) {
    // Nothing so late is there: from the newest on, with what comes before it left out.
    const auto all = numbers();
    if (!all) return tl::unexpected(all.error());
    if (!all->empty()) {
      segment = map(all->back());
      if (!segment) return tl::unexpected(segment.error());
      at = (*segment)->committed();
      move_to(std::move(*segment));
    } else {
      at = 0;
      move_to(nullptr);
    }
    hidden_to = sequence;
    return {};
  }
  const mapped_segment& found = **segment;
  if (found.first() > wanted && sequence != 0) {
    // The segment of `wanted` is not kept. Nothing is missed when the one before this ended at or before it.
    if (found.previous_end() == 0 || found.previous_end() > wanted) return failure(errc::log_gone);
  }
  at = std::max(wanted, found.first());
  if (at > found.committed()) {
    at = found.committed();
    hidden_to = sequence;
  }
  move_to(std::move(*segment));
  return {};
}

/// The end of what can be handed out from `at` on, which may move to a later segment. `at` itself: nothing.
result<std::uint64_t> log_reader::impl::find(std::uint64_t at_most) {
  if (lost) return failure(lost);
  for (;;) {
    if (!here) {
      const std::uint64_t hidden = hidden_to;
      auto moved = seek(0);
      if (!moved) return tl::unexpected(moved.error());
      if (!here) return at;
      hidden_to = hidden;
    }
    at = here->skip_hole(at);
    const scanned found = here->batches(at, at_most, options.verify);
    if (found.end > at) {
      if (found.end - 1 > hidden_to) return found.end;
      at = found.end;
      continue;
    }
    if (found.stop == scan_stop::damaged) return failure(errc::log_damaged);
    const std::uint64_t end = here->end();
    if (found.stop != scan_stop::limit || end == 0 || at < end) return at;
    if (control && load_acquire(control->newest_segment) == here->number()) return at;
    auto next = map_next(here->number() + 1);
    if (!next) return tl::unexpected(next.error());
    if (!*next) return at;
    // Zero says that no event was known before: so it must be from here, too.
    const bool none_before = at == here->first() && here->previous_end() == 0;
    const std::uint64_t before = (*next)->previous_end();
    if (before > at || (before == 0 && !none_before)) return failure(errc::log_gone);
    at = (*next)->first();
    move_to(std::move(*next));
  }
}

// -------------------------------------------------------------------------------------------------- the public face

log_reader::log_reader(std::unique_ptr<impl> with) : impl_(std::move(with)) {}
log_reader::log_reader(log_reader&&) noexcept = default;
log_reader& log_reader::operator=(log_reader&&) noexcept = default;
log_reader::~log_reader() = default;

result<log_reader> log_reader::open(const std::string& path, log_reader_options options) {
  auto made = std::make_unique<impl>();
  made->options = options;
  if (const auto attached = made->attach(path); !attached) return tl::unexpected(attached.error());
  return log_reader(std::move(made));
}

result<void> log_reader::after(std::uint64_t sequence) { return impl_->seek(sequence); }

result<std::span<const event>> log_reader::next() {
  const auto end = impl_->find(std::max<std::uint32_t>(impl_->options.events_at_once, 1));
  if (!end) return tl::unexpected(end.error());
  if (*end == impl_->at) return std::span<const event>();
  const std::uint64_t from = std::max(impl_->at, impl_->hidden_to + 1);
  impl_->at = *end;
  return std::span<const event>(&impl_->here->slot(from), *end - from);
}

bool log_reader::wait(std::chrono::nanoseconds timeout) {
  using clock = std::chrono::steady_clock;
  const clock::time_point until = clock::now() + std::min<std::chrono::nanoseconds>(timeout, std::chrono::hours(24 * 365));
  for (;;) {
    const std::uint32_t* word = impl_->control ? &impl_->control->wake : nullptr;
    const std::uint32_t seen = word != nullptr ? load_acquire(*word) : 0;
    const auto end = impl_->find(1);
    if (!end || *end != impl_->at) return true;
    if (load_acquire(impl_->interrupted) != 0) {
      store_release<std::uint32_t>(impl_->interrupted, 0);
      return false;
    }
    const auto left = until - clock::now();
    if (left <= std::chrono::nanoseconds(0)) return false;
    // A second is how long a log that was replaced under a reader can stay unseen.
    futex_wait(word, seen, impl_->interrupted, std::min<std::chrono::nanoseconds>(left, std::chrono::seconds(1)));
    if (impl_->replaced()) impl_->reattach();
  }
}

void log_reader::interrupt() {
  store_release<std::uint32_t>(impl_->interrupted, 1);
  futex_wake_own(impl_->interrupted);
}

result<std::string_view> log_reader::text(const event& of) {
  if (of.text_len == 0) return std::string_view();
  auto segment = impl_->map(segment_of(of.sequence));
  if (!segment) return tl::unexpected(segment.error());
  if (*segment != impl_->here && *segment != impl_->kept) impl_->aside = *segment;
  return (*segment)->text(impl_->hot_or_null(), impl_->archive_or_null(), of);
}

result<std::uint64_t> log_reader::oldest() {
  for (std::uint64_t number = 0;;) {
    const auto segment = impl_->map_next(number);
    if (!segment) return tl::unexpected(segment.error());
    if (!*segment) return 0;
    if ((*segment)->committed_end().end > (*segment)->first()) return (*segment)->first();
    number = (*segment)->number() + 1;
  }
}

result<std::uint64_t> log_reader::newest() {
  const auto all = impl_->numbers();
  if (!all) return tl::unexpected(all.error());
  if (all->empty()) return 0;
  const auto segment = impl_->map(all->back());
  if (!segment) return tl::unexpected(segment.error());
  const std::uint64_t end = (*segment)->committed_end().end;
  if (end > (*segment)->first()) return end - 1;
  const std::uint64_t before = (*segment)->previous_end();
  return before == 0 ? 0 : before - 1;
}

std::uint64_t log_reader::durable_sequence() const {
  return impl_->control ? load_acquire(impl_->control->durable_sequence) : 0;
}

bool log_reader::wait_durable(std::uint64_t sequence, std::chrono::nanoseconds timeout) {
  using clock = std::chrono::steady_clock;
  const clock::time_point until = clock::now() + std::min<std::chrono::nanoseconds>(timeout, std::chrono::hours(24 * 365));
  const std::uint32_t nobody = 0;
  for (;;) {
    const std::uint32_t* word = impl_->control ? &impl_->control->durable_wake : nullptr;
    const std::uint32_t seen = word != nullptr ? load_acquire(*word) : 0;
    if (durable_sequence() >= sequence) return true;
    const auto left = until - clock::now();
    if (left <= std::chrono::nanoseconds(0)) return false;
    futex_wait(word, seen, nobody, std::min<std::chrono::nanoseconds>(left, std::chrono::seconds(1)));
  }
}

bool log_reader::writer_alive() const {
  if (!impl_->control) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(impl_->control.file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

result<std::vector<std::uint64_t>> log_reader::segments() const { return impl_->numbers(); }

result<segment_view> log_reader::segment(std::uint64_t number) {
  const auto segment = impl_->map(number);
  if (!segment) return tl::unexpected(segment.error());
  const mapped_segment& found = **segment;
  const std::uint64_t closed_at = found.end();
  const scanned seen = found.committed_end();
  if (seen.stop == scan_stop::damaged) return failure(errc::log_damaged);
  segment_view view;
  view.number = number;
  view.first = found.first();
  view.end = seen.end;
  view.closed = closed_at != 0;
  view.slots = {found.slots(), seen.end - found.base()};
  view.mapping = *segment;
  return view;
}

}  // namespace cordboard
