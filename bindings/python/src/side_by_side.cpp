// SPDX-License-Identifier: Apache-2.0
#include "side_by_side.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cordboard::python {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t slots_per_page = page / sizeof(event);

constexpr std::array<std::byte, page> empty{};

constexpr std::size_t pages_of(std::size_t slots) { return (slots + slots_per_page - 1) / slots_per_page; }

/// What is taken of a segment: slots [from, to), `from` on a page's start.
struct piece {
  std::span<const event> slots;
  std::size_t from;
  std::size_t to;
};

result<void> put(std::byte* at, const piece& one, bool last) {
  const event* first = one.slots.data() + one.from;
  const std::size_t count = one.to - one.from;
  // What follows the last slot lies outside the array. Elsewhere the end of a page may hold what was never committed.
  const std::size_t whole = last ? pages_of(count) : count / slots_per_page;
  std::size_t done = 0;
  if (whole != 0) {
    // An old size of 0 makes another mapping of the same pages of the same file.
    void* from = const_cast<event*>(first);
    if (::mremap(from, 0, whole * page, MREMAP_MAYMOVE | MREMAP_FIXED, at) != MAP_FAILED) {
      done = std::min(count, whole * slots_per_page);
    } else if (errno != EINVAL) {
      return tl::unexpected(std::error_code(errno, std::generic_category()));
    }
  }
  // A segment that was put together in memory has no file; its pages, and the end of one that ended early, are copied. What is
  // empty takes no memory here either.
  for (; done < count; done += slots_per_page) {
    const std::size_t bytes = std::min(slots_per_page, count - done) * sizeof(event);
    if (std::memcmp(first + done, empty.data(), bytes) != 0) std::memcpy(at + done * sizeof(event), first + done, bytes);
  }
  return {};
}

}  // namespace

result<side_by_side> side_by_side::of(const std::vector<segment_view>& parts, std::uint64_t after, std::uint64_t until) {
  std::vector<piece> pieces;
  std::size_t pages = 0;
  std::size_t lead = 0;  // slots of the first page that come before the first one wanted
  std::size_t count = 0;
  for (const segment_view& part : parts) {
    const std::uint64_t base = part.end - part.slots.size();
    const std::uint64_t first = std::max(part.first, after + 1);
    const std::uint64_t end = std::min(part.end, until == UINT64_MAX ? until : until + 1);
    if (first >= end) continue;
    const std::size_t from = (first - base) / slots_per_page * slots_per_page;
    if (pieces.empty()) lead = first - base - from;
    pieces.push_back({part.slots, from, static_cast<std::size_t>(end - base)});
    count = pages * slots_per_page + pieces.back().to - from - lead;
    pages += pages_of(pieces.back().to - from);
  }
  side_by_side made;
  if (pieces.empty()) return made;
  void* room = ::mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return tl::unexpected(std::error_code(errno, std::generic_category()));
  made.at_ = static_cast<std::byte*>(room);
  made.bytes_ = pages * page;
  std::byte* at = made.at_;
  for (const piece& one : pieces) {
    if (auto done = put(at, one, &one == &pieces.back()); !done) return tl::unexpected(done.error());
    at += pages_of(one.to - one.from) * page;
  }
  if (::mprotect(made.at_, made.bytes_, PROT_READ) != 0) return tl::unexpected(std::error_code(errno, std::generic_category()));
  made.slots_ = {reinterpret_cast<const event*>(made.at_) + lead, count};
  return made;
}

side_by_side::side_by_side(side_by_side&& other) noexcept { *this = std::move(other); }

side_by_side& side_by_side::operator=(side_by_side&& other) noexcept {
  std::swap(at_, other.at_);
  std::swap(bytes_, other.bytes_);
  std::swap(slots_, other.slots_);
  return *this;
}

side_by_side::~side_by_side() {
  if (at_ != nullptr) ::munmap(at_, bytes_);
}

}  // namespace cordboard::python
