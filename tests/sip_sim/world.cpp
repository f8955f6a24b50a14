// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"
#include <fmt/format.h>
#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace sip_sim {
namespace {

constexpr device_id outside{9};

}  // namespace

world::world(std::uint64_t seed, bool tells)
    : dice_(seed), tells_(tells), net_(dice_, [this](const auto& text) { arrive(text); }) {
  use_virtual_clock();
  config_.port = 0;
  config_.session_expires = std::chrono::seconds(120);
  config_.calls_per_second = config_.phone_calls_per_second = config_.failures_max = 0;
  device_config trunk;
  trunk.kind = device_kind::trunk;
  trunk.number = "outside";
  trunk.addresses = {"127.0.0.1"};
  trunk.targets = {fmt::format("sip:127.0.0.1:{};transport=udp", net_.port())};
  devices_ = {trunk};
  ids_ = {outside};
  net_.trace = [this](bool at_the_stack, const std::string& text) {
    if (found_ != nullptr) ++found_->datagrams;
    if (tells_)
      fmt::print("{:8} {} {}\n", sip_sim::now(), at_the_stack ? "-> house" : "<- house",
                 text.substr(0, text.find('\r')) + "  " + text.substr(text.find("Call-ID"), 30));
  };
  begin();
}

world::~world() = default;

void world::begin() {
  stack_ = std::make_unique<sip::stack>(loop_, config_, devices_, ids_, static_cast<sip::sink&>(*this));
  config_.port = stack_->port(sip::transport::udp);
  net_.house_at(config_.port);
  dead_ = false;
}

void world::broken(const std::string& what) {
  if (found_ != nullptr && found_->failure.empty()) found_->failure = fmt::format("at {} ms: {}", sip_sim::now(), what);
}

// ------------------------------------------------------------------------------------------------- the board's part
void world::write_down(leg_id id) {
  auto& of = lines_[id.value];
  of.saved = of.dialog;
}

void world::later(milliseconds wait, std::function<void()> what) {
  plans_.emplace(sip_sim::now() + wait, [this, what = std::move(what)] {
    if (!dead_) what();
  });
}

void world::release(leg_id id) {
  auto& of = lines_[id.value];
  if (of.is == phase::releasing || of.is == phase::over) return;
  of.is = phase::releasing;
  if (dies_here()) return;
  stack_->release(id, 0, cause::normal_clearing);
}

void world::on_incoming(sip::incoming in) {
  if (dies_here()) return;
  const auto id = in.who.leg;
  auto& made = lines_[id.value];
  if (made.is != phase::offered || !made.saved.empty()) broken(fmt::format("leg {} came in twice", id.value));
  // A copy of an INVITE that came late, behind a crash: whoever sent it has been told that it is over.
  const agent* const caller = at(in.who.number);
  if (caller == nullptr || !caller->dismissed()) made.number = in.who.number;
  write_down(id);
  if (dies_here()) return;
  const auto still_offered = [this, id] { return lines_[id.value].is == phase::offered; };
  switch (dice_() % 4) {
    case 0:
      later(between(0, 2000), [this, id, still_offered] {
        if (still_offered()) release(id);
      });
      break;
    case 1: stack_->alert(id); [[fallthrough]];
    default:
      later(between(0, 6000), [this, id, still_offered] {
        if (!still_offered()) return;
        lines_[id.value].is = phase::up;
        if (dies_here()) return;
        stack_->answer(id, sip_test::our_sdp);
        if (chance(500)) later(between(0, 20000), [this, id] { release(id); });
      });
  }
}

void world::on_provisional(leg_id id, std::uint16_t, std::string) {
  if (dies_here()) return;
  auto& of = lines_[id.value];
  if (of.is == phase::over) broken(fmt::format("leg {} rings after its end", id.value));
  if (of.is == phase::inviting) of.is = phase::ringing;
}

void world::on_answered(leg_id id, std::string) {
  if (dies_here()) return;
  auto& of = lines_[id.value];
  if (of.is == phase::over || of.answered)
    broken(fmt::format("leg {} is answered {}", id.value, of.answered ? "twice" : "after its end"));
  of.answered = true;
  if (of.is != phase::releasing) of.is = phase::up;
  write_down(id);
  if (dies_here()) return;
  // Now and then whoever it was for has gone by now.
  if (chance(100)) return release(id);
  if (chance(600)) later(between(0, 20000), [this, id] { release(id); });
}

