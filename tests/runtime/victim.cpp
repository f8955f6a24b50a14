// SPDX-License-Identifier: Apache-2.0
// A board that lives wildly until it is killed: victim RUN HOT SEED. Callers come and go, operators do whatever comes to mind.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "house.hpp"

#include <cstdio>
#include <cstdlib>
#include <log/clock.hpp>
#include <random>
#include <runtime/random.hpp>

using namespace cordboard;

namespace {

class life {
public:
  life(runtime::service& in, unsigned seed) : in_(in), random_(seed), again_(in.loop(), [this] { act(); }) {
    for (std::uint32_t i = 1; i <= 2; ++i) {
      give(command(cmd::log_on{operator_id{i}}));
      give(command(cmd::ready{operator_id{i}}));
    }
    again_.after(std::chrono::milliseconds(1));
  }

private:
  void give(command what) {
    what.id = {ids_.next(), ids_.next()};
    what.deadline_ns = log::wall_time_ns() + 200'000'000;
    in_.board().take(runtime::submission{what, {}, {}});
  }
  call_id some_call() {
    std::vector<call_id> all;
    for (const auto& [id, call] : in_.state().call_table.own())
      if (call) all.push_back(id);
    return all.empty() ? call_id{} : all[random_() % all.size()];
  }
  std::string number(std::initializer_list<const char*> of) { return *(of.begin() + random_() % of.size()); }

  void act() {
    for (int times = 0; times < 5; ++times) act_once();
    again_.after(std::chrono::milliseconds(1));
  }
  void act_once() {
    auto& phones = *in_.loopback();
    const auto call = some_call();
    const auto* known = in_.state().call_table.find(call);
    const auto consultation = known != nullptr ? known->consultation : call_id{};
    switch (random_() % 14) {
      case 0:
      case 1:
        if (in_.state().calls < 12)
          phones.call_in({"city", number({"9000", "9000", "8001", "1"}), number({"11", "12", "13", "14", "15"}), "",
                          leg_id{ids_.next()}, call_id{ids_.next()}, party_id{ids_.next()}});
        return;
      case 2: phones.hang_up(number({"11", "12", "13", "14", "15", "1001", "1002", "8001", "8002"})); return;
      case 3: phones.answer(number({"1001", "1002", "8001", "8002", "1000"})); return;
      case 4: phones.behave(number({"1001", "8001", "8002"}), static_cast<loopback_phone>(random_() % 5)); return;
      case 5: return give(command(cmd::hold{call}));
      case 6: return give(command(cmd::retrieve{call}));
      case 7:
        return give(command(cmd::consult{
            call, {}, number({"8001", "8002"}), call_id{ids_.next()}, leg_id{ids_.next()}, party_id{ids_.next()}}));
      case 8:
        return give(
            command(cmd::declare_consent{call, random_() % 2 == 0 ? consent_of::caller : consent_of::target, consent::yes}));
      case 9: return give(command(cmd::transfer{call, consultation.value}));
      case 10: return give(command(cmd::single_step_transfer{call, {}, "8002", leg_id{ids_.next()}, party_id{ids_.next()}}));
      case 11: return give(command(cmd::reconnect{call, consultation.value}));
      case 12: return give(command(cmd::clear_call{call}));
      default: return give(command(cmd::ready{operator_id{static_cast<std::uint32_t>(1 + random_() % 2)}}));
    }
  }

  runtime::service& in_;
  std::mt19937 random_;
  runtime::random_source ids_;
  sip::timer again_;
};

}  // namespace

int main(int count, char** given) {
  if (count != 4) return 2;
  try {
    runtime::intake commands(64);
    runtime::service::options how;
    how.follow.events_between = 500;
    runtime::service board(runtime_test::small_house(given[1], given[2]), commands, how);
    life wild(board, static_cast<unsigned>(std::atoi(given[3])));
    std::puts("ready");
    std::fflush(stdout);
    return board.run() ? 1 : 0;
  } catch (const std::exception& why) {
    std::printf("%s\n", why.what());
    return 1;
  }
}
