// SPDX-License-Identifier: Apache-2.0
// What people do with requests. Each command is one decision and, but for a call, done at once.
#include <board/requests.hpp>

namespace cordboard {
namespace {

constexpr errc fine{};

struct request_intake {
  decision& d;
  const command& in;
  const std::function<void(call_id)>& accept;

  const request_record& record() const { return *d.s.requests.find(in.request); }
  const request_kind_state& kind() const { return *d.s.request_kinds.find(record().kind); }
  std::string text() const { return std::string(text_of(in)); }
  keeper named() const { return {in.operator_, in.device}; }

  errc decide() {
    if (in.operator_ && d.op(in.operator_) == nullptr) return errc::operator_unknown;
    if (in.device && d.device(in.device) == nullptr) return errc::device_unknown;
    if (in.kind == command_kind::open_request) return open();
    if (in.kind >= command_kind::check_in_request) return booking_command(d, in, accept);
    if (d.s.requests.find(in.request) == nullptr) return errc::request_unknown;
    switch (in.kind) {
      case command_kind::take_request: return take();
      case command_kind::pass_request: return pass();
      case command_kind::note_request: return note();
      case command_kind::change_request: return change();
      case command_kind::advance_request: return advance();
      case command_kind::promise_request: return promise();
      case command_kind::tell_request: return tell();
      case command_kind::ask_approval: return ask();
      case command_kind::answer_approval: return answer();
      case command_kind::refuse_request: return refuse();
      case command_kind::cancel_request: return cancel();
      case command_kind::confirm_request: return confirm();
      case command_kind::close_request: return close();
      case command_kind::call_request: return call_request(d, in, accept);
      default: return errc::command_invalid;
    }
  }

  event about(event_kind what) const { return asked_of_request(d, what, in.request); }
  /// One event is all that it takes.
  errc done(const event& e, std::string text = {}) {
    d.done(in.id, d.emit(e, std::move(text)));
    return fine;
  }
  errc done_last() {
    d.done(in.id, d.s.last_sequence);
    return fine;
  }

  /// What the kind says to these fields; `all`: none that it asks for may be missing.
  static errc check(const request_rules& rules, const fields& what, bool all) {
    for (const auto& [name, value] : what.all) {
      if (name == "name" || name == "language") continue;
      const request_field* known = rules.field(name);
      if (name != "number" && known == nullptr) return errc::field_invalid;
      if (!is_of_type(known != nullptr ? known->type : "phone", value)) return errc::field_invalid;
      if (known != nullptr && known->required && value.empty()) return errc::field_invalid;
    }
    for (const request_field& one : rules.fields)
      if (all && one.required && what[one.name].empty()) return errc::field_invalid;
    return fine;
  }

  errc open() {
    auto what = read_fields(text_of(in));
    if (!what) return errc::text_invalid;
    request_opening from;
    from.kind = request_kind_by_name(d.base, what->take("kind"));
    if (from.kind == 0) return errc::request_kind_unknown;
    if (d.base.stopping) return errc::board_closed;
    if (d.s.requests.find(in.request) != nullptr) return errc::id_taken;
    if (d.base.requests.own().size() >= d.s.policy.requests_max) return errc::limit_reached;
    if (const errc why = check(request_rules(d.s.request_kinds.find(from.kind)->text), *what, true); why != fine) return why;
    if (in.operator_ && in.device) return errc::command_invalid;
    if (in.value < 0) return errc::field_invalid;
    const call_state* call = in.call ? d.call(in.call) : nullptr;
    if (in.call && call == nullptr && d.s.entries.find(in.call) == nullptr) return errc::call_unknown;
    from.source = in.detail == 0 ? request_source::phone : static_cast<request_source>(in.detail);
    if (name(from.source).empty()) return errc::command_invalid;
    from.id = in.request;
    from.call = in.call;
    from.party = call != nullptr ? call->caller : party_id{};
    const party_state* caller = d.party(from.party);
    const std::uint64_t person = d.token != 0 ? d.token : caller != nullptr ? caller->token : 0;
    if (const errc why = may_open(d, from.kind, person); why != fine) return why;
    from.owner = named();
    // First asked, first responsible (M4): who talks to the caller owns it, unless somebody is named.
    if (!from.owner && call != nullptr && d.op(call->operator_) != nullptr) from.owner.operator_ = call->operator_;
    if (!has_owner(d, from)) return errc::operator_unknown;
    from.may_call = in.consent;
    from.call_at = in.value;
    from.spoken = call != nullptr && call->operator_;
    from.what = std::move(*what);
    accept(call != nullptr ? in.call : call_id{});
    d.done(in.id, open_request(d, std::move(from)));
    return fine;
  }