void world::final(leg_id id, const char* said, bool may) {
  auto& of = lines_[id.value];
  if (of.is == phase::over) broken(fmt::format("leg {} ends twice: {}", id.value, said));
  if (!may) broken(fmt::format("leg {} was told {} in phase {}", id.value, said, static_cast<int>(of.is)));
  of.is = phase::over;
}

void world::on_fact(any_fact fact) {
  if (dies_here()) return;
  std::visit(
      [this](const auto& f) {
        using type = std::decay_t<decltype(f)>;
        if constexpr (std::is_same_v<type, fact::refused>) {
          const auto& of = lines_[f.leg.value];
          final(f.leg, "refused", of.outgoing && !of.answered);
        } else if constexpr (std::is_same_v<type, fact::ended>) {
          const auto& of = lines_[f.leg.value];
          final(f.leg, "ended", !of.outgoing || of.answered);
        } else if constexpr (std::is_same_v<type, fact::released>) {
          final(f.leg, "released", lines_[f.leg.value].is == phase::releasing);
        }
      },
      fact);
  (void)dies_here();
}

void world::on_reoffer(leg_id id, std::string) {
  if (dies_here()) return;
  const unsigned how = static_cast<unsigned>(dice_() % 4);
  const auto answer = [this, id, how] {
    if (how == 0)
      stack_->refuse_reoffer(id, 488);
    else
      stack_->answer_reoffer(id, sip_test::our_sdp);
  };
  if (how == 1)
    later(between(1, 3000), answer);
  else
    answer();
}

void world::on_refresh_due(leg_id id) {
  if (!dies_here()) stack_->refresh(id, sip_test::our_sdp);
}

void world::on_dialog_changed(leg_id id, std::string saved) { lines_[id.value].dialog = std::move(saved); }

void world::keep_dialogs() {
  if (dies_here()) return;
  for (auto& [id, of] : lines_)
    if (of.is != phase::over) of.saved = of.dialog;
  (void)dies_here();
}

// ----------------------------------------------------------------------------------------------------------- crashes
bool world::dies_here() {
  if (dead_) return true;
  if (!crashes_ || dice_() % 400 != 0) return false;
  die();
  return true;
}

void world::die() {
  // What had left before is under way; what the stack may still send is not of this world.
  net_.take();
  dead_ = true;
  if (found_ != nullptr) ++found_->crashes;
  if (tells_) fmt::print("{:8} crash\n", sip_sim::now());
  stack_.reset();
  net_.forget();
}

void world::come_back() {
  begin();
  for (auto& [id, of] : lines_) {
    of.dialog = of.saved;
    if (of.is == phase::over) continue;
    const leg_id leg{id};
    // A caller whom nobody wrote down calls again; an INVITE of ours that nobody wrote down never left.
    if (of.saved.empty()) {
      of.is = phase::over;
      continue;
    }
    const agent* const peer = at(of.number);
    if (peer != nullptr && peer->dismissed() && of.is != phase::releasing)
      broken(fmt::format("{} was told that its call is over, and that was not written down", peer->state()));
    const bool heard = of.is != phase::inviting;
    if (!stack_->restore(leg, of.saved, heard ? std::string() : sip_test::our_sdp)) {
      broken(fmt::format("leg {} cannot be made again from: {}", id, of.saved));
      continue;
    }
    if (!of.outgoing && of.is == phase::up) stack_->answer(leg, sip_test::our_sdp);
    if (of.is == phase::releasing)
      stack_->release(leg, 0, cause::normal_clearing);
    else if (of.is == phase::offered || chance(500))
      later(between(0, 20000), [this, leg] { release(leg); });
  }
}

// ------------------------------------------------------------------------------------------------------- the others
const agent* world::at(const std::string& number) const {
  const auto found = std::find_if(agents_.begin(), agents_.end(), [&](const auto& one) { return one->name() == number; });
  return found == agents_.end() ? nullptr : found->get();
}

void world::arrive(const std::string& datagram) {
  std::string bytes = datagram;
  const auto in = sip_test::take_message(bytes);
  if (!in) return broken("the house sent what is no message: " + datagram);
  auto found = by_call_id_.find(in->get("call-id"));
  if (found == by_call_id_.end()) {
    if (in->method() != "INVITE" || in->status() != 0) {
      // Of an INVITE that got lost.
      if (in->status() == 0 && in->method() != "ACK") net_.send(sip_test::peer_socket::response(*in, 481, "nobody"));
      return;
    }
    found = by_call_id_.emplace(in->get("call-id"), &add_agent()).first;
  }
  found->second->receive(*in);
}

