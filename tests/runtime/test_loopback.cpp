// SPDX-License-Identifier: Apache-2.0
// A switchboard at work, from the call that comes in to the log, without SIP.
#include "house.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace cordboard;
using namespace cordboard::runtime_test;

namespace {

bool is_with(const board_state& s, call_id call, custodian who) {
  const auto* c = s.call_table.find(call);
  const auto* caller = c != nullptr ? s.parties.find(c->caller) : nullptr;
  return caller != nullptr && caller->custodian == who;
}

void man_the_board(board_on_thread& board, operator_id who = operator_id{1}) {
  REQUIRE(board.exec(command(cmd::log_on{who})).end);
  REQUIRE(board.exec(command(cmd::ready{who})).end);
}

bool has(const std::vector<event_kind>& kinds, event_kind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace

TEST_CASE("a caller is queued, answered, consulted on and transferred with consent") {
  const folders where;
  board_on_thread board(small_house(where.run, where.hot));
  const auto call = board.call_in("9000");
  REQUIRE(board.sees([&](const board_state& s) { return is_with(s, call, custodian::queue); }));
  man_the_board(board);
  REQUIRE(board.sees([&](const board_state& s) { return is_with(s, call, custodian::operator_); }));

  const call_id consultation{77};
  const auto consulted = board.exec(command(cmd::consult{call, {}, "8001", consultation, leg_id{78}, party_id{79}}));
  REQUIRE(consulted.end);
  CHECK(consulted.end->kind == event_kind::command_done);
  CHECK(board.exec(command(cmd::transfer{call, consultation.value})).answer.code == errc::consent_missing);
  REQUIRE(board.exec(command(cmd::declare_consent{call, consent_of::caller, consent::yes})).end);
  REQUIRE(board.exec(command(cmd::declare_consent{call, consent_of::target, consent::yes})).end);
  const auto transferred = board.exec(command(cmd::transfer{call, consultation.value}));
  REQUIRE(transferred.end);
  CHECK(transferred.end->kind == event_kind::command_done);
  CHECK(board.sees([&](const board_state& s) { return is_with(s, call, custodian::target); }));
  board.hang_up("13800000000");
  CHECK(board.sees([&](const board_state& s) { return s.calls == 0 && s.legs.own().empty(); }));
  CHECK_FALSE(board.stop());

  const auto events = read_all(where.run);
  const auto kinds = kinds_of(events, call);
  for (const auto kind :
       {event_kind::originated, event_kind::queued, event_kind::established, event_kind::held, event_kind::transfer_started,
        event_kind::consent_declared, event_kind::transferred, event_kind::transfer_ended, event_kind::call_cleared})
    CHECK(has(kinds, kind));
  CHECK(kinds.back() == event_kind::call_cleared);
  CHECK(events.back().record.kind == event_kind::board_stopped);
}

TEST_CASE("a transfer to a busy department comes back") {
  const folders where;
  board_on_thread board(small_house(where.run, where.hot));
  board.behave("8002", loopback_phone::busy);
  man_the_board(board);
  const auto call = board.call_in("9000");
  REQUIRE(board.sees([&](const board_state& s) { return is_with(s, call, custodian::operator_); }));
  REQUIRE(board.exec(command(cmd::declare_consent{call, consent_of::caller, consent::yes})).end);
  const auto sent = board.exec(command(cmd::single_step_transfer{call, {}, "8002", leg_id{81}, party_id{82}}));
  REQUIRE(sent.end);
  CHECK(sent.end->kind == event_kind::command_failed);
  CHECK(sent.end->cause == cause::busy);
  CHECK(board.sees([&](const board_state& s) { return is_with(s, call, custodian::operator_); }));
}

TEST_CASE("the same command id is carried out once, and gives the same outcome") {
  const folders where;
  board_on_thread board(small_house(where.run, where.hot));
  man_the_board(board);
  const auto call = board.call_in("9000");
  REQUIRE(board.sees([&](const board_state& s) { return is_with(s, call, custodian::operator_); }));
  command hold(cmd::hold{call});
  hold.id = {7, 7};
  hold.deadline_ns = 4'000'000'000'000'000'000;
  const auto first = board.exec(hold);
  const auto again = board.exec(hold);
  REQUIRE(first.end);
  REQUIRE(again.end);
  CHECK(again.answer == first.answer);
  CHECK(again.end->sequence == first.end->sequence);
  const auto events = read_all(where.run);
  CHECK(std::count_if(events.begin(), events.end(), [&](const logged& e) { return e.record.kind == event_kind::held; }) == 1);
}

TEST_CASE("an order to stop ends the calls, and the next start begins clean") {
  const folders where;
  const auto with = small_house(where.run, where.hot);
  {
    board_on_thread board(with);
    board.call_in("9000");
    REQUIRE(board.sees([](const board_state& s) { return s.calls == 1; }));
    const auto stop = board.exec(command(cmd::stop{}));
    CHECK(stop.answer.code == errc{});
    CHECK_FALSE(board.wait());
  }
  board_on_thread board(with);
  CHECK(board.service().found().found);
  CHECK_FALSE(board.service().found().unclean);
  CHECK(board.service().found().legs == 0);
  CHECK(board.sees([](const board_state& s) { return s.calls == 0 && s.devices.own().size() == 6; }));
}

TEST_CASE("a number that no log could take is turned away, and the board goes on") {
  const folders where;
  board_on_thread board(small_house(where.run, where.hot));
  board.call_in("9000", std::string(70'000, '1'));
  const auto call = board.call_in("9000");
  CHECK(board.sees([&](const board_state& s) { return s.calls == 1 && s.call_table.find(call) != nullptr; }));
}