  errc take() {
    const keeper who = named();
    if (static_cast<bool>(who.operator_) == static_cast<bool>(who.device)) return errc::command_invalid;
    const bool own = record().operator_ == who.operator_ && record().device == who.device;
    if (own && record().status == request_status::taken) return errc::request_wrong_state;
    accept({});
    event e = about(event_kind::request_taken);
    put(e, who);
    e.cause = cause::normal;
    e.other = record().passed != 0 ? record().passed : record().excused;
    return done(e);
  }
  errc pass() {
    const keeper to = named();
    if (static_cast<bool>(to.operator_) == static_cast<bool>(to.device)) return errc::command_invalid;
    if (record().operator_ == to.operator_ && record().device == to.device) return errc::request_wrong_state;
    accept({});
    event e = about(event_kind::request_passed);
    put(e, to);
    return done(e, text());
  }
  errc note() {
    if (in.other > d.s.last_sequence) return errc::command_invalid;
    const call_state* call = in.call ? d.call(in.call) : nullptr;
    if (in.call && call == nullptr && d.s.entries.find(in.call) == nullptr) return errc::call_unknown;
    accept(call != nullptr ? in.call : call_id{});
    event e = about(event_kind::request_noted);
    e.call = in.call;
    e.operator_ = in.operator_;
    e.other = in.other;
    d.emit(e, text());
    // That the same matter is asked about again is what the call was about.
    const std::uint64_t proof = d.s.last_sequence;
    if (const owed_entry* owed = d.s.entries.find(in.call)) settle_entry(d, in.call, owed_entry(*owed), cause::normal);
    d.done(in.id, proof);
    return fine;
  }
  errc change() {
    auto what = read_fields(in.text_len == 0 ? std::string_view("{}") : text_of(in));
    if (!what) return errc::text_invalid;
    if (const errc why = check(request_rules(kind().text), *what, false); why != fine) return why;
    if (what->all.empty() && in.consent == consent::none) return errc::command_invalid;
    accept({});
    event e = about(event_kind::request_changed);
    e.consent = in.consent;
    const std::uint64_t proof = d.emit(e, write_fields(*what));
    if (d.token != 0 && d.token != record().token) {
      event known = about_request(event_kind::request_person_known, in.request);
      known.other = d.token;
      d.emit(known);
    }
    d.done(in.id, proof);
    return fine;
  }
  errc advance() {
    const request_rules rules(kind().text);
    const auto it = std::find(rules.stages.begin(), rules.stages.end(), text_of(in));
    if (it == rules.stages.end()) return errc::result_unknown;
    const auto stage = static_cast<std::uint8_t>(it - rules.stages.begin() + 1);
    if (stage == record().stage) return errc::request_wrong_state;
    accept({});
    event e = about(event_kind::request_advanced);
    e.state = stage;
    return done(e, text());
  }

