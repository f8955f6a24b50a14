// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <log/checkpoint.hpp>
#include <log/segment.hpp>
#include <runtime/recovery.hpp>

namespace cordboard::runtime {
namespace {

/// The text of one event of the log, empty when it is not kept.
std::string text_at(log_reader& reader, std::uint64_t sequence) {
  if (sequence == 0 || !reader.after(sequence - 1)) return {};
  const auto events = reader.next();
  if (!events || events->empty() || events->front().sequence != sequence) return {};
  const auto text = reader.text(events->front());
  return text ? std::string(*text) : std::string();
}

struct start_point {
  board_state state;
  std::uint64_t sequence = 0;
};

/// The newest checkpoint that this version can read; the very beginning when there is none.
start_point newest_checkpoint(const log_config& where, std::uint64_t last) {
  start_point best;
  for (const auto& folder : {hot_checkpoints(where), archived_checkpoints(where)}) {
    if (folder.empty()) continue;
    const auto found = log::load_checkpoint(folder, last);
    if (!found || found->sequence <= best.sequence) continue;
    if (auto state = load(found->bytes)) best = {std::move(*state), found->sequence};
  }
  return best;
}

/// Whether nothing was ever logged before this sequence.
bool begins_at(const log_config& where, std::uint64_t oldest) {
  for (const auto& path : {where.hot, where.archive}) {
    if (path.empty()) continue;
    const auto folder = log::folder::open(path);
    if (!folder) continue;
    const auto head = log::read_head(*folder, log::segment_of(oldest));
    if (head) return head->previous_end == 0;
  }
  return false;
}

}  // namespace

std::string hot_checkpoints(const log_config& where) { return where.hot + "/checkpoints"; }
std::string archived_checkpoints(const log_config& where) {
  return where.archive.empty() ? std::string() : where.archive + "/checkpoints";
}

logged with_text(log_reader& reader, const event& e) {
  logged one{e, {}, e.kind == event_kind::dialog_saved ? tail::dialog : tail::text};
  if (e.text_len != 0 && one.tail == tail::text)
    if (const auto text = reader.text(e)) one.text = *text;
  return one;
}

result<recovered> recover(const log_config& where, std::uint64_t last, diagnostics& why) {
  recovered out;
  if (last == 0) return out;
  const auto failed = [&](std::error_code code, std::string_view what) {
    why = diagnostics(
        fmt::format("the log in {} cannot be read back: {} ({}); to begin anew, move that folder and its archive away",
                    where.hot, what, code.message()));
    return tl::unexpected<std::error_code>(code);
  };
  auto opened = log_reader::open(where.hot);
  if (!opened) return failed(opened.error(), "it cannot be opened");
  auto& reader = *opened;
  auto [state, from] = newest_checkpoint(where, last);
  out.state = std::move(state);
  if (from == 0) {
    const auto oldest = reader.oldest();
    if (!oldest) return failed(oldest.error(), "its beginning");
    if (!begins_at(where, *oldest))
      return failed(make_error_code(errc::log_gone), fmt::format("no checkpoint, and its oldest event is {}", *oldest));
  }
  if (const auto at = reader.after(from); !at) return failed(at.error(), fmt::format("the checkpoint at {}", from));
  while (out.state.last_sequence < last) {
    const auto events = reader.next();
    if (!events) return failed(events.error(), fmt::format("after {}", out.state.last_sequence));
    if (events->empty())
      return failed(make_error_code(errc::log_damaged),
                    fmt::format("it ends at {} and not at {}", out.state.last_sequence, last));
    for (const auto& e : *events) {
      evolve(out.state, with_text(reader, e));
      ++out.replayed;
    }
  }
  for (const auto& [id, party] : out.state.parties.own())
    if (party && party->identity != 0) out.identities[party->identity] = text_at(reader, party->identity);
  for (const auto& [id, call] : out.state.call_table.own())
    if (call && call->dialled != 0) out.identities[call->dialled] = text_at(reader, call->dialled);
  for (const auto& [id, leg] : out.state.legs.own())
    if (leg && leg->fsm.phase != leg_phase::gone && leg->saved != 0) out.dialogs[id] = text_at(reader, leg->saved);
  return out;
}

}  // namespace cordboard::runtime
