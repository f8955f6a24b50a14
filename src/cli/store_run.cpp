// SPDX-License-Identifier: Apache-2.0
// cordboard store run, rebuild, verify, backup, rekey: the database as a whole.
#include <atomic>
#include <cli/log_tools.hpp>
#include <cli/signals.hpp>
#include <cli/store_tools.hpp>
#include <fmt/format.h>
#include <iostream>
#include <store/follower.hpp>
#include <store/rebuild.hpp>
#include <store/schema.hpp>
#include <sys/prctl.h>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

/// What each of these begins with. Nothing: `code` says how it ends.
struct started {
  std::optional<po::variables_map> options;
  std::optional<store_choice> what;
  started(verb_options& verb, const arguments& given, language& tongue, int& code) {
    add_store_options(verb);
    code = misused;
    options = read_options(verb, given, tongue, code);
    if (options) what = store_of(verb, *options);
  }
};

}  // namespace

int store_run(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard store run --config FILE | --store PLACE [--key FILE] [--log PATH]",
      .about =
          "Fills the store from the log and follows it, until SIGTERM or SIGINT. Makes the store, and the key file beside\n"
          "it, when they are not there. While the database is away, calls go on; this tries again, and goes on where it "
          "stood.\n"
          "Once a day, texts of closed requests go that were kept as long as keep_days of their kinds says: see expire.\n"
          "持续从日志写入数据库;数据库中断时通话不受影响,恢复后自动补齐;每日清除到期事项的文本。"};
  verb.named.add_options()("with-parent", "end when the program that started this ends, however it does");
  int code = done;
  const started begun(verb, given, tongue, code);
  if (!begun.what) return code;
  if (begun.options->count("with-parent") != 0) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const bool zh = tongue == language::zh;
  return guarded(*begun.what, tongue, [&] {
    store::make_master(begun.what->where.key_file);
    std::atomic<bool> stop{false};
    const signals ending([&](int) { stop = true; });
    store::run_options how;
    how.where = begun.what->where;
    how.log = begun.what->log;
    how.keep = begun.what->keep;
    how.tell = [](const std::string& line) { std::cerr << fmt::format("cordboard store: {}\n", line) << std::flush; };
    bool told = false;
    how.at_end = [&](std::uint64_t position) {
      if (!told) std::cout << said(zh ? "已写到事件 {}\n" : "ready at event {}\n", position) << std::flush;
      told = true;
    };
    store::run(how, stop);
    std::cout << (zh ? "已停止\n" : "stopped\n");
    return done;
  });
}

int store_rebuild(const arguments& given, language tongue) {
  verb_options verb{.usage = "cordboard store rebuild --store PLACE [--key FILE] [--log PATH]",
                    .about =
                        "Takes out of the store what the log says, and puts it in anew. What only the store keeps (keys, who "
                        "looked at what)\n"
                        "stays, and so does what is older than the log's oldest event. Whoever reads meanwhile finds less.\n"
                        "按日志重建数据库;仅存于数据库的内容(密钥、查阅记录)保留。"};
  int code = done;
  const started begun(verb, given, tongue, code);
  if (!begun.what) return code;
  return guarded(*begun.what, tongue, [&] {
    store::make_master(begun.what->where.key_file);
    progress_line line(tongue);
    const auto events = store::rebuild(begun.what->where, begun.what->log,
                                       [&](std::uint64_t at, std::uint64_t all) { line.show(at, all, at); });
    line.clear();
    std::cout << said(tongue == language::zh ? "已重建:{} 条事件\n" : "rebuilt from {} events\n", events);
    // In another place than before nothing was let go yet.
    if (begun.what->keep.empty()) return done;
    auto [in, keys] = open_store(*begun.what);
    store::expire(*in, keys, begun.what->keep, reader_of(*begun.options, *begun.what), wall_now(), false);
    return done;
  });
}

int store_verify(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard store verify --store PLACE [--key FILE] [--log PATH]",
      .about =
          "Folds the log into a database beside the store, which is gone afterwards, and compares every row. Holds nobody up.\n"
          "Exit code 0: they are equal; 1: they are not, or could not be compared.\n"
          "另行按日志重建一份并逐行核对;相同返回 0。"};
  int code = done;
  const started begun(verb, given, tongue, code);
  if (!begun.what) return code;
  const bool zh = tongue == language::zh;
  return guarded(*begun.what, tongue, [&] {
    progress_line line(tongue);
    const auto result =
        store::verify(begun.what->where, begun.what->log, [&](std::uint64_t at, std::uint64_t all) { line.show(at, all, at); });
    line.clear();
    for (const std::string& one : result.first) std::cout << readable(one) << '\n';
    if (result.differing == 0) {
      std::cout << said(zh ? "相同:{} 行,至事件 {}\n" : "equal: {} rows, up to event {}\n", result.rows, result.position);
      return done;
    }
    std::cout << said(zh ? "{} 行不同,共 {} 行\n" : "{} of {} rows differ\n", result.differing, result.rows);
    return failed;
  });
}

