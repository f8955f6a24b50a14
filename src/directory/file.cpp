// SPDX-License-Identifier: Apache-2.0
// The files of a directory: what each column takes, in English and Chinese, and everything that is wrong with them at once.
#include <algorithm>
#include <array>
#include <base/csv_rows.hpp>
#include <base/utf8.hpp>
#include <directory/contents.hpp>
#include <fmt/format.h>
#include <hours/text.hpp>
#include <set>

namespace cordboard {
namespace {

constexpr std::size_t text_max = 200;

struct column {
  std::string_view name;
  std::array<std::string_view, 2> zh;
  bool needed;
};
constexpr std::array entry_columns{column{"id", {"编号", "工号"}, true},
                                   column{"kind", {"类别", "类型"}, true},
                                   column{"name", {"名称", "姓名"}, true},
                                   column{"other_names", {"其他名称", "别名"}, false},
                                   column{"department", {"科室", "部门"}, false},
                                   column{"title", {"职务", "职称"}, false},
                                   column{"specialities", {"专长", "专业"}, false},
                                   column{"languages", {"语言", "语种"}, false},
                                   column{"numbers", {"号码", "电话"}, false}};
constexpr std::array roster_columns{column{"post", {"岗位", "科室"}, true}, column{"person", {"人员", "工号"}, true},
                                    column{"from", {"开始", "起"}, true}, column{"to", {"结束", "止"}, true},
                                    column{"role", {"角色", "AB角"}, false}};
constexpr std::array card_columns{column{"id", {"编号", "卡号"}, true},          column{"title", {"标题", "问题"}, true},
                                  column{"words", {"关键词", "别名"}, false},    column{"department", {"科室", "部门"}, false},
                                  column{"text", {"答复", "内容"}, true},        column{"owner", {"负责人", "维护人"}, true},
                                  column{"until", {"有效期至", "有效期"}, false}};
constexpr std::array<std::array<std::string_view, 3>, 3> kinds{
    {{"department", "科室", "部门"}, {"place", "地点", "窗口"}, {"person", "人员", "人"}}};
constexpr std::array<std::array<std::string_view, 2>, 3> disclosures{
    {{"told", "可告知"}, {"through", "只转接"}, {"internal", "内部"}}};

template <class Table>
int place_in(const Table& table, std::string_view word) {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (std::find(table[i].begin(), table[i].end(), word) != table[i].end()) return static_cast<int>(i);
  return -1;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

phrase shown(std::string_view text) {
  if (text.empty()) return {"nothing", "空"};
  return {fmt::format("\"{}\"", text), fmt::format("“{}”", text)};
}

/// A list within a cell: by ; or the full-width one or the Chinese enumeration comma.
std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> all;
  std::string one;
  const auto end = [&] {
    if (const auto t = trimmed(one); !t.empty()) all.emplace_back(t);
    one.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    if (rest[0] == ';') {
      end();
    } else if (rest.starts_with("；") || rest.starts_with("、")) {
      end();
      i += 2;
    } else {
      one += rest[0];
    }
  }
  end();
  return all;
}

/// A table whose columns have names: rows in terms of them.
template <std::size_t N>
class sheet {
public:
  sheet(std::string_view text, const std::array<column, N>& columns, std::vector<config_problem>& problems)
      : columns_(columns), problems_(problems), rows_(csv::read(text, problems)) {
    at_.fill(-1);
    if (rows_.empty()) {
      if (problems.empty()) problems.push_back({1, 1, "", {"nothing", "空文件"}, expected()});
      return;
    }
    for (std::size_t c = 0; c < rows_[0].size(); ++c) {
      const auto& head = rows_[0][c];
      const auto word = trimmed(head.text);
      const auto hit = std::find_if(columns.begin(), columns.end(), [&](const column& k) {
        return k.name == word || std::find(k.zh.begin(), k.zh.end(), word) != k.zh.end();
      });
      if (hit == columns.end() || at_[static_cast<std::size_t>(hit - columns.begin())] >= 0)
        tell(head, "", shown(word), expected());
      else
        at_[static_cast<std::size_t>(hit - columns.begin())] = static_cast<int>(c);
    }
    for (std::size_t k = 0; k < N; ++k)
      if (columns[k].needed && at_[k] < 0)
        tell(rows_[0][0], columns[k].name, {"no such column", "没有此列"},
             {fmt::format("a column {}", columns[k].name), fmt::format("列“{}”", columns[k].zh[0])});
    good_ = problems.empty();
  }

