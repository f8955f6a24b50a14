// SPDX-License-Identifier: Apache-2.0
// Many segments as one array: their files mapped once more, beside each other.
#pragma once
#include <cordboard/errc.hpp>
#include <cordboard/log_reader.hpp>
#include <cstddef>
#include <span>
#include <vector>

namespace cordboard::python {

/// The slots of segments in order, read-only, in one piece of address space.
///
/// A mapping goes by whole pages of 32 slots. So behind a segment that ended early, or that has given up events, stand empty
/// slots, with sequence 0; and its last slots, when they fill no page, are the only ones that are copied.
///
/// @threads   any, it never changes
/// @lifetime  its own: neither readers nor files need to be there any more
class side_by_side {
public:
  /// @param parts  rising; those that hold nothing are left out
  /// @param after  the first slot is that of the next sequence; 0: of the first there is
  /// @param until  the last slot is that of this sequence, or the last before it
  /// @errors       the system's, as for address space
  static result<side_by_side> of(const std::vector<segment_view>& parts, std::uint64_t after, std::uint64_t until);

  side_by_side(side_by_side&& other) noexcept;
  side_by_side& operator=(side_by_side&& other) noexcept;
  ~side_by_side();

  std::span<const event> slots() const { return slots_; }

private:
  side_by_side() = default;
  std::byte* at_ = nullptr;
  std::size_t bytes_ = 0;
  std::span<const event> slots_;
};

}  // namespace cordboard::python
