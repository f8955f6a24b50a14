// SPDX-License-Identifier: Apache-2.0
// A simulated telephone with one call: RFC 3261's transactions over UDP, and as many of its rules as its manners keep.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <peer_socket.hpp>
#include <string>
#include <vector>
#include "clock.hpp"

namespace sip_sim {

using sip_test::message;

struct manners {
  bool silent = false;             ///< says nothing to an INVITE
  bool refuses = false;            ///< 486
  bool never_acks = false;         ///< our 2xx is not acknowledged
  bool answers_cancelled = false;  ///< 200 to an INVITE that it has been told is cancelled
  bool refuses_offers = false;     ///< 488 to a re-INVITE
  bool deaf = false;               ///< a BYE is not answered
  bool impatient = false;          ///< BYE right behind its 200, before the ACK
  milliseconds rings = 0;          ///< 180 after this
  milliseconds answers = 0;        ///< 200 after this
  milliseconds gives_up = 0;       ///< CANCEL after this; 0: never
  milliseconds offers = 0;         ///< a re-INVITE so long after the call is up; 0: none
  milliseconds leaves = 0;         ///< BYE so long after the call is up; 0: waits for the house
};

class agent {
public:
  using sender = std::function<void(const std::string&)>;
  /// @param broken  told what must never happen
  agent(int number, const manners& how, std::uint16_t port, sender send, std::function<void(const std::string&)> broken);

  /// INVITEs the house; else the agent waits for an INVITE.
  void call(std::uint16_t house);
  void receive(const message& in);
  void tick();

  const std::string& call_id() const { return call_id_; }
  int number() const { return number_; }
  /// It is in a call, as far as it knows.
  bool talks() const { return up_ && !over_; }
  /// It was in a call at some time.
  bool talked() const { return talked_; }
  /// The house has confirmed that the call is over.
  bool dismissed() const { return dismissed_; }
  /// The number that the house dialled, or that the house is told as the caller's.
  const std::string& name() const { return name_; }
  /// It was called, said something, and waits for what becomes of it.
  bool waits() const { return invite_ && !how_.silent && !over_; }
  std::string state() const;

private:
  /// A request of ours that waits for its final answer.
  struct asking {
    std::string text, method, branch;
    int cseq = 0;
    milliseconds next = 0, wait = 500, until = 0;
    bool rung = false;  ///< a provisional answer came
  };
  /// A final answer of ours to an INVITE, until its ACK.
  struct answering {
    std::string text;
    int cseq = 0;
    milliseconds next = 0, wait = 500, until = 0;
    bool accepts = false;
  };

  void on_response(const message& in);
  void on_invite_answer(const message& in, int status);
  void on_request(const message& in);
  void on_invite(const message& in);
  void ask(const std::string& method, const std::string& uri, int cseq, std::string branch = {});
  void acknowledge(const message& answer, int cseq, const std::string& branch);
  void answer_invite(const message& in, int status);
  void say(const message& to, int status, const std::string& body = {});
  void bye();
  void came_up();
  void timed_out(const asking& what);
  std::string request(const std::string& method, const std::string& uri, int cseq, const std::string& branch,
                      const std::string& to, const std::string& body) const;

  int number_;
  manners how_;
  std::uint16_t port_;
  sender send_;
  std::function<void(const std::string&)> broken_;
  bool caller_ = false, up_ = false, talked_ = false, over_ = false, leaving_ = false, cancelled_ = false, dismissed_ = false;
  std::string name_, call_id_, local_, remote_, target_, own_tag_;
  int cseq_ = 0, invite_cseq_ = 0, branches_ = 0;
  std::string invite_branch_;
  std::optional<message> invite_;  ///< the one that we were called by
  std::optional<message> ok_;      ///< what its INVITE was answered
  std::vector<asking> asked_;
  std::map<std::string, std::string> said_;  ///< last answer, by branch and method
  std::optional<answering> answered_;
  milliseconds ring_at_ = 0, answer_at_ = 0, give_up_at_ = 0, offer_at_ = 0, leave_at_ = 0;
};

}  // namespace sip_sim
