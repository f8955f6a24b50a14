// SPDX-License-Identifier: Apache-2.0
// What is read: the house, pages of the log, figures, the directory.
#include <gateway/gateway.hpp>

#include <base/json.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <figures/calendar.hpp>
#include <figures/report_json.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace cordboard::gateway {
namespace {

namespace asio = boost::asio;

constexpr auto house_limit = std::chrono::seconds(10), metrics_limit = std::chrono::seconds(5),
               figures_last = std::chrono::seconds(5);
constexpr std::size_t page_max = 5000, figures_kept = 64, hits_max = 100, number_max = 64;

std::int64_t wall_ns() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// A whole number of the query. False: it is none, or beyond `max`.
template <class Number>
bool read_number(const http_request& asked, std::string_view key, Number max, Number& into) {
  const auto text = asked.asked(key);
  if (!text) return true;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), into);
  return error == std::errc{} && end == text->data() + text->size() && into <= max;
}

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    out.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

problem_keys detail(std::string_view text) {
  problem_keys out;
  out.emplace_back("detail", quoted(text));
  return out;
}

/// The period that is asked for; today when no date is. False: it is none.
bool read_period(const http_request& asked, const std::string& zone, figures_request& into) {
  constexpr std::array<std::string_view, 5> periods{"day", "week", "month", "quarter", "year"};
  const auto period = asked.asked("period").value_or("day");
  const auto hit = std::find(periods.begin(), periods.end(), period);
  if (hit == periods.end()) return false;
  into.period = static_cast<figure_period>(hit - periods.begin());
  into.zone = zone;
  into.date = asked.asked("date").value_or("");
  if (const auto only = asked.asked("figures")) into.figures = words(*only);
  for (const auto& word : words(asked.asked("by").value_or(""))) {
    const auto by = read_figure_dimension(word);
    if (!by) return false;
    into.by.push_back(*by);
  }
  return true;
}

void append_texts(json_object& o, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json_list list;
  for (const auto& text : texts) list.text(text);
  o.raw(key, std::move(list).end());
}

std::string duty_json(const cordboard::directory& all, const duty& one) {
  json_object o;
  o.text("person", one.person);
  if (const auto* person = all.find(one.person)) o.text("name", person->name);
  o.id("from_ns", one.from);
  o.id("to_ns", one.to);
  o.flag("backup", one.backup);
  return std::move(o).end();
}

std::string duty_list(const cordboard::directory& all, std::string_view post, std::int64_t at) {
  json_list list;
  for (const duty& one : all.on_duty(post, at)) list.raw(duty_json(all, one));
  return std::move(list).end();
}

std::string entry_json(const cordboard::directory& all, const directory_entry& e, std::int64_t at, disclosure see) {
  constexpr std::array<std::string_view, 3> kinds{"department", "place", "person"}, levels{"told", "through", "internal"};
  json_object o;
  o.text("id", e.id);
  o.text("kind", kinds[static_cast<std::size_t>(e.kind)]);
  o.text("name", e.name);
  append_texts(o, "other_names", e.other_names);
  o.words("department", e.department);
  if (const auto* department = all.find(e.department)) o.text("department_name", department->name);
  o.words("title", e.title);
  append_texts(o, "specialities", e.specialities);
  append_texts(o, "languages", e.languages);
  json_list numbers;
  for (const auto& n : all.numbers_of(e, at, see)) {
    json_object number;
    number.text("number", n.number.number);
    number.words("extension", n.number.extension);
    number.text("see", levels[static_cast<std::size_t>(n.see)]);
    numbers.raw(std::move(number).end());
  }
  o.raw("numbers", std::move(numbers).end());
  const std::string duties = duty_list(all, e.id, at);
  if (duties != "[]") o.raw("on_duty", duties);
  return std::move(o).end();
}

}  // namespace

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": it cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

directory_options directory_options_of(const settings& with) {
  directory_options how;
  how.plan.area_code = with.area_code;
  how.plan.extension_digits = with.extension_digits;
  how.time_zone = with.time_zone;
  return how;
}

