// SPDX-License-Identifier: Apache-2.0
// What the gateway knows and does, apart from connections: who asks, what they may, and the answer.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cordboard/client.hpp>
#include <cordboard/directory.hpp>
#include <gateway/access_reports.hpp>
#include <gateway/callers.hpp>
#include <gateway/command_json.hpp>
#include <gateway/figures_feed.hpp>
#include <gateway/http.hpp>
#include <gateway/hub.hpp>
#include <gateway/problem.hpp>
#include <gateway/sessions.hpp>
#include <gateway/settings.hpp>
#include <gateway/static_files.hpp>
#include <gateway/stream.hpp>
#include <gateway/throttle.hpp>
#include <gateway/users.hpp>
#include <map>
#include <variant>

namespace cordboard::gateway {

/// Who asks, proven.
struct identity {
  std::string login;          ///< the name that was logged on with, or the program's
  std::string session_token;  ///< empty: a program
  std::string csrf;
  std::int64_t expires_ns = 0;
  house_user who;
};

/// A client that may follow the log.
struct admitted {
  identity who;
  stream_request what;
};

using trace_line = std::function<void(const std::string&)>;

/// @threads   the network's, but for its pools and what the feed calls
/// @lifetime  `close` before it is destroyed
class gateway {
public:
  /// @errors  throws std::runtime_error: a file that is named cannot be used
  gateway(settings with, users people, trace_line trace);
  ~gateway();
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;

  boost::asio::io_context& io() { return io_; }
  const settings& config() const { return settings_; }

  /// Answers everything but what streams.
  boost::asio::awaitable<http_response> async_answer(http_request asked);
  /// Whether this one may follow the log, and what.
  std::variant<admitted, http_response> admit(const http_request& asked, bool web_socket);
  /// @lifetime  the client, the outlet and the waiter outlive it
  boost::asio::awaitable<void> async_follow(const admitted& client, outlet& to, hub::waiter& here,
                                            std::vector<std::string>* answers);
  /// A command over a WebSocket; the answer as a message.
  boost::asio::awaitable<std::string> async_message(const identity& who, std::string text, language tongue);
  hub& events() { return hub_; }
  void trace(const std::string& line) { trace_(line); }

  http_response refuse(fault why, const http_request& asked, problem_keys more = {});
  /// Puts on record that somebody was refused.
  void report(access_report what, const std::string& address, actor_id who, std::string_view about);
  /// Headers of every answer.
  const std::vector<std::pair<std::string, std::string>>& common_headers() const { return common_; }
  /// Reads the console's files and the directory again. From any thread.
  void reload_soon();
  /// Ends the feed and what runs in the pools.
  void close();

private:
  struct outcome_wait;
  using outcome_waits = std::multimap<command_id, outcome_wait*>;
  /// With a constructor: g++ 12 destroys a temporary aggregate twice when a coroutine returns it.
  struct given {
    given() = default;
    given(unsigned with, std::string told) : status(with), json(std::move(told)) {}
    unsigned status = 0;
    std::string json;
  };

  // gateway.cpp
  void reload();
  boost::asio::awaitable<http_response> async_route(const http_request& asked);
  http_response refuse(errc why, const http_request& asked);
  void came(const std::shared_ptr<const feed_batch>& batch);
  stream_links links_of(const admitted& client, std::vector<std::string>* answers);
  // identify.cpp
  std::variant<identity, fault> identify(const http_request& asked);
  std::optional<house_user> user_of_house(const std::string& name) const;
  void refresh_users();
  boost::asio::awaitable<http_response> async_log_on(const http_request& asked);
  http_response log_off(const identity& who, const http_request& asked);
  std::string session_json(const identity& who) const;
  bool welcome(const identity& who, sight sees);
  bool own_origin(const http_request& asked) const;
  // commands.cpp
  boost::asio::awaitable<http_response> async_command(const identity& who, const http_request& asked);
  boost::asio::awaitable<given> async_give(const identity& who, command_kind kind, const boost::json::object& body, double wait,
                                           std::string_view instance, language tongue);
  result<std::uint64_t> submit(const command& c, event& answer);
  // resources.cpp
  boost::asio::awaitable<http_response> async_snapshot(const identity& who, const http_request& asked);
  boost::asio::awaitable<http_response> async_log(const identity& who, const http_request& asked);
  boost::asio::awaitable<http_response> async_figures(const identity& who, const http_request& asked);
  boost::asio::awaitable<http_response> async_metrics(const http_request& asked);
  http_response health() const;
  std::string link_keys() const;
  http_response directory_search(const identity& who, const http_request& asked);
  http_response duties(const http_request& asked);
  boost::asio::awaitable<http_response> async_callers(const identity& who, const http_request& asked);
  void read_directory();
  // roster.cpp
  boost::asio::awaitable<http_response> async_roster(const identity& who, const http_request& asked);
  http_response roster_as_it_is(const std::string& csv) const;

  const settings settings_;
  const trace_line trace_;
  users people_;
  std::int64_t users_changed_ = 0;
  std::chrono::steady_clock::time_point users_looked_{};
  std::shared_ptr<const house_users> house_users_ = std::make_shared<const house_users>();
  sessions sessions_;
  lock_out locks_;          ///< by name
  lock_out address_locks_;  ///< by address
  request_rate rate_;
  std::uint32_t in_proof_ = 0, in_hand_ = 0;
  std::unique_ptr<static_files> files_;
  cordboard::directory directory_;
  callers callers_;
  std::vector<std::pair<std::string, std::string>> common_;
  struct kept_figures {
    std::chrono::steady_clock::time_point at;
    std::shared_ptr<const std::string> json;
  };
  std::map<std::string, kept_figures> figures_;
  std::mutex client_mutex_;
  std::shared_ptr<client> client_;  // of the pools' threads
  outcome_waits waiting_;
  // Before the context: connections that end with it still leave the hub, and want no figures any more.
  std::unique_ptr<figures_feed> figures_feed_;
  hub hub_;

  boost::asio::io_context io_;
  // Whatever blocks: commands, with threads of their own for what cannot wait; passwords, one after the other; files and the store likewise.
  boost::asio::thread_pool pool_{8}, urgent_{4}, proof_{1}, files_pool_{1}, store_pool_{1};
  access_reports reports_;
  std::unique_ptr<feed> feed_;
};

/// The whole file. @errors throws std::runtime_error
std::string content_of(const std::string& path);
directory_options directory_options_of(const settings& with);

}  // namespace cordboard::gateway