agent& world::add_agent() {
  agents_.push_back(std::make_unique<agent>(
      static_cast<int>(agents_.size()), any_manners(), net_.port(), [this](const std::string& text) { net_.send(text); },
      [this](const std::string& what) { broken(what); }));
  return *agents_.back();
}

manners world::any_manners() {
  manners how;
  how.silent = chance(40);
  how.refuses = chance(150);
  how.never_acks = chance(40);
  how.answers_cancelled = chance(200);
  how.refuses_offers = chance(200);
  how.deaf = chance(40);
  how.impatient = chance(60);
  how.rings = between(0, 500);
  how.answers = chance(50) ? between(20'000, 60'000) : between(0, 6000);
  how.gives_up = chance(200) ? between(1, 8000) : 0;
  how.offers = chance(200) ? between(0, 3000) : 0;
  how.leaves = chance(600) ? between(0, 20'000) : 0;
  return how;
}

void world::new_call() {
  ++found_->calls;
  if (chance(500)) {
    agent& made = add_agent();
    made.call(config_.port);
    by_call_id_[made.call_id()] = &made;
    return;
  }
  sip::stack::invite out;
  out.leg = leg_id{fresh_id()};
  out.device = outside;
  out.number = fmt::format("8{:06}", ++dialled_);
  out.offer = sip_test::our_sdp;
  auto& mine = lines_[out.leg.value];
  mine.outgoing = true;
  mine.number = out.number;
  mine.is = phase::inviting;
  const auto id = out.leg;
  stack_->ring(std::move(out));
  // Who is not there in time is rung for no longer.
  later(between(500, 20'000), [this, id] {
    const auto is = lines_[id.value].is;
    if (is == phase::inviting || is == phase::ringing) release(id);
  });
}

void world::settle() {
  for (int turns = 0; turns < 100; ++turns) {
    if (!dead_) loop_.turn(std::chrono::milliseconds(0));
    const bool sent = !dead_ && net_.take();
    if (dead_) {
      // What it had posted is of the process before.
      loop_.turn(std::chrono::milliseconds(0));
      net_.forget();
      return;
    }
    if (net_.deliver() == 0 && !sent) return;
  }
}

void world::pass(milliseconds time) {
  constexpr milliseconds step = 10;
  for (const auto end = sip_sim::now() + time; sip_sim::now() < end && found_->failure.empty(); advance(step)) {
    settle();
    if (dead_) {
      // It takes a moment to start; what comes meanwhile is lost, as with a closed port.
      come_back();
    } else if (crashes_ && dice_() % 3000 == 0) {
      die();
      continue;
    }
    while (!plans_.empty() && plans_.begin()->first <= sip_sim::now()) {
      const auto what = std::move(plans_.extract(plans_.begin()).mapped());
      what();
    }
    for (std::size_t i = 0; i < agents_.size(); ++i) agents_[i]->tick();
  }
}

bool world::live(findings& found) {
  found_ = &found;
  lines_.clear();
  plans_.clear();
  agents_.clear();
  by_call_id_.clear();
  crashes_ = chance(700);
  network::weather bad;
  if (chance(700)) bad = {static_cast<unsigned>(between(0, 150)), static_cast<unsigned>(between(0, 100)), between(5, 800)};
  net_.is(bad);
  for (int i = 0; i < 60 && found.failure.empty(); ++i) {
    if (!dead_) new_call();
    pass(between(10, 1000));
  }
  // The house closes: who is still there is let go, and everything must come to its end.
  pass(30'000);
  crashes_ = false;
  pass(100);
  for (auto& [id, of] : lines_) release(leg_id{id});
  net_.is({});
  // Timers B, F and H, one behind the other, and a session that nobody refreshes.
  pass(260'000);
  const bool fine = check(found);
  found_ = nullptr;
  return fine;
}

bool world::check(findings& found) {
  for (const auto& [id, of] : lines_)
    if (of.is != phase::over) broken(fmt::format("leg {} never ends; it is in phase {}", id, static_cast<int>(of.is)));
  for (const auto& one : agents_) {
    if (one->talked()) ++found.talks;
    if (one->talks())
      broken(one->state() + " was left in a call");
    else if (one->waits())
      broken(one->state() + " rings for ever");
  }
  return found.failure.empty();
}

}  // namespace sip_sim