std::string gateway::link_keys() const {
  return fmt::format(R"("link":"{}","link_age_ns":"{}")", name(feed_->link()), feed_->link_age().count());
}

http_response gateway::health() const {
  const bool there = feed_->link() == link_state::serving;
  return http_response::json(there ? 200 : 503, there ? R"({"state":"ok"})" : R"({"state":"board_away"})");
}

asio::awaitable<http_response> gateway::async_snapshot(const identity& who, const http_request& asked) {
  const auto all = co_await hub_.async_house(house_limit);
  if (!all) co_return refuse(errc::not_connected, asked);
  const std::string tag = fmt::format("\"{}\"", all->sequence);
  http_response out;
  if (asked.if_none_match == tag)
    out.status = 304;
  else
    out = http_response::json(200, fmt::format("{},{}}}", all->json[static_cast<std::size_t>(who.who.sees())], link_keys()));
  out.headers = {{"ETag", tag}, {"Cache-Control", "no-store"}};
  co_return out;
}

asio::awaitable<http_response> gateway::async_log(const identity& who, const http_request& asked) {
  log_part part{.count = 500};
  event_picks picks;
  if (!read_number(asked, "after", ~std::uint64_t{0}, part.after) ||
      !read_number(asked, "since_ns", std::numeric_limits<std::int64_t>::max(), part.since_ns) || part.since_ns < 0 ||
      !read_number(asked, "limit", page_max, part.count) || part.count == 0 || !read_picks(asked, picks))
    co_return refuse(fault::request_invalid, asked);
  const auto read = [&]() -> asio::awaitable<log_page> { co_return read_page(settings_.run, part, picks, who.who.sees()); };
  const log_page page = co_await asio::co_spawn(pool_, read(), asio::use_awaitable);
  if (page.wrong) {
    const bool ours = page.wrong.category() == error_category();
    if (!ours) co_return refuse(fault::internal, asked);
    co_return refuse(static_cast<errc>(page.wrong.value()), asked);
  }
  json_list events;
  for (const auto& [sequence, json] : page.events) events.raw(json);
  json_object o;
  o.raw("events", std::move(events).end());
  o.raw("position", std::to_string(page.position));
  o.flag("end", page.end);
  co_return http_response::json(200, std::move(o).end());
}

asio::awaitable<http_response> gateway::async_figures(const identity& who, const http_request& asked) {
  figures_request what;
  if (!read_period(asked, settings_.time_zone, what)) co_return refuse(fault::request_invalid, asked);
  const bool by_person = std::find(what.by.begin(), what.by.end(), figure_dimension::operator_) != what.by.end();
  if (by_person && !who.who.may(right::supervise) && !who.who.may(right::read_text)) {
    report(access_report::forbidden, asked.address, who.who.actor, asked.path);
    co_return refuse(errc::access_refused, asked);
  }
  what.summaries = settings_.summaries;
  if (what.date.empty()) what.date = figures::calendar::make(what.zone)->wall_text(wall_ns()).substr(0, 10);
  std::string key = fmt::format("{} {}", static_cast<int>(what.period), what.date);
  for (const auto by : what.by) key += fmt::format(" {}", name(by));
  for (const auto& figure : what.figures) key += " " + figure;
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(figures_, [&](const auto& one) { return now - one.second.at > figures_last; });
  http_response out;
  if (const auto kept = figures_.find(key); kept != figures_.end()) {
    out.body = kept->second.json;
    co_return out;
  }
  diagnostics why;
  const auto read = [&]() -> asio::awaitable<result<figures_report>> { co_return read_figures(settings_.run, what, &why); };
  const auto made = co_await asio::co_spawn(pool_, read(), asio::use_awaitable);
  if (!made && made.error() == std::errc::invalid_argument)
    co_return refuse(fault::request_invalid, asked, detail(why.our_text()));
  if (!made) co_return refuse(fault::internal, asked);
  out.body = std::make_shared<const std::string>(figures::report_json(*made, what));
  if (figures_.size() < figures_kept) figures_[key] = {now, out.body};
  co_return out;
}

