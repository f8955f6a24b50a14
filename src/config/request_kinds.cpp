// SPDX-License-Identifier: Apache-2.0
// Kinds of requests: their keys, and what of them must fit the rest of the house.
#include <base/request_words.hpp>
#include <charconv>
#include <config/house_checks.hpp>

namespace cordboard::settings {
namespace {

using type = key_type;
constexpr std::int64_t s = 1'000'000'000, min = 60 * s, h = 60 * min;
constexpr std::size_t text_max = 4096;  ///< of one kind, in the log

std::chrono::nanoseconds time_of(const value& v) { return std::chrono::nanoseconds(v.integer); }

constexpr std::array request_kind_keys{
    key<request_kind_config>{
        {"name", type::word, "!", 1, 32, "", "what programs and dialogues call it", "程序与语音流程引用的名称"},
        [](request_kind_config& k, const value& v) { k.name = v.text; }},
    key<request_kind_config>{{"zh", type::name, "!", 1, 64, "", "what people are shown, in Chinese", "中文名称"},
                             [](request_kind_config& k, const value& v) { k.zh = v.text; }},
    key<request_kind_config>{{"en", type::name, "!", 1, 64, "", "what people are shown, in English", "英文名称"},
                             [](request_kind_config& k, const value& v) { k.en = v.text; }},
    key<request_kind_config>{{"prefix", type::number, "!", 1, 8, "", "of its numbers, as \"A\" in A-2026-000123", "编号前缀"},
                             [](request_kind_config& k, const value& v) { k.prefix = v.text; }},
    key<request_kind_config>{
        {"fields", type::references, "", 0, 32, "",
         "what is asked: name:type, where the type is text, integer, date, phone or yes_no; with ! it must be "
         "given, with * it is protected",
         "登记字段:名称:类型,类型为 text、integer、date、phone、yes_no;加 ! 必填,加 * 受保护"},
        [](request_kind_config& k, const value& v) { k.fields = v.list; }},
    key<request_kind_config>{{"results", type::words, "!", 1, 32, "", "what it may be closed with", "办理结果"},
                             [](request_kind_config& k, const value& v) { k.results = v.list; }},
    key<request_kind_config>{{"stages", type::words, "", 0, 32, "", "how far it may be, in order", "办理阶段"},
                             [](request_kind_config& k, const value& v) { k.stages = v.list; }},
    key<request_kind_config>{
        {"owner", type::name, "!", 1, 64, "", "who owns a new one: an operator's name, or the number of a phone or department",
         "责任人:话务员姓名,或话机、科室号码"},
        [](request_kind_config& k, const value& v) { k.owner = v.text; }},
    key<request_kind_config>{{"backup", type::name, "", 0, 64, "", "who is told first when it is overdue", "B 角:超时先告知"},
                             [](request_kind_config& k, const value& v) { k.backup = v.text; }},
    key<request_kind_config>{{"chain", type::references, "", 0, 8, "", "who is told then, one after the other", "逐级上报"},
                             [](request_kind_config& k, const value& v) { k.chain = v.list; }},
    key<request_kind_config>{
        {"reminders", type::references, "50 80", 0, 8, "",
         "percent of the time to its completion, after which the owner is reminded", "催办:已用时限的百分比"},
        [](request_kind_config& k, const value& v) {
          k.reminders.clear();
          for (const auto& one : v.list) {
            std::uint32_t percent = 0;
            const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), percent);
            const bool whole = error == std::errc{} && end == one.data() + one.size();
            k.reminders.push_back(whole ? percent : 0);
          }
        }},
    key<request_kind_config>{
        {"first_contact", type::name, "", 0, 32, "",
         "the person is spoken to within: \"30min\", \"3h\", \"2 days\", \"1 half_day\", \"5 working_days\"; "
         "empty: no limit",
         "首次联系时限:如 30min、3h、2 days、1 half_day、5 working_days;空则不限"},
        [](request_kind_config& k, const value& v) { k.first_contact = v.text; }},
    key<request_kind_config>{{"completion", type::name, "5 working_days", 1, 32, "", "it is closed within", "办结时限"},
                             [](request_kind_config& k, const value& v) { k.completion = v.text; }},
    key<request_kind_config>{{"hours", type::name, "", 0, 64, "",
                              "name of [[hours]]: by whose working days limits are counted, and when people are called",
                              "[[hours]] 的名称:按其工作日计时限,并在其时段内呼出"},
                             [](request_kind_config& k, const value& v) { k.hours = v.text; }},
    key<request_kind_config>{{"escalate_every", type::duration, "24h", 1 * min, 744 * h, "",
                              "how long each one of the chain has before the next one is told", "逐级上报的间隔"},
                             [](request_kind_config& k, const value& v) { k.escalate_every = time_of(v); }},
    key<request_kind_config>{
        {"approval", type::boolean, "false", 0, 1, "", "it is refused only after an approval", "否定须先报批"},
        [](request_kind_config& k, const value& v) { k.approval = v.integer != 0; }},
    key<request_kind_config>{{"tell_result", type::boolean, "false", 0, 1, "",
                              "it is closed only when the person was told the result", "结果告知当事人后方可办结"},
                             [](request_kind_config& k, const value& v) { k.tell_result = v.integer != 0; }},
    key<request_kind_config>{
        {"call_back", type::boolean, "false", 0, 1, "", "the person is to be called back at once", "须回电"},
        [](request_kind_config& k, const value& v) { k.call_back = v.integer != 0; }},
    key<request_kind_config>{
        {"attempts_max", type::integer, "3", 1, 50, "", "so often the person is called", "呼叫次数上限"},
        [](request_kind_config& k, const value& v) { k.attempts_max = static_cast<std::uint32_t>(v.integer); }},
    key<request_kind_config>{{"backoff", type::duration, "10min", 10 * s, 24 * h, "",
                              "pause after the first call that failed; doubles up to 24h", "首次未通后的间隔,逐次加倍至 24h"},
                             [](request_kind_config& k, const value& v) { k.backoff = time_of(v); }},
    key<request_kind_config>{
        {"call_every", type::duration, "0s", 0, 1 * h, "", "pause between two calls of this kind", "同类呼出的间隔"},
        [](request_kind_config& k, const value& v) { k.call_every = time_of(v); }},
    key<request_kind_config>{
        {"calls_max", type::integer, "4", 1, 1000, "", "calls of this kind at a time", "同类呼出的并发上限"},
        [](request_kind_config& k, const value& v) { k.calls_max = static_cast<std::uint32_t>(v.integer); }},
    key<request_kind_config>{{"change_until", type::duration, "0s", 0, 744 * h, "",
                              "so long before its appointment it may be changed or cancelled", "预约时间前多久可更改或取消"},
                             [](request_kind_config& k, const value& v) { k.change_until = time_of(v); }},
    key<request_kind_config>{
        {"late_is_no_show", type::boolean, "false", 0, 1, "",
         "who cancels later than that counts as one who did not come; else it is refused", "逾期取消视为爽约;否则不予取消"},
        [](request_kind_config& k, const value& v) { k.late_is_no_show = v.integer != 0; }},
    key<request_kind_config>{
        {"slots", type::boolean, "false", 0, 1, "", "appointments are booked in slots only: offer_slot", "只按号源预约"},
        [](request_kind_config& k, const value& v) { k.slots = v.integer != 0; }},
    key<request_kind_config>{
        {"book_ahead", type::duration, "0s", 0, 366 * 24 * h, "",
         "so long before an appointment may be booked at most; 0s: no limit", "最早可提前多久预约;0s 表示不限"},
        [](request_kind_config& k, const value& v) { k.book_ahead = time_of(v); }},
    key<request_kind_config>{{"book_until", type::duration, "0s", 0, 744 * h, "",
                              "so long before an appointment may be booked at least", "预约时间前多久截止预约"},
                             [](request_kind_config& k, const value& v) { k.book_until = time_of(v); }},
    key<request_kind_config>{
        {"remind_ahead", type::duration, "0s", 0, 744 * h, "",
         "so long before its appointment the person is reminded; 0s: never", "预约时间前多久提醒;0s 表示不提醒"},
        [](request_kind_config& k, const value& v) { k.remind_ahead = time_of(v); }},
    key<request_kind_config>{{"tell_ahead", type::duration, "12h", 0, 744 * h, "",
                              "so long before its appointment the person is told that the handler cannot be there",
                              "经办人不能到场时须提前多久告知"},
                             [](request_kind_config& k, const value& v) { k.tell_ahead = time_of(v); }},
    key<request_kind_config>{{"no_show_after", type::duration, "0s", 0, 24 * h, "",
                              "who has not come so long after the appointment did not come; 0s: nobody looks",
                              "超过预约时间多久视为爽约;0s 表示不判定"},
                             [](request_kind_config& k, const value& v) { k.no_show_after = time_of(v); }},
    key<request_kind_config>{
        {"no_shows_max", type::integer, "0", 0, 20, "", "who did not come so often may not book for a while; 0: no limit",
         "爽约几次后限制预约;0 表示不限"},
        [](request_kind_config& k, const value& v) { k.no_shows_max = static_cast<std::uint32_t>(v.integer); }},
    key<request_kind_config>{{"barred_for", type::duration, "720h", 1 * h, 366 * 24 * h, "",
                              "how long that is, and how long each time counts", "限制预约的期限,亦为爽约的累计期"},
                             [](request_kind_config& k, const value& v) { k.barred_for = time_of(v); }},
    key<request_kind_config>{
        {"per_person_max", type::integer, "0", 0, 100, "", "open ones of this kind for one person's number; 0: no limit",
         "同一号码未办结的此类事项上限;0 表示不限"},
        [](request_kind_config& k, const value& v) { k.per_person_max = static_cast<std::uint32_t>(v.integer); }},
    key<request_kind_config>{
        {"keep_days", type::integer, "0", 0, 36500, "",
         "so long after its end its texts stay in the store; 0: for ever; what is held by hold_log stays",
         "办结后其文本在数据库中的保留天数;0 表示永久;被留存的不清除"},
        [](request_kind_config& k, const value& v) { k.keep_days = static_cast<std::uint32_t>(v.integer); }},
    key<request_kind_config>{{"dialogue", type::number, "", 0, 32, "",
                              "number of a [[dialogue]] that talks to who is called without an operator; empty: none",
                              "无话务员呼出时所用 [[dialogue]] 的号码;空则没有"},
                             [](request_kind_config& k, const value& v) { k.dialogue = v.text; }},
};

