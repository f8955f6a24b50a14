// SPDX-License-Identifier: Apache-2.0
// The wire that is real: SIP and media, joined here since neither knows the other.
#pragma once
#include <cordboard/config.hpp>
#include <map>
#include <media/engine.hpp>
#include <memory>
#include <runtime/registrations.hpp>
#include <runtime/switchboard.hpp>
#include <runtime/wire.hpp>
#include <set>
#include <sip/stack.hpp>
#include <string>

namespace cordboard::runtime {

/// ```
///   act::ring ──► media.offer ──► sip.ring          on_incoming ──► media.answer ──► kept ──► act::answer ──► sip.answer
///   on_answered ──► media.accept ──► fact::answered  on_reoffer ──► media.answer ──► sip.answer_reoffer
/// ```
/// Where voices pass the house by (sip_wire_direct.cpp), a description goes from one leg to the other instead:
/// ```
///   on_incoming ──► kept ──► act::ring ──► media.pass ──► sip.ring       on_answered ──► media.pass ──► sip.answer
///   on_reoffer ──► media.pass ──► sip.reoffer ──► on_reoffer_answered ──► media.pass ──► sip.answer_reoffer
///   act::move_voices ──► sip.reoffer to one end, then to the other ──► fact::voices_moved
/// ```
///
/// @threads   the loop's only, except that media tells its facts on its own thread
/// @lifetime  the board must outlive it
class sip_wire final : public wire, private sip::sink {
public:
  /// Binds the transports and starts media.
  /// @errors  throws what `sip::stack` throws, and std::system_error for media
  sip_wire(sip::loop& on, const config& from, switchboard& board, const trace_line& trace);

  void carry_out(const any_action& what) override;
  std::string reread(const std::vector<dialogue_config>& dialogues) override;
  void settle() override;
  void noticed(const event& e) override {
    if (e.device && stack_->is_watched(e.device)) moved_on_.insert(e.device);
  }
  void end_turn() override { media_->flush(); }
  bool restore(leg_id leg, const leg_state& known, std::string_view saved) override;
  void restored(const board_state& state) override;
  void leave(const std::function<void()>& done) override { stack_->leave(done); }

  std::uint16_t port(sip::transport which) const { return stack_->port(which); }

private:
  /// What is known of a leg here, from its first act or fact to its last.
  struct line {
    std::string dialog;       ///< what SIP needs to make it again
    std::string description;  ///< our answer to the caller's offer, or our offer, until and after it is sent
    std::size_t saved = 0;    ///< hash of what was last told of it
    std::string far;          ///< what the far end last described, where that may be passed on
    leg_id peer;              ///< whose far end it talks to past the house; then `description` is what that one says
    call_id moves;            ///< the call whose voices are being moved
    bool voice = false;       ///< it has a stream
  };
  /// The ends of a call are asked to send their voices elsewhere, one after the other.
  struct move {
    bool direct = false;
    std::vector<leg_id> legs;  ///< to be asked; the caller last
    std::size_t at = 0;        ///< who is asked now
    bool undoing = false;      ///< somebody has refused: who had agreed is asked back
    leg_id refused;
    std::uint16_t status = 0;
  };
  /// A re-INVITE of one far end that was passed on to the other.
  struct passing {
    leg_id from;       ///< 0: nobody waits for its answer
    std::string text;  ///< what the other one was told
    bool held = false;
  };
  /// Media's facts come on its own thread.
  struct ear final : media::sink {
    explicit ear(switchboard& to) : board(to) {}
    void on_fact(any_fact fact) override { board.post(std::move(fact)); }
    switchboard& board;
  };
  /// What may be agreed with a device; with a leg that the board knows, that is its.
  const media::policy& may(device_id device) const;
  const media::policy& may(leg_id leg) const;
  void hear(leg_id leg, const source& from);
  source spelled(source from) const;
  void ring(const act::ring& what);
  void end(leg_id leg);
  std::string to_save(leg_id leg);
  void hang_up(leg_id leg, std::uint16_t status, cause why = cause::none);
  const line* find(leg_id leg) const;

  // sip_wire_direct.cpp
  /// The caller's description may go to whom the call will ring, as far as is known before the board decides.
  bool may_pass(const sip::incoming& in) const;
  bool is_direct(device_id device) const;
  /// What the far end describes is kept where it may be needed.
  void note_far(leg_id leg, device_id device, const std::string& description);
  /// A caller who was to be direct is not; false: that cannot be, and the board has been told.
  bool anchor_caller(leg_id leg);
  /// What to offer the phone that is rung for this caller; empty: it is anchored.
  std::string passed_offer(const act::ring& what);
  void answered_past(leg_id leg, const std::string& answer);
  bool pass_reoffer(leg_id leg, const std::string& offer);
  void pass_late_answer(leg_id leg, const std::string& answer);
  void passed_on(leg_id leg, passing what, std::uint16_t status, const std::string& answer);
  void move_voices(const act::move_voices& what);
  void ask_next(call_id call);
  void asked(call_id call, std::uint16_t status, const std::string& answer);
  /// Undoes what was agreed on before somebody refused, an end after the other.
  void undo(call_id call);
  void moved(call_id call);
  /// The leg is gone, or on its way: nobody waits for what it would have said.
  void leave(leg_id leg);
  void restore_peer(leg_id leg, const leg_state& known);

  void on_incoming(sip::incoming in) override;
  void on_provisional(leg_id leg, std::uint16_t status, std::string answer) override;
  void on_answered(leg_id leg, std::string answer) override;
  void on_late_answer(leg_id leg, std::string answer) override;
  void on_fact(any_fact fact) override;
  void on_reoffer(leg_id leg, std::string offer) override;
  void on_reoffer_answered(leg_id leg, std::uint16_t status, std::string answer) override;
  void on_refresh_due(leg_id leg) override;
  void on_dialog_changed(leg_id leg, std::string saved) override;
  void keep_dialogs() override { settle(); }
  void on_binding_changed(device_id device, std::string saved) override;
  std::uint64_t fresh_id() override { return board_.fresh_id(); }
  bool is_emergency(std::string_view called) override { return cordboard::is_emergency(board_.state(), called); }
  std::vector<sip::phone_dialog> dialogs_of(device_id phone) override;
  std::int64_t now() override { return board_.now(); }

  switchboard& board_;
  trace_line trace_;
  std::map<device_id, media::policy> policies_;  ///< of those who differ from what is usual
  registrations registrations_;
  std::map<leg_id, line> lines_;
  std::set<leg_id> unsaved_;
  std::set<device_id> moved_on_;  ///< phones that others watch, of which something was said
  std::map<call_id, move> moves_;
  std::map<leg_id, passing> passings_;  ///< by whom it was passed on to
  ear ear_;
  std::unique_ptr<media::engine> media_;
  std::unique_ptr<sip::stack> stack_;
};

}  // namespace cordboard::runtime
