// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <runtime/recovery.hpp>
#include <snapshot/history.hpp>
#include <utility>
#include <vector>

namespace cordboard::runtime {

log::places places_in(const log_config& where) { return {where.hot, where.archive}; }

result<recovered> recover(const log_config& where, std::uint64_t last, diagnostics& why) {
  recovered out;
  if (last == 0) return out;
  const auto failed = [&](std::error_code code, std::string_view what) {
    why = diagnostics(
        fmt::format("the log in {} cannot be read back: {} ({}); to begin anew, move that folder and its archive away",
                    where.hot, what, code.message()));
    return tl::unexpected<std::error_code>(code);
  };
  auto opened = log_reader::open(where.hot, {.copy_archive = true});
  if (!opened) return failed(opened.error(), "it cannot be opened");
  auto& reader = *opened;
  diagnostics what;
  auto rebuilt = history::rebuild(reader, places_in(where), last, what);
  if (!rebuilt) return failed(rebuilt.error(), what.our_text());
  out.state = std::move(rebuilt->state);
  out.checkpoint = rebuilt->checkpoint;
  out.replayed = rebuilt->replayed;
  // In rising order, so that each segment is mapped once, however many lines there are.
  std::vector<std::pair<std::uint64_t, std::string*>> texts;
  for (const std::uint64_t needed : texts_of(out.state)) texts.emplace_back(needed, &out.identities[needed]);
  for (const auto& [id, leg] : out.state.legs.own())
    if (leg && leg->fsm.phase != leg_phase::gone && leg->saved != 0) texts.emplace_back(leg->saved, &out.dialogs[id]);
  std::sort(texts.begin(), texts.end());
  for (const auto& [sequence, to] : texts) *to = history::text_at(reader, sequence);
  return out;
}

}  // namespace cordboard::runtime
