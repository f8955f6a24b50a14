// SPDX-License-Identifier: Apache-2.0
#include "peer_socket.hpp"
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>

namespace sip_test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string hash(const EVP_MD* algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), out.data(), &size, algorithm, nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", out[i]);
  return hex;
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

std::string parameter(const std::string& text, const std::string& name) {
  auto at = text.find(name + "=");
  if (at == text.npos) return {};
  at += name.size() + 1;
  if (text[at] == '"') return text.substr(at + 1, text.find('"', at + 1) - at - 1);
  return text.substr(at, text.find_first_of(", ;>", at) - at);
}

int message::status() const { return start.rfind("SIP/2.0 ", 0) == 0 ? std::stoi(start.substr(8)) : 0; }
std::string message::method() const {
  if (status() == 0) return start.substr(0, start.find(' '));
  const auto cseq = get("cseq");
  return cseq.substr(cseq.find(' ') + 1);
}
std::string message::get(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}
std::vector<std::string> message::all(const std::string& name) const {
  std::vector<std::string> out;
  for (auto [at, end] = headers.equal_range(name); at != end; ++at) out.push_back(at->second);
  return out;
}
std::string message::tag(const std::string& header) const { return parameter(get(header), ";tag"); }
std::string message::uri(const std::string& header) const {
  const auto text = get(header);
  const auto open = text.find('<');
  return open == text.npos ? text : text.substr(open + 1, text.find('>') - open - 1);
}

std::optional<message> take_message(std::string& bytes) {
  while (bytes.rfind("\r\n", 0) == 0) bytes.erase(0, 2);
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == bytes.npos) return std::nullopt;
  message out;
  std::size_t at = 0;
  const std::string head = bytes.substr(0, head_end + 2);
  while (at < head.size()) {
    const auto end = head.find("\r\n", at);
    const std::string line = head.substr(at, end - at);
    at = end + 2;
    if (out.start.empty()) {
      out.start = line;
      continue;
    }
    const auto colon = line.find(':');
    auto value = line.substr(colon + 1);
    value.erase(0, value.find_first_not_of(' '));
    out.headers.emplace(lower(line.substr(0, colon)), value);
  }
  const auto length = out.get("content-length");
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  if (bytes.size() < head_end + 4 + size) return std::nullopt;
  out.body = bytes.substr(head_end + 4, size);
  bytes.erase(0, head_end + 4 + size);
  return out;
}

std::string md5(std::string_view text) { return hash(EVP_md5(), text); }
std::string sha256(std::string_view text) { return hash(EVP_sha256(), text); }

std::string authorize(const std::string& challenge, const std::string& method, const std::string& uri, const std::string& user,
                      const std::string& password, int nc) {
  const auto realm = parameter(challenge, "realm");
  const auto nonce = parameter(challenge, "nonce");
  const auto algorithm = parameter(challenge, "algorithm");
  std::string (*const h)(std::string_view) = algorithm == "SHA-256" ? sha256 : md5;
  const auto count = fmt::format("{:08x}", nc);
  const auto answer = h(fmt::format("{}:{}:{}:c0ffee:auth:{}", h(fmt::format("{}:{}:{}", user, realm, password)), nonce, count,
                                    h(fmt::format("{}:{}", method, uri))));
  return fmt::format(
      "Authorization: Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{}\", algorithm={}, "
      "cnonce=\"c0ffee\", qop=auth, nc={}\r\n",
      user, realm, nonce, uri, answer, algorithm, count);
}

peer_socket::peer_socket(std::uint16_t to_port, bool tcp) : tcp_(tcp), to_port_(to_port) {
  fd_ = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  if (fd_ < 0) fail("socket");
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail("bind");
  if (tcp) {
    at.sin_port = htons(to_port);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail("connect");
  }
  socklen_t size = sizeof at;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
  fcntl(fd_, F_SETFL, O_NONBLOCK);
}

peer_socket::~peer_socket() { close(); }

void peer_socket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void peer_socket::reset() {
  const linger hard{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

void peer_socket::send(const std::string& text) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(to_port_);
  const auto sent = tcp_ ? ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL)
                         : sendto(fd_, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  if (sent != static_cast<ssize_t>(text.size())) fail("send");
}

std::optional<message> peer_socket::receive() {
  std::array<char, 65536> buffer{};
  if (fd_ >= 0) {
    const auto got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) {
      if (!tcp_) bytes_.clear();
      bytes_.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)) {
      closed_ = tcp_;
    }
  }
  return take_message(bytes_);
}

std::string peer_socket::contact() const {
  return fmt::format("<sip:peer@127.0.0.1:{}{}>", port_, tcp_ ? ";transport=tcp" : "");
}

std::string peer_socket::request(const std::string& method, const std::string& uri, const std::string& from,
                                 const std::string& to, const std::string& call_id, int cseq, const std::string& extra,
                                 const std::string& body) {
  static int branches = 0;
  if (method != "CANCEL" && (method != "ACK" || extra.find("X-Same-Branch") == extra.npos))
    last_branch = fmt::format("z9hG4bK-{}-{}", port_, ++branches);
  const std::string contact_line = extra.find("Contact:") == extra.npos ? "Contact: " + contact() + "\r\n" : "";
  return fmt::format(
      "{} {} SIP/2.0\r\nVia: SIP/2.0/{} 127.0.0.1:{};branch={}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} {}\r\n"
      "Max-Forwards: 70\r\n{}{}{}Content-Length: {}\r\n\r\n{}",
      method, uri, tcp_ ? "TCP" : "UDP", port_, last_branch, from, to, call_id, cseq, method, contact_line, extra,
      body.empty() ? "" : "Content-Type: application/sdp\r\n", body.size(), body);
}

std::string peer_socket::response(const message& to, int status, const std::string& tag, const std::string& extra,
                                  const std::string& body) {
  std::string out = fmt::format("SIP/2.0 {} Said\r\n", status);
  for (const auto& via : to.all("via")) out += "Via: " + via + "\r\n";
  for (const auto& route : to.all("record-route")) out += "Record-Route: " + route + "\r\n";
  auto called = to.get("to");
  if (!tag.empty() && called.find(";tag=") == called.npos) called += ";tag=" + tag;
  out += fmt::format("From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {}\r\n{}{}Content-Length: {}\r\n\r\n{}", to.get("from"),
                     called, to.get("call-id"), to.get("cseq"), extra, body.empty() ? "" : "Content-Type: application/sdp\r\n",
                     body.size(), body);
  return out;
}

}  // namespace sip_test
