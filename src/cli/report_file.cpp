// SPDX-License-Identifier: Apache-2.0
#include <cli/report_file.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace cordboard::cli {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

/// A folder of our own that is gone in the end: the page, and what the browser keeps.
struct workplace {
  std::string path = (std::filesystem::temp_directory_path() / "cordboard-report-XXXXXX").string();
  bool made = ::mkdtemp(path.data()) != nullptr;
  ~workplace() {
    std::error_code ignored;
    if (made) std::filesystem::remove_all(path, ignored);
  }
};

/// @returns  nothing when it ran and ended well within a minute
std::error_code run(const char* program, std::vector<std::string> given) {
  constexpr std::chrono::milliseconds limit(60'000), each(20);
  std::vector<char*> arguments;
  arguments.reserve(given.size() + 1);
  for (std::string& one : given) arguments.push_back(one.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t quiet;
  posix_spawnattr_t how;
  posix_spawn_file_actions_init(&quiet);
  posix_spawnattr_init(&how);
  // A group of its own, so that all of it can be ended.
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
  for (const int stream : {0, 1, 2}) posix_spawn_file_actions_addopen(&quiet, stream, "/dev/null", O_RDWR, 0);
  pid_t child = 0;
  const int wrong = posix_spawnp(&child, program, &quiet, &how, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&quiet);
  posix_spawnattr_destroy(&how);
  if (wrong != 0) return {wrong, std::generic_category()};
  const auto begun = std::chrono::steady_clock::now();
  int status = 0;
  for (pid_t ended = 0; ended == 0;) {
    ended = ::waitpid(child, &status, WNOHANG);
    if (ended < 0) return last_error();
    if (ended != 0) break;
    if (std::chrono::steady_clock::now() - begun > limit) {
      ::kill(-child, SIGKILL);
      ::waitpid(child, &status, 0);
      return std::make_error_code(std::errc::timed_out);
    }
    std::this_thread::sleep_for(each);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return std::make_error_code(WIFEXITED(status) && WEXITSTATUS(status) == 127 ? std::errc::no_such_file_or_directory
                                                                              : std::errc::io_error);
}

}  // namespace

std::error_code write_whole(const std::string& what, const std::string& file) {
  const std::string half = file + ".part";
  errno = 0;
  std::ofstream to(half, std::ios::binary | std::ios::trunc);
  to << what;
  to.close();
  std::error_code error;
  if (!to) {
    error = errno != 0 ? last_error() : std::make_error_code(std::errc::io_error);
    std::error_code ignored;
    std::filesystem::remove(half, ignored);
    return error;
  }
  std::filesystem::rename(half, file, error);
  return error;
}

std::error_code print_page(const std::string& html, const std::string& file) {
  const workplace here;
  if (!here.made) return last_error();
  const std::string page = here.path + "/page.html", half = here.path + "/page.pdf";
  if (const auto error = write_whole(html, page)) return error;
  std::error_code error;
  for (const char* program : {"chromium", "chromium-browser", "google-chrome"}) {
    std::vector<std::string> given{program,
                                   "--headless",
                                   "--disable-gpu",
                                   "--no-pdf-header-footer",
                                   "--user-data-dir=" + here.path + "/profile",
                                   "--print-to-pdf=" + half,
                                   "file://" + page};
    // The page is our own and has no script; as root the browser runs in no other way.
    if (::geteuid() == 0) given.insert(given.begin() + 2, "--no-sandbox");
    error = run(program, given);
    if (error != std::errc::no_such_file_or_directory) break;
  }
  if (error) return error;
  std::filesystem::copy_file(half, file + ".part", std::filesystem::copy_options::overwrite_existing, error);
  if (!error) std::filesystem::rename(file + ".part", file, error);
  return error;
}

}  // namespace cordboard::cli
