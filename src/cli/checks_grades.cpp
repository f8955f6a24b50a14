// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <base/csv_rows.hpp>
#include <charconv>
#include <cli/checks_grades.hpp>
#include <figures/report_json.hpp>
#include <figures/shown.hpp>
#include <fmt/format.h>
#include <optional>
#include <set>

namespace cordboard::cli {
namespace {

constexpr std::array<std::string_view, check_ways> way_names{"self", "mutual", "supervisor"};

std::optional<double> score_in(const std::string& text) {
  double out = 0;
  const auto got = std::from_chars(text.data(), text.data() + text.size(), out);
  if (got.ec != std::errc{} || got.ptr != text.data() + text.size() || !(out >= 0 && out <= 100)) return std::nullopt;
  return out;
}

bool said_yes(const std::string& text) { return !text.empty() && text != "no" && text != "0" && text != "否"; }

/// One call as one person judged it.
struct judged {
  std::string operator_;
  check_way way{};
  double mean = 0;
};

class sheet_reader {
public:
  explicit sheet_reader(grades& to) : to_(to) {}

  void read(const std::string& name, const std::string& content) {
    std::vector<config_problem> problems;
    const auto rows = csv::read(content, problems);
    for (const config_problem& one : problems) to_.problems.push_back(describe(one, name, language::en));
    if (rows.empty()) return;
    std::map<std::string, std::size_t, std::less<>> columns;
    std::vector<std::pair<std::string, std::size_t>> items;
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
      const std::string& column = rows[0][i].text;
      columns[column] = i;
      if (std::find(sheet_columns.begin(), sheet_columns.end(), column) != sheet_columns.end()) continue;
      items.emplace_back(column, i);
      if (std::find(to_.items.begin(), to_.items.end(), column) == to_.items.end()) to_.items.push_back(column);
    }
    for (const char* needed : {"call", "operator", "way"})
      if (columns.count(needed) == 0) return to_.problems.push_back(fmt::format("{}: there is no column {}", name, needed));
    for (std::size_t r = 1; r < rows.size(); ++r) row(name, rows[r], columns, items);
  }

  void compare() {
    for (const auto& [call, all] : judged_) {
      const auto mean = [&](check_way way) {
        score of;
        for (const judged& one : all)
          if (one.way == way) of.add(one.mean);
        return of;
      };
      const score superior = mean(check_way::supervisor);
      if (superior.count == 0) continue;
      operator_grades& who = to_.operators[all.front().operator_];
      const auto against = [&](check_way way, score operator_grades::*less) {
        const score other = mean(way);
        if (other.count == 0) return;
        const double difference =
            superior.sum / static_cast<double>(superior.count) - other.sum / static_cast<double>(other.count);
        (who.*less).add(difference);
        (to_.team.*less).add(difference);
      };
      against(check_way::self, &operator_grades::less_self);
      against(check_way::mutual, &operator_grades::less_mutual);
    }
  }

private:
  void row(const std::string& name, const csv::row& cells, const std::map<std::string, std::size_t, std::less<>>& columns,
           const std::vector<std::pair<std::string, std::size_t>>& items) {
    const auto text = [&](std::size_t at) { return at < cells.size() ? cells[at].text : std::string(); };
    const auto cell = [&](const char* column) {
      const auto it = columns.find(column);
      return it != columns.end() ? text(it->second) : std::string();
    };
    const auto wrong = [&](const std::string& what) {
      to_.problems.push_back(fmt::format("{}:{}: {}", name, cells.front().line, what));
    };
    std::map<std::string, double> scores;
    for (const auto& [item, at] : items) {
      if (text(at).empty()) continue;
      const auto given = score_in(text(at));
      if (!given) return wrong(fmt::format("{} is a score from 0 to 100, not \"{}\"", item, text(at)));
      scores[item] = *given;
    }
    const bool red = said_yes(cell("red_line"));
    if (scores.empty() && !red) {
      ++to_.empty;
      return;
    }
    const auto way = std::find(way_names.begin(), way_names.end(), cell("way"));
    if (way == way_names.end()) return wrong(fmt::format("way is self, mutual or supervisor, not \"{}\"", cell("way")));
    if (!seen_.insert({cell("call"), cell("checker"), cell("way")}).second)
      return wrong(fmt::format("{} was checked by {} already", cell("call"), cell("checker")));
    const auto place = static_cast<std::size_t>(way - way_names.begin());
    score mean;
    for (operator_grades* who : {&to_.operators[cell("operator")], &to_.team}) {
      mean = {};
      for (const auto& [item, given] : scores) {
        who->items[place][item].add(given);
        mean.add(given);
      }
      if (mean.count != 0) who->calls[place].add(mean.sum / static_cast<double>(mean.count));
      who->red_lines[place] += red ? 1 : 0;
    }
    if (mean.count != 0)
      judged_[cell("call")].push_back(
          {cell("operator"), static_cast<check_way>(place), mean.sum / static_cast<double>(mean.count)});
  }

