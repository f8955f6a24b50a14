// SPDX-License-Identifier: Apache-2.0
// Lines over real SIP and media, made again from a log that was written by hand: their ids say in which order.
#include <board/board.hpp>
#include <board/board_state.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <log/clock.hpp>
#include <media/engine.hpp>
#include <runtime/saved_leg.hpp>
#include "house.hpp"

using namespace cordboard;
using namespace cordboard::runtime_test;

namespace {

/// What the switchboard does with an input, without a wire.
struct scribe {
  std::unique_ptr<log::writer> to;
  board_state state;
  std::uint64_t ids = 1000;

  explicit scribe(const config& with) {
    log::writer_options how;
    how.hot = with.log.hot;
    how.run = with.run;
    auto opened = log::writer::open(how);
    REQUIRE(opened);
    to = std::move(*opened);
    tell(any_fact{fact::restarted{}});
    while (!tell(with.house).events.empty()) continue;
  }
  batch tell(decltype(input::what) what) {
    input in;
    in.now = std::max(log::wall_time_ns(), state.last_time);
    in.first_sequence = to->next();
    for (auto& id : in.fresh) id = ++ids;
    in.what = std::move(what);
    batch decided = decide(state, in);
    if (!decided.events.empty()) REQUIRE(to->append(decided.events));
    for (const logged& e : decided.events) evolve(state, e);
    return decided;
  }
};

struct deaf final : media::sink {
  void on_fact(any_fact) override {}
};

/// A stream's text, of whatever leg.
std::string a_voice(const media_config& with) {
  deaf ear;
  auto engine = media::engine::open(with, ear);
  REQUIRE(engine);
  REQUIRE((*engine)->offer(leg_id{1}));
  return (*engine)->save(leg_id{1});
}

std::string an_answered_caller(device_id trunk, std::uint64_t number) {
  return fmt::format(
      "leg 1\nstate up\ndevice {}\ncall-id call{}\nlocal <sip:9000@127.0.0.1>\nltag ours\nremote <sip:caller@127.0.0.2>\n"
      "rtag theirs\nrcseq 1\ntarget <sip:caller@127.0.0.2:9>\n",
      trunk.value, number);
}

}  // namespace

TEST_CASE("a line that is being let go leaves its ports to whoever talks over them since") {
  const folders where;
  auto with = small_house(where.run, where.hot);
  with.loopback = false;
  with.sip.port = 0;
  with.media.address = "127.0.0.77";
  const std::string voice = a_voice(with.media);
  {
    scribe hand(with);
    const device_id trunk = device_by_number(hand.state, "city");
    for (const std::uint64_t id : {1U, 2U}) {
      const auto saved = runtime::write_leg({voice, "", an_answered_caller(trunk, id)});
      hand.tell(any_fact{fact::incoming{leg_id{id}, call_id{id}, party_id{id}, trunk, "9000", "", "", saved}});
      if (id != 1) continue;
      command clear(cmd::clear_call{call_id{1}});
      clear.id = {1, 1};
      clear.deadline_ns = hand.state.last_time + 1'000'000'000;
      REQUIRE(hand.tell(clear).answer.code == errc{});
    }
    REQUIRE(hand.state.legs.find(leg_id{1})->fsm.phase == leg_phase::releasing);
    REQUIRE(hand.state.legs.find(leg_id{2})->fsm.phase == leg_phase::up);
  }
  runtime::service::options how;
  how.stop_limit = std::chrono::milliseconds(100);
  std::string told;
  how.trace = [&](const std::string& line) { told += line + "\n"; };
  board_on_thread board(with, how);
  CHECK(board.service().found().legs == 2);
  CHECK(board.service().found().lost == 0);
  CHECK(told.find("voice") == std::string::npos);
  CHECK(board.sees([](const board_state& s) { return s.call_table.find(call_id{2}) != nullptr; }));
}
