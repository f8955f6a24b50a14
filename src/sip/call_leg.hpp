// SPDX-License-Identifier: Apache-2.0
// One INVITE and the dialog it makes, from the first request to the last answer.
//
//   ring ─► calling ──2xx, ACK──► up ──release──► leaving ──answer to BYE──► over
//              │ release            ▲ └──BYE──────────────────────────────► over
//              ▼                    │ACK
//          cancelling ─ 487 ─► over │
//              └─2xx, ACK, BYE─► leaving
//   take ─► incoming ──answer──► accepted ──no ACK, or release and then ACK──► leaving
//              └─ CANCEL, release ─► over
#pragma once
#include <sip/authorize.hpp>
#include <sip/flow.hpp>
#include <sip/stack_core.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace cordboard::sip {

class call_leg final : public endpoint {
public:
  /// Sends our INVITE (call_out.cpp).
  static void ring(stack_core& of, stack::invite what);
  /// Takes a new INVITE that may come in (call_in.cpp).
  static int take(stack_core& of, nta_incoming_t* request, const sip_t& sip, const device& caller, flow came, leg_id replaces);
  /// (call_saved.cpp)
  static bool restore(stack_core& of, leg_id id, std::string_view saved, const std::string& offer);
  /// Whether a text of `save` is of a leg in this state.
  static bool is_in(std::string_view saved, std::string_view state);

  call_leg(stack_core& of, leg_id id, device_id device, bool outgoing)
      : of_(of), id_(id), device_(device), outgoing_(outgoing) {}

  leg_id id() const { return id_; }
  /// Its final fact has been told; it only waits for the answer to its BYE.
  bool is_over() const { return told_; }

  void alert();
  void answer(const std::string& description);
  void answer_reoffer(const std::string& description);
  void refuse_reoffer(int status);
  void reoffer(const std::string& description, bool patient);
  void answer_refer(int status);
  void tell_refer(int status);
  void release(int status, cause why);
  /// The description for a re-INVITE that refreshes the session; empty: there is none now.
  void refresh(const std::string& description) { description.empty() ? refuse_refresh() : send_refresh(description); }

  /// What an INVITE that is to replace this dialog (RFC 3891) is told; 0: it may.
  int replaceable(bool early_only) const;
  /// Whether a Replaces value names this dialog; `to_tag` is ours.
  bool is_named(std::string_view call_id, std::string_view to_tag, std::string_view from_tag) const;

  /// The way on which the peer's INVITE came; none: the INVITE was ours.
  const flow& came() const { return came_; }
  bool takes_stray(std::string_view call_id, std::string_view our_tag) const;
  void on_stray(const sip_t& sip);
  /// Whether this INVITE outside dialogs is the one that we have answered.
  bool is_repeated(const sip_t& sip) const;
  void take_again(nta_incoming_t* request, const sip_t& sip);
  /// Lets go of what would answer a repeated 2xx, once none can come any more. @returns false: it is too early
  bool drop_acks(std::chrono::steady_clock::time_point now);
  /// RFC 3261 13.2.2.4: 64 * T1 after the first 2xx it is over. The library holds four kilobytes for each.
  static constexpr std::chrono::seconds acks_kept{33};
  /// The leg is over: its caller is no longer one of the process before.
  void forget_caller();

  int on_request(nta_incoming_t* request, const sip_t& sip) override;
  void on_ack_or_cancel(nta_incoming_t* request, const sip_t* sip) override;
  void on_response(nta_outgoing_t* request, const sip_t& sip) override;

private:
  enum class phase : std::uint8_t { calling, cancelling, incoming, accepted, up, leaving, over };

  // call_out.cpp
  void begin_invite(stack::invite what);
  void send_invite();
  /// After a restart: nobody was heard who got it, so it is sent, perhaps again: the same transaction for whoever has it.
  void repeat_invite();
  void on_invite_answer(int status, const sip_t& sip);
  bool ask_for_longer_session(const sip_t& sip);
  // call_trunk.cpp
  /// The trunk's target that the INVITE goes to next; false: there is none.
  bool choose_target();
  /// Goes on to the next target; false: there is none, or somebody rings already.
  bool try_next_target();
  void on_target_silent();
  void note_target(int status, const sip_t& sip);
  /// The INVITE to this target has gone out.
  void watch_target();
  /// Answers a 401 or 407 by sending the request once more; false: it stays refused.
  bool answer_challenge(outgoing_ptr& refused, const sip_t& sip);
  /// Of the trunk; null: it has none.
  digest_client* account() const;
  /// What we show with a request that goes out now; nothing without an account.
  authorization proof(const char* method, const std::string& uri) const;
  /// As `way_out`, for the INVITE and what goes the same way.
  const char* first_way(tags& with) const;
  void invite_sent();
  void on_accepted(const sip_t& sip);
  void acknowledge(std::uint32_t cseq, const char* branch);
  void acknowledge_answer();
  void keep_acks();
  void cancel();
  // call_in.cpp
  /// 100 Trying, when nothing was answered yet.
  void try_on();
  void on_ack(const sip_t& sip);
  void on_cancel(const sip_t& sip);
  void refuse(int status);
  // call_dialog.cpp
  int on_bye(nta_incoming_t* request, const sip_t& sip);
  int on_offer(nta_incoming_t* request, const sip_t& sip);
  void on_reoffer_ack_or_cancel(const sip_t* sip);
  void drop_reoffer(int status);
  void send_bye();
  void on_bye_answer(int status);
  /// The peer broke off, or never acknowledged: tells `ended`, and BYE if somebody may still be there.
  void end(int status, bool bye);
  // call_reoffer.cpp
  void send_reoffer();
  /// Again in a while; or else it is told as 491.
  void reoffer_later(std::chrono::milliseconds wait, unsigned& tries, unsigned tries_max);
  void on_reoffer_answer(int status, const sip_t& sip);
  void tell_reoffer(int status, std::string answer = {});
  void acknowledge_refresh();
  /// RFC 3261 14.1, 10 ms steps: whoever made the Call-ID waits longer, so that the two do not meet again.
  std::chrono::milliseconds after_glare() const;
  // call_refer.cpp
  int on_refer(nta_incoming_t* request, const sip_t& sip);
  // call_session.cpp
  enum class session_role : std::uint8_t { none, uac, uas };
  std::string session_offer() const;
  std::string shortest_session() const;
  /// What a request says of the session.
  void note_session(const sip_t& sip);
  /// What our 2xx says of it; empty: nothing.
  void answer_session(std::string& header, bool& required);
  /// What a 2xx to us said of it.
  void learn_session(const sip_t& sip);
  /// The interval begins; `first`: when the first refresh is due, if not after half of it.
  void begin_session(std::chrono::seconds first = {});
  void session_due();
  void send_refresh(const std::string& description);
  void refuse_refresh();
  void on_refresh_answer(int status, const sip_t& sip);
  // call_saved.cpp
  void save();
  static std::string head_for_answer(std::string_view message);
  bool restore_dialog(const class saved_reader& in);
  std::uint64_t first_refresh(std::uint64_t since);
  bool restore_calling(const class saved_reader& in);
  /// The dialog of our INVITE while nobody has answered it; `cseq`: of the last request.
  bool make_early_leg(const std::string& tag, std::uint32_t cseq);
  bool restore_incoming(const class saved_reader& in);

