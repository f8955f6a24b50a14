// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <base/fields.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace cordboard::sim {

house_config small_house() {
  house_config house;
  const auto phone = [&](std::string number, std::string name) -> device_config& {
    auto& d = house.devices.emplace_back();
    d.number = std::move(number);
    d.name = std::move(name);
    return d;
  };
  auto& trunk = phone("trunk", "Outside");
  trunk.kind = device_kind::trunk;
  for (const char* n : {"1001", "1002", "1003", "1004"}) phone(n, "position");
  auto& chief = phone("1000", "supervisor");
  chief.supervisor = true;
  const consent_policy policies[] = {consent_policy::required, consent_policy::announced, consent_policy::blind};
  for (int i = 1; i <= 6; ++i) {
    auto& d = phone(fmt::format("800{}", i), "department");
    d.department = true;
    d.consent = policies[i % 3];
  }
  house.operators = {{"zhang", "1001", std::chrono::seconds(5), false},
                     {"li", "1002", std::chrono::nanoseconds(0), false},
                     {"wang", "1003", std::chrono::nanoseconds(0), true},
                     {"zhao", "1004", std::chrono::seconds(10), false}};
  auto& switchboard = house.queues.emplace_back();
  switchboard.number = "9000";
  switchboard.name = "Switchboard";
  switchboard.operators = {"zhang", "li", "wang", "zhao"};
  switchboard.supervisor = "1000";
  switchboard.wait_limit = std::chrono::seconds(60);
  house.users = {{"console", 1000, static_cast<std::uint32_t>(right::observe) | static_cast<std::uint32_t>(right::control)}};
  house.policy.calls_max = 40;
  return house;
}

house_config asking_house(house_config house) {
  const auto step = [](dialogue_config& in, const char* name, dialogue_act act, std::vector<std::string> say, const char* next,
                       const char* otherwise = "") -> dialogue_step& {
    dialogue_step& made = in.steps.emplace_back();
    made.name = name;
    made.act = act;
    made.say = std::move(say);
    made.next = next;
    made.otherwise = otherwise;
    return made;
  };
  using enum dialogue_act;
  dialogue_config& night = house.dialogues.emplace_back();
  night.number = "9100";
  night.name = "Night";
  night.human = night.fallback = "9000";
  night.nobody = {"nobody_there"};
  step(night, "welcome", play, {"closed"}, "name");
  step(night, "name", voice, {"say_name"}, "number", "number").field = "name";
  dialogue_step& number = step(night, "number", keys, {"key_number"}, "menu", "menu");
  number.field = "number";
  number.keys_min = 3;
  number.keys_max = 11;
  number.read_back = {"you_keyed", "answer", "right"};
  number.invalid = {"again"};
  dialogue_step& menu = step(night, "menu", keys, {"menu"}, "bye", "by_name");
  menu.field = "wish";
  menu.allowed = "1234";
  menu.cases = {{"1", "welcome"}, {"2", "operator"}, {"3", "note"}};
  menu.tries = 2;
  step(night, "by_name", branch, {}, "", "bye").field = "wish";
  night.steps.back().cases = {{"4", "menu"}};
  step(night, "note", request, {}, "bye").request = "appointment";
  step(night, "operator", queue, {"connecting"}, "", "bye").queue = "9000";
  step(night, "bye", hang_up, {"goodbye"}, "");
  dialogue_config& rate = house.dialogues.emplace_back();
  rate.number = "9101";
  rate.name = "Rating";
  rate.human = "9000";
  rate.score = "score";
  dialogue_step& score = step(rate, "score", keys, {"please_rate"}, "thanks", "thanks");
  score.field = "score";
  score.allowed = "12345";
  score.tries = 1;
  step(rate, "thanks", hang_up, {"thanks"}, "");
  house.queues.front().rating = "9101";
  return house;
}

house_config talking_house(house_config house) {
  queue_config& queue = house.queues.front();
  queue.welcome = {"welcome"};
  queue.greeting = {"this_is", "operator"};
  queue.closing = {"goodbye"};
  queue.record = true;
  queue.notice = {"recorded"};
  return house;
}

house_config direct_house(house_config house) {
  for (device_config& d : house.devices) d.direct = d.number != "8005" && d.number != "8006";
  house.queues.front().record = false;
  return house;
}

house_config alarmed_house(house_config house) {
  if (std::none_of(house.queues.begin(), house.queues.end(), [](const queue_config& q) { return q.number == "9009"; })) {
    auto& line = house.queues.emplace_back();
    line.number = line.name = "9009";
    line.rank = queue_class::emergency;
    line.operators = {"zhang", "li", "wang", "zhao"};
    line.supervisor = "1000";
  }
  auto& code = house.code_calls.emplace_back();
  code.number = "9911";
  code.name = "Code blue";
  code.steps = {"8001 8002 8003", "1000 013912345678"};
  code.enough = 2;
  code.wait = std::chrono::seconds(15);
  code.rounds = 2;
  code.message = {"code_blue", "place"};
  code.drill = {"this_is_a_drill"};
  code.line = "9009";
  auto& fire = house.code_calls.emplace_back(code);
  fire.number = "9912";
  fire.name = "Fire";
  fire.steps = {"8004 8005", "1000"};
  fire.in_order = true;
  fire.enough = 1;
  fire.rounds = 3;
  fire.key = "9";
  fire.conference = false;
  return house;
}

house_config owing_house(house_config house) {
  request_kind_config back;
  back.name = "callback";
  back.zh = "回电";
  back.en = "Call back";
  back.prefix = "B";
  back.fields = {"matter"};
  back.results = {"done", "not_reached"};
  back.owner = "zhang";
  back.completion = "2 days";
  back.first_contact = "30min";
  back.call_back = true;
  house.request_kinds.push_back(back);
  request_kind_config complaint;
  complaint.name = "complaint";
  complaint.zh = "投诉";
  complaint.en = "Complaint";
  complaint.prefix = "T";
  complaint.fields = {"matter:text!", "age:integer", "since:date", "again:yes_no", "relative:phone*"};
  complaint.results = {"upheld", "not_upheld"};
  complaint.stages = {"passed_on", "answered"};
  complaint.owner = "li";
  complaint.backup = "zhao";
  complaint.chain = {"8001", "1000"};
  complaint.completion = "5 working_days";
  complaint.first_contact = "1 half_day";
  complaint.hours = "day";
  complaint.approval = complaint.tell_result = true;
  house.request_kinds.push_back(complaint);
  request_kind_config visit;
  visit.name = "appointment";
  visit.zh = "预约";
  visit.en = "Appointment";
  visit.prefix = "Y";
  visit.fields = {"item", "number_keyed", "wish"};
  visit.results = {"came", "no_show"};
  visit.owner = "8002";
  visit.completion = "3 days";
  visit.change_until = std::chrono::hours(2);
  visit.call_back = true;
  visit.attempts_max = 2;
  house.request_kinds.push_back(visit);
  house.queues.front().abandoned = "callback";
  house.policy.entry_limit = std::chrono::minutes(10);
  house.policy.requests_max = 30;
  return house;
}

