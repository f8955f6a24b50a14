// SPDX-License-Identifier: Apache-2.0
// How long a search of a directory of 50,000 entries takes, beside SQLite's FTS5 and a scan of all lines, over the same queries in one
// run, in processor time.
//
// Queries are made of entries that are there: the whole pinyin, its first five letters, the initials, the name, two characters of it, a
// homophone, a part of the number, one letter. Whether the entry that was meant is among the twenty that are shown is counted too: FTS5 and
// the scan know the customary reading of each character, and neither parts of words nor sounds.
#include <algorithm>
#include <chrono>
#include <cordboard/directory.hpp>
#include <cstdio>
#include <cstring>
#include <directory/pinyin_table.hpp>
#include <directory/sounds.hpp>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <random>
#include <sqlite3.h>
#include <string>
#include <time.h>
#include <vector>

using namespace cordboard;

namespace {

constexpr std::size_t entries_count = 50000;
constexpr std::size_t shown = 20;

[[noreturn]] void stop(const std::string& what) {
  fmt::print(stderr, "directory_bench: {}\n", what);
  std::exit(1);
}

/// This thread's processor time: what else the machine does is not in it.
double cpu_us() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

std::string utf8(char32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  return {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
}
std::string utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) out += utf8(c);
  return out;
}
std::string spelled(std::u32string_view name, bool initials) {
  std::string out;
  for (const char32_t c : name) {
    const auto said = sounds::spelled(sounds::sounds_of(sounds::set_of(c)).front());
    out += initials ? said.substr(0, 1) : said;
  }
  return out;
}

/// Names as they are: a hundred surnames, and given names of one or two characters out of those that are common in names.
struct hospital {
  hospital() {
    const std::u32string surnames =
        U"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜"
        U"崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤单仇查解乐";
    const std::u32string given =
        U"伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建文辉力波斌莉兰梅鑫浩宇轩子涵雨欣怡晨阳志国海云飞龙春"
        U"雪琳倩颖佳慧婷雅思嘉俊峰鹏飞翔天泽昊然博睿梓萱诗语一诺可欣若曦雁翎薇蕾莹洁琴凤玲珍瑞祥福荣贵富生根林森木";
    const std::vector<std::string> departments{"放射科", "检验科",   "急诊科",     "药房",     "重症医学科",
                                               "妇产科", "呼吸内科", "心血管内科", "神经外科", "骨科"};
    const std::vector<std::string> specialities{"介入",   "哮喘",   "冠心病", "骨折", "儿童发育",
                                                "糖尿病", "高血压", "肿瘤",   "康复", "超声"};
    std::mt19937 random(42);
    csv = "id,kind,name,other_names,department,specialities,numbers\n";
    for (std::size_t i = 0; i < departments.size(); ++i)
      csv += fmt::format("d{},department,{},,,,{}\n", i, departments[i], 8000 + i);
    for (std::size_t i = 0; i + departments.size() < entries_count; ++i) {
      std::u32string name{surnames[random() % surnames.size()]};
      for (auto n = 1 + random() % 2; n-- > 0;) name += given[random() % given.size()];
      const auto number = fmt::format("139{:08}", i * 1999 % 100000000);
      names.push_back(name);
      numbers.push_back(number);
      csv += fmt::format("p{},person,{},{},d{},{},{}; {} internal\n", i, utf8(name), spelled(name, false),
                         i % departments.size(), specialities[random() % specialities.size()], 20000000 + i, number);
    }
  }
  std::string csv;
  std::vector<std::u32string> names;
  std::vector<std::string> numbers;
};

struct question {
  std::string kind, text, wanted;  ///< `wanted` is an id
};

