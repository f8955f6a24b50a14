// SPDX-License-Identifier: Apache-2.0
#include <gateway/stream.hpp>

#include <algorithm>
#include <base/event_json.hpp>
#include <base/masked.hpp>
#include <base/json.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cordboard/version.h>
#include <deque>
#include <fmt/format.h>
#include <snapshot/history.hpp>

namespace cordboard::gateway {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr auto beat_every = std::chrono::seconds(2), house_limit = std::chrono::seconds(10);
constexpr std::size_t bytes_at_once = std::size_t{64} << 10, page_events = 1000, list_max = 256;

std::int64_t wall_ns() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// A message that is no event of the log; `object` says its type, too. With an id it is a place to resume at.
std::string message(bool framed, std::string_view type, std::uint64_t id, std::string object) {
  if (framed) return object;
  return fmt::format("event: {}\n{}data: {}\n\n", type, id == 0 ? std::string() : fmt::format("id: {}\n", id), object);
}

class stream {
public:
  stream(hub& from, const stream_request& what, outlet& to, hub::waiter& here, const stream_links& with)
      : hub_(from), what_(what), to_(to), here_(here), with_(with), epoch_(from.epoch()) {}

  asio::awaitable<void> serve() {
    here_.hears_figures(what_.figures);
    bool goes_on = co_await begin();
    next_beat_ = clock::now() + beat_every;
    while (goes_on) {
      const std::string_view over = why_over();
      if (!over.empty()) {
        co_await gone(over);
        co_return;
      }
      gather();
      if (pieces_.empty())
        co_await here_.async_wait(next_beat_);
      else
        goes_on = co_await flush();
    }
  }

private:
  std::string_view why_over() const {
    if (hub_.epoch() != epoch_) return "log_gone";
    if (cursor_ < hub_.first_number()) return "too_slow";
    return with_.still_welcome() ? "" : "unauthenticated";
  }

  /// Hello; then what the client has missed, from the log if it is not in memory; then the house, if it has none.
  asio::awaitable<bool> begin() {
    position_ = what_.after.value_or(hub_.newest());
    const bool remembered = position_ >= hub_.kept_after();
    std::shared_ptr<const whole_house> house;
    if (what_.state && (!what_.after || !remembered)) {
      house = co_await hub_.async_house(house_limit);
      if (!house) {
        co_await gone("not_connected");
        co_return false;
      }
      if (!what_.after) position_ = house->sequence;
    }
    const std::uint64_t until = house ? house->sequence : hub_.newest();
    const std::uint64_t joins = hub_.number_after(house || !remembered ? until : position_);
    add(message(to_.framed(), "hello", 0,
                fmt::format(R"({{"type":"hello","sequence":{},"time_ns":"{}","version":"{}"}})", position_, wall_ns(),
                            CORDBOARD_VERSION)));
    bool sent = co_await flush();
    if (!sent) co_return false;
    if (position_ < until && (house || !remembered)) {
      sent = co_await catch_up(until);
      if (!sent) co_return false;
    }
    if (house) {
      position_ = std::max(position_, house->sequence);
      const auto& json = house->json[static_cast<std::size_t>(what_.sees)];
      add(message(to_.framed(), "state", position_, json + R"(,"whole":true})"));
      sent = co_await flush();
    }
    cursor_ = joins;
    co_return sent;
  }

  /// Events from the log up to a sequence, page by page.
  asio::awaitable<bool> catch_up(std::uint64_t until) {
    if (!what_.events) co_return true;
    std::uint64_t resumed = 0;
    while (position_ < until) {
      const log_part part{.after = position_, .until = until, .count = page_events};
      const auto read = [&]() -> asio::awaitable<log_page> { co_return read_page(with_.log, part, what_.picks, what_.sees); };
      const log_page page = co_await asio::co_spawn(with_.pool, read(), asio::use_awaitable);
      resumed += page.events.size();
      if (page.wrong || resumed > with_.resume_max) {
        co_await gone("log_gone");
        co_return false;
      }
      for (const auto& [sequence, json] : page.events) add_event(sequence, json);
      position_ = page.end ? until : std::max(page.position, position_);
      const bool sent = co_await flush();
      if (!sent) co_return false;
      if (page.end) break;
    }
    co_return true;
  }

