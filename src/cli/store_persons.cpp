// SPDX-License-Identifier: Apache-2.0
// cordboard store who, import, merge, split: people whom the house knows.
#include <algorithm>
#include <charconv>
#include <cli/log_tools.hpp>
#include <cli/store_tools.hpp>
#include <cordboard/config_file.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <store/persons.hpp>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

constexpr std::uintmax_t list_bytes_max = 256 << 20;

std::optional<std::uint64_t> id_in(const std::string& text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() && id != 0 ? std::optional(id) : std::nullopt;
}

store::change by(const po::variables_map& options, const store_choice& what) { return {reader_of(options, what), wall_now()}; }

/// What merge and split begin with: one or two ids.
int change_persons(
    verb_options verb, const arguments& given, language tongue,
    const std::function<std::string(store::database&, std::uint64_t, std::uint64_t, const store::change&)>& work) {
  add_store_options(verb);
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  std::optional<std::uint64_t> ids[2] = {std::nullopt, 1};
  const std::string* names[2] = {&verb.positional, &verb.second};
  for (int i = 0; i < 2; ++i)
    if (!names[i]->empty())
      ids[i] = options->count(*names[i]) != 0 ? id_in((*options)[*names[i]].as<std::string>()) : std::nullopt;
  if (!ids[0] || !ids[1]) return misuse(verb, "which person? (an id, as cordboard store who prints it)");
  const auto what = store_of(verb, *options);
  if (!what) return misused;
  return guarded(*what, tongue, [&] {
    const auto in = open_store(*what).in;
    std::cout << work(*in, *ids[0], *ids[1], by(*options, *what)) << '\n';
    return done;
  });
}

}  // namespace

int store_who(const arguments& given, language tongue) {
  verb_options verb{.usage = "cordboard store who --store PLACE [--plain] NUMBER",
                    .about =
                        "Who may be calling from a number, in any spelling: persons with all their numbers, the calls of "
                        "these, newest first, and open\n"
                        "requests. Without --plain what is personal is masked. Each look is on record.\n"
                        "来电识别:该号码可能是谁、其历史通话与未办结事项。",
                    .positional = "NUMBER"};
  add_store_options(verb);
  add_reader_options(verb);
  verb.named.add_options()("limit,n", po::value<std::size_t>()->default_value(10)->value_name("N"), "at most so many calls");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("NUMBER") == 0) return misuse(verb, "which number?");
  const auto what = store_of(verb, *options);
  if (!what) return misused;
  return guarded(*what, tongue, [&]() -> int {
    auto [in, keys] = open_store(*what);
    const store::reader who = reader_of(*options, *what);
    const bool zh = tongue == language::zh;
    const std::int64_t entry = store::note_access(*in, who, "who", wall_now());
    const auto found = store::recognise(*in, keys, (*options)["NUMBER"].as<std::string>(),
                                        std::clamp<std::size_t>((*options)["limit"].as<std::size_t>(), 1, 1000));
    store::note_found(*in, entry, found.persons.size() + found.calls.size() + found.requests.size());
    const auto shown = [&](store::passage_kind kind, const std::string& text) {
      return readable(who.clear ? text : store::masked(kind, text));
    };
    for (const store::person& one : found.persons) {
      fmt::print("{} {}", zh ? "人员" : "person", one.id);
      for (const auto& [kind, text] : one.texts) fmt::print("  {}", shown(kind, text));
      for (const std::uint64_t merged : one.merged) fmt::print("  ({} {})", zh ? "已并入" : "merged", merged);
      fmt::print("\n");
    }
    for (const store::request_line& one : found.requests)
      fmt::print("{}  {}  {}  {}  {}\n", zh ? "事项" : "request", one.shown, one.kind, shown_time(one.due_at), one.owner);
    for (const store::call_line& one : found.calls)
      fmt::print("{}  {}  {}  {}  {}\n", zh ? "通话" : "call", shown_time(one.began_at), one.queue, one.operator_,
                 one.notes.empty() ? std::string() : shown(store::passage_kind::note, one.notes.back()));
    std::fflush(stdout);
    return found.persons.empty() && found.calls.empty() && found.requests.empty() ? failed : done;
  });
}

int store_import(const arguments& given, language tongue) {
  verb_options verb{.usage = "cordboard store import --store PLACE [--dry-run] FILE.csv",
                    .about =
                        "Takes persons from a list in CSV (RFC 4180, UTF-8) with a header: name, numbers (by ;), card, family, "
                        "groups (by ;), note, in any\n"
                        "order. A line with a number that somebody has already is left alone, so a list may be given again. "
                        "One mistake, and nothing is\n"
                        "taken: each is named with its line. --dry-run: says what would be taken.\n"
                        "从 CSV 导入人员;有错则全部不导入并逐行指出;--dry-run 只检查。",
                    .positional = "FILE"};
  add_store_options(verb);
  verb.named.add_options()("dry-run", "takes nothing");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("FILE") == 0) return misuse(verb, "which file?");
  const auto what = store_of(verb, *options);
  if (!what) return misused;
  const auto& file = (*options)["FILE"].as<std::string>();
  std::ifstream from(file, std::ios::binary);
  std::string text;
  if (from) text.assign(std::istreambuf_iterator<char>(from), {});
  if (!from || text.size() > list_bytes_max) {
    std::cerr << fmt::format("cordboard: {}: {}\n", file, from ? "it is larger than 256 MiB" : "it cannot be read");
    return failed;
  }
  return guarded(*what, tongue, [&]() -> int {
    auto [in, keys] = open_store(*what);
    const bool dry = options->count("dry-run") != 0, zh = tongue == language::zh;
    const auto result = store::import_persons(*in, keys, text, dry, by(*options, *what));
    for (const std::string& one : result.problems) std::cerr << fmt::format("cordboard: {}: {}\n", file, one);
    if (!result.problems.empty()) return failed;
    std::cout << said(zh ? "{}{} 人,已有 {} 人\n" : "{}{} persons, {} are known\n",
                      dry ? (zh ? "将导入 " : "would take ") : (zh ? "已导入 " : "took "), result.added, result.known);
    return done;
  });
}

int store_merge(const arguments& given, language tongue) {
  return change_persons(
      {.usage = "cordboard store merge --store PLACE INTO FROM",
       .about =
           "FROM is the same person as INTO from now on; cordboard store split undoes it.\n将 FROM 并入 INTO;可用 split 撤销。",
       .positional = "INTO",
       .second = "FROM"},
      given, tongue, [](store::database& in, std::uint64_t into, std::uint64_t from, const store::change& how) {
        store::merge_persons(in, into, from, how);
        return fmt::format("{} <- {}", into, from);
      });
}

int store_split(const arguments& given, language tongue) {
  return change_persons({.usage = "cordboard store split --store PLACE ID",
                         .about = "An entry that was merged is a person of its own again.\n撤销合并。",
                         .positional = "ID"},
                        given, tongue, [](store::database& in, std::uint64_t id, std::uint64_t, const store::change& how) {
                          store::split_person(in, id, how);
                          return fmt::format("{}", id);
                        });
}

}  // namespace cordboard::cli
