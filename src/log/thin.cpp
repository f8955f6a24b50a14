// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <log/commit.hpp>
#include <log/segment.hpp>
#include <log/thin.hpp>
#include <string>
#include <vector>

namespace cordboard::log {
namespace {

constexpr std::size_t thin_bytes_max = slots_bytes + tail_bytes_max + (std::size_t{64} << 20);

/// Writes pieces one behind the other; those that touch become one.
class pieces {
public:
  explicit pieces(int fd) : fd_(fd) {}
  void add(thin_part which, std::uint64_t at, const void* bytes, std::size_t length) {
    const auto part = static_cast<std::uint32_t>(which);
    if (open_.length == 0 || open_.which != part || open_.at + open_.length != at) {
      close();
      open_ = {at, 0, part, 0};
      buffer_.append(sizeof(thin_piece), '\0');
    }
    buffer_.append(static_cast<const char*>(bytes), length);
    open_.length += length;
    if (buffer_.size() >= flush_at) flush();
  }
  /// The length of all that was written.
  result<std::uint64_t> end() {
    close();
    flush();
    if (failed_) return failure(failed_);
    return written_ - sizeof(thin_head);
  }

private:
  static constexpr std::size_t flush_at = std::size_t{256} << 10;
  void close() {
    if (open_.length != 0) std::memcpy(buffer_.data() + begun_, &open_, sizeof open_);
    open_ = {};
    begun_ = buffer_.size();
  }
  void flush() {
    // A piece that grows is cut here, so that its head can be written.
    close();
    if (!failed_) {
      if (const auto done = write_at(fd_, buffer_, written_); !done) failed_ = done.error();
    }
    written_ += buffer_.size();
    buffer_.clear();
    begun_ = 0;
  }
  int fd_;
  std::string buffer_;
  thin_piece open_{};
  std::size_t begun_ = 0;  // where in the buffer the open piece's head stands
  std::uint64_t written_ = sizeof(thin_head);
  std::error_code failed_;
};

/// A run of batches: what stays, or what goes.
struct stretch {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool goes = false;
};

bool may_go(const event& slot, thinning what) {
  if (gave_way(slot)) return true;
  const auto heavy = weight(slot.kind);
  switch (what) {
    case thinning::none: return false;
    case thinning::routine: return heavy == event_weight::routine;
    case thinning::calls: return heavy != event_weight::control;
    case thinning::all: return true;
  }
  return false;
}

/// All of a segment's batches as stretches that alternate; one event that went alone would gain nothing, so it stays.
std::vector<stretch> plan(const mapped_segment& segment, thinning what, std::uint64_t keep_to) {
  std::vector<stretch> all;
  const std::uint64_t end = segment.end();
  for (std::uint64_t at = segment.first(); at < end;) {
    const std::uint64_t begin = segment.skip_hole(at);
    std::uint64_t behind = begin;
    bool goes = begin > keep_to;
    for (unsigned left = 1; left != 0 && behind < end; ++behind) {
      const event& slot = segment.slot(behind);
      if (slot.sequence != behind) return {};
      goes = goes && may_go(slot, what);
      left = slot.batch_left;
    }
    // A hole before the batch is what its gap stands for.
    if (!all.empty() && all.back().goes == goes) {
      all.back().to = behind;
    } else {
      all.push_back({at, behind, goes});
    }
    at = behind;
  }
  for (stretch& one : all) one.goes = one.goes && one.to - one.from > 1;
  return all;
}

/// What the files of the segment take now, and what would be left of them.
struct worth {
  std::uint64_t now = 0;
  std::uint64_t left = 0;
};
worth weigh(const folder& in, const mapped_segment& segment, const std::vector<stretch>& all) {
  worth found;
  for (const file_kind kind : {file_kind::slots, file_kind::text, file_kind::thin}) {
    struct stat is {};
    if (::fstatat(in.fd(), file_name(segment.number(), kind).c_str(), &is, AT_SYMLINK_NOFOLLOW) == 0) {
      found.now += static_cast<std::uint64_t>(is.st_blocks) * 512;
    }
  }
  for (const stretch& run : all) {
    found.left += sizeof(thin_piece) + sizeof(event);
    for (std::uint64_t at = run.from; at < run.to && !run.goes; ++at) {
      const event& slot = segment.slot(at);
      if (slot.sequence == 0) continue;
      found.left += sizeof slot;
      if (slot.text_len != 0 && (slot.text_at & text_at_dialog) == 0) found.left += padded(sizeof(tail_entry) + slot.text_len);
    }
  }
  return found;
}

event gap_for(const mapped_segment& segment, const stretch& run) {
  const event& first = segment.slot(segment.skip_hole(run.from));
  event gap{};
  gap.sequence = run.to - 1;
  gap.time_ns = segment.slot(run.to - 1).time_ns;
  gap.kind = event_kind::gap;
  gap.cause = cause::resources_not_available;
  // What the archive has of a run that went before stays known as gone from where that began.
  gap.value = gave_way(first) ? first.value : static_cast<std::int64_t>(run.from);
  gap.other = run.to;
  gap.crc32c = checksum(gap);
  return gap;
}

}  // namespace

result<put_together> read_thin(const folder& in, std::uint64_t segment, thin_part part) {
  const auto bytes = in.read(file_name(segment, file_kind::thin), thin_bytes_max);
  if (!bytes) return tl::unexpected(bytes.error());
  thin_head head{};
  if (bytes->size() < sizeof head) return failure(errc::log_damaged);
  std::memcpy(&head, bytes->data(), sizeof head);
  if (head.magic != thin_magic || head.segment != segment) return failure(errc::log_damaged);
  if (head.layout != layout_version) return failure(errc::log_incompatible);
  if (head.length != bytes->size() - sizeof head) return failure(errc::log_damaged);
  put_together made;
  const std::uint64_t whole = part == thin_part::slots ? slots_bytes : tail_bytes_max;
  auto memory = mapping::zeros(whole);
  if (!memory) return tl::unexpected(memory.error());
  made.bytes = std::move(*memory);
  for (std::size_t at = sizeof head; at < bytes->size();) {
    thin_piece piece{};
    if (bytes->size() - at < sizeof piece) return failure(errc::log_damaged);
    std::memcpy(&piece, bytes->data() + at, sizeof piece);
    at += sizeof piece;
    if (piece.length > bytes->size() - at || piece.length % 8 != 0) return failure(errc::log_damaged);
    if (piece.which == static_cast<std::uint32_t>(part)) {
      if (piece.at > whole || piece.length > whole - piece.at) return failure(errc::log_damaged);
      std::memcpy(made.bytes.data() + piece.at, bytes->data() + at, piece.length);
      made.end = std::max(made.end, piece.at + piece.length);
    }
    at += piece.length;
  }
  return made;
}

result<thinned> thin(const folder& in, std::uint64_t segment, thinning what, std::uint64_t keep_to) {
  const auto old = mapped_segment::open(&in, nullptr, segment);
  if (!old) return tl::unexpected(old.error());
  const mapped_segment& from = **old;
  if (from.end() == 0 || from.head().thinned >= static_cast<std::uint32_t>(what)) return thinned{};
  const std::vector<stretch> all = plan(from, what, keep_to);
  thinned done;
  for (const stretch& run : all) {
    if (!run.goes) continue;
    for (std::uint64_t at = run.from; at < run.to; ++at) {
      const event& slot = from.slot(at);
      done.events += slot.sequence != 0 && !gave_way(slot) ? 1 : 0;
    }
  }
  if (done.events == 0) return done;
  // A new form that is hardly smaller costs more than it gives.
  const worth of = weigh(in, from, all);
  if (of.left > of.now / 8 * 7) return thinned{};

  const std::string name = file_name(segment, file_kind::thin);
  const std::string fresh = name + ".new";
  in.remove(fresh);
  auto file = in.open_file(fresh, access::create);
  if (!file) return tl::unexpected(file.error());
  std::uint64_t text_end = sizeof(tail_head);
  const auto write = [&]() -> result<void> {
    pieces to(file->get());
    for (const stretch& run : all) {
      if (run.goes) {
        const event gap = gap_for(from, run);
        to.add(thin_part::slots, (gap.sequence - from.base()) * sizeof gap, &gap, sizeof gap);
        continue;
      }
      for (std::uint64_t at = run.from; at < run.to; ++at) {
        const event& slot = from.slot(at);
        if (slot.sequence != 0) to.add(thin_part::slots, (at - from.base()) * sizeof slot, &slot, sizeof slot);
      }
    }
    for (const stretch& run : all) {
      for (std::uint64_t at = run.from; at < run.to && !run.goes; ++at) {
        const event& slot = from.slot(at);
        if (slot.text_len == 0 || (slot.text_at & text_at_dialog) != 0) continue;
        // A text that cannot be read is damage that was there before: its event stays.
        const auto entry = (*old)->entry(&in, nullptr, slot);
        if (!entry) continue;
        to.add(thin_part::text, std::uint64_t{slot.text_at} * 8, entry->data(), entry->size());
        text_end = std::max(text_end, std::uint64_t{slot.text_at} * 8 + entry->size());
      }
    }
    const auto length = to.end();
    if (!length) return tl::unexpected(length.error());
    const thin_head head{thin_magic, layout_version, 0, segment, *length};
    return write_at(file->get(), {reinterpret_cast<const char*>(&head), sizeof head}, 0);
  };
  auto written = write();
  segment_head head = from.head();
  head.thinned = static_cast<std::uint32_t>(what);
  head.text_bytes = text_end;
  std::string head_bytes(head_file_bytes, '\0');
  std::memcpy(head_bytes.data(), &head, sizeof head);
  if (written && ::renameat(in.fd(), fresh.c_str(), in.fd(), name.c_str()) != 0) written = system_failure();
  // The head comes last: from then on readers look for the new form, and whoever opens it meanwhile looks twice.
  if (written) written = in.replace(file_name(segment, file_kind::head), head_bytes, 0640, false);
  if (!written) {
    in.remove(fresh);
    if (from.head().thinned == 0) in.remove(name);
    return tl::unexpected(written.error());
  }
  in.remove(file_name(segment, file_kind::slots));
  in.remove(file_name(segment, file_kind::text));
  return done;
}

}  // namespace cordboard::log
