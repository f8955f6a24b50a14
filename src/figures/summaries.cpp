// SPDX-License-Identifier: Apache-2.0
#include <figures/summaries.hpp>

#include <algorithm>
#include <charconv>
#include <date/date.h>
#include <figures/bytes.hpp>
#include <figures/read.hpp>
#include <fmt/format.h>
#include <log/crc32c.hpp>
#include <optional>
#include <set>
#include <sys/file.h>
#include <utility>

namespace cordboard::figures {
namespace {

constexpr std::uint64_t magic = 0x31'53'45'52'55'47'49'46;  // "FIGURES1"
constexpr std::size_t bytes_max = std::size_t{1} << 30;
constexpr const char* state_name = "state";
constexpr const char* lock_name = "lock";

std::error_code unreadable() { return std::make_error_code(std::errc::not_supported); }

std::uint32_t crc_of(std::string_view bytes) { return log::crc32c(bytes.data(), bytes.size()); }

/// A file is this, then what it is about; measures that are added make another layout.
struct head {
  std::uint64_t magic = figures::magic;
  std::uint32_t measures = measures_count;
  std::uint32_t crc32c = 0;
};
std::string with_head(std::string_view content) {
  head h;
  h.crc32c = crc_of(content);
  std::string out;
  put(out, h);
  return out += content;
}
/// Nothing: it is damaged, or of another layout.
std::optional<std::string_view> content_of(std::string_view file) {
  byte_source from(file);
  const auto h = from.get<head>();
  if (from.broken()) return std::nullopt;
  file.remove_prefix(sizeof h);
  const bool ours = h.magic == magic && h.measures == measures_count && h.crc32c == crc_of(file);
  return ours ? std::optional(file) : std::nullopt;
}

std::string date_text(std::int32_t day) { return date::format("%F", date::sys_days{date::days{day}}); }
std::string file_name(std::int32_t day, std::uint32_t revision) { return fmt::format("{}.{}", date_text(day), revision); }

/// "2026-10-01.3". Nothing: no day's file.
std::optional<std::pair<std::int32_t, std::uint32_t>> read_name(std::string_view name) {
  constexpr std::size_t date_size = 10;
  if (name.size() <= date_size + 1 || name[date_size] != '.') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size, auto& to) {
    const char* const end = name.data() + at + size;
    const auto got = std::from_chars(name.data() + at, end, to);
    return got.ec == std::errc{} && got.ptr == end;
  };
  int year = 0;
  unsigned month = 0, day = 0;
  std::uint32_t revision = 0;
  if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day) ||
      !number(date_size + 1, name.size() - date_size - 1, revision))
    return std::nullopt;
  const date::year_month_day when{date::year{year}, date::month{month}, date::day{day}};
  if (!when.ok()) return std::nullopt;
  return std::pair{static_cast<std::int32_t>(date::sys_days{when}.time_since_epoch().count()), revision};
}

/// What is closed at a time: the days before the one in which it lies.
std::map<std::int32_t, tally> by_day(const tally& of) {
  std::map<std::int32_t, tally> out;
  of.for_each([&](const cell_key& key, std::span<const std::int64_t> sums) { out[day_of_bin(key.bin)].add(key, sums); });
  return out;
}
bool is_nothing(const tally& one) { return one.save().empty(); }

}  // namespace

summaries::summaries(log::folder in)
    : in_(std::move(in)), open_(std::make_unique<tally>()), fold_(std::make_unique<fold>(*open_)) {}

result<summaries> summaries::open(const std::string& path) {
  auto in = log::folder::open_own(path);
  if (!in) in = log::folder::open(path);  // somebody else's: to be read
  if (!in) return failure(in.error());
  summaries out(std::move(*in));
  auto lock = out.in_.open_file(lock_name, log::access::create_or_write);
  if (lock && ::flock(lock->get(), LOCK_EX | LOCK_NB) == 0) out.lock_ = std::move(*lock);
  const auto state = out.in_.read(state_name, bytes_max);
  if (!state && !log::is_missing(state.error())) return failure(state.error());
  if (state && !out.load(*state)) return failure(unreadable());
  return out;
}

std::string summaries::saved() const {
  std::string out;
  put(out, mark_);
  put(out, static_cast<std::uint64_t>(days_.size()));
  for (const auto& [day, kept] : days_) put(out, day), put(out, kept);
  put_text(out, fold_->save());
  put_text(out, called_.save());
  put_text(out, open_->save());
  return with_head(out);
}

