// SPDX-License-Identifier: Apache-2.0
// sofia-sip, as this part uses it: the library's headers with our callback types, owners for what it gives out, tag lists that
// end themselves, and every one of its variadic functions wrapped. No other file calls those functions.
//
// The fences of what would crash the process, each with a test in tests/sip/fences_test.cpp:
//   1 transport lists      `add_transport` takes one transport a call
//   2 ACK and its branch   `send_ack` always names the INVITE's branch
//   3 no transport         the stack's constructor throws unless every transport is bound
//   4 clock steps          clock.hpp
//   5 timer B              UDP never switches to TCP: `create_agent` sets the message limit to a datagram's
//   6 URI over-read        parser_class() refuses such headers, `reads_over` such request URIs
//   7 ACK after a failure  `reply` hides a transaction whose final answer could not be sent: an ACK that finds it ends in an
//                          assert. The parser takes `maddr` out of Via, which would let anyone make sending fail
#pragma once
#include <cordboard/config.hpp>

namespace cordboard::sip {
struct endpoint;
struct agent_user;
class loop;
class question;
}  // namespace cordboard::sip

// One definition for the whole part: these types are the library's, seen through our eyes.
#define NTA_AGENT_MAGIC_T cordboard::sip::agent_user
#define NTA_LEG_MAGIC_T cordboard::sip::endpoint
#define NTA_INCOMING_MAGIC_T cordboard::sip::endpoint
#define NTA_OUTGOING_MAGIC_T cordboard::sip::endpoint
#define SU_WAKEUP_ARG_T cordboard::sip::loop
#include <sofia-sip/su_wait.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>
#include <sofia-sip/url.h>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace cordboard::sip {

/// Who gets what happens to a transaction or dialog. The library's frames are below these calls: what throws is caught above
/// them, traced nowhere (it can only be memory), and a request is answered 500.
struct endpoint {
  virtual ~endpoint() = default;
  /// A request of the dialog. The answer is sent by `reply`, now or later, or by returning its status.
  virtual int on_request(nta_incoming_t* request, const sip_t& sip) = 0;
  /// ACK or CANCEL of an INVITE that was given to this endpoint; null: no ACK came.
  virtual void on_ack_or_cancel(nta_incoming_t* request, const sip_t* sip) = 0;
  /// A provisional (> 100) or final answer, or one that the library made up (408, 503).
  virtual void on_response(nta_outgoing_t* request, const sip_t& sip) = 0;
};
struct agent_user {
  virtual ~agent_user() = default;
  /// A request that belongs to no dialog, and not to a transaction that there is.
  virtual void on_question(question& what) = 0;
  /// A response that belongs to no transaction.
  virtual void on_stray(const sip_t& sip) = 0;
};

/// A tag list: pairs that the library's macros type-check, ended by itself. Keeps pointers only: what they point to must live
/// until the call returns.
class tags {
public:
  template <class... Pairs>
  explicit tags(Pairs... pairs) {
    static_assert(sizeof...(Pairs) % 2 == 0, "a tag macro expands to two arguments");
    list_.reserve(sizeof...(Pairs) / 2 + 4);
    add(pairs...);
  }
  tags& add() { return *this; }
  template <class Tag, class Value, class... Rest>
  tags& add(Tag tag, Value value, Rest... rest) {
    static_assert(std::is_convertible_v<Tag, tag_type_t> && std::is_same_v<Value, tag_value_t>, "not a tag macro");
    list_.push_back(tagi_t{tag, value});
    return add(rest...);
  }
  /// The list with its end; null values are skipped by the library.
  const tagi_t* end() {
    list_.push_back(tagi_t{nullptr, 0});
    return list_.data();
  }

private:
  std::vector<tagi_t> list_;
};

