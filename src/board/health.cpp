// SPDX-License-Identifier: Apache-2.0
// What of the equipment works (S8): devices that stay away, what programs and people report, and self-tests. A self-test is a call
// that nobody made: the house rings a phone, which answers by itself, or dials a number over a trunk, listens for voice, and hangs up.
//
//   due ──► started ──► answered ──► hung up ──► ended: voice came, or none did
//              └──► ended: busy, no answer, refused
#include <board/requests.hpp>

namespace cordboard {
namespace {

constexpr std::int64_t listens_ns = 2'000'000'000;

constexpr auto test_mark = static_cast<std::uint16_t>(mark::self_test);

/// The request that a fault becomes; 0: this house keeps none of them, or no more.
request_id open_fault(decision& d, const equipment_report& what) {
  request_opening from;
  from.kind = d.s.health.fault_kind.empty() ? std::uint16_t{0} : request_kind_by_name(d.base, d.s.health.fault_kind);
  if (from.kind == 0 || !has_owner(d, from) || d.base.requests.own().size() >= d.s.policy.requests_max) return {};
  from.source = request_source::script;
  const request_rules rules(d.s.request_kinds.find(from.kind)->text);
  const std::string matter = what.seen.empty() ? std::string(name(what.why)) : what.seen;
  for (const std::string_view place : {"place", "what"})
    if (rules.field(place) != nullptr) from.what.set(place, what.name);
  if (rules.field("matter") != nullptr) from.what.set("matter", matter);
  from.id = request_id{d.fresh()};
  const request_id id = from.id;
  open_request(d, std::move(from));
  return id;
}

/// A device that did not take a call at all is out of service; one that is busy, or whose person would have had to answer, works.
bool is_defect(cause why, bool trunk) {
  switch (why) {
    case cause::dest_out_of_order:
    case cause::dest_not_obtainable:
    case cause::incompatible_destination: return true;
    case cause::call_rejected:
    case cause::redirected: return trunk;
    default: return false;
  }
}

void test_ended(decision& d, call_id id, cause why, std::uint16_t status, std::int64_t received) {
  const self_test_run run = *d.s.self_tests.find(id);
  event e = decision::of(event_kind::self_test_ended);
  e.call = id;
  e.device = run.device;
  e.cause = why;
  e.detail = status;
  e.value = received;
  e.other = run.answered != 0 ? static_cast<std::uint64_t>(run.answered - run.began) : 0;
  e.marks = test_mark;
  d.emit(e);
  const device_state* device = d.device(run.device);
  if (device == nullptr) return;
  equipment_report found{device->number, run.device, equipment_state::in_service, cause::self_test, std::string(name(why))};
  if (why == cause::media_lost)
    found.state = equipment_state::partly;
  else if (is_defect(why, device->kind == device_kind::trunk))
    found.state = equipment_state::out_of_service;
  else if (why != cause::normal || received <= 0)
    return;  // nothing is known
  const fault_record* known = d.s.faults.find(device->number);
  // A phone that is away is out of service whatever a test said before.
  if (found.state == equipment_state::in_service && known != nullptr && !known->by_test) return;
  (void)report_equipment(d, found);
}

}  // namespace

std::uint64_t report_equipment(decision& d, const equipment_report& what) {
  const fault_record* known = d.s.faults.find(what.name);
  if (what.state == (known != nullptr ? known->state : equipment_state::in_service)) return 0;
  event e = decision::of(event_kind::equipment_state_changed);
  e.device = what.device;
  e.state = static_cast<std::uint8_t>(what.state);
  e.cause = what.why;
  e.actor = d.actor;
  e.command = d.command;
  if (known != nullptr && d.s.requests.find(known->request) != nullptr) e.request = known->request;
  if (what.state == equipment_state::in_service)
    e.value = d.now - known->since;
  else if (!e.request)
    e.request = open_fault(d, what);
  if (const request_record* request = e.request ? d.s.requests.find(e.request) : nullptr) {
    e.operator_ = request->operator_;
    e.other = request->device.value;
  }
  return d.emit(e, what.name + '\t' + what.seen);
}

errc report_by_command(decision& d, const command& c, const std::function<void(call_id)>& accept) {
  const std::string text(text_of(c));
  const auto space = std::min(text.find(' '), text.size());
  equipment_report what{text.substr(0, space),
                        {},
                        static_cast<equipment_state>(c.detail),
                        cause::normal,
                        text.substr(std::min(space + 1, text.size()))};
  if (what.name.empty() || what.name.size() > equipment_name_max) return errc::command_invalid;
  if (d.s.faults.find(what.name) == nullptr && d.base.faults.own().size() >= equipment_max) return errc::limit_reached;
  what.device = device_by_number(d.base, what.name);
  accept({});
  const std::uint64_t said = report_equipment(d, what);
  d.done(c.id, said != 0 ? said : d.s.last_sequence);
  return {};
}

void device_registered(decision& d, device_id id, bool partly) {
  const device_state& device = *d.device(id);
  const fault_record* known = d.s.faults.find(device.number);
  if (device.kind == device_kind::phone) {
    if (device.in_service && known != nullptr && !known->by_test)
      (void)report_equipment(d, {device.number, id, equipment_state::in_service, cause::normal, {}});
    return;
  }
  const equipment_state is = !device.in_service ? equipment_state::out_of_service
                             : partly           ? equipment_state::partly
                                                : equipment_state::in_service;
  // What a self-test found is over when another one says so.
  if (is == equipment_state::in_service && known != nullptr && known->by_test) return;
  (void)report_equipment(
      d, {device.number, id, is, is == equipment_state::in_service ? cause::normal : cause::dest_out_of_order, {}});
}

void device_away(decision& d, device_id id) {
  const device_state& device = *d.device(id);
  (void)report_equipment(d, {device.number, id, equipment_state::out_of_service, cause::dest_out_of_order, {}});
}

void equipment_fact(decision& d, const fact::equipment& f) { (void)report_equipment(d, {f.name, {}, f.state, f.why, f.seen}); }

// --------------------------------------------------------------------------------------------------------- self-tests

errc can_be_tested(const decision& d, device_id id) {
  const device_state* device = d.device(id);
  if (device == nullptr) return errc::device_unknown;
  if (device->kind == device_kind::trunk && device->test_number.empty()) return errc::command_invalid;
  if (!device->in_service) return errc::device_out_of_service;
  if (device->kind == device_kind::phone && !is_free(*device)) return errc::device_busy;
  for (const auto& [call, run] : d.base.self_tests.own())
    if (run && run->device == id) return errc::device_busy;
  if (d.base.self_tests.own().size() >= self_tests_max || !has_room(d.base, false)) return errc::limit_reached;
  return d.base.stopping ? errc::board_closed : errc{};
}

std::uint64_t start_self_test(decision& d, device_id id, cause why) {
  const device_state& device = *d.device(id);
  const bool trunk = device.kind == device_kind::trunk;
  event e = decision::of(event_kind::self_test_started);
  e.call = call_id{d.fresh()};
  e.leg = leg_id{d.fresh()};
  e.party = party_id{d.fresh()};
  e.device = id;
  e.cause = why;
  e.actor = d.actor;
  e.command = d.command;
  e.marks = test_mark;
  const std::uint64_t proof = d.emit(e, trunk ? device.test_number : device.number);
  event rings = decision::of(event_kind::offered);
  rings.call = e.call;
  rings.leg = e.leg;
  rings.party = e.party;
  rings.device = id;
  rings.cause = cause::self_test;
  rings.state = static_cast<std::uint8_t>(connection_state::alerting);
  rings.detail = static_cast<std::uint16_t>(party_role::target);
  rings.flags = static_cast<std::uint8_t>(participation::silent);
  rings.value = d.now + device.ring_ns;
  d.emit(rings);
  d.act(act::ring{e.leg, e.call, id, trunk ? device.test_number : std::string{}, 0, 0, !trunk, {}, {}});
  return proof;
}

bool serve_self_tests(decision& d) {
  std::int64_t at = 0;
  const device_id due = next_self_test(d.base, at);
  if (!due || at > d.now) return false;
  start_self_test(d, due, cause::normal);
  return true;
}

void self_test_answered(decision& d, call_id id, const connection& who) {
  event e = decision::of(event_kind::established);
  e.call = id;
  e.leg = who.leg;
  e.party = who.party;
  e.device = who.device;
  e.cause = cause::self_test;
  e.state = static_cast<std::uint8_t>(connection_state::connected);
  e.value = d.now + listens_ns;
  d.emit(e);
}

void self_test_over(decision& d, call_id id, cause why, layer where, std::uint16_t status) {
  const bool answered = d.s.self_tests.find(id)->answered != 0;
  end_call(d, id, why, where);
  // Whoever has answered sent voice or did not: that is told when the line is released.
  if (!answered) test_ended(d, id, why, status, -1);
}

void self_test_due(decision& d, call_id id) {
  const self_test_run& run = *d.s.self_tests.find(id);
  if (!run.hung_up) return end_call(d, id, cause::self_test, layer::board);
  test_ended(d, id, run.answered != 0 ? cause::normal : cause::call_cancelled, 0, -1);
}

void self_test_heard(decision& d, const fact::media_ended& f) {
  const call_id id = self_test_of(d.base, f.leg);
  const self_test_run* run = id ? d.s.self_tests.find(id) : nullptr;
  if (run == nullptr || !run->hung_up || run->answered == 0) return;
  test_ended(d, id, f.received != 0 ? cause::normal : cause::media_lost, 0, static_cast<std::int64_t>(f.received));
}

// ------------------------------------------------------------------------------------------------------ what people check

void remind_of_check(decision& d, std::uint64_t number) {
  for (const auto& [name, check] : d.base.checks.own()) {
    if (!check || check->number != number) continue;
    event e = decision::of(event_kind::check_due);
    put(e, keeper_by(d.base, check->owner));
    e.value = check->due;
    d.emit(e, name);
    return;
  }
}

errc sign_check(decision& d, const command& c, const std::function<void(call_id)>& accept) {
  const std::string text(text_of(c));
  const auto space = std::min(text.find(' '), text.size());
  const std::string what = text.substr(0, space);
  const std::string seen = text.substr(std::min(space + 1, text.size()));
  const check_state* check = d.s.checks.find(what);
  if (check == nullptr) return errc::check_unknown;
  if (c.operator_ && d.op(c.operator_) == nullptr) return errc::operator_unknown;
  accept({});
  event e = decision::of(event_kind::check_signed);
  e.operator_ = c.operator_;
  e.actor = d.actor;
  e.command = d.command;
  e.state = static_cast<std::uint8_t>(c.detail);
  e.value = d.now + check->every_ns;
  const std::uint64_t proof = d.emit(e, what + '\t' + seen);
  (void)report_equipment(d,
                         {what, device_by_number(d.base, what), static_cast<equipment_state>(c.detail), cause::normal, seen});
  d.done(c.id, proof);
  return {};
}

}  // namespace cordboard