house_config booking_house(house_config house) {
  house = owing_house(std::move(house));
  request_kind_config& visit = house.request_kinds.back();
  visit.results.push_back("off");
  visit.chain = {"1000"};
  visit.attempts_max = 3;
  visit.slots = true;
  visit.book_ahead = std::chrono::hours(7 * 24);
  visit.book_until = std::chrono::hours(1);
  visit.remind_ahead = std::chrono::hours(3);
  visit.no_show_after = std::chrono::minutes(20);
  visit.no_shows_max = 2;
  visit.barred_for = std::chrono::hours(30 * 24);
  visit.per_person_max = 3;
  visit.dialogue = "9102";
  house.queues.front().fault_notice = {"fault_known"};
  dialogue_config& asks = house.dialogues.emplace_back();
  asks.number = "9102";
  asks.name = "Confirmation";
  asks.human = asks.fallback = "9000";
  const auto step = [&](const char* name, dialogue_act act, const char* says, const char* next) -> dialogue_step& {
    dialogue_step& made = asks.steps.emplace_back();
    made.name = name;
    made.act = act;
    if (*says != 0) made.say = {says};
    made.next = next;
    return made;
  };
  dialogue_step& answer = step("answer", dialogue_act::keys, "will_you_come", "bye");
  answer.field = "wish";
  answer.allowed = "123";
  answer.cases = {{"1", "yes"}, {"2", "other"}, {"3", "off"}};
  answer.otherwise = "bye";
  answer.tries = 2;
  step("yes", dialogue_act::confirm, "", "bye");
  step("other", dialogue_act::change, "", "bye");
  step("off", dialogue_act::cancel, "", "bye");
  step("bye", dialogue_act::hang_up, "goodbye", "");
  return house;
}

std::uint64_t token_of(const command& c) {
  std::string number;
  if (c.kind == command_kind::release_booking) number = text_of(c);
  if (c.kind == command_kind::open_request || c.kind == command_kind::change_request)
    if (auto what = read_fields(text_of(c))) number = what->take("number");
  std::uint64_t token = 0;
  for (const char digit : number)
    if (digit >= '0' && digit <= '9') token = token * 10 + static_cast<std::uint64_t>(digit - '0');
  return token;
}

world::world(std::uint64_t with_seed, house_config house, outside with)
    : seed(with_seed), random(with_seed), around(std::move(with)), now(around.begin) {
  checkpoint = save(state);
  apply(any_fact{fact::restarted{}});
  configure(house);
  for (const device_config& d : house.devices) {
    if (d.kind == device_kind::phone) apply(any_fact{fact::registered{device(d.number), 0, true, cause::none}});
  }
}

void world::configure(const house_config& house) {
  for (int i = 0; i < 20; ++i) {
    if (apply(house).events.empty()) return;
  }
  broken("a configuration is never whole");
}

operator_id world::operator_named(std::string_view name) const {
  for (const auto& [id, op] : state.operators.own()) {
    if (op && op->name == name) return id;
  }
  return {};
}

void world::broken(const std::string& what) {
  if (!failure.empty()) return;
  failure = fmt::format("seed {} step {}: {}; the batch:", seed, steps, what);
  for (const logged& l : last.events) {
    const event& e = l.record;
    failure +=
        fmt::format("\n  {} {} call {:x} leg {:x} party {:x} other {:x} state {} cause {} custodian {} operator {} device {}",
                    e.sequence, name(e.kind), e.call.value, e.leg.value, e.party.value, e.other, e.state, name(e.cause),
                    name(e.custodian), e.operator_.value, e.device.value);
  }
}

const batch& world::apply(const std::variant<any_fact, command, tick, house_config>& what, bool lose_actions) {
  ++steps;
  if (around.next) sequence = around.next();
  input in;
  in.now = now;
  in.first_sequence = sequence;
  for (auto& id : in.fresh) id = fresh();
  in.what = what;
  if (const auto* c = std::get_if<command>(&what)) in.token = token_of(*c);
  if (const auto* c = std::get_if<command>(&what); c != nullptr && c->kind == command_kind::call_request)
    in.stopped = stop_list.contains(std::string(text_of(*c)));
  in.text = [&](std::uint64_t asked) {
    const auto named = texts_of(state);
    if (std::find(named.begin(), named.end(), asked) == named.end())
      broken("a text is asked for that a restart would not have");
    return texts[asked];
  };
  const board_state before = state;
  last = decide(state, in);
  if (last.events.size() > 4096) broken("a batch that the log does not take");
  for (logged& e : last.events) {
    if (e.record.sequence != sequence) broken("sequences of a batch do not follow each other");
    sequence += 1;
    if (e.record.kind == event_kind::digits_detected || e.record.kind == event_kind::dialogue_answered ||
        e.record.kind == event_kind::party_identified)
      texts[e.record.sequence] = e.text;
    evolve(state, e);
    log.push_back(e);
    if (watch) watch(e.record);
    if (watch_texts) watch_texts(e);
  }
  if (around.committed && !last.events.empty()) around.committed(last.events);
  const death how = dies && !last.events.empty() ? dies() : death::none;
  const bool acts = !lose_actions && how != death::before_actions;
  if (acts) {
    for (const any_action& a : last.actions) carry_out(a);
  }
  check(before, what, acts);
  if (how != death::none) crash();
  return last;
}

