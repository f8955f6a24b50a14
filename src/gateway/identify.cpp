// SPDX-License-Identifier: Apache-2.0
// Who asks: by a session's cookie or a program's token. What they may do is the house's to say.
#include <gateway/gateway.hpp>

#include <algorithm>
#include <base/json.hpp>
#include <board/decision.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <cordboard/version.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace cordboard::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::string_view cookie_name = "cordboard_session";
constexpr std::uint32_t in_proof_max = 8;

std::int64_t wall_ns() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string_view cookie_in(std::string_view cookies) {
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    auto one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.starts_with(cookie_name) && one.substr(cookie_name.size()).starts_with('='))
      return one.substr(cookie_name.size() + 1);
  }
  return {};
}

std::string text_of(const json::object& from, std::string_view key, std::size_t max) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || !value->is_string() || value->get_string().size() > max) return {};
  return std::string(value->get_string());
}

std::string set_cookie(std::string_view token, std::int64_t seconds, bool tls) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", cookie_name, token, seconds,
                     tls ? "; Secure" : "");
}

}  // namespace

std::optional<house_user> gateway::user_of_house(const std::string& name) const {
  const auto hit = house_users_->find(name);
  if (hit == house_users_->end() || !hit->second.may(right::observe)) return std::nullopt;
  return hit->second;
}

/// The file is read again when it has changed: a token that was taken away is of no use a second later.
void gateway::refresh_users() {
  const auto now = std::chrono::steady_clock::now();
  if (now - users_looked_ < std::chrono::seconds(1)) return;
  users_looked_ = now;
  struct stat file {};
  if (::stat(settings_.users.c_str(), &file) != 0) return;
  const std::int64_t changed = file.st_mtim.tv_sec * 1'000'000'000 + file.st_mtim.tv_nsec;
  if (changed == users_changed_) return;
  auto loaded = load_users(settings_.users);
  users_changed_ = changed;
  for (const auto& problem : loaded.problems) trace_(describe(problem, settings_.users, language::en));
  if (loaded.problems.empty()) people_ = std::move(loaded.value);
}

std::variant<identity, fault> gateway::identify(const http_request& asked) {
  refresh_users();
  identity out;
  std::optional<house_user> user;
  if (!asked.authorization.empty()) {
    constexpr std::string_view scheme = "Bearer ";
    const program_token* program = asked.authorization.starts_with(scheme)
                                       ? people_.program(std::string_view(asked.authorization).substr(scheme.size()))
                                       : nullptr;
    if (program == nullptr) return fault::unauthenticated;
    out.login = program->name;
    user = user_of_house(program->as);
  } else {
    const std::string_view token = cookie_in(asked.cookie);
    const session* known = token.empty() ? nullptr : sessions_.find(token, wall_ns());
    const login* person = known == nullptr ? nullptr : people_.person(known->user);
    if (person == nullptr) return fault::unauthenticated;
    out.login = person->name;
    out.session_token = token;
    out.csrf = csrf_of(token);
    out.expires_ns = known->expires_ns;
    user = user_of_house(person->as);
  }
  if (!user) return fault::unauthenticated;
  out.who = std::move(*user);
  return out;
}

/// A browser says where a page that asks comes from. Programs say nothing.
bool gateway::own_origin(const http_request& asked) const {
  return asked.origin.empty() || asked.origin == fmt::format("{}://{}", asked.tls ? "https" : "http", asked.host);
}

/// Whether a stream may go on: the session holds, and what may be seen is what was.
bool gateway::welcome(const identity& who, sight sees) {
  refresh_users();
  if (!who.session_token.empty() && sessions_.find(who.session_token, wall_ns()) == nullptr) return false;
  const login* person = who.session_token.empty() ? nullptr : people_.person(who.login);
  const auto program = std::find_if(people_.programs.begin(), people_.programs.end(),
                                    [&](const program_token& t) { return t.name == who.login; });
  const bool there = who.session_token.empty() ? program != people_.programs.end() : person != nullptr;
  if (!there) return false;
  const auto user = user_of_house(person != nullptr ? person->as : program->as);
  return user && user->sees() == sees && user->actor == who.who.actor;
}

