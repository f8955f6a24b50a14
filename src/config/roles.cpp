// SPDX-License-Identifier: Apache-2.0
// Roles of users, and classes of service of phones and operators.
#include <config/house_checks.hpp>
#include <cordboard/command.hpp>

#include <set>

namespace cordboard::settings {
namespace {

bool is_command(std::string_view word) {
  for (std::uint32_t kind = 1; kind < 256; ++kind)
    if (name(static_cast<command_kind>(kind)) == word) return true;
  return false;
}

void own_name(table_reader& to, std::map<std::string, std::uint32_t>& lines, const std::string& name, place at,
              std::string_view key) {
  const auto [hit, fresh] = lines.try_emplace(name, at.line);
  if (!fresh && !name.empty())
    to.tell(at, std::string(key),
            {fmt::format("\"{}\", as in line {}", name, hit->second), fmt::format("“{}”,与第 {} 行相同", name, hit->second)},
            {"a name of its own", "不重复的名称"});
}

}  // namespace

void check_roles(table_reader& to, const std::vector<entry<role_config>>& roles, const known_numbers& numbers) {
  std::map<std::string, std::uint32_t> lines;
  for (const auto& e : roles) {
    const auto& r = e.value;
    own_name(to, lines, r.name, e.of("name"), "role.name");
    if (rights_of_role(r.name) != 0)
      to.tell(e.of("name"), "role.name", quoted(r.name), {"a name that is none of ours", "不与内置角色同名"});
    for (const auto& one : r.commands)
      if (!is_command(one))
        to.tell(e.of("commands"), "role.commands", quoted(one), {"names of commands, such as \"hold\"", "命令名,如 \"hold\""});
    for (const auto& [key, list, table] :
         {std::tuple{"queues", &r.queues, "[[queue]]"}, {"departments", &r.departments, "[[department]]"}})
      for (const auto& number : *list)
        if (const auto hit = numbers.find(number); hit == numbers.end() || hit->second != table)
          to.tell(e.of(key), fmt::format("role.{}", key), quoted(number),
                  {fmt::format("the number of a {}", table), fmt::format("某个 {} 的号码", table)});
  }
}

void give_roles(table_reader& to, entry<user_row>& user, const std::vector<entry<role_config>>& roles) {
  auto& u = user.value;
  std::set<std::string> commands, queues, departments;
  std::size_t with_commands = 0, with_queues = 0, with_departments = 0;
  for (const auto& name : u.roles) {
    const auto own = std::find_if(roles.begin(), roles.end(), [&](const auto& e) { return e.value.name == name; });
    if (own == roles.end()) {
      u.rights |= rights_of_role(name);
      std::string all;
      for (const auto known : split(role_names, '|')) all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", known);
      if (rights_of_role(name) == 0)
        to.tell(user.of("roles"), "user.roles", quoted(name),
                {fmt::format("{}, or the name of a [[role]]", all), fmt::format("{},或某个 [[role]] 的名称", all)});
      continue;
    }
    const auto& r = own->value;
    u.rights |= r.rights;
    commands.insert(r.commands.begin(), r.commands.end());
    queues.insert(r.queues.begin(), r.queues.end());
    departments.insert(r.departments.begin(), r.departments.end());
    with_commands += r.commands.empty() ? 0U : 1U;
    with_queues += r.queues.empty() ? 0U : 1U;
    with_departments += r.departments.empty() ? 0U : 1U;
  }
  // What one role limits, another one beside it would widen: which of them is meant, nobody could tell.
  for (const std::size_t limited : {with_commands, with_queues, with_departments})
    if (limited != 0 && limited != u.roles.size())
      to.tell(user.of("roles"), "user.roles", {"a role that limits beside one that does not", "有限制与无限制的角色并用"},
              {"roles that all list commands, queues or departments, or none that does",
               "各角色均列出命令、队列或科室,或均不列出"});
  u.commands.assign(commands.begin(), commands.end());
  u.queues.assign(queues.begin(), queues.end());
  u.departments.assign(departments.begin(), departments.end());
}

void check_classes(table_reader& to, const std::vector<entry<class_config>>& classes) {
  std::map<std::string, std::uint32_t> lines;
  for (const auto& e : classes) {
    own_name(to, lines, e.value.name, e.of("name"), "class.name");
    for (const auto& [key, list] : {std::pair{"outside", &e.value.outside}, {"barred", &e.value.barred}})
      for (const auto& one : *list)
        if (one.size() > 32 || (one != "*" && one.find_first_not_of("0123456789+*#") != std::string::npos))
          to.tell(e.of(key), fmt::format("class.{}", key), quoted(one),
                  {"the beginning of a number: digits, +, * and #, or \"*\"", "号码前缀:数字、+、*、#,或 \"*\""});
  }
}

void check_class_of(table_reader& to, const std::string& service, place at, std::string_view table,
                    const std::vector<entry<class_config>>& classes) {
  const auto known = [&](const auto& e) { return e.value.name == service; };
  if (service.empty() || std::any_of(classes.begin(), classes.end(), known)) return;
  to.tell(at, fmt::format("{}.class", table), quoted(service), {"the name of a [[class]]", "某个 [[class]] 的名称"});
}

}  // namespace cordboard::settings
