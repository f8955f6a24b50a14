// SPDX-License-Identifier: Apache-2.0
// cordboard gateway: HTTP, server-sent events and WebSocket for screens and other languages; and who logs on there.
#include <algorithm>
#include <array>
#include <cli/file_limit.hpp>
#include <cli/options.hpp>
#include <cli/service.hpp>
#include <cli/signals.hpp>
#include <cordboard/version.h>
#include <fmt/format.h>
#include <filesystem>
#include <gateway/server.hpp>
#include <iostream>
#include <mutex>
#include <termios.h>

namespace cordboard::cli {
namespace {

void trace(const std::string& line) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  std::cerr << fmt::format("cordboard: {}\n", line) << std::flush;
}

int tell(const std::vector<config_problem>& problems, const std::string& file, language tongue) {
  for (const auto& problem : problems) std::cerr << describe(problem, file, tongue) << '\n';
  return failed;
}

int serve_gateway(const std::string& file, language tongue) {
  auto loaded = gateway::load_settings(file);
  if (!loaded.problems.empty()) return tell(loaded.problems, file, tongue);
  auto people = gateway::load_users(loaded.value.users);
  if (!people.problems.empty()) return tell(people.problems, loaded.value.users, tongue);
  if (!gateway::is_loopback(loaded.value.address) && people.value.people.empty() && people.value.programs.empty()) {
    std::cerr << fmt::format(
        "cordboard: {} has no user and no token; without them nothing but this machine's own address is bound\n",
        loaded.value.users);
    return failed;
  }
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  std::mutex mutex;  // guards `running`, which the signal's thread uses
  gateway::server* running = nullptr;
  gateway::gateway* known = nullptr;
  bool asked = false;
  const signals stop(
      [&](int signal) {
        const std::lock_guard lock(mutex);
        if (signal == SIGHUP && known != nullptr) return known->reload_soon();
        if (signal == SIGHUP) return;
        // Who does not want to wait for what a client still takes asks twice.
        if (asked) std::_Exit(failed);
        asked = true;
        if (running != nullptr) running->stop();
      },
      SIGHUP);
  try {
    gateway::gateway what(std::move(loaded.value), std::move(people.value), trace);
    gateway::server server(what);
    const bool tls = !what.config().certificate.empty();
    const auto& address = what.config().address;
    fmt::print("cordboard {}\n  {}   {}\n  {}\n", CORDBOARD_VERSION, tls ? "https" : "http ",
               fmt::format(fmt::runtime(address.find(':') == std::string::npos ? "{}:{}" : "[{}]:{}"), address, server.port()),
               tongue == language::zh ? "就绪" : "ready");
    std::fflush(stdout);
    {
      const std::lock_guard lock(mutex);
      running = &server;
      known = &what;
      if (asked) server.stop();
    }
    server.run();
    const std::lock_guard lock(mutex);
    running = nullptr;
    known = nullptr;
    what.close();
    return done;
  } catch (const std::exception& wrong) {
    trace(wrong.what());
    return failed;
  }
}

/// A line of standard input; what is typed there is not shown.
std::string secret_line(std::string_view prompt) {
  termios shown{};
  const bool terminal = ::tcgetattr(STDIN_FILENO, &shown) == 0;
  if (terminal) {
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
    std::cerr << prompt << std::flush;
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &shown);
    std::cerr << '\n';
  }
  return line;
}

/// Adds, lists or removes those who log on: "user" or "token".
int change_users(bool tokens, const arguments& given, language tongue) {
  const char* what = tokens ? "token" : "user";
  verb_options verb{.usage = fmt::format("cordboard gateway {} add|remove|list FILE [NAME] [--as HOUSE_USER]", what),
                    .about =
                        "Those who log on at the gateway. HOUSE_USER is the name of a [[user]] of the board's configuration,\n"
                        "which says what may be done; without it the same name. A password is read from standard input;\n"
                        "a token is printed once, and kept as a hash.",
                    .positional = "FILE",
                    .second = "NAME"};
  verb.named.add_options()("as", boost::program_options::value<std::string>()->value_name("HOUSE_USER"), "the house's user");
  const std::string act = given.empty() ? std::string() : given[0];
  int code = done;
  const auto options = read_options(verb, given.empty() ? given : arguments(given.begin() + 1, given.end()), tongue, code);
  if (!options) return code;
  if ((act != "add" && act != "remove" && act != "list") || options->count("FILE") == 0) return misuse(verb, "which file?");
  const auto& file = (*options)["FILE"].as<std::string>();
  const std::string name = text_of(*options, "NAME");
  gateway::users all;
  if (std::filesystem::exists(file) || act != "add") {
    auto loaded = gateway::load_users(file);
    if (!loaded.problems.empty()) return tell(loaded.problems, file, tongue);
    all = std::move(loaded.value);
  }
  if (act == "list") {
    for (const auto& u : all.people) std::cout << fmt::format("user   {}  as {}\n", u.name, u.as);
    for (const auto& t : all.programs) std::cout << fmt::format("token  {}  as {}\n", t.name, t.as);
    return done;
  }
  if (name.empty()) return misuse(verb, "which name?");
  const auto is_named = [&](const auto& one) { return one.name == name; };
  const bool there = tokens ? std::erase_if(all.programs, is_named) != 0 : std::erase_if(all.people, is_named) != 0;
  if (act == "remove" && !there) {
    std::cerr << fmt::format("cordboard: {} has no {} \"{}\"\n", file, what, name);
    return failed;
  }
  std::string token;
  if (act == "add") {
    const std::string as = text_of(*options, "as", name);
    if (tokens) {
      token = gateway::fresh_token("cbt_");
      all.programs.push_back({name, as, gateway::token_hash(token)});
    } else {
      constexpr std::size_t password_min = 8, password_max = 256;
      const std::string password = secret_line("password: ");
      if (password.size() < password_min || password.size() > password_max) {
        std::cerr << fmt::format("cordboard: a password has {} to {} bytes\n", password_min, password_max);
        return failed;
      }
      all.people.push_back({name, as, gateway::password_hash(password)});
    }
  }
  if (const auto wrong = gateway::save_users(file, all)) {
    std::cerr << fmt::format("cordboard: {}: {}\n", file, wrong.message());
    return failed;
  }
  if (!token.empty()) std::cout << token << '\n';
  return done;
}

}  // namespace

int gateway_verb(const arguments& given, language tongue) {
  if (!given.empty() && (given[0] == "user" || given[0] == "token"))
    return change_users(given[0] == "token", arguments(given.begin() + 1, given.end()), tongue);
  verb_options verb{
      .usage = "cordboard gateway FILE\n       cordboard gateway user|token add|remove|list FILE [NAME]",
      .about =
          "Serves HTTP, server-sent events and WebSocket for screens and other languages, as a configuration file\n"
          "says. SIGTERM and SIGINT end it in order; SIGHUP reads the console's files and the directory again.\n"
          "Prints \"ready\" when it listens; the board may come later."};
  int code = done;
  const auto file = service_file(std::move(verb), given, tongue, code);
  return file ? serve_gateway(*file, tongue) : code;
}

}  // namespace cordboard::cli
