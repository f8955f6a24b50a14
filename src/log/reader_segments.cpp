// SPDX-License-Identifier: Apache-2.0
// Which segments there are, and looking into one: mapped when it is asked for, never scanned.
#include <algorithm>
#include <log/commit.hpp>
#include <log/reader.hpp>

namespace cordboard {

using namespace log;

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

mapped_segment* log_reader::impl::mapped(std::uint64_t number) const {
  for (const auto* known : {&here, &kept, &aside}) {
    if (*known && (*known)->number() == number) return known->get();
  }
  return nullptr;
}

result<log_reader::impl::segment_ptr> log_reader::impl::map(std::uint64_t number) {
  for (const auto* known : {&here, &kept, &aside}) {
    if (*known && (*known)->number() == number) return *known;
  }
  return mapped_segment::open(hot_or_null(), archive_or_null(), number, options.copy_archive);
}

/// The first that is kept from `number` on; null: there is none.
result<log_reader::impl::segment_ptr> log_reader::impl::map_next(std::uint64_t number) {
  // Mostly it is there by that very number, and the folders need not be listed.
  if (number != 0) {
    auto segment = map(number);
    if (segment || segment.error() != errc::log_gone) return segment;
  }
  // Between listing and opening, retention may take one away: the next listing shows it no more.
  for (int attempt = 0; attempt < 8; ++attempt) {
    const auto all = numbers();
    if (!all) return tl::unexpected(all.error());
    const auto next = std::lower_bound(all->begin(), all->end(), number);
    if (next == all->end()) return segment_ptr();
    auto segment = map(*next);
    if (segment || segment.error() != errc::log_gone) return segment;
  }
  return failure(errc::log_gone);
}

/// The last that there is; null: there is none.
result<log_reader::impl::segment_ptr> log_reader::impl::map_newest() {
  if (control) {
    auto segment = map(load_acquire(control->newest_segment));
    if (segment || segment.error() != errc::log_gone) return segment;
  }
  const auto all = numbers();
  if (!all) return tl::unexpected(all.error());
  if (all->empty()) return segment_ptr();
  return map(all->back());
}

/// A segment, and the reader stays where it is.
result<mapped_segment*> log_reader::impl::beside(std::uint64_t number) {
  if (auto* known = mapped(number); known != nullptr) return known;
  auto opened = mapped_segment::open(hot_or_null(), archive_or_null(), number, options.copy_archive);
  if (!opened) return tl::unexpected(opened.error());
  aside = std::move(*opened);
  return aside.get();
}

result<const event*> log_reader::impl::event_at(std::uint64_t sequence) {
  const std::uint64_t number = segment_of(sequence);
  if (control && number > load_acquire(control->newest_segment)) return nullptr;
  const auto segment = beside(number);
  if (segment) return (*segment)->at(sequence, options.verify);
  if (segment.error() != errc::log_gone) return tl::unexpected(segment.error());
  // It is kept no more, or it never was: then the next one says that the log ended before.
  const auto next = map_next(number + 1);
  if (!next) return tl::unexpected(next.error());
  if (!*next) return nullptr;
  const std::uint64_t before = (*next)->previous_end();
  if (before == 0 || before > sequence) return failure(errc::log_gone);
  return nullptr;
}

result<const event*> log_reader::at(std::uint64_t sequence) { return impl_->event_at(sequence); }

result<std::string_view> log_reader::text(const event& of) {
  if (of.text_len == 0) return std::string_view();
  const auto segment = impl_->beside(segment_of(of.sequence));
  if (!segment) return tl::unexpected(segment.error());
  return (*segment)->text(impl_->hot_or_null(), impl_->archive_or_null(), of, impl_->keys.get());
}

result<std::uint64_t> log_reader::oldest() {
  for (std::uint64_t number = 0;;) {
    const auto segment = impl_->map_next(number);
    if (!segment) return tl::unexpected(segment.error());
    if (!*segment) return 0;
    const std::uint64_t first = (*segment)->skip_hole((*segment)->first());
    if ((*segment)->batches(first, 1, false).end > first) return first;
    number = (*segment)->number() + 1;
  }
}

result<std::uint64_t> log_reader::newest() {
  const auto segment = impl_->map_newest();
  if (!segment) return tl::unexpected(segment.error());
  if (!*segment) return 0;
  const std::uint64_t end = (*segment)->committed_end().end;
  if (end > (*segment)->first()) return end - 1;
  const std::uint64_t before = (*segment)->previous_end();
  return before == 0 ? 0 : before - 1;
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
