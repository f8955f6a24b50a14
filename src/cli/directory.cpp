// SPDX-License-Identifier: Apache-2.0
// cordboard directory: checks, searches, imports and exports a directory, and says who is on duty.
#include <cordboard/client.hpp>
#include <cordboard/directory.hpp>
#include <chrono>
#include <cli/options.hpp>
#include <cli/signals.hpp>
#include <cstdio>
#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>

namespace cordboard::cli {
namespace {

namespace po = boost::program_options;

constexpr std::string_view usage_text =
    "cordboard directory check FILE [--roster FILE] [--days N]\n"
    "       cordboard directory search FILE WORDS [--cards FILE] [--see told|through|internal]\n"
    "       cordboard directory duty FILE POST --roster FILE [--at \"2026-11-23 08:00\"]\n"
    "       cordboard directory import FROM TO\n"
    "       cordboard directory export FILE [--see told|through|internal]\n"
    "       cordboard directory watch FILE RUN --roster FILE [--every SECONDS]";

std::optional<std::string> content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::cerr << "cordboard: " << path << ": it cannot be read\n";
    return std::nullopt;
  }
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

/// What every part of the verb begins with: both files, and nothing wrong with them.
struct opened {
  const po::variables_map& options;
  language tongue;
  bool zh = tongue == language::zh;
  directory value{};
  disclosure see = disclosure::told;

