// SPDX-License-Identifier: Apache-2.0
// SIP as the rest of the house sees it: legs that ring, answer and end; phones that register. Bodies are opaque text: one
// session description per offer or answer, which the runtime takes to and from media.
#pragma once
#include <call/facts.hpp>
#include <cordboard/config.hpp>
#include <cordboard/ids.hpp>
#include <sip/dialog_info.hpp>
#include <sip/loop.hpp>
#include <sip/transport.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::sip {

struct stack_core;

/// A new INVITE from a known device: what the board must know, and what media must.
struct incoming {
  fact::incoming who;
  std::string offer;  ///< empty: a late offer; then `answer` carries our offer, and `on_late_answer` brings the peer's answer
};

/// What SIP tells. Called on the loop's thread, never from inside a method of `stack`, so any method may be called back at once.
class sink {
public:
  virtual ~sink() = default;
  /// 100 has been sent. Answer it with `alert`, `answer` or `release`.
  virtual void on_incoming(incoming) = 0;
  /// A provisional answer (> 100) to our INVITE; `answer` is empty or the early session description (without 100rel: a hint).
  virtual void on_provisional(leg_id, std::uint16_t status, std::string answer) = 0;
  /// 2xx to our INVITE; the ACK has been sent.
  virtual void on_answered(leg_id, std::string answer) = 0;
  /// The answer that came with the ACK to our late offer. `fact::acknowledged` of an initial INVITE follows.
  virtual void on_late_answer(leg_id, std::string answer) = 0;
  /// `refused`, `ended`, `released`, `acknowledged`, `registered`, `refer_asked`.
  virtual void on_fact(any_fact) = 0;
  /// A re-INVITE or UPDATE with this offer (empty: late). Answer it with `answer_reoffer` or `refuse_reoffer`.
  virtual void on_reoffer(leg_id, std::string offer) = 0;
  /// How a re-INVITE of `reoffer` ended: 2xx and the answer, or the final status.
  virtual void on_reoffer_answered(leg_id, std::uint16_t status, std::string answer) = 0;
  /// A re-INVITE is due that changes nothing: `refresh` with the description that the leg has.
  virtual void on_refresh_due(leg_id) = 0;
  /// What `restore` needs of the leg from now on; replaces what was told before, worthless when the leg has ended.
  virtual void on_dialog_changed(leg_id, std::string saved) = 0;
  /// What was told of dialogs is to be kept now: before an INVITE leaves, and when all is told that there was to tell.
  virtual void keep_dialogs() = 0;
  /// What `restore_binding` needs of the phone's registration here, or of ours over a trunk; empty: it is gone. A phone's is told
  /// when it begins, changes or ends, not at each refresh.
  virtual void on_binding_changed(device_id, std::string saved) = 0;
  /// A fresh random id.
  virtual std::uint64_t fresh_id() = 0;
  /// Whether who calls this number has an emergency: such a call is not held up by how many others come.
  virtual bool is_emergency(std::string_view called) = 0;
  /// What this phone does now: for whoever watches it.
  virtual std::vector<phone_dialog> dialogs_of(device_id) { return {}; }
  /// Event time, ns: for `fact::registered::until_ns`.
  virtual std::int64_t now() = 0;
};

/// The SIP end of the house on its transports.
///
/// A leg is known from `ring` or `on_incoming` until its one final fact (`refused`, `ended` or `released`); nothing is told
/// of it afterwards. Methods that name a leg which is gone, or whose state does not allow them, do nothing, except `release`.
///
/// @threads   the loop's only
/// @lifetime  loop and sink must outlive it. Destroying it closes the transports without a word to the peers: that is what
///            a restart wants; an orderly stop releases the legs first
class stack {
public:
  /// Binds every transport. Then `restore*`, and only then run the loop: a BYE may wait in the socket already.
  ///
  /// @param devices  phones and trunks; `ids[i]` is the id of `devices[i]`
  /// @errors         throws std::system_error whose text names address, port and transport that could not be bound, or
  ///                 std::invalid_argument that names the device, or the file for TLS, and what is wrong with it
  stack(loop& on, const sip_config& config, const std::vector<device_config>& devices, const std::vector<device_id>& ids,
        sink& to);
  ~stack();
  stack(const stack&) = delete;
  stack& operator=(const stack&) = delete;

