// SPDX-License-Identifier: Apache-2.0
// cordboard outbox: messages to people and events to other programs, beside the switchboard.
#include <atomic>
#include <cli/service.hpp>
#include <cli/signals.hpp>
#include <fmt/format.h>
#include <iostream>
#include <mutex>
#include <outbox/hooks.hpp>
#include <outbox/messages.hpp>
#include <thread>
#include <vector>

namespace cordboard::cli {

int outbox_verb(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard outbox FILE",
      .about =
          "Sends the messages that requests ask for, by a gateway for short messages (HTTP) and a mail server, and tells\n"
          "other programs of events (web hooks), until SIGTERM or SIGINT. FILE is an outbox.toml. What was not taken is\n"
          "tried again, later each time; what became of a message is told to the board.\n"
          "发送短信与邮件并回调其他程序;失败则重试,结果记入事项。"};
  int code = done;
  const auto named = service_file(std::move(verb), given, tongue, code);
  if (!named) return code;
  const std::string& file = *named;
  const auto loaded = outbox::load_settings(file);
  for (const auto& problem : loaded.problems) std::cerr << describe(problem, file, tongue) << '\n';
  if (!loaded.problems.empty()) return failed;
  const outbox::settings& how = loaded.value;

  std::signal(SIGPIPE, SIG_IGN);
  std::atomic<bool> stop{false};
  const signals ending([&](int) { stop = true; });
  std::mutex one_at_a_time;
  const auto tell = [&](const std::string& line) {
    const std::lock_guard lock(one_at_a_time);
    std::cerr << fmt::format("cordboard outbox: {}\n", line) << std::flush;
  };
  // A hook that does not answer holds up neither the others nor a message.
  std::vector<std::function<void(const std::function<void()>&)>> lanes;
  for (const auto way : {message_way::sms, message_way::mail})
    if (outbox::carrier_for(way, how) != nullptr)
      lanes.emplace_back([&, way](const std::function<void()>& ready) { outbox::run_messages(how, way, stop, tell, ready); });
  for (const auto& hook : how.hooks)
    lanes.emplace_back([&](const std::function<void()>& ready) { outbox::run_hook(how, hook, stop, tell, ready); });
  if (lanes.empty()) {
    tell("there is nothing to do: no [sms], [mail], file or [[hook]]");
    return failed;
  }
  std::atomic<std::size_t> waits{lanes.size()};
  const auto ready = [&, tongue] {
    if (--waits == 0) std::cout << (tongue == language::zh ? "就绪\n" : "ready\n") << std::flush;
  };
  std::vector<std::thread> threads;
  for (const auto& lane : lanes)
    threads.emplace_back([&] {
      bool once = false;
      lane([&] {
        if (!std::exchange(once, true)) ready();
      });
    });
  for (std::thread& one : threads) one.join();
  std::cout << (tongue == language::zh ? "已停止\n" : "stopped\n");
  return done;
}

}  // namespace cordboard::cli
