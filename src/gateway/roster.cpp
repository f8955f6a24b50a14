// SPDX-License-Identifier: Apache-2.0
// Who is on duty when: the roster's file, as an editor reads and writes it.
#include <gateway/gateway.hpp>

#include <algorithm>
#include <array>
#include <base/json.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gateway/whole_file.hpp>

namespace cordboard::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::int64_t day_ns = 86'400'000'000'000, warned_days = 14;
constexpr std::size_t problems_max = 50;

std::string tag_of(const std::string& csv) { return fmt::format("\"{}\"", token_hash(csv).substr(0, 32)); }

std::string warning_json(const duty_warning& one) {
  constexpr std::array<std::string_view, 3> kinds{"gap", "overlap", "twice"};
  json_object o;
  o.text("what", kinds[static_cast<std::size_t>(one.what)]);
  o.text("post", one.post);
  o.words("person", one.person);
  o.words("other", one.other);
  o.id("from_ns", one.from);
  o.id("to_ns", one.to);
  return std::move(o).end();
}

std::string problem_list(const std::vector<config_problem>& problems, language in) {
  json_list out;
  const bool zh = in == language::zh;
  for (std::size_t i = 0; i < std::min(problems.size(), problems_max); ++i) {
    const auto& one = problems[i];
    json_object o;
    o.number("line", one.line);
    o.number("column", one.column);
    o.words("key", one.key);
    o.text("found", zh ? one.found.zh : one.found.en);
    o.text("expected", zh ? one.expected.zh : one.expected.en);
    out.raw(std::move(o).end());
  }
  return std::move(out).end();
}

}  // namespace

http_response gateway::roster_as_it_is(const std::string& csv) const {
  const auto now = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  json_list warnings;
  for (const auto& one : directory_.check_duties(now, now + warned_days * day_ns)) warnings.raw(warning_json(one));
  json_object o;
  o.text("csv", csv);
  o.raw("warnings", std::move(warnings).end());
  auto out = http_response::json(200, std::move(o).end());
  out.headers.emplace_back("ETag", tag_of(csv));
  return out;
}

asio::awaitable<http_response> gateway::async_roster(const identity& who, const http_request& asked) {
  if (settings_.roster.empty()) co_return refuse(fault::not_found, asked);
  const auto read = [&]() -> asio::awaitable<std::string> { co_return content_of(settings_.roster); };
  const std::string now = co_await asio::co_spawn(files_pool_, read(), asio::use_awaitable);
  if (asked.method != "PUT") co_return roster_as_it_is(now);
  if (!who.who.may(right::edit_roster)) {
    report(access_report::forbidden, asked.address, who.who.actor, asked.path);
    co_return refuse(errc::access_refused, asked);
  }
  if (!asked.content_type.starts_with("application/json")) co_return refuse(fault::media_type_unsupported, asked);
  json::error_code wrong;
  const auto body = json::parse(asked.body, wrong);
  const auto* csv = !wrong && body.is_object() ? body.get_object().if_contains("csv") : nullptr;
  if (csv == nullptr || !csv->is_string()) co_return refuse(fault::body_invalid, asked);
  const std::string fresh(csv->get_string());
  loaded_directory loaded;
  bool meanwhile = false;
  std::error_code lost;
  // One thread alone does this, so nothing comes between what is compared and what is written.
  const auto write = [&]() -> asio::awaitable<void> {
    meanwhile = tag_of(content_of(settings_.roster)) != asked.if_match;
    if (meanwhile) co_return;
    loaded = cordboard::directory::read(content_of(settings_.directory), fresh, directory_options_of(settings_));
    if (loaded.problems.empty() && loaded.roster_problems.empty()) lost = write_again(settings_.roster, fresh);
  };
  co_await asio::co_spawn(files_pool_, write(), asio::use_awaitable);
  if (meanwhile) co_return refuse(fault::changed_meanwhile, asked);
  if (!loaded.roster_problems.empty()) {
    problem_keys more;
    more.emplace_back("problems", problem_list(loaded.roster_problems, asked.tongue()));
    co_return refuse(fault::roster_invalid, asked, std::move(more));
  }
  if (!loaded.problems.empty() || lost) {
    trace_(lost ? fmt::format("{}: {}", settings_.roster, lost.message())
                : describe(loaded.problems.front(), settings_.directory, language::en));
    co_return refuse(fault::internal, asked);
  }
  directory_ = std::move(loaded.value);
  report(access_report::roster_changed, asked.address, who.who.actor, fmt::format("{} duties", directory_.duties().size()));
  co_return roster_as_it_is(fresh);
}

}  // namespace cordboard::gateway
