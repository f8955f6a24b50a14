// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/utf8.hpp>
#include <config/calendar.hpp>
#include <config/values.hpp>
#include <fmt/format.h>
#include <fstream>
#include <hours/text.hpp>
#include <iterator>
#include <map>

namespace cordboard::settings {
namespace {

constexpr std::size_t bytes_max = std::size_t{1} << 20;

class calendar_reader {
public:
  calendar_reader(const std::string& path, phrase& found) : path_(path), found_(found) {}

  bool read(const toml::table& file) {
    for (const auto& [key, node] : file) {
      if (key.str() != "holiday") return wrong(key.source(), fmt::format("\"{}\"", key.str()));
      if (!node.is_array_of_tables()) return wrong(node.source(), describe_value(node).en);
      for (const auto& one : *node.as_array())
        if (!holiday(*one.as_table())) return false;
    }
    return true;
  }
  std::map<std::int32_t, bool> days;  ///< a day, and whether it is worked

private:
  bool wrong(const toml::source_region& at, const std::string& what) {
    const auto place = fmt::format("\"{}\", {}:{}: {}", path_, at.begin.line, at.begin.column, what);
    found_ = {place, place};
    return false;
  }
  bool holiday(const toml::table& one) {
    for (const auto& [key, node] : one) {
      const bool worked = key.str() == "work";
      if (key.str() == "name" && node.is_string()) continue;
      if ((!worked && key.str() != "off") || !node.is_array()) return wrong(key.source(), fmt::format("\"{}\"", key.str()));
      for (const auto& item : *node.as_array())
        if (!dates(item, worked)) return false;
    }
    return true;
  }
  bool dates(const toml::node& item, bool worked) {
    const auto range = item.is_string() ? hours::read_dates(item.as_string()->get()) : std::nullopt;
    if (!range) return wrong(item.source(), describe_value(item).en);
    for (auto day = range->first; day <= range->last; ++day)
      if (!days.try_emplace(day, worked).second)
        return wrong(item.source(), fmt::format("{} a second time", hours::date_text(day)));
    return true;
  }

  const std::string& path_;
  phrase& found_;
};

}  // namespace

bool read_calendar(const std::string& path, std::vector<std::string>& days, phrase& found) {
  const auto failed = [&](const std::string& en, const std::string& zh) {
    found = {fmt::format("\"{}\", {}", path, en), fmt::format("“{}”:{}", path, zh)};
    return false;
  };
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file || text.empty()) return failed("which cannot be read", "无法读取");
  if (text.size() > bytes_max || utf8_error(text) != std::string_view::npos)
    return failed("which is no UTF-8 text of at most 1 MiB", "不是不超过 1 MiB 的 UTF-8 文本");
  try {
    calendar_reader reader(path, found);
    if (!reader.read(toml::parse(text))) return false;
    for (const auto& [day, worked] : reader.days) days.push_back((worked ? "+" : "") + hours::date_text(day));
    return true;
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    return failed(fmt::format("line {}: {}", at.line, error.description()),
                  fmt::format("第 {} 行:{}", at.line, error.description()));
  }
}

}  // namespace cordboard::settings