  /// Calls `each(row)` for every row below the head; none when the head is wrong.
  template <class Each>
  void for_each(Each each) {
    for (std::size_t r = 1; good_ && r < rows_.size(); ++r) {
      const auto& row = rows_[r];
      if (row.size() > rows_[0].size()) {
        const auto cells = [](std::size_t n) { return phrase{fmt::format("{} cells", n), fmt::format("{} 格", n)}; };
        tell(row[rows_[0].size()], "", cells(row.size()), cells(rows_[0].size()));
        continue;
      }
      each(row);
    }
  }
  /// The cell of a column; one that is not there stands at the row's beginning and is empty.
  csv::cell cell(const csv::row& row, std::size_t column) const {
    const auto at = at_[column];
    if (at < 0 || static_cast<std::size_t>(at) >= row.size()) return {{}, row[0].line, row[0].column};
    csv::cell found = row[static_cast<std::size_t>(at)];
    found.text = std::string(trimmed(found.text));
    return found;
  }
  void tell(const csv::cell& where, std::string_view key, phrase found, phrase expected) {
    problems_.push_back({where.line, where.column, std::string(key), std::move(found), std::move(expected)});
  }
  /// The cell as a text that people are shown.
  std::string text(const csv::row& row, std::size_t column, std::size_t most = text_max) {
    const auto c = cell(row, column);
    if (!is_plain_text(c.text) || utf8_length(c.text) > most || (columns_[column].needed && c.text.empty()))
      tell(c, columns_[column].name, shown(is_plain_text(c.text) ? c.text.substr(0, 60) : "?"),
           {fmt::format("a text of 1 to {} characters without control characters", most),
            fmt::format("1 至 {} 个字符的文本,不含控制字符", most)});
    return c.text;
  }

private:
  phrase expected() const {
    std::string en, zh;
    for (const auto& c : columns_)
      en += fmt::format("{}{}", en.empty() ? "" : ", ", c.name), zh += fmt::format("{}{}", zh.empty() ? "" : "、", c.zh[0]);
    return {"a header row of " + en, "表头:" + zh};
  }
  const std::array<column, N>& columns_;
  std::vector<config_problem>& problems_;
  std::vector<csv::row> rows_;
  std::array<int, N> at_{};
  bool good_ = false;
};

/// "13800138000 internal 08:00-17:30": the number, then what is said of it.
std::optional<directory_number> number_of(std::string_view text, directory_kind of, const number_plan& plan) {
  directory_number n;
  n.see = of == directory_kind::person ? disclosure::through : disclosure::told;
  for (;;) {
    const auto space = text.rfind(' ');
    if (space == std::string_view::npos) break;
    const auto word = text.substr(space + 1);
    const int see = place_in(disclosures, word);
    const auto span = hours::read_span(word);
    if (see < 0 && !span) break;
    if (see >= 0) n.see = static_cast<disclosure>(see);
    if (span) n.when.push_back(*span);
    text = trimmed(text.substr(0, space));
  }
  n.number = normalise_number(text, plan);
  if (n.number.kind == number_kind::none || !hours::in_order(n.when)) return std::nullopt;
  return n;
}

}  // namespace

namespace directory_file {

void read_entries(std::string_view text, const number_plan& plan, std::vector<directory_entry>& to,
                  std::vector<config_problem>& problems) {
  sheet table(text, entry_columns, problems);
  std::map<std::string, std::uint32_t, std::less<>> ids;
  std::vector<std::pair<std::size_t, csv::cell>> departments;  // to be looked up when all ids are known
  table.for_each([&](const csv::row& row) {
    directory_entry e;
    e.id = table.text(row, 0);
    const auto id = table.cell(row, 0), kind = table.cell(row, 1);
    if (const auto [hit, fresh] = ids.try_emplace(e.id, id.line); !fresh && !e.id.empty())
      table.tell(
          id, "id",
          {fmt::format("\"{}\", as in line {}", e.id, hit->second), fmt::format("“{}”,与第 {} 行相同", e.id, hit->second)},
          {"an id of its own", "不重复的编号"});
    const int is = place_in(kinds, kind.text);
    if (is < 0) table.tell(kind, "kind", shown(kind.text), {"department, place or person", "科室、地点或人员"});
    e.kind = static_cast<directory_kind>(std::max(is, 0));
    e.name = table.text(row, 2);
    e.other_names = list_of(table.text(row, 3));
    e.department = table.text(row, 4);
    if (!e.department.empty()) departments.emplace_back(to.size(), table.cell(row, 4));
    e.title = table.text(row, 5);
    e.specialities = list_of(table.text(row, 6));
    e.languages = list_of(table.text(row, 7));
    const auto numbers = table.cell(row, 8);
    for (const auto& one : list_of(numbers.text)) {
      if (const auto n = number_of(one, e.kind, plan))
        e.numbers.push_back(*n);
      else
        table.tell(
            numbers, "numbers", shown(one),
            {"a number, then told, through or internal and parts of the day, such as \"8021\" or \"13800138000 internal\"",
             "号码,其后可加 可告知、只转接、内部 及时段,如 \"8021\"、\"13800138000 内部\""});
    }
    to.push_back(std::move(e));
  });
  // People write the department's name as well as its number; it must be one department's.
  std::map<std::string_view, std::pair<std::string_view, int>> named;
  for (const auto& e : to)
    if (e.kind == directory_kind::department) {
      auto& one = named[e.name];
      one = {e.id, one.second + 1};
    }
  for (const auto& [entry, where] : departments) {
    auto& e = to[entry];
    if (ids.contains(e.department)) continue;
    const auto hit = named.find(e.department);
    if (hit != named.end() && hit->second.second == 1)
      e.department = hit->second.first;
    else
      table.tell(where, "department", shown(e.department), {"the id or the name of one department", "某一科室的编号或名称"});
  }
}

void read_roster(std::string_view text, const hours::schedule& clock, const std::vector<directory_entry>& entries,
                 std::vector<duty>& to, std::vector<config_problem>& problems) {
  sheet table(text, roster_columns, problems);
  std::set<std::string_view> persons;
  std::map<std::string_view, std::string_view> named;
  for (const auto& e : entries) {
    named.try_emplace(e.name, e.id);
    if (e.kind == directory_kind::person) persons.insert(e.id);
  }
  table.for_each([&](const csv::row& row) {
    duty d;
    d.post = table.text(row, 0);
    d.person = table.text(row, 1);
    if (!persons.contains(d.person) && !d.person.empty())
      table.tell(table.cell(row, 1), "person", shown(d.person), {"the id of a person in the directory", "通讯录中人员的编号"});
    if (const auto hit = named.find(d.post); hit != named.end()) d.post = hit->second;
    const auto time = [&](std::size_t column, std::string_view key) {
      const auto c = table.cell(row, column);
      const auto at = clock.read_instant(c.text);
      if (!at) table.tell(c, key, shown(c.text), {"a time such as \"2026-11-23 08:00\"", "时间,如 \"2026-11-23 08:00\""});
      return at.value_or(0);
    };
    d.from = time(2, "from");
    d.to = time(3, "to");
    if (d.from != 0 && d.to != 0 && d.to <= d.from)
      table.tell(table.cell(row, 3), "to", shown(table.cell(row, 3).text), {"a time after from", "晚于开始的时间"});
    const auto role = table.cell(row, 4);
    if (role.text != "A" && role.text != "B" && !role.text.empty())
      table.tell(role, "role", shown(role.text), {"A or B", "A 或 B"});
    d.backup = role.text == "B";
    to.push_back(std::move(d));
  });
}

void read_cards(std::string_view text, const hours::schedule& clock, const std::vector<directory_entry>& entries,
                std::vector<answer_card>& to, std::vector<config_problem>& problems) {
  constexpr std::size_t answer_max = 2000;
  constexpr std::int64_t day_ns = std::int64_t{86400} * 1'000'000'000;
  sheet table(text, card_columns, problems);
  std::map<std::string, std::uint32_t, std::less<>> ids;
  std::map<std::string_view, std::string_view> known;
  for (const auto& e : entries) known.try_emplace(e.id, e.id);
  for (const auto& e : entries)
    if (e.kind == directory_kind::department) known.try_emplace(e.name, e.id);
  table.for_each([&](const csv::row& row) {
    answer_card c;
    c.id = table.text(row, 0, 64);
    const auto id = table.cell(row, 0);
    if (const auto [hit, fresh] = ids.try_emplace(c.id, id.line); !fresh && !c.id.empty())
      table.tell(
          id, "id",
          {fmt::format("\"{}\", as in line {}", c.id, hit->second), fmt::format("“{}”,与第 {} 行相同", c.id, hit->second)},
          {"an id of its own", "不重复的编号"});
    c.title = table.text(row, 1);
    c.words = list_of(table.text(row, 2));
    c.department = table.text(row, 3);
    if (!c.department.empty()) {
      const auto hit = known.find(c.department);
      if (hit == known.end())
        table.tell(table.cell(row, 3), "department", shown(c.department),
                   {"the id or the name of a department", "科室的编号或名称"});
      else
        c.department = hit->second;
    }
    c.text = table.text(row, 4, answer_max);
    c.owner = table.text(row, 5);
    const auto until = table.cell(row, 6);
    const auto at = until.text.empty() ? std::optional<std::int64_t>(0) : clock.read_instant(until.text + " 00:00");
    if (!at) table.tell(until, "until", shown(until.text), {"a day such as \"2026-12-31\"", "日期,如 \"2026-12-31\""});
    if (at && *at != 0) c.until = *at + day_ns;  // the day itself is the last one
    to.push_back(std::move(c));
  });
}

}  // namespace directory_file
}  // namespace cordboard