void own(table_reader& to, std::map<std::string, std::uint32_t>& lines, const std::string& what, place at,
         std::string_view key) {
  const auto [hit, fresh] = lines.try_emplace(what, at.line);
  if (!fresh && !what.empty())
    to.tell(at, fmt::format("request_kind.{}", key),
            {fmt::format("\"{}\", as in line {}", what, hit->second), fmt::format("“{}”,与第 {} 行相同", what, hit->second)},
            {"one of its own", "不重复的值"});
}

}  // namespace

const table<request_kind_config> request_kind_table{
    "request_kind", true, "what people are owed: advice, appointments, call backs", "事项类别", request_kind_keys};

void check_request_kinds(table_reader& to, const std::vector<entry<request_kind_config>>& kinds, const known_numbers& numbers,
                         const house_config& house) {
  std::map<std::string, std::uint32_t> names, prefixes;
  for (const auto& e : kinds) {
    const auto& k = e.value;
    const auto wrong = [&](std::string_view key, phrase found, phrase expected) {
      to.tell(e.of(key), fmt::format("request_kind.{}", key), std::move(found), std::move(expected));
    };
    own(to, names, k.name, e.of("name"), "name");
    own(to, prefixes, k.prefix, e.of("prefix"), "prefix");
    std::size_t bytes = 0;
    for (const auto& one : k.fields) {
      bytes += one.size() + 1;
      const auto field = read_request_field(one);
      const bool twice = field && std::count_if(k.fields.begin(), k.fields.end(), [&](const std::string& other) {
                                    const auto known = read_request_field(other);
                                    return known && known->name == field->name;
                                  }) > 1;
      if (!field || twice)
        wrong("fields", quoted(one),
              {"name:type, each name once; not no, kind, name, number or language, which every request has",
               "名称:类型,名称不重复,且不用 no、kind、name、number、language"});
    }
    const auto person = [&](std::string_view key, const std::string& who) {
      bytes += who.size() + 1;
      const bool operates =
          std::any_of(house.operators.begin(), house.operators.end(), [&](const auto& o) { return o.name == who; });
      const auto hit = numbers.find(who);
      if (who.empty() || operates || (hit != numbers.end() && (hit->second == "[[phone]]" || hit->second == "[[department]]")))
        return;
      wrong(key, quoted(who),
            {"the name of an [[operator]], or the number of a [[phone]] or [[department]]",
             "[[operator]] 的姓名,或 [[phone]]、[[department]] 的号码"});
    };
    person("owner", k.owner);
    person("backup", k.backup);
    for (const auto& one : k.chain) {
      person("chain", one);
      if (one.find('|') != std::string::npos) wrong("chain", quoted(one), {"a name without |", "不含 | 的姓名"});
    }
    for (std::size_t i = 0; i < k.reminders.size(); ++i)
      if (k.reminders[i] < 1 || k.reminders[i] > 99 || (i > 0 && k.reminders[i] <= k.reminders[i - 1])) {
        wrong("reminders", {"other values", "其他值"},
              {"percents from \"1\" to \"99\", each more than the one before", "\"1\" 至 \"99\" 的百分比,依次递增"});
        break;
      }
    for (const auto& [key, limit] : {std::pair{"first_contact", &k.first_contact}, {"completion", &k.completion}}) {
      const auto read = read_request_limit(*limit);
      if (!read)
        wrong(key, quoted(*limit),
              {"a limit of at most two years, such as \"30min\", \"3h\", \"2 days\", \"1 half_day\" or \"5 working_days\"",
               "不超过两年的时限,如 30min、3h、2 days、1 half_day、5 working_days"});
      else if (read->counted() && k.hours.empty())
        wrong(key, quoted(*limit), {"hours, by whose working days it is counted", "须设置 hours,按其工作日计算"});
    }
    const auto open = std::any_of(house.hours.begin(), house.hours.end(), [&](const auto& one) { return one.name == k.hours; });
    if (!k.hours.empty() && !open) wrong("hours", quoted(k.hours), {"the name of [[hours]]", "某个 [[hours]] 的名称"});
    if (const auto hit = numbers.find(k.dialogue);
        !k.dialogue.empty() && (hit == numbers.end() || hit->second != "[[dialogue]]"))
      wrong("dialogue", quoted(k.dialogue), {"the number of a [[dialogue]]", "某个 [[dialogue]] 的号码"});
    if (k.book_ahead.count() != 0 && k.book_until >= k.book_ahead)
      wrong("book_until", {"as much as book_ahead", "不短于 book_ahead"},
            {"less: else nothing can be booked", "短于 book_ahead,否则无法预约"});
    for (const auto& list : {k.results, k.stages})
      for (const auto& one : list) bytes += one.size() + 1;
    if (bytes > text_max)
      wrong("fields",
            {fmt::format("{} bytes with results, stages and people", bytes),
             fmt::format("连同结果、阶段与人员共 {} 字节", bytes)},
            {fmt::format("at most {}", text_max), fmt::format("至多 {}", text_max)});
  }
}

void check_kind_named(table_reader& to, const std::string& name, place at, const std::string& key,
                      const std::vector<entry<request_kind_config>>& kinds) {
  if (name.empty() || std::any_of(kinds.begin(), kinds.end(), [&](const auto& e) { return e.value.name == name; })) return;
  to.tell(at, key, quoted(name), {"the name of a [[request_kind]]", "某个 [[request_kind]] 的名称"});
}

}  // namespace cordboard::settings
