// SPDX-License-Identifier: Apache-2.0
// The configuration against what the log knows: only what differs becomes an event.
#include <base/words.hpp>
#include <board/decision.hpp>
#include <board/dialogue_script.hpp>
#include <board/request_rules.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace cordboard {
namespace {

// A batch has a bound (the log takes 4,096 events); a large house takes several: the same input again, until nothing differs.
constexpr std::size_t batch_events = 4000;

struct comparison {
  decision& d;
  const house_config& house;
  std::size_t said = 0;

  void run() {
    // In the order in which they name each other; a stage begins when the one before is whole.
    for (const auto stage :
         {&comparison::policy, &comparison::classes, &comparison::health, &comparison::devices, &comparison::reasons,
          &comparison::operators, &comparison::duties, &comparison::queues, &comparison::limits, &comparison::distributions,
          &comparison::users, &comparison::scopes, &comparison::dialogues, &comparison::code_calls, &comparison::requests,
          &comparison::checks, &comparison::at_phones, &comparison::removals}) {
      (this->*stage)();
      if (said >= batch_events) return;
    }
  }

  void say(event e, std::string text = {}) {
    if (said++ < batch_events) d.emit(e, std::move(text));
  }
  template <class Id, class Value, class Match>
  Id find(const table<Id, Value>& in, Match match) const {
    for (const auto* t : {&d.base_of(in), &in}) {
      for (const auto& [id, value] : t->own()) {
        if (value && match(*value) && in.find(id) != nullptr) return id;
      }
    }
    return {};
  }

  void policy() {
    const policy_config& now = d.s.policy;
    const policy_config& want = house.policy;
    const auto one = [&](policy_key key, std::int64_t is, std::int64_t should) {
      if (is == should) return;
      event e = decision::of(event_kind::policy_configured);
      e.detail = static_cast<std::uint16_t>(key);
      e.value = should;
      say(e);
    };
    one(policy_key::hold_limit, now.hold_limit.count(), want.hold_limit.count());
    one(policy_key::recall_ring, now.recall_ring.count(), want.recall_ring.count());
    one(policy_key::offer_ring, now.offer_ring.count(), want.offer_ring.count());
    one(policy_key::closing_grace, now.closing_grace.count(), want.closing_grace.count());
    one(policy_key::move_limit, now.move_limit.count(), want.move_limit.count());
    one(policy_key::release_limit, now.release_limit.count(), want.release_limit.count());
    one(policy_key::calls_max, now.calls_max, want.calls_max);
    one(policy_key::park_limit, now.park_limit.count(), want.park_limit.count());
    one(policy_key::call_back_limit, now.call_back_limit.count(), want.call_back_limit.count());
    one(policy_key::answer_rings, now.answer_rings, want.answer_rings);
    one(policy_key::unanswered_max, now.unanswered_max, want.unanswered_max);
    one(policy_key::return_within, now.return_within.count(), want.return_within.count());
    one(policy_key::login_ahead, now.login_ahead.count(), want.login_ahead.count());
    one(policy_key::wrap_up_limit, now.wrap_up_limit.count(), want.wrap_up_limit.count());
    one(policy_key::leave_limit, now.leave_limit.count(), want.leave_limit.count());
    one(policy_key::reasons_required, now.reasons_required ? 1 : 0, want.reasons_required ? 1 : 0);
    one(policy_key::requests_max, now.requests_max, want.requests_max);
    one(policy_key::entry_limit, now.entry_limit.count(), want.entry_limit.count());
  }

  device_id device(const std::string& number) const { return device_by_number(d.s, number); }
  /// Which hours they are is not the board's to know; hours that were taken away leave it open.
  static bool same(const opening& is, const std::string& hours, const std::string& instead) {
    return is.instead == instead && (!hours.empty() || (is.open && is.until == 0));
  }
  void devices() {
    for (const device_config& want : house.devices) {
      if (said >= batch_events) return;  // the rest is compared when the same input comes again
      const device_id known = device(want.number);
      const device_state* is = d.device(known);
      if (is != nullptr && is->name == want.name && is->kind == want.kind && is->policy == want.consent &&
          is->department == want.department && is->supervisor == want.supervisor && is->direct == want.direct &&
          is->ring_ns == want.ring.count() && is->backup == want.backup && is->service == want.service &&
          is->desk == want.desk && is->test_number == want.test_number && is->reserved == want.reserved &&
          is->tested == want.tested && same(is->hours, want.hours, want.when_closed))
        continue;
      event e = decision::of(event_kind::device_configured);
      e.device = known ? known : device_id{d.s.next_device};
      e.state = static_cast<std::uint8_t>(want.kind);
      e.consent = static_cast<consent>(want.consent);
      e.value = want.ring.count();
      e.flags =
          static_cast<std::uint8_t>((want.department ? 1U : 0U) | (want.supervisor ? 2U : 0U) | (want.hours.empty() ? 0U : 4U) |
                                    (want.direct ? 8U : 0U) | (want.reserved ? 16U : 0U) | (want.tested ? 32U : 0U));
      std::string text = want.number + '\t' + want.name + '\t' + want.when_closed;
      const std::array<std::string_view, 4> further{want.backup, want.service, want.desk, want.test_number};
      std::size_t told = further.size();
      while (told > 0 && further[told - 1].empty()) --told;
      for (std::size_t i = 0; i < told; ++i) (text += '\t') += further[i];
      say(e, std::move(text));
    }
  }

