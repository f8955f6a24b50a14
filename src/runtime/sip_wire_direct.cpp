// SPDX-License-Identifier: Apache-2.0
// Voices that pass the house by: descriptions go from one end to the other, and ends are asked to send elsewhere.
#include <algorithm>
#include <runtime/sip_wire.hpp>

namespace cordboard::runtime {
namespace {

constexpr std::uint16_t pending = 491, not_acceptable_here = 488, no_dialog = 481, no_port = 503;

}  // namespace

bool sip_wire::is_direct(device_id device) const {
  const auto* const known = board_.state().devices.find(device);
  return known != nullptr && known->direct;
}

void sip_wire::note_far(leg_id leg, device_id device, const std::string& description) {
  if (is_direct(device)) lines_[leg].far = description;
}

// ------------------------------------------------------------------------------------------------- as a call begins

bool sip_wire::may_pass(const sip::incoming& in) const {
  if (in.who.replaces || !is_direct(in.who.device)) return false;
  const auto there = destination_of(board_.state(), in.who.called);
  return !there.queue && is_direct(there.device) && media::engine::passable(in.offer) != 0;
}

bool sip_wire::anchor_caller(leg_id leg) {
  auto& mine = lines_[leg];
  if (!mine.description.empty() || mine.voice) return true;
  auto description = mine.far.empty() ? failure(errc::sdp_unacceptable) : media_->answer(leg, mine.far, may(leg));
  if (!description) {
    stack_->release(leg, not_acceptable_here);
    end(leg);
    board_.take(fact::ended{leg, not_acceptable_here});
    return false;
  }
  mine.description = std::move(*description);
  mine.voice = true;
  return true;
}

std::string sip_wire::passed_offer(const act::ring& what) {
  const auto* const caller = what.passes ? find(what.passes) : nullptr;
  if (caller == nullptr || caller->voice) return {};
  const int family = media::engine::passable(caller->far);
  if (family == 0 || (family == 6) != stack_->is_ipv6(what.device)) return {};
  return media_->pass(what.leg, caller->far, may(what.device)).value_or(std::string());
}

void sip_wire::answered_past(leg_id leg, const std::string& answer) {
  const leg_id caller = lines_[leg].peer;
  const auto hit = lines_.find(caller);
  auto description = hit != lines_.end() ? media_->pass(caller, answer, may(caller)) : failure(errc::sdp_unacceptable);
  if (!description) {
    hang_up(leg, 0);
    return board_.take(fact::refused{leg, not_acceptable_here});
  }
  auto& theirs = hit->second;
  theirs.description = std::move(*description);
  std::string().swap(theirs.far);
  theirs.peer = leg;
  // Before what the answer leads to: a restart that finds the caller answered finds what to answer, too.
  if (auto text = to_save(caller); !text.empty()) board_.take(fact::dialog_saved{caller, std::move(text)});
  board_.take(fact::answered{leg, to_save(leg), true});
}

// ------------------------------------------------------------------------------------------- what one end says later

bool sip_wire::pass_reoffer(leg_id leg, const std::string& offer) {
  const auto* const mine = find(leg);
  if (mine == nullptr || (!mine->peer && !mine->moves)) return false;
  const auto refuse = [&](std::uint16_t status) {
    stack_->refuse_reoffer(leg, status);
    return true;
  };
  // One offer at a time in both dialogs together.
  if (mine->moves || passings_.contains(mine->peer) || passings_.contains(leg)) return refuse(pending);
  if (offer.empty()) {
    // What the other one last said is offered; its answer comes to `pass_late_answer`.
    const auto again = media_->pass(leg, mine->description);
    if (!again) return refuse(not_acceptable_here);
    stack_->answer_reoffer(leg, *again);
    return true;
  }
  auto text = media_->pass(mine->peer, offer);
  if (!text) return refuse(not_acceptable_here);
  stack_->reoffer(mine->peer, *text, false);
  passings_[mine->peer] = {leg, std::move(*text), media::engine::holds(offer)};
  return true;
}

void sip_wire::pass_late_answer(leg_id leg, const std::string& answer) {
  const leg_id other = lines_[leg].peer;
  const auto* const theirs = find(other);
  auto text = theirs != nullptr ? media_->pass(other, answer) : failure(errc::sdp_unacceptable);
  unsaved_.insert(leg);
  if (!text || *text == theirs->description || theirs->moves || passings_.contains(other)) return;
  stack_->reoffer(other, *text, true);
  passings_[other] = {{}, std::move(*text), false};
}

void sip_wire::passed_on(leg_id leg, passing what, std::uint16_t status, const std::string& answer) {
  auto& mine = lines_[leg];
  const bool agreed = status < 300;
  if (agreed) mine.description = std::move(what.text);
  unsaved_.insert(leg);
  const auto from = lines_.find(what.from);
  if (from == lines_.end()) return;
  auto text = agreed ? media_->pass(what.from, answer) : failure(errc::sdp_unacceptable);
  if (!text) return stack_->refuse_reoffer(what.from, agreed || status >= 700 ? not_acceptable_here : status);
  from->second.description = *text;
  unsaved_.insert(what.from);
  const auto* const known = board_.state().legs.find(what.from);
  if (known != nullptr && known->held_by_phone != what.held) board_.take(fact::held_by_phone{what.from, what.held});
  settle();
  stack_->answer_reoffer(what.from, *text);
}

void sip_wire::on_reoffer_answered(leg_id leg, std::uint16_t status, std::string answer) {
  const auto hit = lines_.find(leg);
  if (hit == lines_.end()) return;
  if (const auto call = hit->second.moves) return asked(call, status, answer);
  if (const auto passed = passings_.find(leg); passed != passings_.end()) {
    auto what = std::move(passed->second);
    passings_.erase(passed);
    passed_on(leg, std::move(what), status, answer);
  }
}

// ---------------------------------------------------------------------------------------------------- voices are moved

void sip_wire::move_voices(const act::move_voices& what) {
  const auto* const call = board_.state().call_table.find(what.call);
  if (call == nullptr || moves_.contains(what.call)) return;
  const auto* const caller = board_.state().parties.find(call->caller);
  move begun;
  begun.direct = what.direct;
  for (const auto& c : call->fsm.connections) {
    const auto* const leg = board_.state().legs.find(c.leg);
    if (leg == nullptr || leg->fsm.phase != leg_phase::up || !lines_.contains(c.leg)) continue;
    const bool last = caller != nullptr && c.leg == caller->leg;
    begun.legs.insert(last ? begun.legs.end() : begun.legs.begin(), c.leg);
  }
  const auto passable = [&](leg_id leg) { return media::engine::passable(lines_[leg].far); };
  const bool can = !what.direct || (begun.legs.size() == 2 && passable(begun.legs[0]) != 0 &&
                                    passable(begun.legs[0]) == passable(begun.legs[1]));
  if (!can || begun.legs.empty()) return board_.take(fact::voices_moved{what.call, false, {}, not_acceptable_here});
  for (const auto leg : begun.legs) {
    lines_[leg].moves = what.call;
    // Nobody gets an answer to an offer that was on its way to the other end.
    if (const auto passed = passings_.find(leg); passed != passings_.end()) {
      stack_->refuse_reoffer(passed->second.from, pending);
      passings_.erase(passed);
    }
  }
  moves_[what.call] = std::move(begun);
  ask_next(what.call);
}

void sip_wire::ask_next(call_id call) {
  auto& what = moves_[call];
  if (what.undoing) return undo(call);
  if (what.at == what.legs.size()) return moved(call);
  const auto leg = what.legs[what.at];
  const auto offer = what.direct ? media_->pass(leg, lines_[what.legs[1 - what.at]].far) : media_->offer(leg);
  if (!offer) return asked(call, no_port, {});
  if (what.direct) lines_[leg].description = *offer;
  stack_->reoffer(leg, *offer, true);
}

void sip_wire::asked(call_id call, std::uint16_t status, const std::string& answer) {
  auto& what = moves_[call];
  const auto leg = what.legs[what.at];
  auto& mine = lines_[leg];
  unsaved_.insert(leg);
  if (what.undoing) {
    // Who agreed before does so again; where that is not so, nothing more can be done.
    if (!what.direct)
      media_->let_go(leg);
    else if (status < 300)
      (void)media_->accept(leg, answer);
    return ask_next(call);
  }
  if (what.status != 0) {
    // The other end has left meanwhile.
    what.undoing = true;
    if (status < 300) ++what.at;
    return undo(call);
  }
  const bool agrees =
      status < 300 && (what.direct ? media::engine::passable(answer) != 0 : media_->accept(leg, answer).has_value());
  if (!agrees) {
    what.refused = leg;
    what.status = status < 300 ? not_acceptable_here : status;
    what.undoing = true;
    // Only who has changed something is asked back.
    if (status >= 300 && !what.direct) media_->let_go(leg);
    if (status < 300) ++what.at;
    return undo(call);
  }
  mine.far = answer;
  if (!what.direct) {
    mine.voice = true;
    hear(leg, hears(board_.state(), leg));
  }
  ++what.at;
  ask_next(call);
}

void sip_wire::undo(call_id call) {
  auto& what = moves_[call];
  if (what.at == 0) return moved(call);
  const auto leg = what.legs[--what.at];
  auto& mine = lines_[leg];
  mine.voice = what.direct;
  const auto offer = what.direct ? media_->offer(leg) : media_->pass(leg, mine.description);
  if (!offer) return asked(call, no_port, {});
  stack_->reoffer(leg, *offer, true);
}

void sip_wire::moved(call_id call) {
  const auto hit = moves_.find(call);
  const auto what = std::move(hit->second);
  moves_.erase(hit);
  const bool direct = what.direct != (what.status != 0);
  for (std::size_t i = 0; i < what.legs.size(); ++i) {
    const auto leg = what.legs[i];
    auto& mine = lines_[leg];
    mine.moves = {};
    mine.voice = !direct;
    unsaved_.insert(leg);
    if (direct) {
      if (what.direct) mine.peer = what.legs[1 - i];
      std::string().swap(mine.far);
      media_->let_go(leg);
    } else {
      mine.peer = {};
      std::string().swap(mine.description);
      hear(leg, hears(board_.state(), leg));
    }
  }
  board_.take(fact::voices_moved{call, direct, what.refused, what.status});
}

void sip_wire::leave(leg_id leg) {
  if (const auto passed = passings_.find(leg); passed != passings_.end()) {
    const auto from = passed->second.from;
    passings_.erase(passed);
    stack_->refuse_reoffer(from, no_dialog);
  }
  const auto hit = lines_.find(leg);
  const auto call = hit != lines_.end() ? std::exchange(hit->second.moves, {}) : call_id{};
  if (!call) return;
  auto& what = moves_[call];
  const auto at = static_cast<std::size_t>(std::find(what.legs.begin(), what.legs.end(), leg) - what.legs.begin());
  const bool was_asked = at == what.at;
  what.legs.erase(what.legs.begin() + static_cast<std::ptrdiff_t>(at));
  if (what.at > at) --what.at;
  // Nobody is left to talk to past the house: who is still here talks to us.
  if (what.direct && what.status == 0) {
    what.refused = leg;
    what.status = no_dialog;
    what.undoing = was_asked;
    // Else the answer of who is being asked just now says whether there is something to undo.
    if (was_asked) undo(call);
    return;
  }
  if (was_asked) ask_next(call);
}

void sip_wire::restore_peer(leg_id leg, const leg_state& known) {
  // What a caller has offered whose answer was not decided yet.
  if (!lines_[leg].voice && !media_->passes(leg) && known.fsm.phase == leg_phase::offered)
    lines_[leg].far = std::exchange(lines_[leg].description, {});
  const auto* const call = known.calls.size() == 1 ? board_.state().call_table.find(known.calls.front()) : nullptr;
  if (call == nullptr) return;
  const bool passes = media_->passes(leg) || call->media == media_path::direct || call->media == media_path::anchoring;
  for (const auto& c : call->fsm.connections)
    if (passes && c.leg && c.leg != leg) lines_[leg].peer = c.leg;
}

}  // namespace cordboard::runtime