  /// Tells the one final fact and buries the leg.
  template <class Fact>
  void finish(int status, cause why = cause::none) {
    if constexpr (requires(Fact f) { f.why; }) {
      if (!told_) of_.tell_fact(Fact{id_, static_cast<std::uint16_t>(status), why});
    } else {
      if (!told_) of_.tell_fact(Fact{id_, static_cast<std::uint16_t>(status)});
    }
    told_ = true;
    phase_ = phase::over;
    of_.bury(id_);
  }
  transport way() const;
  /// Our Contact of this dialog.
  std::string our_contact() const { return of_.contact(way(), "cordboard", sips_); }
  /// Where to send requests of the dialog: adds the connection to `with`; the result is a route or null.
  const char* way_out(tags& with) const;
  /// The request URI of the dialog's requests.
  std::string target_uri() const;
  outgoing_ptr request(method what, tags with);

  stack_core& of_;
  leg_id id_;
  device_id device_;
  bool outgoing_;
  phase phase_ = phase::over;
  bool told_ = false;       ///< the final fact
  bool sips_ = false;       ///< over TLS all the way: our Contact says so too (RFC 5630)
  bool releasing_ = false;  ///< release was asked for
  bool ack_due_ = false;    ///< the peer's 2xx is not acknowledged yet
  bool late_ = false;       ///< our 2xx holds the offer, the ACK will hold the answer
  bool reoffer_late_ = false, reoffer_answered_ = false;
  bool refer_silent_ = false;  ///< no NOTIFY is wanted
  bool unsent_ = false;        ///< our INVITE has not left yet
  bool auto_answer_ = false;   ///< the phone is to answer by itself

  std::string call_id_, local_, remote_;  ///< as in the messages, addresses without tags
  std::string route_;                     ///< to a peer behind NAT, else empty
  flow came_;
  std::string early_tag_;  ///< of who rings
  std::string reason_;     ///< for CANCEL and BYE
  std::string branch_;     ///< of our INVITE
  std::uint32_t invite_cseq_ = 0;
  /// Of a call over a trunk, until it is answered.
  struct attempt {
    std::string number;
    std::size_t target = 0;
    std::uint32_t tried = 0;  ///< a bit for each target
    bool rang = false;
    std::unique_ptr<timer> patience;
  };
  std::unique_ptr<attempt> attempt_;
  std::string hop_;               ///< where our INVITE went, when that is not what its request URI says
  unsigned challenges_ = 0;       ///< answered since a request was accepted
  std::string early_;             ///< of the INVITE that came in: what its answer is made from
  std::string request_uri_;       ///< of our INVITE
  std::string offer_;             ///< of our INVITE, until it is sent
  std::string referred_by_;       ///< of our INVITE
  std::string first_route_;       ///< of our INVITE
  std::unique_ptr<timer> again_;  ///< until it is sent again

  leg_ptr leg_;
  incoming_ptr invite_in_, reoffer_, refer_;
  /// NOTIFY of how a REFER goes (RFC 3515).
  void notify(int status, const char* subscription);

  outgoing_ptr invite_out_, ack_, bye_, cancel_, notify_;
  std::uint32_t interval_ = 0, min_se_ = 0, asked_interval_ = 0;  ///< seconds; 0: none
  session_role asked_refresher_ = session_role::none;
  bool refresher_ = false, updates_ = false, peer_knows_timer_ = false, refresh_invites_ = false;
  std::chrono::steady_clock::time_point session_end_{};
  std::int64_t session_since_ = 0;  ///< when the interval was agreed on, event time: of use to a restart
  outgoing_ptr refresh_, refresh_ack_;
  std::chrono::steady_clock::time_point acks_until_{};
  /// An offer of ours beside the first: what the house wants to say, until it is answered.
  struct offer_to_make {
    std::string description;
    bool patient = false, sent = false;
    unsigned looks = 0, glares = 0;
    std::unique_ptr<timer> next;
  };
  std::unique_ptr<offer_to_make> reoffering_;
  std::unique_ptr<timer> session_;
  std::unique_ptr<timer> patience_;  ///< bounds the wait for an answer whose transaction is of the process before
};

}  // namespace cordboard::sip