void world::settle() {
  for (int i = 0; i < 1000; ++i) {
    if (next_deadline(state) > now) return;
    const auto stopped_before = stopped;
    if (apply(tick{}).events.empty() && !stopped_before) {
      broken("work is due, but a tick does nothing");
      return;
    }
  }
  broken("a thousand ticks at one instant");
}

void world::wait(std::int64_t at_most) {
  const std::int64_t next = next_deadline(state);
  now = std::max(now, std::min(next, now + at_most));
  settle();
}

void world::carry_out(const any_action& action) {
  if (watch_actions) watch_actions(action);
  if (const auto* a = std::get_if<act::ring>(&action)) {
    if (peers.count(a->leg) != 0) broken("a leg is rung twice");
    peers[a->leg] = peer{true, false, false, false, a->device, a->call, {}, false, static_cast<bool>(a->passes), 0};
  } else if (const auto* v = std::get_if<act::move_voices>(&action)) {
    moves.insert(v->call);
  } else if (const auto* b = std::get_if<act::answer>(&action)) {
    peers[b->leg].up = true;
  } else if (const auto* c = std::get_if<act::release>(&action)) {
    peers[c->leg].releasing = true;
    refused = c->status;
  } else if (const auto* h = std::get_if<act::hear>(&action)) {
    peers[h->leg].hears = h->from;
  } else if (const auto* k = std::get_if<act::send_digits>(&action)) {
    if (peers[k->leg].keys) broken("keys of two commands at once");
    peers[k->leg].keys = true;
  } else if (const auto* r = std::get_if<act::record>(&action)) {
    peers[r->leg].recording = r->recording;
  } else if (std::holds_alternative<act::stop>(action)) {
    stopped = true;
  }
}

call_id world::call_in(const std::string& number, const char* from_device, leg_id replaces, std::uint64_t caller) {
  const leg_id leg{fresh()};
  const call_id call{fresh()};
  peers[leg] = peer{false, false, false, false, device(from_device), call, {}, false, false, 0};
  apply(any_fact{fact::incoming{
      leg, call, party_id{fresh()}, device(from_device), number, "13800138000", "陈静", {}, replaces, true, caller}});
  settle();
  return call;
}

errc world::give(command c, std::int64_t within) {
  if (!c.id) c.id = command_id{fresh(), fresh()};
  c.deadline_ns = now + within;
  const errc code = apply(c).answer.code;
  settle();
  return code;
}

void world::crash() {
  board_state again = *load(checkpoint);
  for (const logged& e : log) evolve(again, e);
  if (hash(again) != hash(state)) broken("checkpoint and fold differ from the live state");
  state = again;
  checkpoint = save(state);
  log.clear();
  for (auto& [id, p] : peers) {
    p.hears = hears(state, id);  // the first thing that the media does again
    p.keys = false;
    p.recording = 0;
  }
  moves.clear();
  const bool unclean = true;
  apply(any_fact{fact::restarted{unclean, 0}});
  std::vector<leg_id> lost;
  for (const auto& [id, leg] : state.legs.own()) {
    const auto it = peers.find(id);
    // Established legs are rebuilt; what was only being asked, or was never asked, is not.
    const bool rebuilt = it != peers.end() && (it->second.up || it->second.releasing) && !it->second.over;
    if (leg && leg->fsm.phase != leg_phase::releasing && !rebuilt) lost.push_back(id);
    if (leg && leg->fsm.phase == leg_phase::releasing && it == peers.end()) lost.push_back(id);
  }
  for (const leg_id id : lost) {
    peers.erase(id);
    apply(any_fact{fact::leg_lost{id}});
  }
  for (auto it = peers.begin(); it != peers.end();)
    it = state.legs.find(it->first) == nullptr ? peers.erase(it) : std::next(it);
  settle();
}

void world::expect_empty() {
  const auto live = [](const auto& t) {
    return std::count_if(t.own().begin(), t.own().end(), [](const auto& x) { return x.second.has_value(); });
  };
  if (live(state.call_table) != 0) broken("calls remain");
  if (live(state.legs) != 0) broken("legs remain");
  if (live(state.parties) != 0) broken("parties remain");
  if (state.calls != 0) broken("the count of calls is not 0");
  if (live(state.camped) != 0) broken("somebody waits for a busy phone still");
  if (live(state.code_runs) != 0) broken("a code call remains");
  if (live(state.self_tests) != 0) broken("a self-test remains");
  if (live(state.awaited) != 0) broken("something waits for voices still");
  if (live(state.persons) != 0) broken("a person of no open request remains");
  if (!told.empty() || !recordings.empty() || !led.empty()) broken("something is said or recorded to the end of days");
  for (const auto& [key, there] : state.deadlines.own()) {
    if (there) broken(fmt::format("a timer of kind {} remains", static_cast<int>(key.kind)));
  }
}

// ------------------------------------------------------------------------------------------------------ the invariants

/// A self-test that began ends once, nobody is called to one from the outside, and a thing changes its state each time it is told to.
void world::check_health(const logged& l) {
  const event& e = l.record;
  if (e.kind == event_kind::self_test_started && !tests.insert(e.call).second) broken("a self-test begins twice");
  if (e.kind == event_kind::self_test_ended && tests.erase(e.call) != 1) broken("a self-test ends that did not begin");
  if (e.kind == event_kind::recording_declined && !e.party) broken("a recording is declined by nobody");
  if (e.kind != event_kind::equipment_state_changed) return;
  const std::string thing = l.text.substr(0, l.text.find('\t'));
  const auto known = broken_things.find(thing);
  const auto now_is = static_cast<equipment_state>(e.state);
  if (now_is == (known != broken_things.end() ? known->second : equipment_state::in_service)) broken("a state that is none");
  if (now_is == equipment_state::in_service)
    broken_things.erase(thing);
  else
    broken_things[thing] = now_is;
}

void world::check_tests() {
  std::size_t runs = 0;
  std::set<device_id> devices;
  for (const auto& [id, run] : state.self_tests.own()) {
    if (!run) continue;
    ++runs;
    if (tests.count(id) == 0) broken("a self-test without its beginning");
    const leg_state* leg = state.legs.find(run->leg);
    const bool asks = leg != nullptr && leg->fsm.live() && leg->deadline != 0;
    if (run->deadline == 0 && !asks) broken("a self-test without a timer");
    if (!run->hung_up && state.call_table.find(id) == nullptr) broken("a self-test without its call");
    if (!run->hung_up && !devices.insert(run->device).second) broken("a device is tested twice at a time");
  }
  if (runs != tests.size()) broken("a self-test that is forgotten");
  for (const auto& [key, due] : state.tests_due.own())
    if (due && (state.devices.find(key.device) == nullptr || state.devices.find(key.device)->test_at != key.at))
      broken("a self-test is due that its device does not know");
  for (const auto& [name, check] : state.checks.own())
    if (check && check->deadline == 0) broken("a check that is never due");
}

