// SPDX-License-Identifier: Apache-2.0
#include <log/commit.hpp>
#include <log/hot_folder.hpp>
#include <log/segment.hpp>

namespace cordboard::log {
namespace {

/// Whether the segment may go: it is closed, and has no events, or they are in the archive, or there is none.
bool may_go(const place& in, std::uint64_t number) {
  const auto hot = read_head(in.hot, number);
  if (!hot || hot->end == 0) return false;
  if (!in.archive || hot->end == first_of(number)) return true;
  const auto archived = read_head(in.archive, number);
  return archived && archived->sealed == 1 && archived->end == hot->end;
}

void remove_old_dialogs(const place& in, std::uint64_t from_segment) {
  const auto all = in.hot.names();
  if (!all) return;
  for (const std::string& name : *all) {
    constexpr std::string_view ending = ".dialog";
    if (name.size() <= ending.size() || name.substr(name.size() - ending.size()) != ending) continue;
    const std::int64_t number = segment_in_name(name.substr(0, name.size() - ending.size()) + ".head");
    if (number >= 0 && static_cast<std::uint64_t>(number) < from_segment) in.hot.remove(name);
  }
}

}  // namespace

std::uint64_t make_room(const place& in, std::uint64_t keep_dialogs_from) {
  const bool told = keep_dialogs_from != dialogs_go_with_segments;
  if (told) remove_old_dialogs(in, segment_of(keep_dialogs_from));
  std::uint64_t bytes = in.hot.bytes_used();
  if (bytes <= in.hot_bytes_bound) return bytes;
  const auto numbers = in.hot.segments();
  const std::uint64_t newest = load_acquire(in.control->newest_segment);
  if (!numbers) return bytes;
  for (const std::uint64_t number : *numbers) {
    if (bytes <= in.hot_bytes_bound || number >= newest || !may_go(in, number)) break;
    // The head first: from then on readers look for it in the archive.
    in.hot.remove(file_name(number, file_kind::head));
    in.hot.remove(file_name(number, file_kind::slots));
    in.hot.remove(file_name(number, file_kind::text));
    if (!told) in.hot.remove(file_name(number, file_kind::dialog));
    bytes = in.hot.bytes_used();
  }
  return bytes;
}

}  // namespace cordboard::log
