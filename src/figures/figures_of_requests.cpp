// SPDX-License-Identifier: Apache-2.0
// Figures of what people are owed: requests, their times, calls to their people, appointments, and the entries of calls.
#include <figures/texts.hpp>

namespace cordboard::figures {

using enum figure_unit;

namespace {

constexpr texts when_opened{"in which it was opened", "事项受理的时段"};
constexpr texts when_due{"in which the time by which it was due lies", "时限届满的时段"};
constexpr texts when_called{"in which the person was called first", "首次呼叫的时段"};
constexpr texts when_it_lies{"in which the appointment lies", "预约时间所在的时段"};
constexpr texts when_call_ended{"in which the call ended", "通话结束的时段"};
constexpr texts not_due{"what is not due yet, and what was called off before", "尚未到期及到期前已取消的"};
constexpr texts opened{"requests that were opened", "受理的事项"};
constexpr texts bookings_only{"requests of other kinds than `appointment`", "预约以外的事项"};

constexpr std::uint8_t by_all = by_kind | by_channel | by_operator | by_department;

definition number(std::string_view name, texts title, texts what, quantity of, texts when = when_opened,
                  std::uint8_t by = by_all) {
  return {describe(name, figure_unit::count, title, what, {}, nothing, when), of, {}, by};
}
definition rate(std::string_view name, texts title, texts over, texts under, quantity n, quantity d, texts when = when_opened,
                texts but = nothing, std::uint8_t by = by_all) {
  return {describe(name, share, title, over, under, but, when), n, d, by};
}
definition average(std::string_view name, texts title, texts over, texts under, quantity n, quantity d,
                   texts when = when_opened) {
  return {describe(name, mean, title, over, under, nothing, when), n, d, by_all};
}

void add_requests(std::vector<definition>& to) {
  const quantity over{{measure::requests_closed}, {measure::requests_refused}, {measure::requests_cancelled}};
  to.push_back(number("requests", {"Requests", "受理事项"}, opened, measure::requests));
  to.push_back(number("requests_open", {"… open", "…办理中"}, {"not over yet", "尚未办结"}, measure::requests_open));
  to.push_back(
      number("requests_closed", {"… closed", "…办结"}, {"closed with a result", "以结果办结"}, measure::requests_closed));
  to.push_back(number("requests_refused", {"… refused", "…不予受理"}, {"refused with a reason", "说明理由不予受理"},
                      measure::requests_refused));
  to.push_back(number("requests_cancelled", {"… cancelled", "…撤销"}, {"the person did not want it any more", "当事人撤销"},
                      measure::requests_cancelled));
  to.push_back(number("requests_not_opened", {"Could not be opened", "未能受理"},
                      {"what callers left, and no request could be made of", "来电人留下而未能成为事项的"}, measure::not_opened,
                      when_happened, by_kind));
  to.push_back(rate("requests_signed", {"Signed for", "签收率"}, {"taken in hand by an owner", "承办人已签收"}, opened,
                    measure::requests_signed, measure::requests));
  to.push_back(average("sign_time", {"Time until signed for", "平均签收用时"},
                       {"from the opening until an owner took it in hand", "自受理至签收的时长"}, {"signed for", "已签收"},
                       measure::sign_ns, measure::requests_signed));
  to.push_back(rate("requests_extended", {"Extended", "延期率"}, {"completion was put off", "办结时限曾延长"}, opened,
                    measure::requests_extended, measure::requests));
  to.push_back(rate("requests_returned", {"Returned", "退单率"},
                    {"went back to somebody who had given it away", "退回曾经的承办人"}, opened, measure::requests_returned,
                    measure::requests));
  to.push_back(rate("requests_came_again", {"Second round", "二次来电率"}, {"the person came again about it", "当事人再次来电"},
                    opened, measure::requests_came_again, measure::requests));
  to.push_back(rate("requests_escalated", {"Escalated", "升级率"}, {"went up the chain, being late", "逾期上报"}, opened,
                    measure::requests_escalated, measure::requests));
  to.push_back(average("completion_time", {"Time until over", "平均办结用时"},
                       {"from the opening to the end", "自受理至结束的时长"}, {"requests that are over", "已结束的事项"},
                       measure::request_ns, over));
  to.push_back(rate("result_told", {"Told the result", "结果告知率"},
                    {"of these, the person was told the result", "已告知当事人结果"}, {"closed", "办结"},
                    measure::requests_told, measure::requests_closed));
  to.push_back(rate("closed_at_once", {"Closed at the first contact", "一次办结率"},
                    {"of these, the person neither was called nor came again", "未再联系当事人,当事人亦未再次来电"},
                    {"closed", "办结"}, measure::requests_at_once, measure::requests_closed));
  to.push_back(rate("solved", {"Solved", "解决率"}, {"closed as `solved`", "以“solved”办结"},
                    {"closed as `solved`, `explained` or `not_solved`", "以“solved”“explained”“not_solved”办结"},
                    {{measure::requests_with, 1, within::solved}}, {{measure::requests_with, 1, within::judged}}, when_opened,
                    {"requests of kinds without these results", "没有这些结果的事项类别"}, by_kind | by_channel));
  to.push_back(rate("requests_satisfied", {"Satisfied, when asked", "回访满意率"},
                    {"closed as `satisfied`", "以“satisfied”办结"},
                    {"closed as `satisfied` or `not_satisfied`", "以“satisfied”或“not_satisfied”办结"},
                    {{measure::requests_with, 1, within::satisfied}}, {{measure::requests_with, 1, within::asked}}, when_opened,
                    {"requests of kinds without these results", "没有这些结果的事项类别"}, by_kind | by_channel));
}

void add_times(std::vector<definition>& to) {
  const texts due{"due", "到期"};
  const texts in_time{"of these, done by then", "其中按时完成"};
  const auto kept = [&](std::string_view name, texts title, texts over, quantity n, quantity d) {
    to.push_back(rate(name, title, over, due, n, d, when_due, not_due));
  };
  kept("first_contact_in_time", {"First contact in time", "首次联系及时率"},
       {"of these, somebody spoke to the person by then", "其中按时联系当事人"}, measure::first_contact_in_time,
       {{measure::first_contact_in_time}, {measure::first_contact_late}, {measure::first_contact_missed}});
  kept("promises_kept", {"Promises kept", "承诺兑现率"}, {"of these, answered by then", "其中按承诺答复"},
       measure::promise_in_time, {{measure::promise_in_time}, {measure::promise_late}, {measure::promise_missed}});
  kept("completed_in_time", {"Completed in time", "限时办结率"}, in_time, measure::completion_in_time,
       {{measure::completion_in_time}, {measure::completion_late}, {measure::completion_missed}});
  to.push_back(rate("complaints_in_time", {"Complaints in time", "投诉按时办结率"}, in_time,
                    {"complaints that were due", "到期的投诉"}, {{measure::completion_in_time, 1, within::complaints}},
                    {{measure::completion_in_time, 1, within::complaints},
                     {measure::completion_late, 1, within::complaints},
                     {measure::completion_missed, 1, within::complaints}},
                    when_due, {"requests of other kinds than `complaint`", "投诉以外的事项"}));
  to.push_back(rate("complaint_rate", {"Complaints per call", "投诉率"}, {"complaints that were opened", "受理的投诉"},
                    {"calls that began", "开始的通话"}, {{measure::requests, 1, within::complaints}}, measure::calls,
                    when_happened, {"requests of other kinds than `complaint`", "投诉以外的事项"}, 0));
  to.push_back(number("times_late", {"Done late", "逾期完成"},
                      {"done behind its time: first contacts, promises, completions", "逾期才完成的首次联系、承诺和办结"},
                      {{measure::first_contact_late}, {measure::promise_late}, {measure::completion_late}}, when_due));
  to.push_back(number("times_missed", {"Overdue", "逾期未完成"}, {"past its time and not done yet", "已逾期且尚未完成"},
                      {{measure::first_contact_missed}, {measure::promise_missed}, {measure::completion_missed}}, when_due));
  to.push_back(average("lateness", {"Average lateness", "平均逾期时长"},
                       {"time behind what was done late", "逾期完成的超时时长"}, {"done late", "逾期完成"}, measure::late_ns,
                       {{measure::first_contact_late}, {measure::promise_late}, {measure::completion_late}}, when_due));
}

void add_calls(std::vector<definition>& to) {
  const auto attempts = [&](std::string_view name, texts title, texts what, measure of) {
    to.push_back(number(name, title, what, of, when_happened));
  };
  const texts persons{"persons who were called", "呼叫过的当事人"};
  const auto reached = [&](std::string_view name, texts title, texts over, measure of) {
    to.push_back(rate(name, title, over, persons, of, measure::persons_called, when_called));
  };
  reached("callback_reach", {"Callback reach", "回访接通率"}, {"of these, reached", "其中已接通"}, measure::persons_reached);
  reached("reached_first", {"… by the first call", "…首次接通"}, {"by the first call", "首次呼叫即接通"},
          measure::reached_first);
  reached("reached_second", {"… by the second", "…第二次接通"}, {"by the second call", "第二次呼叫接通"},
          measure::reached_second);
  reached("reached_third", {"… by the third", "…第三次接通"}, {"by the third call", "第三次呼叫接通"}, measure::reached_third);
  attempts("attempts", {"Calls to people", "外呼次数"}, {"calls to the people of requests", "为事项呼叫当事人的次数"},
           measure::attempts);
  attempts("attempts_answered", {"… answered", "…已接通"}, {"the person answered", "当事人接听"}, measure::attempts_answered);
  attempts("attempts_busy", {"… busy", "…占线"}, {"the line was busy", "占线"}, measure::attempts_busy);
  attempts("attempts_no_answer", {"… no answer", "…无人应答"}, {"nobody answered", "无人应答"}, measure::attempts_no_answer);
  attempts("attempts_rejected", {"… rejected", "…拒接"}, {"turned away", "被拒接"}, measure::attempts_rejected);
  attempts("attempts_unreachable", {"… unreachable", "…无法接通"}, {"no such number, or switched off", "空号或关机"},
           measure::attempts_unreachable);
  attempts("attempts_operator_missed", {"… the operator did not answer", "…话务员未应答"},
           {"the person was never called", "未呼叫到当事人"}, measure::attempts_operator_missed);
  attempts("attempts_cancelled", {"… cancelled", "…取消"}, {"given up before the person could answer", "接通前取消"},
           measure::attempts_cancelled);
  attempts("attempts_interrupted", {"… interrupted", "…中断"}, {"the process or the line ended half way", "进程或线路中断"},
           measure::attempts_interrupted);
  attempts("attempts_open", {"… under way", "…进行中"}, {"not over yet", "尚未结束"}, measure::attempts_open);
}

void add_appointments(std::vector<definition>& to) {
  const texts wishes{"wishes for an appointment: requests of the kind `appointment`, and what could not become one",
                     "预约需求:预约类事项及未能受理的预约"};
  const quantity all{{measure::bookings_with, 1, within::bookings}, {measure::not_opened, 1, within::bookings}};
  const auto failed = [&](std::string_view name, texts title, texts what, term of, texts when = when_opened) {
    to.push_back({describe(name, figure_unit::count, title, what, {}, bookings_only, when), {of}, {}, by_kind | by_channel});
  };
  to.push_back(rate("booking_success", {"Booking success", "预约成功率"}, {"of these, a time was agreed on", "其中已约定时间"},
                    wishes, {{measure::bookings_with, 1, within::booked}}, all, when_opened, bookings_only,
                    by_kind | by_channel));
  failed("booking_refused", {"… failed: refused", "…未成功:不予受理"},
         {"refused before a time was agreed on", "约定时间前不予受理"}, {measure::bookings_with, 1, within::unbooked_refused});
  failed("booking_cancelled", {"… failed: called off", "…未成功:撤销"},
         {"called off before a time was agreed on", "约定时间前撤销"}, {measure::bookings_with, 1, within::unbooked_cancelled});
  failed("booking_closed", {"… failed: closed otherwise", "…未成功:另行办结"}, {"closed without a time", "未约定时间即办结"},
         {measure::bookings_with, 1, within::unbooked_closed});
  failed("booking_not_opened", {"… failed: not opened", "…未成功:未能受理"},
         {"what could not become a request", "未能成为事项的"}, {measure::not_opened, 1, within::bookings}, when_happened);
  failed("booking_open", {"… no time yet", "…尚未约定"}, {"open, and no time agreed on yet", "办理中且尚未约定时间"},
         {measure::bookings_with, 1, within::unbooked_open});
  const quantity due{{measure::appointments_over}, {measure::appointments_missed}};
  const texts held{"appointments whose end is known", "已有结果的预约"};
  to.push_back(number("appointments", {"Appointments", "预约"}, {"appointments", "预约"}, measure::appointments, when_it_lies));
  to.push_back(number("appointments_cancelled", {"… called off", "…取消"}, {"called off, or refused", "取消或不予受理"},
                      measure::appointments_cancelled, when_it_lies));
  to.push_back(rate("confirmation_rate", {"Confirmed", "预约确认率"}, {"of these, confirmed by the person", "其中当事人已确认"},
                    {"appointments that were not called off", "未取消的预约"}, measure::appointments_confirmed,
                    {{measure::appointments}, {measure::appointments_cancelled, -1}}, when_it_lies));
  to.push_back(rate("arrival_rate", {"Came", "来院就诊达到率"}, {"checked in, or closed as `came`", "已报到或以“came”办结"},
                    held, {{measure::appointments_arrived}, {measure::appointments_with, 1, within::came}}, due, when_it_lies,
                    nothing, by_kind | by_channel));
  to.push_back(rate("no_show_rate", {"Did not come", "爽约率"},
                    {"recorded as a no-show, or closed as `no_show`", "记为爽约或以“no_show”办结"}, held,
                    {{measure::appointments_missed}, {measure::appointments_with, 1, within::no_show}}, due, when_it_lies,
                    nothing, by_kind | by_channel));
}

void add_entries(std::vector<definition>& to) {
  const auto number_of = [&](std::string_view name, texts title, texts what, quantity of) {
    to.push_back({describe(name, figure_unit::count, title, what, {}, nothing, when_call_ended), of, {}, by_operator});
  };
  to.push_back(
      {describe("register_completeness", share, {"Register completeness", "登记完整率"},
                {"of these, with a note or a request, by the limit for it", "其中已按时登记"},
                {"callers whom an operator had, and who are gone: something is to be written down", "应登记的通话"},
                {"calls that owe no entry by policy; what is not due yet", "按规定无需登记及尚未到期的"}, when_call_ended),
       {{measure::entries_at_call}, {measure::entries_later}},
       {{measure::entries}, {measure::entries_owed, -1}},
       by_operator});
  number_of("entries_at_call", {"… in the call", "…通话中登记"}, {"written down while the caller was there", "通话期间登记"},
            measure::entries_at_call);
  number_of("entries_later", {"… soon after", "…事后补记"}, {"written down behind the call, by the limit", "通话后按时补记"},
            measure::entries_later);
  number_of("entries_missed", {"… missing", "…缺失"}, {"not written down by the limit", "逾期未登记"}, measure::entries_missed);
  number_of("entries_owed", {"… still owed", "…待登记"}, {"owed, and the limit is not over", "尚未到期的待登记"},
            measure::entries_owed);
}

}  // namespace

std::vector<definition> request_figures() {
  std::vector<definition> all;
  for (const auto& part : {add_requests, add_times, add_calls, add_appointments, add_entries}) part(all);
  return all;
}

}  // namespace cordboard::figures