  /// An exit code, when it is over already.
  std::optional<int> open(const std::string& path) {
    static constexpr std::string_view levels[] = {"told", "through", "internal"};
    const auto& level = options["see"].as<std::string>();
    const auto hit = std::find(std::begin(levels), std::end(levels), level);
    if (hit == std::end(levels)) {
      std::cerr << "cordboard: --see takes told, through or internal, not \"" << level << "\"\n";
      return misused;
    }
    see = static_cast<disclosure>(hit - std::begin(levels));
    const auto csv = content_of(path);
    const auto roster_path = text_of(options, "roster");
    const auto roster = roster_path.empty() ? std::optional(std::string()) : content_of(roster_path);
    const auto cards_path = options.count("cards") != 0 ? options["cards"].as<std::string>() : std::string();
    const auto cards = cards_path.empty() ? std::optional(std::string()) : content_of(cards_path);
    if (!csv || !roster || !cards) return failed;
    directory_options how;
    how.plan.area_code = options["area"].as<std::string>();
    how.plan.extension_digits = static_cast<std::uint8_t>(options["extension-digits"].as<unsigned>());
    how.time_zone = options["zone"].as<std::string>();
    how.cards = *cards;
    const auto loaded = directory::read(*csv, *roster, how);
    for (const auto& p : loaded.problems) std::cout << describe(p, path, tongue) << '\n';
    for (const auto& p : loaded.roster_problems) std::cout << describe(p, roster_path, tongue) << '\n';
    for (const auto& p : loaded.card_problems) std::cout << describe(p, cards_path, tongue) << '\n';
    if (const auto count = loaded.problems.size() + loaded.roster_problems.size() + loaded.card_problems.size(); count != 0) {
      std::cout << (zh ? fmt::format("{}: {} 处错误\n", path, count)
                       : fmt::format("{}: {} problem{}\n", path, count, count == 1 ? "" : "s"));
      return failed;
    }
    value = loaded.value;
    return std::nullopt;
  }
  /// Now, or what --at says; nothing when it cannot be read.
  std::optional<std::int64_t> time() const {
    if (options.count("at") == 0) return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    const auto at = value.instant(options["at"].as<std::string>());
    if (at >= 0) return at;
    std::cerr << "cordboard: --at takes a time such as \"2026-11-23 08:00\"\n";
    return std::nullopt;
  }
  std::string name_of(const std::string& id) const {
    const auto* e = value.find(id);
    return e != nullptr ? fmt::format("{} {}", id, e->name) : id;
  }
  /// "8004 放射科 Radiology  8004 8021".
  std::string line_of(const directory_entry& e, std::int64_t at) const {
    std::string line = fmt::format("{}  {}", e.id, e.name);
    for (const auto& other : e.other_names) line += " · " + other;
    if (!e.title.empty()) line += "  " + e.title;
    if (!e.department.empty()) line += "  " + name_of(e.department);
    for (const auto& n : value.numbers_of(e, at, see))
      line += "  " + n.number.number + (n.number.extension.empty() ? "" : "-" + n.number.extension);
    return line;
  }
};

int check_files(const opened& it) {
  const auto& all = it.value.entries();
  std::map<directory_kind, std::size_t> count;
  for (const auto& e : all) ++count[e.kind];
  std::cout << (it.zh ? fmt::format("通讯录正确(科室 {},地点 {},人员 {},值班 {})\n", count[directory_kind::department],
                                    count[directory_kind::place], count[directory_kind::person], it.value.duties().size())
                      : fmt::format("in order (departments {}, places {}, persons {}, duties {})\n",
                                    count[directory_kind::department], count[directory_kind::place],
                                    count[directory_kind::person], it.value.duties().size()));
  const auto from = it.time();
  if (!from) return misused;
  const auto days = it.options["days"].as<unsigned>();
  const auto found = it.value.check_duties(*from, *from + std::int64_t{days} * 86400 * 1'000'000'000);
  for (const auto& w : found) {
    const auto post = it.name_of(w.post), span = fmt::format("{} – {}", it.value.wall(w.from), it.value.wall(w.to));
    switch (w.what) {
      case duty_warning::kind::gap:
        std::cout << fmt::format(fmt::runtime(it.zh ? "{}: {} 无人值班\n" : "{}: {} nobody is on duty\n"), post, span);
        break;
      case duty_warning::kind::overlap:
        std::cout << fmt::format(fmt::runtime(it.zh ? "{}: {} {} 与 {} 重复值班\n" : "{}: {} both {} and {} are on duty\n"),
                                 post, span, it.name_of(w.person), it.name_of(w.other));
        break;
      case duty_warning::kind::twice:
        std::cout << fmt::format(fmt::runtime(it.zh ? "{}: {} {} 同时在 {} 值班\n" : "{}: {} {} is on duty at {} too\n"), post,
                                 span, it.name_of(w.person), it.name_of(w.other));
        break;
    }
  }
  bool stale = false;
  for (const auto& c : it.value.cards()) {
    if (c.until == 0 || c.until > *from) continue;
    stale = true;
    std::cout << fmt::format(
        fmt::runtime(it.zh ? "[{}] {} 已过有效期,请 {} 核对\n" : "[{}] {}: its time is over; {} looks at it\n"), c.id, c.title,
        it.name_of(c.owner));
  }
  return found.empty() && !stale ? done : failed;
}

int search_files(const opened& it, const std::string& words) {
  const auto at = it.time();
  if (!at) return misused;
  const auto hits = it.value.search(words, {it.see, 20});
  for (const auto& hit : hits) std::cout << it.line_of(*hit.entry, *at) << '\n';
  const auto cards = it.value.search_cards(words, *at);
  for (const auto& hit : cards) {
    const auto of = hit.card->department.empty() ? std::string() : "  " + it.name_of(hit.card->department);
    const auto over = !hit.expired ? "" : it.zh ? "  [已过有效期]" : "  [its time is over]";
    std::cout << fmt::format("[{}] {}{}{}\n    {}\n", hit.card->id, hit.card->title, of, over, hit.card->text);
  }
  const bool nothing = hits.empty() && cards.empty();
  if (nothing) std::cerr << (it.zh ? "未找到\n" : "nothing was found\n");
  return nothing ? failed : done;
}

int duty_of(const opened& it, const std::string& post) {
  const auto at = it.time();
  if (!at) return misused;
  const auto there = it.value.on_duty(post, *at);
  for (const auto& d : there) {
    const auto* person = it.value.find(d.person);
    std::cout << fmt::format("{}  {} {}  {}\n", d.backup ? 'B' : 'A', it.zh ? "至" : "until", it.value.wall(d.to),
                             person != nullptr ? it.line_of(*person, *at) : d.person);
  }
  if (there.empty()) std::cerr << (it.zh ? "无人值班\n" : "nobody is on duty\n");
  return there.empty() ? failed : done;
}

/// Takes what was read to its place in one act, in the one form of every number, and says what has changed there.
int import_to(const opened& it, const std::string& to) {
  std::map<std::string, directory_entry> before;
  if (std::filesystem::exists(to)) {
    opened old{it.options, it.tongue};
    if (const auto over = old.open(to)) return *over;
    for (const auto& e : old.value.entries()) before.emplace(e.id, e);
  }
  std::size_t added = 0, changed = 0;
  for (const auto& e : it.value.entries()) {
    const auto was = before.find(e.id);
    if (was == before.end())
      ++added;
    else if (was->second != e)
      ++changed;
    if (was != before.end()) before.erase(was);
  }
  const auto fresh = to + ".new";
  std::ofstream file(fresh, std::ios::binary);
  file << it.value.to_csv();
  file.close();
  if (!file || std::rename(fresh.c_str(), to.c_str()) != 0) {
    std::cerr << "cordboard: " << to << ": it cannot be written\n";
    return failed;
  }
  std::cout << (it.zh ? fmt::format("{}: 共 {} 条,新增 {},更改 {},删除 {}\n", to, it.value.entries().size(), added, changed,
                                    before.size())
                      : fmt::format("{}: {} entries, {} added, {} changed, {} removed\n", to, it.value.entries().size(), added,
                                    changed, before.size()));
  return done;
}

/// Tells the board at `run` for which posts of the roster nobody is there now, and when somebody is again. The files are read anew each
/// time; while they are not in order, what they said last holds.
int watch_roster(opened it, const std::string& path, const std::string& run) {
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  const auto came = [&](int) {
    const std::lock_guard lock(mutex);
    over = true;
    changed.notify_all();
  };
  const signals stop(came);
  diagnostics why;
  auto board = client::attach(run, &why);
  if (!board) {
    std::cerr << "cordboard: " << why.our_text() << '\n';
    return failed;
  }
  const auto every = std::chrono::seconds(it.options["every"].as<unsigned>());
  const auto look_ahead = std::int64_t{7} * 86400 * 1'000'000'000;
  std::map<std::string, bool> unmanned;  // as the board was told
  for (std::unique_lock lock(mutex); !over; changed.wait_for(lock, every, [&] { return over; })) {
    opened fresh{it.options, it.tongue};
    if (!fresh.open(path)) it.value = fresh.value;
    const auto now = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    std::map<std::string, std::int64_t> gaps;
    for (const auto& w : it.value.check_duties(now, now + look_ahead))
      if (w.what == duty_warning::kind::gap && w.from == now) gaps[w.post] = w.to < now + look_ahead ? w.to : 0;
    for (const auto& d : it.value.duties()) unmanned.try_emplace(d.post, false);
    for (auto& [post, told] : unmanned) {
      const auto gap = gaps.find(post);
      if ((gap != gaps.end()) == told) continue;
      auto c = static_cast<command>(
          cmd::report_post{it.name_of(post), static_cast<std::uint16_t>(told ? 2 : 1), told ? 0 : gap->second});
      c.id = random_command_id();
      c.deadline_ns = now + 10'000'000'000;
      const auto answer = board->submit(c);
      // A board that knew of it from the run before says so; one that is away is told the next time.
      if (!answer && answer.error() != errc::call_wrong_state) continue;
      told = !told;
      std::cout << (told ? (it.zh ? "无人值班 " : "nobody is on duty: ") : (it.zh ? "有人值班 " : "somebody is on duty: "))
                << it.name_of(post) << std::endl;
    }
  }
  return done;
}

}  // namespace

int directory_files(const arguments& given, language tongue) {
  verb_options verb{
      .usage = std::string(usage_text),
      .about =
          "Checks, searches, imports and exports a directory (CSV; see <cordboard/directory.hpp>), and says who is on duty.\n"
          "watch tells the board that serves the folder RUN for which posts of the roster nobody is on duty now.\n"
          "search finds by name, part, speciality, department, number, pinyin (fangshe), initials (fsk) and sound. Exit\n"
          "code 0: done; 1: not in order, or nothing was found; 2: the command line is wrong.",
      .positional = "FILE",
      .second = "WHAT"};
  verb.named.add_options()("roster", po::value<std::string>()->value_name("FILE"), "who is on duty when")(
      "cards", po::value<std::string>()->value_name("FILE"), "answer cards, searched too; check tells whose time is over")(
      "see", po::value<std::string>()->value_name("LEVEL")->default_value("told"),
      "numbers that may be seen: told, through, internal")("at", po::value<std::string>()->value_name("TIME"),
                                                           "at this local time instead of now")(
      "days", po::value<unsigned>()->default_value(14), "so many days of the roster are looked at")(
      "area", po::value<std::string>()->value_name("CODE")->default_value(""), "the house's area code, such as 010")(
      "extension-digits", po::value<unsigned>()->default_value(4), "digits of an extension")(
      "zone", po::value<std::string>()->default_value("Asia/Shanghai"), "time zone of the house")(
      "every", po::value<unsigned>()->default_value(30), "watch: seconds between two looks at the files");
  const std::string part = given.empty() ? std::string() : given[0];
  const bool needs_two = part == "search" || part == "duty" || part == "import" || part == "watch";
  if (!needs_two && part != "check" && part != "export" && part != "--help" && part != "-h") {
    std::cerr << "Usage: " << verb.usage << '\n';
    return misused;
  }
  int code = done;
  const auto options =
      read_options(verb, part.starts_with('-') ? given : arguments(given.begin() + 1, given.end()), tongue, code);
  if (!options) return code;
  if (options->count("FILE") == 0 || (options->count("WHAT") != 0) != needs_two) {
    std::cerr << "Usage: " << verb.usage << '\n';
    return misused;
  }
  opened it{*options, tongue};
  if (const auto over = it.open((*options)["FILE"].as<std::string>())) return *over;
  if (part == "check") return check_files(it);
  if (part == "export") {
    std::cout << it.value.to_csv(it.see);
    return done;
  }
  const auto& what = (*options)["WHAT"].as<std::string>();
  if (part == "watch") return watch_roster(it, (*options)["FILE"].as<std::string>(), what);
  return part == "search" ? search_files(it, what) : part == "duty" ? duty_of(it, what) : import_to(it, what);
}

}  // namespace cordboard::cli
