// SPDX-License-Identifier: Apache-2.0
// cordboard log verify: every byte of a log that can be checked. Changes nothing.
#include <array>
#include <cli/json.hpp>
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <fmt/format.h>
#include <iostream>
#include <log/verify.hpp>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

struct words {
  log::damage what;
  phrase_pair said;
  phrase_pair remedy;
};
constexpr phrase_pair repair{"stop the board, then cordboard log repair", "停止系统后执行 cordboard log repair"};
constexpr phrase_pair restart{"start the board: it archives this segment anew from memory; else cordboard log repair",
                              "启动系统将由内存重新归档;否则执行 cordboard log repair"};
constexpr phrase_pair backup{"compare with a backup: nobody without the key can have written this; repair does not hide it",
                             "请与备份比对:无密钥者改动了内容,修复不会掩盖"};
constexpr phrase_pair copy{"the copy in memory or in the archive that is damaged stands in this list too",
                           "损坏的一份(内存或归档)也列于此表"};
using d = log::damage;
constexpr std::array all_words{
    words{d::head_damaged, {"the head is missing or contradicts itself", "段头缺失或自相矛盾"}, repair},
    words{d::head_incompatible,
          {"the segment has another layout version", "该段为其他格式版本"},
          {"read it with the version that wrote it", "请用写入它的版本读取"}},
    words{d::slots_damaged, {"the file of slots is missing or has another size", "事件文件缺失或长度不符"}, repair},
    words{d::slot_misplaced, {"a slot holds another sequence than its place says", "事件序号与位置不符"}, repair},
    words{d::slot_checksum, {"a slot's bytes have changed", "事件内容已改变"}, repair},
    words{d::batch_torn, {"a batch is not whole", "批次不完整"}, repair},
    words{d::time_back, {"an event is older than the one before it", "事件时间倒退"}, repair},
    words{d::hole, {"an event is missing and no gap says so", "事件缺失且无缺口说明"}, repair},
    words{d::text_damaged, {"an event's text is missing or has changed", "事件文本缺失或已改变"}, repair},
    words{d::slots_sum, {"the sum over the segment's slots is another", "整段事件校验和不符"}, repair},
    words{d::text_sum, {"the sum over the segment's texts is another", "整段文本校验和不符"}, repair},
    words{d::not_ended, {"the segment has no end: the machine stopped without notice", "该段无结尾:机器曾异常停止"}, restart},
    words{d::not_sealed, {"the segment carries no sums", "该段无校验和"}, restart},
    words{d::missing, {"events are missing before this segment, and no gap says so", "该段之前缺失事件且无说明"}, repair},
    words{d::overlap, {"the segment begins before the one before it ended", "该段与前一段重叠"}, repair},
    words{
        d::copies_differ, {"memory and archive hold different events under the same sequences", "内存与归档内容不一致"}, copy},
    words{d::not_keyed, {"the segment has no keyed chain, although it should", "该段缺少密钥链"}, backup},
    words{d::chain_broken, {"the keyed chain does not hold: the segment has been changed", "密钥链不符:该段被改动"}, backup},
    words{d::chain_link, {"the segment before was exchanged or taken away", "前一段被替换或移走"}, backup},
    words{d::issued_damaged, {"log.issued is damaged", "log.issued 损坏"}, repair},
};

const words& of(log::damage what) {
  for (const words& one : all_words)
    if (one.what == what) return one;
  return all_words.front();
}

