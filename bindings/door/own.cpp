// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>
#include <cordboard/board.hpp>
#include <cordboard/config_file.hpp>
#include <door/attached.hpp>
#include <unistd.h>
#include <algorithm>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

namespace cordboard::bindings {
namespace {

/// A board, and the thread that its handlers run on.
class runner {
public:
  ~runner() {
    if (board_) board_->cancel();
    if (thread_.joinable()) thread_.join();  // ends when `async_run` has completed: then there is no work
  }
  result<void> start(config with, diagnostics& why) {
    board_.emplace(io_.get_executor());
    std::promise<std::error_code> serving;
    std::promise<std::error_code> over;
    auto ended = over.get_future();
    board_->async_run(std::move(with), [over = std::move(over)](boost::system::error_code e) mutable { over.set_value(e); });
    board_->async_ready([&](boost::system::error_code e, const board_ready&) { serving.set_value(e); });
    thread_ = std::thread([this] { io_.run(); });
    if (!serving.get_future().get()) return {};
    const std::error_code error = ended.get();
    why = board_->why();
    return failure(error ? error : make_error_code(errc::board_closed));
  }
  board& operator*() { return *board_; }

private:
  boost::asio::io_context io_;
  std::optional<board> board_;
  std::thread thread_;
};

class own final : public attached {
public:
  own(client with, std::unique_ptr<runner> runs, bool loopback)
      : attached(std::move(with)), runner_(std::move(runs)), loopback_(loopback) {}
  void close() override {
    attached::close();
    std::unique_ptr<runner> ending;
    {
      const std::lock_guard lock(mutex_);
      ending = std::move(runner_);
    }
  }
  bool behave(const std::string& number, loopback_phone how) override {
    return with([&](board& b) { b.loopback_behave(number, how); });
  }
  bool call_in(const loopback_call& call) override {
    return with([&](board& b) { b.loopback_call_in(call); });
  }
  bool answer(const std::string& number) override {
    return with([&](board& b) { b.loopback_answer(number); });
  }
  bool hang_up(const std::string& number) override {
    return with([&](board& b) { b.loopback_hang_up(number); });
  }

private:
  template <class Act>
  bool with(Act&& act) {
    const std::lock_guard lock(mutex_);
    if (!runner_ || !loopback_) return false;
    act(**runner_);
    return true;
  }

  std::mutex mutex_;
  std::unique_ptr<runner> runner_;
  const bool loopback_;
};

/// Every problem, one a line.
std::string told(const loaded_config& loaded, const std::string& file) {
  std::string all;
  for (const config_problem& problem : loaded.problems) {
    all += (all.empty() ? "" : "\n") + describe(problem, file, language::en);
  }
  return all;
}

result<config> made(const own_options& options, diagnostics& why) {
  config with;
  if (!options.file.empty()) {
    loaded_config loaded = load_config(options.file);
    if (!loaded.problems.empty()) {
      why = diagnostics(told(loaded, options.file));
      return failure(errc::command_invalid);
    }
    with = std::move(loaded.value);
  }
  if (!options.run.empty()) with.run = options.run;
  if (!options.log.empty()) with.log.hot = options.log;
  if (options.calls_max != 0) with.house.policy.calls_max = options.calls_max;
  if (with.house.policy.calls_max < 1 || with.house.policy.calls_max > 100'000) {
    why = diagnostics("calls_max: expected 1 to 100000");
    return failure(errc::command_invalid);
  }
  with.loopback = with.loopback || options.loopback;
  const std::uint32_t uid = ::getuid();
  auto& users = with.house.users;
  if (std::none_of(users.begin(), users.end(), [&](const user_config& u) { return u.uid == uid; })) {
    users.push_back({.name = "this process", .uid = uid, .rights = 15});
  }
  return with;
}

}  // namespace

result<std::shared_ptr<door>> open(const own_options& options, diagnostics& why) {
  auto with = made(options, why);
  if (!with) return tl::unexpected(with.error());
  const std::string run = with->run;
  const bool loopback = with->loopback;
  auto runs = std::make_unique<runner>();
  if (auto started = runs->start(std::move(*with), why); !started) return tl::unexpected(started.error());
  auto connected = client::attach(run, &why);
  if (!connected) return tl::unexpected(connected.error());
  return std::make_shared<own>(std::move(*connected), std::move(runs), loopback);
}

}  // namespace cordboard::bindings