std::vector<question> questions(const hospital& h, std::size_t each) {
  std::mt19937 random(9);
  std::vector<question> all;
  for (std::size_t i = 0; i < each; ++i) {
    const auto who = random() % h.names.size();
    const auto& name = h.names[who];
    const auto id = fmt::format("p{}", who);
    const auto add = [&](const char* kind, std::string text) { all.push_back({kind, std::move(text), id}); };
    add("pinyin", spelled(name, false));
    add("pinyin begun", spelled(name, false).substr(0, 5));
    add("initials", spelled(name, true));
    add("name", utf8(name));
    add("two characters", utf8(std::u32string_view(name).substr(name.size() - 2)));
    std::u32string alike;  // every character replaced by another one of the same sound
    for (const char32_t c : name) {
      const auto said = sounds::sounds_of(sounds::set_of(c)).front();
      const auto others = sounds::folded(pinyin::syllables[said].first);
      char32_t other = c;
      for (int tries = 0; tries < 50 && (other == c || other > 0xFFFF); ++tries) other = others[random() % others.size()];
      alike += other > 0xFFFF ? c : other;
    }
    add("homophones", utf8(alike));
    add("number", h.numbers[who]);
    add("end of a number", h.numbers[who].substr(5));
    add("one letter", spelled(name, true).substr(0, 1));
  }
  return all;
}

/// Finds the ids that are shown for a query.
using finder = std::function<std::vector<std::string>(const std::string&)>;

finder ours(const directory& d) {
  return [&d](const std::string& query) {
    std::vector<std::string> ids;
    for (const auto& hit : d.search(query, {disclosure::internal, shown})) ids.push_back(hit.entry->id);
    return ids;
  };
}

/// All lines, one after the other: name, pinyin, initials and numbers as texts.
finder scan(const directory& d) {
  struct line {
    std::string id, name, pinyin, initials, numbers;
  };
  auto lines = std::make_shared<std::vector<line>>();
  for (const auto& e : d.entries()) {
    const auto name = sounds::folded(e.name);
    std::string numbers;
    for (const auto& n : e.numbers) numbers += n.number.number + " ";
    lines->push_back({e.id, e.name, spelled(name, false), spelled(name, true), numbers});
  }
  return [lines](const std::string& query) {
    std::vector<std::pair<std::size_t, const line*>> found;
    for (const auto& l : *lines)
      for (const auto* text : {&l.name, &l.pinyin, &l.initials, &l.numbers})
        if (const auto at = text->find(query); at != std::string::npos) {
          found.emplace_back(at * 100 + text->size(), &l);
          break;
        }
    const auto count = std::min(shown, found.size());
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(),
                      [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(found[i].second->id);
    return ids;
  };
}

/// FTS5 in memory: a column each, found by their beginnings with indexes for two and three characters, ranked.
finder fts5(const directory& d) {
  sqlite3* db = nullptr;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) stop("sqlite");
  const auto run = [&](const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) stop(sqlite3_errmsg(db));
  };
  run("CREATE VIRTUAL TABLE f USING fts5(id UNINDEXED, name, pinyin, initials, numbers, prefix='2 3'); BEGIN");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO f VALUES(?,?,?,?,?)", -1, &insert, nullptr);
  for (const auto& e : d.entries()) {
    const auto name = sounds::folded(e.name);
    std::string numbers;
    for (const auto& n : e.numbers)
      numbers += (n.number.number.starts_with("+86") ? n.number.number.substr(3) : n.number.number) + " ";
    const std::string cells[] = {e.id, e.name, spelled(name, false), spelled(name, true), numbers};
    for (int i = 0; i < 5; ++i) sqlite3_bind_text(insert, i + 1, cells[i].c_str(), -1, SQLITE_TRANSIENT);
    if (sqlite3_step(insert) != SQLITE_DONE) stop(sqlite3_errmsg(db));
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  run("COMMIT");
  sqlite3_stmt* select = nullptr;
  sqlite3_prepare_v2(db, fmt::format("SELECT id FROM f WHERE f MATCH ? ORDER BY rank LIMIT {}", shown).c_str(), -1, &select,
                     nullptr);
  return [select](const std::string& query) {
    const auto match = fmt::format("\"{}\" *", query);
    sqlite3_bind_text(select, 1, match.c_str(), -1, SQLITE_TRANSIENT);
    std::vector<std::string> ids;
    while (sqlite3_step(select) == SQLITE_ROW) ids.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(select, 0)));
    sqlite3_reset(select);
    return ids;
  };
}

