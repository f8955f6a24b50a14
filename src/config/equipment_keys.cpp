// SPDX-License-Identifier: Apache-2.0
// The keys of tables about equipment, and about what phones ask for.
#include <config/keys.hpp>
#include <array>

namespace cordboard::settings {
namespace {

constexpr std::int64_t s = 1'000'000'000, min = 60 * s, h = 60 * min, days = 24 * h;
using type = key_type;

std::chrono::nanoseconds time_of(const value& v) { return std::chrono::nanoseconds(v.integer); }

constexpr std::array health_keys{
    key<config>{
        {"fault_after", type::duration, "2min", 0, 24 * h, "",
         "a phone that is away for so long is a fault; 0s: never. A trunk is one at once", "话机离线多久视为故障;0s 表示不报"},
        [](config& c, const value& v) { c.house.health.fault_after = time_of(v); }},
    key<config>{{"fault_kind", type::word, "", 0, 32, "",
                 "name of the [[request_kind]] that a fault becomes, whose owner has it at once; empty: none",
                 "故障登记为何种 [[request_kind]],由其负责人承办;空则不登记"},
                [](config& c, const value& v) { c.house.health.fault_kind = v.text; }},
    key<config>{{"test_every", type::duration, "0s", 0, 31 * days, "",
                 "time between two self-tests of a device with self_test = true, at least 1min; 0s: only by command",
                 "两次自检的间隔,至少 1min;0s 表示仅按命令"},
                [](config& c, const value& v) { c.house.health.test_every = time_of(v); }},
    key<config>{{"tests_at_once", type::integer, "1", 1, 16, "", "self-tests at a time", "同时自检的设备数"},
                [](config& c, const value& v) { c.house.health.tests_at_once = static_cast<std::uint32_t>(v.integer); }},
};

constexpr std::array check_keys{
    key<check_config>{{"name", type::word, "!", 1, 32, "", "what is checked, as the command sign_check names it", "检查项目"},
                      [](check_config& c, const value& v) { c.name = v.text; }},
    key<check_config>{{"every", type::duration, "168h", 1 * h, 400 * days, "", "how often it is signed for", "检查周期"},
                      [](check_config& c, const value& v) { c.every = time_of(v); }},
    key<check_config>{{"owner", type::name, "!", 1, 64, "", "who is told when it is due: an operator, or a phone or department",
                       "到期通知:话务员姓名,或话机、科室号码"},
                      [](check_config& c, const value& v) { c.owner = v.text; }},
};

template <phone_feature What>
void assign_code(config& c, const value& v) {
  if (!v.text.empty()) c.house.phone_codes.push_back({What, v.text});
}
constexpr key_doc code_doc(std::string_view name, std::string_view en, std::string_view zh) {
  return {name, type::number, "", 0, 8, "", en, zh};
}
constexpr std::array phone_code_keys{
    key<config>{code_doc("log_on", "the operator of this phone logs on; the operator's number may follow", "签入,其后可加工号"),
                assign_code<phone_feature::log_on>},
    key<config>{code_doc("log_off", "logs off", "签出"), assign_code<phone_feature::log_off>},
    key<config>{code_doc("ready", "takes calls", "示闲"), assign_code<phone_feature::ready>},
    key<config>{code_doc("not_ready", "takes none; the number of a [[reason]] may follow", "示忙,其后可加 [[reason]] 编号"),
                assign_code<phone_feature::not_ready>},
    key<config>{code_doc("pickup", "takes who waits longest in the operator's queues", "代接等待最久者"),
                assign_code<phone_feature::pickup>},
    key<config>{code_doc("park", "lets the held caller wait with recall", "驻留所保持的来电"),
                assign_code<phone_feature::park>},
    key<config>{code_doc("unpark", "takes who was parked first", "取回最早驻留者"), assign_code<phone_feature::unpark>},
    key<config>{code_doc("night", "closes the queue or department whose number follows; from a supervisor's phone",
                         "关闭其后号码的队列或科室;限班长话机"),
                assign_code<phone_feature::night>},
    key<config>{code_doc("day", "opens it", "开放"), assign_code<phone_feature::day>},
    key<config>{code_doc("by_hours", "gives it back to its hours", "恢复按服务时间"), assign_code<phone_feature::by_hours>},
    key<config>{code_doc("available", "the phone's person can be rung", "可接听"), assign_code<phone_feature::available>},
    key<config>{code_doc("in_clinic", "sees patients: callers get the desk", "出诊:来电转服务台"),
                assign_code<phone_feature::in_clinic>},
    key<config>{code_doc("operating", "operates: callers get the desk", "手术:来电转服务台"),
                assign_code<phone_feature::operating>},
    key<config>{
        code_doc("emergency", "adds the first emergency number to the held caller's call", "将急救号码接入所保持的通话"),
        assign_code<phone_feature::emergency>},
    key<config>{code_doc("malicious", "marks the held caller's call as malicious", "标记恶意来电"),
                assign_code<phone_feature::malicious>},
    key<config>{code_doc("superior", "hands the held caller to the queue's supervisor", "转交班长"),
                assign_code<phone_feature::superior>},
};

constexpr std::array call_reason_keys{
    key<call_reason_config>{{"number", type::integer, "!", 1, 999, "", "what give_reason gives", "外呼事由编号"},
                            [](call_reason_config& r, const value& v) { r.number = static_cast<std::uint16_t>(v.integer); }},
    key<call_reason_config>{{"name", type::name, "!", 1, 64, "", "shown to people", "显示名称"},
                            [](call_reason_config& r, const value& v) { r.name = v.text; }},
};

}  // namespace

const table<config> health_table{"health", false, "how faults of the equipment are found", "设备巡检", health_keys};
const table<check_config> check_table{"check", true, "what people check and sign for", "人工检查", check_keys};
const table<config> phone_code_table{"phone_codes", false, "codes that phones dial", "功能码", phone_code_keys};
const table<call_reason_config> call_reason_table{
    "call_reason", true, "why operators call outside; with any, each call needs one", "外呼事由", call_reason_keys};

}  // namespace cordboard::settings
