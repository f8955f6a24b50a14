// SPDX-License-Identifier: Apache-2.0
// What callers are told, the evidence of it, and which calls are recorded.
#include "house.hpp"

namespace cordboard {
namespace {

/// A house that says and records all it can; `said` lets what is being said come to its end.
struct talking : house {
  talking() : house({"zhang"}, sim::talking_house()) {}

  leg_id rings;
  void comes_in() {
    call = call_in("9000");
    caller = state.parties.find(state.call_table.find(call)->caller)->leg;
    names[caller.value] = "caller";
    rings = rung("operator");
    REQUIRE(rings);
  }
  const announcement_state& announcing() const { return state.legs.find(caller)->announcing; }
  void said(bool ok = true) { apply(any_fact{fact::announced{caller, announcing().number, ok}}); }
  void press(char key) { apply(any_fact{fact::key_pressed{caller, announcing().number, key}}); }
  const recording_state& recording() const { return state.call_table.find(call)->recording; }
  /// To where both talk and the call is recorded.
  void talk() {
    comes_in();
    said();  // welcome
    said();  // notice
    answers(op = rings);
    said();  // greeting
  }
  const logged* newest(event_kind kind) const {
    for (auto it = log.rbegin(); it != log.rend(); ++it)
      if (it->record.kind == kind) return &*it;
    return nullptr;
  }
};

TEST_CASE("S3: a caller is welcomed, told of the recording, and told who answers; the log is the evidence") {
  talking h;
  h.comes_in();
  CHECK(h.announcing().what == announcement::welcome);
  CHECK(h.peers[h.caller].hears.words == "welcome");
  h.said();
  CHECK(h.announcing().what == announcement::notice);
  h.said();
  CHECK(h.announcing().number == 0);
  CHECK(h.peers[h.caller].hears.kind == source_kind::waiting_tone);
  CHECK(h.recording().number == 0);  // nobody talks yet
  h.answers(h.rings);
  CHECK(h.peers[h.caller].hears.kind == source_kind::announcement);
  CHECK(h.peers[h.caller].hears.words == "this_is 1001");  // the number of zhang's phone
  CHECK(h.peers[h.rings].hears == h.peers[h.caller].hears);
  h.now += 3 * sim::second;
  h.said();
  const logged* proof = h.newest(event_kind::announcement_ended);
  REQUIRE(proof != nullptr);
  CHECK(static_cast<announcement>(proof->record.detail) == announcement::greeting);
  CHECK(proof->record.operator_ == h.operator_named("zhang"));
  CHECK(proof->record.cause == cause::normal);
  CHECK(proof->record.value == 3 * sim::second);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.rings});
  CHECK(h.peers[h.rings].hears == source{source_kind::leg, h.caller});
}

TEST_CASE("an operator who answers in the middle of a notice hears the rest of it, and is announced then") {
  talking h;
  h.comes_in();
  h.said();
  h.answers(h.rings);
  CHECK(h.announcing().what == announcement::notice);
  CHECK(h.peers[h.rings].hears.kind == source_kind::announcement);
  CHECK(h.recording().number == 0);
  h.said();
  CHECK(h.announcing().what == announcement::greeting);
  CHECK(h.recording().number != 0);
}

TEST_CASE("P4: a call is recorded once its notice was said to its end, and the recording names that proof") {
  talking h;
  h.talk();
  const logged* started = h.newest(event_kind::recording_started);
  REQUIRE(started != nullptr);
  CHECK(started->record.other == h.state.call_table.find(h.call)->noticed);
  CHECK(started->record.queue == queue_by_number(h.state, "9000"));
  CHECK(started->text.ends_with("-" + std::to_string(started->record.sequence) + ".wav"));
  CHECK(started->text.starts_with("2023-11-14/"));
  CHECK(h.peers[h.caller].recording == started->record.sequence);
  h.hangs_up(h.caller);
  const logged* ended = h.newest(event_kind::recording_ended);
  REQUIRE(ended != nullptr);
  CHECK(ended->record.other == started->record.sequence);
  CHECK(ended->record.sequence < h.newest(event_kind::call_cleared)->record.sequence);
}

