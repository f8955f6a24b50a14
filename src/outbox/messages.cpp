// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <outbox/messages.hpp>
#include <thread>

namespace cordboard::outbox {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000, never = INT64_MAX;
/// So long it is asked what became of a message.
constexpr std::int64_t ask_max = 72 * 3600 * second_ns;
/// The board remembers a command's id until its deadline: a process that is started again asks for nothing twice.
constexpr std::int64_t command_limit = 30 * second_ns;

std::string_view tab(std::string_view text, int n) {
  for (; n > 0; --n) {
    const auto at = text.find('\t');
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + 1);
  }
  return text.substr(0, text.find('\t'));
}

/// The same wish has the same id, in every process.
command_id id_of(std::uint64_t about, std::string_view of) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : of) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return {hash | 1, about};
}

bool is_final(message_result how) { return how != message_result::sent; }

}  // namespace

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void pause(std::chrono::nanoseconds how_long, const std::atomic<bool>& stop) {
  constexpr std::chrono::nanoseconds piece = std::chrono::milliseconds(50);
  for (; how_long.count() > 0 && !stop; how_long -= piece) std::this_thread::sleep_for(std::min(piece, how_long));
}

messages::messages(const settings& how, message_way way, std::unique_ptr<carrier> by, hours::schedule clock)
    : how_(how), way_(way), by_(std::move(by)), clock_(std::move(clock)) {}

const template_config* messages::known(const std::string& of) const {
  const auto it = std::find_if(how_.templates.begin(), how_.templates.end(), [&](const auto& t) { return t.name == of; });
  return it != how_.templates.end() ? &*it : nullptr;
}

void messages::learn(const event& e, std::string_view text) {
  matter& one = matters_[e.request];
  const auto time = [&](std::string_view name, std::int64_t at) {
    one.what.set(name, at == 0 ? std::string() : clock_.wall_text(at));
  };
  switch (e.kind) {
    case event_kind::request_opened:
      one.kind = kinds_[e.detail];
      if (auto said = read_fields(text)) one.what = std::move(*said);
      time("due", e.value);
      break;
    case event_kind::request_changed:
    case event_kind::request_closed:
      if (const auto said = read_fields(text))
        for (const auto& [name, value] : said->all) one.what.set(name, value);
      break;
    case event_kind::request_told: one.what.set("told", text); break;
    case event_kind::request_time_set:
      if (e.detail == static_cast<std::uint16_t>(request_time::appointment)) {
        time("appointment", e.value);
        one.what.set("slot", slots_[e.other]);
      }
      if (e.detail == static_cast<std::uint16_t>(request_time::promised)) time("promised", e.value);
      break;
    default: break;
  }
}

void messages::notice(const event& e, occasion on) {
  const std::string& kind = matters_[e.request].kind;
  for (const template_config& t : how_.templates)
    if (t.on == on && t.way == way_ && (t.kind.empty() || t.kind == kind))
      wishes_[{e.sequence, t.name}] = {e.request, e.time_ns};
}

void messages::finish(std::uint64_t asked) {
  const auto it = open_.find(asked);
  if (it == open_.end()) return;
  const auto of = matters_.find(it->second.request);
  open_.erase(it);
  if (of != matters_.end() && --of->second.messages == 0 && of->second.over) matters_.erase(of);
}

/// What is closed is kept for as long as something may still be written about that.
void messages::forget(std::int64_t now) {
  for (; !closed_.empty() && closed_.front().first + how_.catch_up.count() < now; closed_.pop_front()) {
    const auto it = matters_.find(closed_.front().second);
    if (it == matters_.end()) continue;
    it->second.over = true;
    if (it->second.messages == 0) matters_.erase(it);
  }
}

void messages::fold(const event& e, std::string_view text) {
  forget(e.time_ns);
  switch (e.kind) {
    case event_kind::request_kind_configured: kinds_[e.detail] = tab(text, 0); return;
    case event_kind::slot_offered:
      if (e.other == 0) slots_[e.sequence] = text;
      return;
    case event_kind::message_asked: {
      wishes_.erase({e.other, std::string(text)});
      if (static_cast<message_way>(e.detail) != way_) return;
      message& one = open_[e.sequence];
      one.request = e.request;
      one.of = text;
      one.asked = e.time_ns;
      matters_[e.request].messages += 1;
      return;
    }
    case event_kind::message_reported: {
      const auto it = open_.find(e.other);
      if (it == open_.end()) return;
      if (is_final(static_cast<message_result>(e.detail)) || by_->asks_every().count() == 0 || text.empty())
        return finish(e.other);
      it->second.taken = true;
      it->second.called = text;
      return;
    }
    default: break;
  }
  if (!e.request) return;
  if (e.kind != event_kind::request_opened && matters_.find(e.request) == matters_.end()) return;  // older than the log
  learn(e, text);
  switch (e.kind) {
    case event_kind::request_opened: return notice(e, occasion::opened);
    case event_kind::request_time_set:
      if (e.detail == static_cast<std::uint16_t>(request_time::appointment) && e.value != 0) notice(e, occasion::appointment);
      return;
    case event_kind::appointment_near: return notice(e, occasion::reminder);
    case event_kind::request_owner_excused: return notice(e, occasion::excused);
    case event_kind::request_no_show: return notice(e, occasion::no_show);
    case event_kind::request_overdue: return notice(e, occasion::overdue);
    case event_kind::request_escalated: return notice(e, occasion::escalated);
    case event_kind::request_closed: {
      notice(e, occasion::closed);
      closed_.emplace_back(e.time_ns, e.request);
      return;
    }
    default: return;
  }
}

