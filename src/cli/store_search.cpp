// SPDX-License-Identifier: Apache-2.0
// cordboard store search, calls, access: what people ask.
#include <base/masked.hpp>
#include <algorithm>
#include <cli/json.hpp>
#include <cli/log_tools.hpp>
#include <cli/store_tools.hpp>
#include <fmt/format.h>
#include <iostream>
#include <log/erase.hpp>
#include <set>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

constexpr std::size_t limit_max = 10'000;

phrase_pair kind_name(store::passage_kind kind) {
  switch (kind) {
    case store::passage_kind::identity: return {"caller", "来电人"};
    case store::passage_kind::dialled: return {"dialled", "拨出"};
    case store::passage_kind::called: return {"called", "所拨"};
    case store::passage_kind::note: return {"note", "备注"};
    case store::passage_kind::dialogue: return {"dialogue", "语音流程"};
    case store::passage_kind::command: return {"command", "操作"};
    case store::passage_kind::call_note: return {"entry", "登记"};
    case store::passage_kind::request:
    case store::passage_kind::request_text: return {"request", "事项"};
    case store::passage_kind::handed_over: return {"hand-over", "交班"};
    default: return {"person", "人员"};
  }
}

/// What search and calls begin with.
struct question {
  std::optional<po::variables_map> options;
  std::optional<store_choice> what;
  std::size_t limit = 0;
  bool json = false;
  question(verb_options& verb, const arguments& given, language& tongue, int& code) {
    add_store_options(verb);
    add_reader_options(verb);
    verb.named.add_options()("limit,n", po::value<std::size_t>()->default_value(20)->value_name("N"), "at most so many")(
        "json", "an object a line; ids are strings");
    code = misused;
    options = read_options(verb, given, tongue, code);
    if (!options) return;
    limit = std::clamp<std::size_t>((*options)["limit"].as<std::size_t>(), 1, limit_max);
    json = options->count("json") != 0;
    if (options->count(verb.positional) == 0) {
      code = misuse(verb, "what is looked for?");
      return;
    }
    what = store_of(verb, *options);
  }
};

std::string id_text(std::uint64_t id) { return id == 0 ? std::string() : std::to_string(id); }

}  // namespace

int store_search(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard store search --store PLACE [--plain] [--json] TEXT",
      .about =
          "Finds names, numbers, notes and what callers have left, newest first: any part of a text with two characters or "
          "more, in any\n"
          "script; a telephone number in any spelling. Without --plain what is personal is masked. Each search is on record.\n"
          "按姓名、号码、记录内容搜索(至少两个字);未加 --plain 时个人信息打码;每次查阅均有记录。",
      .positional = "TEXT"};
  int code = done;
  const question asked(verb, given, tongue, code);
  if (!asked.what) return code;
  return guarded(*asked.what, tongue, [&]() -> int {
    auto [in, keys] = open_store(*asked.what);
    const auto& wanted = (*asked.options)["TEXT"].as<std::string>();
    const store::reader who = reader_of(*asked.options, *asked.what);
    const std::int64_t entry = store::note_access(*in, who, "search", wall_now());
    const store::hits found = store::search(*in, keys, wanted, asked.limit);
    store::note_found(*in, entry, found.found.size());
    for (const store::hit& one : found.found) {
      const std::string text = readable(who.clear ? one.text : store::masked(one.kind, one.text));
      if (!asked.json) {
        fmt::print("{}  {:<9}  {:>20}  {}\n", shown_time(one.at), kind_name(one.kind).in(tongue),
                   one.shown.empty() ? id_text(one.call) : one.shown, text);
        continue;
      }
      json_object line;
      line.text("at", shown_time(one.at));
      line.text("kind", kind_name(one.kind).en);
      if (one.call != 0) line.text("call", id_text(one.call));
      if (one.request != 0) line.text("request", id_text(one.request));
      if (!one.shown.empty()) line.text("no", one.shown);
      line.text("text", text);
      fmt::print("{}\n", std::move(line).end());
    }
    std::fflush(stdout);
    if (found.older != 0 && !asked.json)
      std::cerr << (tongue == language::zh ? "还有更早的记录;请用 --limit 或更长的词\n"
                                           : "there may be older ones: a longer text, or --limit\n");
    return found.found.empty() ? failed : done;
  });
}