TEST_CASE("P4: a notice that was not heard is no notice: nothing is recorded") {
  talking h;
  h.comes_in();
  h.said();
  h.said(false);
  h.answers(h.rings);
  h.said();
  CHECK(h.recording().number == 0);
  CHECK(h.peers[h.caller].recording == 0);
}

TEST_CASE("P4: the key that declines is heard while the notice is said and at no other time; nothing is recorded then") {
  talking h;
  h.comes_in();
  h.press('9');
  CHECK(h.last.events.empty());  // that was in the welcome
  h.said();
  h.press('5');
  CHECK(h.last.events.empty());
  h.press('9');
  CHECK(h.newest(event_kind::digits_detected)->text == "9");
  CHECK(h.newest(event_kind::recording_declined)->record.other == h.newest(event_kind::digits_detected)->record.sequence);
  CHECK(h.announcing().number == 0);
  h.answers(h.op = h.rings);
  h.said();
  CHECK(h.recording().number == 0);
  CHECK(h.give(command(cmd::start_recording{h.call})) == errc::recording_on);
}

TEST_CASE("a recording follows the caller through hold and transfer, and goes on after a restart in another file") {
  talking h;
  h.talk();
  const std::uint64_t first = h.recording().number;
  REQUIRE(first != 0);
  REQUIRE(h.give(command(cmd::hold{h.call})) == errc{});
  CHECK(h.recording().number == first);
  REQUIRE(h.give(command(cmd::retrieve{h.call})) == errc{});
  REQUIRE(h.give(command(cmd::suspend_recording{h.call})) == errc{});
  CHECK(h.give(command(cmd::suspend_recording{h.call})) == errc::call_wrong_state);
  h.crash();
  const std::uint64_t second = h.recording().number;
  CHECK(second > first);
  CHECK(h.recording().suspended);
  CHECK(h.newest(event_kind::recording_started)->record.cause == cause::recall);
  REQUIRE(h.give(command(cmd::resume_recording{h.call})) == errc{});
  REQUIRE(h.consult("8003") == errc{});
  h.answers(h.target);
  REQUIRE(h.consents(consent_of::caller) == errc{});
  REQUIRE(h.consents(consent_of::target) == errc{});
  REQUIRE(h.transfer() == errc{});
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.recording().number == second);
  CHECK(h.peers[h.caller].recording == second);
  h.hangs_up(h.target);
  CHECK(h.recording().number == 0);  // the closing is nobody's talk
}

TEST_CASE("a caller who camps on hears to its end what is said, and is recorded until somebody else has the call, and on") {
  talking h;
  h.talk();
  const std::uint64_t first = h.recording().number;
  REQUIRE(first != 0);
  REQUIRE(h.consents(consent_of::caller) == errc{});
  h.call_in("8002", "8004");  // keeps that phone busy
  const leg_id talks = h.rung("talks");
  REQUIRE(talks);
  h.answers(talks);
  REQUIRE(h.give(command(cmd::play{h.call, h.caller, "please_wait"})) == errc{});
  REQUIRE(h.give(command(cmd::camp_on{h.call, h.device("8002"), {}})) == errc{});
  h.confirms_release(h.op);
  CHECK(h.peers[h.caller].hears.words == "please_wait");
  h.said();
  CHECK(h.announcing().number == 0);  // the welcome was said before
  CHECK(h.peers[h.caller].hears.kind == source_kind::waiting_tone);
  CHECK(h.recording().number == first);
  h.crash();
  const std::uint64_t second = h.recording().number;
  CHECK(second > first);
  h.hangs_up(talks);
  h.settle();
  const leg_id freed = h.rung("freed");
  REQUIRE(freed);
  h.answers(freed);
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.holder() == custodian::target);
  CHECK(h.announcing().number == 0);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, freed});
  CHECK(h.peers[h.caller].recording == second);
}

