// SPDX-License-Identifier: Apache-2.0
// A house that keeps requests.
#pragma once
#include <board/requests.hpp>

#include "house.hpp"

namespace cordboard {

using sim::second;
inline constexpr std::int64_t minute = 60 * second, hour = 60 * minute, day = 24 * hour;

struct request_house : watched_house {
  explicit request_house(house_config c = sim::owing_house(), std::initializer_list<const char*> on_duty = {"zhang"})
      : watched_house(std::move(c), on_duty) {
    watch_texts = [this](const logged& l) { texts_of_all[l.record.sequence] = l.text; };
  }
  std::map<std::uint64_t, std::string> texts_of_all;

  errc give_for(command_kind kind, request_id to, std::string_view words = {}, std::int64_t value = 0,
                std::uint16_t detail = 0) {
    command c;
    c.kind = kind;
    c.request = to;
    c.value = value;
    c.detail = detail;
    REQUIRE(set_text(c, words));
    return give(c);
  }
  errc open(const char* what, call_id in = {}, consent may = consent::none, std::int64_t at = 0) {
    id = request_id{fresh()};
    command c;
    c.kind = command_kind::open_request;
    c.request = id;
    c.call = in;
    c.consent = may;
    c.value = at;
    REQUIRE(set_text(c, what));
    return give(c);
  }
  errc act(command_kind kind, std::string_view words = {}, std::int64_t value = 0, std::uint16_t detail = 0) {
    return give_for(kind, id, words, value, detail);
  }
  errc by(command_kind kind, const char* who, std::string_view words = {}) {
    command c;
    c.kind = kind;
    c.request = id;
    c.operator_ = operator_named(who);
    REQUIRE(set_text(c, words));
    return give(c);
  }
  errc calls(const char* who = nullptr, const char* number = "013800138000") {
    attempt = call_id{fresh()};
    command c;
    c.kind = command_kind::call_request;
    c.request = id;
    if (who != nullptr) c.operator_ = operator_named(who);
    c.new_call = attempt;
    c.new_leg = leg_id{fresh()};
    c.new_party = party_id{fresh()};
    REQUIRE(set_text(c, number));
    line = c.new_leg;
    const errc why = give(c);
    return why;
  }
  /// The person's line in the attempt; 0: not rung.
  leg_id person() const {
    const call_state* c = state.call_table.find(attempt);
    const party_state* p = c != nullptr ? state.parties.find(c->caller) : nullptr;
    return p != nullptr ? p->leg : leg_id{};
  }
  const request_record* record() const { return state.requests.find(id); }
  std::string text_of_last(event_kind kind) const {
    const auto found = all(kind);
    return found.empty() ? std::string("none") : texts_of_all.at(found.back().sequence);
  }
  event last_of(event_kind kind) const {
    const auto found = all(kind);
    REQUIRE(!found.empty());
    return found.back();
  }
  void go_on(std::int64_t by) {
    for (const std::int64_t until = now + by; now < until;) wait(until - now);
  }
  request_id id;
  call_id attempt;
  leg_id line;
};

}  // namespace cordboard
