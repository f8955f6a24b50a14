// SPDX-License-Identifier: Apache-2.0
// Commands: the board is asked in the name of the user who asked us, and has the last word.
#include <gateway/gateway.hpp>

#include <base/event_json.hpp>
#include <base/json.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <fmt/format.h>
#include <gateway/outcome_wait.hpp>

namespace cordboard::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::uint32_t in_hand_max = 512;
constexpr auto answer_limit = std::chrono::seconds(5);
constexpr double wait_min = 0.1, wait_max = 60;

std::string_view state_of(event_kind outcome) {
  return outcome == event_kind::command_done ? "done" : outcome == event_kind::command_failed ? "failed" : "timed_out";
}

/// What cannot stand behind other people's commands.
bool is_urgent(command_kind kind) { return kind == command_kind::answer || kind == command_kind::start_code_call; }

json::value parsed(std::string_view text, json::error_code& wrong) {
  json::parse_options strict;
  strict.max_depth = 4;
  return json::parse(text, wrong, {}, strict);
}

std::string accepted_json(const command& c, std::uint64_t sequence, std::string_view state, std::string_view outcome) {
  json_object o;
  o.text("id", hex(c.id));
  o.text("state", state);
  o.raw("sequence", std::to_string(sequence));
  o.id("deadline_ns", c.deadline_ns);
  o.id("new_call", c.new_call.value);
  o.id("new_leg", c.new_leg.value);
  o.id("new_party", c.new_party.value);
  if (!outcome.empty()) o.raw("outcome", outcome);
  return std::move(o).end();
}

}  // namespace

/// Blocks. The board may be gone for a while: each attempt looks for it anew.
result<std::uint64_t> gateway::submit(const command& c, event& answer) {
  std::shared_ptr<client> with;
  {
    const std::lock_guard lock(client_mutex_);
    if (!client_) {
      auto made = client::attach(settings_.run);
      if (!made) return tl::unexpected(made.error());
      client_ = std::make_shared<client>(std::move(*made));
    }
    with = client_;
  }
  return with->submit(c, answer_limit, &answer);
}

asio::awaitable<gateway::given> gateway::async_give(const identity& who, command_kind kind, const json::object& body,
                                                    double wait, std::string_view instance, language tongue) {
  const auto now = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  asked_command asked = read_command(kind, body, now);
  const auto refused = [&](const named_problem& what, problem_keys more = {}) {
    return given(what.status, problem_json(what, instance, tongue, more));
  };
  if (!asked.wrong.empty()) {
    problem_keys where;
    where.emplace_back("detail", quoted(asked.wrong));
    co_return refused(describe(fault::body_invalid), std::move(where));
  }
  command& c = asked.what;
  c.actor = who.who.actor;
  if (in_hand_ >= in_hand_max && !is_urgent(kind)) co_return refused(describe(errc::queue_full));
  outcome_wait here(*this, c.id);
  const std::uint64_t newest = hub_.newest();
  event answer;
  ++in_hand_;
  const auto ask = [&]() -> asio::awaitable<result<std::uint64_t>> { co_return submit(c, answer); };
  asio::thread_pool& threads = is_urgent(kind) ? urgent_ : pool_;
  const auto accepted = co_await asio::co_spawn(threads, ask(), asio::use_awaitable);
  --in_hand_;
  if (!accepted) {
    problem_keys more;
    more.emplace_back("command", quoted(hex(c.id)));
    if (answer.sequence != 0) {
      more.emplace_back("sequence", std::to_string(answer.sequence));
      if (answer.state != 0) more.emplace_back("state", quoted(name(static_cast<connection_state>(answer.state))));
      if (answer.revision != 0) more.emplace_back("revision", std::to_string(answer.revision));
    }
    const bool ours = accepted.error().category() == error_category();
    const named_problem why = ours ? describe(static_cast<errc>(accepted.error().value())) : describe(fault::internal);
    co_return refused(why, std::move(more));
  }
  if (wait > 0 && here.json.empty() && *accepted <= newest) {
    // Given before, so that the outcome may be in the log already.
    const auto look = [&]() -> asio::awaitable<result<event>> {
      std::unique_lock lock(client_mutex_);
      const auto with = client_;
      lock.unlock();
      co_return with->outcome(c.id, *accepted, std::chrono::nanoseconds(0));
    };
    const auto past = co_await asio::co_spawn(pool_, look(), asio::use_awaitable);
    if (past && here.json.empty()) here.kind = past->kind, here.json = event_json(*past, {});
  }
  if (wait > 0 && here.json.empty()) {
    here.timer.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(wait)));
    boost::system::error_code woken;
    co_await here.timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  const bool ended = wait > 0 && !here.json.empty();
  given out(ended ? 200 : 202, accepted_json(c, *accepted, ended ? state_of(here.kind) : "accepted", here.json));
  co_return out;
}