/// One number is given out once, one attempt runs at a time and never twice, and nothing follows when a request is over.
void world::check_request(const event& e) {
  if (e.kind == event_kind::entry_owed && !entries.insert(e.call).second) broken("an entry is owed twice");
  if (e.kind == event_kind::entry_settled && entries.erase(e.call) != 1) broken("an entry is settled that nobody owed");
  if (e.kind == event_kind::request_opened) {
    if (!owed.try_emplace(e.request).second) broken("a request is opened twice");
    if (!numbers.insert(std::uint64_t{e.detail} << 48 | (e.other >> 32 << 32) | (e.other & 0xFFFFFFFFU)).second)
      broken("a number is given out twice");
    if (!e.operator_ && !e.device) broken("a request without an owner");
  }
  // That a request is over is written to people when it is, and what became of that is known later still.
  if (!e.request || e.kind == event_kind::custody_moved || e.kind == event_kind::message_asked ||
      e.kind == event_kind::message_reported)
    return;
  const auto it = owed.find(e.request);
  if (it == owed.end()) return broken("an event of a request that is over");
  if (e.kind == event_kind::request_attempted) {
    if (it->second.attempt) broken("a person is called twice at a time");
    it->second.attempt = e.call;
    for (const std::uint64_t id : {e.call.value, e.leg.value, e.party.value})
      if (!attempts.insert(id).second) broken("an attempt goes out twice");
  }
  if (e.kind == event_kind::request_attempt_ended) {
    if (it->second.attempt != e.call) broken("an attempt ends that does not run");
    it->second.attempt = {};
  }
  if (e.kind != event_kind::request_closed) return;
  if (it->second.attempt) broken("a request is over while its person is called");
  owed.erase(it);
}

void world::check_requests() {
  std::map<std::uint16_t, std::uint32_t> calling;
  check_bookings();
  for (const auto& [id, r] : state.requests.own()) {
    if (!r) continue;
    if (owed.count(id) == 0) broken("an open request of which no event tells");
    if (!r->operator_ && !r->device) broken("an open request without an owner");
    if (r->deadline == 0 || state.deadlines.find({r->deadline, deadline_kind::request, 0, id.value}) == nullptr)
      broken("an open request without a time");
    const call_state* call = r->attempt ? state.call_table.find(r->attempt) : nullptr;
    if (r->attempt && (call == nullptr || call->attempt != id)) broken("an attempt without its call");
    if (r->attempt) calling[r->kind] += 1;
  }
  for (const auto& [id, r] : owed)
    if (state.requests.find(id) == nullptr) broken("an open request is forgotten");
  for (const auto& [id, kind] : state.request_kinds.own())
    if (kind && kind->calling != calling[id]) broken("calls of a kind are not counted");
  for (const auto& [id, entry] : state.entries.own())
    if (entry && (entry->deadline == 0 || entries.count(id) == 0)) broken("an entry is owed without an end");
}

/// No slot is given out twice; what is counted of slots, persons, parts and faults is what a recount finds.
void world::check_bookings() {
  std::map<slot_key, std::uint32_t> taken;
  std::map<person_key, std::uint32_t> persons;
  std::map<request_id, std::uint32_t> parts;
  std::map<queue_id, std::uint32_t> faults;
  for (const auto& [id, r] : state.requests.own()) {
    if (!r) continue;
    if (r->slot != 0) taken[{r->appointment, r->slot}] += 1;
    if (r->token != 0) persons[{r->token, r->kind}] += 1;
    if (r->part_of) parts[r->part_of] += 1;
    if (r->announced) faults[r->announced] += 1;
    if (r->part_of && r->has_parts != 0) broken("a request is a part, and has parts");
  }
  for (const auto& [key, slot] : state.slots.own())
    if (slot && slot->taken != std::exchange(taken[key], 0)) broken("a slot's places are not counted");
  for (const auto& [key, count] : taken)
    if (count != 0) broken("a slot is taken that there is not");
  for (const auto& [key, count] : state.persons.own())
    if (count && *count != std::exchange(persons[key], 0)) broken("a person's requests are not counted");
  for (const auto& [key, count] : persons)
    if (count != 0) broken("a person is forgotten");
  for (const auto& [id, r] : state.requests.own())
    if (r && r->has_parts != parts[id]) broken("the parts of a request are not counted");
  for (const auto& [id, q] : state.queues.own())
    if (q && q->faults != faults[id]) broken("the faults that a queue's callers are told of are not counted");
  for (const logged& l : last.events) {
    const event& e = l.record;
    if (e.kind != event_kind::request_time_set || e.detail != static_cast<std::uint16_t>(request_time::appointment) ||
        e.other == 0)
      continue;
    const slot_state* slot = state.slots.find({e.value, e.other});
    if (slot == nullptr || slot->taken > slot->places) broken("a slot is given out twice");
  }
}

/// Nobody waits behind a caller of a lower class, or of the same class who called later; nobody new waits behind a closed door.
void world::check_order(const board_state& before, bool by_itself) {
  for (const logged& l : last.events) {
    const event& e = l.record;
    if (e.kind == event_kind::queued && e.cause == cause::entering_distribution) {
      const queue_state* q = before.queues.find(e.queue);
      if (q != nullptr && q->hours.closed() && q->rank != queue_class::emergency) broken("a closed queue took a new caller");
    }
    const bool next_in_line = e.kind == event_kind::offered && e.cause == cause::distributed && e.operator_ && by_itself;
    const call_state* call = next_in_line ? before.call_table.find(e.call) : nullptr;
    const queue_state* taken = call != nullptr ? before.queues.find(call->queue) : nullptr;
    if (taken == nullptr) continue;
    for (const auto& [id, q] : before.queues.own()) {
      const std::vector<operator_id> members = serving(before, *q);
      const bool all = q->ringing_all && q->distribution == distribution::ring_all;
      const call_id next = all ? q->ringing_all : q->waiting.empty() ? call_id{} : q->waiting.front();
      const call_state* first = before.call_table.find(next);
      if (first == nullptr || std::find(members.begin(), members.end(), e.operator_) == members.end()) continue;
      if (q->rank < taken->rank || (q->rank == taken->rank && first->place < call->place && next != e.call))
        broken("a caller was passed over");
    }
  }
  std::map<operator_id, int> asked;
  for (const auto& [id, call] : state.call_table.own())
    if (call && call->offered_to && ++asked[call->offered_to] > 1) broken("an operator is offered two calls");
}

