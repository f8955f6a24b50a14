// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <store/follower.hpp>
#include <store/schema.hpp>
#include <thread>
#include <unistd.h>

namespace cordboard::store {
namespace {

std::int64_t noted(database& in, const char* name) {
  return number_of(in.one("SELECT value FROM meta WHERE name = $1", {std::string(name)}));
}

/// Sleeps in pieces, so that a stop is heard.
void pause(std::chrono::milliseconds how_long, const std::atomic<bool>& stop) {
  constexpr std::chrono::milliseconds piece(50);
  for (; how_long.count() > 0 && !stop; how_long -= piece) std::this_thread::sleep_for(std::min(piece, how_long));
}

constexpr std::int64_t day_ns = 86'400'000'000'000;

std::int64_t wall_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// What was kept long enough.
void let_go(database& in, vault& keys, const run_options& how, std::int64_t now) {
  const expiry gone = expire(in, keys, how.keep, {::getuid(), "store run", false}, now, false);
  if (!gone.requests.empty())
    how.tell(fmt::format("the texts of {} closed requests went, kept as long as keep_days of their kinds says",
                         gone.requests.size()));
}

}  // namespace

std::uint64_t position_of(database& in) { return static_cast<std::uint64_t>(noted(in, "position")); }

void follower::refuse(const std::error_code& why) {
  throw database_error(fmt::format("the log: {}", why.message()), why == errc::not_connected);
}

follower::follower(database& in, vault& keys, log_reader& from)
    : in_(&in), keys_(&keys), from_(&from), rows_(in, keys), position_(position_of(in)), erasures_(noted(in, "erasures")) {
  const auto newest = from.newest();
  if (!newest) refuse(newest.error());
  if (*newest < position_)
    throw database_error(
        fmt::format("the log ends at {} and the store stands at {}: it is another log, or its board has yet to start", *newest,
                    position_),
        true);
  if (position_ != 0) {
    const auto there = from.at(position_);
    if (!there && there.error() != errc::log_gone) refuse(there.error());
    // What a power loss took from the log leaves no event here, and what was read of it stays.
    if (there && *there != nullptr && static_cast<std::int64_t>((*there)->crc32c) != noted(in, "crc"))
      throw database_error("the store was filled from another log: give it a file or a database of its own", false);
  }
  if (noted(in, "refold") != 0) read_again();
  if (const auto at = from.after(position_); at) return;
  // Retention went past a store that was away for too long: what is gone is said in a row, once.
  const auto oldest = from.oldest();
  if (!oldest) refuse(oldest.error());
  const auto at = from.after(*oldest - 1);
  if (!at) refuse(at.error());
  transaction one(in);
  in.change("INSERT INTO missing (sequence, first, after) VALUES ($1, $2, $1) ON CONFLICT (sequence) DO NOTHING",
            {known(*oldest), known(position_ + 1)});
  in.change("UPDATE meta SET value = $1 WHERE name = 'position'", {known(*oldest - 1)});
  one.commit();
  position_ = *oldest - 1;
}

/// The store is of a newer version than its rows: what the log has is applied once more, which changes nothing but what was passed over.
void follower::read_again() {
  const auto oldest = from_->oldest();
  if (!oldest) refuse(oldest.error());
  if (*oldest != 0) position_ = std::min(position_, *oldest - 1);
  transaction one(*in_);
  in_->change("UPDATE meta SET value = $1 WHERE name = 'position'", {static_cast<std::int64_t>(position_)});
  in_->change("UPDATE meta SET value = 0 WHERE name = 'refold'", {});
  one.commit();
}

std::uint64_t follower::step(std::uint64_t until) {
  const auto read = from_->next();
  if (!read) refuse(read.error());
  std::span<const event> events = *read;
  while (!events.empty() && events.back().sequence > until) events = events.first(events.size() - 1);
  if (events.empty()) return 0;
  transaction batch(*in_);
  // Somebody else who fills the same store would have moved the place.
  const event& last = events.back();
  if (in_->change("UPDATE meta SET value = $1 WHERE name = 'position' AND value = $2",
                  {known(last.sequence), static_cast<std::int64_t>(position_)}) != 1)
    throw database_error("another process fills this store", true);
  in_->run("UPDATE meta SET value = $1 WHERE name = 'crc'", {std::int64_t{last.crc32c}});
  if (const std::int64_t erasures = noted(*in_, "erasures"); erasures != erasures_) {
    keys_->forget();
    erasures_ = erasures;
  }
  for (const event& e : events) {
    std::string_view text;
    if (e.text_len != 0 && fold::reads_text(e.kind)) {
      const auto said = from_->text(e);
      if (said) text = *said;
      // Rows without their texts would look as if nothing had been said.
      if (!said && said.error() == errc::access_refused)
        throw database_error("the log's texts are sealed, and this user may not read the key, [log] text_key_file", false);
    }
    rows_.apply(e, text);
  }
  batch.commit();
  position_ = last.sequence;
  return events.size();
}

void run(const run_options& how, const std::atomic<bool>& stop) {
  std::chrono::milliseconds wait = how.retry_first;
  bool away = false;
  std::string said;
  while (!stop) {
    try {
      const auto in = how.where.open(purpose::makes);
      migrate(*in);
      if (const std::string wrong = in->damage(); !wrong.empty())
        throw database_error(fmt::format("the database is damaged: {}; put a backup in its place, or rebuild it", wrong),
                             false);
      auto keys = vault::open(*in, read_master(how.where.key_file), true);
      auto from = log_reader::open(how.log, {.copy_archive = true});
      if (!from)
        throw database_error(fmt::format("{}: {}", how.log, from.error().message()), from.error() == errc::not_connected);
      follower rows(*in, keys, *from);
      if (away) how.tell(fmt::format("{} is back; going on behind event {}", in->name(), rows.position()));
      away = false;
      said.clear();
      wait = how.retry_first;
      bool told = false;
      std::int64_t expires_at = 0;
      while (!stop) {
        if (rows.step() != 0) {
          told = false;
          continue;
        }
        if (!told && how.at_end) how.at_end(rows.position());
        told = true;
        if (const std::int64_t now = wall_now(); !how.keep.empty() && now >= expires_at) {
          expires_at = now + day_ns;
          let_go(*in, keys, how, now);
        }
        from->wait(std::chrono::milliseconds(200));
      }
    } catch (const database_error& wrong) {
      if (!wrong.away()) throw;
      // Said when it begins and when it changes, not at every try.
      if (said != wrong.what()) how.tell(fmt::format("{}; calls go on, and this is tried again", wrong.what()));
      said = wrong.what();
      away = true;
      pause(wait, stop);
      wait = std::min(wait * 2, how.retry_max);
    }
  }
}

}  // namespace cordboard::store
