// SPDX-License-Identifier: Apache-2.0
// What gives way when memory is short and the archive cannot take it: an old segment is replaced by a smaller one.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <log/files.hpp>
#include <log/layout.hpp>

namespace cordboard::log {

/// A part of a segment put together from its .thin file, holes as zeros.
struct put_together {
  mapping bytes;
  std::uint64_t end = 0;  ///< behind the last piece
};
enum class thin_part : std::uint32_t { slots = 0, text = 1 };
/// @errors  log_damaged; log_incompatible; the system's: no such file
result<put_together> read_thin(const folder& in, std::uint64_t segment, thin_part part);

/// What `thin` did.
struct thinned {
  std::uint64_t events = 0;  ///< that went; 0: nothing was worth it, and the segment is as it was
};
/// Replaces a closed hot segment by one without the batches that are of no more than `what`; the files are new ones, so that
/// whoever has the old ones mapped goes on undisturbed.
///
/// @param keep_to  what is up to here stays: the archive has it already
/// @errors         log_full: not even room for what would be left; log_damaged; the system's
result<thinned> thin(const folder& in, std::uint64_t segment, thinning what, std::uint64_t keep_to);

}  // namespace cordboard::log