/// Who takes part hears everyone else who does and is heard by them; who listens is heard by nobody and never there alone.
void world::check_conference(call_id id, const call_state& call) {
  const auto& all = call.fsm.connections;
  if (all.size() > conference_parties_max) broken("a call has more parties than a conference takes");
  const party_state* caller = state.parties.find(call.caller);
  const auto is_caller = [&](const connection& c) { return caller != nullptr && c.leg == caller->leg; };
  const bool kept = std::any_of(all.begin(), all.end(), [&](const connection& c) {
    return (c.state == connection_state::connected || c.state == connection_state::hold) && is_heard(c.part) && !is_caller(c);
  });
  const bool coded = state.code_runs.find(id) != nullptr || state.self_tests.find(id) != nullptr;
  for (const connection& c : all) {
    if (!kept && !coded && (!is_heard(c.part) || (c.part != participation::none && c.state == connection_state::alerting)))
      broken("somebody who was added stays where nobody talks to the caller");
    if (c.operator_ && c.part != participation::none) broken("an operator was added to a call of his own");
  }
  const call_state* main = call.parent ? state.call_table.find(call.parent) : &call;
  if (main != nullptr && main->transfer.fsm.state == transfer_state::moving) return;
  if (all.size() == 1 && !coded && !is_caller(all.front()) && all.front().state != connection_state::initiated)
    broken("a call goes on with one party, who is not its caller");
  if (call.media == media_path::direct) return;
  const auto talks = [&](const connection& c) {
    const leg_state* leg = state.legs.find(c.leg);
    return c.state == connection_state::connected && leg != nullptr && leg->fsm.phase == leg_phase::up && !leg->held_by_phone;
  };
  for (const connection& a : all) {
    for (const connection& b : all) {
      if (a.leg == b.leg || !talks(a) || !talks(b)) continue;
      if (told_member(state, a.leg) != nullptr || told_member(state, b.leg) != nullptr) continue;
      const source at_a = hears(state, a.leg);
      const source at_b = hears(state, b.leg);
      if (at_a.kind == source_kind::announcement || at_b.kind == source_kind::announcement) continue;
      const bool mixed = in_mix(at_a.kind) && at_a.mix == id;
      const bool speaks = (at_b.kind == source_kind::mix || at_b.kind == source_kind::coached) && at_b.mix == id;
      const bool whispers = at_b == source{source_kind::whisper, {}, id} && at_a.kind == source_kind::coached;
      const bool heard = at_a == source{source_kind::leg, b.leg} || (mixed && (speaks || whispers));
      const bool coached = b.part == participation::whispering && &a == keeper_of(state, call) && mixed;
      if (heard != (is_heard(b.part) || coached))
        broken(fmt::format("in call {:x}, {:x} {} {:x}", id.value, a.leg.value, heard ? "hears a listener," : "does not hear",
                           b.leg.value));
    }
  }
}

/// Nobody waits, is held or is told anything where the house's voice is not heard; and what waits for the voices, waits for something.
void world::check_direct(call_id id, const call_state& call, bool acted) {
  const bool moves_now = call.media == media_path::anchoring || call.media == media_path::directing;
  if (acted && moves_now && moves.count(id) == 0) broken("voices are said to be on their way, and nobody was asked");
  if (state.awaited.find(id) != nullptr && !moves_now) broken("something waits for voices that nobody has called back");
  if (call.media != media_path::direct) return;
  const party_state* caller = state.parties.find(call.caller);
  const bool held = caller != nullptr && (caller->custodian == custodian::operator_ || caller->custodian == custodian::target);
  if (call.fsm.connections.size() != 2 || !held || call.recording.number != 0 || call.transfer.fsm.open() || call.consultation)
    broken("a call passes the house by that needs something of it");
  for (const connection& c : call.fsm.connections) {
    const leg_state* leg = state.legs.find(c.leg);
    if (c.state != connection_state::connected || (leg != nullptr && leg->announcing.number != 0) ||
        hears(state, c.leg) != source{})
      broken("somebody is held, or told something, past whom the voices go");
  }
}

/// What is said and recorded begins and ends once, and a recording is never against the caller's word.
void world::check_said(const event& e, bool by_command) {
  const call_state* call = state.call_table.find(e.call);
  switch (e.kind) {
    case event_kind::announcement_started: told[e.sequence] = e.call; break;
    case event_kind::announcement_ended:
      if (told.erase(e.other) != 1) broken("an announcement ended that did not run");
      break;
    case event_kind::recording_started:
      recordings[e.sequence] = e.call;
      if (call != nullptr && call->declined) broken("a call is recorded against the caller's word");
      if (!by_command && e.cause != cause::recall && e.other == 0) broken("a call is recorded without a notice");
      break;
    case event_kind::recording_ended:
      if (recordings.erase(e.other) != 1) broken("a recording ended that did not run");
      break;
    case event_kind::dialogue_started: led[e.sequence] = e.call; break;
    case event_kind::dialogue_ended:
      if (led.erase(e.other) != 1) broken("a dialogue ended that did not run");
      break;
    case event_kind::call_cleared:
      for (const auto* running : {&told, &recordings, &led}) {
        for (const auto& [number, of] : *running) {
          if (of == e.call) broken("something of a call goes on after its end");
        }
      }
      break;
    default: break;
  }
}

