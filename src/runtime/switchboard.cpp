// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <base/assert.hpp>
#include <base/fields.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <runtime/random.hpp>
#include <runtime/switchboard.hpp>
#include <set>
#include <utility>

namespace cordboard::runtime {
namespace {

constexpr auto retry_after = std::chrono::milliseconds(50);
/// For a log that is broken: longer, and the house is better served by a restart.
constexpr std::int64_t stuck_max_ns = 5'000'000'000;
/// So many commands, then signalling has its turn.
constexpr std::size_t commands_a_turn = 64;
/// The heart beats once a second, and when somebody opens or closes.
constexpr std::int64_t beat_max = 1'000'000'000, beat_min = 1'000'000;
constexpr std::size_t ticks_a_turn = 256;
constexpr std::size_t identities_kept = 1024;
constexpr auto idle_tick = std::chrono::milliseconds(100);
/// The clock is in order again when it has not jumped for so long.
constexpr std::int64_t clock_jump = 1'000'000'000, clock_calm = 600'000'000'000;

bool is_outcome(event_kind kind) {
  return kind == event_kind::command_done || kind == event_kind::command_failed || kind == event_kind::command_timed_out;
}

/// Whose texts a live call may need.
bool is_remembered(event_kind kind) {
  return kind == event_kind::party_identified || kind == event_kind::digits_dialed || kind == event_kind::digits_detected ||
         kind == event_kind::dialogue_answered;
}

/// The number of a person whom a command names; empty: none.
std::string person_number(const command& c) {
  if (c.kind == command_kind::release_booking) return std::string(text_of(c));
  if (c.kind != command_kind::open_request && c.kind != command_kind::change_request) return {};
  auto what = read_fields(text_of(c));
  return what ? what->take("number") : std::string();
}

/// Errors that trying again would only repeat.
bool is_of_input(std::error_code why) { return why == errc::text_invalid || why == errc::limit_reached; }

}  // namespace

switchboard::switchboard(sip::loop& on, log::writer& to, board_state from, intake& commands, trace_line trace)
    : loop_(on),
      writer_(to),
      state_(std::move(from)),
      commands_(commands),
      trace_(std::move(trace)),
      clock_(std::max(to.recovered().last_time_ns, state_.last_time)),
      last_step_(clock_.now()),
      due_(on, [this] { work(); }),
      second_(on,
              [this] {
                writer_.beat();
                look_at_clock();
                tell_hours();
                const auto next = std::min(hours_.next(), calendar_.next());
                if (!ended_) second_.after(std::chrono::nanoseconds(std::clamp(next - clock_.now(), beat_min, beat_max)));
              }),
      retry_(on, [this] { work(); }) {}

void switchboard::attach(wire* to) { wire_ = to; }

void switchboard::take(any_fact fact) {
  if (stuck_since_ != 0 && refuse_while_stuck(fact)) return;
  if (auto* call = std::get_if<fact::incoming>(&fact); call != nullptr && tokens_) call->token = tokens_->of(call->number);
  inbox_.push_back({std::move(fact), {}, {}});
  work();
}

void switchboard::take(house_config house) {
  inbox_.push_back({std::move(house), {}, {}});
  work();
}

void switchboard::take(submission one) {
  inbox_.push_back({one.what, std::move(one.answered), std::move(one.ended)});
  work();
}

void switchboard::keep(opening_hours hours) {
  hours_ = std::move(hours);
  tell_hours();
}

void switchboard::keep(request_calendar calendar) {
  calendar_ = std::move(calendar);
  tell_hours();
}

void switchboard::keep(caller_tokens tokens) { tokens_ = std::move(tokens); }

void switchboard::keep(stop_list numbers) { stopped_ = std::move(numbers); }

void switchboard::look_at_clock() {
  if (const auto step = clock_.step(); step != 0) {
    take(fact::clock_stepped{step});
    last_step_ = clock_.now();
    // What NTP smooths is no fault; a jump puts every time that people compare in doubt.
    if (std::abs(step) >= clock_jump)
      take(fact::equipment{"clock", equipment_state::partly, cause::normal, fmt::format("stepped by {} ms", step / 1'000'000)});
  }
  if (state_.faults.find("clock") != nullptr && clock_.now() - last_step_ >= clock_calm)
    take(fact::equipment{"clock", equipment_state::in_service, cause::normal, {}});
}

void switchboard::tell_hours() {
  for (auto& change : hours_.changes(clock_.now())) take(std::move(change));
  for (auto& change : calendar_.changes(clock_.now())) take(std::move(change));
}

void switchboard::post(any_fact fact) {
  loop_.post([this, what = std::move(fact)]() mutable { take(std::move(what)); });
}

result<void> switchboard::note(event e) {
  e.time_ns = clock_.now();
  std::vector<logged> events{{e, {}, tail::text}};
  if (const auto kept = writer_.append(events); !kept) return kept;
  wake_readers(events);
  commit(events);
  return {};
}

void switchboard::start() {
  started_ = true;
  // What they lead to waits, so that nothing that was decided later is done before them.
  working_ = true;
  for (const auto& what : std::exchange(kept_, {})) carry_out(what);
  working_ = false;
  second_.after(std::chrono::seconds(1));
  commands_.open([this] { loop_.post([this] { drain_commands(); }); });
  work();
}

void switchboard::end() {
  ended_ = true;
  inbox_.clear();
  due_.cancel();
  second_.cancel();
  retry_.cancel();
}

std::uint64_t switchboard::fresh_id() { return random_.next(); }

std::string switchboard::identity(std::uint64_t sequence) const {
  const auto hit = identities_.find(sequence);
  return hit == identities_.end() ? std::string() : hit->second;
}

void switchboard::drain_commands() {
  // While the log takes nothing, commands wait where their bound is.
  if (stuck_since_ != 0) {
    commands_later_ = true;
    return;
  }
  for (std::size_t taken = 0; taken < commands_a_turn; ++taken) {
    auto one = commands_.pop();
    if (!one) return;
    take(std::move(*one));
  }
  loop_.post([this] { drain_commands(); });
}

/// Decides what waits, one input after the other: what a decision leads to waits behind what was there before it.
void switchboard::work() {
  if (working_ || ended_ || failure_) return;
  working_ = true;
  bool committed = true;
  std::size_t ticks = 0;
  while (committed && !ended_) {
    while (committed && !inbox_.empty() && !ended_) {
      waiting one = std::move(inbox_.front());
      inbox_.pop_front();
      committed = step(one);
      if (!committed) inbox_.push_front(std::move(one));
    }
    if (!committed || ended_) break;
    if (started_ && ticks < ticks_a_turn && tick_once()) {
      ++ticks;
      continue;
    }
    if (wire_ != nullptr) wire_->settle();
    if (inbox_.empty()) break;
  }
  working_ = false;
  if (committed && !ended_) arm(ticks == ticks_a_turn);
}

bool switchboard::step(waiting& one) {
  input in;
  in.now = clock_.now();
  in.first_sequence = writer_.next();
  for (auto& id : in.fresh) id = fresh_id();
  in.what = one.what;
  if (const auto* c = std::get_if<command>(&one.what); c != nullptr && tokens_) in.token = tokens_->of(person_number(*c));
  if (const auto* c = std::get_if<command>(&one.what); c != nullptr && c->kind == command_kind::call_request)
    in.stopped = stopped_.has(text_of(*c), in.now);
  in.text = [this](std::uint64_t sequence) { return identity(sequence); };
  batch decided = decide(state_, in);
  if (!decided.events.empty()) {
    const auto kept = writer_.append(decided.events);
    if (!kept && is_of_input(kept.error())) {
      turn_away(one, kept.error());
      return true;
    }
    if (!kept) {
      stuck(kept.error());
      return false;
    }
    if (std::exchange(stuck_since_, 0) != 0) trace_("the log takes events again");
    if (std::exchange(commands_later_, false)) loop_.post([this] { drain_commands(); });
  }
  wake_readers(decided.events);
  if (one.answered) one.answered(decided.answer);
  if (one.ended) wait_for_outcome(one, decided.answer, in.first_sequence);
  commit(decided.events);
  for (const auto& what : decided.actions) carry_out(what);
  return true;
}

/// Before anything is done: else those whom our messages wake have the processors first. Once a turn, since each wake costs a
/// system call; nobody waits for a saved dialog, which is written behind every change of a leg.
void switchboard::wake_readers(const std::vector<logged>& for_them) {
  if (for_them.empty() || for_them.front().record.kind == event_kind::dialog_saved) return;
  more_since_ = std::exchange(woken_, true);
  if (!more_since_) writer_.wake();
}

void switchboard::end_turn() {
  if (!std::exchange(woken_, false)) {
    writer_.wake();
  } else if (std::exchange(more_since_, false)) {
    loop_.post([] {});  // the next turn comes at once, and wakes them for these
  }
  if (wire_ != nullptr) wire_->end_turn();
}

/// What no log could take: a text or a batch beyond every bound. It is dropped, whoever sent it is told, and nothing has happened.
void switchboard::turn_away(waiting& one, std::error_code why) {
  trace_(fmt::format("an input cannot be logged: {}", why.message()));
  if (one.answered) one.answered({errc::limit_reached, 0});
  if (const auto* fact = std::get_if<any_fact>(&one.what))
    if (const auto* call = std::get_if<fact::incoming>(fact)) carry_out(act::release{call->leg, 513});
}

/// An outcome may stand in the very batch that accepts its command, so this comes before the batch is looked through.
void switchboard::wait_for_outcome(waiting& one, const answer_to_submit& answer, std::uint64_t first_sequence) {
  if (answer.code != errc{}) return;
  const auto id = std::get<command>(one.what).id;
  const auto* known = state_.commands.find(id);
  if (answer.sequence >= first_sequence || (known != nullptr && known->open)) {
    outcomes_[id].push_back(std::move(one.ended));
  } else if (find_outcome) {
    find_outcome(id, answer.sequence, std::move(one.ended));
  }
}

void switchboard::commit(const std::vector<logged>& events) {
  for (const auto& e : events) {
    evolve(state_, e);
    if (wire_ != nullptr) wire_->noticed(e.record);
    if (is_remembered(e.record.kind)) {
      identities_[e.record.sequence] = e.text;
      if (identities_.size() > identities_max_) forget_identities();
    }
    if (!is_outcome(e.record.kind)) continue;
    const auto hit = outcomes_.find(e.record.command);
    if (hit == outcomes_.end()) continue;
    const auto waiting_for_it = std::move(hit->second);
    outcomes_.erase(hit);
    for (const auto& ended : waiting_for_it) ended(e.record);
  }
}

/// Keeps those of parties that are on the line, and makes room for as many again.
void switchboard::forget_identities() {
  const auto needed = texts_of(state_);
  const std::set<std::uint64_t> live(needed.begin(), needed.end());
  std::erase_if(identities_, [&](const auto& one) { return !live.contains(one.first); });
  identities_max_ = std::max(identities_kept, 2 * identities_.size());
}

void switchboard::carry_out(const any_action& what) {
  if (std::holds_alternative<act::stop>(what)) {
    if (on_stop) on_stop();
  } else if (wire_ == nullptr || !started_) {
    kept_.push_back(what);
  } else {
    wire_->carry_out(what);
  }
}

/// One deadline. False: none was due, or what was due led to nothing, which must not be asked again at once.
bool switchboard::tick_once() {
  if (next_deadline(state_) > clock_.now()) return false;
  const auto before = state_.last_sequence;
  waiting due{tick{}, {}, {}};
  return step(due) && state_.last_sequence != before;
}

void switchboard::arm(bool at_once) {
  if (!started_) return;
  if (at_once) return due_.after(std::chrono::nanoseconds(0));
  const auto at = next_deadline(state_);
  if (at == no_deadline) return due_.cancel();
  // A deadline that is due and leads to nothing is looked at again, but not in a tight circle.
  const auto wait = std::max<std::int64_t>(at - clock_.now(), 0);
  due_.after(wait == 0 ? std::chrono::nanoseconds(idle_tick) : std::chrono::nanoseconds(wait));
}

/// Who calls now is told at once to try elsewhere: a house that cannot write down a call cannot be responsible for it.
bool switchboard::refuse_while_stuck(const any_fact& fact) {
  const auto* call = std::get_if<fact::incoming>(&fact);
  if (call != nullptr) carry_out(act::release{call->leg, 503});
  return call != nullptr;
}

/// Nothing is done that the log does not know: the input waits until there is room, voices go on meanwhile, and nobody's call is
/// ended. Only a log that is broken, not full, is better served by a restart: then the board stops as it is after a while, and
/// the wire is left alone, so that the calls go on.
void switchboard::stuck(std::error_code why) {
  const auto now = clock_.now();
  if (stuck_since_ == 0) {
    stuck_since_ = now;
    trace_(fmt::format("the log takes nothing: {}; trying again", why.message()));
  }
  if (why == errc::log_full || now - stuck_since_ < stuck_max_ns) return retry_.after(retry_after);
  failure_ = why;
  trace_(fmt::format("the log took nothing for {} s: {}; stopping, so that the calls can go on after a restart",
                     stuck_max_ns / 1'000'000'000, why.message()));
  if (on_stop) on_stop();
}

}  // namespace cordboard::runtime