  void health() {
    const health_rules& is = d.s.health;
    const health_config& want = house.health;
    if (is.fault_after_ns == want.fault_after.count() && is.test_every_ns == want.test_every.count() &&
        is.tests_at_once == want.tests_at_once && is.fault_kind == want.fault_kind)
      return;
    event e = decision::of(event_kind::health_configured);
    e.value = want.fault_after.count();
    e.other = static_cast<std::uint64_t>(want.test_every.count());
    e.detail = static_cast<std::uint16_t>(want.tests_at_once);
    say(e, want.fault_kind);
  }

  void checks() {
    for (const check_config& want : house.checks) {
      const check_state* is = d.s.checks.find(want.name);
      if (is != nullptr && is->every_ns == want.every.count() && is->owner == want.owner) continue;
      event e = decision::of(event_kind::check_configured);
      e.value = want.every.count();
      say(e, want.name + '\t' + want.owner);
    }
  }

  /// What phones reach by codes, and why their operators call outside.
  void at_phones() {
    std::string is, should;
    const auto one = [](std::string& to, std::uint16_t what, const std::string& code) {
      to += (to.empty() ? "" : " ") + std::to_string(what) + '=' + code;
    };
    for (std::uint16_t what = 1; !name(static_cast<phone_feature>(what)).empty(); ++what) {
      if (const std::string* code = d.s.phone_codes.find(what)) one(is, what, *code);
      for (const phone_code_config& want : house.phone_codes)
        if (static_cast<std::uint16_t>(want.what) == what) one(should, what, want.code);
    }
    if (is != should) say(decision::of(event_kind::phone_codes_configured), should);
    for (const call_reason_config& want : house.call_reasons) {
      const std::string* known = d.s.call_reasons.find(want.number);
      if (known != nullptr && *known == want.name) continue;
      event e = decision::of(event_kind::call_reason_configured);
      e.detail = want.number;
      say(e, want.name);
    }
  }

  void reasons() {
    for (const reason_config& want : house.reasons) {
      const reason_state* is = d.s.reasons.find(want.number);
      if (is != nullptr && is->name == want.name && is->limit_ns == want.limit.count() && is->times == want.times &&
          is->approval == want.approval)
        continue;
      event e = decision::of(event_kind::reason_configured);
      e.detail = want.number;
      e.value = want.limit.count();
      e.other = want.times;
      e.flags = want.approval ? 1 : 0;
      say(e, want.name);
    }
  }

  operator_id operator_by(const std::string& name) const {
    return find(d.s.operators, [&](const operator_record& x) { return x.name == name; });
  }
  void operators() {
    for (const operator_config& want : house.operators) {
      const operator_id known = operator_by(want.name);
      const operator_record* is = d.op(known);
      const device_id phone = device(want.phone);
      if (is != nullptr && is->phone == phone && is->wrap_up_ns == want.wrap_up.count() && is->screen == want.screen &&
          is->keep_line == want.keep_line && is->number == want.number && is->service == want.service)
        continue;
      event e = decision::of(event_kind::operator_configured);
      e.operator_ = known ? known : operator_id{d.s.next_operator};
      e.device = phone;
      e.value = want.wrap_up.count();
      e.flags = static_cast<std::uint8_t>((want.screen ? 1U : 0U) | (want.keep_line ? 2U : 0U));
      std::string text = want.name;
      if (!want.number.empty() || !want.service.empty()) text += '\t' + want.number;
      if (!want.service.empty()) text += '\t' + want.service;
      say(e, std::move(text));
    }
  }

