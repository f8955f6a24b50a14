// SPDX-License-Identifier: Apache-2.0
// The tables of a TOML file against the tables of keys, to the end whatever is wrong: all problems are told at once.
#pragma once
#include <algorithm>
#include <config/keys.hpp>
#include <config/values.hpp>
#include <fmt/format.h>
#include <functional>
#include <map>

namespace cordboard::settings {

using place = toml::source_position;

/// A table of the file with where it and its keys stand.
template <class Target>
struct entry {
  Target value;
  place at;
  std::map<std::string_view, place> keys;
  place of(std::string_view key) const {
    const auto hit = keys.find(key);
    return hit == keys.end() ? at : hit->second;
  }
};

inline phrase quoted(const std::string& text) { return {fmt::format("\"{}\"", text), fmt::format("“{}”", text)}; }

class table_reader {
public:
  explicit table_reader(std::string folder) : folder_(std::move(folder)) {}

  void tell(place at, std::string key, phrase found, phrase expected) {
    problems_.push_back({at.line, at.column, std::move(key), std::move(found), std::move(expected)});
  }

protected:
  /// Keys of the file itself.
  void known_tables(const toml::table& file, const std::vector<std::string_view>& names) {
    for (const auto& [key, node] : file)
      if (std::find(names.begin(), names.end(), key.str()) == names.end()) unknown(key, std::string(key.str()), names);
  }

  void unknown(const toml::key& key, std::string path, const std::vector<std::string_view>& known) {
    const auto meant = nearest(key.str(), known);
    std::string all;
    for (const auto name : known) all += fmt::format("{}{}", all.empty() ? "" : ", ", name);
    tell(key.source().begin, std::move(path), {"a key that is not known", "未知的键"},
         meant.empty() ? phrase{"one of " + all, "下列之一:" + all}
                       : phrase{fmt::format("one of {}; did you mean \"{}\"?", all, meant),
                                fmt::format("下列之一:{};是否指“{}”?", all, meant)});
  }

  template <class Target>
  void keys_of(const toml::table& from, const table<Target>& known, entry<Target>& into) {
    into.at = from.source().begin;
    std::vector<std::string_view> names;
    for (const auto& k : known.keys) names.push_back(k.doc.name);
    for (const auto& [key, node] : from) {
      const auto path = fmt::format("{}.{}", known.name, key.str());
      const auto hit = std::find(names.begin(), names.end(), key.str());
      if (hit == names.end()) {
        unknown(key, path, names);
        continue;
      }
      into.keys[*hit] = key.source().begin;
      const auto& row = known.keys[static_cast<std::size_t>(hit - names.begin())];
      phrase found;
      if (const auto v = read_value(row.doc, node, folder_, found))
        row.assign(into.value, *v);
      else
        tell(node.source().begin, path, std::move(found), expectation(row.doc));
    }
    for (const auto& k : known.keys)
      if (k.doc.required() && !into.keys.contains(k.doc.name))
        tell(into.at, fmt::format("{}.{}", known.name, k.doc.name), {"nothing", "缺少此键"}, expectation(k.doc));
  }

  /// `[name]`, over what `value` holds.
  template <class Target>
  entry<Target> one(const toml::table& file, const table<Target>& known, Target& value) {
    entry<Target> into;
    const auto* node = file.get(known.name);
    if (node == nullptr) return into;
    if (!node->is_table()) {
      tell(node->source().begin, std::string(known.name), describe_value(*node),
           {fmt::format("a table [{}]", known.name), fmt::format("表 [{}]", known.name)});
      return into;
    }
    into.value = value;
    keys_of(*node->as_table(), known, into);
    value = into.value;
    return into;
  }

  template <class Target>
  std::vector<entry<Target>> many(const toml::table& file, const table<Target>& known) {
    std::vector<entry<Target>> entries;
    const auto* node = file.get(known.name);
    if (node == nullptr) return entries;
    if (!node->is_array_of_tables() && !(node->is_array() && node->as_array()->empty())) {
      tell(node->source().begin, std::string(known.name), describe_value(*node),
           {fmt::format("tables [[{}]]", known.name), fmt::format("表 [[{}]]", known.name)});
      return entries;
    }
    for (const auto& item : *node->as_array()) keys_of(*item.as_table(), known, entries.emplace_back());
    return entries;
  }

  void by_line() {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const auto& a, const auto& b) { return a.line != b.line ? a.line < b.line : a.column < b.column; });
  }

  const std::string folder_;
  std::vector<config_problem> problems_;
};

/// A house of 100,000 phones fits; what is larger is no configuration.
inline constexpr std::size_t config_bytes_max = std::size_t{32} << 20;
inline constexpr std::size_t script_bytes_max = std::size_t{1} << 20;

/// A TOML file of at most so many bytes as text, then as a table for `read`; what is no such file is one problem.
std::vector<config_problem> read_toml(std::string_view text, std::size_t bytes_max,
                                      const std::function<std::vector<config_problem>(const toml::table&)>& read);
std::vector<config_problem> read_toml_file(const std::string& path, std::size_t bytes_max,
                                           const std::function<std::vector<config_problem>(const toml::table&)>& read);
/// The folder that relative paths in a file mean.
std::string folder_of(const std::string& path);

}  // namespace cordboard::settings