void print_lines(const log::verified& seen, language tongue) {
  const bool zh = tongue == language::zh;
  for (const log::finding& one : seen.findings) {
    const words& about = of(one.what);
    std::string line = fmt::format("{}: {}", one.file, about.said.in(tongue));
    if (one.sequence != 0) line += said(zh ? "(序号 {})" : " (sequence {})", one.sequence);
    if (!one.expected.empty()) line += said(zh ? ";应为 {}" : "; expected {}", one.expected);
    if (!one.found.empty()) line += said(zh ? ";实为 {}" : "; found {}", one.found);
    std::cout << line << (zh ? "\n    处理:" : "\n    do: ") << about.remedy.in(tongue) << '\n';
  }
  if (seen.findings_count > seen.findings.size())
    std::cout << said(zh ? "…… 另有 {} 处\n" : "... and {} more\n", seen.findings_count - seen.findings.size());
  for (const log::stated_gap& gap : seen.gaps)
    std::cout << said(zh ? "缺口 {} .. {}(已在日志中说明)\n" : "gap {} .. {} (stated in the log)\n", gap.from, gap.to);
  if (seen.open_end != 0)
    std::cout << said(
        zh ? "内存中的最新段未结束,已检查至 {}\n" : "the newest segment, in memory, is open: looked at up to {}\n",
        seen.open_end);
  std::cout << said(
      zh ? "归档 {} 段,内存 {} 段,事件 {}(序号 {} .. {}),文本 {}(加密 {},让出 {})\n"
         : "segments {} archived, {} in memory; events {} (sequences {} .. {}); texts {} (sealed {}, given way {})\n",
      seen.archived, seen.hot, seen.events, seen.first, seen.last, seen.texts, seen.texts_sealed, seen.texts_gone);
  if (seen.keyed != 0) std::cout << said(zh ? "密钥链相符:{} 段\n" : "the keyed chain holds over {} segments\n", seen.keyed);
  std::cout << (seen.findings_count == 0 ? (zh ? "完好\n" : "whole\n")
                                         : said(zh ? "损坏:{} 处\n" : "damaged: {} findings\n", seen.findings_count));
}

void print_json(const log::verified& seen, language tongue) {
  for (const log::finding& one : seen.findings) {
    json_object o;
    o.text("finding", log::name(one.what));
    o.text("file", one.file);
    if (one.sequence != 0) o.raw("sequence", std::to_string(one.sequence));
    o.text("expected", one.expected);
    o.text("found", one.found);
    o.text("said", of(one.what).said.in(tongue));
    o.text("do", of(one.what).remedy.in(tongue));
    std::cout << std::move(o).end() << '\n';
  }
  for (const log::stated_gap& gap : seen.gaps)
    std::cout << fmt::format("{{\"gap\":{{\"from\":{},\"to\":{}}}}}\n", gap.from, gap.to);
  std::cout << fmt::format(
      "{{\"whole\":{},\"findings\":{},\"archived\":{},\"hot\":{},\"events\":{},\"first\":{},\"last\":{},\"texts\":{},\"keyed\":"
      "{}}}\n",
      seen.findings_count == 0, seen.findings_count, seen.archived, seen.hot, seen.events, seen.first, seen.last, seen.texts,
      seen.keyed);
}

}  // namespace

int log_verify(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard log verify [--key FILE] [--json] [PATH]",
      .about =
          "Looks at every segment of a log, archived and in memory: heads, checksums, batches, order, texts, sums,\n"
          "what is missing, and with --key the keyed hash chain. A board may run. PATH: a run folder, the folder\n"
          "of a log, an archive, or a configuration file; else /run/cordboard.\n"
          "Exit code 0: whole; 1: damaged, each finding with what to do; 2: the command line is wrong.\n"
          "检查日志的每一段;退出码 0 完好,1 损坏,2 用法错误。",
      .positional = "PATH"};
  verb.named.add_options()("key,k", po::value<std::string>()->value_name("FILE"),
                           "key of the hash chain, as [log] chain_key_file")(
      "json", "an object a line: findings, stated gaps, then the sum of it");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto path = log_place(*options);
  const auto key = read_chain_key(*options, tongue);
  if (!key) return misused;
  progress_line progress(tongue);
  log::verify_options how;
  how.key = key->get();
  how.progress = [&](const log::verify_progress& now) { progress.show(now.bytes, now.bytes_all, now.events); };
  const auto seen = log::verify_log(path, how);
  progress.clear();
  if (!seen) return tell_failure(seen.error(), path, tongue);
  options->count("json") != 0 ? print_json(*seen, tongue) : print_lines(*seen, tongue);
  std::cout.flush();
  return seen->findings_count == 0 ? done : failed;
}

}  // namespace cordboard::cli