/// Whoever is in a dialogue is its, has an end in sight, and is asked by a script that is there.
void world::check_dialogues() {
  std::map<std::uint64_t, std::uint32_t> runs;
  for (const auto& [id, call] : state.call_table.own()) {
    const party_state* caller = call ? state.parties.find(call->caller) : nullptr;
    const bool runs_here = call && call->dialogue.number != 0;
    if (caller != nullptr && (caller->custodian == custodian::dialogue && caller->call == id) != runs_here)
      broken("a dialogue without a caller, or a caller without a dialogue");
    if (!runs_here) continue;
    const dialogue_run& run = call->dialogue;
    runs[run.script] += 1;
    if (run.deadline == 0 || run.deadline > run.until ||
        state.deadlines.find({run.deadline, deadline_kind::dialogue, 0, id.value}) == nullptr)
      broken("a step of a dialogue without an end");
    if (call->fsm.connections.size() != 1) broken("somebody else is in a caller's dialogue");
    const leg_state* leg = caller != nullptr ? state.legs.find(caller->leg) : nullptr;
    const bool told_something = leg != nullptr && leg->announcing.number != 0;
    const bool says = run.phase == dialogue_phase::saying || run.phase == dialogue_phase::reading_back;
    if (says != told_something) broken("a dialogue that says something else than its step");
  }
  for (const auto& [key, script] : state.scripts.own())
    if (script && (script->runs != runs[key] || (script->runs == 0 && !script->newest)))
      broken("a script that nobody needs, or not counted");
}

/// Closure of counts: each wait in a queue that began ends once, by the events alone.
void world::check_waits(const event& e) {
  if (e.kind == event_kind::queued && (e.flags & queued_begins) != 0 && !in_line.emplace(e.call, e.queue).second)
    broken("a wait began twice");
  if (e.kind == event_kind::queue_left) {
    const auto it = in_line.find(e.call);
    if (it == in_line.end() || it->second != e.queue) return broken("a wait ended that did not begin");
    in_line.erase(it);
    if (e.value < 0 || e.state == 0) broken("a wait without a length");
  }
  if (e.kind == event_kind::call_cleared && in_line.count(e.call) != 0) broken("a call ended, and its wait did not");
}

/// A code call begins once and ends once: acknowledged by enough, or escalated through all steps of all rounds, or ended by a person
/// or a stop. Every event of a drill says so, and no other.
void world::check_code(const logged& l, bool by_person) {
  const event& e = l.record;
  const bool marked = (e.marks & static_cast<std::uint16_t>(mark::drill)) != 0;
  // What is asked for stands before what follows from it; what is refused may name a call that is gone.
  if (e.kind == event_kind::command_refused) return;
  const bool asked =
      e.kind == event_kind::command_accepted && e.detail == static_cast<std::uint16_t>(command_kind::start_code_call);
  if (asked && marked) drills.insert(e.call);
  if (e.kind == event_kind::digits_dialed && is_outside(state, e.device) && is_emergency_number(state, l.text))
    ++helped[e.call];
  if (e.kind == event_kind::code_call_started) {
    if (!codes.emplace(e.call, code_trace{e.sequence, e.detail, 0, l.text.substr(0, l.text.find('\t')), 0, 0, marked}).second)
      broken("a code call began twice");
    if (marked) drills.insert(e.call);
  }
  const auto it = codes.find(e.call);
  const bool runs = it != codes.end() && it->second.number == e.other;
  switch (e.kind) {
    case event_kind::code_step_started:
      if (!runs || e.state < it->second.round) return broken("a step of no code call, or of an earlier round");
      it->second.step = e.detail;
      it->second.round = e.state;
      break;
    case event_kind::code_member_called:
      if (!runs) return broken("somebody is called for no code call");
      if (it->second.acknowledged >= it->second.enough) broken("somebody is called although enough have acknowledged");
      if (it->second.drill) drill_legs.insert(e.leg);
      break;
    case event_kind::code_member_acknowledged:
      if (!runs || e.state != ++it->second.acknowledged) broken("an acknowledgement is not counted");
      break;
    case event_kind::code_call_ended: {
      if (!runs) return broken("a code call ended that did not run");
      const code_trace was = it->second;
      codes.erase(it);
      const auto how = static_cast<code_result>(e.detail);
      const bool enough = was.acknowledged >= was.enough;
      if (how == code_result::acknowledged && !enough) broken("a code call ended without its acknowledgements");
      if (how == code_result::escalated) {
        const code_plan* plan = state.code_plans.find(was.plan);
        if (enough || (plan != nullptr && (was.round != plan->rounds || was.step != plan->list.back().step + 1)))
          broken("a code call gave up before everybody was called as often as the plan says");
      }
      if (how == code_result::called_off && !by_person) broken("a code call was called off by nobody");
      break;
    }
    case event_kind::call_cleared:
      if (codes.count(e.call) != 0) broken("a call ended, and its code call did not");
      break;
    default: break;
  }
  const bool of_drill = drills.count(e.call) != 0 || drill_legs.count(e.leg) != 0;
  // Of voice something may be told when the line is gone: its earlier events say whose it was.
  const bool of_voice = e.kind == event_kind::media_ended || e.kind == event_kind::packets_refused ||
                        e.kind == event_kind::media_quality || e.kind == event_kind::media_degraded ||
                        e.kind == event_kind::media_one_way || e.kind == event_kind::media_recovered ||
                        e.kind == event_kind::voice_level;
  if (marked != of_drill && !(of_voice && !e.call))
    broken(of_drill ? "an event of a drill is not marked" : "an event is marked that is of no drill");
}

/// Whoever is called in an emergency has a limit, and the call goes on by itself.
void world::check_codes() {
  std::size_t runs = 0;
  for (const auto& [id, run] : state.code_runs.own()) {
    if (!run) continue;
    ++runs;
    const call_state* call = state.call_table.find(id);
    if (call == nullptr || codes.count(id) == 0) return broken("a code call without its call, or its beginning");
    bool in_hand = false;
    for (const code_member& m : run->members) {
      const bool asked = m.progress == code_progress::called || m.progress == code_progress::answered;
      in_hand = in_hand || asked;
      const leg_state* leg = asked ? state.legs.find(m.leg) : nullptr;
      if (asked && (leg == nullptr || !leg->fsm.live() || leg->deadline == 0 || call->fsm.find(m.leg) == nullptr))
        broken("a member of a code call is asked without a line or a limit");
    }
    if (code_work work; !in_hand && run->deadline == 0 && !next_code_work(state, work) && !state.stopping)
      broken("a code call waits for nothing");
    if (code_work work; !state.stopping && next_code_work(state, work) && next_deadline(state) > now)
      broken("a code call has work, and nobody does it");
  }
  if (runs != codes.size()) broken("a code call is forgotten");
  const auto& classes = state.classes.own();
  const bool nobody_onward =
      !classes.empty() && std::none_of(classes.begin(), classes.end(), [](const auto& c) { return c.second->onward; });
  for (const auto& [id, call] : state.call_table.own()) {
    if (!call || !nobody_onward || (call->marks & static_cast<std::uint16_t>(mark::code_call)) != 0) continue;
    const auto& all = call->fsm.connections;
    // Help may always be called.
    const auto help = helped.find(id);
    const std::ptrdiff_t allowed = 1 + (help == helped.end() ? 0 : help->second);
    if (std::count_if(all.begin(), all.end(), [&](const connection& c) { return is_outside(state, c.device); }) > allowed)
      broken("an outside party got an outside line");
  }
}

