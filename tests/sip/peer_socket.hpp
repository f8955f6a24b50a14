// SPDX-License-Identifier: Apache-2.0
// A SIP peer made of a socket: it sends what a test writes and reads what comes. No retransmission, no politeness.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sip_test {

/// A message as it came. Header names are lower case; several of one name are kept in order.
struct message {
  std::string start;
  std::multimap<std::string, std::string> headers;
  std::string body;

  int status() const;          ///< 0 for a request
  std::string method() const;  ///< of a request, or of a response's CSeq
  std::string get(const std::string& name) const;
  std::vector<std::string> all(const std::string& name) const;
  std::string tag(const std::string& header) const;
  std::string uri(const std::string& header) const;  ///< what stands in <>
};
/// Takes one whole message from the front of `bytes`.
std::optional<message> take_message(std::string& bytes);

/// A parameter of a header's value, without quotes.
std::string parameter(const std::string& text, const std::string& name);

std::string md5(std::string_view text);
std::string sha256(std::string_view text);
/// An Authorization value for this challenge.
std::string authorize(const std::string& challenge, const std::string& method, const std::string& uri, const std::string& user,
                      const std::string& password, int nc = 1);

class peer_socket {
public:
  /// UDP; with `to_tcp_port` a TCP connection to 127.0.0.1.
  explicit peer_socket(std::uint16_t to_port, bool tcp = false);
  ~peer_socket();
  peer_socket(const peer_socket&) = delete;
  peer_socket& operator=(const peer_socket&) = delete;

  std::uint16_t port() const { return port_; }
  bool tcp() const { return tcp_; }
  void send(const std::string& text);
  /// Reads what is there, without waiting.
  std::optional<message> receive();
  bool closed() const { return closed_; }
  void close();
  /// Ends the connection by a reset.
  void reset();

  /// A request with Via (new branch), From, To, Call-ID, CSeq, Max-Forwards, Contact; `extra` lines end in CRLF.
  std::string request(const std::string& method, const std::string& uri, const std::string& from, const std::string& to,
                      const std::string& call_id, int cseq, const std::string& extra = "", const std::string& body = "");
  /// A response to a request of ours.
  static std::string response(const message& to, int status, const std::string& tag, const std::string& extra = "",
                              const std::string& body = "");
  std::string contact() const;
  std::string last_branch;

private:
  int fd_ = -1;
  bool tcp_;
  bool closed_ = false;
  std::uint16_t to_port_;
  std::uint16_t port_ = 0;
  std::string bytes_;
};

inline constexpr const char* sdp =
    "v=0\r\no=peer 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n";
inline constexpr const char* our_sdp =
    "v=0\r\no=house 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8\r\n";

}  // namespace sip_test
