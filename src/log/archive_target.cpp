// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <log/archive_target.hpp>
#include <log/verify_segment.hpp>

namespace cordboard::log {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10;

result<void> put_head(const folder& archive, const segment_head& head) {
  std::string bytes(head_file_bytes, '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  return archive.replace(file_name(head.segment, file_kind::head), bytes, 0640, true);
}

result<std::size_t> read_some(int fd, std::vector<char>& buffer, std::size_t bytes, std::uint64_t at) {
  for (;;) {
    const ssize_t n = ::pread(fd, buffer.data(), std::min(bytes, buffer.size()), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure();
    if (n == 0) return failure(errc::log_damaged);  // the tail is shorter than its events say
    return static_cast<std::size_t>(n);
  }
}

}  // namespace

namespace {

/// Zeros in the place of `[from, to)`. The file never becomes shorter meanwhile: what is durable in it must stay readable.
result<void> zero(int fd, std::uint64_t from, std::uint64_t to) {
  if (from == to) return {};
  const int how = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (::fallocate(fd, how, static_cast<off_t>(from), static_cast<off_t>(to - from)) == 0) return {};
  if (errno != EOPNOTSUPP) return system_failure();
  const std::string zeros(buffer_bytes, '\0');
  for (std::uint64_t at = from; at < to; at += zeros.size()) {
    const auto written = write_at(fd, std::string_view(zeros).substr(0, std::min<std::uint64_t>(zeros.size(), to - at)), at);
    if (!written) return written;
  }
  return {};
}

}  // namespace

result<archive_target> archive_target::open(const place& in, std::uint64_t segment, std::uint64_t durable) {
  archive_target made;
  made.in_ = &in;
  auto head = read_head(in.hot, segment);
  if (!head) return tl::unexpected(head.error());
  auto slots = in.archive.open_file(file_name(segment, file_kind::slots), access::create_or_write);
  if (!slots) return tl::unexpected(slots.error());
  auto text = in.archive.open_file(file_name(segment, file_kind::text), access::create_or_write);
  if (!text) return tl::unexpected(text.error());
  const auto size = size_of(slots->get());
  if (!size) return tl::unexpected(size.error());
  if (*size != slots_bytes && ::ftruncate(slots->get(), static_cast<off_t>(slots_bytes)) != 0) return system_failure();

  // Open for now, whatever the hot one says: its end counts when all before it is on disk. On disk a hole may be read.
  head->end = 0;
  head->committed = first_of(segment);
  head->allocated = slots_per_segment;
  head->text_bytes = 0;
  head->dialog_bytes = 0;
  made.head_ = *head;
  made.slots_ = std::move(*slots);
  made.text_ = std::move(*text);
  made.buffer_.resize(buffer_bytes);
  if (made.head_.thinned != 0) {
    if (const auto begun = made.begin_thinned(in, durable); !begun) return tl::unexpected(begun.error());
  } else {
    auto hot_text = in.hot.open_file(file_name(segment, file_kind::text), access::read);
    if (!hot_text) return tl::unexpected(hot_text.error());
    made.hot_text_ = std::move(*hot_text);
  }
  // The length first: a head on disk beside slots that are too short would be damage.
  if (const auto synced = made.sync(); !synced) return tl::unexpected(synced.error());
  if (const auto put = put_head(in.archive, made.head_); !put) return tl::unexpected(put.error());
  return made;
}

result<void> archive_target::begin_thinned(const place& in, std::uint64_t durable) {
  auto hot = mapped_segment::open(&in.hot, nullptr, head_.segment);
  if (!hot) return tl::unexpected(hot.error());
  thinned_ = std::move(*hot);
  hot_ = &in.hot;
  // What was copied of it before it was thinned, and never became durable, must not stand in what is a hole now.
  const std::uint64_t stays = durable < base_of(head_.segment) ? 0 : (durable + 1 - base_of(head_.segment)) * sizeof(event);
  if (const auto zeroed = zero(slots_.get(), std::min<std::uint64_t>(stays, slots_bytes), slots_bytes); !zeroed) return zeroed;
  const tail_head first = make_tail_head(head_.segment, false);
  return write_at(text_.get(), {reinterpret_cast<const char*>(&first), sizeof first}, 0);
}

/// A text on disk whose key is not would be a text that is lost: the keys go first.
result<void> archive_target::copy_new_keys() {
  const std::string name = file_name(head_.segment, file_kind::keys);
  if (!hot_keys_) {
    auto hot = in_->hot.open_file(name, access::read);
    if (!hot && is_missing(hot.error())) return {};
    if (!hot) return tl::unexpected(hot.error());
    auto archived = in_->archive.open_file(name, access::create_or_write);
    if (!archived) return tl::unexpected(archived.error());
    hot_keys_ = std::move(*hot);
    keys_ = std::move(*archived);
  }
  const auto copied = copy_keys(hot_keys_.get(), keys_.get(), keys_copied_);
  if (!copied) return tl::unexpected(copied.error());
  keys_copied_ = *copied;
  return {};
}

/// What is left of the texts, each to its place.
result<void> archive_target::copy_entries(std::span<const event> events) {
  for (const event& one : events) {
    if (one.text_len == 0 || (one.text_at & text_at_dialog) != 0) continue;
    const auto entry = thinned_->entry(hot_, nullptr, one);
    if (!entry) return tl::unexpected(entry.error());
    if (const auto written = write_at(text_.get(), *entry, std::uint64_t{one.text_at} * 8); !written) return written;
  }
  return {};
}

result<void> archive_target::copy_text(std::uint64_t to) {
  while (text_copied_ < to) {
    const auto n = read_some(hot_text_.get(), buffer_, to - text_copied_, text_copied_);
    if (!n) return tl::unexpected(n.error());
    if (const auto written = write_at(text_.get(), {buffer_.data(), *n}, text_copied_); !written) return written;
    text_copied_ += *n;
  }
  return {};
}

result<void> archive_target::copy(std::span<const event> events) {
  if (events.empty()) return {};
  if (const auto keys = copy_new_keys(); !keys) return keys;
  const std::uint64_t at = (events.front().sequence - base_of(head_.segment)) * sizeof(event);
  const std::string_view bytes(reinterpret_cast<const char*>(events.data()), events.size_bytes());
  if (thinned_) {
    if (const auto copied = copy_entries(events); !copied) return copied;
    return write_at(slots_.get(), bytes, at);
  }
  if (!text_place_known_ && events.front().sequence == first_of(head_.segment)) text_place_known_ = true;
  std::uint64_t to = 0;
  for (const event& one : events) {
    if (one.text_len == 0 || (one.text_at & text_at_dialog) != 0) continue;
    const std::uint64_t text_at = std::uint64_t{one.text_at} * 8;
    // Texts lie in the order of their events: what stands before the first that is copied now went to disk before it.
    if (!text_place_known_) text_copied_ = text_at;
    text_place_known_ = true;
    to = std::max(to, text_at + padded(sizeof(tail_entry) + one.text_len));
  }
  if (to > tail_bytes_max) return failure(errc::log_damaged);
  if (const auto copied = copy_text(std::max<std::uint64_t>(to, text_place_known_ ? sizeof(tail_head) : 0)); !copied) {
    return copied;
  }
  return write_at(slots_.get(), bytes, at);
}

result<void> archive_target::sync() {
  if (keys_ && ::fdatasync(keys_.get()) != 0) return system_failure();
  // Both before anyone is told: a slot on disk whose text is not would be a text that is lost.
  if (::fdatasync(text_.get()) != 0 || ::fdatasync(slots_.get()) != 0) return system_failure();
  return {};
}

result<void> archive_target::seal(const place& in, const segment_view& view, const chain_key* key) {
  const auto hot = read_head(in.hot, head_.segment);
  if (!hot) return tl::unexpected(hot.error());
  segment_head whole = head_;
  whole.end = view.end;
  whole.committed = view.end;
  whole.text_bytes = std::min(hot->text_bytes, tail_bytes_max);
  whole.slots_crc32c = crc32c(view.slots.data(), view.slots.size_bytes());
  // Texts that were copied before their events gave way go too.
  if (thinned_ && ::ftruncate(text_.get(), static_cast<off_t>(whole.text_bytes)) != 0) return system_failure();
  // Read back from the archive: the sum says what stands there, and a text that did not arrive is found here.
  for (std::uint64_t at = 0; at < whole.text_bytes;) {
    const auto n = read_some(text_.get(), buffer_, whole.text_bytes - at, at);
    if (!n) return tl::unexpected(n.error());
    whole.text_crc32c = crc32c(buffer_.data(), *n, whole.text_crc32c);
    at += *n;
  }
  whole.sealed = 1;
  if (const auto synced = sync(); !synced) return synced;
  if (key != nullptr) {
    whole.previous_chain = chain_before(in.archive, head_.segment);
    const auto chain = chain_of(*key, in.archive, whole);
    if (!chain) return tl::unexpected(chain.error());
    whole.chain = *chain;
  }
  return put_head(in.archive, whole);
}

std::uint64_t archived_end(const folder& archive) {
  const auto numbers = archive.segments();
  if (!numbers) return 0;
  for (auto number = numbers->rbegin(); number != numbers->rend(); ++number) {
    const raw_segment raw = raw_segment::open(archive, *number, false);
    if (!raw.head || !raw.slots_sized) continue;
    const std::uint64_t limit = raw.head->end != 0 ? std::min(raw.head->end, limit_of(*number)) : limit_of(*number);
    std::uint64_t end = first_of(*number);
    while (end < limit) {
      const std::uint64_t from = raw.thinned() ? skip_hole(raw, end, limit) : end;
      const std::uint64_t next = whole_batch(raw, from, limit);
      if (next == from) break;
      end = next;
    }
    if (end > first_of(*number)) return end;
  }
  return 0;
}

}  // namespace cordboard::log
