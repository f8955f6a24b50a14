// SPDX-License-Identifier: Apache-2.0
#include <base/key_file.hpp>
#include <fmt/format.h>
#include <runtime/recovery.hpp>
#include <runtime/service.hpp>
#include <snapshot/history.hpp>
#include <system_error>

namespace cordboard::runtime {
namespace {

[[noreturn]] void fail(std::error_code why, const std::string& what) { throw start_error(why, what); }
[[noreturn]] void fail_at(std::error_code why, const std::string& place) {
  fail(why, fmt::format("{}: {}", place, why.message()));
}

}  // namespace

service::service(config with, intake& commands, options how)
    : config_(std::move(with)), options_(std::move(how)), commands_(commands) {
  if (!options_.trace) options_.trace = [](const std::string&) {};
  opening_hours hours(config_.house);
  request_calendar calendar(config_.house);
  stop_list stopped(config_.house);
  open_log();
  diagnostics why;
  auto known = recover(config_.log, writer_->recovered().last_sequence, why);
  if (!known) fail(known.error(), why.our_text());
  archiver_->keep_checkpoint(known->checkpoint, {}, {});
  begin(*known);
  board_->keep(std::move(hours));
  board_->keep(std::move(calendar));
  board_->keep(std::move(stopped));
  auto tokens = caller_tokens::open(config_.log.hot);
  if (!tokens) fail_at(tokens.error(), config_.log.hot + "/caller.key");
  board_->keep(std::move(*tokens));
  try {
    open_wire(std::move(known->dialogs));
    follow(std::move(known->state));
    if (options_.socket) open_socket();
  } catch (...) {
    // A port that is taken is no crash: the log ends in order, and the calls in it wait for the next start.
    writer_->close();
    throw;
  }
}

/// The first events of this run: what is missing, that the board is there, what has changed in the house.
void service::begin(recovered& known) {
  const auto& before = writer_->recovered();
  found_ = {before.found, !before.clean, known.replayed, 0, 0, 0, 0, 0};
  board_ = std::make_unique<switchboard>(loop_, *writer_, known.state, commands_, options_.trace);
  for (auto& [sequence, text] : known.identities) board_->remember_identity(sequence, std::move(text));
  board_->on_stop = [this] {
    // A log that failed stops the process and not the house: whoever calls is to find it again.
    if (board_->failure() || !wire_) return loop_.stop();
    wire_->leave([this] { loop_.stop(); });
  };
  if (!before.clean) {
    event gap;
    gap.kind = event_kind::gap;
    gap.value = static_cast<std::int64_t>(before.gap_from);
    gap.other = before.gap_to;
    if (const auto noted = board_->note(gap); !noted) fail_at(noted.error(), config_.log.hot);
  }
  board_->take(fact::restarted{!before.clean, found_.replayed});
  compare(config_.house);
  if (board_->pending()) fail_at(make_error_code(errc::log_full), config_.log.hot);
}

/// A batch has a bound: a large house takes several, the same input again until nothing differs.
void service::compare(const house_config& house) {
  for (std::uint64_t before_it = 0; before_it != board_->state().last_sequence && !board_->pending();) {
    before_it = board_->state().last_sequence;
    board_->take(house);
  }
}

void service::reload(const house_config& from) {
  loop_.post([this, dialogues = from.dialogues, kinds = from.request_kinds, numbers = from.stop_list] {
    auto house = config_.house;
    house.dialogues = dialogues;
    house.request_kinds = kinds;
    house.stop_list = numbers;
    try {
      // First: who must not be called is not called, whatever the scripts are like.
      stop_list stopped(house);
      const std::size_t known = stopped.size();
      board_->keep(std::move(stopped));
      request_calendar calendar(house);  // hours stay as they were at the start
      if (const auto why = wire_->reread(dialogues); !why.empty())
        return options_.trace(fmt::format("the dialogues stay as they are: {}", why));
      compare(house);
      board_->keep(std::move(calendar));
      options_.trace(fmt::format("{} dialogues and {} kinds of requests read again; {} numbers on the stop list",
                                 dialogues.size(), kinds.size(), known));
    } catch (const start_error& why) {
      return options_.trace(fmt::format("dialogues and kinds of requests stay as they are: {}", why.what()));
    }
  });
}

void service::open_wire(std::map<leg_id, std::string> dialogs) {
  if (config_.loopback) {
    auto played = std::make_unique<loopback_wire>(loop_, *board_);
    loopback_ = played.get();
    wire_ = std::move(played);
  } else {
    auto real = std::make_unique<sip_wire>(loop_, config_, *board_, options_.trace);
    found_.udp = real->port(sip::transport::udp);
    found_.tcp = real->port(sip::transport::tcp);
    found_.tls = real->port(sip::transport::tls);
    wire_ = std::move(real);
  }
  board_->attach(wire_.get());
  restore(std::move(dialogs));
}

void service::follow(board_state from) {
  open_retention(from);
  auto how = options_.follow;
  how.events_before = found_.replayed;
  if (retention_) {
    how.edge = [to = retention_.get()](std::uint64_t segment, std::uint64_t sequence, std::string bytes) {
      to->save_edge(segment, sequence, std::move(bytes));
    };
    how.needed = [to = retention_.get()](std::uint64_t sequence) { to->keep_from(sequence); };
  }
  auto following = follower::start(
      config_.log, std::move(from), how,
      [archiver = archiver_.get(),
       on_disk = config_.log.archive.empty() ? std::string() : history::checkpoint_folders(places_in(config_.log)).back()](
          std::uint64_t sequence, std::uint64_t oldest_dialog, std::string bytes) {
        archiver->keep_dialogs_from(oldest_dialog);
        archiver->keep_checkpoint(sequence, on_disk, std::move(bytes));
      },
      options_.trace);
  if (!following) fail_at(following.error(), config_.log.hot);
  follower_ = std::move(*following);
  board_->find_outcome = [this](command_id id, std::uint64_t after, std::function<void(const event&)> found) {
    follower_->find(id, after, std::move(found));
  };
  loop_.each_turn([this] { board_->end_turn(); });
}

/// Whatever is due is the board's to decide about: somebody may hold it.
void service::open_retention(const board_state& from) {
  if (config_.log.archive.empty()) return;
  auto how = options_.retention;
  how.hot = config_.log.hot;
  how.archive = config_.log.archive;
  how.keep_for = std::chrono::hours(24) * config_.log.keep_days;
  how.bytes_max = config_.log.archive_bytes_max;
  retention_ =
      std::make_unique<log::retention>(std::move(how), [this](const std::vector<log::due_part>& parts, log::due_by why) {
        fact::log_due due{{}, why == log::due_by::age ? log_removal::age : log_removal::size};
        for (const auto& one : parts) due.parts.push_back({one.first, one.end, one.next, one.first_ns, one.last_ns});
        board_->post(std::move(due));
      });
  retention_->keep_from(oldest_needed(from));
}

service::~service() { close(); }

void service::open_log() {
  make_run_folder(config_.run);
  log::writer_options how;
  how.hot = config_.log.hot;
  how.archive = config_.log.archive;
  how.run = config_.run;
  how.hot_bytes_max = config_.log.hot_bytes_max;
  how.text_key_file = config_.log.text_key_file;
  diagnostics why;
  auto writer = log::writer::open(how, &why);
  if (!writer) fail(writer.error(), why.our_text());
  writer_ = std::move(*writer);
  // Until it is known where a restart would begin, it would need everything.
  auto archive = options_.archive;
  archive.keep_events_from = 0;
  archive.keep_dialogs_from = 0;
  if (!config_.log.chain_key_file.empty()) {
    auto key = read_key_file(config_.log.chain_key_file);
    if (!key)
      fail(std::make_error_code(std::errc::invalid_argument),
           fmt::format("[log] chain_key_file: \"{}\", {}", config_.log.chain_key_file, text(key.error(), language::en)));
    archive.key = std::make_shared<const log::chain_key>(std::move(*key));
  }
  auto archiver = log::archiver::start(*writer_, archive);
  if (!archiver) fail_at(archiver.error(), config_.log.archive);
  archiver_ = std::move(*archiver);
}

/// Every line that the log knows is made again, before the loop runs: a BYE may wait in the socket already.
void service::restore(std::map<leg_id, std::string> dialogs) {
  std::vector<leg_id> lost;
  for (const auto& [id, leg] : board_->state().legs.own()) {
    if (!leg || leg->fsm.phase == leg_phase::gone) continue;
    if (wire_->restore(id, *leg, dialogs[id]))
      ++found_.legs;
    else
      lost.push_back(id);
  }
  wire_->restored(board_->state());
  for (const auto id : lost) {
    board_->take(fact::leg_lost{id});
    // One that nobody was asked to answer yet is asked now.
    const auto* const leg = board_->state().legs.find(id);
    ++(leg != nullptr && leg->fsm.live() ? found_.legs : found_.lost);
  }
}

void service::open_socket() {
  visitors who;
  for (const auto& user : config_.house.users) {
    if (!user.uid) continue;
    const auto actor = principal_by_uid(board_->state(), *user.uid);
    who[*user.uid] = {actor, user.rights};
  }
  socket_ = std::make_unique<socket_server>(
      config_.run, std::move(who), commands_, socket_server::options{},
      [this](actor_id actor, errc why, std::int64_t count) {
        board_->post(fact::access_refused{actor, static_cast<std::uint16_t>(why), count});
      },
      options_.trace);
}

/// The archive's lag has a bound; beyond it whoever keeps the machine must hear of it, once, and the log says so.
void service::look_at_archive() {
  const auto status = archiver_->status();
  if (status.behind != archive_behind_) {
    archive_behind_ = status.behind;
    options_.trace(status.behind ? fmt::format("the archive in {} is {} s behind: {}", config_.log.archive,
                                               std::chrono::duration_cast<std::chrono::seconds>(status.lag).count(),
                                               status.last_error.message())
                                 : "the archive is in step again");
    alarm(status.behind ? log_trouble::archive_behind : log_trouble::archive_in_step, status.lag.count());
    board_->take(fact::equipment{"archive", status.behind ? equipment_state::partly : equipment_state::in_service,
                                 status.behind ? cause::resources_not_available : cause::normal,
                                 status.behind ? status.last_error.message() : std::string()});
  }
  if (status.gave_way != gave_way_) {
    gave_way_ = status.gave_way;
    options_.trace(fmt::format("memory is short: {} old events gave way before they were archived", gave_way_));
    alarm(log_trouble::events_gave_way, static_cast<std::int64_t>(gave_way_));
  }
  // The event that says what goes is on disk before anything does; what a crash left is removed now.
  const auto& known = board_->state();
  if (retention_ && status.durable_sequence >= known.log_removed_at) retention_->remove_before(known.log_from);
  watch_archive_.after(options_.watch_archive);
}

/// An alarm that the log has no room for is in the trace alone.
void service::alarm(log_trouble what, std::int64_t value) {
  event one;
  one.kind = event_kind::log_alarm;
  one.detail = static_cast<std::uint16_t>(what);
  one.value = value;
  one.other = archiver_->status().durable_sequence;
  (void)board_->note(one);
}

std::error_code service::run() {
  if (!config_.log.archive.empty()) look_at_archive();
  board_->start();
  loop_.run();
  const auto failure = board_->failure();
  close();
  return failure;
}

void service::stop() noexcept {
  loop_.post([this] {
    if (stopping_) return loop_.stop();
    stopping_ = true;
    stop_limit_ = std::make_unique<sip::timer>(loop_, [this] {
      options_.trace("phones did not confirm the end of their calls in time; stopping without them");
      loop_.stop();
    });
    stop_limit_->after(options_.stop_limit);
    board_->take(fact::stopping{});
  });
}

/// Whoever submits first, whoever is followed last: nothing is used by a part that is gone.
void service::close() {
  if (!board_) return;
  // Answered before the socket goes, which sends what it still has.
  for (auto& left : commands_.close())
    if (left.answered) left.answered({errc::board_closed, 0});
  socket_.reset();
  board_->end();
  board_->attach(nullptr);
  stop_limit_.reset();
  watch_archive_.cancel();
  wire_.reset();
  loop_.each_turn({});
  writer_->wake();
  // A log that took nothing any more, or phones that never answered: the calls in it go on at the next start.
  if (!board_->failure()) writer_->close();
  follower_.reset();
  retention_.reset();
  archiver_->stop();
  archiver_.reset();
  board_.reset();
  writer_.reset();
}

}  // namespace cordboard::runtime
