// SPDX-License-Identifier: Apache-2.0
// The sockets: HTTP/1.1, server-sent events and WebSocket, in clear or over TLS.
#pragma once
#include <gateway/gateway.hpp>

namespace cordboard::gateway {

/// One thread, the caller's of `run`.
class server {
public:
  /// Binds and listens. @errors  throws std::runtime_error: the address is taken, or a TLS file cannot be used
  explicit server(gateway& what);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  std::uint16_t port() const;
  /// Serves until `stop`.
  void run();
  /// Takes no more connections; those that are there end with what they do, streams at once. From any thread.
  void stop();

  struct impl;

private:
  std::shared_ptr<impl> impl_;
};

}  // namespace cordboard::gateway
