// SPDX-License-Identifier: Apache-2.0
#include <call/call_fsm.hpp>
#include <call/leg_fsm.hpp>
#include <call/transfer_fsm.hpp>
#include <doctest/doctest.h>

#include <array>
#include <string>

namespace cordboard {
namespace {

TEST_CASE("a leg takes each fact at most once, and nothing after the last word") {
  leg_fsm out;
  out.evolve(event_kind::offered);
  CHECK(out.phase == leg_phase::inviting);
  CHECK(out.decide(leg_fsm::input::ringing) == leg_step::delivered);
  out.evolve(event_kind::delivered);
  CHECK(out.decide(leg_fsm::input::ringing) == leg_step::none);
  CHECK(out.decide(leg_fsm::input::answered) == leg_step::connected);
  out.evolve(event_kind::established);
  CHECK(out.decide(leg_fsm::input::answered) == leg_step::none);
  CHECK(out.decide(leg_fsm::input::ended) == leg_step::cleared);
  out.release();
  CHECK_FALSE(out.live());
  CHECK(out.decide(leg_fsm::input::answered) == leg_step::none);   // a 200 that crossed our CANCEL
  CHECK(out.decide(leg_fsm::input::ended) == leg_step::released);  // a BYE that crossed ours
  out.evolve(event_kind::leg_released);
  for (const auto in : {leg_fsm::input::ringing, leg_fsm::input::answered, leg_fsm::input::refused, leg_fsm::input::ended,
                        leg_fsm::input::released, leg_fsm::input::lost})
    CHECK(out.decide(in) == leg_step::none);
}

TEST_CASE("a caller who gives up before the answer has nothing left to release") {
  leg_fsm in;
  in.evolve(event_kind::originated);
  CHECK(in.phase == leg_phase::offered);
  CHECK(in.decide(leg_fsm::input::ended) == leg_step::cleared);
  CHECK(in.decide(leg_fsm::input::answered) == leg_step::none);
}

TEST_CASE("connections move as CSTA's table allows, and no other way") {
  using enum connection_state;
  constexpr std::array all{null, initiated, alerting, connected, hold, queued, failed};
  // Rows and columns in this order; 1: allowed (terms, section 1.2).
  const std::array<std::string, 7> table{"0111010", "1001101", "1011011", "1010111", "1011001", "1011011", "1011010"};
  for (std::size_t from = 0; from < all.size(); ++from) {
    for (std::size_t to = 0; to < all.size(); ++to) {
      CAPTURE(from);
      CAPTURE(to);
      CHECK(move_allowed(all[from], all[to]) == (table[from][to] == '1'));
    }
  }
}

TEST_CASE("a transfer has a way back from every step") {
  using in = transfer_fsm::input;
  using step = transfer_step;
  transfer_fsm t;
  CHECK(t.decide(in::target_answered, true, true) == step::stay);
  t.evolve(transfer_state::asking, cause::none);
  CHECK(t.decide(in::target_failed, true, false) == step::give_back);
  CHECK(t.decide(in::target_failed, false, false) == step::recall);
  CHECK(t.decide(in::operator_left, false, true) == step::recall);  // the target still rings: nobody is there to take over
  CHECK(t.decide(in::agreed, true, true) == step::ring_on);
  CHECK(t.decide(in::agreed, true, false) == step::stay);
  t.evolve(transfer_state::consents, cause::none);
  CHECK(t.decide(in::agreed, true, true) == step::move);
  CHECK(t.decide(in::operator_left, false, true) == step::move);
  CHECK(t.decide(in::operator_left, false, false) == step::recall);
  t.evolve(transfer_state::moving, cause::none);
  CHECK(t.decide(in::voices_joined, true, true) == step::connect);
  CHECK(t.decide(in::voices_failed, true, true) == step::give_back);
  CHECK(t.decide(in::target_failed, false, true) == step::recall);
  t.evolve(transfer_state::ringing, cause::none);
  CHECK(t.decide(in::target_answered, false, true) == step::connect);
  CHECK(t.decide(in::target_failed, false, true) == step::recall);
  t.evolve(transfer_state::recalling, cause::busy);
  CHECK(t.decide(in::recall_answered, true, true) == step::recalled);
  CHECK(t.decide(in::recall_failed, false, true) == step::escalate);
  for (const auto s : {transfer_state::asking, transfer_state::consents, transfer_state::moving, transfer_state::ringing,
                       transfer_state::recalling}) {
    transfer_fsm any;
    any.evolve(s, cause::none);
    CHECK(any.decide(in::caller_left, true, true) == step::caller_left);
  }
}

TEST_CASE("the first cause of a failed transfer is kept") {
  transfer_fsm t;
  t.evolve(transfer_state::asking, cause::none);
  t.evolve(transfer_state::recalling, cause::busy);
  t.evolve(transfer_state::recalling, cause::timeout);
  CHECK(t.cause == cause::busy);
}

TEST_CASE("S4: the caller's consent is always needed, the called party's by the department's policy") {
  for (const auto policy : {consent_policy::required, consent_policy::announced, consent_policy::blind}) {
    CHECK_FALSE(consents_satisfy(policy, consent::none, consent::yes, true));
    CHECK_FALSE(consents_satisfy(policy, consent::no, consent::yes, true));
    CHECK_FALSE(consents_satisfy(policy, consent::yes, consent::no, true));
    CHECK(consents_satisfy(policy, consent::yes, consent::yes, true));
  }
  CHECK_FALSE(consents_satisfy(consent_policy::required, consent::yes, consent::none, true));
  CHECK_FALSE(consents_satisfy(consent_policy::announced, consent::yes, consent::none, false));
  CHECK(consents_satisfy(consent_policy::announced, consent::yes, consent::none, true));
  CHECK(consents_satisfy(consent_policy::blind, consent::yes, consent::none, false));
}

}  // namespace
}  // namespace cordboard