int store_expire(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard store expire --config FILE [--dry-run]",
      .about =
          "Takes away the texts of closed requests that were kept as long as keep_days of their [[request_kind]] says: names,\n"
          "numbers, fields, notes. What is counted stays, and so does every request that was open in a part of the log that "
          "is\n"
          "held (hold_log). A rebuild does not bring them back; the log and copies from before have them until they go.\n"
          "按类别的 keep_days 清除已办结事项的文本;被留存的不清除,统计数据不变。"};
  verb.named.add_options()("dry-run", "nothing goes; each request is told whose texts would");
  int code = done;
  const started begun(verb, given, tongue, code);
  if (!begun.what) return code;
  if (begun.what->keep.empty()) return misuse(verb, "--config FILE, in which a [[request_kind]] has keep_days");
  const bool dry_run = begun.options->count("dry-run") != 0, zh = tongue == language::zh;
  return guarded(*begun.what, tongue, [&] {
    auto [in, keys] = open_store(*begun.what);
    const auto gone = store::expire(*in, keys, begun.what->keep, reader_of(*begun.options, *begun.what), wall_now(), dry_run);
    const auto tell = [&](const store::expired_request& one, std::string_view how) {
      fmt::print("{:<16}  {:<10}  {}  {}{}\n", one.shown, one.kind, shown_time(one.closed_at),
                 said(zh ? "{} 条文本" : "{} texts", one.texts), how);
    };
    for (const auto& one : gone.held) tell(one, zh ? ",留存" : ", held");
    if (dry_run)
      for (const auto& one : gone.requests) tell(one, "");
    fmt::print("{}\n", dry_run ? said(zh ? "{} 件事项的文本将清除,{} 件留存" : "the texts of {} requests would go, {} are held",
                                      gone.requests.size(), gone.held.size())
                               : said(zh ? "{} 件事项的文本已清除,{} 件留存" : "the texts of {} requests went, {} are held",
                                      gone.requests.size(), gone.held.size()));
    std::fflush(stdout);
    return done;
  });
}

int store_backup(const arguments& given, language tongue) {
  verb_options verb{.usage = "cordboard store backup --store FILE TO",
                    .about =
                        "Copies an SQLite store while it is in use: TO appears whole, checked, or not at all. The key file is "
                        "not in it: keep\n"
                        "that apart. A PostgreSQL server is copied by its own tools.\n"
                        "在线备份;主密钥文件须另行保存。",
                    .positional = "TO"};
  int code = done;
  const started begun(verb, given, tongue, code);
  if (!begun.what) return code;
  if (begun.options->count("TO") == 0) return misuse(verb, "where to?");
  const auto& to = (*begun.options)["TO"].as<std::string>();
  return guarded(*begun.what, tongue, [&] {
    const auto in = begun.what->where.open(store::purpose::reads);
    store::expect_version(*in);
    progress_line line(tongue);
    std::uint64_t pages = 0;
    in->backup(to, [&](std::uint64_t at, std::uint64_t all) { line.show(at, all, 0), pages = all; });
    line.clear();
    std::cout << said(tongue == language::zh ? "已备份:{}({} 页)\n" : "copied to {} ({} pages)\n", to, pages);
    return done;
  });
}

int store_rekey(const arguments& given, language tongue) {
  verb_options verb{.usage = "cordboard store rekey --store PLACE [--key FILE] --new-key FILE",
                    .about =
                        "Seals the store's keys for another master key, which is made when its file is not there. Whoever has "
                        "the store open\n"
                        "goes on; who opens it from now on needs the new file.\n"
                        "更换主密钥,无须停机;此后打开数据库须用新文件。"};
  verb.named.add_options()("new-key", po::value<std::string>()->value_name("FILE"), "the new master key");
  int code = done;
  const started begun(verb, given, tongue, code);
  if (!begun.what) return code;
  if (begun.options->count("new-key") == 0) return misuse(verb, "--new-key FILE");
  const auto& file = (*begun.options)["new-key"].as<std::string>();
  return guarded(*begun.what, tongue, [&] {
    auto [in, keys] = open_store(*begun.what);
    store::make_master(file);
    keys.change_master(*in, store::read_master(file));
    in->wipe();
    std::cout << said(tongue == language::zh ? "主密钥已更换:{}\n" : "the master key stands in {} now\n", file);
    return done;
  });
}

}  // namespace cordboard::cli