letter messages::write(std::uint64_t asked, const message& one) const {
  letter out;
  const template_config* by = known(one.of);
  const auto of = matters_.find(one.request);
  if (by == nullptr || of == matters_.end()) return out;
  out.to = filled(by->to, of->second.what);
  out.subject = filled(by->subject, of->second.what);
  out.text = filled(by->text, of->second.what);
  out.id = fmt::format("cordboard.{}", asked);
  out.when_s = one.asked / second_ns;
  return out;
}

/// Until the board has taken it: a message that is on its way is not sent again because nobody could be told.
void messages::tell(std::uint64_t asked, message& one, const std::function<bool(const command&)>& give) {
  if (!one.owes) return;
  const command c(cmd::report_message{asked, one.how, std::string_view(one.said).substr(0, 64)});
  if (give(c)) one.owes = false;
}

void messages::try_one(std::uint64_t asked, message& one, std::int64_t now) {
  using what = outcome::how;
  const letter text = write(asked, one);
  const outcome out = text.to.empty() ? outcome{what::refused, "nobody to send it to, or no such template"} : by_->send(text);
  const bool late = now - one.asked > how_.give_up.count();
  if (out.what == what::again && !late) {
    one.pause = one.pause == 0 ? how_.first_pause.count() : std::min(2 * one.pause, how_.longest_pause.count());
    one.next = now + one.pause;
    return;
  }
  one.taken = one.owes = true;
  one.said = out.said;
  if (out.what == what::taken) one.called = out.said;
  one.how = out.what == what::taken       ? message_result::sent
            : out.what == what::delivered ? message_result::delivered
            : out.what == what::refused   ? message_result::refused
            : out.what == what::again     ? message_result::given_up
                                          : message_result::undelivered;
  one.next = now + std::max(by_->asks_every(), how_.first_pause).count();
}

void messages::ask_one(message& one, std::int64_t now) {
  using what = outcome::how;
  const outcome out = one.called.empty() ? outcome{} : by_->ask(one.called);
  if (out.what == what::delivered || out.what == what::undelivered) {
    one.owes = true;
    one.how = out.what == what::delivered ? message_result::delivered : message_result::undelivered;
    one.said = one.called;
  }
  one.next = now - one.asked > ask_max || by_->asks_every().count() == 0 ? never : now + by_->asks_every().count();
}

std::int64_t messages::work(std::int64_t now, const std::function<bool(const command&)>& give) {
  for (auto it = wishes_.begin(); it != wishes_.end();) {
    const auto& [about, of] = it->first;
    const auto& [request, at] = it->second;
    // Whoever was away for long does not tell people today what was yesterday.
    if (now - at <= how_.catch_up.count()) {
      command c(cmd::send_message{request, way_, of, about});
      c.id = id_of(about, of);
      if (!give(c)) return now + second_ns;
    }
    it = wishes_.erase(it);
  }
  std::int64_t next = never;
  for (auto& [asked, one] : open_) {
    if (one.next <= now && !one.owes) one.taken ? ask_one(one, now) : try_one(asked, one, now);
    tell(asked, one, give);
    next = std::min(next, one.owes ? now + how_.first_pause.count() : one.next);
  }
  return next;
}

void run_messages(const settings& how, message_way way, const std::atomic<bool>& stop,
                  const std::function<void(const std::string&)>& tell, const std::function<void()>& at_end) {
  std::string said;
  while (!stop) {
    hours_config wall;
    wall.time_zone = how.time_zone;
    auto clock = hours::schedule::make(wall);
    auto by = carrier_for(way, how);
    auto from = log_reader::open(how.run, {.copy_archive = true});
    std::string why = from ? "" : fmt::format("{}: {}", how.run, from.error().message());
    std::optional<client> to;
    if (from) {
      auto attached = client::attach(how.run);
      if (attached)
        to.emplace(std::move(*attached));
      else
        why = fmt::format("{}: {}", how.run, attached.error().message());
    }
    if (!clock || by == nullptr) return;
    if (!to) {
      if (said != why) tell(fmt::format("{}; trying again", why));
      said = why;
      pause(how.first_pause, stop);
      continue;
    }
    messages all(how, way, std::move(by), std::move(*clock));
    const auto give = [&](const command& what) {
      command c = what;
      if (!c.id) c.id = random_command_id();
      c.deadline_ns = now_ns() + command_limit;
      const auto answered = to->submit(c);
      if (answered) return true;
      const auto error = answered.error();
      // What the board refuses is answered, too: it is over, or somebody else has told.
      return error != errc::not_connected && error != errc::board_closed && error != errc::timed_out &&
             error != errc::queue_full;
    };
    std::int64_t next = 0;
    bool told = false;
    while (!stop) {
      const auto events = from->next();
      if (!events) {
        why = fmt::format("{}: {}", how.run, events.error().message());
        break;  // read from the beginning: what is open stands in the log
      }
      bool refused = false;
      for (const event& e : *events) {
        const auto text = e.text_len != 0 ? from->text(e) : result<std::string_view>(std::string_view());
        refused = refused || (!text && text.error() == errc::access_refused && e.kind != event_kind::dialog_saved);
        all.fold(e, text ? *text : std::string_view());
      }
      if (refused) {
        why = texts_are_sealed;
        break;
      }
      if (!events->empty()) {
        next = 0;
        continue;
      }
      if (!told && at_end) at_end();
      told = true;
      said.clear();
      if (const std::int64_t now = now_ns(); next <= now) next = all.work(now, give);
      from->wait(std::chrono::milliseconds(200));
    }
    if (!stop && said != why) tell(fmt::format("{}; trying again", why));
    said = why;
    pause(how.first_pause, stop);
  }
}

}  // namespace cordboard::outbox