  /// The port bound for this transport; 0: not in use.
  std::uint16_t port(transport) const;
  /// Another set of devices: removed phones lose their registration, new passwords count from the next request.
  /// @errors  std::invalid_argument as the constructor; then nothing has changed
  void configure(const std::vector<device_config>& devices, const std::vector<device_id>& ids);

  struct invite {
    leg_id leg;
    device_id device;
    std::string number;         ///< with a trunk: what to dial
    std::string from_number;    ///< who is shown as calling, UTF-8; empty: the house
    std::string from_name;      ///< UTF-8, may be empty
    std::string offer;          ///< the session description
    bool auto_answer = false;   ///< the phone answers by itself
    std::string referred_by{};  ///< a URI for Referred-By; empty: none
  };
  /// INVITE to the phone's registered contact or to the trunk. Whatever fails is told as `fact::refused`, later.
  void ring(invite);
  /// 180.
  void alert(leg_id);
  /// 200 with the session description. `fact::acknowledged` follows, or `fact::ended` with 408.
  void answer(leg_id, const std::string& description);
  void answer_reoffer(leg_id, const std::string& description);
  void refuse_reoffer(leg_id, std::uint16_t status);
  /// Sends a re-INVITE with this offer; `on_reoffer_answered` follows, unless the leg ends before. With patience it waits for
  /// offers that are under way, and after a glare (491) it is sent again (RFC 3261 14.1); else that is told as 491.
  void reoffer(leg_id, const std::string& description, bool patient);
  /// Whether this device is called by IPv6.
  bool is_ipv6(device_id) const;
  /// Sends the re-INVITE that was told due; empty: not now, it is told again soon.
  void refresh(leg_id, const std::string& description);
  /// The answer to a REFER that was told as `fact::refer_asked`; after 202, `tell_refer` says how it ended.
  void answer_refer(leg_id, std::uint16_t status);
  void tell_refer(leg_id, std::uint16_t status);
  /// Whether another phone watches this one, and is to be told when `dialogs_of` it has another answer.
  bool is_watched(device_id) const;
  void tell_watchers(device_id);
  /// CANCEL, BYE, or a final answer (`status`, 480 by default), as the leg's state asks; then one `fact::released`, at once
  /// when the leg is gone already.
  /// `why` goes with CANCEL and BYE as Reason (RFC 3326).
  void release(leg_id, std::uint16_t status = 0, cause why = cause::none);

  /// Whether the device is a trunk that is in service only while we are registered there.
  bool registers(device_id) const;
  /// Ends our registrations with others. `done` is called once that is answered or has taken too long, perhaps at once.
  void leave(std::function<void()> done);

  /// Makes the leg again from what `on_dialog_changed` told, before the loop runs. The leg then is where it was: answered, or
  /// ringing in either direction. `offer`, when it is not known whether our INVITE arrived: the description to send it with again,
  /// in case nobody who has it is heard soon. @returns false when that cannot be done: the leg is lost, and nothing is told of it.
  bool restore(leg_id, std::string_view saved, const std::string& offer = {});
  /// Whether a text of `on_dialog_changed` is of a caller whom we have not answered: a restart may still need the answer.
  static bool is_unanswered(std::string_view saved);
  /// Whether it is of an INVITE of ours that nobody has answered.
  static bool is_calling(std::string_view saved);
  /// A registration from before the restart. A phone's is given one full expiry of grace; over a connection, which is gone, it is
  /// told out of service until the phone comes back. Ours over a trunk goes on until its next refresh is due.
  /// @returns  false when the text is not one of ours or the device is gone
  bool restore_binding(device_id, std::string_view saved);

private:
  std::unique_ptr<stack_core> core_;
};

}  // namespace cordboard::sip
