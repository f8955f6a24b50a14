// SPDX-License-Identifier: Apache-2.0
// The file of a dialogue, read to its end whatever is wrong with it: keys, what a step needs, names of steps, and the whole.
#include <base/house_prompts.hpp>
#include <base/script_steps.hpp>
#include <config/dialogue.hpp>
#include <config/tables.hpp>
#include <dialogue/graph.hpp>

namespace cordboard::settings {
namespace {

constexpr std::size_t steps_max = 100;
/// The log takes a script as one text of 65,535 bytes.
constexpr std::size_t text_max = 60'000;

/// Which keys a step of each kind may have beside name, do and say; those it must have first, up to the bar.
std::string_view keys_for(dialogue_act act) {
  switch (act) {
    case dialogue_act::play: return "say next|";
    case dialogue_act::keys:
      return "say otherwise|next cases field min max allowed end_key first between barge_in tries invalid read_back "
             "confirm_key "
             "again_key";
    case dialogue_act::voice: return "say field next otherwise|longest silence first end_key tries invalid";
    case dialogue_act::branch: return "field cases otherwise|";
    case dialogue_act::queue: return "queue|otherwise";
    case dialogue_act::request: return "request next|";
    case dialogue_act::hang_up: return "|";
    case dialogue_act::confirm:
    case dialogue_act::cancel:
    case dialogue_act::change: return "next|";
  }
  return {};
}

class script_reader : table_reader {
public:
  using table_reader::table_reader;

  loaded_dialogue read(const toml::table& file) {
    std::vector<std::string_view> names;
    for_each_script_table([&](const auto& t) { names.push_back(t.name); });
    known_tables(file, names);
    const auto head = one(file, script_table, script_);
    if (file.get(script_table.name) == nullptr)
      tell({1, 1}, "dialogue", {"nothing", "缺少此表"}, {"a table [dialogue]", "表 [dialogue]"});
    steps_ = many(file, step_table);
    for (const auto& e : steps_) {
      script_.steps.push_back(e.value);
      script_.steps.back().line = e.at.line;
    }
    if (steps_.empty()) tell({1, 1}, "step", {"no step", "没有步骤"}, {"[[step]], the first one begins", "至少一个 [[step]]"});
    if (steps_.size() > steps_max)
      tell(steps_.back().at, "step", number(steps_.size()), {"at most 100 steps", "不超过 100 个步骤"});
    for (const auto& e : steps_) step(e);
    score(head);
    size();
    // What leads nowhere is told by its name; the whole is looked at when all names are there.
    if (problems_.empty()) whole();
    by_line();
    return {std::move(script_), std::move(problems_)};
  }

private:
  static phrase number(std::size_t n) { return {std::to_string(n), std::to_string(n)}; }

