// SPDX-License-Identifier: Apache-2.0
// A house with a fake clock and fake peers: the same decide() and evolve() as the live board, and nothing else of it.
#pragma once
#include <board/board_state.hpp>

#include <deque>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace cordboard::sim {

inline constexpr std::int64_t second = 1'000'000'000;

/// The far end of a leg, as a phone or a trunk would be.
struct peer {
  bool outgoing = false;  ///< the board rang it
  bool up = false;
  bool over = false;       ///< it has said its last word
  bool releasing = false;  ///< the board has ended it
  device_id device;
  call_id call;
  source hears;
  bool keys = false;            ///< keys are being pressed for it
  bool passes = false;          ///< it was rung for a caller whose voice may pass the house by
  std::uint64_t recording = 0;  ///< that holds what it says and hears
};

/// A small house: four operators, one queue, six departments, a supervisor, a trunk.
house_config small_house();
/// The same with two dialogues: 9100, which asks for all that can be asked, and 9101, in which the callers of 9000 rate.
house_config asking_house(house_config house = small_house());
/// A house with all that may be said to callers, whose calls are recorded.
house_config talking_house(house_config house = small_house());
/// A house whose voices may pass it by, but for two departments.
house_config direct_house(house_config house = small_house());

/// A house with two plans for emergencies: 9911 at once, with escalation and a conference; 9912 one after the other.
house_config alarmed_house(house_config house = small_house());

/// A house that keeps requests of three kinds: calls back from 9000 and the night's dialogue, complaints with an approval, and
/// appointments with hours. What calls were about must be written down.
house_config owing_house(house_config house = small_house());
/// The same, whose appointments are in slots, reminded of, and counted when nobody came; 9102 asks people by key whether they come.
house_config booking_house(house_config house = small_house());
/// A token of the number that a command names for a person, as the runtime makes one; 0: it names none.
std::uint64_t token_of(const command& c);

/// A request by its events alone.
struct request_trace {
  call_id attempt;  ///< that runs
  bool told = false;
};

/// A code call by its events alone.
struct code_trace {
  std::uint64_t number = 0;
  std::uint32_t enough = 0, acknowledged = 0;
  std::string plan;
  int step = 0, round = 0;
  bool drill = false;
};

/// Where a world begins, and who else keeps its events.
struct outside {
  std::int64_t begin = 1'700'000'000 * second;
  std::function<std::uint64_t()> next{};                  ///< the sequence of the next batch's first event
  std::function<void(std::vector<logged>&)> committed{};  ///< a batch, before it is carried out
};

class world {
public:
  explicit world(std::uint64_t seed, house_config house = small_house(), outside around = {});

  std::uint64_t seed;
  std::mt19937_64 random;
  board_state state;
  outside around;
  std::int64_t now;
  std::uint64_t sequence = 1;
  std::vector<logged> log;  ///< everything since the last checkpoint
  std::string checkpoint;   ///< state before `log`
  std::map<leg_id, peer> peers;
  std::map<std::uint64_t, call_id> told;                 ///< announcements that run, by their first event
  std::map<std::uint64_t, call_id> recordings;           ///< the same
  std::set<call_id> moves;                               ///< whose ends have been asked to send their voices elsewhere
  std::map<std::uint64_t, call_id> led;                  ///< dialogues, the same
  std::map<std::uint64_t, std::string> texts;            ///< what callers pressed and said, by event
  std::map<std::uint64_t, int> outcomes;                 ///< by command: 1 accepted and open, 2 answered
  std::map<call_id, code_trace> codes;                   ///< code calls that run, by the events
  std::map<request_id, request_trace> owed;              ///< open requests, by the events
  std::set<std::uint64_t> numbers;                       ///< that were given out, with their kinds
  std::set<std::uint64_t> attempts;                      ///< calls, legs and parties of attempts that were begun
  std::set<call_id> entries;                             ///< that are owed, by the events
  std::set<call_id> tests;                               ///< self-tests that run, by the events
  std::map<std::string, equipment_state> broken_things;  ///< by the events
  std::set<call_id> drills;                              ///< calls that are, or were, a drill's
  std::map<call_id, std::ptrdiff_t> helped;              ///< calls in which an emergency number was dialled, and how often
  std::set<leg_id> drill_legs;                           ///< and who was rung in them
  std::map<call_id, queue_id> in_line;                   ///< waits that began and have not ended, by the events
  std::uint64_t steps = 0;
  bool stopped = false;
  batch last;  ///< of the newest input

  /// Decides, commits, evolves and checks; carries the actions out unless `lose_actions`.
  const batch& apply(const std::variant<any_fact, command, tick, house_config>& what, bool lose_actions = false);
  /// Lets the board do all that is due now.
  void settle();
  /// Goes on to the next deadline, or by `at_most`.
  void wait(std::int64_t at_most = 3600 * second);
  /// The process dies and comes back from checkpoint and log; what was under way with unanswered peers is lost.
  void crash();
  /// Nothing remains: every call, leg, party and timer that began has ended.
  void expect_empty();

  std::uint64_t fresh() { return random() | 1; }
  bool chance(unsigned percent) { return random() % 100 < percent; }
  template <class Container>
  auto pick(const Container& from) {
    auto it = from.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(random() % from.size()));
    return *it;
  }

  /// The house's configuration, all of it.
  void configure(const house_config& house);

  // What people do.
  /// @param caller  token of the caller's number, 0 none
  call_id call_in(const std::string& number, const char* from_device = "trunk", leg_id replaces = {}, std::uint64_t caller = 0);
  errc give(command c, std::int64_t within = 30 * second);
  template <class Typed>
  errc give_typed(const Typed& typed) {
    return give(static_cast<command>(typed));
  }
  device_id device(std::string_view number) const { return device_by_number(state, number); }
  operator_id operator_named(std::string_view name) const;
  std::function<void(const event&)> watch;
  std::function<void(const logged&)> watch_texts;
  std::function<void(const any_action&)> watch_actions;
  /// Whether the process dies behind a commit; asked behind each.
  enum class death : std::uint8_t { none, before_actions, after_actions };
  std::function<death()> dies;
  std::set<std::string> stop_list;  ///< numbers that no request calls
  std::uint16_t refused = 0;        ///< the last status that a line was released with
  std::string failure;              ///< first broken invariant; empty: all hold

private:
  void carry_out(const any_action& a);
  void check(const board_state& before, const std::variant<any_fact, command, tick, house_config>& what, bool acted);
  void check_order(const board_state& before, bool by_itself);
  void check_said(const event& e, bool by_command);
  void check_waits(const event& e);
  void check_offers();
  void check_code(const logged& l, bool by_person);
  void check_codes();
  void check_request(const event& e);
  void check_requests();
  void check_health(const logged& l);
  void check_tests();
  void check_bookings();
  void check_conference(call_id id, const call_state& call);
  void check_direct(call_id id, const call_state& call, bool acted);
  void check_dialogues();
  void broken(const std::string& what);
};

}  // namespace cordboard::sim