  errc promise() {
    const auto which = static_cast<request_time>(in.detail);
    if (which != request_time::promised && which != request_time::call && which != request_time::appointment)
      return errc::command_invalid;
    if (in.value < 0 || (in.value != 0 && in.value < d.now)) return errc::field_invalid;
    if (which == request_time::call && record().attempt) return errc::attempt_running;
    if (which == request_time::call && in.value != 0 && record().may_call == consent::no) return errc::consent_declined;
    if (which != request_time::appointment && in.other != 0) return errc::command_invalid;
    if (which == request_time::appointment) {
      // When the handler cannot be there, it is never too late for another time.
      if (record().excused == 0 && is_too_late(d, record())) return errc::too_late;
      if (const errc why = may_book(d, record(), in.value, in.other); why != fine) return why;
    }
    accept({});
    event e = about(event_kind::request_time_set);
    e.detail = in.detail;
    e.value = in.value;
    e.cause = cause::normal;
    e.operator_ = in.operator_;
    e.other = in.other;
    d.emit(e, text());
    if (in.text_len != 0) told(which == request_time::appointment ? told_of::appointment : told_of::limit);
    if (which == request_time::appointment) noticed();
    return done_last();
  }
  /// What the person was told is a fact (M11), and to be told is to be contacted.
  void told(told_of what) {
    event e = about(event_kind::request_told);
    e.detail = static_cast<std::uint16_t>(what);
    e.operator_ = in.operator_;
    d.emit(e, text());
    if (record().first_contact != 0) set_request_time(d, in.request, request_time::first_contact, 0, cause::normal);
    if (what == told_of::handler || what == told_of::appointment) noticed();
  }
  /// The person knows that the handler cannot be there (A6).
  void noticed() {
    if (record().notice != 0) set_request_time(d, in.request, request_time::notice, 0, cause::normal);
  }
  errc tell() {
    const auto what = static_cast<told_of>(in.detail);
    if (name(what).empty()) return errc::command_invalid;
    accept({});
    told(what);
    return done_last();
  }

  errc ask() {
    if (record().asked != 0 || record().approved) return errc::request_wrong_state;
    const request_rules rules(kind().text);
    keeper to = rules.chain.empty() ? keeper{} : keeper_by(d.base, rules.chain.front());
    accept({});
    event e = about(event_kind::request_approval_asked);
    put(e, to);
    return done(e, text());
  }
  errc answer() {
    if (record().asked == 0) return errc::request_wrong_state;
    if (in.consent != consent::yes && in.consent != consent::no) return errc::command_invalid;
    accept({});
    event e = about(event_kind::request_approval_answered);
    e.consent = in.consent;
    e.other = record().asked;
    return done(e, text());
  }

  errc over(request_status how, std::uint16_t result, const fields& what) {
    event e = about(event_kind::request_closed);
    put(e, {record().operator_, record().device});
    e.state = static_cast<std::uint8_t>(how);
    e.detail = result;
    e.cause = cause::normal;
    close_parts(d, in.request, e, write_fields(what));
    return done(e, write_fields(what));
  }
  fields reason() const {
    fields what;
    what.set("reason", text());
    return what;
  }
  errc refuse() {
    if (record().attempt) return errc::attempt_running;
    if ((kind().flags & kind_approval) != 0 && !record().approved) return errc::approval_missing;
    accept({});
    escalate(d, in.request, cause::call_rejected);  // reported upward (C2)
    return over(request_status::refused, 0, reason());
  }
  errc cancel() {
    if (record().attempt) return errc::attempt_running;
    const bool late = is_too_late(d, record());
    if (late && (kind().flags & kind_late_no_show) == 0) return errc::too_late;
    accept({});
    if (late) count_absence(d, in.request, cause::call_cancelled);
    return over(request_status::cancelled, 0, reason());
  }
  errc confirm() {
    if (record().appointment == 0) return errc::request_wrong_state;
    accept({});
    event e = about(event_kind::request_confirmed);
    e.operator_ = in.operator_;
    e.value = record().appointment;
    return done(e, text());
  }
  errc close() {
    const auto what = read_fields(text_of(in));
    if (!what) return errc::text_invalid;
    for (const auto& [name, value] : what->all)
      if (name != "result" && name != "note") return errc::field_invalid;
    const request_rules rules(kind().text);
    const auto it = std::find(rules.results.begin(), rules.results.end(), (*what)["result"]);
    if (it == rules.results.end()) return errc::result_unknown;
    if (record().attempt) return errc::attempt_running;
    const auto result_told = static_cast<std::uint8_t>(1U << static_cast<unsigned>(told_of::result));
    if ((kind().flags & kind_tells_result) != 0 && (record().told & result_told) == 0) return errc::told_missing;
    accept({});
    return over(request_status::closed, static_cast<std::uint16_t>(it - rules.results.begin() + 1), *what);
  }
};

}  // namespace

errc request_command(decision& d, const command& c, const std::function<void(call_id)>& accept) {
  return request_intake{d, c, accept}.decide();
}

}  // namespace cordboard
