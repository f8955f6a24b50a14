// SPDX-License-Identifier: Apache-2.0
// A client that follows the log: what it wants, and how it is served over whichever connection it has.
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <gateway/http.hpp>
#include <gateway/hub.hpp>
#include <string_view>

namespace cordboard::gateway {

/// Which events a client wants; an empty list asks for nothing. A gap passes always.
struct event_picks {
  std::vector<event_kind> kinds;
  std::vector<std::uint64_t> calls, parties, operators, queues, devices, requests;
  std::vector<command_id> commands;
  bool all() const;
  bool match(const event& e) const;
};
/// From `kinds=`, `calls=` and so on. False: one of them is none.
bool read_picks(const http_request& from, event_picks& into);

struct stream_request {
  event_picks picks;
  bool events = true;
  bool state = false;
  bool figures = false;  ///< of today, for a wall
  std::optional<std::uint64_t> after;
  sight sees = sight::masked;
};
bool read_stream(const http_request& from, stream_request& into);

/// Where a stream's pieces go. One send at a time.
class outlet {
public:
  virtual ~outlet() = default;
  /// Server-sent events take any bytes; a WebSocket takes each piece as a message.
  virtual bool framed() const = 0;
  /// False: the client is gone, or has not taken it in time.
  virtual boost::asio::awaitable<bool> send(const std::vector<std::string_view>& pieces) = 0;
};

/// What else goes to a client, and what ends the stream.
struct stream_links {
  std::string log;  ///< path, for what is not in memory any more
  std::uint64_t resume_max = 0;
  boost::asio::thread_pool& pool;
  std::function<std::string()> beat;            ///< the keys of a beat: `"link":…`
  std::function<bool()> still_welcome;          ///< false: the session has ended, or the rights have changed
  std::vector<std::string>* answers = nullptr;  ///< to be sent as they are
};

/// Serves until the client is gone, or is told that it is. `with` outlives it.
boost::asio::awaitable<void> serve_stream(hub& from, const stream_request& what, outlet& to, hub::waiter& here,
                                          const stream_links& with);

/// A part of the log: what happened since a time and behind a sequence, up to another one.
struct log_part {
  std::uint64_t after = 0;
  std::int64_t since_ns = 0;  ///< 0: from its beginning
  std::uint64_t until = 0;    ///< 0: its end
  std::size_t count = 0;      ///< so many events at most
};
/// The events of it that match.
struct log_page {
  std::vector<std::pair<std::uint64_t, std::string>> events;  ///< sequence and JSON
  std::uint64_t position = 0;
  bool end = false;
  std::error_code wrong{};
};
/// Blocks.
log_page read_page(const std::string& log, const log_part& what, const event_picks& picks, sight sees);

}  // namespace cordboard::gateway