asio::awaitable<http_response> gateway::async_metrics(const http_request& asked) {
  figures_feed::text now;
  const auto look = [&]() -> asio::awaitable<void> {
    now = figures_feed_->prometheus(metrics_limit);
    co_return;
  };
  co_await asio::co_spawn(files_pool_, look(), asio::use_awaitable);
  if (!now) co_return refuse(errc::not_connected, asked);
  http_response out;
  out.content_type = "text/plain; version=0.0.4; charset=utf-8";
  out.body = now;
  co_return out;
}

void gateway::read_directory() {
  if (settings_.directory.empty()) return;
  const auto how = directory_options_of(settings_);
  auto loaded = cordboard::directory::read(content_of(settings_.directory),
                                           settings_.roster.empty() ? std::string() : content_of(settings_.roster), how);
  for (const auto& [problems, file] :
       {std::pair{&loaded.problems, &settings_.directory}, {&loaded.roster_problems, &settings_.roster}})
    if (!problems->empty()) throw std::runtime_error(describe(problems->front(), *file, language::en));
  directory_ = std::move(loaded.value);
}

http_response gateway::directory_search(const identity& who, const http_request& asked) {
  const disclosure see = who.who.may(right::read_text) ? disclosure::internal
                         : who.who.may(right::control) ? disclosure::through
                                                       : disclosure::told;
  constexpr std::string_view before = "/v1/directory/";
  if (asked.path.starts_with(before)) {
    const auto* entry = directory_.find(std::string_view(asked.path).substr(before.size()));
    return entry == nullptr ? refuse(fault::not_found, asked)
                            : http_response::json(200, entry_json(directory_, *entry, wall_ns(), see));
  }
  std::size_t count = 20;
  const auto query = asked.asked("q").value_or("");
  if (!read_number(asked, "count", hits_max, count) || query.size() > 256) return refuse(fault::request_invalid, asked);
  json_list entries;
  for (const auto& hit : directory_.search(query, {see, count}))
    entries.raw(entry_json(directory_, *hit.entry, wall_ns(), see));
  return http_response::json(200, R"({"entries":)" + std::move(entries).end() + '}');
}

asio::awaitable<http_response> gateway::async_callers(const identity& who, const http_request& asked) {
  if (!callers_.there()) co_return refuse(fault::not_found, asked);
  if (!who.who.may(right::read_text)) {
    report(access_report::forbidden, asked.address, who.who.actor, asked.path);
    co_return refuse(errc::access_refused, asked);
  }
  if (!asked.content_type.starts_with("application/json")) co_return refuse(fault::media_type_unsupported, asked);
  boost::system::error_code wrong;
  const auto body = boost::json::parse(asked.body, wrong);
  const auto* number = !wrong && body.is_object() ? body.get_object().if_contains("number") : nullptr;
  if (number == nullptr || !number->is_string() || number->get_string().size() > number_max)
    co_return refuse(fault::body_invalid, asked);
  const std::string wanted(number->get_string());
  std::string found, failed;
  const auto look = [&]() -> asio::awaitable<void> {
    try {
      found = callers_.look(wanted, who.login);
    } catch (const store::database_error& why) {
      failed = why.what();
    }
    co_return;
  };
  co_await asio::co_spawn(store_pool_, look(), asio::use_awaitable);
  if (failed.empty()) co_return http_response::json(200, std::move(found));
  trace_(fmt::format("the store: {}", failed));
  co_return refuse(fault::store_away, asked);
}

http_response gateway::duties(const http_request& asked) {
  const auto post = asked.asked("post");
  if (!post) return refuse(fault::request_invalid, asked);
  return http_response::json(200, R"({"duties":)" + duty_list(directory_, *post, wall_ns()) + '}');
}

}  // namespace cordboard::gateway
