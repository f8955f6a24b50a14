// SPDX-License-Identifier: Apache-2.0
#include "sim.hpp"
#include <board/request_rules.hpp>

namespace cordboard::sim {
namespace {

/// Slots begin on these, so that some of them are meant twice.
constexpr std::int64_t slot_step = 1800 * second;

struct play {
  world& w;
  house_config house;
  const course& goes;
  std::uint64_t crashes = 0;

  void step() {
    const auto what = w.random() % 100;
    if (what < 6) {
      w.chance(15) ? takes_over() : arrive();
    } else if (what < 52) {
      peer_acts();
    } else if (what < 85) {
      command_comes();
    } else if (what < 95) {
      const std::int64_t longest = goes.pause_max ? goes.pause_max(w.now) : 15 * second;
      w.wait(static_cast<std::int64_t>(w.random() % static_cast<std::uint64_t>(longest / second)) * second);
    } else if (what < 97) {
      phone_comes_or_goes();
    } else if (what < 98) {
      if (w.chance(30)) crash();
    } else if (w.chance(60)) {
      stray();
    } else if (w.chance(90)) {
      doors();
    } else {
      reload();
    }
    move_voices();
    w.settle();
  }

  /// The ends have answered, or one of them has refused.
  void move_voices() {
    if (w.moves.empty() || !w.chance(60)) return;
    const call_id id = w.pick(w.moves);
    w.moves.erase(id);
    const call_state* call = w.state.call_table.find(id);
    if (call == nullptr || call->fsm.empty()) return;
    const bool wanted_direct = call->media == media_path::directing;
    static const std::uint16_t statuses[] = {488, 491, 500, 606};
    const bool agreed = w.chance(75);
    const leg_id by = agreed ? leg_id{} : w.pick(call->fsm.connections).leg;
    fact_comes(fact::voices_moved{id, wanted_direct == agreed, by, agreed ? std::uint16_t{0} : statuses[w.random() % 4]});
  }

  /// Scripts are written anew: whoever is in one stays in it.
  void reload() {
    house_config other = house;
    if (w.chance(20)) other.health.test_every = std::chrono::seconds(60 * (w.random() % 3));
    if (w.chance(20)) other.checks.clear();
    if (w.chance(20)) other.phone_codes.pop_back();
    if (w.chance(50)) other.dialogues.front().steps.front().say = {"closed", "today"};
    if (w.chance(20)) other.dialogues.pop_back();
    w.configure(other);
  }

