// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cli/verbs.hpp>
#include <cordboard/config_file.hpp>
#include <cordboard/version.h>
#include <cstdio>
#include <exception>
#include <fmt/format.h>

namespace {

struct verb {
  std::string_view name;
  int (*run)(const cordboard::cli::arguments&, cordboard::language);
  std::string_view usage;
  std::string_view en;
  std::string_view zh;
};

constexpr std::array verbs{
    verb{"serve", cordboard::cli::serve, "serve FILE", "run the switchboard that a configuration file describes",
         "运行配置文件所述的总机"},
    verb{"gateway", cordboard::cli::gateway_verb, "gateway FILE", "serve HTTP, events and WebSocket for screens and programs",
         "为屏幕和其他程序提供 HTTP、事件流与 WebSocket"},
    verb{"log", cordboard::cli::log, "log [--follow] [--json] [PATH]", "print the event log", "显示事件日志"},
    verb{"log", cordboard::cli::log, "log verify|repair|export", "check it, mend its archive, write it as CSV or JSON",
         "检查日志、修复归档、导出 CSV 或 JSON"},
    verb{"report", cordboard::cli::report, "report day|week|month|... DATE",
         "figures of a day, a week, a month, a quarter or a year", "日、周、月、季、年统计报表"},
    verb{"checks", cordboard::cli::checks, "checks draw|grade", "spot checks of calls: draw them by a seed, add up the scores",
         "通话抽查:按种子抽取,汇总评分"},
    verb{"staffing", cordboard::cli::staffing_plan, "staffing DATE", "operators that a day needs, by half hour",
         "按半小时测算所需话务员"},
    verb{"store", cordboard::cli::store_tools, "store run|search|export|verify|...", "calls in a database, for whoever asks",
         "通话数据库:写入、查询、导出、核对"},
    verb{"outbox", cordboard::cli::outbox_verb, "outbox FILE", "send short messages and mail, and tell programs of events",
         "发送短信与邮件,并回调其他程序"},
    verb{"check", cordboard::cli::check, "check FILE", "tell everything that is wrong with a configuration file",
         "检查配置文件"},
    verb{"directory", cordboard::cli::directory_files, "directory search|duty|check|...",
         "find people, see who is on duty, import and export", "查找人员、值班查询、导入导出"},
    verb{"dialogue", cordboard::cli::dialogues, "dialogue draw FILE", "draw the script of a dialogue", "绘制语音流程图"},
    verb{"recording", cordboard::cli::recordings, "recording open --key-file FILE RECORDING", "a sealed recording as WAV",
         "将加密录音还原为 WAV"},
    verb{"hours", cordboard::cli::hours, "hours [--at TIME] FILE", "whether its lines are open, and until when",
         "各线路是否开放及至何时"},
};

void usage(std::FILE* to, cordboard::language tongue) {
  const bool zh = tongue == cordboard::language::zh;
  fmt::print(to, "{}", zh ? "用法:\n" : "Usage:\n");
  for (const auto& v : verbs) fmt::print(to, "  cordboard {:<32} {}\n", v.usage, zh ? v.zh : v.en);
  fmt::print(to, "  cordboard {:<32} {}\n", "VERB --help", zh ? "该命令的说明" : "what a verb takes");
  fmt::print(to, "  cordboard {:<32} {}\n", "--version", zh ? "版本" : "the version");
}

}  // namespace

int main(int count, char** given) {
  using namespace cordboard;
  const auto tongue = language_of_environment();
  try {
    const cli::arguments all(given + 1, given + count);
    if (all.empty()) {
      usage(stderr, tongue);
      return cli::misused;
    }
    for (const auto& v : verbs)
      if (all[0] == v.name) return v.run(cli::arguments(all.begin() + 1, all.end()), tongue);
    if (all[0] == "--version") {
      fmt::print("cordboard {}\n", CORDBOARD_VERSION);
      return cli::done;
    }
    if (all[0] == "--help" || all[0] == "-h") {
      usage(stdout, tongue);
      return cli::done;
    }
    fmt::print(stderr, "cordboard: there is no verb \"{}\"\n", all[0]);
    usage(stderr, tongue);
    return cli::misused;
  } catch (const std::exception& wrong) {
    fmt::print(stderr, "cordboard: {}\n", wrong.what());
    return cli::failed;
  }
}
