// SPDX-License-Identifier: Apache-2.0
// A request and its answer as the routes see them: nothing of sockets, TLS or Beast.
#pragma once
#include <cordboard/event.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordboard::gateway {

struct http_request {
  std::string method;
  std::string path;                                        ///< decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded
  std::string address;                                     ///< of who asks
  bool tls = false;
  std::string authorization, cookie, csrf, origin, host, content_type, accept_language, accept_encoding, if_match,
      if_none_match, last_event_id;
  std::string body;
  /// The first value of a key of the query; nothing: it is not there.
  std::optional<std::string_view> asked(std::string_view key) const;
  language tongue() const;
};

/// Takes a target apart. False: it is no path with a query, as "http://…" or "*".
bool read_target(std::string_view target, http_request& into);

struct http_response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
  /// Shared, so that what is the same for many is there once.
  std::shared_ptr<const std::string> body{};
  static http_response json(unsigned status, std::string body);
};

}  // namespace cordboard::gateway
