// SPDX-License-Identifier: Apache-2.0
#include <base/csv.hpp>
#include <base/csv_rows.hpp>
#include <base/utf8.hpp>
#include <fmt/format.h>
#include <algorithm>

namespace cordboard::csv {

std::vector<row> read(std::string_view text, std::vector<config_problem>& problems) {
  std::vector<row> rows;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const auto wrong = utf8_error(text); wrong != std::string_view::npos) {
    const auto before = text.substr(0, wrong);
    const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
    const auto byte = static_cast<unsigned char>(text[wrong]);
    problems.push_back(
        {line,
         1,
         "",
         {fmt::format("the byte 0x{:02x}, which is not UTF-8", byte), fmt::format("非 UTF-8 字节 0x{:02x}", byte)},
         {"UTF-8: in a spreadsheet, save as \"CSV UTF-8\"", "UTF-8:请在电子表格中另存为“CSV UTF-8”"}});
    return rows;
  }
  std::uint32_t line = 1, column = 1;
  row now;
  cell one{{}, line, column};
  enum class place { begin, bare, quoted, behind_quote } where = place::begin;
  const auto end_cell = [&] {
    now.push_back(std::move(one));
    one = cell{{}, line, column};
    where = place::begin;
  };
  const auto end_row = [&] {
    end_cell();
    bool empty = true;
    for (const auto& c : now) empty = empty && c.text.empty();
    if (!empty) rows.push_back(std::move(now));
    now.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column;  // counts characters, not bytes
    if (where == place::quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
        one.text += c;
        ++i, ++column;
      } else if (c == '"') {
        where = place::behind_quote;
      } else {
        if (c == '\n') ++line, column = 1;
        one.text += c;
      }
    } else if (c == ',') {
      end_cell();
    } else if (c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')) {
      if (c == '\r') ++i;
      ++line, column = 1;
      end_row();
    } else if (c == '"' && where == place::begin) {
      where = place::quoted;
    } else if (c == '"' || where == place::behind_quote) {
      problems.push_back({line,
                          column - 1,
                          "",
                          {"a quote within a cell", "单元格内的引号"},
                          {"the whole cell in quotes, and each quote in it twice", "整格加引号,其中的引号写两次"}});
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;  // the rest of the line cannot be trusted
      where = place::bare;
    } else {
      one.text += c;
      where = place::bare;
    }
  }
  if (where == place::quoted)
    problems.push_back(
        {one.line, one.column, "", {"a quote that is never closed", "未闭合的引号"}, {"a closing quote", "结束引号"}});
  else if (where != place::begin || !now.empty())
    end_row();
  return rows;
}

std::string written(std::string_view text) {
  const bool quoted = needs_quotes(text) || text.starts_with(' ') || text.ends_with(' ');
  return quoted ? in_quotes(text) : std::string(text);
}

}  // namespace cordboard::csv
