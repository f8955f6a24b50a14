// SPDX-License-Identifier: Apache-2.0
// What was refused goes on record, and nobody can fill the record: the same from one address is one report a second, with a count.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cordboard/event.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace cordboard::gateway {

/// @threads  the network's
class access_reports {
public:
  /// @param send  gives one to the board
  using send_report = std::function<void(access_report what, actor_id who, const std::string& text, std::int64_t count)>;
  access_reports(boost::asio::io_context& io, send_report send) : timer_(io), send_(std::move(send)) {}
  void add(access_report what, const std::string& address, actor_id who, std::string_view about);
  void close();

private:
  void flush();
  boost::asio::steady_timer timer_;
  const send_report send_;
  struct count {
    std::int64_t times = 0;
    std::string about;  ///< of the first
  };
  std::map<std::tuple<access_report, std::string, actor_id>, count> counts_;
  std::int64_t beyond_ = 0;  ///< from more addresses than are told apart
  bool running_ = false, closed_ = false;
};

}  // namespace cordboard::gateway
