// SPDX-License-Identifier: Apache-2.0
// cordboard store: the database beside the log.
#include <array>
#include <cli/store_tools.hpp>
#include <fmt/format.h>
#include <iostream>

namespace cordboard::cli {
namespace {

struct part {
  std::string_view name;
  int (*run)(const arguments&, language);
  std::string_view en, zh;
};
constexpr std::array parts{
    part{"run", store_run, "fill it from the log, until stopped", "持续从日志写入数据库"},
    part{"rebuild", store_rebuild, "take out what the log says and put it in anew", "按日志重建"},
    part{"verify", store_verify, "compare it with what the log says", "与日志核对"},
    part{"backup", store_backup, "copy it while it is in use", "在线备份"},
    part{"search", store_search, "find texts: names, numbers, notes", "搜索姓名、号码、记录"},
    part{"who", store_who, "who calls from a number: persons, calls, open requests", "来电识别"},
    part{"calls", store_calls, "the calls of a number, in any spelling", "某号码的通话"},
    part{"requests", store_requests, "what is due, or a person's requests", "待办事项,或某号码的事项"},
    part{"export", store_export, "calls or commands, as CSV or JSON", "导出通话或操作记录"},
    part{"import", store_import, "persons from a list in CSV", "导入人员"},
    part{"merge", store_merge, "two entries are one person", "合并人员"},
    part{"split", store_split, "and are two again", "撤销合并"},
    part{"access", store_access, "who has looked at what", "查阅记录"},
    part{"erase", store_erase, "erase what is known under a number", "删除某号码的个人信息"},
    part{"expire", store_expire, "take away texts of requests that were kept long enough", "清除到期事项的文本"},
    part{"rekey", store_rekey, "change the master key", "更换主密钥"},
};

}  // namespace

int store_tools(const arguments& given, language tongue) {
  for (const part& one : parts)
    if (!given.empty() && given[0] == one.name) return one.run(arguments(given.begin() + 1, given.end()), tongue);
  const bool asked = !given.empty() && (given[0] == "--help" || given[0] == "-h");
  const bool zh = tongue == language::zh;
  std::string all = zh ? "用法:\n" : "Usage:\n";
  for (const part& one : parts) all += fmt::format("  cordboard store {:<8}  {}\n", one.name, zh ? one.zh : one.en);
  all += zh ? "各命令加 --help 查看说明。\n" : "Each of them takes --help.\n";
  (asked ? std::cout : std::cerr) << all;
  return asked ? done : misused;
}

}  // namespace cordboard::cli