/// No operator is offered two callers; whoever is asked has the call in hand; who waits in line is who the events say.
void world::check_offers() {
  std::map<operator_id, int> asked;
  std::size_t waits = 0;
  for (const auto& [id, call] : state.call_table.own()) {
    if (!call) continue;
    if (call->offered_to) ++asked[call->offered_to];
    for (const further_offer& also : call->also) {
      ++asked[also.operator_];
      const connection* c = call->fsm.find(also.leg);
      if (c == nullptr || c->state != connection_state::alerting) broken("an operator is asked on a line that does not ring");
    }
    if (!call->also.empty() && !call->offered_to) broken("others are asked, and nobody first");
    if (call->queue_since == 0) continue;
    ++waits;
    const party_state* caller = state.parties.find(call->caller);
    if (caller == nullptr || caller->custodian != custodian::queue || in_line.count(id) == 0)
      broken("a wait goes on of a caller who is in no queue");
  }
  if (waits != in_line.size()) broken("a wait is forgotten");
  for (const auto& [who, calls] : asked) {
    const operator_record* op = state.operators.find(who);
    if (calls > 1) broken("an operator has two offered calls");
    if (op == nullptr || op->state != operator_state::busy) broken("an operator is asked and not busy");
  }
  for (const auto& [id, q] : state.queues.own()) {
    const call_state* rung = q && q->ringing_all ? state.call_table.find(q->ringing_all) : nullptr;
    if (q && q->ringing_all && (rung == nullptr || !rung->offered_to))
      broken("all are rung for a caller whom nobody is asked for");
  }
  for (const auto& [id, op] : state.operators.own()) {
    if (op && op->leave != 0 && op->leave_deadline == 0) broken("a wish to leave without an end");
    if (op && op->state != operator_state::not_ready && op->state != operator_state::busy && op->reason_deadline != 0)
      broken("a break goes on of an operator who is back");
  }
}

