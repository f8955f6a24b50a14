// SPDX-License-Identifier: Apache-2.0
// Figures of operators, and of the callers whom they put through.
#include <figures/texts.hpp>

namespace cordboard::figures {

using enum figure_unit;

std::vector<definition> operator_figures() {
  constexpr std::uint8_t by = by_queue | by_operator;
  const auto average = [](std::string_view name, texts title, texts over, quantity n) {
    return definition{
        describe(name, mean, title, over, {"times that an operator had a caller", "受理次数"}, nothing, when_offered), n,
        measure::handled, by};
  };
  const auto time = [](std::string_view name, texts title, texts what, measure of) {
    return definition{describe(name, seconds, title, what, {}, nothing, shared_out), of, {}, by_operator};
  };
  const auto act = [](std::string_view name, texts title, texts what, measure of) {
    return definition{describe(name, figure_unit::count, title, what, {}, nothing, when_happened), of, {}, by_operator};
  };
  return {
      {describe("handled", figure_unit::count, {"Handled", "受理次数"},
                {"times that an operator had a caller: talk and hold", "话务员负责来电人的次数"}, {}, nothing, when_offered),
       measure::handled,
       {},
       by},
      {describe("in_hand", figure_unit::count, {"In hand", "正在受理"}, {"of these, that go on", "其中仍在进行"}, {}, nothing,
                when_offered),
       measure::in_hand,
       {},
       by},
      average("handle_time", {"Average handle time", "平均处理时长"},
              {"talk, hold and work after calls", "通话 + 保持 + 话后处理"},
              {{measure::talk_ns}, {measure::hold_ns}, {measure::wrap_ns}}),
      average("talk_mean", {"Average talk", "平均通话"}, {"talk", "通话时长"}, measure::talk_ns),
      average("hold_mean", {"Average hold", "平均保持"}, {"hold, consultations among it", "保持时长(含咨询)"},
              measure::hold_ns),
      average("consult_mean", {"Average consultation", "平均咨询"},
              {"consultations, a part of the hold", "咨询时长(保持的一部分)"}, measure::consult_ns),
      average("wrap_mean", {"Average work after a call", "平均话后处理"}, {"work after calls", "话后处理时长"},
              measure::wrap_ns),
      {describe("offers", figure_unit::count, {"Offers to operators", "分配次数"},
                {"times that an operator was asked to take a caller", "向话务员分配来电的次数"}, {}, nothing, when_offered),
       measure::offers,
       {},
       by},
      {describe("offers_unanswered", share, {"Offers not taken", "未应答率"},
                {"offers that the operator did not answer or could not be reached with", "话务员未应答或无法振铃的分配"},
                {"offers", "分配次数"}, {"offers that another one answered, or the caller ended", "他人应答或来电人挂机的分配"},
                when_offered),
       measure::offers_unanswered,
       {{measure::offers}, {measure::offers_withdrawn, -1}, {measure::offers_open, -1}},
       by},
      {describe("ring_mean", mean, {"Average ringing", "平均振铃"}, {"ringing of offers", "分配的振铃时长"},
                {"offers", "分配次数"}, nothing, when_offered),
       measure::ring_ns, measure::offers, by},
      {describe("occupancy", share, {"Occupancy", "工时利用率"},
                {"ringing, talk, hold and work after calls", "振铃 + 通话 + 保持 + 话后处理"},
                {"logged on less not ready", "签入 − 示忙"}, {"time not ready", "示忙时间"}, shared_out),
       {{measure::busy_ns}, {measure::working_ns}},
       {{measure::logged_on_ns}, {measure::not_ready_ns, -1}},
       by_operator},
      time("logged_on", {"Logged on", "签入时长"}, {"time logged on", "签入的时间"}, measure::logged_on_ns),
      time("ready", {"Ready", "示闲时长"}, {"time ready", "示闲的时间"}, measure::ready_ns),
      time("busy", {"Busy", "占用时长"}, {"time with a call, ringing too", "有来电的时间,含振铃"}, measure::busy_ns),
      time("working_after_call", {"Working after calls", "话后处理时长"}, {"time after calls", "话后处理的时间"},
           measure::working_ns),
      time("not_ready", {"Not ready", "示忙时长"}, {"time not ready", "示忙的时间"}, measure::not_ready_ns),
      act("log_ins", {"Log-ins", "签入次数"}, {"log-ins", "签入"}, measure::log_ins),
      {describe("log_ins_on_time", share, {"Log-ins on time", "准时登录率"},
                {"log-ins ahead of the shift, as far as is asked for", "按要求提前签入"},
                {"log-ins for a shift", "有班次的签入"}, nothing, when_happened),
       measure::log_ins_on_time, measure::log_ins_for_shift, by_operator},
      act("absences", {"Breaks", "小休次数"}, {"times not ready with a reason", "有原因的示忙"}, measure::absences),
      {describe("overruns", share, {"Breaks too long", "小休超时率"},
                {"breaks longer than their reason allows", "超过允许时长的小休"}, {"breaks", "小休次数"}, nothing,
                when_happened),
       measure::overruns, measure::absences, by_operator},
      act("leaves_asked", {"Wishes to leave", "离岗申请"}, {"wishes to leave the position", "离岗申请"}, measure::leaves_asked),
      act("leaves_granted", {"Wishes granted", "离岗批准"}, {"of these, granted", "其中获准"}, measure::leaves_granted),
  };
}

std::vector<definition> transfer_figures() {
  constexpr std::uint8_t by = by_queue | by_operator | by_department;
  const auto count = [](std::string_view name, texts title, texts what, measure of) {
    return definition{describe(name, figure_unit::count, title, what, {}, nothing, when_happened), of, {}, by};
  };
  const auto rate = [](std::string_view name, texts title, texts over, quantity n) {
    return definition{describe(name, share, title, over, {"attempts", "转接尝试"}, nothing, when_happened), n,
                      measure::transfers, by};
  };
  return {
      count("transfers", {"Transfers", "转接尝试"}, {"attempts to put a caller through", "为来电人转接的尝试"},
            measure::transfers),
      count("transfers_connected", {"… connected", "…已接通"}, {"the caller talks to the called party", "来电人与被叫通话"},
            measure::transfers_connected),
      count("transfers_refused", {"… refused", "…被叫不接"}, {"the called party would not take the caller", "被叫不接"},
            measure::transfers_refused),
      count("transfers_busy", {"… busy", "…占线"}, {"the called party was busy", "被叫占线"}, measure::transfers_busy),
      count("transfers_no_answer", {"… no answer", "…无人应答"}, {"nobody answered", "无人应答"}, measure::transfers_no_answer),
      count("transfers_unreachable", {"… unreachable", "…无法接通"},
            {"the called party could not be reached, or its line failed", "无法到达被叫或线路故障"},
            measure::transfers_unreachable),
      count("transfers_cancelled", {"… cancelled", "…取消"},
            {"the operator took the caller back, or the call was ended", "话务员取消或通话被结束"},
            measure::transfers_cancelled),
      count("transfers_caller_left", {"… caller left", "…来电人挂机"}, {"the caller hung up meanwhile", "来电人途中挂机"},
            measure::transfers_caller_left),
      count("transfers_conferenced", {"… joined by the operator", "…转为会议"},
            {"caller, operator and called party talk together", "三方通话"}, measure::transfers_conferenced),
      count("transfers_open", {"… under way", "…进行中"}, {"not ended yet", "尚未结束"}, measure::transfers_open),
      rate("transfer_success", {"Transfer success", "转接成功率"}, {"connected", "已接通"}, measure::transfers_connected),
      count("transfers_returned", {"Given back at once", "即时退回"},
            {"the caller was with the operator, who never left", "来电人始终与话务员相连"}, measure::transfers_returned),
      rate("recall_rate", {"Recall rate", "转接回呼率"}, {"came back after the operator had left", "话务员离开后又退回"},
           {{measure::transfers_recalled}, {measure::transfers_escalated}}),
      count("transfers_dropped", {"Dropped in a transfer", "转接中丢失"},
            {"callers whom the house lost between leaving the operator and reaching somebody; the target is 0",
             "离开话务员后、到达他人前丢失的来电,目标为 0"},
            measure::transfers_dropped),
      count("transfers_line_lost", {"The caller's own line failed", "来电人线路故障"},
            {"of those where the caller left: the line died, nobody hung up", "来电人挂机之中:线路中断而非挂机"},
            measure::transfers_line_lost),
      count("transfers_single_step", {"Without consultation", "直接转接"}, {"attempts in a single step", "未经咨询的转接"},
            measure::transfers_single_step),
      {describe("put_through", figure_unit::count, {"Taken by a called party", "被叫接听"},
                {"times that a department, or somebody else who was called, had a caller", "科室或其他被叫接到来电人的次数"},
                {}, nothing, when_offered),
       measure::put_through,
       {},
       by_queue | by_department},
      {describe("put_through_mean", mean, {"Average talk of a called party", "被叫平均通话"},
                {"their time with callers", "与来电人通话时长"}, {"times that they had one", "接听次数"}, nothing,
                when_offered),
       measure::put_through_ns, measure::put_through, by_queue | by_department},
  };
}

std::vector<definition> house_figures() {
  constexpr std::uint8_t by = by_queue | by_operator;
  const auto count = [](std::string_view name, texts title, texts what, measure of, std::uint8_t apart = 0) {
    return definition{describe(name, figure_unit::count, title, what, {}, nothing, when_happened), of, {}, apart};
  };
  const texts asked{"ratings asked for", "发起评价"};
  const texts given{"ratings given", "已评价"};
  return {
      count("ratings_asked", {"Ratings asked for", "发起评价"}, {"callers who were asked to rate the operator", "请来电人评价"},
            measure::ratings_asked, by),
      {describe("rating_response", share, {"Response rate", "参评率"}, given, asked, nothing, when_happened),
       measure::ratings_given, measure::ratings_asked, by},
      {describe("satisfaction", score, {"Mean rating", "满意度均分"}, {"sum of the ratings", "评分之和"}, given,
                {"who gave none", "未评价者"}, when_happened),
       measure::rating_sum, measure::ratings_given, by},
      {describe("satisfied", share, {"Ratings of 4 and 5", "满意率(4、5 分)"},
                {"ratings of 4 and more, of 5", "4 分及以上(5 分制)"}, given, {"who gave none", "未评价者"}, when_happened),
       measure::ratings_top_two, measure::ratings_given, by},
      count("recordings", {"Recordings", "录音"}, {"recordings that began", "开始的录音"}, measure::recordings, by),
      {describe("recorded", share, {"Calls recorded", "录音覆盖率"}, {"calls with a recording", "有录音的通话"},
                {"calls", "通话总数"}, consultations, when_begun),
       measure::calls_recorded, measure::calls, by_queue},
      {describe("recorded_time", seconds, {"Recorded time", "录音时长"}, {"length of recordings", "录音总时长"}, {}, nothing,
                when_happened),
       measure::recorded_ns,
       {},
       by},
      count("recordings_declined", {"Recordings declined", "不同意录音"}, {"callers who did not want it", "不同意录音的来电人"},
            measure::recordings_declined, by),
      count("recordings_failed", {"Recordings that failed", "录音失败"},
            {"recordings that could not be written on", "无法写入的录音"}, measure::recordings_failed, by),
      count("recording_gaps", {"Gaps in recordings", "录音缺失"}, {"places where the disk was too slow", "磁盘过慢造成的缺失"},
            measure::recording_gaps, by),
      {describe("availability", share, {"Equipment availability", "设备可用率"}, {"time in service", "可用时间"},
                {"time since it first registered or answered, until it is taken out", "自首次可用起至停用"}, nothing,
                shared_out),
       {{measure::watched_ns}, {measure::out_of_service_ns, -1}},
       measure::watched_ns,
       by_department | by_trunk},
      count("log_gaps", {"Gaps in the log", "日志缺口"},
            {"places where the log lacks events: figures there are not whole", "日志缺失事件之处,相应指标不完整"},
            measure::log_gaps),
      count("unclean_starts", {"Starts after a crash", "异常重启"},
            {"starts of the board after an unclean end", "非正常结束后的启动"}, measure::unclean_starts),
  };
}

}  // namespace cordboard::figures
