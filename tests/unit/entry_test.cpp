// SPDX-License-Identifier: Apache-2.0
// S6: no call without an entry.
#include "request_house.hpp"

namespace cordboard {
namespace {

errc note(request_house& h, call_id call, const char* words, std::uint64_t corrects = 0) {
  command c;
  c.kind = command_kind::note_call;
  c.call = call;
  c.other = corrects;
  REQUIRE(set_text(c, words));
  return h.give(c);
}

void end_talk(request_house& h) {
  h.hangs_up(h.caller);
  h.settle();
}

TEST_CASE("S6: a call about which nothing was written down owes an entry, and a corrected note keeps the old text") {
  request_house h;
  h.talking();
  end_talk(h);
  REQUIRE(h.all(event_kind::entry_owed).size() == 1);
  const event owed = h.last_of(event_kind::entry_owed);
  CHECK(owed.call == h.call);
  CHECK(owed.operator_ == h.operator_named("zhang"));
  REQUIRE(note(h, h.call, "问门诊时间") == errc{});
  CHECK(h.last_of(event_kind::entry_settled).other == owed.sequence);
  CHECK(h.last_of(event_kind::entry_settled).cause == cause::normal);
  const std::uint64_t first = h.last_of(event_kind::call_noted).sequence;
  REQUIRE(note(h, h.call, "问专家门诊时间", first) == errc{});
  CHECK(h.last_of(event_kind::call_noted).other == first);
  CHECK(h.texts_of_all.at(first) == "问门诊时间");
  CHECK(note(h, h.call, "again") == errc::call_unknown);  // it is over, and nothing is owed
}

TEST_CASE("S6: what was noted, or became a request, on the call itself owes nothing more") {
  request_house h;
  h.talking();
  REQUIRE(note(h, h.call, "打错电话") == errc{});
  end_talk(h);
  CHECK(h.all(event_kind::entry_owed).empty());
  h.go_on(10 * second);
  h.talking();
  REQUIRE(h.open(R"({"kind":"callback","matter":"化验"})", h.call) == errc{});
  end_talk(h);
  CHECK(h.all(event_kind::entry_owed).empty());
}

TEST_CASE("S6: a request that is opened after the call settles it, and what nobody writes is told") {
  request_house h;
  h.talking();
  const call_id first = h.call;
  end_talk(h);
  h.go_on(10 * second);
  h.talking();
  end_talk(h);
  REQUIRE(h.all(event_kind::entry_owed).size() == 2);
  REQUIRE(h.open(R"({"kind":"callback"})", first) == errc{});
  CHECK(h.last_of(event_kind::entry_settled).call == first);
  h.go_on(11 * minute);
  CHECK(h.last_of(event_kind::entry_settled).call == h.call);
  CHECK(h.last_of(event_kind::entry_settled).cause == cause::timeout);
  CHECK(h.state.entries.own().empty());
}

}  // namespace
}  // namespace cordboard