/// A memory pool of the library.
class home {
public:
  home() { su_home_init(pool_); }
  ~home() { su_home_deinit(pool_); }
  home(const home&) = delete;
  home& operator=(const home&) = delete;
  operator su_home_t*() { return pool_; }

private:
  su_home_t pool_[1] = {};
};

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
inline void drop_reference(msg_t* message) { msg_destroy(message); }
using agent_ptr = std::unique_ptr<nta_agent_t, freed_by<nta_agent_destroy>>;
using leg_ptr = std::unique_ptr<nta_leg_t, freed_by<nta_leg_destroy>>;
using incoming_ptr = std::unique_ptr<nta_incoming_t, freed_by<nta_incoming_destroy>>;
using outgoing_ptr = std::unique_ptr<nta_outgoing_t, freed_by<nta_outgoing_destroy>>;
using message_ptr = std::unique_ptr<msg_t, freed_by<drop_reference>>;
using transport_ptr = std::unique_ptr<tport_t, freed_by<tport_unref>>;

/// The library tells a text from a parsed URL by its first byte, and would take an empty text for the latter.
inline const url_string_t* as_url(const char* text) {
  return text != nullptr && text[0] != '\0' ? reinterpret_cast<const url_string_t*>(text) : nullptr;
}
/// null: not a URL.
inline const url_t* parse_url(su_home_t* pool, const std::string& text) {
  return text.empty() ? nullptr : url_make(pool, text.c_str());
}

/// The library's parser with fences 6 and 7 in it. Made once, never freed.
const msg_mclass_t* parser_class();
/// True when looking for a parameter of this URI would read past its end.
bool reads_over(const url_t* url);

/// An agent without a transport; its library answers nothing by itself but what RFC 3261 asks of a transaction.
/// @param resolver  the file that names the DNS servers; null: the system's
agent_ptr create_agent(su_root_t* root, agent_user& user, const char* resolver);
/// Binds one transport: "udp", "tcp", or "tls" with the folder of its files. @returns 0, or errno
int add_transport(nta_agent_t* agent, const sip_config& config, std::uint16_t port, const std::string& transport,
                  const char* tls_folder);
leg_ptr create_leg(nta_agent_t* agent, endpoint& user, tags with);
std::string fresh_call_id();
/// A leg whose first request is ours: `from` gets a tag.
leg_ptr begin_leg(nta_agent_t* agent, endpoint& user, const std::string& from, const std::string& to,
                  const std::string& call_id);
/// Answers a request that has no transaction, and frees it.
void reply_once(nta_agent_t* agent, msg_t* request, int status, const char* phrase, tags with);
/// Makes a transaction of a request; null: there is no memory for it, and the request is freed.
nta_incoming_t* take_request(nta_agent_t* agent, msg_t* request, sip_t* sip);
/// Binds ACK and CANCEL of `request` to `user`.
void bind(nta_incoming_t* request, endpoint& user);
/// @returns false when a final answer could not be sent; then nothing more will happen with it
bool reply(nta_incoming_t* request, int status, const char* phrase, tags with = tags());
struct method {
  sip_method_t number;
  const char* name;
};
/// Sends a request of the leg. @param route where to send it instead of its target, or null
outgoing_ptr send(nta_leg_t* leg, endpoint* user, const char* route, method what, const url_string_t* uri, tags with);
/// The same request once more, as a new transaction with the leg's next CSeq: without credentials, which `with` brings.
/// @param uri  where it goes now instead, or null; then `with` brings the Contact too
outgoing_ptr send_again(nta_agent_t* agent, nta_outgoing_t* before, nta_leg_t* leg, endpoint* user, const char* route,
                        const url_string_t* uri, tags with);
/// Whether the library made this answer up: nothing came in time, or nothing could be sent.
bool is_made_up(const sip_t& answer);
/// ACK to a 2xx. Keep what is returned as long as retransmissions may come: it answers them.
outgoing_ptr send_ack(nta_leg_t* leg, const char* route, std::uint32_t cseq, const char* branch, tags with = tags());
/// CANCEL of an INVITE; waits for a provisional answer by itself (RFC 3261 9.1). `reason`: for Reason; null: none.
void send_cancel(nta_outgoing_t* invite, const char* reason = nullptr);
/// The transaction of a request that another process received over UDP.
incoming_ptr restore_incoming(nta_agent_t* agent, nta_leg_t* leg, msg_t* message);

}  // namespace cordboard::sip