int store_calls(const arguments& given, language tongue) {
  verb_options verb{.usage = "cordboard store calls --store PLACE [--plain] [--json] NUMBER",
                    .about =
                        "The calls of a telephone number, in any spelling, newest first. Without --plain what is personal is "
                        "masked. Each look is on\n"
                        "record.\n某号码的历史通话。",
                    .positional = "NUMBER"};
  int code = done;
  const question asked(verb, given, tongue, code);
  if (!asked.what) return code;
  return guarded(*asked.what, tongue, [&]() -> int {
    auto [in, keys] = open_store(*asked.what);
    const store::reader who = reader_of(*asked.options, *asked.what);
    const std::int64_t entry = store::note_access(*in, who, "calls", wall_now());
    const auto found = store::calls_of_number(*in, keys, (*asked.options)["NUMBER"].as<std::string>(), asked.limit);
    store::note_found(*in, entry, found.size());
    for (const store::call_line& one : found) {
      const std::string name = readable(who.clear ? one.name : store::masked_name(one.name));
      const std::string number = readable(who.clear ? one.number : masked_number(one.number));
      std::string notes;
      for (const std::string& note : one.notes)
        notes += (notes.empty() ? "" : " | ") + readable(who.clear ? note : store::masked_text(note));
      if (!asked.json) {
        fmt::print("{}  {:>20}  {}  {}  {}  {}  {}\n", shown_time(one.began_at), one.id, number, name, one.queue, one.operator_,
                   notes);
        continue;
      }
      json_object line;
      line.text("call", id_text(one.id));
      line.text("began", shown_time(one.began_at));
      line.text("answered", shown_time(one.answered_at));
      line.text("ended", shown_time(one.ended_at));
      line.text("number", number);
      line.text("name", name);
      line.text("queue", one.queue);
      line.text("operator", one.operator_);
      line.text("notes", notes);
      fmt::print("{}\n", std::move(line).end());
    }
    std::fflush(stdout);
    return found.empty() ? failed : done;
  });
}

int store_access(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard store access --store PLACE [--limit N]",
      .about = "Who has looked at what is on record, newest first; \"plain\": in the clear.\n查阅记录:何人何时查阅,是否明文。"};
  add_store_options(verb);
  verb.named.add_options()("limit,n", po::value<std::size_t>()->default_value(100)->value_name("N"), "at most so many");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto what = store_of(verb, *options);
  if (!what) return misused;
  return guarded(*what, tongue, [&] {
    const auto in = open_store(*what).in;
    in->each("SELECT at, uid, who, what, clear, found FROM access ORDER BY id DESC LIMIT $1",
             {static_cast<std::int64_t>((*options)["limit"].as<std::size_t>())}, [&](store::row r) {
               fmt::print("{}  {:>6}  {:<16}  {:<8}  {:<6}  {}\n", shown_time(store::number_of(r[0])), store::number_of(r[1]),
                          store::text_of(r[2]), store::text_of(r[3]), store::number_of(r[4]) != 0 ? "plain" : "masked",
                          store::number_of(r[5]));
               return true;
             });
    return done;
  });
}

int store_erase(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard store erase --store PLACE NUMBER",
      .about =
          "Destroys the key under which names, notes and all other texts of a telephone number are sealed, and takes them out. "
          "Calls and\n"
          "figures stay; a rebuild does not bring the texts back. Where the log's texts are sealed ([log] text_key_file), "
          "those of "
          "the same calls\n"
          "and requests are erased there, too. Copies made before still have them, and so has a log whose texts are plain.\n"
          "删除某号码的个人信息(销毁其密钥);通话与统计保留;日志文本已密封时一并删除;此前的备份不受影响。",
      .positional = "NUMBER"};
  add_store_options(verb);
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("NUMBER") == 0) return misuse(verb, "which number?");
  const auto what = store_of(verb, *options);
  if (!what) return misused;
  return guarded(*what, tongue, [&]() -> int {
    auto [in, keys] = open_store(*what);
    const std::int64_t entry = store::note_access(*in, reader_of(*options, *what), "erase", wall_now());
    const auto& number = (*options)["NUMBER"].as<std::string>();
    // The log first: when it cannot be done, the store still knows what is to be erased there.
    std::set<log::text_subject> whose;
    const auto known = store::said_of_number(*in, keys, number);
    for (const auto id : known.calls) whose.insert({log::text_subject::of_call, id});
    for (const auto id : known.requests) whose.insert({log::text_subject::of_request, id});
    const auto in_log = log::erase_texts(what->log, whose);
    if (!in_log && in_log.error() != errc::not_connected) return tell_failure(in_log.error(), what->log, tongue);
    const std::uint64_t gone = store::erase_number(*in, keys, number);
    store::note_found(*in, entry, gone);
    const bool zh = tongue == language::zh;
    std::cout << said(zh ? "已删除 {} 条文本" : "{} texts erased", gone)
              << (in_log ? said(zh ? ",日志中 {} 个密钥\n" : ", {} keys in the log\n", *in_log)
                         : std::string(zh ? ";没有日志\n" : "; there is no log\n"));
    return done;
  });
}

}  // namespace cordboard::cli