bool summaries::load(std::string_view state) {
  const auto content = content_of(state);
  if (!content) return false;
  byte_source from(*content);
  mark_ = from.get<std::uint32_t>();
  for (auto left = from.get<std::uint64_t>(); left > 0 && !from.broken(); --left) {
    const auto day = from.get<std::int32_t>();
    days_[day] = from.get<kept_day>();
  }
  const std::string folded = from.get_text(), named = from.get_text(), summed = from.get_text();
  auto called = names::load(named);
  auto sums = tally::load(summed);
  if (!from.whole() || !called || !sums) return false;
  *open_ = std::move(*sums);
  auto folding = fold::load(folded, *open_);
  if (!folding) return false;
  *fold_ = std::move(*folding);
  called_ = std::move(*called);
  kept_place_ = fold_->position();
  return true;
}

result<void> summaries::follow(const std::string& log) {
  auto from = log_reader::open(log, {.copy_archive = true});
  if (!from) return failure(from.error());
  const std::uint64_t place = fold_->position();
  if (place != 0) {
    const auto newest = from->newest();
    if (!newest) return failure(newest.error());
    const auto there = from->at(place);
    // What gave way for want of memory is nothing, or a gap, in its place.
    const bool other = there && *there != nullptr && (*there)->kind != event_kind::gap && (*there)->crc32c != mark_;
    if (*newest < place || other) return failure(std::make_error_code(std::errc::invalid_argument));
  }
  auto begun = from->after(place);
  if (!begun && begun.error() == errc::log_gone) {
    // The sums go on behind what nobody has looked at in time, and say that it is missing.
    const auto oldest = from->oldest();
    if (!oldest) return failure(oldest.error());
    const auto first = from->at(*oldest);
    if (!first || *first == nullptr) return failure(errc::log_gone);
    event gap;
    gap.kind = event_kind::gap;
    gap.sequence = *oldest - 1;
    gap.time_ns = (*first)->time_ns;
    fold_->evolve({&gap, 1});
    begun = from->after(gap.sequence);
  }
  if (!begun) return failure(begun.error());
  const auto last = read_on(*from, *fold_, called_, ~std::uint64_t{0});
  if (!last) return failure(last.error());
  if (last->sequence != 0) mark_ = last->crc32c;
  fold_->settle(fold_->last_time());
  return {};
}

result<void> summaries::keep() {
  if (!lock_ || fold_->position() == kept_place_) return {};
  const std::int32_t today = day_of_bin(bin_of(fold_->last_time()));
  tally rest;
  for (const auto& [day, sums] : by_day(*open_)) {
    if (day >= today) {
      rest.merge(sums);
      continue;
    }
    if (is_nothing(sums)) continue;  // what was taken back stands there again
    auto all = read_day(day);
    if (!all) return failure(all.error());
    all->merge(sums);
    if (const auto written = write_day(day, *all); !written) return written;
  }
  *open_ = std::move(rest);
  if (const auto written = in_.replace(state_name, saved(), 0640, true); !written) return written;
  kept_place_ = fold_->position();
  remove_others();
  return {};
}

result<tally> summaries::read_day(std::int32_t day) const {
  const auto kept = days_.find(day);
  if (kept == days_.end()) return tally{};
  const auto file = in_.read(file_name(day, kept->second.revision), bytes_max);
  if (!file && !log::is_missing(file.error())) return failure(file.error());
  const auto content = file ? content_of(*file) : std::nullopt;
  auto sums = content && crc_of(*content) == kept->second.crc32c ? tally::load(*content) : std::nullopt;
  if (!sums) return failure(unreadable());
  return std::move(*sums);
}

result<void> summaries::write_day(std::int32_t day, const tally& sums) {
  const std::string content = sums.save();
  const kept_day kept{days_[day].revision + 1, crc_of(content)};
  const auto written = in_.replace(file_name(day, kept.revision), with_head(content), 0640, true);
  if (written) days_[day] = kept;
  return written;
}

/// The revision before the present one stays as well: somebody may be reading the former list.
void summaries::remove_others() const {
  const auto all = in_.names();
  if (!all) return;
  for (const std::string& name : *all) {
    const auto file = read_name(name);
    if (!file) continue;
    const auto kept = days_.find(file->first);
    if (kept == days_.end() || file->second > kept->second.revision || file->second + 1 < kept->second.revision)
      (void)in_.remove(name);
  }
}

result<tally> summaries::sums(std::int64_t from, std::int64_t to) const {
  const std::int32_t first = day_of_bin(bin_of(from)), last = day_of_bin(bin_of(to));
  tally out;
  for (auto it = days_.lower_bound(first); it != days_.end() && it->first <= last; ++it) {
    const auto day = read_day(it->first);
    if (!day) return day;
    out.merge(*day);
  }
  open_->for_each([&](const cell_key& key, std::span<const std::int64_t> sums) {
    if (const std::int32_t day = day_of_bin(key.bin); day >= first && day <= last) out.add(key, sums);
  });
  return out;
}

