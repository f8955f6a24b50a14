// SPDX-License-Identifier: Apache-2.0
// cordboard serve: a hospital's switchboard, until it is stopped.
#include <atomic>
#include <cli/file_limit.hpp>
#include <cli/options.hpp>
#include <cli/signals.hpp>
#include <cli/child_program.hpp>
#include <cordboard/config_file.hpp>
#include <cordboard/version.h>
#include <fmt/format.h>
#include <iostream>
#include <mutex>
#include <optional>
#include <runtime/service.hpp>
#include <system_error>

namespace cordboard::cli {
namespace {

/// A line for developers and for whoever keeps the machine: on the error stream, whole, from any thread.
void trace(const std::string& line) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  std::cerr << fmt::format("cordboard: {}\n", line) << std::flush;
}

std::string address(const std::string& ip, std::uint16_t port) {
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, port) : fmt::format("[{}]:{}", ip, port);
}

void tell_start(const runtime::service& service, language tongue) {
  const bool zh = tongue == language::zh;
  const auto& with = service.configuration();
  const auto& found = service.found();
  std::string sip;
  if (found.udp != 0) sip += fmt::format("udp {}", address(with.sip.address, found.udp));
  if (found.tcp != 0) sip += fmt::format("{}tcp {}", sip.empty() ? "" : ", ", address(with.sip.address, found.tcp));
  if (found.tls != 0) sip += fmt::format("{}tls {}", sip.empty() ? "" : ", ", address(with.sip.address, found.tls));
  if (with.loopback) sip = zh ? "无(话机由程序模拟)" : "none: phones are played by the program";
  fmt::print("cordboard {}\n", CORDBOARD_VERSION);
  fmt::print("  sip    {}\n  {}    {}\n  {}    {}\n", sip, zh ? "接入" : "run", with.run, zh ? "日志" : "log", with.log.hot);
  if (found.found && zh)
    fmt::print("  恢复   {}:重放 {} 条事件,{} 路通话线路继续,{} 路中断\n", found.unclean ? "上次非正常结束" : "上次正常停止",
               found.replayed, found.legs, found.lost);
  if (found.found && !zh)
    fmt::print("  back   after {}: {} events read back, {} lines go on, {} lost\n",
               found.unclean ? "an unclean end" : "a stop in order", found.replayed, found.legs, found.lost);
  fmt::print("{}\n", zh ? "就绪" : "ready");
  std::fflush(stdout);
}

}  // namespace

int serve(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard serve FILE",
      .about =
          "Runs the switchboard that a configuration file describes. SIGTERM and SIGINT end it in order: calls are\n"
          "ended, then the log is closed; a second one ends it at once. SIGHUP reads the scripts of dialogues\n"
          "again. After a crash the next start goes on with the calls. Prints \"ready\" when phones can register and programs "
          "can attach.",
      .positional = "FILE"};
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("FILE") == 0) {
    return misuse(verb, "which file?");
  }
  const auto& file = (*options)["FILE"].as<std::string>();
  auto loaded = load_config(file);
  if (!loaded.problems.empty()) {
    for (const auto& problem : loaded.problems) std::cerr << describe(problem, file, tongue) << '\n';
    return failed;
  }

  // A reader of our output that is gone, or a limit on file sizes, is an error of one write and not our end.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  raise_file_limit();
  std::atomic<int> asked{0};
  std::mutex mutex;  // guards `running`, which the signal's thread uses
  runtime::service* running = nullptr;
  const auto came = [&](int signal) {
    if (signal == SIGHUP) {
      auto again = load_config(file);
      for (const auto& problem : again.problems) trace(describe(problem, file, tongue));
      const std::lock_guard lock(mutex);
      if (!again.problems.empty())
        trace("dialogues and kinds of requests stay as they are");
      else if (running != nullptr)
        running->reload(again.value.house);
      return;
    }
    const std::lock_guard lock(mutex);
    ++asked;
    if (running != nullptr) running->stop();
  };
  const signals stop(came, SIGHUP);
  try {
    runtime::intake commands(loaded.value.commands_max);
    runtime::service::options how;
    how.trace = trace;
    const store_config store = loaded.value.store;
    const std::string gateway = loaded.value.gateway, outbox = loaded.value.outbox;
    runtime::service service(std::move(loaded.value), commands, how);
    std::optional<child_program> filling, serving, sending;
    if (store.run && !(store.path.empty() && store.postgresql.empty()))
      filling.emplace("the store", std::vector<std::string>{"store", "run", "--with-parent", "--config", file}, trace);
    if (!gateway.empty()) serving.emplace("the gateway", std::vector<std::string>{"gateway", "--with-parent", gateway}, trace);
    if (!outbox.empty()) sending.emplace("the outbox", std::vector<std::string>{"outbox", "--with-parent", outbox}, trace);
    tell_start(service, tongue);
    {
      const std::lock_guard lock(mutex);
      running = &service;
      for (int i = 0; i < asked; ++i) service.stop();
    }
    const auto error = service.run();
    const std::lock_guard lock(mutex);
    running = nullptr;
    if (!error) {
      fmt::print("{}\n", tongue == language::zh ? "已停止" : "stopped");
      return done;
    }
    trace(error.message());
    return failed;
  } catch (const std::system_error& wrong) {
    trace(wrong.what());
    return failed;
  }
}

}  // namespace cordboard::cli
