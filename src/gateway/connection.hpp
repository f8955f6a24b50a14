// SPDX-License-Identifier: Apache-2.0
// One connection from its first byte to its last: requests and answers, then perhaps a stream of events or a WebSocket.
#pragma once
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <gateway/listener.hpp>

namespace cordboard::gateway {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using plain_stream = beast::tcp_stream;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;
using request_parser = http::request_parser<http::string_body>;

/// What the routes need of a request. False: it is ambiguous, or no request of a path.
bool take(const request_parser& from, const std::string& address, bool tls, http_request& to);

template <class Stream>
class connection : public connection_base, public std::enable_shared_from_this<connection<Stream>> {
public:
  static constexpr bool secure = std::is_same_v<Stream, tls_stream>;
  static constexpr std::size_t drained_max = std::size_t{16} << 20, messages_in_hand_max = 32;
  static constexpr auto drain_limit = std::chrono::seconds(2);
  static constexpr int stream_buffer = 128 << 10;

  template <class... Arguments>
  connection(std::shared_ptr<server::impl> of, std::string address, tcp::socket socket, Arguments&... tls)
      : of_(std::move(of)), gate_(of_->gate), address_(std::move(address)), stream_(std::move(socket), tls...) {
    of_->connections.insert(this);
    ++of_->by_address[address_];
  }
  ~connection() override {
    of_->connections.erase(this);
    if (--of_->by_address[address_] == 0) of_->by_address.erase(address_);
  }
  void end() override {
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
    if (socket_) beast::get_lowest_layer(*socket_).socket().close(ignored);
  }

  asio::awaitable<void> run() {
    auto self = this->shared_from_this();
    error_code wrong;
    beast::get_lowest_layer(stream_).socket().set_option(tcp::no_delay(true), wrong);
    if constexpr (secure) {
      limit(gate_.config().read_limit);
      co_await stream_.async_handshake(asio::ssl::stream_base::server, into(wrong));
      if (wrong) {
        gate_.report(access_report::malformed, address_, {}, "tls: " + wrong.message());
        co_return;
      }
    }
    for (bool goes_on = true; goes_on; first_ = false) goes_on = co_await serve_one();
    if (!socket_) co_await close();
  }

private:
  void limit(std::chrono::nanoseconds time) {
    beast::get_lowest_layer(stream_).expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(time));
  }

  /// A request and its answer. False: the connection is over.
  asio::awaitable<bool> serve_one() {
    request_parser parser;
    parser.header_limit(gate_.config().head_bytes_max);
    parser.body_limit(gate_.config().body_bytes_max);
    error_code wrong;
    limit(first_ ? gate_.config().read_limit : gate_.config().idle_limit);
    co_await http::async_read_header(stream_, buffer_, parser, into(wrong));
    if (!wrong && !parser.is_done()) {
      limit(gate_.config().read_limit);
      co_await http::async_read(stream_, buffer_, parser, into(wrong));
    }
    http_request asked;
    asked.address = address_;
    if (wrong) {
      co_await not_read(wrong, parser.got_some() || buffer_.size() != 0, asked);
      co_return false;
    }
    const bool good = take(parser, address_, secure, asked);
    if (!good) {
      gate_.report(access_report::malformed, address_, {}, "an ambiguous request");
      const http_response refused = gate_.refuse(fault::request_invalid, asked);
      co_await answer(refused, false, false);
      co_return false;
    }
    asked.body = std::move(parser.get().body());
    const bool keeps = parser.get().keep_alive() && !of_->stopping;
    const bool upgrade = websocket::is_upgrade(parser.get());
    if (asked.method == "GET" && (asked.path == "/v1/events" || asked.path == "/v1/socket")) {
      co_await stream(std::move(asked), parser, upgrade);
      co_return false;
    }
    const bool head = asked.method == "HEAD";
    const http_response made = co_await gate_.async_answer(std::move(asked));
    const bool sent = co_await answer(made, head, keeps);
    co_return sent&& keeps;
  }