  /// Hours go by: queues and departments open and close.
  void doors() {
    static const char* const numbers[] = {"9000", "9001", "9009", "8001", "8004", "1000", "4711"};
    if (w.chance(20)) return rearrange();
    if (w.chance(30)) {
      const bool now = w.chance(70);
      const std::int64_t due = w.now + static_cast<std::int64_t>(w.random() % 400'000) * second;
      return (void)w.apply(any_fact{fact::request_calendar{"complaint", static_cast<std::uint16_t>(2023 + w.random() % 4), now,
                                                           now ? 0 : w.now + 3600 * second, due, w.now + 600 * second}});
    }
    const bool shift = w.chance(20);
    w.apply(any_fact{fact::hours_changed{shift ? "zhang" : numbers[w.random() % 7], w.chance(60),
                                         w.chance(80) ? w.now + 3600 * second : 0, shift}});
  }
  /// The house is configured anew while people talk and wait.
  void rearrange() {
    for (auto& q : house.queues) {
      q.distribution = static_cast<distribution>(w.random() % 6);
      if (q.rank != queue_class::emergency) q.length_max = w.chance(30) ? 1 + static_cast<std::uint32_t>(w.random() % 4) : 0;
    }
    house.policy.unanswered_max = 1 + static_cast<std::uint32_t>(w.random() % 3);
    w.configure(house);
  }

  /// Everybody hangs up, and time goes on until nothing is left.
  void drain() {
    // What comes again and again would never end.
    house.health.test_every = std::chrono::seconds(0);
    house.checks.clear();
    // Whoever is logged on would keep a line.
    for (auto& o : house.operators) o.keep_line = false;
    w.configure(house);
    for (int i = 0; i < 5000; ++i) {
      if (!w.peers.empty()) {
        const leg_id leg = w.pick(w.peers).first;
        finish(leg);
      }
      w.wait();
      if (w.peers.empty() && w.state.calls == 0 && w.state.legs.own().empty()) break;
    }
    close_requests();
    for (int i = 0; i < 100 && next_deadline(w.state) != no_deadline; ++i) w.wait();
    w.expect_empty();
  }

  /// Those that are open would be asked for until the end of days.
  void close_requests() {
    std::vector<request_id> all;
    for (const auto& [id, r] : w.state.requests.own())
      if (r) all.push_back(id);
    for (const request_id id : all) {
      const auto give = [&](command_kind kind, const char* words, std::uint16_t detail = 0) {
        command c;
        c.kind = kind;
        c.request = id;
        c.detail = detail;
        (void)set_text(c, words);
        return w.give(c);
      };
      (void)give(command_kind::tell_request, "", static_cast<std::uint16_t>(told_of::result));
      for (const char* result : {"{\"result\":\"done\"}", "{\"result\":\"upheld\"}", "{\"result\":\"came\"}"})
        if (give(command_kind::close_request, result) == errc{}) break;
    }
  }

  void arrive() {
    static const char* const numbers[] = {"9000", "9000", "9000", "9001", "9009", "9002",
                                          "9002", "8001", "8004", "1000", "4711", "9100"};
    static const char* const outside[] = {"120", "013912345678", "0044123", "9911", "9912"};
    static const char* const codes[] = {"*11",     "*12", "*13", "*141", "*14", "*8",  "*8",  "*68",  "*69",  "*289001",
                                        "*209001", "*41", "*40", "*42",  "*99", "*57", "*91", "*149", "*28x", "*13800138000"};
    if (w.chance(12)) {
      static const char* const phones[] = {"1001", "1002", "1003", "1004", "1000", "8001", "8004"};
      w.call_in(codes[w.random() % std::size(codes)], phones[w.random() % 7]);
      return;
    }
    if (w.chance(4)) {
      w.call_in(outside[w.random() % 5], w.chance(90) ? (w.chance(50) ? "8006" : "1001") : "trunk");
      return;
    }
    const char* from = w.chance(80) ? "trunk" : w.chance(50) ? "8006" : w.chance(50) ? "1001" : "1002";
    w.call_in(numbers[w.random() % 12], from, {}, w.chance(60) ? 1 + w.random() % 15 : 0);
  }

  /// A phone takes the place of an operator's line, or tries to take somebody else's.
  void takes_over() {
    std::vector<leg_id> lines;
    for (const auto& [id, leg] : w.state.legs.own()) {
      if (leg && (leg->operator_ || w.chance(10))) lines.push_back(id);
    }
    static const char* const from[] = {"1001", "1002", "1003", "1004", "1000", "8001", "8002", "8003", "trunk"};
    if (!lines.empty()) w.call_in("9000", from[w.random() % 9], w.pick(lines));
    join_voices();
  }

  bool lose() { return w.random() % 400 == 0; }
  void fact_comes(any_fact f) {
    // A crash between the commit and the actions: what was decided stands in the log, and nothing of it was sent.
    if (lose()) {
      w.apply(std::move(f), true);
      ++crashes;
      w.crash();
    } else {
      w.apply(std::move(f));
    }
  }

  void finish(leg_id leg) {
    const peer p = w.peers[leg];
    w.peers.erase(leg);
    if (p.releasing && w.chance(80)) w.apply(any_fact{fact::media_ended{leg, w.random() % 3 * 50, 50, 0}});
    if (p.releasing)
      w.apply(any_fact{fact::released{leg, 200}});
    else if (p.outgoing && !p.up)
      w.apply(any_fact{fact::refused{leg, 480}});
    else
      w.apply(any_fact{fact::ended{leg, 0}});
  }

  void peer_acts() {
    if (w.peers.empty()) return;
    const leg_id leg = w.pick(w.peers).first;
    peer& p = w.peers[leg];
    if (p.releasing) {
      if (w.chance(30)) fact_comes(fact::answered{leg});  // a 200 that crossed our CANCEL
      if (w.chance(80)) fact_comes(fact::media_ended{leg, w.random() % 3 * 50, 50, 0});
      if (w.peers.count(leg) == 0) return;
      w.peers.erase(leg);
      fact_comes(w.chance(80) ? any_fact{fact::released{leg, 200}} : any_fact{fact::ended{leg, 0}});
      return;
    }
    if (p.outgoing && !p.up) {
      const auto what = w.random() % 100;
      if (what < 30) {
        fact_comes(fact::ringing{leg, 180});
      } else if (what < 75) {
        p.up = true;
        fact_comes(fact::answered{leg, w.chance(50) ? "dialog" : "", p.passes && w.chance(85)});
      } else if (what < 95) {
        static const std::uint16_t statuses[] = {486, 603, 480, 404, 408, 503, 302, 488, 600};
        w.peers.erase(leg);
        fact_comes(fact::refused{leg, statuses[w.random() % 9]});
      }
      return;  // or it stays silent
    }
    if (p.keys && w.chance(40)) {
      p.keys = false;
      fact_comes(fact::digits_sent{leg, w.chance(90)});
      return;
    }
    if (!p.up) {  // a caller who has not been answered yet
      if (w.chance(20)) {
        w.peers.erase(leg);
        fact_comes(fact::ended{leg, 487});
      }
      return;
    }
    if (told_member(w.state, leg) != nullptr && w.chance(70)) {
      if (p.hears.kind == source_kind::announcement && w.chance(50)) {
        // From one deadline to the next: nothing may be found open behind its own.
        if (w.chance(50))
          for (const std::int64_t until = w.now + second; w.now < until && w.failure.empty();) w.wait(until - w.now);
        const auto still = w.peers.find(leg);
        if (still == w.peers.end() || still->second.hears.kind != source_kind::announcement) return;
        return fact_comes(fact::announced{leg, still->second.hears.number, w.chance(90)});
      }
      return fact_comes(fact::key_pressed{leg, w.chance(95) ? p.hears.number : 1, w.chance(40) ? '1' : '9'});
    }
    if (in_dialogue(w.state, leg) && w.chance(70)) {
      answers_dialogue(leg, p);
      return;
    }
    if (p.hears.kind == source_kind::announcement && w.chance(60)) {
      const std::uint64_t number = w.chance(95) ? p.hears.number : p.hears.number + 1;  // or a late one
      if (w.chance(20))
        fact_comes(fact::key_pressed{leg, number, w.chance(50) ? '9' : '1'});
      else
        fact_comes(fact::announced{leg, number, w.chance(90)});
      return;
    }
    if (p.recording != 0 && w.chance(5)) {
      if (w.chance(30))
        fact_comes(fact::recording_trouble{p.recording, w.chance(70) ? 28 : 0});
      else
        fact_comes(fact::recording_gap{p.recording, second});
      return;
    }
    const auto what = w.random() % 100;
    if (what < 15) {
      w.peers.erase(leg);
      fact_comes(fact::ended{leg, 0});
    } else if (what < 18) {
      fact_comes(fact::held_by_phone{leg, w.chance(50)});
    } else if (what < 19) {
      if (w.chance(25)) return fact_comes(fact::packets_refused{leg, packet_fault::replayed, 10, 10});
      if (w.chance(25)) return fact_comes(fact::voice_quality{leg, voice_direction::from_far, w.chance(50), 310, 30'000, 0, 0});
      if (w.chance(25)) return fact_comes(fact::voice_one_way{leg, voice_direction::from_far, second});
      if (w.chance(25)) return fact_comes(fact::voice_recovered{leg, voice_direction::from_far, second});
      fact_comes(fact::media_lost{leg});
    } else if (what < 25) {
      fact_comes(fact::dialog_saved{leg, "dialog"});
    } else if (what < 27) {
      fact_comes(fact::acknowledged{leg});
    } else if (what < 29 || (what < 60 && serves(leg))) {
      at_the_phone(leg);
    }
  }

  /// A caller who does as told, or as people do.
  void answers_dialogue(leg_id leg, const peer& p) {
    if (p.hears.kind == source_kind::announcement && w.chance(60))
      return fact_comes(fact::announced{leg, p.hears.number, w.chance(98)});
    if (p.recording != 0 && w.chance(60)) {
      if (w.chance(5)) return fact_comes(fact::recording_trouble{p.recording, 28});
      return fact_comes(fact::silence{leg, p.recording + (w.chance(5) ? 1 : 0), w.chance(80)});
    }
    static const char likely[] = "111122334455667788990##*A";
    fact_comes(fact::key_pressed{leg, p.hears.number, likely[w.random() % (sizeof likely - 1)]});
  }

  bool serves(leg_id leg) {
    const leg_state* line = w.state.legs.find(leg);
    return line != nullptr && static_cast<bool>(line->operator_);
  }
  /// An operator works with the keys of the phone: rings somebody up on another line, then transfers.
  void at_the_phone(leg_id leg) {
    static const char* const to[] = {"8001", "8002", "8003", "8004", "8005", "1000", "1002", "013912345678", "", "nowhere"};
    const auto mine = w.peers[leg].device;
    leg_id other;
    for (const auto& [id, p] : w.peers) {
      if (id != leg && p.device == mine) other = id;
    }
    const device_state* device = w.state.devices.find(mine);
    if (!other && device != nullptr && device->kind == device_kind::phone && w.chance(60)) {
      w.call_in(to[w.random() % 6], device->number.c_str());
    } else {
      fact_comes(fact::refer_asked{leg, to[w.random() % 10], other && w.chance(80) ? other : leg_id{}});
    }
  }

  void command_comes() {
    command c;
    c.id = command_id{w.fresh(), w.fresh()};
    c.kind = pick_kind();
    std::vector<call_id> calls;
    for (const auto& [id, call] : w.state.call_table.own()) {
      if (call) calls.push_back(id);
    }
    std::vector<operator_id> operators;
    for (const auto& [id, op] : w.state.operators.own()) operators.push_back(id);
    if (!calls.empty() && w.chance(95)) c.call = w.pick(calls);
    c.operator_ = w.pick(operators);
    const call_state* call = w.state.call_table.find(c.call);
    if (call != nullptr) {
      c.other = call->consultation ? call->consultation.value : call->parent.value;
      if (call->offered_to && w.chance(60)) c.operator_ = call->offered_to;
      if (!call->fsm.empty()) c.leg = w.pick(call->fsm.connections).leg;
      if (!is_of_request(c.kind) && c.kind != command_kind::note_call && w.chance(70)) c.kind = sensible(*call, c.kind);
    } else if (!is_of_request(c.kind) && w.chance(70)) {
      c.kind = command_kind::ready;
    }
    if (c.kind == command_kind::clear_call && w.chance(80)) c.kind = command_kind::consult;
    if (c.kind == command_kind::log_off && w.chance(80)) c.kind = command_kind::ready;
    if (c.kind == command_kind::start_code_call && w.chance(70)) c.kind = command_kind::ready;
    if (c.kind == command_kind::clear_connection && w.chance(70)) c.kind = command_kind::single_step_transfer;
    c.detail = static_cast<std::uint16_t>(w.chance(50) ? consent_of::caller : consent_of::target);
    c.consent = w.chance(90) ? consent::yes : consent::no;
    c.new_call = call_id{w.fresh()};
    c.new_leg = leg_id{w.fresh()};
    c.new_party = party_id{w.fresh()};
    static const char* const phones[] = {"1000", "1000", "8005", "8006"};
    static const char* const to[] = {"8001", "8002", "8003", "8004", "8005", "1000", "1002", "013912345678", "", "nowhere"};
    static const char* const unasked[] = {"1000", "8002", "8005", "013912345678"};
    if (c.kind == command_kind::generate_digits)
      (void)set_text(c, "12#");
    else if (waits_for_busy(c.kind) && w.chance(80))
      c.device = busy_phone();
    else if (c.kind == command_kind::play)
      (void)set_text(c, "please_wait 42");
    else if (c.kind == command_kind::intrude || c.kind == command_kind::whisper || c.kind == command_kind::take_over)
      (void)set_text(c, phones[w.random() % 4]);
    else if (c.kind == command_kind::single_step_conference && w.chance(70))
      (void)set_text(c, unasked[w.random() % 4]);
    else
      (void)set_text(c, to[w.random() % 10]);
    if (c.kind == command_kind::start_code_call) {
      static const char* const plans[] = {"9911 3 305", "9911 三号楼", "9912", "9912 ward_5", "4711"};
      (void)set_text(c, plans[w.random() % 5]);
      c.detail = static_cast<std::uint16_t>(w.random() % 2);
      if (w.chance(50)) c.call = {};
    }
    if (c.kind == command_kind::associate_data && w.chance(20)) (void)set_text(c, "");
    if (c.kind == command_kind::note_call) {
      c.other = 0;
      if (!w.state.entries.own().empty() && w.chance(60)) c.call = w.pick(w.state.entries.own()).first;
    }
    if (is_of_request(c.kind)) of_request(c);
    if (c.kind >= command_kind::report_equipment && c.kind <= command_kind::tell_operators) of_equipment(c);
    if (c.kind == command_kind::not_ready || c.kind == command_kind::ask_leave)
      c.detail = static_cast<std::uint16_t>(w.random() % 5);
    if (c.kind == command_kind::accept_hand_over && !w.state.hand_overs.own().empty())
      c.value = static_cast<std::int64_t>(w.state.hand_overs.own().begin()->first);
    if (c.kind == command_kind::switch_night_service) {
      c.detail = static_cast<std::uint16_t>(1 + w.random() % 3);
      if (w.chance(60))
        c.queue = queue_id{1 + static_cast<std::uint32_t>(w.random() % 4)};
      else
        c.device = w.device(w.chance(50) ? "8001" : "8004");
    }
    c.deadline_ns = w.now + static_cast<std::int64_t>(w.random() % 60) * second;
    if (w.chance(5)) c.revision = static_cast<std::uint32_t>(w.random() % 20);
    if (w.chance(2)) c.actor = actor_id{1 + static_cast<std::uint32_t>(w.random() % 3)};
    const bool lost = lose();
    w.apply(c, lost);
    if (!lost && w.chance(5)) w.apply(c);  // the same id again: nothing new may follow
    if (lost) {
      ++crashes;
      w.crash();
    }
    join_voices();
  }

  static bool is_of_request(command_kind kind) {
    return kind >= command_kind::open_request && kind <= command_kind::report_message && kind != command_kind::note_call;
  }
  bool in_slots(const request_record& r) const {
    const request_kind_state* kind = w.state.request_kinds.find(r.kind);
    return kind != nullptr && (kind->flags & kind_slots) != 0;
  }
  /// Some do not come: by the id, so that the play stays the same.
  static bool stays_away(request_id id) { return (id.value * 0x9E3779B97F4A7C15ULL >> 60) < 8; }
  /// Books one of the slots that are still to come.
  void to_slot(command& c) {
    std::vector<slot_key> ahead;
    for (const auto& [key, slot] : w.state.slots.own())
      if (slot && key.at > w.now + 3600 * second) ahead.push_back(key);
    if (ahead.empty()) return;
    const slot_key slot = w.pick(ahead);
    c.value = slot.at;
    c.other = slot.number;
  }
  void of_request(command& c) {
    std::vector<request_id> open;
    for (const auto& [id, r] : w.state.requests.own())
      if (r) open.push_back(id);
    c.request = open.empty() || w.chance(3) ? request_id{w.fresh()} : w.pick(open);
    const request_record* r = w.state.requests.find(c.request);
    c.device = w.chance(20) ? w.device("8003") : device_id{};
    if (c.device || w.chance(50)) c.operator_ = {};
    const auto words = [&](std::initializer_list<const char*> of) {
      auto it = of.begin();
      std::advance(it, static_cast<std::ptrdiff_t>(w.random() % of.size()));
      (void)set_text(c, *it);
    };
    switch (c.kind) {
      case command_kind::open_request:
        c.request = w.chance(98) || open.empty() ? request_id{w.fresh()} : w.pick(open);
        words({R"({"kind":"callback","number":"013800138000"})", R"({"kind":"complaint","matter":"食堂","age":"61"})",
               R"({"kind":"appointment","name":"王芳","number":"0713-6281234"})",
               R"({"kind":"appointment","number":"6281235"})", R"({"kind":"complaint"})", R"({"kind":"none"})", "{",
               R"({"kind":"callback","matter":"a \"b\""})"});
        c.detail = static_cast<std::uint16_t>(w.random() % 7);
        c.value = w.chance(30) ? w.now + static_cast<std::int64_t>(w.random() % 600) * second : 0;
        if (w.chance(80)) c.consent = consent::none;
        if (w.chance(60)) c.call = {};
        break;
      case command_kind::note_request:
        c.other = 0;
        if (w.chance(80)) c.call = {};
        break;
      case command_kind::change_request: words({R"({"matter":"x"})", R"({"number":"110"})", R"({"age":"old"})", "x"}); break;
      case command_kind::check_in_request:
        if (stays_away(c.request) && w.chance(95)) c.request = request_id{w.fresh()};
        break;
      case command_kind::excuse_owner: break;
      case command_kind::release_booking:
        words({"6281235", "07136281234"});
        if (w.chance(30)) (void)set_text(c, "");
        if (c.text_len != 0) c.request = {};
        break;
      case command_kind::offer_slot:
        words({R"({"kind":"appointment","what":"王医生"})", R"({"kind":"appointment","what":"CT"})", R"({"kind":"none"})"});
        c.value = (w.now / slot_step + 1 + static_cast<std::int64_t>(w.random() % 12)) * slot_step;
        c.detail = static_cast<std::uint16_t>(w.random() % 3);
        break;
      case command_kind::link_request: c.other = open.empty() || w.chance(20) ? 0 : w.pick(open).value; break;
      case command_kind::announce_request:
        c.queue = queue_id{1 + static_cast<std::uint32_t>(w.random() % 4)};
        c.detail = static_cast<std::uint16_t>(w.random() % 2);
        break;
      case command_kind::send_message:
        c.detail = static_cast<std::uint16_t>(w.random() % 4);
        c.other = 0;
        (void)set_text(c, "confirmed");
        break;
      case command_kind::report_message:
        c.other = w.state.messages.own().empty() || w.chance(10) ? w.random() : w.pick(w.state.messages.own()).first;
        c.detail = static_cast<std::uint16_t>(w.random() % 7);
        break;
      case command_kind::advance_request: words({"passed_on", "answered", "nowhere"}); break;
      case command_kind::promise_request:
        c.detail = static_cast<std::uint16_t>(1 + w.random() % 5);
        c.value = w.chance(80) ? w.now + static_cast<std::int64_t>(w.random() % 20'000) * second : 0;
        if (r != nullptr && w.chance(20)) c.detail = static_cast<std::uint16_t>(request_time::call), c.value = w.now;
        c.other = 0;
        if (r != nullptr && in_slots(*r) && r->appointment == 0 && w.chance(80))
          c.detail = static_cast<std::uint16_t>(request_time::appointment);
        if (c.detail == static_cast<std::uint16_t>(request_time::appointment) && w.chance(90)) to_slot(c);
        break;
      case command_kind::tell_request: c.detail = static_cast<std::uint16_t>(1 + w.random() % 5); break;
      case command_kind::close_request:
        // Who has an appointment is mostly waited for, and who does not come for longer.
        if (r != nullptr && in_slots(*r) && (r->appointment > w.now || (r->appointment != 0 && stays_away(c.request))) &&
            w.chance(95))
          c.request = request_id{w.fresh()};
        if (r != nullptr && w.chance(80)) {
          static const char* const fit[] = {R"({"result":"done"})", R"({"result":"upheld"})", R"({"result":"came"})"};
          const bool missed = (r->kind - 1) % 3 == 2 && stays_away(c.request);
          (void)set_text(c, missed ? R"({"result":"no_show"})" : fit[(r->kind - 1) % 3]);
          break;
        }
        words({R"({"result":"done"})", R"({"result":"upheld"})", R"({"result":"came","note":"ok"})", R"({"result":"?"})"});
        break;
      case command_kind::call_request:
        std::erase_if(open, [&](request_id id) {
          const request_record& one = *w.state.requests.find(id);
          return one.attempt || one.call_at > w.now || one.may_call == consent::no ||
                 one.attempts >= w.state.request_kinds.find(one.kind)->attempts_max;
        });
        if (!open.empty() && w.chance(90)) c.request = w.pick(open);
        c.operator_ = {};
        for (const auto& [id, op] : w.state.operators.own())
          if (op && op->state != operator_state::null && op->state != operator_state::busy && w.chance(60)) c.operator_ = id;
        words({"013912345678", "013912345678", "8003", "8006", "nowhere"});
        c.detail = 0;
        if (w.chance(40)) c.detail = 1, c.operator_ = {};
        break;
      default: break;
    }
  }

  void of_equipment(command& c) {
    static const char* const things[] = {"ups on battery", "ups", "generator", "cabinet warm", "8001 crackles", "roof"};
    static const char* const phones[] = {"8001", "8002", "8004", "1001", "trunk", "1003"};
    (void)set_text(c, things[w.random() % 6]);
    c.detail = static_cast<std::uint16_t>(1 + w.random() % 3);
    if (c.kind != command_kind::tell_operators) c.device = w.device(phones[w.random() % 6]);
    if (c.kind == command_kind::set_activity) c.value = w.chance(50) ? w.now + 300 * second : 0;
    if (c.kind == command_kind::give_reason && !w.state.unexplained.own().empty() && w.chance(70))
      c.call = w.pick(w.state.unexplained.own()).first;
    if (c.kind == command_kind::report_post) c.detail = static_cast<std::uint16_t>(1 + w.random() % 2);
  }

  static bool waits_for_busy(command_kind kind) {
    return kind == command_kind::camp_on || kind == command_kind::call_back_when_free || kind == command_kind::cancel_call_back;
  }
  /// A phone with a line; 0: there is none.
  device_id busy_phone() {
    std::vector<device_id> busy;
    for (const auto& [id, device] : w.state.devices.own()) {
      if (device && device->lines > 0) busy.push_back(id);
    }
    return busy.empty() ? device_id{} : w.pick(busy);
  }

  command_kind pick_kind() {
    using enum command_kind;
    static const command_kind late[] = {transfer_ringing,
                                        park,
                                        unpark,
                                        pickup,
                                        deflect,
                                        conference,
                                        single_step_conference,
                                        intrude,
                                        whisper,
                                        take_over,
                                        generate_digits,
                                        associate_data,
                                        switch_night_service,
                                        camp_on,
                                        camp_on,
                                        call_back_when_free,
                                        cancel_call_back,
                                        play,
                                        start_recording,
                                        stop_recording,
                                        suspend_recording,
                                        resume_recording,
                                        work_after_call,
                                        ask_leave,
                                        answer_leave,
                                        hand_over,
                                        accept_hand_over,
                                        start_code_call,
                                        mark_malicious,
                                        note_call,
                                        open_request,
                                        call_request,
                                        report_equipment,
                                        start_self_test,
                                        sign_check,
                                        set_activity,
                                        give_reason,
                                        use_card,
                                        report_post,
                                        tell_operators};
    if (w.chance(6)) return static_cast<command_kind>(static_cast<unsigned>(open_request) + w.random() % 15);
    if (w.chance(6)) return static_cast<command_kind>(static_cast<unsigned>(check_in_request) + w.random() % 8);
    const auto n = w.random() % (16 + std::size(late));
    return n < 16 ? static_cast<command_kind>(1 + n) : late[n - 16];
  }

  /// What an operator would do next with this call.
  command_kind sensible(const call_state& call, command_kind otherwise) {
    switch (call.transfer.fsm.state) {
      case transfer_state::consents:
        return w.chance(30) ? command_kind::transfer : w.chance(40) ? command_kind::conference : command_kind::declare_consent;
      case transfer_state::asking:
        return w.chance(10)   ? command_kind::reconnect
               : w.chance(40) ? command_kind::transfer_ringing
                              : command_kind::declare_consent;
      case transfer_state::none: break;
      default: return otherwise;
    }
    if (call.offered_to && w.chance(15)) return w.chance(50) ? command_kind::pickup : command_kind::deflect;
    if (call.offered_to && !call.offer) return command_kind::answer;
    if (const party_state* caller = w.state.parties.find(call.caller);
        caller != nullptr && (caller->why == cause::park || caller->why == cause::camp_on) &&
        w.chance(caller->why == cause::park ? 60 : 10))
      return command_kind::unpark;
    if (call.fsm.connections.size() > 1 && call.caller && w.chance(25))
      return w.chance(60)   ? command_kind::single_step_conference
             : w.chance(30) ? command_kind::intrude
             : w.chance(30) ? command_kind::whisper
             : w.chance(30) ? command_kind::take_over
             : w.chance(50) ? command_kind::generate_digits
                            : command_kind::play;
    if (call.recording.number != 0 && w.chance(10))
      return call.recording.suspended ? command_kind::resume_recording : command_kind::suspend_recording;
    for (const connection& x : call.fsm.connections) {
      if (!x.operator_ || call.parent) continue;
      if (x.state == connection_state::hold) return command_kind::retrieve;
      if (call.caller_consent == consent::none && w.chance(40)) return command_kind::declare_consent;
      if (w.chance(10)) return command_kind::park;
      if (w.chance(30)) return command_kind::camp_on;
      return w.chance(50) ? command_kind::consult : command_kind::single_step_transfer;
    }
    return w.chance(50) ? command_kind::ready : otherwise;
  }

  /// Confirms, fails or forgets joined voices.
  void join_voices() {
    for (const auto& [id, call] : w.state.call_table.own()) {
      if (!call || call->transfer.fsm.state != transfer_state::moving || !w.chance(70)) continue;
      const leg_state* target = w.state.legs.find(call->transfer.target_leg);
      const bool took_over = target != nullptr && !target->fsm.outgoing;
      if (took_over) fact_comes(fact::acknowledged{call->transfer.target_leg});
      if (!took_over || w.last.actions.size() == 1) fact_comes(fact::voices_joined{id, w.chance(90)});
      return;
    }
  }

  void phone_comes_or_goes() {
    std::vector<device_id> phones;
    for (const auto& [id, d] : w.state.devices.own()) {
      if (d && d->kind == device_kind::phone) phones.push_back(id);
    }
    w.apply(any_fact{fact::registered{w.pick(phones), 0, w.chance(85), cause::normal}});
    if (w.chance(10)) w.apply(any_fact{fact::registered{w.device("spare"), 0, w.chance(80), cause::normal, w.chance(40)}});
    if (w.chance(10))
      w.apply(any_fact{fact::equipment{"disk", static_cast<equipment_state>(1 + w.random() % 3), cause::normal, "full"}});
  }

  void crash() {
    ++crashes;
    w.crash();
  }

  /// Late and repeated facts of legs that are gone.
  void stray() {
    const leg_id nobody{w.fresh()};
    w.apply(any_fact{fact::ended{nobody, 0}});
    w.apply(any_fact{fact::answered{nobody}});
    w.apply(any_fact{fact::voices_joined{call_id{w.fresh()}, true}});
    join_voices();
  }
};

/// The small house, with a second line that closes into the first, an emergency line, a line with limits, operators and departments
/// that stand in for each other, and departments that close. The seed says how the lines give out their callers.
house_config whole_house(std::uint64_t seed) {
  house_config house = small_house();
  const auto queue = [&](const char* number, queue_class rank, std::vector<std::string> operators) -> queue_config& {
    auto& q = house.queues.emplace_back();
    q.number = q.name = number;
    q.rank = rank;
    q.operators = std::move(operators);
    q.supervisor = "1000";
    q.wait_limit = std::chrono::seconds(40);
    return q;
  };
  queue("9001", queue_class::vip, {"li", "zhao"}).when_closed = "9000";
  queue("9009", queue_class::emergency, {"zhang", "li", "wang", "zhao"});
  house.queues[0].hours = house.queues[1].hours = "day";
  house.queues[0].when_closed = "9100";
  for (auto& d : house.devices) {
    if (d.number == "8001") d.hours = "day", d.when_closed = "9001";
    if (d.number == "8004") d.hours = "day";
    if (d.number == "8002") d.backup = "8005";
    if (d.number == "8004") d.backup = "8001";
  }
  auto& limited = queue("9002", queue_class::outside, {"wang", "zhao"});
  limited.length_max = 2;
  limited.when_full = "9000";
  limited.overflow = std::chrono::seconds(25);
  limited.when_late = seed % 2 == 0 ? "9000" : "8003";
  limited.when_unstaffed = "8005";
  limited.position = {"position", "minutes"};
  limited.tell_every = std::chrono::seconds(10);
  limited.apology = {"sorry"};
  for (std::size_t i = 0; i < house.queues.size(); ++i)
    house.queues[i].distribution = static_cast<distribution>((seed + i) % 6);
  house.queues[1].skills = {"english"};
  auto& operators = house.operators;  // zhang, li, wang, zhao
  operators[1].skills = operators[2].skills = {"english", "cantonese"};
  operators[0].backup = "li";
  operators[2].backup = "zhao";
  operators[0].shift = "day";
  operators[1].weight = 3;
  if (seed % 2 == 0) operators[1].keep_line = operators[3].keep_line = true;
  house.reasons = {{1, "break", std::chrono::seconds(20), 2, false},
                   {2, "lunch", std::chrono::seconds(40), 1, false},
                   {3, "out", std::chrono::seconds(10), 0, true}};
  house.policy.unanswered_max = 1 + static_cast<std::uint32_t>(seed % 3);
  auto& spare = house.devices.emplace_back(house.devices.front());
  spare.number = spare.name = "spare";
  spare.reserved = seed % 2 == 0;
  spare.test_number = "12117";
  for (auto& d : house.devices) {
    d.tested = d.number == "8003" || d.number == "1004" || d.number == "spare";
    if (d.number == "8001") d.desk = "8004";
  }
  using enum phone_feature;
  house.phone_codes = {{log_on, "*11"},    {log_off, "*12"},   {ready, "*13"},     {not_ready, "*14"}, {pickup, "*8"},
                       {park, "*68"},      {unpark, "*69"},    {night, "*28"},     {by_hours, "*20"},  {available, "*40"},
                       {in_clinic, "*41"}, {operating, "*42"}, {emergency, "*99"}, {malicious, "*57"}, {superior, "*91"}};
  house.health = {std::chrono::seconds(30), std::chrono::minutes(2), 2, seed % 3 == 0 ? "complaint" : ""};
  house.checks = {{"generator", std::chrono::hours(1), "li"}, {"cabinet", std::chrono::hours(2), "8002"}};
  house.call_reasons = {{1, "call back"}, {2, "supplier"}};
  // One house bars nobody, one lets nobody from outside through to the outside, one lets a single operator do so.
  if (seed % 3 != 0) {
    house.classes = {{"desk", {"0", "1"}, {"00"}, false}, {"chief", {"*"}, {}, seed % 3 == 2}};
    for (auto& d : house.devices)
      if (d.number == "1001" || d.number == "8006") d.service = "desk";
    operators[2].service = "chief";
  }
  return house;
}
}  // namespace

figures run(std::uint64_t seed, std::uint64_t steps, const std::function<void(std::uint64_t)>& progress, const course& goes) {
  figures f;
  const house_config asked = booking_house(asking_house(talking_house(alarmed_house(whole_house(seed)))));
  const house_config house = seed % 2 == 0 ? asked : direct_house(asked);
  world w(seed, house, goes.around);
  play p{w, house, goes};
  std::set<call_id> met;  // rung for who camped on
  w.watch = [&](const event& e) {
    ++f.events;
    if (e.kind == event_kind::originated && e.other == 0) ++f.calls;
    if (e.kind == event_kind::transferred && e.cause == cause::call_pickup) ++f.taken_over;
    if (e.kind == event_kind::queued && e.cause == cause::camp_on) ++f.camped;
    if (e.kind == event_kind::transferred && w.state.call_table.find(e.call) != nullptr && met.erase(e.call) != 0)
      ++f.camped_met;
    if (e.kind == event_kind::transfer_started && e.cause == cause::camp_on) met.insert(e.call);
    if (e.kind == event_kind::transfer_ended) met.erase(e.call);
    if (e.kind == event_kind::call_back_ended && e.cause == cause::call_back) ++f.called_back;
    if (e.kind == event_kind::digits_generated && e.cause == cause::normal) ++f.keys;
    if (e.kind == event_kind::announcement_ended && e.cause == cause::normal) ++f.said;
    if (e.kind == event_kind::recording_started) ++f.recorded;
    if (e.kind == event_kind::queued && (e.flags & queued_begins) != 0) ++f.waits;
    if (e.kind == event_kind::queued && (e.flags & queued_again) != 0) ++f.returned_to_place;
    if (e.kind == event_kind::queue_left) {
      const auto how = static_cast<queue_result>(e.detail);
      f.taken += how == queue_result::answered ? 1U : 0U;
      f.abandoned += how == queue_result::abandoned ? 1U : 0U;
      f.overflowed += how == queue_result::overflowed ? 1U : 0U;
    }
    if (e.kind == event_kind::offered && w.state.call_table.find(e.call) != nullptr &&
        !w.state.call_table.find(e.call)->also.empty())
      ++f.rung_besides;
    if (e.kind == event_kind::backup_acting) ++f.stood_in;
    if (e.kind == event_kind::position_unmanned && e.state == 1) ++f.unmanned;
    if (e.kind == event_kind::operator_overdue) ++f.overdue;
    if (e.kind == event_kind::leave_answered && e.consent == consent::yes) ++f.granted;
    if (e.kind == event_kind::hand_over_accepted) ++f.handed_over;
    if (e.kind == event_kind::recording_declined) ++f.declined;
    if (e.kind == event_kind::media_moved)
      ++(e.state == static_cast<std::uint8_t>(media_path::anchored) ? f.back : e.cause == cause::normal ? f.direct : f.stayed);
    if (e.kind == event_kind::dialogue_started) ++f.led;
    if (e.kind == event_kind::dialogue_answered) ++f.answered;
    if (e.kind == event_kind::dialogue_ended) {
      const auto how = static_cast<dialogue_result>(e.detail);
      f.completed += how == dialogue_result::completed ? 1 : 0;
      f.humans += how == dialogue_result::human ? 1 : 0;
      f.fallen_back += how == dialogue_result::failed || how == dialogue_result::overdue ? 1 : 0;
      f.requests += e.flags != 0 ? 1 : 0;
    }
    f.opened += e.kind == event_kind::request_opened ? 1U : 0U;
    f.not_opened += e.kind == event_kind::request_not_opened ? 1U : 0U;
    f.closed += e.kind == event_kind::request_closed ? 1U : 0U;
    f.late_requests += e.kind == event_kind::request_overdue ? 1U : 0U;
    f.reported += e.kind == event_kind::request_escalated ? 1U : 0U;
    f.attempts += e.kind == event_kind::request_attempted ? 1U : 0U;
    f.led_attempts += e.kind == event_kind::request_attempted && e.state == 1 ? 1U : 0U;
    f.booked += e.kind == event_kind::request_time_set && e.other != 0 ? 1U : 0U;
    f.no_shows += e.kind == event_kind::request_no_show ? 1U : 0U;
    f.banned += e.kind == event_kind::booking_barred ? 1U : 0U;
    f.excused += e.kind == event_kind::request_owner_excused ? 1U : 0U;
    f.parts += e.kind == event_kind::request_closed && e.cause == cause::redirected ? 1U : 0U;
    f.confirmed += e.kind == event_kind::request_confirmed ? 1U : 0U;
    f.messages += e.kind == event_kind::message_reported ? 1U : 0U;
    if (e.kind == event_kind::request_attempt_ended) {
      const auto how = static_cast<attempt_outcome>(e.detail);
      f.reached += how == attempt_outcome::answered ? 1U : 0U;
      f.interrupted += how == attempt_outcome::interrupted ? 1U : 0U;
    }
    f.tests += e.kind == event_kind::self_test_started ? 1U : 0U;
    f.heard += e.kind == event_kind::self_test_ended && e.cause == cause::normal && e.value > 0 ? 1U : 0U;
    f.faults += e.kind == event_kind::equipment_state_changed && e.state != 1 ? 1U : 0U;
    if (e.kind == event_kind::phone_code_dialled) {
      ++f.phone_codes;
      f.codes_done += e.value == 0 ? 1U : 0U;
      f.taken_by_code += e.value == 0 && e.call.value == e.other ? 1U : 0U;
    }
    f.engaged += e.kind == event_kind::diverted && e.cause == cause::engaged ? 1U : 0U;
    f.unexplained += e.kind == event_kind::call_unexplained ? 1U : 0U;
    f.entries_owed += e.kind == event_kind::entry_owed ? 1U : 0U;
    if (e.kind == event_kind::entry_settled && e.cause == cause::normal) ++f.entries_made;
    if (e.kind == event_kind::code_call_started) ++((e.marks & 2U) != 0 ? f.drills : f.codes);
    if (e.kind == event_kind::code_member_answered) ++f.told;
    if (e.kind == event_kind::code_member_acknowledged) ++f.acknowledged;
    if (e.kind == event_kind::code_call_ended) {
      const auto how = static_cast<code_result>(e.detail);
      ++(how == code_result::acknowledged ? f.code_acknowledged
         : how == code_result::escalated  ? f.code_escalated
                                          : f.code_off);
    }
    if (e.kind == event_kind::service_barred ||
        (e.kind == event_kind::command_refused && static_cast<errc>(e.value) == errc::service_barred))
      ++f.barred;
    if (e.kind == event_kind::offered && e.cause == cause::new_call && is_outside(w.state, e.device)) ++f.dialled_out;
    if (e.kind == event_kind::conferenced && e.other == 0 && e.cause != cause::code_call)
      ++(e.cause == cause::intrude ? f.intruded : e.cause == cause::conference ? f.joined : f.listened);
    if (e.kind != event_kind::transfer_ended) return;
    ++f.transfers;
    switch (static_cast<transfer_result>(e.detail)) {
      case transfer_result::connected: ++f.connected; break;
      case transfer_result::returned: ++f.returned; break;
      case transfer_result::recalled: ++f.recalled; break;
      case transfer_result::escalated: ++f.escalated; break;
      case transfer_result::conferenced: ++f.conferenced; break;
      default: break;
    }
  };
  for (const char* name : {"zhang", "li", "wang", "zhao"}) {
    command on;
    on.kind = command_kind::log_on;
    on.operator_ = w.operator_named(name);
    w.give(on);
    on = command{};
    on.kind = command_kind::ready;
    on.operator_ = w.operator_named(name);
    w.give(on);
  }
  std::uint64_t told = 0;
  while (w.steps < steps && w.failure.empty() && (goes.until == 0 || w.now < goes.until)) {
    p.step();
    if (w.log.size() > 2000) {  // a checkpoint, as the follower writes one
      board_state again = *load(w.checkpoint);
      for (const logged& l : w.log) evolve(again, l);
      if (hash(again) != hash(w.state) && w.failure.empty()) w.failure = "checkpoint and fold differ";
      w.checkpoint = save(w.state);
      w.log.clear();
    }
    if (progress && w.steps - told >= 10000) progress(told = w.steps);
  }
  if (w.failure.empty()) p.drain();
  f.steps = w.steps;
  f.crashes = p.crashes;
  f.failure = w.failure;
  return f;
}

}  // namespace cordboard::sim
