// SPDX-License-Identifier: Apache-2.0
// Which answer a request gets.
#include <gateway/gateway.hpp>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <gateway/api_documents.hpp>
#include <gateway/outcome_wait.hpp>

namespace cordboard::gateway {
namespace {

namespace asio = boost::asio;

/// What may stand in no address: it would be in every proxy's log.
constexpr std::array<std::string_view, 6> secret_keys{"token",  "access_token",  "api_key",
                                                      "apikey", "authorization", "password"};

std::vector<std::pair<std::string, std::string>> security_headers(const settings& with) {
  std::string ancestors;
  for (const auto& origin : with.frame_ancestors) ancestors += ' ' + origin;
  const std::string policy = fmt::format(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
      "media-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors{}",
      ancestors.empty() ? " 'none'" : ancestors);
  std::vector<std::pair<std::string, std::string>> out{{"Content-Security-Policy", policy},
                                                       {"X-Content-Type-Options", "nosniff"},
                                                       {"Referrer-Policy", "no-referrer"},
                                                       {"Cross-Origin-Opener-Policy", "same-origin"},
                                                       {"Cross-Origin-Resource-Policy", "same-origin"},
                                                       {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"}};
  if (ancestors.empty()) out.emplace_back("X-Frame-Options", "DENY");
  if (!with.certificate.empty()) out.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return out;
}

bool has_secret(const http_request& asked) {
  return std::any_of(secret_keys.begin(), secret_keys.end(), [&](auto key) { return asked.asked(key).has_value(); });
}

bool safe(const std::string& method) { return method == "GET" || method == "HEAD"; }

}  // namespace

gateway::gateway(settings with, users people, trace_line trace)
    : settings_(std::move(with)),
      trace_(std::move(trace)),
      people_(std::move(people)),
      sessions_(settings_.state),
      locks_(settings_.failures_max, settings_.lock_out),
      // A whole ward may sit behind one address.
      address_locks_(settings_.failures_max * 10, settings_.lock_out),
      rate_(settings_.requests_per_second),
      files_(std::make_unique<static_files>(settings_.console)),
      callers_({settings_.store_path, settings_.store_postgresql, settings_.store_key}),
      common_(security_headers(settings_)),
      hub_(
          io_, settings_.events_kept, [this] { feed_->want_house(); },
          [this](bool somebody) {
            if (figures_feed_) figures_feed_->wanted(somebody);
          }),
      reports_(io_, [this](access_report what, actor_id who, const std::string& text, std::int64_t count) {
        asio::post(pool_, [this, what, who, text, count] {
          command c(cmd::report_access{what, count, who.value, text});
          event unread;
          c.id = random_command_id();
          c.deadline_ns =
              std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count() + 10'000'000'000;
          if (const auto told = submit(c, unread); !told)
            trace_(fmt::format("{} {} times, not on record: {}", name(what), count, told.error().message()));
        });
      }) {
  read_directory();
  feed_ears ears;
  ears.came = [this](std::shared_ptr<const feed_batch> batch) {
    asio::post(io_, [this, batch = std::move(batch)] {
      came(batch);
      hub_.came(batch);
    });
  };
  ears.house = [this](auto all) { asio::post(io_, [this, all] { hub_.house(all); }); };
  ears.users = [this](auto all) { asio::post(io_, [this, all] { house_users_ = all; }); };
  ears.begun = [this](std::uint64_t sequence) { asio::post(io_, [this, sequence] { hub_.begun(sequence); }); };
  feed_ = std::make_unique<feed>(settings_.run, std::move(ears), trace_);
  figures_feed_ = std::make_unique<figures_feed>(
      figures::live_figures::settings{.log = settings_.run, .summaries = settings_.summaries, .zone = settings_.time_zone},
      [this](figures_feed::text now) { asio::post(io_, [this, now = std::move(now)] { hub_.figures(now); }); }, trace_);
}

gateway::~gateway() { close(); }

void gateway::close() {
  reports_.close();
  {
    const std::lock_guard lock(client_mutex_);
    if (client_) client_->close();
  }
  for (auto* pool : {&pool_, &urgent_, &proof_, &files_pool_, &store_pool_}) pool->join();
  figures_feed_.reset();
  feed_.reset();
}

void gateway::reload_soon() {
  asio::post(io_, [this] { reload(); });
}

void gateway::reload() {
  try {
    files_ = std::make_unique<static_files>(settings_.console);
    read_directory();
  } catch (const std::exception& wrong) {
    trace_(fmt::format("{}; what was read before stays", wrong.what()));
  }
}

http_response gateway::refuse(fault why, const http_request& asked, problem_keys more) {
  const auto what = describe(why);
  std::string retry;
  for (const auto& [key, json] : more)
    if (key == "retry_after") retry = json;
  auto out = http_response::json(what.status, problem_json(what, asked.path, asked.tongue(), more));
  out.content_type = "application/problem+json";
  if (!retry.empty()) out.headers.emplace_back("Retry-After", retry);
  if (why == fault::unauthenticated) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

http_response gateway::refuse(errc why, const http_request& asked) {
  const auto what = describe(why);
  auto out = http_response::json(what.status, problem_json(what, asked.path, asked.tongue()));
  out.content_type = "application/problem+json";
  if (what.status == 503) out.headers.emplace_back("Retry-After", "1");
  return out;
}

void gateway::report(access_report what, const std::string& address, actor_id who, std::string_view about) {
  reports_.add(what, address, who, about);
}

void gateway::came(const std::shared_ptr<const feed_batch>& batch) {
  if (waiting_.empty()) return;
  for (const feed_event& e : batch->events) {
    if (!is_outcome(e.record.kind)) continue;
    const auto [first, end] = waiting_.equal_range(e.record.command);
    for (auto one = first; one != end; ++one) one->second->came(e);
  }
}

asio::awaitable<http_response> gateway::async_answer(http_request asked) {
  try {
    co_return co_await async_route(asked);
  } catch (const std::exception& wrong) {
    trace_(fmt::format("{} {}: {}", asked.method, asked.path, wrong.what()));
    co_return refuse(fault::internal, asked);
  }
}

asio::awaitable<http_response> gateway::async_route(const http_request& asked) {
  if (has_secret(asked)) {
    report(access_report::malformed, asked.address, {}, "a token in the address");
    co_return refuse(fault::token_in_url, asked);
  }
  const bool metrics = asked.path == "/metrics", api = metrics || asked.path.starts_with("/v1/");
  const auto only = [&](std::string_view method) {
    return asked.method == method || (method == "GET" && asked.method == "HEAD");
  };
  const auto wrong_method = [&] { return refuse(fault::method_not_allowed, asked); };
  if (asked.path == "/healthz" && only("GET")) co_return health();
  if (asked.path == "/v1/openapi.json" || asked.path == "/v1/asyncapi.json") {
    if (!only("GET")) co_return wrong_method();
    co_return http_response::json(200, std::string(asked.path == "/v1/openapi.json" ? openapi_document : asyncapi_document));
  }
  if (!api) {
    if (!only("GET")) co_return wrong_method();
    if (auto file = files_->find(asked)) co_return *file;
    co_return refuse(fault::not_found, asked);
  }
  const auto now = std::chrono::steady_clock::now();
  const auto too_often = [&](const std::string& who, actor_id actor) {
    if (rate_.allows(who, now)) return false;
    report(access_report::limited, asked.address, actor, asked.path);
    return true;
  };
  const problem_keys in_a_second{{"retry_after", "1"}};
  if (asked.path == "/v1/session" && asked.method == "POST") {
    if (too_often("address " + asked.address, {})) co_return refuse(fault::rate_limited, asked, in_a_second);
    co_return co_await async_log_on(asked);
  }
  auto known = identify(asked);
  if (const auto* why = std::get_if<fault>(&known)) {
    if (too_often("address " + asked.address, {})) co_return refuse(fault::rate_limited, asked, in_a_second);
    // A page that asks whether somebody has logged on already is nobody who was refused.
    if (asked.path != "/v1/session" || !asked.authorization.empty())
      report(access_report::unauthenticated, asked.address, {}, asked.path);
    co_return refuse(*why, asked);
  }
  const auto& who = std::get<identity>(known);
  if (too_often("user " + who.login, who.who.actor)) co_return refuse(fault::rate_limited, asked, in_a_second);
  if (!who.session_token.empty() && !safe(asked.method)) {
    const bool own = own_origin(asked);
    if (!own || !same_secret(asked.csrf, who.csrf)) {
      report(access_report::forged, asked.address, who.who.actor, asked.path);
      co_return refuse(own ? fault::csrf_refused : fault::origin_refused, asked);
    }
  }
  if (asked.path == "/v1/session") {
    if (asked.method == "DELETE") co_return log_off(who, asked);
    if (!only("GET")) co_return wrong_method();
    co_return http_response::json(200, session_json(who));
  }
  const bool command = asked.path.starts_with("/v1/commands/"), roster = asked.path == "/v1/roster";
  // A number is asked for in a body: an address would be in every proxy's log.
  const bool posted = command || asked.path == "/v1/callers";
  if (!only(posted ? "POST" : "GET") && !(roster && asked.method == "PUT")) co_return wrong_method();
  if (command) co_return co_await async_command(who, asked);
  if (asked.path == "/v1/snapshot") co_return co_await async_snapshot(who, asked);
  if (asked.path == "/v1/log") co_return co_await async_log(who, asked);
  if (asked.path == "/v1/figures") co_return co_await async_figures(who, asked);
  if (asked.path == "/v1/directory" || asked.path.starts_with("/v1/directory/")) co_return directory_search(who, asked);
  if (asked.path == "/v1/duty") co_return duties(asked);
  if (metrics) co_return co_await async_metrics(asked);
  if (roster) co_return co_await async_roster(who, asked);
  if (asked.path == "/v1/callers") co_return co_await async_callers(who, asked);
  co_return refuse(fault::not_found, asked);
}

std::variant<admitted, http_response> gateway::admit(const http_request& asked, bool web_socket) {
  if (has_secret(asked)) {
    report(access_report::malformed, asked.address, {}, "a token in the address");
    return refuse(fault::token_in_url, asked);
  }
  auto known = identify(asked);
  if (const auto* why = std::get_if<fault>(&known)) {
    report(access_report::unauthenticated, asked.address, {}, asked.path);
    return refuse(*why, asked);
  }
  admitted out{std::get<identity>(std::move(known)), {}};
  if (!rate_.allows("user " + out.who.login, std::chrono::steady_clock::now()))
    return refuse(fault::rate_limited, asked, {{"retry_after", "1"}});
  if (web_socket && !out.who.session_token.empty() && !own_origin(asked)) {
    report(access_report::forged, asked.address, out.who.who.actor, asked.origin);
    return refuse(fault::origin_refused, asked);
  }
  out.what.sees = out.who.who.sees();
  if (!read_stream(asked, out.what)) return refuse(fault::request_invalid, asked);
  return out;
}

stream_links gateway::links_of(const admitted& client, std::vector<std::string>* answers) {
  using clock = std::chrono::steady_clock;
  const auto still = [this, who = client.who, sees = client.what.sees, look = clock::now()]() mutable {
    if (clock::now() < look) return true;
    look = clock::now() + std::chrono::seconds(1);
    return welcome(who, sees);
  };
  return {settings_.run, settings_.resume_max, pool_, [this] { return link_keys(); }, still, answers};
}

asio::awaitable<void> gateway::async_follow(const admitted& client, outlet& to, hub::waiter& here,
                                            std::vector<std::string>* answers) {
  const stream_links with = links_of(client, answers);
  co_await serve_stream(hub_, client.what, to, here, with);
}

}  // namespace cordboard::gateway