TEST_CASE("recordings by command: once at a time, stopped, declined") {
  house h;
  h.talking();
  CHECK(h.give(command(cmd::stop_recording{h.call})) == errc::recording_off);
  CHECK(h.give(command(cmd::resume_recording{h.call})) == errc::recording_off);
  REQUIRE(h.give(command(cmd::start_recording{h.call})) == errc{});
  CHECK(h.peers[h.caller].recording != 0);
  CHECK(h.give(command(cmd::start_recording{h.call})) == errc::recording_on);
  REQUIRE(h.give(command(cmd::stop_recording{h.call})) == errc{});
  CHECK(h.peers[h.caller].recording == 0);
  REQUIRE(h.give(command(cmd::start_recording{h.call})) == errc{});
  REQUIRE(h.give(command(cmd::stop_recording{h.call, consent::no})) == errc{});
  CHECK(h.peers[h.caller].recording == 0);
  CHECK(h.give(command(cmd::start_recording{h.call})) == errc::recording_on);
}

TEST_CASE("a disk that takes nothing ends the recording and not the call; the alarm is told once, and its end") {
  talking h;
  h.talk();
  const std::uint64_t number = h.recording().number;
  h.apply(any_fact{fact::recording_trouble{number, 28}});
  CHECK(text(h.told()) == text(lines{"media_alarm", "equipment_state_changed (resources_not_available)",
                                     "recording_ended caller (resources_not_available)", "-> caller is recorded no more"}));
  CHECK(h.holder() == custodian::operator_);
  const auto kept = load(save(h.state));
  REQUIRE(kept.has_value());
  CHECK(kept->recordings_lost);  // else the alarm is told anew after a restart
  h.apply(any_fact{fact::recording_trouble{number + 1, 28}});
  CHECK(h.last.events.empty());
  h.apply(any_fact{fact::recording_trouble{number + 2, 0}});
  CHECK(text(h.told()) == text(lines{"media_alarm", "equipment_state_changed (normal)"}));
  CHECK(h.recording().number == 0);  // not begun anew by the rule
}

TEST_CASE("M2: who stays when the operator has hung up is told goodbye, and the call ends with that") {
  talking h;
  h.talk();
  h.hangs_up(h.op);
  CHECK(h.holder() == custodian::wait);
  CHECK(h.peers[h.caller].hears.words == "goodbye");
  h.said();
  CHECK(h.state.call_table.find(h.call) == nullptr);
  CHECK(h.newest(event_kind::call_cleared)->record.cause == cause::closing);
}

TEST_CASE("words that are asked for are played once, and their command ends with them") {
  house h;
  h.talking();
  CHECK(h.give(command(cmd::play{h.call, h.caller, "Hello"})) == errc::command_invalid);
  CHECK(h.give(command(cmd::play{h.call, h.caller, " "})) == errc::command_invalid);
  CHECK(h.give(command(cmd::play{h.call, leg_id{4711}, "hours"})) == errc::call_wrong_state);
  for (const bool ok : {true, false}) {
    REQUIRE(h.give(command(cmd::play{h.call, h.caller, "hours 8 17"})) == errc{});
    CHECK(h.give(command(cmd::play{h.call, h.caller, "hours"})) == errc::call_wrong_state);
    CHECK(h.peers[h.op].hears.words == "hours 8 17");
    h.crash();  // it is said again from its beginning
    CHECK(h.peers[h.caller].hears.words == "hours 8 17");
    h.apply(any_fact{fact::announced{h.caller, h.peers[h.caller].hears.number, ok}});
    CHECK(h.told()[1] == (ok ? "command_done" : "command_failed (media_lost)"));
    CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.op});
  }
  REQUIRE(h.give(command(cmd::play{h.call, h.caller, "hours"})) == errc{});
  h.hangs_up(h.caller);
  CHECK(h.told()[0] == "announcement_ended caller (normal_clearing)");
  CHECK(h.told()[1] == "command_failed (normal_clearing)");
}

}  // namespace
}  // namespace cordboard