std::uint32_t summaries::revision(std::int64_t from, std::int64_t to) const {
  std::uint32_t highest = 0;
  const std::int32_t last = day_of_bin(bin_of(to - 1));
  for (auto it = days_.lower_bound(day_of_bin(bin_of(from))); it != days_.end() && it->first <= last; ++it)
    highest = std::max(highest, it->second.revision);
  return highest;
}

result<std::vector<figures_day>> summaries::check(const std::string& log, const std::string& path, bool mend) {
  auto kept = open(path);
  const bool readable = kept.has_value();
  if (!readable) {
    if (!mend || kept.error() != unreadable()) return failure(kept.error());
    auto in = log::folder::open_own(path);
    if (!in) return failure(in.error());
    kept = summaries(std::move(*in));
    auto lock = kept->in_.open_file(lock_name, log::access::create_or_write);
    if (lock && ::flock(lock->get(), LOCK_EX | LOCK_NB) == 0) kept->lock_ = std::move(*lock);
    // Their list is gone: the newest file of each day counts, when it is whole.
    const auto names = kept->in_.names();
    if (!names) return failure(names.error());
    for (const std::string& name : *names) {
      const auto of = read_name(name);
      const auto file = of ? kept->in_.read(name, bytes_max) : result<std::string>{};
      if (!of || !file) continue;
      const auto content = content_of(*file);
      kept_day& day = kept->days_[of->first];
      if (of->second >= day.revision) day = {of->second, content ? crc_of(*content) : 0};
    }
  } else if (const auto read = kept->follow(log); !read) {
    return failure(read.error());
  }
  if (mend && !kept->lock_) return failure(std::make_error_code(std::errc::permission_denied));

  // Once more, and from nothing.
  tally counted;
  fold anew(counted);
  names called;
  auto from = log_reader::open(log, {.copy_archive = true});
  if (!from) return failure(from.error());
  if (const auto begun = from->after(0); !begun) return failure(begun.error());
  const auto last = read_on(*from, anew, called, readable ? kept->fold_->position() : ~std::uint64_t{0});
  if (!last) return failure(last.error());
  anew.settle(anew.last_time());
  // A log that no longer begins at its beginning knows less than the sums: who was logged on then, which line is one to the outside.
  const bool whole = !readable || anew.first_time() == kept->fold_->first_time();
  const auto oldest = from->oldest();
  const bool from_the_first = readable || (oldest && *oldest <= 1);

  auto said = by_day(counted);
  const std::int32_t today = day_of_bin(bin_of(anew.last_time()));
  std::set<std::int32_t> days;
  for (const auto& [day, unused] : said)
    if (day < today) days.insert(day);
  for (const auto& [day, unused] : kept->days_) days.insert(day);
  // Closed since they were kept last, or late to what was closed.
  std::map<std::int32_t, tally> late = by_day(*kept->open_);
  for (const auto& [day, unused] : late)
    if (day < today) days.insert(day);
  std::vector<figures_day> out;
  for (const std::int32_t day : days) {
    figures_day one{date_text(day), kept->days_.count(day) != 0 ? kept->days_[day].revision : 0, false, false};
    const std::int32_t first = day_of_bin(bin_of(anew.first_time()));
    one.compared = whole && (from_the_first ? day >= first : day > first);
    auto stored = kept->read_day(day);
    if (stored) stored->merge(late[day]);
    one.differs = !stored || (one.compared && !(*stored == said[day]));
    if (mend && one.compared && (one.differs || !is_nothing(late[day]))) {
      if (const auto written = kept->write_day(day, said[day]); !written) return failure(written.error());
      one.revision = kept->days_[day].revision;
    }
    out.push_back(std::move(one));
  }
  if (!mend || !whole) return out;
  tally rest;
  for (const auto& [day, sums] : said)
    if (day >= today) rest.merge(sums);
  *kept->open_ = std::move(rest);
  auto folding = fold::load(anew.save(), *kept->open_);
  if (!folding) return failure(unreadable());
  *kept->fold_ = std::move(*folding);
  kept->called_ = std::move(called);
  if (last->sequence != 0) kept->mark_ = last->crc32c;
  if (const auto written = kept->in_.replace(state_name, kept->saved(), 0640, true); !written) return failure(written.error());
  kept->remove_others();
  return out;
}

}  // namespace cordboard::figures
