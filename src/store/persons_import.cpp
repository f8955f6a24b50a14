// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <base/utf8.hpp>
#include <fmt/format.h>
#include <set>
#include <store/persons.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

constexpr std::size_t lines_max = 1'000'000;
constexpr std::array<std::pair<std::string_view, passage_kind>, 6> columns{{{"name", passage_kind::person_name},
                                                                            {"numbers", passage_kind::person_number},
                                                                            {"card", passage_kind::person_card},
                                                                            {"family", passage_kind::person_family},
                                                                            {"groups", passage_kind::person_group},
                                                                            {"note", passage_kind::person_note}}};

struct csv_line {
  std::size_t number = 0;  ///< of the line on which it begins
  std::vector<std::string> fields{};
};

/// RFC 4180. @returns false: a quote is open at the end, or stands where none may
bool read_csv(std::string_view text, std::vector<csv_line>& out) {
  std::size_t line = 1;
  while (!text.empty() && out.size() < lines_max) {
    csv_line one{line};
    for (bool more = true; more;) {
      std::string field;
      if (text.starts_with('"')) {
        for (text.remove_prefix(1);;) {
          if (text.empty()) return false;
          const char c = text.front();
          text.remove_prefix(1);
          line += c == '\n' ? 1 : 0;
          if (c == '"' && !text.starts_with('"')) break;
          if (c == '"') text.remove_prefix(1);
          field += c;
        }
        if (!text.empty() && text.find_first_of(",\r\n") != 0) return false;
      } else {
        const auto end = std::min(text.find_first_of(",\r\n"), text.size());
        field = text.substr(0, end);
        text.remove_prefix(end);
      }
      one.fields.push_back(std::move(field));
      more = text.starts_with(',');
      if (more) text.remove_prefix(1);
    }
    if (text.starts_with('\r')) text.remove_prefix(1);
    if (text.starts_with('\n')) text.remove_prefix(1);
    ++line;
    if (one.fields.size() > 1 || !one.fields[0].empty()) out.push_back(std::move(one));
  }
  return true;
}

}  // namespace

imported import_persons(database& in, vault& keys, const std::string& csv, bool dry_run, const change& by) {
  imported out;
  const auto wrong = [&](std::size_t line, const std::string& what) {
    out.problems.push_back(fmt::format("line {}: {}", line, what));
  };
  std::vector<csv_line> lines;
  const std::string_view text = csv.starts_with("\xEF\xBB\xBF") ? std::string_view(csv).substr(3) : std::string_view(csv);
  if (const std::size_t at = utf8_error(text); at != std::string_view::npos) {
    wrong(1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')),
          "not UTF-8");
    return out;
  }
  if (!read_csv(text, lines))
    wrong(lines.empty() ? 1 : lines.back().number + 1, "quotes are not closed, or stand in the middle of a field");
  if (lines.empty()) wrong(1, "no header; it has: name, numbers, card, family, groups, note");
  if (!out.problems.empty()) return out;
  std::vector<passage_kind> kinds;
  for (const std::string& head : lines[0].fields) {
    const auto* const it = std::find_if(columns.begin(), columns.end(), [&](const auto& one) { return one.first == head; });
    if (it == columns.end())
      wrong(lines[0].number,
            fmt::format("no column is called \"{}\"; there are: name, numbers, card, family, groups, note", readable(head)));
    kinds.push_back(it == columns.end() ? passage_kind{} : it->second);
  }
  std::vector<person_texts> persons;
  std::set<std::int64_t> taken;
  for (std::size_t i = 1; i < lines.size() && out.problems.size() < 100; ++i) {
    if (lines[i].fields.size() != kinds.size()) {
      wrong(lines[i].number, fmt::format("{} fields, and the header has {}", lines[i].fields.size(), kinds.size()));
      continue;
    }
    person_texts one;
    bool there = false;
    for (std::size_t c = 0; c < kinds.size(); ++c) {
      const bool several = kinds[c] == passage_kind::person_number || kinds[c] == passage_kind::person_group;
      for (std::string_view rest = lines[i].fields[c]; !rest.empty();) {
        const auto end = several ? std::min(rest.find(';'), rest.size()) : rest.size();
        const std::string field(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (field.empty()) continue;
        if (kinds[c] == passage_kind::person_number) {
          const std::int64_t token = term_of_number(keys, field);
          if (token == 0) wrong(lines[i].number, fmt::format("\"{}\" is no telephone number", readable(field)));
          there = there || taken.count(token) != 0 ||
                  !in.all("SELECT person FROM person_number WHERE token = $1 LIMIT 1", {token}).empty();
          taken.insert(token);
        }
        one.emplace_back(kinds[c], field);
      }
    }
    if (one.empty()) wrong(lines[i].number, "nothing in it");
    out.known += there ? 1 : 0;
    if (!there) persons.push_back(std::move(one));
  }
  if (!out.problems.empty()) return out;
  out.added = persons.size();
  if (!dry_run)
    for (const person_texts& one : persons) add_person(in, keys, one, by);
  return out;
}

}  // namespace cordboard::store