  void step(const entry<dialogue_step>& e) {
    const dialogue_step& x = e.value;
    const auto wrong = [&](std::string_view key, phrase found, phrase expected) {
      tell(e.of(key), fmt::format("step.{}", key), std::move(found), std::move(expected));
    };
    // What it does is not known: that was told, and nothing else of it can be.
    const bool unknown_act = std::any_of(problems_.begin(), problems_.end(), [&](const auto& p) {
      return p.key == "step.do" && (p.line == e.of("do").line || p.line == e.at.line);
    });
    if (unknown_act || !e.keys.contains("name")) return;
    const std::size_t first = place_of(script_, x.name);
    if (first < script_.steps.size() && &steps_[first] != &e)
      wrong("name",
            {fmt::format("\"{}\", as in line {}", x.name, steps_[first].of("name").line),
             fmt::format("“{}”,与第 {} 行相同", x.name, steps_[first].of("name").line)},
            {"a name of its own", "不重复的名称"});
    needed(e, wrong);
    for (const auto& [key, name] : {std::pair{"next", &x.next}, {"otherwise", &x.otherwise}}) lead(e, key, *name);
    for (const auto& one : x.cases) lead(e, "cases", one.next);
    if (x.act == dialogue_act::keys) keys(x, wrong);
    if (x.act == dialogue_act::branch && !answered(x.field))
      wrong("field", quoted(x.field), {"the field of a step that asks for keys", "某个 keys 步骤的字段"});
  }
  template <class Wrong>
  void needed(const entry<dialogue_step>& e, Wrong wrong) {
    const std::string_view all = keys_for(e.value.act);
    const auto bar = all.find('|');
    const auto must = split(all.substr(0, bar), ' '), may = split(all.substr(bar + 1), ' ');
    const auto what = std::string(split(step_table.keys[1].doc.choices, '|')[static_cast<std::size_t>(e.value.act)]);
    for (const auto key : must)
      if (!e.keys.contains(key))
        tell(e.at, fmt::format("step.{}", key), {"nothing", "缺少此键"},
             {fmt::format("it, in a step that does \"{}\"", what), fmt::format("“{}”步骤须有此键", what)});
    for (const auto& [key, at] : e.keys) {
      const bool common = key == "name" || key == "do" || key == "say";
      if (!common && std::find(must.begin(), must.end(), key) == must.end() &&
          std::find(may.begin(), may.end(), key) == may.end())
        wrong(key, {fmt::format("it, in a step that does \"{}\"", what), fmt::format("“{}”步骤中的此键", what)},
              {"only what such a step uses", "仅此类步骤所用的键"});
    }
  }
  void lead(const entry<dialogue_step>& e, std::string_view key, const std::string& name) {
    if (name.empty() || place_of(script_, name) < script_.steps.size()) return;
    std::vector<std::string_view> known;
    for (const auto& other : script_.steps) known.push_back(other.name);
    const auto meant = nearest(name, known);
    tell(e.of(key), fmt::format("step.{}", key), quoted(name),
         meant.empty() ? phrase{"the name of a [[step]]", "某个 [[step]] 的名称"}
                       : phrase{fmt::format("the name of a [[step]]; did you mean \"{}\"?", meant),
                                fmt::format("某个 [[step]] 的名称;是否指“{}”?", meant)});
  }
  template <class Wrong>
  void keys(const dialogue_step& x, Wrong wrong) {
    const std::string& human = script_.human_key;
    if (x.keys_min > x.keys_max) wrong("min", number(x.keys_min), {"at most max", "不超过 max"});
    if (!x.end_key.empty() && x.allowed.find(x.end_key) != std::string::npos)
      wrong("end_key", quoted(x.end_key), {"a key that is no part of the answer", "不属于应答的键"});
    if (!human.empty() && x.end_key == human)
      wrong("end_key", quoted(x.end_key), {"another key than the one for a human", "与转人工键不同的键"});
    for (const auto& one : x.cases) {
      const bool fits = one.answer.size() >= x.keys_min && one.answer.size() <= x.keys_max &&
                        one.answer.find_first_not_of(x.allowed) == std::string::npos;
      if (!fits)
        wrong("cases", quoted(one.answer), {"answers that min, max and allowed let pass", "符合 min、max 与 allowed 的应答"});
      if (one.answer == human)
        wrong("cases", quoted(one.answer), {"another key than the one for a human", "与转人工键不同的键"});
    }
    std::size_t open = x.keys_max == 1 ? 0 : 1;
    if (x.keys_max == 1)
      for (const char key : x.allowed)
        open += std::string(1, key) != human && std::none_of(x.cases.begin(), x.cases.end(), [&](const auto& one) {
                  return one.answer == std::string(1, key);
                });
    if (open != 0 && x.next.empty())
      wrong("next", {"nothing, but answers without a case", "缺少此键,且有应答不在 cases 中"},
            {"where they lead", "其下一步骤"});
    if (x.read_back.empty()) return;
    if (x.field.empty()) wrong("read_back", {"it, without field", "没有 field"}, {"a field, which is confirmed", "须有字段"});
    if (std::find(x.read_back.begin(), x.read_back.end(), "answer") == x.read_back.end())
      wrong("read_back", {"a list without \"answer\"", "没有 \"answer\" 的列表"},
            {"\"answer\", where the keys are said", "须含 \"answer\""});
    if (x.confirm_key == x.again_key || x.confirm_key == human || x.again_key == human)
      wrong("read_back", {"keys that mean two things", "含义重复的键"},
            {"confirm_key, again_key and human_key that differ", "互不相同的 confirm_key、again_key 与 human_key"});
  }
  bool answered(const std::string& field) const {
    return std::any_of(script_.steps.begin(), script_.steps.end(),
                       [&](const auto& x) { return x.act == dialogue_act::keys && !field.empty() && x.field == field; });
  }
  void score(const entry<dialogue_config>& head) {
    if (!script_.score.empty() && !answered(script_.score))
      tell(head.of("score"), "dialogue.score", quoted(script_.score),
           {"the field of a step that asks for keys", "某个 keys 步骤的字段"});
  }
  void size() {
    std::size_t all = 0;
    for (const auto& [key, line, words] : prompts_of(script_))
      for (const auto& word : *words) all += word.size() + 1;
    for (const auto& x : script_.steps) {
      for (const auto& one : x.cases) all += one.answer.size() + one.next.size() + 2;
      all += x.name.size() + x.next.size() + x.otherwise.size() + x.field.size() + 200;
    }
    if (all > text_max) tell({1, 1}, "step", number(all), {"a script of at most 60,000 bytes", "不超过 60000 字节的流程"});
  }
  void whole() {
    for (const auto& [at, what] : dialogue::flaws_of(script_)) {
      const auto place = steps_[at].of("name");
      const auto found = quoted(script_.steps[at].name);
      switch (what) {
        case dialogue::flaw::unreachable:
          tell(place, "step.name", {found.en + ", to which no path leads", found.zh + ",没有路径可达"},
               {"a step that can be reached from the first one", "可从首个步骤到达"});
          break;
        case dialogue::flaw::endless:
          tell(place, "step.name", {found.en + ", from which no end is reached", found.zh + ",无法到达终点"},
               {"a path to a step that hangs up or gives to a queue", "有路径通向挂机或转队列"});
          break;
        case dialogue::flaw::loop:
          tell(place, "step.name",
               {found.en + ", which comes back to itself though the caller does nothing", found.zh + ",来电人无动作也会循环"},
               {"a loop that asks the caller for something", "循环中须有来电人的动作"});
          break;
      }
    }
  }