  grades& to_;
  std::map<std::string, std::vector<judged>> judged_;
  std::set<std::array<std::string, 3>> seen_;
};

std::string shown(const score& of, bool sign = false) {
  if (of.count == 0) return "–";
  const double mean = of.sum / static_cast<double>(of.count);
  return fmt::format(fmt::runtime(sign ? "{:+.1f} (n {})" : "{:.1f} (n {})"), mean, of.count);
}

const figures_row* row_of(const figures_report* of, const std::string& label) {
  if (of == nullptr) return nullptr;
  const auto it = std::find_if(of->rows.begin(), of->rows.end(),
                               [&](const figures_row& row) { return row.labels.empty() || row.labels[0] == label; });
  return it != of->rows.end() ? &*it : nullptr;
}

/// Each operator, then all together.
template <class Each>
void for_each_sheet(const grades& all, const figures_report* beside, const figures_report* team, Each&& each) {
  std::set<std::string> names;
  for (const auto& [who, unused] : all.operators) names.insert(who);
  if (beside != nullptr)
    for (const figures_row& row : beside->rows)
      if (row.labels[0] != "-") names.insert(row.labels[0]);
  static const operator_grades none;
  for (const std::string& who : names) {
    const auto it = all.operators.find(who);
    each(who, it != all.operators.end() ? it->second : none, beside, row_of(beside, who));
  }
  each(std::string(), all.team, team, row_of(team, ""));
}

}  // namespace

grades add_up(const std::vector<std::pair<std::string, std::string>>& sheets) {
  grades out;
  sheet_reader reader(out);
  for (const auto& [name, content] : sheets) reader.read(name, content);
  reader.compare();
  return out;
}

std::string grades_text(const grades& all, const figures_report* beside, const figures_report* team, language tongue) {
  const bool zh = tongue == language::zh;
  constexpr std::array<std::string_view, check_ways> zh_names{"自查", "互查", "抽查"};
  std::string out;
  for_each_sheet(all, beside, team,
                 [&](const std::string& who, const operator_grades& of, const figures_report* figures, const figures_row* row) {
                   out += fmt::format("{}\n", who.empty() ? (zh ? "全组" : "The team") : who);
                   for (std::size_t way = 0; way < check_ways; ++way) {
                     if (of.calls[way].count == 0 && of.red_lines[way] == 0) continue;
                     out += fmt::format("  {:<12} {}", zh ? zh_names[way] : way_names[way], shown(of.calls[way]));
                     for (const std::string& item : all.items)
                       if (const auto it = of.items[way].find(item); it != of.items[way].end())
                         out += fmt::format("  {} {}", item, shown(it->second));
                     if (of.red_lines[way] != 0) out += fmt::format("  {} {}", zh ? "红线" : "RED LINE", of.red_lines[way]);
                     out += '\n';
                   }
                   if (of.less_self.count != 0)
                     out += fmt::format("  {} {}\n", zh ? "抽查 − 自查" : "superior − self", shown(of.less_self, true));
                   if (of.less_mutual.count != 0)
                     out += fmt::format("  {} {}\n", zh ? "抽查 − 互查" : "superior − colleague", shown(of.less_mutual, true));
                   if (row == nullptr) return;
                   for (std::size_t i = 0; i < figures->figures.size(); ++i)
                     out += fmt::format("  {}  {}\n", figures->figures[i]->title[static_cast<std::size_t>(tongue)],
                                        figures::shown(*figures->figures[i], row->values[i]));
                 });
  if (all.empty != 0) out += fmt::format(fmt::runtime(zh ? "尚未填写:{} 行\n" : "{} rows are not filled in\n"), all.empty);
  return out;
}

std::string grades_csv(const grades& all, const figures_report* beside, const figures_report* team) {
  std::string out = "operator,what,way,value,n\r\n";
  for_each_sheet(all, beside, team,
                 [&](const std::string& who, const operator_grades& of, const figures_report* figures, const figures_row* row) {
                   const auto line = [&](std::string_view what, std::string_view way, const score& s) {
                     if (s.count != 0)
                       out += fmt::format("{},{},{},{},{}\r\n", csv::written(who), csv::written(what), way,
                                          s.sum / static_cast<double>(s.count), s.count);
                   };
                   for (std::size_t way = 0; way < check_ways; ++way) {
                     line("score", way_names[way], of.calls[way]);
                     for (const auto& [item, s] : of.items[way]) line(item, way_names[way], s);
                     if (of.red_lines[way] != 0)
                       out += fmt::format("{},red_lines,{},{},\r\n", csv::written(who), way_names[way], of.red_lines[way]);
                   }
                   line("supervisor_less_self", "", of.less_self);
                   line("supervisor_less_mutual", "", of.less_mutual);
                   if (row == nullptr) return;
                   for (std::size_t i = 0; i < figures->figures.size(); ++i)
                     out += fmt::format("{},{},,{},{}\r\n", csv::written(who), figures->figures[i]->name,
                                        figures::plain(*figures->figures[i], row->values[i]), row->values[i].denominator);
                 });
  return out;
}

}  // namespace cordboard::cli
