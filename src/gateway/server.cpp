// SPDX-License-Identifier: Apache-2.0
#include <gateway/server.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gateway/connection.hpp>

namespace cordboard::gateway {
namespace {

std::string_view string_of(const request_parser& from, http::field which) {
  const auto value = from.get()[which];
  return {value.data(), value.size()};
}

}  // namespace

bool take(const request_parser& from, const std::string& address, bool tls, http_request& to) {
  const auto& head = from.get();
  const auto method = head.method_string();
  to.method = {method.data(), method.size()};
  to.address = address;
  to.tls = tls;
  to.host = string_of(from, http::field::host);
  to.authorization = string_of(from, http::field::authorization);
  to.cookie = string_of(from, http::field::cookie);
  to.origin = string_of(from, http::field::origin);
  to.content_type = string_of(from, http::field::content_type);
  to.accept_language = string_of(from, http::field::accept_language);
  to.accept_encoding = string_of(from, http::field::accept_encoding);
  to.if_match = string_of(from, http::field::if_match);
  to.if_none_match = string_of(from, http::field::if_none_match);
  const auto csrf = head["X-CSRF-Token"], last = head["Last-Event-ID"];
  to.csrf = {csrf.data(), csrf.size()};
  to.last_event_id = {last.data(), last.size()};
  // Two readers of one message must find the same: what a proxy might take otherwise is refused (RFC 9112 §6.1, §3.2).
  const bool twice =
      head.count(http::field::host) != 1 || head.count(http::field::content_length) > 1 ||
      head.count(http::field::authorization) > 1 || head.count(http::field::transfer_encoding) > 1 ||
      (head.count(http::field::transfer_encoding) != 0 &&
       (head.count(http::field::content_length) != 0 || !beast::iequals(head[http::field::transfer_encoding], "chunked")));
  const auto target = head.target();
  return !twice && head.version() == 11 && read_target({target.data(), target.size()}, to);
}

void server::impl::open() {
  const tcp::endpoint at(asio::ip::make_address(with.address), with.port);
  error_code wrong;
  acceptor.open(at.protocol(), wrong);
  if (!wrong) acceptor.set_option(tcp::acceptor::reuse_address(true), wrong);
  if (!wrong) acceptor.bind(at, wrong);
  if (!wrong) acceptor.listen(tcp::acceptor::max_listen_connections, wrong);
  if (wrong) throw std::runtime_error(fmt::format("{} port {}: {}", with.address, with.port, wrong.message()));
  if (with.certificate.empty()) return;
  // RFC 9325: nothing below 1.2, forward secrecy and authenticated ciphers alone, no renegotiation, no compression.
  SSL_CTX* context = tls.native_handle();
  tls.use_certificate_chain_file(with.certificate, wrong);
  if (wrong) throw std::runtime_error(fmt::format("{}: {}", with.certificate, wrong.message()));
  tls.use_private_key_file(with.private_key, asio::ssl::context::pem, wrong);
  if (wrong) throw std::runtime_error(fmt::format("{}: {}", with.private_key, wrong.message()));
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 || SSL_CTX_check_private_key(context) != 1)
    throw std::runtime_error(fmt::format("{}: the key does not fit the certificate", with.private_key));
}

/// As many are there as may be: told without a thought, if a line goes out at once.
void server::impl::turn_away(tcp::socket& from, const std::string& address) {
  gate.report(access_report::limited, address, {}, "connections");
  error_code ignored;
  if (!with.certificate.empty()) return;
  const auto what = describe(fault::connections_full);
  const std::string body = problem_json(what, "", language::en);
  const std::string text = fmt::format(
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\nConnection: "
      "close\r\nContent-Length: {}\r\n\r\n{}",
      body.size(), body);
  from.non_blocking(true, ignored);
  from.send(asio::buffer(text), 0, ignored);
}

asio::awaitable<void> server::impl::accept_all() {
  asio::steady_timer pause(gate.io());
  while (!stopping) {
    error_code wrong;
    auto socket = co_await acceptor.async_accept(into(wrong));
    if (wrong) {
      if (stopping) co_return;
      // No file descriptors are left, as it seems: those who are there will give some back.
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(into(wrong));
      continue;
    }
    const auto peer = socket.remote_endpoint(wrong);
    if (wrong) continue;
    std::string address = peer.address().to_string();
    const auto of_address = by_address.find(address);
    if (connections.size() >= with.connections_max ||
        (of_address != by_address.end() && of_address->second >= with.connections_per_address)) {
      turn_away(socket, address);
      continue;
    }
    const auto begin = [&](const auto& one) { start(gate, [one]() -> asio::awaitable<void> { co_await one->run(); }); };
    if (with.certificate.empty())
      begin(std::make_shared<connection<plain_stream>>(shared_from_this(), std::move(address), std::move(socket)));
    else
      begin(std::make_shared<connection<tls_stream>>(shared_from_this(), std::move(address), std::move(socket), tls));
  }
}

server::server(gateway& what) : impl_(std::make_shared<impl>(what)) {
  impl_->open();
  start(what, impl_->accept_all());
}

server::~server() = default;

std::uint16_t server::port() const { return impl_->acceptor.local_endpoint().port(); }

void server::run() { impl_->gate.io().run(); }

void server::stop() {
  asio::post(impl_->gate.io(), [it = impl_] { it->stop(); });
}

}  // namespace cordboard::gateway
