// SPDX-License-Identifier: Apache-2.0
// Figures of calls and of the queues that they wait in.
#include <figures/texts.hpp>

namespace cordboard::figures {

using enum figure_unit;

std::vector<definition> call_figures() {
  constexpr std::uint8_t by = by_queue | by_operator | by_trunk;
  const auto count = [](std::string_view name, texts title, texts what, measure of) {
    return definition{describe(name, figure_unit::count, title, what, {}, consultations, when_begun), of, {}, by};
  };
  return {
      count("calls", {"Calls", "通话总数"}, {"calls that began", "开始的通话"}, measure::calls),
      count("calls_from_outside", {"Calls from outside", "外线来电"}, {"calls that came in by a trunk", "经中继进入的来电"},
            measure::calls_from_outside),
      count("calls_from_inside", {"Calls from inside", "内线来电"}, {"calls from a phone of the house", "院内话机发起的来电"},
            measure::calls_from_inside),
      count("calls_made", {"Calls made", "去电"}, {"calls that an operator made", "话务员发起的去电"}, measure::calls_made),
      count("calls_served", {"Calls that an operator had", "人工受理量"},
            {"calls in which an operator was responsible for the caller at some time", "曾由话务员负责的通话"},
            measure::calls_served),
      count("calls_open", {"Calls that go on", "进行中的通话"}, {"calls that nobody has ended yet", "尚未结束的通话"},
            measure::calls_open),
      count("ended_by_caller", {"Ended by the caller", "来电人先挂机"}, {"calls that the caller ended", "来电人先挂机的通话"},
            measure::ended_by_caller),
      count("ended_by_operator", {"Ended by the operator", "话务员先挂机"},
            {"calls in which the operator hung up while the caller was on the line", "来电人仍在线时话务员先挂机的通话"},
            measure::ended_by_operator),
      count("ended_by_department", {"Ended by the department", "科室先挂机"},
            {"the same of a party that the caller was put through to", "转接后由被叫先挂机的通话"},
            measure::ended_by_department),
      count("ended_by_command", {"Ended by command", "按命令结束"}, {"calls that a command ended", "由命令结束的通话"},
            measure::ended_by_command),
      count("ended_by_house", {"Ended by the house", "系统结束"},
            {"calls that a rule, a fault or a stop ended", "由规则、故障或停机结束的通话"}, measure::ended_by_house),
      {describe("operator_first", share, {"Ended by operator first", "话务员先挂机率"},
                {"calls in which the operator hung up first", "话务员先挂机的通话"},
                {"calls that an operator had and that are over", "话务员受理且已结束的通话"}, consultations, when_begun),
       measure::ended_by_operator, measure::served_ended, by},
      {describe("call_mean", mean, {"Mean length of a call", "平均通话时长"},
                {"length of calls, from beginning to end", "通话自开始至结束的时长"}, {"calls that are over", "已结束的通话"},
                consultations, when_begun),
       measure::call_ns, measure::calls_ended, by},
  };
}

std::vector<definition> queue_figures() {
  constexpr std::uint8_t by = by_queue;
  const auto count = [](std::string_view name, texts title, texts what, quantity of, std::uint8_t apart = by_queue) {
    return definition{describe(name, figure_unit::count, title, what, {}, nothing, when_entered), of, {}, apart};
  };
  const auto rate = [](std::string_view name, texts title, texts over, texts under, texts but, quantity n, quantity d) {
    return definition{describe(name, share, title, over, under, but, when_entered), n, d, by};
  };
  const texts shorts{"short abandons: who gave up within S seconds", "短时放弃:S 秒内挂机"};
  const texts in_time{"answered within T seconds", "T 秒内接通"};
  const quantity ans_t{{measure::answered_in, 1, within::target}};
  const quantity off_less_short{{measure::offered}, {measure::abandoned_in, -1, within::shortly}};
  return {
      count("offered", {"Offered", "进入队列"},
            {"callers who entered a queue; each wait counts", "进入队列的来电,每次等待计一次"}, measure::offered),
      count("answered", {"Answered", "接通"}, {"waits that an operator or the supervisor ended", "由话务员或主管接通的等待"},
            measure::answered, by_queue | by_operator),
      count("abandoned", {"Abandoned", "放弃"}, {"waits that the caller ended", "来电人在等待中挂机"}, measure::abandoned),
      count("short_abandoned", {"Short abandons", "短时放弃"}, {"of these within S seconds", "其中 S 秒内放弃"},
            {{measure::abandoned_in, 1, within::shortly}}),
      count("overflowed", {"Overflowed", "溢出"},
            {"waits that a limit of the queue ended: the caller went elsewhere", "因队列限制转往他处的等待"},
            measure::overflowed),
      count("left_unstaffed", {"Left: no operator", "无人值守离开"},
            {"waits that ended since no operator was left", "因无话务员而结束的等待"}, measure::unstaffed),
      count("left_for_callback", {"Left for a callback", "转为回拨"},
            {"waits that ended with the promise of a callback", "以约定回拨结束的等待"}, measure::called_back),
      count("ended_in_queue", {"Ended in the queue by the house", "排队中被系统结束"},
            {"waits that a command, a stop or a fault ended", "因命令、停机或故障结束的等待"}, measure::ended_in_queue),
      count("waiting", {"Waiting", "等待中"}, {"waits that go on", "仍在进行的等待"}, measure::waiting),
      count("end_unknown", {"End not in the log", "结局缺失"}, {"waits whose end the log lacks", "日志缺少其结局的等待"},
            measure::wait_unknown),
      count("place_kept", {"At a kept place", "重拨保位"}, {"waits at the place of an earlier call", "沿用先前位次的等待"},
            measure::place_kept),
      count("came_again", {"Came back to the queue", "退回队列"},
            {"waits of callers who came back from an operator or a transfer", "由话务员或转接退回的等待"}, measure::came_again),
      count("closed", {"Turned away: closed", "非服务时间"}, {"callers of a line that was closed", "呼入时线路未开放"},
            measure::closed),
      count("full", {"Turned away: full", "队列已满"},
            {"callers of a line in which as many waited as may", "呼入时等候人数已满"}, measure::full),
      count("no_operator", {"Turned away: no operator", "无话务员"},
            {"callers of a line without an operator", "呼入时无话务员"}, measure::no_operator),
      rate("answer_rate", {"Answer rate", "电话接通率"}, {"answered", "接通"},
           {"offered less short abandons", "进入队列 − 短时放弃"}, shorts, measure::answered, off_less_short),
      rate("answer_rate_raw", {"Answer rate, raw", "接通率(不剔除)"}, {"answered", "接通"}, {"offered", "进入队列"}, nothing,
           measure::answered, measure::offered),
      rate("service_level_a", {"Service level A", "服务水平 A"}, in_time,
           {"offered less short abandons", "进入队列 − 短时放弃"}, shorts, ans_t, off_less_short),
      rate("service_level_b", {"Service level B", "服务水平 B"}, {"answered or abandoned within T seconds", "T 秒内接通或放弃"},
           {"offered", "进入队列"}, nothing,
           {{measure::answered_in, 1, within::target}, {measure::abandoned_in, 1, within::target}}, measure::offered),
      rate("service_level_c", {"Service level C", "服务水平 C"}, in_time, {"answered and abandoned", "接通 + 放弃"},
           {"waits that ended otherwise", "以其他方式结束的等待"}, ans_t, {{measure::answered}, {measure::abandoned}}),
      rate("service_level_d", {"Service level D", "服务水平 D"}, in_time, {"answered", "接通"},
           {"all who were not answered: callers who gave up make it look no worse", "未接通者:放弃的来电不会使其变差"}, ans_t,
           measure::answered),
      rate("within_rings", {"Answered within r rings", "r 声内接通率"},
           {"answered within r rings by the cadence of the tone", "按回铃节拍在 r 声内接通"}, {"offered", "进入队列"}, nothing,
           {{measure::answered_rings, 1, within::rings}}, measure::offered),
      rate("abandonment", {"Abandonment", "放弃率"}, {"abandoned", "放弃"}, {"offered", "进入队列"}, nothing,
           measure::abandoned, measure::offered),
      rate("abandonment_long", {"Abandonment without short ones", "放弃率(剔除短时)"},
           {"abandoned less short abandons", "放弃 − 短时放弃"}, {"offered less short abandons", "进入队列 − 短时放弃"}, shorts,
           {{measure::abandoned}, {measure::abandoned_in, -1, within::shortly}}, off_less_short),
      {describe("asa", mean, {"Average speed of answer", "平均应答速度"},
                {"waits of those who were answered", "已接通者的等待时长"}, {"answered", "接通"},
                {"who was not answered", "未接通者"}, when_entered),
       measure::answered_wait_ns, measure::answered, by_queue | by_operator},
      {describe("average_wait", mean, {"Average wait, all", "平均等待(全部)"},
                {"all waits that are over", "已结束的全部等待时长"}, {"waits that are over", "已结束的等待"},
                {"who still waits", "仍在等待者"}, when_entered),
       measure::wait_ns, measure::waits_ended, by},
      {describe("patience", mean, {"Average wait of those who gave up", "放弃者平均等待"},
                {"waits of those who gave up", "放弃者的等待时长"}, {"abandoned", "放弃"}, {"all others", "其余"},
                when_entered),
       measure::abandoned_wait_ns, measure::abandoned, by},
  };
}

}  // namespace cordboard::figures
