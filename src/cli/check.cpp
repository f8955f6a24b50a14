// SPDX-License-Identifier: Apache-2.0
// cordboard check: everything that is wrong with a configuration file, at once.
#include <algorithm>
#include <cli/options.hpp>
#include <cli/sounds.hpp>
#include <cordboard/config_file.hpp>
#include <fmt/format.h>
#include <iostream>

namespace cordboard::cli {

int check(const arguments& given, language tongue) {
  verb_options verb{.usage = "cordboard check [--lang en|zh] FILE\n       cordboard check --schema",
                    .about =
                        "Tells everything that is wrong with a configuration file: line, column, key, what was found and\n"
                        "what was expected. Exit code 0: it is in order; 1: it is not; 2: the command line is wrong.",
                    .positional = "FILE"};
  verb.named.add_options()("schema", "print every key with its range, default and meaning");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("schema") != 0) {
    std::cout << config_schema(tongue);
    return done;
  }
  if (options->count("FILE") == 0) {
    return misuse(verb, "which file?");
  }
  const bool zh = tongue == language::zh;
  const auto& file = (*options)["FILE"].as<std::string>();
  auto loaded = load_config(file);
  if (loaded.problems.empty()) loaded.problems = problems_of_sounds(loaded.value);
  for (const auto& problem : loaded.problems) std::cout << describe(problem, file, tongue) << '\n';
  if (const auto count = loaded.problems.size(); count != 0) {
    std::cout << (zh ? fmt::format("{}: {} 处错误\n", file, count)
                     : fmt::format("{}: {} problem{}\n", file, count, count == 1 ? "" : "s"));
    return failed;
  }
  const auto& house = loaded.value.house;
  const auto count = [&](auto which) { return std::count_if(house.devices.begin(), house.devices.end(), which); };
  const auto trunks = count([](const auto& d) { return d.kind == device_kind::trunk; });
  const auto departments = count([](const auto& d) { return d.department; });
  const auto phones = static_cast<std::ptrdiff_t>(house.devices.size()) - trunks - departments;
  std::cout << (zh ? fmt::format("{}: 配置正确(中继 {},话机 {},科室 {},话务员 {},队列 {},用户 {})\n", file, trunks, phones,
                                 departments, house.operators.size(), house.queues.size(), house.users.size())
                   : fmt::format("{}: in order (trunks {}, phones {}, departments {}, operators {}, queues {}, users {})\n",
                                 file, trunks, phones, departments, house.operators.size(), house.queues.size(),
                                 house.users.size()));
  return done;
}

}  // namespace cordboard::cli