asio::awaitable<http_response> gateway::async_command(const identity& who, const http_request& asked) {
  constexpr std::string_view before = "/v1/commands/";
  const auto kind = command_named(std::string_view(asked.path).substr(before.size()));
  if (!kind) co_return refuse(fault::not_found, asked);
  if (!asked.content_type.starts_with("application/json")) co_return refuse(fault::media_type_unsupported, asked);
  json::error_code wrong;
  const auto body = parsed(asked.body.empty() ? "{}" : asked.body, wrong);
  if (wrong || !body.is_object()) co_return refuse(fault::body_invalid, asked);
  double wait = 0;
  if (const auto text = asked.asked("wait")) {
    wait = std::strtod(std::string(*text).c_str(), nullptr);
    if (!(wait >= wait_min && wait <= wait_max)) co_return refuse(fault::request_invalid, asked);
  }
  const given answer = co_await async_give(who, *kind, body.get_object(), wait, asked.path, asked.tongue());
  auto out = http_response::json(answer.status, answer.json);
  if (answer.status >= 400) out.content_type = "application/problem+json";
  if (answer.status == 503) out.headers.emplace_back("Retry-After", "1");
  co_return out;
}

asio::awaitable<std::string> gateway::async_message(const identity& who, std::string text, language tongue) {
  // A problem has a type and a status of its own: the message's type takes the place of the one, the other is kept.
  const auto with_head = [](std::string_view id, unsigned status, std::string_view rest) {
    json_object head;
    head.text("type", "answer");
    head.words("id", id);
    const bool is_problem = status >= 400;
    if (!is_problem) head.number("status", status);
    std::string out = std::move(head).end();
    out.back() = ',';
    return out += rest.substr(is_problem ? rest.find(',') + 1 : 1);
  };
  const auto invalid = [&](std::string_view id) {
    return with_head(id, 400, problem_json(describe(fault::body_invalid), "/v1/socket", tongue));
  };
  json::error_code wrong;
  const auto body = parsed(text, wrong);
  if (wrong || !body.is_object()) co_return invalid({});
  const auto& message = body.get_object();
  const auto* id = message.if_contains("id");
  const std::string told = id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
  const auto* asked = message.if_contains("command");
  const auto kind =
      asked != nullptr && asked->is_string() ? command_named(std::string_view(asked->get_string())) : std::nullopt;
  if (!kind) co_return invalid(told);
  if (!rate_.allows("user " + who.login, std::chrono::steady_clock::now()))
    co_return with_head(told, 429, problem_json(describe(fault::rate_limited), "/v1/socket", tongue));
  double wait = 0;
  if (const auto* seconds = message.if_contains("wait"); seconds != nullptr && seconds->is_number())
    wait = std::min(seconds->to_number<double>(), wait_max);
  if (!welcome(who, who.who.sees()))
    co_return with_head(told, 401, problem_json(describe(fault::unauthenticated), "/v1/socket", tongue));
  const given answer = co_await async_give(who, *kind, message, wait, "/v1/socket", tongue);
  // The answer of a command that was taken names its id by itself.
  co_return with_head(answer.status >= 400 ? std::string_view(told) : std::string_view(), answer.status, answer.json);
}

}  // namespace cordboard::gateway
