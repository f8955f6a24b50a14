// SPDX-License-Identifier: Apache-2.0
// S14: calls to the outside hang on a request or a reason. And what is written down beside calls: S12, P3.
#include "house.hpp"

namespace cordboard {
namespace {

using sim::second;

struct asking_house : watched_house {
  explicit asking_house(house_config c) : watched_house(std::move(c)) {}
  static house_config with_reasons() {
    house_config c = sim::owing_house();
    c.call_reasons = {{1, "call back"}, {2, "supplier"}};
    return c;
  }
  call_id calls_out(const char* number = "013912345678", const char* operator_name = "zhang") {
    command c;
    c.kind = command_kind::make_call;
    c.operator_ = operator_named(operator_name);
    c.new_call = call_id{fresh()};
    c.new_leg = leg_id{fresh()};
    c.new_party = party_id{fresh()};
    REQUIRE(set_text(c, number));
    REQUIRE(give(c) == errc{});
    phone = c.new_leg;
    answers(phone);
    for (const auto& [id, p] : peers)
      if (p.outgoing && id != phone && p.call == c.new_call) far = id;
    answers(far);
    return c.new_call;
  }
  void hang_up() {
    hangs_up(far);
    settle();
    if (peers.count(phone) != 0) confirms_release(phone);
  }
  errc reason(call_id of, std::uint16_t number) {
    command c;
    c.kind = command_kind::give_reason;
    c.call = of;
    c.detail = number;
    return give(c);
  }
  leg_id phone, far;
};

TEST_CASE("S14: a call outside without a reason is told to the superior, and may be explained afterwards") {
  asking_house h(asking_house::with_reasons());
  const call_id made = h.calls_out();
  h.now += 30 * second;
  h.hang_up();
  auto told = h.all(event_kind::call_unexplained);
  REQUIRE(told.size() == 1);
  CHECK(told[0].call == made);
  CHECK(told[0].operator_ == h.operator_named("zhang"));
  CHECK(told[0].value == 30 * second);
  CHECK(h.reason(made, 9) == errc::reason_unknown);
  CHECK(h.reason(made, 2) == errc{});
  const auto given = h.all(event_kind::call_reason_given);
  REQUIRE(given.size() == 1);
  CHECK(given[0].other == told[0].sequence);
  CHECK(given[0].operator_ == told[0].operator_);
  CHECK(h.reason(made, 2) == errc::call_unknown);  // it is settled
}

TEST_CASE("S14: a reason, a request, a note or an emergency explains a call") {
  asking_house h(asking_house::with_reasons());
  CHECK(h.reason(h.calls_out(), 1) == errc{});
  h.hang_up();
  const call_id noted = h.calls_out();
  command note;
  note.kind = command_kind::note_call;
  note.call = noted;
  REQUIRE(set_text(note, "asked for the reports"));
  CHECK(h.give(note) == errc{});
  h.hang_up();
  h.calls_out("120");
  h.hang_up();
  h.calls_out("8003");
  h.hang_up();
  CHECK(h.all(event_kind::call_unexplained).empty());
  // A house without reasons asks for none.
  asking_house other(sim::owing_house());
  other.calls_out();
  other.hang_up();
  CHECK(other.all(event_kind::call_unexplained).empty());
}

TEST_CASE("S14: an operator who dials at the phone is asked too; another phone of the house is not") {
  house_config c = asking_house::with_reasons();
  c.classes = {{"desk", {"0"}, {}, false}};
  for (auto& d : c.devices)
    if (d.number == "1001" || d.number == "8006") d.service = "desk";
  asking_house h(c);
  for (const char* phone : {"1001", "8006"}) {
    const call_id dialled = h.call_in("013912345678", phone);
    REQUIRE(h.state.call_table.find(dialled) != nullptr);
    h.hangs_up(h.state.parties.find(h.state.call_table.find(dialled)->caller)->leg);
    h.settle();
  }
  const auto told = h.all(event_kind::call_unexplained);
  REQUIRE(told.size() == 1);
  CHECK(told[0].operator_ == h.operator_named("zhang"));
  CHECK(told[0].device == h.device("1001"));
}

TEST_CASE("S12: the card that answered a caller stands in the register") {
  watched_house h;
  h.talking();
  command c;
  c.kind = command_kind::use_card;
  c.call = h.call;
  REQUIRE(set_text(c, "price-ct"));
  CHECK(h.give(c) == errc{});
  const auto used = h.all(event_kind::card_used);
  REQUIRE(used.size() == 1);
  CHECK(used[0].operator_ == h.operator_named("zhang"));
  c.call = call_id{4711};
  CHECK(h.give(c) == errc::call_unknown);
}

TEST_CASE("P3: a post without anybody is told once, and again when somebody is there") {
  watched_house h;
  std::vector<std::string> texts;
  h.watch_texts = [&](const logged& l) {
    if (l.record.kind == event_kind::post_unmanned) texts.push_back(l.text);
  };
  command c;
  c.kind = command_kind::report_post;
  c.detail = 1;
  REQUIRE(set_text(c, "总值班"));
  CHECK(h.give(c) == errc{});
  CHECK(h.give(c) == errc::call_wrong_state);
  c.detail = 2;
  CHECK(h.give(c) == errc{});
  CHECK(texts == std::vector<std::string>{"总值班", "总值班"});
  CHECK(h.state.unmanned_posts.own().empty());
}

TEST_CASE("S9: only a supervisor tells all operators something") {
  house_config house = sim::small_house();
  watched_house h(house);
  command c;
  c.kind = command_kind::tell_operators;
  REQUIRE(set_text(c, "the lift is out of order"));
  c.actor = actor_id{1};
  CHECK(h.give(c) == errc::access_refused);
  c.actor = {};
  CHECK(h.give(c) == errc{});
  CHECK(h.all(event_kind::operators_told).size() == 1);
  c.queue = queue_id{99};
  CHECK(h.give(c) == errc::queue_unknown);
}

}  // namespace
}  // namespace cordboard
