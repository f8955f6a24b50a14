// SPDX-License-Identifier: Apache-2.0
// Doors that open and close, and whose callers come first.
#include "house.hpp"

namespace cordboard {
namespace {

/// Two lines and an emergency line with the same operators; the lines keep hours.
house_config lines_house(const char* when_closed) {
  house_config c = sim::small_house();
  c.queues[0].hours = "day";
  c.queues[0].when_closed = when_closed;
  auto& second_line = c.queues.emplace_back(c.queues[0]);
  second_line.number = second_line.name = "9001";
  second_line.when_closed = "";
  auto& urgent = c.queues.emplace_back(c.queues[0]);
  urgent.number = urgent.name = "9120";
  urgent.rank = queue_class::emergency;
  urgent.hours = urgent.when_closed = "";
  for (auto& d : c.devices)
    if (d.number == "8004") d.hours = "day", d.when_closed = "8005";
  return c;
}

struct hours_house : house {
  explicit hours_house(const char* when_closed = "8001", std::initializer_list<const char*> on_duty = {"zhang"})
      : house(on_duty, lines_house(when_closed)) {}
  explicit hours_house(const house_config& c) : house({"zhang"}, c) {}
  void hours(const char* number, bool open) { apply(any_fact{fact::hours_changed{number, open, now + 3600 * sim::second}}); }
  errc by_hand(const char* number, night_mode mode) {
    const queue_id queue = queue_by_number(state, number);
    return give(command(cmd::switch_night_service{queue, queue ? device_id{} : device(number), mode}));
  }
  const call_state* of(call_id id) { return state.call_table.find(id); }
  bool waits(call_id id, const char* number) {
    const auto& w = state.queues.find(queue_by_number(state, number))->waiting;
    return std::find(w.begin(), w.end(), id) != w.end();
  }
};

TEST_CASE("M10: who waits or talks when hours close is served to the end, and only later callers get the night target") {
  hours_house h;
  h.talking();  // the one operator
  const call_id waiting = h.call_in("9000");
  h.hours("9000", false);
  REQUIRE(text(h.told()) == text(lines{"hours_changed"}));
  const call_id later = h.call_in("9000");
  CHECK(h.waits(waiting, "9000"));
  CHECK(!h.waits(later, "9000"));
  CHECK(h.of(later)->destination == h.device("8001"));
  CHECK(h.holder() == custodian::operator_);
  // The operator is free again: whoever waited is asked for, though the queue is closed.
  h.hangs_up(h.caller);
  h.confirms_release(h.op);
  while (h.of(waiting)->offered_to != h.operator_named("zhang")) h.wait();
  CHECK(!h.waits(waiting, "9000"));
}

TEST_CASE("S5: a house that takes no more callers takes an emergency") {
  house_config c = lines_house("");
  c.policy.calls_max = 2;
  hours_house h(c);
  const call_id first = h.call_in("9000");
  const call_id second = h.call_in("9000");
  CHECK(h.state.calls == 2);
  const call_id refused = h.call_in("9000");
  CHECK(h.of(refused) == nullptr);
  const call_id urgent = h.call_in("9120");
  REQUIRE(h.of(urgent) != nullptr);
  CHECK(h.of(first) != nullptr);
  CHECK(h.of(second) != nullptr);
  // There is an end to emergencies as well.
  int taken = 1;
  while (taken < 100 && h.of(h.call_in("9120")) != nullptr) ++taken;
  CHECK(taken == 8);
}

TEST_CASE("S5: who serves an emergency in a full house can consult, and nobody else") {
  house_config c = lines_house("");
  c.policy.calls_max = 1;
  hours_house ordinary(c), urgent(c);
  ordinary.talking();
  CHECK(ordinary.consult("8001") == errc::limit_reached);
  urgent.talking("9120");
  CHECK(urgent.consult("8001") == errc{});
}

TEST_CASE("M10: the last operator cannot log off while callers wait") {
  hours_house h("8001", {"zhang", "li"});
  h.talking();
  const call_id first = h.call_in("9000");
  REQUIRE(h.of(first)->offered_to);
  const call_id waiting = h.call_in("9000");
  h.hours("9000", false);
  const operator_id talks = h.state.call_table.find(h.call)->operator_;
  h.hangs_up(h.caller);
  h.confirms_release(h.op);
  const auto off = [&](operator_id who) { return h.give(command(cmd::log_off{who})); };
  h.give(command(cmd::not_ready{talks}));
  REQUIRE(h.waits(waiting, "9000"));
  REQUIRE(off(talks) == errc{});  // somebody else is there
  const operator_id other = h.of(first)->offered_to;
  h.hangs_up(h.state.parties.find(h.of(first)->caller)->leg);
  h.give(command(cmd::not_ready{other}));
  if (h.of(waiting)->offered_to) {  // asked before that: nobody answers, and the caller waits again
    while (h.of(waiting)->offered_to) h.wait();
  }
  REQUIRE(h.waits(waiting, "9000"));
  CHECK(off(other) == errc::operator_needed);
  h.hangs_up(h.state.parties.find(h.of(waiting)->caller)->leg);
  CHECK(off(other) == errc{});
}

TEST_CASE("N2: an emergency line is open at every hour") {
  hours_house h;
  h.hours("9120", false);
  CHECK(h.by_hand("9120", night_mode::night) == errc{});
  const call_id urgent = h.call_in("9120");
  CHECK(h.of(urgent)->offered_to == h.operator_named("zhang"));
}

TEST_CASE("H2: night service by hand is stronger than the hours, and given back to them") {
  hours_house h;
  CHECK(h.by_hand("9000", night_mode::night) == errc{});
  CHECK(h.of(h.call_in("9000"))->destination == h.device("8001"));
  h.hours("9000", true);
  CHECK(h.of(h.call_in("9000"))->destination == h.device("8001"));
  CHECK(h.by_hand("9000", night_mode::day) == errc{});
  h.hours("9000", false);
  CHECK(h.of(h.call_in("9000"))->queue);
  CHECK(h.by_hand("9000", night_mode::by_hours) == errc{});
  CHECK(!h.of(h.call_in("9000"))->queue);
  // A restart finds the door as it was left.
  h.crash();
  CHECK(!h.of(h.call_in("9000"))->queue);
  CHECK(h.by_hand("1001", night_mode::night) == errc::command_invalid);  // a phone keeps no hours
  CHECK(h.give(command(cmd::switch_night_service{queue_id{77}, {}, night_mode::night})) == errc::queue_unknown);
  CHECK(h.give(command(cmd::switch_night_service{{}, {}, night_mode::night})) == errc::command_invalid);
}

TEST_CASE("H2: a caller who dials a closed department gets what stands for it, and one whom nobody stands for is told") {
  hours_house h;
  h.hours("8004", false);
  const call_id call = h.call_in("8004");
  CHECK(h.of(call)->destination == h.device("8005"));
  h.hours("9001", false);
  const leg_id caller{h.fresh()};
  h.apply(
      any_fact{fact::incoming{caller, call_id{h.fresh()}, party_id{h.fresh()}, h.device("trunk"), "9001", "13800138000", ""}});
  h.names[caller.value] = "caller";
  const lines told = h.told();
  CHECK(std::count(told.begin(), told.end(), "diverted (calendar_overflow)") == 1);
  CHECK(std::count(told.begin(), told.end(), "call_cleared (calendar_overflow)") == 1);
  CHECK(std::get<act::release>(h.last.actions.back()).status == 480);
  h.confirms_release(caller);
}

TEST_CASE("doors that send callers in a circle end at a closed one") {
  hours_house h("9000");
  h.hours("9000", false);
  const call_id call{h.fresh()};
  const leg_id caller{h.fresh()};
  h.apply(any_fact{fact::incoming{caller, call, party_id{h.fresh()}, h.device("trunk"), "9000", "13800138000", ""}});
  CHECK(h.of(call) == nullptr);
  h.confirms_release(caller);
}

TEST_CASE("what nobody has changed is no event") {
  hours_house h;
  const fact::hours_changed same{"9000", false, h.now + 3600 * sim::second};
  CHECK(h.apply(any_fact{same}).events.size() == 1);
  CHECK(h.apply(any_fact{same}).events.empty());
  CHECK(h.apply(any_fact{fact::hours_changed{"4711", false, 0}}).events.empty());
}

TEST_CASE("S5: an emergency overtakes whoever waits, and else the one who called first is served first, whatever the line") {
  hours_house h;
  h.talking();
  const call_id first = h.call_in("9001");
  h.now += sim::second;
  const call_id second = h.call_in("9000");
  h.now += sim::second;
  const call_id urgent = h.call_in("9120");
  std::vector<call_id> order;
  for (int i = 0; i < 3; ++i) {
    h.hangs_up(h.caller);
    if (h.peers.contains(h.op)) h.confirms_release(h.op);
    const operator_record& zhang = *h.state.operators.find(h.operator_named("zhang"));
    while (zhang.calls.empty()) h.wait();
    order.push_back(zhang.calls.front());
    h.op = h.rung("operator");
    h.answers(h.op);
    h.caller = h.state.parties.find(h.of(order.back())->caller)->leg;
  }
  CHECK(order == std::vector<call_id>{urgent, first, second});
}

TEST_CASE("a burst of 200 calls to five operators is served by class and arrival exactly; the emergency that came last first") {
  house_config c = sim::small_house();
  c.policy.calls_max = 400;
  c.operators.clear();
  c.queues.clear();
  std::vector<std::string> everyone;
  for (int i = 0; i < 5; ++i) {
    auto& phone = c.devices.emplace_back();
    phone.number = fmt::format("11{:02}", i);
    phone.name = "position";
    everyone.push_back(fmt::format("operator {}", i));
    c.operators.push_back({everyone.back(), phone.number, std::chrono::nanoseconds(0), false});
  }
  const auto line = [&](const char* number, queue_class rank) {
    auto& q = c.queues.emplace_back();
    q.number = q.name = number;
    q.rank = rank;
    q.operators = everyone;
    q.wait_limit = std::chrono::hours(1);
  };
  line("9000", queue_class::outside);
  line("9001", queue_class::inside);
  line("9002", queue_class::vip);
  line("9120", queue_class::emergency);
  house h({"operator 0", "operator 1", "operator 2", "operator 3", "operator 4"}, c);

  struct arrival {
    int rank;
    int place;
    call_id call;
  };
  std::vector<arrival> came;
  static const char* const lines_of[] = {"9120", "9002", "9001", "9000"};
  for (int i = 0; i < 200; ++i) {
    h.now += sim::second / 200;
    const int rank = i == 199 ? 0 : 1 + static_cast<int>(h.random() % 3);
    came.push_back({rank, i, h.call_in(lines_of[rank])});
  }
  // The first five were offered as they came. Then whoever is free takes the best of those who wait.
  std::vector<call_id> served;
  for (const arrival& a : came)
    if (h.is_offered(a.call)) served.push_back(a.call);
  REQUIRE(served.size() == 5);
  std::vector<arrival> wait;
  for (const arrival& a : came)
    if (std::find(served.begin(), served.end(), a.call) == served.end()) wait.push_back(a);
  std::stable_sort(wait.begin(), wait.end(), [](const arrival& a, const arrival& b) { return a.rank < b.rank; });
  REQUIRE(wait.front().place == 199);
  for (const arrival& a : wait) served.push_back(a.call);

  struct talk {
    call_id call;
    leg_id op, caller;
  };
  std::vector<call_id> order;
  std::vector<talk> talks;
  // Whoever is asked answers at once.
  const auto answer_offers = [&] {
    for (const arrival& a : came) {
      if (!h.is_offered(a.call)) continue;
      const call_state& state = *h.state.call_table.find(a.call);
      talks.push_back({a.call, state.offer, h.state.parties.find(state.caller)->leg});
      order.push_back(a.call);
      h.answers(talks.back().op);
    }
  };
  answer_offers();
  while (!talks.empty()) {
    h.now += static_cast<std::int64_t>(h.random() % 10) * sim::second;
    const auto over = talks.begin() + static_cast<std::ptrdiff_t>(h.random() % talks.size());
    const talk ended = *over;
    talks.erase(over);
    h.hangs_up(ended.caller);
    h.confirms_release(ended.op);
    h.settle();
    answer_offers();
  }
  CHECK(order == served);
}

}  // namespace
}  // namespace cordboard