  dialogue_config script_;
  std::vector<entry<dialogue_step>> steps_;
};

}  // namespace

std::vector<config_problem> problems_in_house(const dialogue_config& script, const config& house) {
  std::vector<config_problem> out;
  const auto tell = [&](std::uint32_t line, std::string key, phrase found, phrase expected) {
    out.push_back({line, 1, std::move(key), std::move(found), std::move(expected), script.file});
  };
  const auto queue = [&](std::uint32_t line, const std::string& key, const std::string& number) {
    const auto& all = house.house.queues;
    if (std::none_of(all.begin(), all.end(), [&](const auto& q) { return q.number == number; }))
      tell(line, key, quoted(number), {"the number of a [[queue]]", "某个 [[queue]] 的号码"});
  };
  queue(1, "dialogue.human", script.human);
  if (!script.fallback.empty()) queue(1, "dialogue.fallback", script.fallback);
  for (const auto& step : script.steps) {
    if (step.act == dialogue_act::queue) queue(step.line, "step.queue", step.queue);
    const auto& kinds = house.house.request_kinds;
    if (step.act == dialogue_act::request && !kinds.empty() &&
        std::none_of(kinds.begin(), kinds.end(), [&](const auto& k) { return k.name == step.request; }))
      tell(step.line, "step.request", quoted(step.request), {"the name of a [[request_kind]]", "某个 [[request_kind]] 的名称"});
    if (step.act == dialogue_act::voice && house.media.recordings.empty())
      tell(step.line, "step.do", {"a spoken answer without media.recordings", "录音应答,但没有 media.recordings"},
           {"a folder for recordings", "须设置录音目录"});
  }
  for (const auto& [key, line, words] : prompts_of(script)) {
    if (words->empty() || !house.media.prompts.empty()) continue;
    tell(line, key, {"prompts without media.prompts", "有提示语,但没有 media.prompts"},
         {"the folder where they are", "须设置提示语目录"});
    break;
  }
  return out;
}

}  // namespace cordboard::settings

namespace cordboard {

loaded_dialogue load_dialogue(const std::string& path) {
  loaded_dialogue result;
  result.problems = settings::read_toml_file(path, settings::script_bytes_max, [&](const toml::table& file) {
    result = settings::script_reader(settings::folder_of(path)).read(file);
    return result.problems;
  });
  result.value.file = path;
  for (auto& problem : result.problems) problem.file = path;
  return result;
}

}  // namespace cordboard
