// SPDX-License-Identifier: Apache-2.0
// Plans of code calls against the house that they are for.
#include <base/words.hpp>
#include <config/house_checks.hpp>

#include <set>

namespace cordboard::settings {

void check_code_call(table_reader& to, const entry<code_call_config>& e, const known_numbers& numbers, const config& from) {
  constexpr std::size_t members_max = 64;  // as many as a conference takes
  const auto& c = e.value;
  const auto wrong = [&](std::string_view key, phrase found, phrase expected) {
    to.tell(e.of(key), fmt::format("code_call.{}", key), std::move(found), std::move(expected));
  };
  std::set<std::string_view> members;
  std::size_t bytes = 0;
  for (const auto& step : c.steps) {
    if (words_of(step).empty()) wrong("steps", quoted(step), {"numbers by space in every step", "每级须有号码,以空格分隔"});
    for (const auto number : words_of(step)) {
      bytes += number.size() + 1;
      const auto hit = numbers.find(std::string(number));
      const bool phone = hit != numbers.end() && (hit->second == "[[phone]]" || hit->second == "[[department]]");
      const bool outside = hit == numbers.end() && number.find_first_not_of("0123456789+*#") == std::string_view::npos;
      if (number.empty() || !(phone || outside))
        wrong("steps", quoted(std::string(number)),
              {"numbers of phones and departments, or outside numbers", "话机、科室或外线号码"});
      if (!members.insert(number).second)
        wrong("steps", {fmt::format("\"{}\" twice", number), fmt::format("重复的“{}”", number)},
              {"each number once", "每个号码一次"});
    }
  }
  if (members.size() > members_max || bytes > 2048)
    wrong("steps", {fmt::format("{} numbers", members.size()), fmt::format("{} 个号码", members.size())},
          {fmt::format("at most {}", members_max), fmt::format("至多 {} 个", members_max)});
  if (c.enough > members.size() && !members.empty())
    wrong("enough", {std::to_string(c.enough), std::to_string(c.enough)},
          {fmt::format("at most the {} who are called", members.size()), fmt::format("不超过名单人数 {}", members.size())});
  if (from.media.prompts.empty())
    wrong("message", {"prompts without media.prompts", "有提示语,但没有 media.prompts"},
          {"the folder where they are", "须设置提示语目录"});
  const auto& queues = from.house.queues;
  const auto is_line = [&](const queue_config& q) { return q.number == c.line && q.rank == queue_class::emergency; };
  if (std::none_of(queues.begin(), queues.end(), is_line))
    wrong("line", quoted(c.line), {"the number of a [[queue]] of class emergency", "某个急呼 [[queue]] 的号码"});
}

}  // namespace cordboard::settings