  void duties() {
    for (const operator_config& want : house.operators) {
      const operator_id id = operator_by(want.name);
      const operator_record* is = d.op(id);
      const operator_id backup = want.backup.empty() ? operator_id{} : operator_by(want.backup);
      const bool has_shift = !want.shift.empty();
      if (is == nullptr || (is->skills == joined(want.skills) && is->weight == want.weight && is->backup == backup &&
                            is->has_shift == has_shift))
        continue;
      event e = decision::of(event_kind::duties_configured);
      e.operator_ = id;
      e.other = backup.value;
      e.detail = static_cast<std::uint16_t>(want.weight);
      e.flags = has_shift ? 1 : 0;
      say(e, joined(want.skills));
    }
  }

  /// What is said to a queue's callers, as it stands in the event; empty: nothing.
  static std::string spoken(const queue_config& q) {
    if (q.welcome.empty() && q.notice.empty() && q.greeting.empty() && q.closing.empty() && q.rating.empty()) return {};
    return '\t' + joined(q.welcome) + '\t' + joined(q.notice) + '\t' + joined(q.greeting) + '\t' + joined(q.closing) + '\t' +
           q.decline_key + '\t' + q.rating;
  }
  static std::string spoken(const queue_state& q) {
    if (q.welcome.empty() && q.notice.empty() && q.greeting.empty() && q.closing.empty() && q.rating.empty()) return {};
    return '\t' + q.welcome + '\t' + q.notice + '\t' + q.greeting + '\t' + q.closing + '\t' + q.decline_key + '\t' + q.rating;
  }
  void queues() {
    for (const queue_config& want : house.queues) {
      const queue_id known = queue_by(want.number);
      const queue_state* is = d.s.queues.find(known);
      std::vector<operator_id> members;
      std::string ids;
      for (const std::string& name : want.operators) {
        members.push_back(operator_by(name));
        if (!ids.empty()) ids += ',';
        ids += std::to_string(members.back().value);
      }
      const device_id supervisor = want.supervisor.empty() ? device_id{} : device(want.supervisor);
      if (is != nullptr && is->name == want.name && is->operators == members && is->supervisor == supervisor &&
          is->wait_ns == want.wait_limit.count() && is->rank == want.rank && same(is->hours, want.hours, want.when_closed) &&
          is->record == want.record && spoken(*is) == spoken(want))
        continue;
      event e = decision::of(event_kind::queue_configured);
      e.queue = known ? known : queue_id{d.s.next_queue};
      e.device = supervisor;
      e.value = want.wait_limit.count();
      e.detail = static_cast<std::uint16_t>(want.rank);
      e.flags = static_cast<std::uint8_t>((want.hours.empty() ? 0U : 1U) | (want.record ? 2U : 0U));
      say(e, want.number + '\t' + want.name + '\t' + ids + '\t' + want.when_closed + spoken(want));
    }
  }

  queue_id queue_by(const std::string& number) const {
    return find(d.s.queues, [&](const queue_state& x) { return x.number == number; });
  }
  void limits() {
    for (const queue_config& want : house.queues) {
      const queue_id id = queue_by(want.number);
      const queue_state* is = d.s.queues.find(id);
      if (is == nullptr ||
          (is->length_max == want.length_max && is->overflow_ns == want.overflow.count() && is->when_full == want.when_full &&
           is->when_late == want.when_late && is->when_unstaffed == want.when_unstaffed && is->abandoned == want.abandoned))
        continue;
      event e = decision::of(event_kind::queue_limits_configured);
      e.queue = id;
      e.detail = static_cast<std::uint16_t>(want.length_max);
      e.value = want.overflow.count();
      std::string text = want.when_full + '\t' + want.when_late + '\t' + want.when_unstaffed;
      if (!want.abandoned.empty()) text += '\t' + want.abandoned;
      say(e, std::move(text));
    }
  }
  void distributions() {
    for (const queue_config& want : house.queues) {
      const queue_id id = queue_by(want.number);
      const queue_state* is = d.s.queues.find(id);
      if (is == nullptr || (is->distribution == want.distribution && is->tell_ns == want.tell_every.count() &&
                            is->handling_ns == want.handling_time.count() && is->skills == joined(want.skills) &&
                            is->position == joined(want.position) && is->apology == joined(want.apology) &&
                            is->fault_notice == joined(want.fault_notice)))
        continue;
      event e = decision::of(event_kind::distribution_configured);
      e.queue = id;
      e.detail = static_cast<std::uint16_t>(want.distribution);
      e.value = want.tell_every.count();
      e.other = static_cast<std::uint64_t>(want.handling_time.count());
      std::string text = joined(want.skills) + '\t' + joined(want.position) + '\t' + joined(want.apology);
      if (!want.fault_notice.empty()) text += '\t' + joined(want.fault_notice);
      say(e, std::move(text));
    }
  }

