// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <log/checkpoint.hpp>
#include <log/commit.hpp>
#include <log/retention.hpp>
#include <log/segment.hpp>
#include <snapshot/history.hpp>

namespace cordboard::history {
namespace {

struct start_point {
  board_state state;
  std::uint64_t sequence = 0;
};

/// The newest of the states that stand beside the archived segments. Retention leaves the log's beginning to no other.
start_point newest_edge(const log::places& where, std::uint64_t last) {
  const auto archive = log::folder::open(where.archive);
  const auto numbers = archive ? archive->segments() : result<std::vector<std::uint64_t>>(failure(errc::not_connected));
  if (!numbers) return {};
  for (auto number = numbers->rbegin(); number != numbers->rend(); ++number) {
    const auto found = log::read_checkpoint(*archive, log::edge_name(*number));
    if (!found || found->sequence > last) continue;
    if (auto state = load(found->bytes)) return {std::move(*state), found->sequence};
  }
  return {};
}

/// The newest checkpoint that this version can read; the very beginning when there is none.
start_point newest_checkpoint(const log::places& where, std::uint64_t last) {
  start_point best;
  for (const auto& folder : checkpoint_folders(where)) {
    const auto found = log::load_checkpoint(folder, last);
    if (!found || found->sequence <= best.sequence) continue;
    if (auto state = load(found->bytes)) best = {std::move(*state), found->sequence};
  }
  if (best.sequence == 0 && !where.archive.empty()) best = newest_edge(where, last);
  return best;
}

/// Whether nothing was ever logged before this sequence.
bool begins_at(const log::places& where, std::uint64_t oldest) {
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

std::vector<std::string> checkpoint_folders(const log::places& where) {
  std::vector<std::string> all;
  for (const auto& path : {where.hot, where.archive}) {
    if (!path.empty()) all.push_back(path + "/checkpoints");
  }
  return all;
}

logged with_text(log_reader& reader, const event& e) {
  logged one{e, {}, e.kind == event_kind::dialog_saved ? tail::dialog : tail::text};
  if (e.text_len != 0 && one.tail == tail::text)
    if (const auto text = reader.text(e)) one.text = *text;
  return one;
}

std::string text_at(log_reader& reader, std::uint64_t sequence) {
  const auto found = reader.at(sequence);
  if (!found || *found == nullptr) return {};
  const auto text = reader.text(**found);
  return text ? std::string(*text) : std::string();
}

result<rebuilt> rebuild(log_reader& reader, const log::places& where, std::uint64_t last, diagnostics& why) {
  const auto failed = [&](std::error_code code, std::string what) {
    why = diagnostics(std::move(what));
    return tl::unexpected<std::error_code>(code);
  };
  rebuilt out;
  if (last == 0) return out;
  auto [state, from] = newest_checkpoint(where, last);
  out.state = std::move(state);
  out.checkpoint = from;
  if (from == 0) {
    const auto oldest = reader.oldest();
    if (!oldest) return failed(oldest.error(), "its beginning");
    if (!begins_at(where, *oldest)) {
      const auto folders = checkpoint_folders(where);
      if (std::any_of(folders.begin(), folders.end(), log::checkpoints_refused))
        return failed(make_error_code(errc::access_refused), "its checkpoints are for the board's own user alone");
      return failed(make_error_code(errc::log_gone), fmt::format("no checkpoint, and its oldest event is {}", *oldest));
    }
  }
  if (const auto at = reader.after(from); !at) return failed(at.error(), fmt::format("the checkpoint at {}", from));
  while (out.state.last_sequence < last) {
    const auto events = reader.next();
    if (!events) return failed(events.error(), fmt::format("after {}", out.state.last_sequence));
    if (events->empty())
      return failed(make_error_code(errc::log_damaged),
                    fmt::format("it ends at {} and not at {}", out.state.last_sequence, last));
    for (const auto& e : *events) {
      if (e.sequence > last) break;
      if (log::gave_way(e))
        return failed(make_error_code(errc::log_gone),
                      fmt::format("events from {} to {} gave way, and no checkpoint is behind them", e.value, e.sequence));
      evolve(out.state, with_text(reader, e));
      ++out.replayed;
    }
  }
  // What was read ahead belongs to whoever reads on.
  if (const auto at = reader.after(last); !at) return failed(at.error(), fmt::format("after {}", last));
  return out;
}

}  // namespace cordboard::history
