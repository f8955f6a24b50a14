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
///
/// @threads   the loop's only, except that media tells its facts on its own thread
/// @lifetime  the board must outlive it
class sip_wire final : public wire, private sip::sink {
public:
  /// Binds the transports and starts media.
  /// @errors  throws what `sip::stack` throws, and std::system_error for media
  sip_wire(sip::loop& on, const config& from, switchboard& board, const trace_line& trace);

  void carry_out(const any_action& what) override;
  void settle() override;
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
    std::string saved;        ///< what was last told of it
    bool voice = false;       ///< it has a stream
  };
  /// Media's facts come on its own thread.
  struct ear final : media::sink {
    explicit ear(switchboard& to) : board(to) {}
    void on_fact(any_fact fact) override { board.post(std::move(fact)); }
    switchboard& board;
  };
  void hear(leg_id leg, const source& from);
  void ring(const act::ring& what);
  void end(leg_id leg);
  std::string to_save(leg_id leg);
  void hang_up(leg_id leg, std::uint16_t status, cause why = cause::none);

  void on_incoming(sip::incoming in) override;
  void on_provisional(leg_id leg, std::uint16_t status, std::string answer) override;
  void on_answered(leg_id leg, std::string answer) override;
  void on_late_answer(leg_id leg, std::string answer) override;
  void on_fact(any_fact fact) override;
  void on_reoffer(leg_id leg, std::string offer) override;
  void on_refresh_due(leg_id leg) override;
  void on_dialog_changed(leg_id leg, std::string saved) override;
  void keep_dialogs() override { settle(); }
  void on_binding_changed(device_id device, std::string saved) override;
  std::uint64_t fresh_id() override { return board_.fresh_id(); }
  bool is_emergency(std::string_view called) override { return cordboard::is_emergency(board_.state(), called); }
  std::int64_t now() override { return board_.now(); }

  switchboard& board_;
  trace_line trace_;
  registrations registrations_;
  std::map<leg_id, line> lines_;
  std::set<leg_id> unsaved_;
  ear ear_;
  std::unique_ptr<media::engine> media_;
  std::unique_ptr<sip::stack> stack_;
};

}  // namespace cordboard::runtime
