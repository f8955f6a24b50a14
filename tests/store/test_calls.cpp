// SPDX-License-Identifier: Apache-2.0
// What stands in the store of a call.
#include <doctest/doctest.h>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;
using store::number_of;
using store::text_of;

TEST_CASE("S1 a call, who waited how long, who had the caller and what was noted stand in the store") {
  const own_store here;
  story log;
  event& person = log.next(event_kind::operator_configured);
  person.operator_ = operator_id{7};
  log.say(person, "李梅\t801");
  event& line = log.next(event_kind::queue_configured);
  line.queue = queue_id{1};
  log.say(line, "8000\t总机\t7");
  const std::uint64_t id = log.call("13800138000", "王芳", "问门诊时间");
  fill(here, log.path());
  const auto in = here.open();
  auto keys = here.keys(*in);
  const auto calls = store::calls_of_number(*in, keys, "13800138000", 10);
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].id == id);
  CHECK(calls[0].number == "13800138000");
  CHECK(calls[0].name == "王芳");
  CHECK(calls[0].queue == "8000 总机");
  CHECK(calls[0].operator_ == "801 李梅");
  CHECK(calls[0].answered_at - calls[0].began_at == 5 * second);
  CHECK(calls[0].ended_at - calls[0].began_at == 300 * second);
  REQUIRE(calls[0].notes.size() == 1);
  CHECK(calls[0].notes[0] == "问门诊时间");
  const auto wait = in->all("SELECT ended_at - began_at, result, operator, rings FROM wait");
  REQUIRE(wait.size() == 1);
  CHECK(number_of(wait[0][0]) == 5 * second);
  CHECK(number_of(wait[0][1]) == static_cast<std::int64_t>(queue_result::answered));
  CHECK(number_of(wait[0][2]) == 7);
  const auto custody = in->all("SELECT custodian, ended_at - began_at FROM custody ORDER BY sequence");
  REQUIRE(custody.size() == 2);
  CHECK(number_of(custody[0][0]) == static_cast<std::int64_t>(custodian::operator_));
  CHECK(number_of(custody[0][1]) == 295 * second);
}

TEST_CASE("S9 who gave which command, and what became of it, stands in the store") {
  const own_store here;
  story log;
  const auto give = [&](std::uint64_t id, event_kind what) {
    event& e = log.next(what);
    e.command = command_id{1, id};
    e.actor = actor_id{5};
    e.detail = 20;
    if (what == event_kind::command_refused) e.value = static_cast<std::int64_t>(errc::access_refused);
    log.say(e);
  };
  give(1, event_kind::command_accepted);
  give(2, event_kind::command_accepted);
  give(3, event_kind::command_refused);
  give(2, event_kind::command_failed);
  give(1, event_kind::command_done);
  give(4, event_kind::command_accepted);
  fill(here, log.path());
  const auto all = here.open()->all("SELECT outcome, actor, error FROM action ORDER BY sequence");
  REQUIRE(all.size() == 4);
  CHECK(number_of(all[0][0]) == 1);
  CHECK(number_of(all[1][0]) == 2);
  CHECK(number_of(all[2][0]) == 4);
  CHECK(number_of(all[2][2]) == static_cast<std::int64_t>(errc::access_refused));
  CHECK(number_of(all[3][0]) == 0);
  CHECK(number_of(all[0][1]) == 5);
}

TEST_CASE("what is dialled to the outside is found under the number of whom it is for") {
  const own_store here;
  story log;
  event& begun = log.next(event_kind::service_initiated);
  begun.call = call_id{1};
  begun.party = party_id{2};
  begun.operator_ = operator_id{7};
  log.say(begun);
  event& dialled = log.next(event_kind::digits_dialed);
  dialled.call = call_id{1};
  dialled.party = party_id{3};
  log.say(dialled, "13900139000");
  fill(here, log.path());
  const auto in = here.open();
  auto keys = here.keys(*in);
  const auto calls = store::calls_of_number(*in, keys, "+86 139-0013-9000", 10);
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].number == "13900139000");
}