void world::check(const board_state& before, const std::variant<any_fact, command, tick, house_config>& what, bool acted) {
  // Every event's revision rises, and outcomes come once, after acceptance.
  const auto* asked = std::get_if<command>(&what);
  const bool by_command = asked != nullptr && asked->kind == command_kind::start_recording;
  for (const logged& l : last.events) {
    const event& e = l.record;
    const awaited_act* waited = before.awaited.find(e.call);
    check_said(e, by_command || (waited != nullptr && waited->kind == command_kind::start_recording));
    check_waits(e);
    check_code(l, asked != nullptr);
    check_request(e);
    check_health(l);
    const std::uint64_t id = e.command.high ^ e.command.low;
    if (e.kind == event_kind::command_accepted || e.kind == event_kind::command_refused) {
      if (outcomes.count(id) != 0) broken("a command was answered twice");
      outcomes[id] = e.kind == event_kind::command_accepted ? 1 : 2;
    }
    if (e.kind == event_kind::command_done || e.kind == event_kind::command_failed || e.kind == event_kind::command_timed_out) {
      if (outcomes[id] != 1) broken("an outcome without acceptance, or a second one");
      outcomes[id] = 2;
      if (e.kind == event_kind::command_done && (e.value <= 0 || static_cast<std::uint64_t>(e.value) >= e.sequence))
        broken("an outcome names no proof");
    }
    // A caller is ended by nobody but themselves, a command, a closing that ran out, a stop, or a first refusal.
    const bool let_go = e.custodian == custodian::ended || e.custodian == custodian::request;
    if (e.kind == event_kind::custody_moved && let_go) {
      const party_state* was = before.parties.find(e.party);
      const call_state* call = before.call_table.find(e.call);
      const bool by_self =
          e.layer == layer::party || e.layer == layer::command || e.cause == cause::closing || e.cause == cause::maintenance;
      const auto* f = std::get_if<any_fact>(&what);
      bool own_leg = false;
      if (f != nullptr) {
        std::visit(
            [&](const auto& x) {
              if constexpr (requires { x.leg; }) own_leg = x.leg == e.leg;
            },
            *f);
      }
      const bool in_transfer = call != nullptr && call->transfer.fsm.open();
      const bool kept = was != nullptr && (was->custodian == custodian::operator_ || was->custodian == custodian::queue);
      if (!by_self && !own_leg && (in_transfer || kept)) broken(fmt::format("a caller was dropped: cause {}", name(e.cause)));
      if (e.layer == layer::party && !own_leg && in_transfer)
        broken("a caller was dropped in a transfer by another party's word");
    }
  }
  check_order(before, std::holds_alternative<tick>(what));
  check_dialogues();
  check_offers();
  check_codes();
  check_requests();
  check_tests();
  for (const auto& [id, c] : state.commands.own()) {
    if (c && c->open && c->deadline < now) broken("a command is open after its deadline");
  }
  std::map<device_id, std::uint32_t> lines;
  for (const auto& [id, leg] : state.legs.own()) {
    if (!leg) continue;
    if (!leg->kept || !leg->calls.empty()) lines[leg->device] += 1;
    const bool asking = leg->fsm.phase == leg_phase::inviting || leg->fsm.phase == leg_phase::ringing;
    if ((asking || leg->fsm.phase == leg_phase::releasing) && leg->deadline == 0)
      broken("a leg is asked or released without a timer");
    if (leg->fsm.live() && leg->calls.empty() && !is_kept(state, id)) broken("a live leg is in no call");
    for (const call_id c : leg->calls) {
      const call_state* call = state.call_table.find(c);
      if (call == nullptr || call->fsm.find(id) == nullptr) broken("a leg lists a call that does not know it");
    }
  }
  for (const auto& [id, device] : state.devices.own()) {
    if (device && device->kind == device_kind::phone && device->lines != lines[id]) broken("a phone's lines are not counted");
  }
  for (const auto& [key, waits] : state.camped.own()) {
    const call_state* call = waits ? state.call_table.find(waits->call) : nullptr;
    const party_state* caller = call != nullptr ? state.parties.find(call->caller) : nullptr;
    if (waits && (caller == nullptr || call->camped != key || caller->custodian != custodian::wait ||
                  caller->why != cause::camp_on || call->transfer.fsm.open()))
      broken("somebody waits for a busy phone who is in no such wait");
  }
  for (const auto& [key, one] : state.call_backs.own()) {
    if (one && (one->deadline == 0 || state.deadlines.find({one->deadline, deadline_kind::call_back, 0, key}) == nullptr))
      broken("a call back without an end");
  }
  for (const auto& [id, call] : state.call_table.own()) {
    if (!call) continue;
    if (call->camped != 0 && state.camped.find(call->camped) == nullptr) broken("a camped call that is not listed");
    if (call->fsm.empty() && state.code_runs.find(id) == nullptr) broken("a call without connections");
    int connected_operators = 0;
    for (const connection& c : call->fsm.connections) {
      const leg_state* leg = state.legs.find(c.leg);
      if (leg == nullptr || !leg->fsm.live()) broken("a connection over a dead leg");
      if (c.state == connection_state::hold && call->hold_deadline == 0) broken("a hold without a limit");
      if (c.operator_ && c.state == connection_state::connected) ++connected_operators;
    }
    if (call->offered_to && !call->offer && call->offer_deadline == 0) broken("an offer on a screen without a limit");
    if (call->transfer.fsm.state == transfer_state::moving && call->transfer.deadline == 0) broken("a move without a limit");
    if (call->consultation && state.call_table.find(call->consultation) == nullptr) broken("a consultation that is not there");
    check_conference(id, *call);
    check_direct(id, *call, acted);
  }
  for (const auto& [id, p] : state.parties.own()) {
    if (!p || p->role != party_role::caller) continue;
    const leg_state* leg = state.legs.find(p->leg);
    if (leg == nullptr || !leg->fsm.live() || leg->fsm.phase == leg_phase::inviting || leg->fsm.phase == leg_phase::ringing)
      continue;
    const call_state* call = state.call_table.find(p->call);
    const auto keeper_connected = [&](auto match) {
      if (call == nullptr) return false;
      return std::any_of(call->fsm.connections.begin(), call->fsm.connections.end(), [&](const connection& c) {
        return match(c) && (c.state == connection_state::connected || c.state == connection_state::hold);
      });
    };
    switch (p->custodian) {
      case custodian::none:
      case custodian::request:
      case custodian::ended: broken("a caller on the line without a custodian"); break;
      case custodian::operator_:
        if (!keeper_connected([&p = p](const connection& c) { return c.operator_.value == p->keeper; }))
          broken("the operator who has custody is not on the line");
        break;
      case custodian::target:
        if (!keeper_connected(
                [&p = p](const connection& c) { return c.leg != p->leg && c.device.value == p->keeper && is_heard(c.part); }))
          broken("the target who has custody is not on the line");
        break;
      case custodian::queue: {
        const queue_state* q = state.queues.find(queue_id{p->keeper});
        const bool waits = q != nullptr && std::count(q->waiting.begin(), q->waiting.end(), p->call) == 1 && call != nullptr &&
                           call->queue_deadline != 0;
        const bool offered = call != nullptr && (call->offer || call->offered_to);
        if (waits == offered)
          broken(waits ? "a caller is offered and waits too" : "a queued caller is in no queue and offered to nobody");
        break;
      }
      case custodian::wait:
        if (p->deadline == 0) broken("a wait without a recall");
        break;
      default: break;
    }
  }
  for (const auto& [id, op] : state.operators.own()) {
    if (!op) continue;
    const leg_state* line = state.legs.find(op->line);
    if (op->line && (line == nullptr || !line->kept || line->operator_ != id)) broken("an operator's line is not there");
    const bool unwanted = op->state == operator_state::null || !op->keep_line || state.stopping;
    if (line != nullptr && unwanted && line->calls.empty() && line->fsm.live()) broken("a line is kept for nobody");
    if (op->keep_line && !op->line && op->line_at == 0 && op->state != operator_state::null && in_service(state, op->phone) &&
        !state.stopping)
      broken("an operator's line is not asked for");
    if (op->state == operator_state::working_after_call && op->deadline == 0) broken("work after a call without an end");
    if (op->state == operator_state::busy && op->calls.empty()) broken("an operator is busy with nothing");
    if (op->state != operator_state::busy && !op->calls.empty()) broken("an operator has a call and is not busy");
    for (const call_id c : op->calls) {
      if (state.call_table.find(c) == nullptr) broken("an operator has a call that ended");
    }
  }
  for (const auto& [id, p] : peers) {
    const leg_state* waits = acted ? state.legs.find(id) : nullptr;
    const bool told_it = waits != nullptr && waits->announcing.what == announcement::message && waits->announcing.number != 0;
    if (waits != nullptr && waits->fsm.phase == leg_phase::up && static_cast<bool>(waits->command) != (p.keys || told_it) &&
        !p.releasing)
      broken("keys or words are waited for, and nobody presses or says them");
    if (waits != nullptr && waits->fsm.phase == leg_phase::up && p.recording != recorded(state, id).recording)
      broken("a leg is recorded otherwise than it should be");
    const leg_state* leg = acted ? state.legs.find(id) : nullptr;
    if (leg != nullptr && leg->fsm.phase == leg_phase::up && p.hears != hears(state, id))
      broken(fmt::format("leg {:x} hears {} {:x} and should hear {} {:x}", id.value, static_cast<int>(p.hears.kind),
                         p.hears.leg.value, static_cast<int>(hears(state, id).kind), hears(state, id).leg.value));
  }
}

}  // namespace cordboard::sim
