// SPDX-License-Identifier: Apache-2.0
// What people do with appointments, with requests that belong together, and what they have written to somebody.
#include <board/requests.hpp>

namespace cordboard {
namespace {

constexpr errc fine{};

struct booking_intake {
  decision& d;
  const command& in;
  const std::function<void(call_id)>& accept;

  const request_record* record() const { return d.s.requests.find(in.request); }
  std::string text() const { return std::string(text_of(in)); }
  event about(event_kind what) const { return asked_of_request(d, what, in.request); }
  errc done(const event& e, std::string words = {}) {
    d.done(in.id, d.emit(e, std::move(words)));
    return fine;
  }

  errc decide() {
    switch (in.kind) {
      case command_kind::offer_slot: return offer();
      case command_kind::report_message: return report();
      case command_kind::release_booking: return release();
      default: break;
    }
    // That a request is over is told when it is: by the event that says so.
    const bool of_event = in.kind == command_kind::send_message && in.request && in.other != 0;
    if (record() == nullptr && !of_event) return errc::request_unknown;
    switch (in.kind) {
      case command_kind::check_in_request: return check_in();
      case command_kind::excuse_owner: return excuse();
      case command_kind::link_request: return link();
      case command_kind::announce_request: return announce_fault();
      case command_kind::send_message: return send();
      default: return errc::command_invalid;
    }
  }

  errc check_in() {
    if (record()->appointment == 0 || record()->arrived) return errc::request_wrong_state;
    accept({});
    event e = about(event_kind::request_arrived);
    e.operator_ = in.operator_;
    e.value = record()->appointment;
    return done(e);
  }

  errc release() {
    if (static_cast<bool>(in.request) == (in.text_len != 0)) return errc::command_invalid;
    if (in.request && record() == nullptr) return errc::request_unknown;
    const std::uint64_t person = in.request ? record()->token : d.token;
    if (person == 0 || d.s.absences.find(person) == nullptr) return errc::request_wrong_state;
    accept({});
    event e = about(event_kind::booking_released);
    e.other = person;
    return done(e);
  }

  /// The same doctor, item and time is one slot, whoever says it and however often.
  slot_key known(std::uint16_t kind, std::string_view whose) const {
    const auto& all = d.base.slots.own();
    for (auto it = all.lower_bound({in.value, 0}); it != all.end() && it->first.at == in.value; ++it)
      if (it->second && it->second->kind == kind && it->second->whose == whose) return it->first;
    return {};
  }
  errc offer() {
    auto what = read_fields(text_of(in));
    if (!what) return errc::text_invalid;
    const std::uint16_t kind = request_kind_by_name(d.base, what->take("kind"));
    if (kind == 0) return errc::request_kind_unknown;
    const std::string whose = what->take("what");
    if (!what->all.empty() || whose.empty() || in.value <= d.now || in.detail > 255) return errc::field_invalid;
    const slot_key key = known(kind, whose);
    const slot_state* is = key.number != 0 ? d.s.slots.find(key) : nullptr;
    if (is == nullptr && in.detail == 0) return errc::slot_unknown;
    if (is == nullptr && d.base.slots.own().size() >= slots_max) return errc::limit_reached;
    accept({});
    if (is != nullptr && is->places == in.detail) {
      d.done(in.id, key.number);
      return fine;
    }
    event e = about(event_kind::slot_offered);
    e.request = {};
    e.detail = kind;
    e.value = in.value;
    e.state = static_cast<std::uint8_t>(in.detail);
    e.other = key.number;
    const std::uint64_t proof = d.emit(e, whose);
    // Nobody is there at that time: each who has booked it is to be told, and to get another one.
    if (in.detail == 0 && is->taken != 0)
      for (const auto& [id, r] : d.base.requests.own())
        if (r && r->slot == key.number && r->appointment == key.at && r->excused == 0) owner_excused(id, {}, proof);
    d.done(in.id, proof);
    return fine;
  }

  std::uint64_t owner_excused(request_id id, std::string why, std::uint64_t slot) {
    const request_record& r = *d.s.requests.find(id);
    const request_rules rules(d.s.request_kinds.find(r.kind)->text);
    keeper head = rules.chain.empty() ? keeper{} : keeper_by(d.base, rules.chain.front());
    if (!head && !rules.backup.empty()) head = keeper_by(d.base, rules.backup);
    event e = asked_of_request(d, event_kind::request_owner_excused, id);
    put(e, head);
    e.value = r.appointment != 0 ? std::max(d.now, r.appointment - rules.tell_ns) : 0;
    e.other = slot;
    const std::uint64_t proof = d.emit(e, std::move(why));
    if (e.value != 0) set_request_time(d, id, request_time::notice, e.value, cause::normal);
    return proof;
  }
  errc excuse() {
    if (record()->excused != 0) return errc::request_wrong_state;
    accept({});
    d.done(in.id, owner_excused(in.request, text(), 0));
    return fine;
  }

  /// One level: what belongs to another one has no parts of its own.
  errc link() {
    const request_id to{in.other};
    const request_record* whole = to ? d.s.requests.find(to) : nullptr;
    if (to && whole == nullptr) return errc::request_unknown;
    if (to == record()->part_of || to == in.request) return errc::request_wrong_state;
    if (whole != nullptr && (whole->part_of || record()->has_parts != 0 || whole->kind != record()->kind))
      return errc::request_wrong_state;
    if (whole != nullptr && whole->has_parts >= parts_max) return errc::limit_reached;
    accept({});
    event e = about(event_kind::request_linked);
    e.other = in.other;
    return done(e);
  }

  errc announce_fault() {
    if (d.s.queues.find(in.queue) == nullptr) return errc::queue_unknown;
    if (in.detail > 1) return errc::command_invalid;
    const bool on = in.detail != 0;
    if (on ? static_cast<bool>(record()->announced) : record()->announced != in.queue) return errc::request_wrong_state;
    accept({});
    event e = about(event_kind::request_announced);
    e.queue = in.queue;
    e.state = static_cast<std::uint8_t>(in.detail);
    return done(e);
  }

  errc send() {
    if (name(static_cast<message_way>(in.detail)).empty() || in.other > d.s.last_sequence) return errc::command_invalid;
    if (d.base.messages.own().size() >= messages_max) return errc::limit_reached;
    accept({});
    event e = about(event_kind::message_asked);
    e.detail = in.detail;
    e.other = in.other;
    return done(e, text());
  }
  errc report() {
    const message_record* asked = d.s.messages.find(in.other);
    if (asked == nullptr) return errc::message_unknown;
    if (name(static_cast<message_result>(in.detail)).empty()) return errc::command_invalid;
    accept({});
    event e = about(event_kind::message_reported);
    e.request = asked->request;
    e.detail = in.detail;
    e.other = in.other;
    return done(e, text());
  }
};

}  // namespace

errc booking_command(decision& d, const command& c, const std::function<void(call_id)>& accept) {
  return booking_intake{d, c, accept}.decide();
}

}  // namespace cordboard
