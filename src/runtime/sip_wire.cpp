// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <base/house_prompts.hpp>
#include <base/words.hpp>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <media/mixer.hpp>
#include <media/prompts.hpp>
#include <runtime/saved_leg.hpp>
#include <runtime/sip_wire.hpp>
#include <runtime/start_error.hpp>
#include <system_error>

namespace cordboard::runtime {
namespace {

/// RFC 3261 §21.4.26: the description cannot be used here.
constexpr std::uint16_t not_acceptable_here = 488;
constexpr std::uint16_t service_unavailable = 503;
constexpr std::array<std::string_view, 6> phase_names{"gone", "offered", "invited", "ringing", "up", "being released"};
/// The log takes texts of 65,535 bytes.
constexpr std::size_t saved_max = 65'000;

std::unique_ptr<media::engine> open_media(const media_config& how, media::sink& to, const std::string& kept) {
  diagnostics why;
  auto opened = media::engine::open(how, to, &why, kept);
  if (!opened) throw start_error(opened.error(), why.our_text());
  return std::move(*opened);
}

/// A sound file that cannot be played stops the start: a caller who waits in silence would find it later.
void open_music(media::engine& to, const std::vector<queue_config>& queues, const board_state& state) {
  for (const auto& queue : queues) {
    diagnostics why;
    if (queue.music.empty()) continue;
    if (const auto read = to.play_music(queue_by_number(state, queue.number), queue.music, &why); !read)
      throw start_error(read.error(), fmt::format("[[queue]] {} music: {}", queue.number, why.our_text()));
  }
}
/// What a dialogue says and nobody has recorded; empty: nothing.
std::string lacks(const media::engine& in, const std::vector<dialogue_config>& dialogues) {
  for (const auto& dialogue : dialogues)
    for (const auto& [key, line, words] : prompts_of(dialogue))
      for (const auto& word : *words)
        if (const auto known = in.knows(media::spoken_as(key, word)); !known)
          return fmt::format("{}:{}: {}: \"{}\" is not in [media] prompts", dialogue.file, line, key, known.error());
  return {};
}
/// The same for what queues, or plans of code calls, say.
template <class Rows>
void look_for_prompts(const media::engine& in, std::string_view table, const Rows& rows) {
  for (const auto& row : rows)
    for (const auto& [key, words] : prompts_of(row))
      for (const auto& word : *words)
        if (const auto known = in.knows(media::spoken_as(key, word)); !known)
          throw start_error(make_error_code(errc::prompt_unknown), fmt::format("[[{}]] {} {}: \"{}\" is not in [media] prompts",
                                                                               table, row.number, key, known.error()));
}

std::vector<device_id> ids_of(const std::vector<device_config>& devices, const board_state& state) {
  std::vector<device_id> ids;
  ids.reserve(devices.size());
  for (const auto& d : devices) ids.push_back(device_by_number(state, d.number));
  return ids;
}

std::map<device_id, media::policy> policies_of(const std::vector<device_config>& devices, const board_state& state) {
  std::map<device_id, media::policy> out;
  for (const auto& d : devices)
    if (const media::policy may{d.srtp, d.codecs}; !(may == media::policy())) out[device_by_number(state, d.number)] = may;
  return out;
}

/// Another leg of the call that talks already: its codec is offered first.
leg_id talks_in(const board_state& state, call_id in, leg_id but) {
  const auto* call = state.call_table.find(in);
  if (call == nullptr) return {};
  for (const auto& c : call->fsm.connections)
    if (c.leg && c.leg != but) return c.leg;
  const auto* parent = call->parent ? state.call_table.find(call->parent) : nullptr;
  if (parent == nullptr) return {};
  const auto* caller = state.parties.find(parent->caller);
  return caller != nullptr ? caller->leg : leg_id{};
}

}  // namespace

sip_wire::sip_wire(sip::loop& on, const config& from, switchboard& board, const trace_line& trace)
    : board_(board),
      trace_(trace),
      policies_(policies_of(from.house.devices, board.state())),
      registrations_(on, from.log.hot, trace),
      ear_(board),
      media_(open_media(from.media, ear_, from.log.hot + "/voices")),
      stack_(new sip::stack(on, from.sip, from.house.devices, ids_of(from.house.devices, board.state()),
                            static_cast<sip::sink&>(*this))) {
  open_music(*media_, from.house.queues, board.state());
  if (const auto lacking = lacks(*media_, from.house.dialogues); !lacking.empty())
    throw start_error(make_error_code(errc::prompt_unknown), lacking);
  look_for_prompts(*media_, "queue", from.house.queues);
  look_for_prompts(*media_, "code_call", from.house.code_calls);
  media_->defer();
}

void sip_wire::carry_out(const any_action& what) {
  if (const auto* a = std::get_if<act::ring>(&what)) return ring(*a);
  if (const auto* a = std::get_if<act::alert>(&what)) return stack_->alert(a->leg);
  if (const auto* a = std::get_if<act::answer>(&what)) {
    const auto hit = lines_.find(a->leg);
    if (hit == lines_.end() || (hit->second.description.empty() && !anchor_caller(a->leg))) return;
    return stack_->answer(a->leg, hit->second.description);
  }
  if (const auto* a = std::get_if<act::move_voices>(&what)) return move_voices(*a);
  if (const auto* a = std::get_if<act::release>(&what)) return hang_up(a->leg, a->status, a->why);
  if (const auto* a = std::get_if<act::hear>(&what)) return hear(a->leg, a->from);
  if (const auto* a = std::get_if<act::record>(&what)) {
    return media_->record(a->leg, a->recording, a->file, a->suspended, std::chrono::nanoseconds(a->first_ns),
                          std::chrono::nanoseconds(a->silence_ns));
  }
  if (const auto* a = std::get_if<act::send_digits>(&what)) {
    if (!media_->send_digits(a->leg, a->digits)) board_.take(fact::digits_sent{a->leg, false});
    return;
  }
  if (const auto* a = std::get_if<act::answer_refer>(&what)) return stack_->answer_refer(a->leg, a->status);
  if (const auto* a = std::get_if<act::tell_refer>(&what)) return stack_->tell_refer(a->leg, a->status);
  if (const auto* a = std::get_if<act::confirm_voices>(&what)) {
    // Who hears whom is one store in media's memory: what was asked for before has been done.
    bool ok = true;
    if (const auto* call = board_.state().call_table.find(a->call))
      for (const auto& c : call->fsm.connections) {
        const auto hit = lines_.find(c.leg);
        ok = ok && (!c.leg || (hit != lines_.end() && hit->second.voice));
      }
    board_.take(fact::voices_joined{a->call, ok});
  }
}

const media::policy& sip_wire::may(device_id device) const {
  static const media::policy usual;
  const auto hit = policies_.find(device);
  return hit != policies_.end() ? hit->second : usual;
}

const media::policy& sip_wire::may(leg_id leg) const {
  const auto* const known = board_.state().legs.find(leg);
  return may(known != nullptr ? known->device : device_id{});
}

/// "#4711" in words is the text of that event: the keys of a caller, which are read back.
source sip_wire::spelled(source from) const {
  std::string words;
  for (const auto word : words_of(from.words)) {
    std::uint64_t sequence = 0;
    if (word.starts_with('#')) std::from_chars(word.data() + 1, word.data() + word.size(), sequence);
    add_word(words, sequence != 0 ? board_.identity(sequence) : std::string(word));
  }
  from.words = std::move(words);
  return from;
}

void sip_wire::hear(leg_id leg, const source& from) {
  // The board adds nobody above this limit, so it is said here only in case.
  static_assert(conference_parties_max <= media::mix_parties_max);
  const auto heard = media_->hear(leg, from.words.find('#') == std::string::npos ? from : spelled(from));
  if (heard) return;
  trace_(fmt::format("a line cannot hear what it should: {}", heard.error().message()));
  if (from.kind == source_kind::announcement) board_.take(fact::announced{leg, from.number, false});
}

std::string sip_wire::reread(const std::vector<dialogue_config>& dialogues) {
  if (auto read = media_->reread_prompts(); !read) return "media prompts " + read.error();
  return lacks(*media_, dialogues);
}

void sip_wire::ring(const act::ring& what) {
  auto passed = passed_offer(what);
  const bool anchored = passed.empty();
  // Who cannot be anchored has been told, and with them goes the call.
  if (anchored && what.passes && !anchor_caller(what.passes)) return board_.take(fact::refused{what.leg, not_acceptable_here});
  const auto offer =
      anchored ? media_->offer(what.leg, talks_in(board_.state(), what.call, what.leg), may(what.device)) : std::move(passed);
  if (!offer) {
    trace_(fmt::format("no line can be begun: {}", offer.error().message()));
    return board_.take(fact::refused{what.leg, service_unavailable});
  }
  auto& mine = lines_[what.leg];
  mine.description = *offer;
  mine.voice = anchored;
  if (!anchored) mine.peer = what.passes;
  sip::stack::invite invite;
  invite.leg = what.leg;
  invite.device = what.device;
  invite.number = what.number.empty() ? board_.identity(what.dialled) : what.number;
  invite.offer = *offer;
  invite.auto_answer = what.auto_answer;
  invite.referred_by = what.referred_by;
  const auto who = what.shown.empty() ? board_.identity(what.identity) : what.shown;
  const auto tab = std::min(who.find('\t'), who.size());
  invite.from_number = who.substr(0, tab);
  invite.from_name = who.substr(std::min(tab + 1, who.size()));
  stack_->ring(std::move(invite));
}

const sip_wire::line* sip_wire::find(leg_id leg) const {
  const auto hit = lines_.find(leg);
  return hit == lines_.end() ? nullptr : &hit->second;
}

void sip_wire::hang_up(leg_id leg, std::uint16_t status, cause why) {
  leave(leg);
  media_->close(leg);
  stack_->release(leg, status, why);
}

void sip_wire::end(leg_id leg) {
  leave(leg);
  media_->close(leg);
  lines_.erase(leg);
  unsaved_.erase(leg);
}

void sip_wire::on_incoming(sip::incoming in) {
  const auto leg = in.who.leg;
  note_far(leg, in.who.device, in.offer);
  if (may_pass(in)) {
    in.who.passable = true;
    in.who.saved = to_save(leg);
    return board_.take(std::move(in.who));
  }
  auto description = media_->answer(leg, in.offer, may(in.who.device));
  if (!description) {
    // The caller cannot be talked to: the house never hears of it, the caller is told why.
    const bool ours = description.error() == make_error_code(errc::limit_reached);
    trace_(fmt::format("a call was refused: {}", description.error().message()));
    return stack_->release(leg, ours ? service_unavailable : not_acceptable_here);
  }
  auto& mine = lines_[leg];
  mine.description = std::move(*description);
  mine.voice = true;
  in.who.saved = to_save(leg);
  board_.take(std::move(in.who));
}

void sip_wire::on_provisional(leg_id leg, std::uint16_t status, std::string) {
  // An early description without 100rel is a hint that may be lost; callers hear our own ringing tone.
  board_.take(fact::ringing{leg, status});
}

void sip_wire::on_answered(leg_id leg, std::string answer) {
  if (const auto* const mine = find(leg); mine != nullptr && mine->peer) return answered_past(leg, answer);
  if (const auto* const known = board_.state().legs.find(leg)) note_far(leg, known->device, answer);
  if (const auto accepted = media_->accept(leg, answer); !accepted) {
    trace_(fmt::format("an answer was refused: {}", accepted.error().message()));
    hang_up(leg, 0);
    return board_.take(fact::refused{leg, not_acceptable_here});
  }
  board_.take(fact::answered{leg, to_save(leg)});
}

void sip_wire::on_late_answer(leg_id leg, std::string answer) {
  if (const auto* const mine = find(leg); mine != nullptr && mine->peer) return pass_late_answer(leg, answer);
  if (const auto* const known = board_.state().legs.find(leg)) note_far(leg, known->device, answer);
  if (const auto accepted = media_->accept(leg, answer); !accepted) {
    trace_(fmt::format("an answer was refused: {}", accepted.error().message()));
    hang_up(leg, 0);
    return board_.take(fact::ended{leg, not_acceptable_here});
  }
  unsaved_.insert(leg);
}

void sip_wire::on_fact(any_fact fact) {
  leg_id over;
  if (const auto* f = std::get_if<fact::refused>(&fact)) over = f->leg;
  if (const auto* f = std::get_if<fact::ended>(&fact)) over = f->leg;
  if (const auto* f = std::get_if<fact::released>(&fact)) over = f->leg;
  if (over) end(over);
  board_.take(std::move(fact));
}

void sip_wire::on_reoffer(leg_id leg, std::string offer) {
  if (pass_reoffer(leg, offer)) return;
  auto description = media_->answer(leg, offer);
  if (!description) return stack_->refuse_reoffer(leg, not_acceptable_here);
  const auto* known = board_.state().legs.find(leg);
  if (known != nullptr && !offer.empty()) note_far(leg, known->device, offer);
  const bool held = media_->held_by_far(leg);
  if (known != nullptr && known->held_by_phone != held) board_.take(fact::held_by_phone{leg, held});
  // Where the far end wants its voice is in the log before it hears that we know.
  unsaved_.insert(leg);
  settle();
  stack_->answer_reoffer(leg, *description);
}

void sip_wire::on_refresh_due(leg_id leg) {
  const auto* const mine = find(leg);
  const auto description = mine != nullptr && mine->peer ? media_->pass(leg, mine->description) : media_->offer(leg);
  stack_->refresh(leg, description ? *description : std::string{});
}

void sip_wire::on_dialog_changed(leg_id leg, std::string saved) {
  auto& mine = lines_[leg];
  if (mine.dialog == saved) return;
  mine.dialog = std::move(saved);
  mine.dialog.shrink_to_fit();
  unsaved_.insert(leg);
}

void sip_wire::on_binding_changed(device_id device, std::string saved) { registrations_.set(device, std::move(saved)); }

/// What is to be written down of a line for a restart. Empty: nothing new.
std::string sip_wire::to_save(leg_id leg) {
  unsaved_.erase(leg);
  const auto hit = lines_.find(leg);
  // One without a dialog has nothing to go on with.
  if (hit == lines_.end() || hit->second.dialog.empty()) return {};
  // Our description is only of use as long as it may have to be sent.
  const auto& dialog = hit->second.dialog;
  // What another end says may have to be said again.
  const bool sent = !sip::stack::is_unanswered(dialog) && !sip::stack::is_calling(dialog) && !hit->second.peer;
  auto& mine = hit->second;
  // Or else what the caller offers, who may be direct: its answer waits for that of the phone that is rung.
  const auto& said = mine.description.empty() && !mine.voice ? mine.far : mine.description;
  auto text = write_leg({media_->save(leg), sent ? "" : said, dialog});
  if (sent && !mine.moves) std::string().swap(mine.description);
  const auto now = std::hash<std::string>{}(text);
  if (now == mine.saved) return {};
  if (text.size() > saved_max) {
    trace_("a line is too long to be kept for a restart");
    return {};
  }
  mine.saved = now;
  return text;
}

void sip_wire::settle() {
  for (const auto leg : std::set(unsaved_)) {
    // A leg that the board has not heard of yet waits for that.
    if (lines_.contains(leg) && board_.state().legs.find(leg) == nullptr) continue;
    if (auto text = to_save(leg); !text.empty()) board_.take(fact::dialog_saved{leg, std::move(text)});
  }
  for (const auto phone : std::exchange(moved_on_, {})) stack_->tell_watchers(phone);
}

std::vector<sip::phone_dialog> sip_wire::dialogs_of(device_id phone) {
  std::vector<sip::phone_dialog> out;
  const auto* const known = board_.state().devices.find(phone);
  if (known == nullptr || known->lines == 0) return out;
  for (const auto& [id, leg] : board_.state().legs.own())
    if (leg && leg->device == phone && leg->fsm.live() && !leg->calls.empty())
      out.push_back({id.value, leg->fsm.outgoing, leg->fsm.phase == leg_phase::up});
  return out;
}

bool sip_wire::restore(leg_id leg, const leg_state& known, std::string_view saved) {
  auto parts = read_leg(saved);
  // Whether an INVITE left that nothing was heard of, nobody knows.
  const bool heard = known.fsm.phase != leg_phase::inviting;
  const auto lost = [&](std::string_view why) {
    trace_(fmt::format("a line cannot be gone on with: {} ({}, {})", why, known.fsm.outgoing ? "called by us" : "called us",
                       phase_names.at(static_cast<std::size_t>(known.fsm.phase))));
    return false;
  };
  if (saved.empty() && known.fsm.outgoing && !heard) return false;  // It never left: the board rings again.
  if (!parts) return lost(saved.empty() ? "nothing of it was kept" : "what was kept of it cannot be read");
  if (!stack_->restore(leg, parts->dialog, heard ? std::string() : parts->description))
    return lost("its dialog cannot be made again");
  // Who is being let go has no voice any more: its ports are free, and may be another's since.
  const bool talks = !parts->media.empty() && known.fsm.phase != leg_phase::releasing;
  if (const auto voice = talks ? media_->restore(leg, parts->media) : result<void>(); !voice) {
    // Whoever is at the other end must not stay in a call that nobody hears.
    stack_->release(leg);
    return lost("its voice: " + voice.error().message());
  }
  auto& mine = lines_[leg];
  mine.dialog = std::move(parts->dialog);
  mine.description = std::move(parts->description);
  mine.saved = std::hash<std::string_view>{}(saved);
  mine.voice = talks && !media_->passes(leg);
  restore_peer(leg, known);
  // The answer may have been decided and never sent; an answer that was sent already changes nothing.
  if (!known.fsm.outgoing && known.fsm.phase == leg_phase::up) stack_->answer(leg, mine.description);
  return true;
}

void sip_wire::restored(const board_state& state) {
  for (const auto& [id, mine] : lines_) hear(id, hears(state, id));
  for (const auto& [device, saved] : std::map(registrations_.all()))
    if (!stack_->restore_binding(device, saved)) registrations_.set(device, {});
  for (const auto& [id, device] : state.devices.own())
    if (device && device->kind == device_kind::phone && device->in_service && !registrations_.all().contains(id))
      board_.take(fact::registered{id, 0, false, cause::interrupted});
  // What the run before knew of a line's targets died with it.
  for (const auto& [id, device] : state.devices.own())
    if (device && device->kind == device_kind::trunk && !device->in_service && !stack_->registers(id))
      board_.take(fact::registered{id, 0, true, cause::normal});
}

}  // namespace cordboard::runtime
