// SPDX-License-Identifier: Apache-2.0
// What the example house's kinds call their fields, results and stages, in Chinese. Kinds are configuration: a name that is not here is shown as it is.

import { spoken } from "./text.js";

const CHINESE: Readonly<Record<string, string>> = {
  accepted: "受理", address: "地址", again: "再次反映", age: "年龄", answer: "答复", answer_known: "已有答案", answered: "已答复", arrived: "已到达", asked_superior: "已请示上级",
  bed: "床号", booked_by: "预约人", by_phone: "电话通知", came: "已就诊", cancelled_by_house: "院方取消", channel: "渠道", checked: "已检查", confirmed: "已确认", declined: "拒绝",
  deficient: "有缺陷", department: "科室", doctor: "医生", done: "已完成", explained: "已说明", extended_to: "延期至", found_by: "发现途径", handled: "已处理", id_checked: "已核对身份",
  in_order: "正常", item: "项目", known_fault: "已知故障", major: "重大事项", matter: "事由", mended: "已整改", next: "下次日期", no_fault: "无故障", no_show: "爽约",
  not_accepted: "不受理", not_confirmed: "未确认", not_needed: "不需要", not_reached: "未联系上", not_satisfied: "不满意", not_solved: "未解决", not_taken_up: "未采纳", not_wanted: "不愿接受",
  notified: "已通知", on_site: "已到现场", opinion: "意见", outside_number: "外部编号", overruled: "已否决", passed_on: "已转办", place: "地点", promised_elsewhere: "另行答复", question: "问题",
  reached: "已联系上", read_back: "已复述", read_back_and_passed_on: "复述并转达", reason: "理由", referred: "已转介", reminded: "已提醒", repaired: "已修复", replaced: "已更换",
  returned: "已退回", round: "轮次", satisfied: "是否满意", score: "评分", sent: "已发送", sex: "性别", signed: "签字", signed_for: "已签收", since: "起始日期", solved: "已解决",
  symptom: "症状", taken_up: "已采纳", time: "时间", told: "已告知", urgent: "紧急", value: "数值", visit: "就诊", wanted: "诉求", ward: "病区", what: "内容",
  wish_to_come: "是否来院", withdrawn: "已撤回",
};
export const fieldWord = (name: string): string => (spoken() === "zh" ? CHINESE[name] : undefined) ?? name.replaceAll("_", " ");
