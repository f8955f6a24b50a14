// SPDX-License-Identifier: Apache-2.0
#include <cordboard/snapshot.hpp>
#include <fmt/format.h>
#include <snapshot/history.hpp>
#include <snapshot/view.hpp>

namespace cordboard {

result<snapshot> take_snapshot(const std::string& path, std::uint64_t at, diagnostics* why) {
  diagnostics unheard;
  diagnostics& told = why != nullptr ? *why : unheard;
  told.clear();
  auto reader = log_reader::open(path);
  if (!reader) return tl::unexpected(reader.error());
  const auto where = log::places_of(path);
  if (!where) return tl::unexpected(where.error());
  const auto newest = reader->newest();
  if (!newest) return tl::unexpected(newest.error());
  if (at > *newest) {
    told = diagnostics(fmt::format("the newest event is {}", *newest));
    return failure(std::make_error_code(std::errc::invalid_argument));
  }
  const auto rebuilt = history::rebuild(*reader, *where, at == 0 ? *newest : at, told);
  if (!rebuilt) {
    told = diagnostics(fmt::format("no snapshot of the log in {}: {}", path, told.our_text()));
    return tl::unexpected(rebuilt.error());
  }
  return history::view(rebuilt->state, *reader);
}

}  // namespace cordboard