  void users() {
    for (const user_config& want : house.users) {
      const actor_id known = find(d.s.principals, [&](const principal& x) { return x.name == want.name; });
      const principal* is = d.s.principals.find(known);
      const std::uint64_t uid = want.uid ? std::uint64_t{*want.uid} + 1 : 0;
      if (is != nullptr && is->uid_plus_1 == uid && is->rights == want.rights) continue;
      event e = decision::of(event_kind::principal_configured);
      e.actor = known ? known : actor_id{d.s.next_actor};
      e.other = uid;
      e.value = want.rights;
      say(e, want.name);
    }
  }

  static std::string listed(const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& one : all) out += (out.empty() ? "" : ",") + one;
    return out;
  }
  /// What of the house a user's rights are for.
  void scopes() {
    for (const user_config& want : house.users) {
      const actor_id id = find(d.s.principals, [&](const principal& x) { return x.name == want.name; });
      const principal* is = d.s.principals.find(id);
      const operator_id own = want.operator_.empty() ? operator_id{} : operator_by(want.operator_);
      if (is == nullptr || (is->operator_ == own && is->commands == want.commands && is->queues == want.queues &&
                            is->departments == want.departments))
        continue;
      event e = decision::of(event_kind::principal_limited);
      e.actor = id;
      e.operator_ = own;
      say(e, listed(want.commands) + '\t' + listed(want.queues) + '\t' + listed(want.departments));
    }
  }

  void classes() {
    for (const class_config& want : house.classes) {
      const service_class* is = d.s.classes.find(want.name);
      if (is != nullptr && is->outside == want.outside && is->barred == want.barred && is->onward == want.onward) continue;
      event e = decision::of(event_kind::class_configured);
      e.flags = want.onward ? 1 : 0;
      say(e, want.name + '\t' + joined(want.outside) + '\t' + joined(want.barred));
    }
    if (d.s.emergency_numbers != house.emergency_numbers)
      say(decision::of(event_kind::emergency_numbers_configured), joined(house.emergency_numbers));
  }

  void code_calls() {
    for (const code_call_config& want : house.code_calls) {
      const code_plan* is = d.s.code_plans.find(want.number);
      code_plan plan;
      std::string steps;
      for (std::size_t i = 0; i < want.steps.size(); ++i) {
        steps += (i == 0 ? "" : "|") + want.steps[i];
        for (const std::string_view number : words_of(want.steps[i]))
          plan.list.push_back({std::string(number), static_cast<std::uint8_t>(i)});
      }
      const auto same_list = [&] {
        return std::equal(is->list.begin(), is->list.end(), plan.list.begin(), plan.list.end(),
                          [](const code_listed& a, const code_listed& b) { return a.number == b.number && a.step == b.step; });
      };
      if (is != nullptr && is->name == want.name && same_list() && is->in_order == want.in_order &&
          is->conference == want.conference && is->enough == want.enough && is->rounds == want.rounds &&
          is->ring_ns == want.ring.count() && is->wait_ns == want.wait.count() && is->message == joined(want.message) &&
          is->drill == joined(want.drill) && is->key == want.key && is->line == want.line)
        continue;
      event e = decision::of(event_kind::code_call_configured);
      e.detail = static_cast<std::uint16_t>(want.enough);
      e.state = static_cast<std::uint8_t>(want.rounds);
      e.value = want.ring.count();
      e.other = static_cast<std::uint64_t>(want.wait.count());
      e.flags = static_cast<std::uint8_t>((want.in_order ? 1U : 0U) | (want.conference ? 2U : 0U));
      say(e, want.number + '\t' + want.name + '\t' + steps + '\t' + joined(want.message) + '\t' + joined(want.drill) + '\t' +
                 want.key + '\t' + want.line);
    }
  }