std::string gateway::session_json(const identity& who) const {
  json_list rights, commands;
  for (unsigned bit = 0; bit < 32; ++bit)
    if (const auto one = static_cast<right>(1U << bit); who.who.may(one) && !name(one).empty()) rights.text(name(one));
  for (std::uint32_t number = 1; number < 256; ++number) {
    command c;
    c.kind = static_cast<command_kind>(number);
    const auto word = name(c.kind);
    const auto& only = who.who.commands;
    const bool listed = only.empty() || std::find(only.begin(), only.end(), word) != only.end();
    if (!word.empty() && listed && who.who.may(needed_for(c))) commands.text(word);
  }
  json_object o;
  o.text("user", who.login);
  o.text("name", !who.who.operator_name.empty() ? who.who.operator_name : who.who.name);
  o.id("operator", who.who.operator_.value);
  o.raw("rights", std::move(rights).end());
  json_list departments, offers;
  for (const auto& number : who.who.departments) departments.text(number);
  if (!departments.empty()) o.raw("departments", std::move(departments).end());
  for (const auto& [offer, there] : {std::pair{"callers", callers_.there() && who.who.may(right::read_text)},
                                     {"directory", !settings_.directory.empty()},
                                     {"roster", !settings_.roster.empty()}})
    if (there) offers.text(offer);
  if (!offers.empty()) o.raw("offers", std::move(offers).end());
  o.raw("commands", std::move(commands).end());
  o.words("csrf", who.csrf);
  o.id("time_ns", wall_ns());
  o.id("expires_ns", who.expires_ns);
  o.text("version", CORDBOARD_VERSION);
  return std::move(o).end();
}

asio::awaitable<http_response> gateway::async_log_on(const http_request& asked) {
  if (!own_origin(asked)) {
    report(access_report::forged, asked.address, {}, asked.origin);
    co_return refuse(fault::origin_refused, asked);
  }
  if (!asked.content_type.starts_with("application/json")) co_return refuse(fault::media_type_unsupported, asked);
  json::error_code wrong;
  const auto body = json::parse(asked.body, wrong);
  if (wrong || !body.is_object()) co_return refuse(fault::body_invalid, asked);
  const std::string user = text_of(body.get_object(), "user", 64), password = text_of(body.get_object(), "password", 256);
  const auto now = std::chrono::steady_clock::now();
  const auto locked = std::max(locks_.left(user, now), address_locks_.left(asked.address, now));
  const auto retry = [&](std::chrono::nanoseconds left) {
    return problem_keys{{"retry_after", std::to_string(std::chrono::ceil<std::chrono::seconds>(left).count())}};
  };
  if (locked.count() > 0) {
    report(access_report::locked_out, asked.address, {}, user);
    co_return refuse(fault::locked_out, asked, retry(locked));
  }
  if (in_proof_ >= in_proof_max) co_return refuse(fault::rate_limited, asked, retry(std::chrono::seconds(1)));
  refresh_users();
  const login* person = people_.person(user);
  const std::string hash = person != nullptr ? person->password : std::string(),
                    as = person != nullptr ? person->as : std::string();
  ++in_proof_;
  const auto prove = [&]() -> asio::awaitable<bool> { co_return password_fits(password, hash); };
  const bool fits = co_await asio::co_spawn(proof_, prove(), asio::use_awaitable);
  --in_proof_;
  const auto house = user_of_house(as);
  if (!fits || !house) {
    const auto after = std::chrono::steady_clock::now();
    // From one address more may be wrong than of one name: a whole ward may sit behind it.
    const bool name_out = locks_.failed(user, after), address_out = address_locks_.failed(asked.address, after);
    report(name_out || address_out ? access_report::locked_out : access_report::login_failed, asked.address, {}, user);
    co_return refuse(fault::login_failed, asked);
  }
  locks_.succeeded(user);
  std::error_code lost;
  identity who;
  who.login = user;
  who.session_token = sessions_.begin(user, wall_ns(), settings_.session_limit.count(), lost);
  if (lost) trace_(fmt::format("the sessions cannot be kept in {}: {}", settings_.state, lost.message()));
  who.csrf = csrf_of(who.session_token);
  who.expires_ns = wall_ns() + settings_.session_limit.count();
  who.who = *house;
  report(access_report::logged_in, asked.address, house->actor, user);
  auto out = http_response::json(200, session_json(who));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.session_limit).count();
  out.headers.emplace_back("Set-Cookie", set_cookie(who.session_token, seconds, asked.tls));
  co_return out;
}

http_response gateway::log_off(const identity& who, const http_request& asked) {
  sessions_.end(who.session_token);
  hub_.wake_all();
  report(access_report::logged_out, asked.address, who.who.actor, who.login);
  http_response out;
  out.status = 204;
  out.headers.emplace_back("Set-Cookie", set_cookie("", 0, asked.tls));
  return out;
}

}  // namespace cordboard::gateway
