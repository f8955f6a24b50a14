// SPDX-License-Identifier: Apache-2.0
// cordboard log repair: makes an archive whole again, and tells each step.
#include <array>
#include <cli/json.hpp>
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <ctime>
#include <fmt/format.h>
#include <iostream>
#include <log/repair.hpp>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

std::string sentence(const log::repair_step& one, language tongue) {
  const bool zh = tongue == language::zh;
  using act = log::repair_act;
  switch (one.what) {
    case act::ended: return said(zh ? "在最后完整批次处结束,止于 {}" : "ended at its last whole batch, before {}", one.from);
    case act::sealed: return said(zh ? "重写校验和({} .. {})" : "sealed anew ({} .. {})", one.from, one.to);
    case act::head_rebuilt: return zh ? "由事件重建段头" : "head rebuilt from its slots";
    case act::moved: return zh ? "移入损坏文件夹" : "moved aside";
    case act::gap_stated:
      return said(zh ? "事件 {} .. {} 丢失,已写入缺口" : "events {} up to {} are lost: a gap says so in their place", one.from,
                  one.to);
    case act::text_emptied: return said(zh ? "事件 {} 的文本丢失" : "the text of event {} is lost", one.from);
    case act::chained:
      return zh ? "重算密钥链:自此处起担保的是修复后的内容"
                : "keyed chain made anew: from here on it vouches for what was repaired";
    case act::chain_refused:
      return zh ? "密钥链不符而别无损坏:有人改动了该段,修复不予掩盖"
                : "the chain is broken and nothing else is: somebody changed it, and repair does not hide that";
    case act::left_alone: return zh ? "其他格式版本,未动" : "another layout version: left as it is";
    case act::numbers_kept: return said(zh ? "重建,序号自段 {} 起" : "made anew: numbers go on above segment {}", one.from);
  }
  return {};
}

std::string now_as_name() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 32> out{};
  const auto length = std::strftime(out.data(), out.size(), "damaged-%Y%m%d-%H%M%S", &parts);
  return {out.data(), length};
}

}  // namespace

int log_repair(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard log repair [--dry-run] [--key FILE] [--json] [PATH]",
      .about =
          "Makes an archive whole again while no board runs: ends open segments at their last whole batch, rebuilds\n"
          "heads, and states what is lost as a gap. What cannot be trusted is moved into ARCHIVE/damaged-DATE, never\n"
          "deleted. Each step is told. PATH: an archive, a run folder, the folder of a log, or a configuration file.\n"
          "Exit code 0: whole now, or nothing was wrong; 1: not; 2: the command line is wrong.\n"
          "修复归档(须先停止系统);不可信的文件移入 damaged-日期 文件夹,从不删除。",
      .positional = "PATH"};
  verb.named.add_options()("dry-run,n", "tell what would be done, and do nothing")(
      "key,k", po::value<std::string>()->value_name("FILE"), "key of the hash chain: made anew where something was repaired")(
      "json", "an object a line");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto path = log_place(*options);
  const auto key = read_chain_key(*options, tongue);
  if (!key) return misused;
  const bool zh = tongue == language::zh, json = options->count("json") != 0;
  progress_line progress(tongue);
  bool refused = false;
  log::repair_options how;
  how.key = key->get();
  how.dry_run = options->count("dry-run") != 0;
  how.aside = now_as_name();
  how.progress = [&](std::uint64_t at, std::uint64_t all) { progress.show(at, all, 0); };
  how.told = [&](const log::repair_step& one) {
    progress.clear();
    refused = refused || one.what == log::repair_act::chain_refused || one.what == log::repair_act::left_alone;
    if (json) {
      json_object o;
      o.text("did", log::name(one.what));
      o.text("file", one.file);
      o.raw("from", std::to_string(one.from));
      o.raw("to", std::to_string(one.to));
      o.raw("dry_run", how.dry_run ? "true" : "false");
      std::cout << std::move(o).end() << '\n';
    } else {
      std::cout << (how.dry_run ? (zh ? "将要:" : "would: ") : "") << one.file << ": " << sentence(one, tongue) << '\n';
    }
  };
  const auto steps = log::repair_archive(path, how);
  progress.clear();
  std::cout.flush();
  if (!steps && steps.error() == make_error_code(errc::log_busy)) {
    std::cerr << fmt::format(
        "cordboard: {}: {}\n", path,
        zh ? "系统正在运行;请先停止" : "a board runs on this log; stop it first (cordboard log verify works meanwhile)");
    return failed;
  }
  if (!steps) return tell_failure(steps.error(), path, tongue);
  if (!json)
    std::cout << (*steps == 0 ? std::string(zh ? "无须修复\n" : "nothing to repair\n")
                              : said(zh ? "{} 步\n" : "{} steps\n", *steps));
  return refused ? failed : done;
}

}  // namespace cordboard::cli