  /// What there is to send now: batches up to so many bytes, answers, and a beat when it is time.
  void gather() {
    std::size_t bytes = 0;
    while (cursor_ < hub_.next_number() && bytes < bytes_at_once) bytes += add_batch(hub_.batch(cursor_++));
    if (with_.answers != nullptr)
      for (std::string& one : std::exchange(*with_.answers, {})) add(std::move(one));
    if (what_.figures && hub_.figures() && hub_.figures() != figures_) {
      figures_ = hub_.figures();
      add(message(to_.framed(), "figures", 0, *figures_));
    }
    if (clock::now() < next_beat_) return;
    next_beat_ = clock::now() + beat_every;
    add(message(to_.framed(), "beat", position_,
                fmt::format(R"({{"type":"beat","sequence":{},"time_ns":"{}",{}}})", position_, wall_ns(), with_.beat())));
  }

  std::size_t add_batch(const std::shared_ptr<const feed_batch>& batch) {
    const auto of = static_cast<std::size_t>(what_.sees);
    const std::size_t before = pieces_.size();
    const std::uint64_t from = std::exchange(position_, batch->last);
    const bool whole = what_.picks.all() && from < batch->first;
    if (what_.events && whole && !to_.framed()) {
      pieces_.push_back(batch->events_sent[of]);
    } else if (what_.events) {
      for (const feed_event& e : batch->events) {
        if (e.record.sequence <= from || !what_.picks.match(e.record)) continue;
        if (to_.framed())
          pieces_.push_back(e.json[of]);
        else
          add_event(e.record.sequence, e.json[of]);
      }
    }
    const std::string& state = to_.framed() ? batch->state[of] : batch->state_sent[of];
    if (what_.state && !state.empty()) pieces_.push_back(state);
    shared_.push_back(batch);
    std::size_t bytes = 0;
    for (std::size_t i = before; i < pieces_.size(); ++i) bytes += pieces_[i].size();
    return bytes;
  }

  void add_event(std::uint64_t sequence, const std::string& json) {
    add(to_.framed() ? json : fmt::format("id: {}\ndata: {}\n\n", sequence, json));
  }
  void add(std::string piece) {
    own_.push_back(std::move(piece));
    pieces_.push_back(own_.back());
  }

  asio::awaitable<bool> flush() {
    bool sent = true;
    if (!pieces_.empty()) sent = co_await to_.send(pieces_);
    pieces_.clear();
    own_.clear();
    shared_.clear();
    co_return sent;
  }

  asio::awaitable<void> gone(std::string_view why) {
    add(message(to_.framed(), "gone", 0,
                fmt::format(R"({{"type":"gone","code":"{}","oldest":{},"advice":"/v1/snapshot"}})", why, hub_.kept_after())));
    co_await flush();
  }

