// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/csv_rows.hpp>
#include <config/stop_list.hpp>
#include <cordboard/numbers.hpp>
#include <fmt/format.h>
#include <fstream>
#include <hours/text.hpp>
#include <iterator>

namespace cordboard::settings {
namespace {

constexpr std::size_t bytes_max = std::size_t{16} << 20;

/// Where a column stands; behind the last one when it is not there.
std::size_t column(const csv::row& head, std::string_view name) {
  return static_cast<std::size_t>(std::find_if(head.begin(), head.end(), [&](const csv::cell& c) { return c.text == name; }) -
                                  head.begin());
}

}  // namespace

bool read_stop_list(const std::string& path, std::vector<std::string>& list, phrase& found) {
  const auto failed = [&](const std::string& en, const std::string& zh) {
    found = {fmt::format("\"{}\", {}", path, en), fmt::format("“{}”:{}", path, zh)};
    return false;
  };
  const auto wrong = [&](const csv::cell& at, const std::string& what) {
    const auto place = fmt::format("\"{}\", {}:{}: {}", path, at.line, at.column, what);
    found = {place, place};
    return false;
  };
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return failed("which cannot be read", "无法读取");
  if (text.size() > bytes_max) return failed("which is larger than 16 MiB", "超过 16 MiB");
  std::vector<config_problem> problems;
  const auto rows = csv::read(text, problems);
  if (!problems.empty()) return wrong({{}, problems[0].line, problems[0].column}, problems[0].found.en);
  if (rows.empty()) return failed("which has no header: number,until,reason", "缺少表头:number,until,reason");
  const csv::row& head = rows.front();
  for (const csv::cell& one : head)
    if (one.text != "number" && one.text != "until" && one.text != "reason") return wrong(one, fmt::format("\"{}\"", one.text));
  const std::size_t number = column(head, "number"), until = column(head, "until");
  if (number == head.size()) return wrong(head.front(), "no column number");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const csv::row& row = rows[i];
    if (row.size() != head.size()) return wrong(row.front(), fmt::format("{} cells under {} columns", row.size(), head.size()));
    const phone_number one = normalise_number(row[number].text);
    if (one.kind == number_kind::none) return wrong(row[number], fmt::format("\"{}\"", row[number].text));
    if (until == head.size() || row[until].text.empty()) {
      list.push_back(one.number);
      continue;
    }
    const auto day = hours::read_dates(row[until].text);
    if (!day || day->first != day->last) return wrong(row[until], fmt::format("\"{}\"", row[until].text));
    list.push_back(fmt::format("{} {}", one.number, hours::date_text(day->last)));
  }
  return true;
}

}  // namespace cordboard::settings