  /// What came is no request, or not all of one.
  asio::awaitable<void> not_read(error_code wrong, bool begun, const http_request& asked) {
    if (!begun || wrong == http::error::end_of_stream || wrong == asio::error::operation_aborted) co_return;
    const bool slow = wrong == beast::error::timeout;
    const fault why = slow                                 ? fault::too_slow
                      : wrong == http::error::header_limit ? fault::head_too_large
                      : wrong == http::error::body_limit   ? fault::body_too_large
                                                           : fault::request_invalid;
    gate_.report(access_report::malformed, address_, {}, describe(why).name);
    // A stream whose time is over takes nothing more.
    const http_response refused = gate_.refuse(why, asked);
    if (!slow) co_await answer(refused, false, false);
  }

  template <class Body>
  void fill(http::response<Body>& to, const http_response& from, bool keeps) {
    to.version(11);
    to.result(from.status);
    to.keep_alive(keeps);
    to.set(http::field::content_type, from.content_type);
    for (const auto* headers : {&gate_.common_headers(), &from.headers})
      for (const auto& [name, value] : *headers) to.set(name, value);
    if (to.find(http::field::cache_control) == to.end()) to.set(http::field::cache_control, "no-store");
  }

  asio::awaitable<bool> answer(const http_response& made, bool head, bool keeps) {
    static const std::string nothing;
    const std::string& body = made.body ? *made.body : nothing;
    error_code wrong;
    limit(gate_.config().write_limit);
    if (head || body.empty()) {
      http::response<http::empty_body> message;
      fill(message, made, keeps);
      if (made.status != 204 && made.status != 304) message.content_length(body.size());
      co_await http::async_write(stream_, message, into(wrong));
    } else {
      http::response<http::span_body<const char>> message;
      fill(message, made, keeps);
      message.body() = {body.data(), body.size()};
      message.prepare_payload();
      co_await http::async_write(stream_, message, into(wrong));
    }
    co_return !wrong;
  }

  /// Ends in order: what the peer still sends is read for a while, else it might never see our answer.
  asio::awaitable<void> close() {
    error_code wrong;
    auto& lowest = beast::get_lowest_layer(stream_);
    if (!lowest.socket().is_open()) co_return;
    lowest.expires_after(drain_limit);
    if constexpr (secure) co_await stream_.async_shutdown(into(wrong));
    lowest.socket().shutdown(tcp::socket::shutdown_send, wrong);
    std::array<char, 16384> unread{};
    for (std::size_t drained = 0; !wrong && drained < drained_max;)
      drained += co_await lowest.async_read_some(asio::buffer(unread), into(wrong));
    lowest.socket().close(wrong);
  }

  asio::awaitable<void> stream(http_request asked, request_parser& parser, bool upgrade) {
    const bool web_socket = asked.path == "/v1/socket";
    auto known = gate_.admit(asked, web_socket);
    std::optional<http_response> refused;
    if (auto* why = std::get_if<http_response>(&known))
      refused = std::move(*why);
    else if (of_->streams >= of_->with.streams_max)
      refused = gate_.refuse(fault::streams_full, asked);
    else if (web_socket && !upgrade)
      refused = gate_.refuse(fault::request_invalid, asked);
    if (refused) {
      co_await answer(*refused, false, false);
      co_return;
    }
    // What the kernel keeps for a client that takes nothing has a bound, too: it would grow to megabytes by itself.
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().set_option(asio::socket_base::send_buffer_size(stream_buffer), ignored);
    ++of_->streams;
    auto client = std::get<admitted>(std::move(known));
    if (web_socket)
      co_await serve_socket(client, parser.release(), asked.tongue());
    else
      co_await serve_events(client);
    --of_->streams;
  }

  // ---- server-sent events: an answer without an end
  struct events_outlet : outlet {
    explicit events_outlet(connection& at) : on(at) {}
    bool framed() const override { return false; }
    asio::awaitable<bool> send(const std::vector<std::string_view>& pieces) override {
      std::vector<asio::const_buffer> buffers;
      buffers.reserve(pieces.size());
      for (const auto piece : pieces) buffers.emplace_back(piece.data(), piece.size());
      on.limit(on.gate_.config().write_limit);
      error_code wrong;
      co_await asio::async_write(on.stream_, buffers, into(wrong));
      beast::get_lowest_layer(on.stream_).expires_never();
      co_return !wrong && !on.of_->stopping;
    }
    connection& on;
  };