  hub& hub_;
  const stream_request& what_;
  outlet& to_;
  hub::waiter& here_;
  const stream_links& with_;
  const std::uint64_t epoch_;
  std::uint64_t position_ = 0;  ///< the last sequence that was sent or passed over
  std::uint64_t cursor_ = 0;    ///< number of the next batch
  clock::time_point next_beat_;
  std::shared_ptr<const std::string> figures_;  ///< that were sent last
  // What is being sent, and what keeps it.
  std::vector<std::string_view> pieces_;
  std::deque<std::string> own_;
  std::vector<std::shared_ptr<const feed_batch>> shared_;
};

bool among(const std::vector<std::uint64_t>& list, std::uint64_t one) {
  return list.empty() || std::find(list.begin(), list.end(), one) != list.end();
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// Calls `take(word)` for each of a comma list. False: one was not taken, or there are too many.
template <class Take>
bool each_in(const http_request& from, std::string_view key, Take take) {
  const auto list = from.asked(key);
  if (!list) return true;
  std::size_t count = 0;
  for (std::string_view rest = *list; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    if (++count > list_max || !take(rest.substr(0, end))) return false;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return count != 0;
}

bool kind_named(std::string_view text, event_kind& out) {
  for (unsigned number = 1; number < 1024; ++number) {
    out = static_cast<event_kind>(number);
    if (!text.empty() && name(out) == text) return true;
  }
  return false;
}

bool flag_of(const http_request& from, std::string_view key, bool& into) {
  const auto text = from.asked(key);
  if (!text) return true;
  into = *text == "1";
  return *text == "0" || *text == "1";
}

}  // namespace

bool event_picks::all() const {
  return kinds.empty() && calls.empty() && parties.empty() && operators.empty() && queues.empty() && devices.empty() &&
         requests.empty() && commands.empty();
}

bool event_picks::match(const event& e) const {
  if (e.kind == event_kind::gap) return true;
  return (kinds.empty() || std::find(kinds.begin(), kinds.end(), e.kind) != kinds.end()) && among(calls, e.call.value) &&
         among(parties, e.party.value) && among(operators, e.operator_.value) && among(queues, e.queue.value) &&
         among(devices, e.device.value) && among(requests, e.request.value) &&
         (commands.empty() || std::find(commands.begin(), commands.end(), e.command) != commands.end());
}

bool read_picks(const http_request& from, event_picks& into) {
  const auto numbers = [&](std::string_view key, std::vector<std::uint64_t>& list) {
    return each_in(from, key, [&](std::string_view word) {
      const auto number = number_in(word);
      if (number) list.push_back(*number);
      return number.has_value();
    });
  };
  return each_in(from, "kinds", [&](std::string_view word) { return kind_named(word, into.kinds.emplace_back()); }) &&
         numbers("calls", into.calls) && numbers("parties", into.parties) && numbers("operators", into.operators) &&
         numbers("queues", into.queues) && numbers("devices", into.devices) && numbers("requests", into.requests) &&
         each_in(from, "commands", [&](std::string_view word) { return read_hex(word, into.commands.emplace_back()); });
}

bool read_stream(const http_request& from, stream_request& into) {
  const std::string_view place = !from.last_event_id.empty() ? from.last_event_id : from.asked("after").value_or("");
  if (!place.empty()) {
    into.after = number_in(place);
    if (!into.after) return false;
  }
  return read_picks(from, into.picks) && flag_of(from, "events", into.events) && flag_of(from, "state", into.state) &&
         flag_of(from, "figures", into.figures);
}

asio::awaitable<void> serve_stream(hub& from, const stream_request& what, outlet& to, hub::waiter& here,
                                   const stream_links& with) {
  stream one(from, what, to, here, with);
  co_await one.serve();
}

log_page read_page(const std::string& log, const log_part& what, const event_picks& picks, sight sees) {
  log_page out;
  out.position = what.after;
  const auto failed = [&](std::error_code why) {
    out.wrong = why;
    return std::move(out);
  };
  auto reader = log_reader::open(log, {.copy_archive = true});
  if (!reader) return failed(reader.error());
  // What is older than the oldest event is not there to be read, and nobody asks for it.
  const bool by_time = what.since_ns != 0 && what.after == 0 && reader->since(what.since_ns);
  if (!by_time)
    if (const auto at = reader->after(what.after); !at) return failed(at.error());
  while (out.events.size() < what.count) {
    const auto events = reader->next();
    if (!events) return failed(events.error());
    out.end = events->empty();
    if (out.end) break;
    for (const event& e : *events) {
      if (out.events.size() == what.count) break;
      out.end = what.until != 0 && e.sequence > what.until;
      if (out.end) return out;
      out.position = e.sequence;
      if (!picks.match(e)) continue;
      const logged one = history::with_text(*reader, e);
      out.events.emplace_back(e.sequence, event_json(e, sees == sight::full ? one.text : masked_text(e, one.text)));
    }
  }
  return out;
}

}  // namespace cordboard::gateway