  /// One that was taken out comes back under the number that it had.
  std::uint16_t kind_by(const std::string& name) const {
    for (const auto& [id, kind] : d.base.request_kinds.own())
      if (kind && request_rules(kind->text).name == name) return id;
    return 0;
  }
  void requests() {
    for (const request_kind_config& want : house.request_kinds) {
      const std::uint16_t known = kind_by(want.name);
      const request_kind_state* is = known != 0 ? d.s.request_kinds.find(known) : nullptr;
      std::string text = write_kind(want);
      if (is != nullptr && !is->removed && is->text == text && is->flags == kind_flags(want) &&
          is->attempts_max == want.attempts_max && is->backoff_ns == want.backoff.count() &&
          is->change_ns == want.change_until.count())
        continue;
      event e = decision::of(event_kind::request_kind_configured);
      e.detail = known != 0 ? known : d.s.next_request_kind;
      e.state = static_cast<std::uint8_t>(want.attempts_max);
      e.flags = kind_flags(want);
      e.value = want.backoff.count();
      e.other = static_cast<std::uint64_t>(want.change_until.count());
      say(e, std::move(text));
    }
  }

  void dialogues() {
    for (const dialogue_config& want : house.dialogues) {
      const dialogue_state* is = d.s.dialogues.find(want.number);
      std::string script = write_script(want);
      if (is != nullptr && d.s.scripts.find(is->script)->text == script) continue;
      say(decision::of(event_kind::dialogue_configured), std::move(script));
    }
  }

  template <class Config, class Match>
  static bool wanted(const std::vector<Config>& all, Match match) {
    return std::any_of(all.begin(), all.end(), match);
  }
  void removals() {
    for (const auto& [id, x] : d.base.queues.own()) {
      const bool idle = x && x->waiting.empty();
      if (!idle || wanted(house.queues, [&x = x](const queue_config& c) { return c.number == x->number; })) continue;
      event e = decision::of(event_kind::queue_removed);
      e.queue = id;
      say(e);
    }
    for (const auto& [id, x] : d.base.operators.own()) {
      if (!x || x->state == operator_state::busy ||
          wanted(house.operators, [&x = x](const operator_config& c) { return c.name == x->name; }))
        continue;
      event e = decision::of(event_kind::operator_removed);
      e.operator_ = id;
      say(e);
    }
    std::set<std::string_view> numbers;
    for (const device_config& want : house.devices) numbers.insert(want.number);
    for (const auto& [id, x] : d.base.devices.own()) {
      if (!x || numbers.contains(x->number)) continue;
      event e = decision::of(event_kind::device_removed);
      e.device = id;
      say(e);
    }
    for (const auto& [number, x] : d.base.dialogues.own()) {
      if (!x || wanted(house.dialogues, [&n = number](const dialogue_config& c) { return c.number == n; })) continue;
      say(decision::of(event_kind::dialogue_removed), number);
    }
    for (const auto& [number, x] : d.base.code_plans.own()) {
      if (!x || wanted(house.code_calls, [&n = number](const code_call_config& c) { return c.number == n; })) continue;
      say(decision::of(event_kind::code_call_removed), number);
    }
    for (const auto& [id, x] : d.base.request_kinds.own()) {
      const std::string name(x ? request_rules(x->text).name : std::string_view());
      if (!x || x->removed || wanted(house.request_kinds, [&](const request_kind_config& c) { return c.name == name; }))
        continue;
      event e = decision::of(event_kind::request_kind_removed);
      e.detail = id;
      say(e, name);
    }
    for (const auto& [name, x] : d.base.classes.own()) {
      if (!x || wanted(house.classes, [&n = name](const class_config& c) { return c.name == n; })) continue;
      say(decision::of(event_kind::class_removed), name);
    }
    for (const auto& [name, x] : d.base.checks.own()) {
      if (!x || wanted(house.checks, [&n = name](const check_config& c) { return c.name == n; })) continue;
      say(decision::of(event_kind::check_removed), name);
    }
    for (const auto& [number, x] : d.base.call_reasons.own()) {
      if (!x || wanted(house.call_reasons, [n = number](const call_reason_config& c) { return c.number == n; })) continue;
      event e = decision::of(event_kind::call_reason_removed);
      e.detail = number;
      say(e);
    }
    for (const auto& [number, x] : d.base.reasons.own()) {
      if (!x || wanted(house.reasons, [n = number](const reason_config& c) { return c.number == n; })) continue;
      event e = decision::of(event_kind::reason_removed);
      e.detail = number;
      say(e);
    }
    for (const auto& [id, x] : d.base.principals.own()) {
      if (!x || wanted(house.users, [&x = x](const user_config& c) { return c.name == x->name; })) continue;
      event e = decision::of(event_kind::principal_removed);
      e.actor = id;
      say(e);
    }
  }
};

}  // namespace

void decide_house(decision& d, const house_config& house) { comparison{d, house}.run(); }

}  // namespace cordboard