  asio::awaitable<void> serve_events(const admitted& client) {
    std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: "
        "close\r\nX-Accel-Buffering: "
        "no\r\n";
    for (const auto& [name, value] : gate_.common_headers()) head += fmt::format("{}: {}\r\n", name, value);
    head += "\r\nretry: 1000\n\n";
    events_outlet to(*this);
    const std::vector<std::string_view> first(1, head);
    const bool sent = co_await to.send(first);
    if (!sent) co_return;
    hub::waiter here(gate_.events());
    co_await gate_.async_follow(client, to, here, nullptr);
  }

  // ---- WebSocket: one coroutine sends, one reads; commands that wait have one each
  struct socket_client {
    socket_client(std::shared_ptr<connection> at, const admitted& client, language in)
        : on(std::move(at)), here(on->gate_.events()), who(client.who), tongue(in) {}
    std::shared_ptr<connection> on;
    hub::waiter here;
    const identity who;
    const language tongue;
    std::vector<std::string> answers;
    std::size_t in_hand = 0;
    bool open = true;
    void tell(std::string text) {
      answers.push_back(std::move(text));
      here.wake();
    }
  };
  struct socket_outlet : outlet {
    explicit socket_outlet(socket_client& of) : client(of) {}
    bool framed() const override { return true; }
    asio::awaitable<bool> send(const std::vector<std::string_view>& pieces) override {
      error_code wrong;
      for (const auto piece : pieces) {
        if (wrong || !client.open) break;
        co_await client.on->socket_->async_write(asio::buffer(piece.data(), piece.size()), into(wrong));
      }
      co_return !wrong && client.open && !client.on->of_->stopping;
    }
    socket_client& client;
  };

  asio::awaitable<void> serve_socket(const admitted& client, http::request<http::string_body> request, language tongue) {
    beast::get_lowest_layer(stream_).expires_never();
    socket_.emplace(std::move(stream_));
    auto limits = websocket::stream_base::timeout::suggested(beast::role_type::server);
    limits.idle_timeout = std::chrono::duration_cast<std::chrono::steady_clock::duration>(2 * gate_.config().write_limit);
    limits.keep_alive_pings = true;
    socket_->set_option(limits);
    socket_->set_option(websocket::stream_base::decorator([this](websocket::response_type& answer) {
      for (const auto& [name, value] : gate_.common_headers()) answer.set(name, value);
    }));
    socket_->read_message_max(gate_.config().body_bytes_max);
    socket_->text(true);
    error_code wrong;
    co_await socket_->async_accept(request, into(wrong));
    if (wrong) co_return;
    auto shared = std::make_shared<socket_client>(this->shared_from_this(), client, tongue);
    start(gate_, read_socket(shared));
    socket_outlet to(*shared);
    co_await gate_.async_follow(client, to, shared->here, &shared->answers);
    if (shared->open) co_await socket_->async_close(websocket::close_code::going_away, into(wrong));
  }

  static asio::awaitable<void> read_socket(std::shared_ptr<socket_client> client) {
    beast::flat_buffer message;
    error_code wrong;
    for (;;) {
      co_await client->on->socket_->async_read(message, into(wrong));
      if (wrong) break;
      if (client->in_hand >= messages_in_hand_max) {
        client->tell(R"({"type":"answer","status":503,"code":"queue_full"})");
      } else {
        ++client->in_hand;
        start(client->on->gate_, answer_message(client, beast::buffers_to_string(message.data())));
      }
      message.consume(message.size());
    }
    client->open = false;
    client->here.wake();
  }
  static asio::awaitable<void> answer_message(std::shared_ptr<socket_client> client, std::string text) {
    auto told = co_await client->on->gate_.async_message(client->who, std::move(text), client->tongue);
    --client->in_hand;
    client->tell(std::move(told));
  }

  const std::shared_ptr<server::impl> of_;
  gateway& gate_;
  const std::string address_;
  Stream stream_;
  std::optional<websocket::stream<Stream>> socket_;
  beast::flat_buffer buffer_;
  bool first_ = true;
};

}  // namespace cordboard::gateway
