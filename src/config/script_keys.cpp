// SPDX-License-Identifier: Apache-2.0
// The keys of a dialogue's file.
#include <array>
#include <config/keys.hpp>

namespace cordboard::settings {
namespace {

constexpr std::int64_t ms = 1'000'000, s = 1000 * ms, min = 60 * s, h = 60 * min;
using type = key_type;
using script_key = key<dialogue_config>;
using step_key = key<dialogue_step>;

std::chrono::nanoseconds time_of(const value& v) { return std::chrono::nanoseconds(v.integer); }

constexpr std::array script_keys{
    script_key{{"name", type::name, "!", 1, 64, "", "shown to people", "显示名称"},
               [](dialogue_config& d, const value& v) { d.name = v.text; }},
    script_key{{"human", type::number, "!", 1, 32, "",
                "number of the [[queue]] to which the key for a human leads, at every step", "转人工的队列号码,任何步骤均可转"},
               [](dialogue_config& d, const value& v) { d.human = v.text; }},
    script_key{{"human_key", type::keys, "0", 1, 1, "", "that key; in an answer of several keys: pressed alone",
                "转人工键;多位输入时须单独按下"},
               [](dialogue_config& d, const value& v) { d.human_key = v.text; }},
    script_key{{"nobody", type::prompts, "", 0, 16, "", "said when nobody is on duty there; then the step begins anew",
                "无人值班时播报,随后重新开始该步骤"},
               [](dialogue_config& d, const value& v) { d.nobody = v.list; }},
    script_key{{"fallback", type::number, "!", 1, 32, "",
                "number of the [[queue]] for callers with whom it cannot go on, or \"hang_up\"",
                "流程无法继续时改接的队列号码,或 \"hang_up\""},
               [](dialogue_config& d, const value& v) { d.fallback = v.text == "hang_up" ? std::string() : v.text; }},
    script_key{
        {"limit", type::duration, "10min", 10 * s, 1 * h, "", "of the whole; then the fallback", "总时限,超时按 fallback 处理"},
        [](dialogue_config& d, const value& v) { d.limit = time_of(v); }},
    script_key{
        {"score", type::word, "", 0, 32, "", "name of the field that is a rating; empty: none", "作为评分的字段名;空则没有"},
        [](dialogue_config& d, const value& v) { d.score = v.text; }},
};

constexpr std::array step_keys{
    step_key{{"name", type::word, "!", 1, 32, "", "what other steps call it", "步骤名"},
             [](dialogue_step& x, const value& v) { x.name = v.text; }},
    step_key{
        {"do", type::choice, "!", 0, 0, "play|keys|voice|branch|queue|request|hang_up|confirm|cancel|change",
         "says something; asks for keys; asks for a spoken answer; goes on by an answer; gives the caller to a queue; notes a "
         "request; ends the call; confirms, cancels, or wants to change the appointment about which the person is called",
         "播报;收键;录音应答;按应答分支;转队列;登记事项;挂机;确认、取消、要求更改所呼预约"},
        [](dialogue_step& x, const value& v) { x.act = static_cast<dialogue_act>(v.integer); }},
    step_key{{"say", type::prompts, "", 0, 32, "", "said first", "先播报的提示语"},
             [](dialogue_step& x, const value& v) { x.say = v.list; }},
    step_key{{"next", type::word, "", 0, 32, "", "the step that follows", "下一步骤"},
             [](dialogue_step& x, const value& v) { x.next = v.text; }},
    step_key{{"otherwise", type::word, "", 0, 32, "",
              "keys, voice: when all tries have failed; branch: any other answer; queue: nobody is on duty there",
              "keys、voice:多次未成功时;branch:其他应答;queue:无人值班时"},
             [](dialogue_step& x, const value& v) { x.otherwise = v.text; }},
    step_key{{"field", type::word, "", 0, 32, "", "keys, voice: what the answer is called; branch: which answer decides",
              "keys、voice:应答的字段名;branch:依据的字段"},
             [](dialogue_step& x, const value& v) { x.field = v.text; }},
    step_key{
        {"cases", type::cases, "", 0, 16, "", "keys, branch: the step that follows an answer", "keys、branch:各应答的下一步骤"},
        [](dialogue_step& x, const value& v) {
          for (const auto& one : v.list) {
            const auto at = one.find('=');
            x.cases.push_back({one.substr(0, at), one.substr(at + 1)});
          }
        }},
    step_key{{"tries", type::integer, "3", 1, 9, "", "keys, voice: how often it is asked", "keys、voice:最多询问次数"},
             [](dialogue_step& x, const value& v) { x.tries = static_cast<std::uint32_t>(v.integer); }},
    step_key{
        {"invalid", type::prompts, "", 0, 16, "", "keys, voice: said before it is asked again", "keys、voice:再次询问前播报"},
        [](dialogue_step& x, const value& v) { x.invalid = v.list; }},
    step_key{{"min", type::integer, "1", 1, 32, "", "keys: at least so many", "keys:最少位数"},
             [](dialogue_step& x, const value& v) { x.keys_min = static_cast<std::uint32_t>(v.integer); }},
    step_key{{"max", type::integer, "1", 1, 32, "", "keys: so many are an answer at once", "keys:满此位数即完成"},
             [](dialogue_step& x, const value& v) { x.keys_max = static_cast<std::uint32_t>(v.integer); }},
    step_key{{"allowed", type::keys, "0123456789", 1, 16, "", "keys: of which an answer may be made", "keys:可用的按键"},
             [](dialogue_step& x, const value& v) { x.allowed = v.text; }},
    step_key{{"end_key", type::keys, "#", 0, 1, "", "keys, voice: ends the answer; empty: none", "keys、voice:结束键;空则没有"},
             [](dialogue_step& x, const value& v) { x.end_key = v.text; }},
    step_key{{"first", type::duration, "8s", 1 * s, 1 * min, "", "keys, voice: until the answer begins",
              "keys、voice:等待应答开始的时间"},
             [](dialogue_step& x, const value& v) { x.first = time_of(v); }},
    step_key{{"between", type::duration, "4s", 500 * ms, 30 * s, "", "keys: until the next one", "keys:两键之间的等待时间"},
             [](dialogue_step& x, const value& v) { x.between = time_of(v); }},
    step_key{{"barge_in", type::boolean, "true", 0, 1, "", "keys: who presses need not hear to the end", "keys:播报中即可按键"},
             [](dialogue_step& x, const value& v) { x.barge_in = v.integer != 0; }},
    step_key{{"read_back", type::prompts, "", 0, 16, "",
              "keys: said when they are there, \"answer\" being the keys; the caller confirms; empty: not asked",
              "keys:复述,\"answer\" 为所按数字,由来电人确认;空则不确认"},
             [](dialogue_step& x, const value& v) { x.read_back = v.list; }},
    step_key{{"confirm_key", type::keys, "1", 1, 1, "", "keys: what was read back is right", "keys:确认键"},
             [](dialogue_step& x, const value& v) { x.confirm_key = v.text; }},
    step_key{{"again_key", type::keys, "2", 1, 1, "", "keys: it is wrong, and asked again", "keys:重新输入键"},
             [](dialogue_step& x, const value& v) { x.again_key = v.text; }},
    step_key{{"longest", type::duration, "1min", 1 * s, 5 * min, "", "voice: longest answer", "voice:最长录音"},
             [](dialogue_step& x, const value& v) { x.longest = time_of(v); }},
    step_key{{"silence", type::duration, "3s", 500 * ms, 30 * s, "", "voice: so long nothing said ends the answer",
              "voice:静音多久即结束"},
             [](dialogue_step& x, const value& v) { x.silence = time_of(v); }},
    step_key{{"queue", type::number, "", 0, 32, "", "queue: number of the [[queue]]", "queue:队列号码"},
             [](dialogue_step& x, const value& v) { x.queue = v.text; }},
    step_key{{"request", type::word, "", 0, 32, "", "request: its kind", "request:事项类别"},
             [](dialogue_step& x, const value& v) { x.request = v.text; }},
};

}  // namespace

const table<dialogue_config> script_table{"dialogue", false, "in the file of a dialogue: the whole", "流程文件:总体",
                                          script_keys};
const table<dialogue_step> step_table{"step", true, "in the file of a dialogue: one step, the first one begins",
                                      "流程文件:步骤,由第一个开始", step_keys};

}  // namespace cordboard::settings