struct measured {
  std::vector<double> us;
  std::size_t found = 0;
};

double at(std::vector<double>& sorted, double part) {
  std::sort(sorted.begin(), sorted.end());
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int argc, char** argv) {
  const char* json = nullptr;
  std::size_t each = 200;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) json = argv[++i];
    if (std::strcmp(argv[i], "--quick") == 0) each = 30;
  }
  const hospital h;
  const auto before = std::chrono::steady_clock::now();
  const auto loaded = directory::read(h.csv, {}, {{"010", "0", 4}, "Asia/Shanghai"});
  const double load_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count();
  if (!loaded.problems.empty()) stop(describe(loaded.problems[0], "made", language::en));
  const auto asked = questions(h, each);
  const std::vector<std::pair<std::string, finder>> ways{
      {"cordboard", ours(loaded.value)}, {"scan", scan(loaded.value)}, {"sqlite_fts5", fts5(loaded.value)}};
  std::map<std::string, std::map<std::string, measured>> by_kind;  // by kind of question, then by way
  std::map<std::string, measured> by_way;
  // The ways take turns at each question, so that what else the machine does meets all of them.
  for (const auto& q : asked)
    for (const auto& [name, find] : ways) {
      const double begin = cpu_us();
      const auto ids = find(q.text);
      const double us = cpu_us() - begin;
      const bool there = std::find(ids.begin(), ids.end(), q.wanted) != ids.end();
      for (auto* m : {&by_kind[q.kind][name], &by_way[name]}) {
        m->us.push_back(us);
        m->found += there ? 1U : 0U;
      }
    }
  if (json == nullptr) {
    fmt::print(
        "{} entries, read and indexed in {:.0f} ms; CPU us at the median and the 99th percentile, and how often the wanted "
        "entry is "
        "shown\n",
        loaded.value.entries().size(), load_ms);
    fmt::print("{:<16}", "");
    for (const auto& [name, find] : ways) fmt::print("{:>26}", name);
    fmt::print("\n");
    for (auto& [kind, results] : by_kind) {
      fmt::print("{:<16}", kind);
      for (const auto& [name, find] : ways) {
        auto& m = results[name];
        fmt::print("{:>9.0f} {:>9.0f} {:>4.0f} %", at(m.us, 0.5), at(m.us, 0.99),
                   100.0 * static_cast<double>(m.found) / static_cast<double>(m.us.size()));
      }
      fmt::print("\n");
    }
    return 0;
  }
  std::FILE* const out = std::strcmp(json, "-") == 0 ? stdout : std::fopen(json, "w");
  if (out == nullptr) stop(json);
  const auto line = [&](const std::string& name, double value, const char* unit, const std::string& baseline, double of) {
    fmt::print(out,
               R"({{"name": "{}", "value": {:.1f}, "unit": "{}", "baseline": {}, "ratio": {}}})"
               "\n",
               name, value, unit, baseline.empty() ? "null" : '"' + baseline + '"',
               baseline.empty() ? "null" : fmt::format("{:.3f}", value / of));
  };
  for (const auto& [part, text] : {std::pair{0.5, "p50"}, {0.99, "p99"}, {1.0, "max"}})
    for (const auto* name : {"scan", "sqlite_fts5", "cordboard"}) {
      const bool is_ours = std::strcmp(name, "cordboard") == 0;
      const auto base = std::string("directory_search_") + text + "_scan";
      line(fmt::format("directory_search_{}_{}", text, name), at(by_way[name].us, part), "us",
           std::strcmp(name, "scan") == 0 ? "" : base, at(by_way["scan"].us, part));
      if (is_ours && part == 1.0) line("directory_read_50000", load_ms, "ms", "", 1);
    }
  for (const auto* name : {"scan", "sqlite_fts5", "cordboard"})
    line(fmt::format("directory_found_{}", name),
         100.0 * static_cast<double>(by_way[name].found) / static_cast<double>(asked.size()), "%", "", 1);
  if (out != stdout) std::fclose(out);
  return 0;
}
