// SPDX-License-Identifier: Apache-2.0
// Callers in a dialogue: what they are asked, what becomes of their answers, and that they always get on.
#include "house.hpp"
#include <board/dialogue_script.hpp>

namespace cordboard {
namespace {

/// What the caller of a dialogue does, and what was answered.
struct asked : house {
  explicit asked(house_config config = sim::asking_house(), std::initializer_list<const char*> on_duty = {"zhang"})
      : house(on_duty, std::move(config)) {}

  void dials(const char* number = "9100") {
    call = call_in(number);
    caller = state.parties.find(state.call_table.find(call)->caller)->leg;
    names[caller.value] = "caller";
  }
  const dialogue_run& run() const { return state.call_table.find(call)->dialogue; }
  std::string step() const { return read_script(state.scripts.find(run().script)->text).steps[run().step].name; }
  const std::string& told() const { return peers.at(caller).hears.words; }
  /// What is being said comes to its end.
  void said(bool ok = true) { apply(any_fact{fact::announced{caller, peers[caller].hears.number, ok}}); }
  void press(std::string_view keys) {
    for (const char key : keys) apply(any_fact{fact::key_pressed{caller, peers[caller].hears.number, key}});
  }
  void silence(bool spoken = true) { apply(any_fact{fact::silence{caller, peers[caller].recording, spoken}}); }
  const logged* newest(event_kind kind) const {
    for (auto it = log.rbegin(); it != log.rend(); ++it)
      if (it->record.kind == kind) return &*it;
    return nullptr;
  }
  /// The one event that has all answers; it came once.
  const logged& ended() const {
    const auto is = [](const logged& l) { return l.record.kind == event_kind::dialogue_ended; };
    REQUIRE(std::count_if(log.begin(), log.end(), is) == 1);
    return *newest(event_kind::dialogue_ended);
  }
  dialogue_result result() const { return static_cast<dialogue_result>(ended().record.detail); }
  /// To the number, which is asked for behind the name.
  void to_the_number() {
    said();
    said();
    silence();
    REQUIRE(step() == "number");
  }
  void to_the_menu() {
    to_the_number();
    press("13800138000");
    REQUIRE(run().phase == dialogue_phase::reading_back);
    press("1");
    REQUIRE(step() == "menu");
  }
};

/// The number of a key in the house's own words: "keys:1380…".
bool has(const logged& ended, const std::string& answer) {
  return ("\t" + ended.text + "\t").find("\t" + answer + "\t") != std::string::npos;
}

TEST_CASE(
    "N1: a caller of the night is led through name, number, read back and confirmed, and wish; one event has all answers") {
  asked h;
  h.dials();
  CHECK(h.holder() == custodian::dialogue);
  CHECK(h.peers[h.caller].up);
  CHECK(h.told() == "closed");
  h.said();
  CHECK(h.told() == "say_name");
  CHECK(h.peers[h.caller].recording == 0);
  h.said();
  const std::uint64_t recording = h.peers[h.caller].recording;
  REQUIRE(recording != 0);
  h.silence();
  CHECK(h.peers[h.caller].recording == 0);
  const std::string file = h.newest(event_kind::dialogue_answered)->text;
  CHECK(file.ends_with("-" + std::to_string(recording) + ".wav"));
  CHECK(h.told() == "key_number");
  h.press("1380");  // before the prompt has ended
  CHECK(h.told().empty());
  h.press("0138000");
  const logged* given = h.newest(event_kind::dialogue_answered);
  CHECK(given->text == "13800138000");
  CHECK(h.told() == "you_keyed #" + std::to_string(given->record.sequence) + " right");
  h.said();
  h.press("1");
  CHECK(h.step() == "menu");
  h.press("3");
  CHECK(h.told() == "goodbye");
  h.said();
  CHECK(h.state.call_table.find(h.call) == nullptr);
  CHECK(h.result() == dialogue_result::completed);
  CHECK(h.ended().record.flags == 1);
  CHECK(h.ended().text == "9100\tappointment\tname=voice:" + file + "\tnumber=confirmed:13800138000\twish=keys:3");
  CHECK(h.peers[h.caller].releasing);
  h.confirms_release(h.caller);
  // No slot and no checkpoint has a digit of it.
  CHECK(save(h.state).find("13800138000") == std::string::npos);
}

TEST_CASE("H4: the operator hangs up first, the caller stays and rates by key: the score is that operator's") {
  asked h(sim::asking_house(), {"zhang", "li"});
  h.talking();
  const operator_id served = h.state.call_table.find(h.call)->operator_;
  h.hangs_up(h.op);
  CHECK(h.holder() == custodian::dialogue);
  CHECK(h.told() == "please_rate");
  // The operator is free meanwhile, and serves somebody else.
  CHECK(h.state.operators.find(served)->calls.empty());
  h.press("5");
  CHECK(h.told() == "thanks");
  h.said();
  CHECK(h.ended().record.operator_ == served);
  CHECK(h.ended().record.value == 5);
  CHECK(h.ended().record.queue == queue_by_number(h.state, "9000"));
  CHECK(h.ended().text == "9101\t\tscore=keys:5");
  h.confirms_release(h.caller);
}

TEST_CASE("H4: who hangs up instead of rating has given no score, and one who is cut off by a fault is not asked") {
  asked h;
  h.talking();
  h.hangs_up(h.op);
  h.hangs_up(h.caller);
  CHECK(h.result() == dialogue_result::left);
  CHECK(h.ended().record.value == 0);
  asked g;
  g.talking();
  g.apply(any_fact{fact::media_lost{g.op}});
  CHECK(g.holder() == custodian::wait);
}

TEST_CASE("a key that was not asked for, or none, begins the step anew; after the last try it goes on elsewhere") {
  asked h;
  h.dials();
  h.to_the_number();
  h.press("12#");  // too short
  CHECK(h.told() == "again key_number");
  CHECK(h.run().tries == 1);
  h.said();
  h.press("5");
  h.wait();  // and no more
  CHECK(h.run().tries == 2);
  h.said();
  h.wait();
  CHECK(h.step() == "menu");
  h.press("9");
  CHECK(h.told() == "menu");
  h.press("8");
  CHECK(h.step() == "bye");  // a branch, that found no wish
}

TEST_CASE("what was read back and is wrong is asked again, and counts once") {
  asked h;
  h.dials();
  h.to_the_number();
  h.press("123#2");
  CHECK(h.told() == "again key_number");
  h.press("456#");
  h.said();
  h.press("71");
  CHECK(h.step() == "menu");
  h.hangs_up(h.caller);
  CHECK(has(h.ended(), "number=confirmed:456"));
  CHECK(h.ended().text.find("123") == std::string::npos);
}

TEST_CASE("who neither confirms nor denies goes on, and the answer stands as not confirmed") {
  asked h;
  h.dials();
  h.to_the_number();
  h.press("5551234#");
  for (int i = 0; i < 3; ++i) {
    h.said();
    h.wait();
  }
  CHECK(h.step() == "menu");
  h.hangs_up(h.caller);
  CHECK(has(h.ended(), "number=keys:5551234"));
}

TEST_CASE("H1: one key leads to a human at every step; in an answer of several keys it does when it stays alone") {
  for (const char* where : {"welcome", "name", "recording", "number", "reading", "menu"}) {
    CAPTURE(where);
    const std::string at = where;
    asked h;
    h.dials();
    if (at == "name" || at == "recording") h.said();
    if (at == "recording") h.said();
    if (at == "number" || at == "reading") h.to_the_number();
    if (at == "reading") h.press("123#");
    if (at == "menu") h.to_the_menu();
    h.press("0");
    if (at == "number") {
      CHECK(h.holder() == custodian::dialogue);
      h.wait();
    }
    CHECK(h.result() == dialogue_result::human);
    CHECK(h.holder() == custodian::queue);
    CHECK(h.peers[h.caller].recording == 0);
    h.settle();
    CHECK(h.is_offered(h.call));
  }
}

TEST_CASE("where nobody is on duty the caller is told so and stays in the dialogue") {
  asked h(sim::asking_house(), {});
  h.apply(any_fact{fact::registered{h.device("1000"), 0, false, cause::none}});
  h.dials();
  h.to_the_menu();
  h.press("0");
  CHECK(h.holder() == custodian::dialogue);
  CHECK(h.told() == "nobody_there menu");
  h.press("2");  // a queue step that has another way
  CHECK(h.told() == "goodbye");
  h.said();
  h.confirms_release(h.caller);
}

TEST_CASE("a step gives the caller to a queue, and tells it first") {
  asked h;
  h.dials();
  h.to_the_menu();
  h.press("2");
  CHECK(h.told() == "connecting");
  h.said();
  CHECK(h.result() == dialogue_result::queued);
  CHECK(h.holder() == custodian::queue);
}

TEST_CASE("a closed queue leads its later callers into a dialogue; who waits is served") {
  house_config config = sim::asking_house();
  config.queues[0].hours = "day";
  config.queues[0].when_closed = "9100";
  asked h(config);
  h.apply(any_fact{fact::hours_changed{"9000", false, 0}});
  h.dials("9000");
  CHECK(h.holder() == custodian::dialogue);
  CHECK(h.newest(event_kind::dialogue_started)->record.cause == cause::calendar_overflow);
  h.press("0");  // somebody is there all the same
  CHECK(h.holder() == custodian::queue);
}

TEST_CASE("a prompt or a disk that fails leaves nobody behind: the caller goes where the script falls back to") {
  for (const bool disk : {false, true}) {
    asked h;
    h.dials();
    h.said();
    if (disk) {
      h.said();
      h.apply(any_fact{fact::recording_trouble{h.peers[h.caller].recording, 28}});
    } else {
      h.said(false);
    }
    CHECK(h.result() == dialogue_result::failed);
    CHECK(h.holder() == custodian::queue);
  }
  asked g;  // words whose end nobody tells
  g.dials();
  g.wait();
  CHECK(g.result() == dialogue_result::failed);
  CHECK(g.holder() == custodian::queue);
}

TEST_CASE("a caller who presses on for ever is brought to a human in the end") {
  asked h;
  h.dials();
  h.to_the_menu();
  for (int i = 0; i < 1000 && h.holder() == custodian::dialogue; ++i) {
    if (h.step() == "menu")
      h.press("1");
    else if (h.step() == "number")
      h.press("123#1");
    else if (h.peers[h.caller].recording != 0)
      h.silence();
    else
      h.said();
  }
  CHECK(h.result() == dialogue_result::overdue);
  CHECK(h.holder() == custodian::queue);
}

TEST_CASE("a dialogue takes no longer than its limit") {
  asked h;
  h.dials();
  h.to_the_menu();
  h.now = h.run().until;
  h.settle();
  CHECK(h.result() == dialogue_result::overdue);
}

TEST_CASE("a restart finds the caller at the same step, with the keys that were pressed; what was recorded is asked again") {
  asked h;
  h.dials();
  h.to_the_number();
  h.press("138");
  h.crash();
  CHECK(h.step() == "number");
  CHECK(h.peers[h.caller].hears.kind == source_kind::keys);
  h.press("00138000");
  CHECK(h.newest(event_kind::dialogue_answered)->text == "13800138000");
  h.apply(any_fact{fact::key_pressed{h.caller, h.peers[h.caller].hears.number, '5', 8000}});
  h.crash();
  h.apply(any_fact{fact::key_pressed{h.caller, h.peers[h.caller].hears.number, '5', 8000}});  // held down meanwhile
  CHECK(h.last.events.empty());
  CHECK(h.told().starts_with("you_keyed #"));
  h.press("1");
  CHECK(h.step() == "menu");
  h.press("1");
  h.said();
  h.said();
  const std::uint64_t before = h.peers[h.caller].recording;
  REQUIRE(before != 0);
  h.crash();
  CHECK(h.told() == "say_name");
  CHECK(h.newest(event_kind::dialogue_advanced)->record.cause == cause::interrupted);
  h.said();
  CHECK(h.peers[h.caller].recording > before);
}

TEST_CASE("who hangs up while speaking has answered so far") {
  asked h;
  h.dials();
  h.said();
  h.said();
  const std::uint64_t recording = h.peers[h.caller].recording;
  h.hangs_up(h.caller);
  CHECK(h.result() == dialogue_result::left);
  CHECK(h.ended().text.ends_with("-" + std::to_string(recording) + ".wav"));
  CHECK(h.ended().text.starts_with("9100\t\tname=cut:"));
}

TEST_CASE("nothing said is no answer") {
  asked h;
  h.dials();
  h.said();
  for (int i = 0; i < 3; ++i) {
    CHECK(h.step() == "name");
    h.said();
    h.silence(false);
  }
  CHECK(h.step() == "number");
  h.hangs_up(h.caller);
  CHECK(h.ended().text == "9100\t");
}

TEST_CASE("a script that is written anew leads new callers; who is in the one before stays there") {
  house_config config = sim::asking_house();
  asked h(config);
  h.dials();
  const call_id first = h.call;
  config.dialogues[0].steps[0].say = {"closed_today"};
  config.dialogues[0].steps[1].say = {"your_name"};
  h.apply(config);
  CHECK(h.last.events.size() == 1);
  h.said();
  CHECK(h.told() == "say_name");
  const leg_id leg = h.caller;
  h.dials();
  CHECK(h.told() == "closed_today");
  h.crash();
  CHECK(h.state.scripts.own().size() == 3);
  h.hangs_up(leg);
  CHECK(h.state.call_table.find(first) == nullptr);
  CHECK(h.state.scripts.own().size() == 2);
  config.dialogues.clear();
  h.apply(config);
  h.hangs_up(h.caller);
  CHECK(h.state.scripts.own().empty());
}

TEST_CASE("nobody plays or adds anything in a caller's dialogue, and who ends the call ends it whole") {
  asked h;
  h.dials();
  h.said();
  h.said();  // silence: it is recorded
  CHECK(h.give(command(cmd::play{h.call, h.caller, "hours"})) == errc::call_wrong_state);
  CHECK(h.give(command(cmd::start_recording{h.call})) == errc::call_wrong_state);
  CHECK(h.give(command(cmd::clear_call{h.call})) == errc{});
  CHECK(h.result() == dialogue_result::ended);
  h.confirms_release(h.caller);
}

TEST_CASE("a script comes back from its text as it was") {
  for (const dialogue_config& script : sim::asking_house().dialogues) CHECK(read_script(write_script(script)) == script);
  CHECK(read_script("").steps.empty());
  CHECK(read_script("9100\tNight\n\n\t\t").steps.size() == 2);
}

}  // namespace
}  // namespace cordboard
