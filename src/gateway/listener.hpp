// SPDX-License-Identifier: Apache-2.0
// What a server's connections share. Of server.cpp and connection.hpp alone, like Beast.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <gateway/server.hpp>
#include <map>
#include <set>

namespace cordboard::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using error_code = boost::system::error_code;

/// Runs by itself. What it throws would be our bug, and is told.
template <class Coroutine>
void start(gateway& gate, Coroutine what) {
  asio::co_spawn(gate.io(), std::move(what), [&gate](const std::exception_ptr& thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const std::exception& wrong) {
      gate.trace(fmt::format("a connection ended by: {}", wrong.what()));
    }
  });
}

inline auto into(error_code& wrong) { return asio::redirect_error(asio::use_awaitable, wrong); }

class connection_base {
public:
  virtual ~connection_base() = default;
  virtual void end() = 0;
};

struct server::impl : std::enable_shared_from_this<server::impl> {
  explicit impl(gateway& what) : gate(what), with(what.config()), acceptor(what.io()), tls(asio::ssl::context::tls_server) {}

  gateway& gate;
  const settings& with;
  tcp::acceptor acceptor;
  asio::ssl::context tls;
  std::set<connection_base*> connections;
  std::map<std::string, std::uint32_t> by_address;
  std::uint32_t streams = 0;
  bool stopping = false;

  void open();
  asio::awaitable<void> accept_all();
  void turn_away(tcp::socket& from, const std::string& address);
  void stop() {
    stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    for (auto* one : connections) one->end();
  }
};

}  // namespace cordboard::gateway
