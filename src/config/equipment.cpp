// SPDX-License-Identifier: Apache-2.0
// What of equipment, codes and reasons depends on other tables of the file.
#include <config/house_checks.hpp>

namespace cordboard::settings {
namespace {

bool is_phone(const known_numbers& numbers, const std::string& number) {
  const auto hit = numbers.find(number);
  return hit != numbers.end() && (hit->second == "[[phone]]" || hit->second == "[[department]]");
}

/// A name or number that stands twice in its table.
template <class Key>
void own(table_reader& to, std::map<Key, std::uint32_t>& lines, const Key& one, place at, std::string_view key) {
  const auto [hit, fresh] = lines.try_emplace(one, at.line);
  if (!fresh)
    to.tell(at, std::string(key),
            {fmt::format("{}, as in line {}", one, hit->second), fmt::format("{},与第 {} 行相同", one, hit->second)},
            {"one of its own", "不重复"});
}

}  // namespace

void check_device(table_reader& to, const entry<device_config>& e, std::string_view table, const known_numbers& numbers) {
  const auto& d = e.value;
  const auto wrong = [&](std::string_view key, phrase found, phrase expected) {
    to.tell(e.of(key), fmt::format("{}.{}", table, key), std::move(found), std::move(expected));
  };
  const bool trunk = table == trunk_table.name;
  if (!d.desk.empty() && (d.desk == d.number || !is_phone(numbers, d.desk)))
    wrong("desk", quoted(d.desk), {"the number of another phone or department", "另一话机或科室的号码"});
  for (const auto& one : d.watches)
    if (!trunk && one != "*" && !is_phone(numbers, one))
      wrong("watches", quoted(one), {"numbers of phones and departments, or \"*\"", "话机或科室号码,或 \"*\""});
  if (trunk && d.tested && (d.test_number.empty() || d.targets.empty()))
    wrong("self_test", {"true without test_number or target", "true,但没有 test_number 或 target"},
          {"a number that answers, and a target to call it by", "须设置可应答的号码和外呼目的地"});
}

void check_codes(table_reader& to, const entry<config>& e, const known_numbers& numbers, const config& from) {
  const auto& all = from.house.phone_codes;
  const auto wrong = [&](const phone_code_config& c, phrase found, phrase expected) {
    const auto key = name(c.what);
    to.tell(e.of(key), fmt::format("phone_codes.{}", key), std::move(found), std::move(expected));
  };
  for (const auto& c : all) {
    // Nobody dials a call by mistake for a code, and no code reaches the outside.
    if (c.code.size() < 2 || (c.code[0] != '*' && c.code[0] != '#') ||
        c.code.find_first_not_of("0123456789*#") != std::string::npos)
      wrong(c, quoted(c.code), {"* or #, then digits, * or #, such as \"*11\"", "以 * 或 # 开头的按键,如 \"*11\""});
    for (const auto& other : all)
      if (&other != &c && other.code.starts_with(c.code) && (other.code != c.code || &other < &c))
        wrong(c,
              {fmt::format("\"{}\", with which {} begins", c.code, name(other.what)),
               fmt::format("“{}”是 {} 的开头", c.code, name(other.what))},
              {"a code with which no other one begins", "不是其他功能码的开头"});
    for (const auto& [number, has] : numbers)
      if (!c.code.empty() && number.starts_with(c.code))
        wrong(c,
              {fmt::format("\"{}\", with which number {} of {} begins", c.code, number, has),
               fmt::format("“{}”是 {} 号码 {} 的开头", c.code, has, number)},
              {"a code with which no number of the house begins", "不是本院号码的开头"});
  }
}

void check_equipment(table_reader& to, const entry<config>& health, const std::vector<entry<check_config>>& checks,
                     const std::vector<entry<call_reason_config>>& reasons,
                     const std::vector<entry<request_kind_config>>& kinds, const known_numbers& numbers,
                     const std::map<std::string, std::uint32_t>& operators, const config& from) {
  const auto& h = from.house.health;
  check_kind_named(to, h.fault_kind, health.of("fault_kind"), "health.fault_kind", kinds);
  if (h.test_every.count() != 0 && h.test_every < std::chrono::minutes(1))
    to.tell(health.of("test_every"), "health.test_every",
            {duration_text(h.test_every.count()), duration_text(h.test_every.count())},
            {"0s, or 1min and more", "0s,或不少于 1min"});
  std::map<std::string, std::uint32_t> names;
  for (const auto& e : checks) {
    own(to, names, e.value.name, e.of("name"), "check.name");
    if (!e.value.owner.empty() && !operators.contains(e.value.owner) && !is_phone(numbers, e.value.owner))
      to.tell(e.of("owner"), "check.owner", quoted(e.value.owner),
              {"the name of an [[operator]], or the number of a phone or department", "话务员姓名,或话机、科室号码"});
  }
  std::map<std::uint16_t, std::uint32_t> known;
  for (const auto& e : reasons) own(to, known, e.value.number, e.of("number"), "call_reason.number");
}

}  // namespace cordboard::settings
