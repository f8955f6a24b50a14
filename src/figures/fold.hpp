// SPDX-License-Identifier: Apache-2.0
// Events to records: the one pass over the log that every figure is made of, live and of history.
#pragma once
#include <array>
#include <figures/index.hpp>
#include <figures/record.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::figures {

/// What the fold keeps of a call until it has ended: then all of it is among the sums.
struct open_call {
  std::uint64_t id = 0;
  std::uint64_t caller = 0;         ///< the party that is served; 0 not known yet
  std::uint64_t parent = 0;         ///< of a consultation: the caller's call
  std::uint64_t operator_leg = 0;   ///< of the operator who is responsible
  std::int64_t held_since = 0;      ///< 0: the operator has the caller on the line
  std::int64_t consults_since = 0;  ///< of a consultation: the operator is in it since; 0 not now
  std::uint32_t queue = 0;          ///< whose caller it is, the last one that was entered
  std::uint32_t keeper = 0;         ///< custodian's operator, queue or device
  std::uint32_t consults = 0;       ///< of a consultation: the operator
  custodian kept_by = custodian::none;
  bool held = false, held_by_phone = false;
  bool keeper_hung_up = false;  ///< the line of who is responsible ended, and the caller is there yet
  bool late_transfer = false;   ///< a transfer has ended in nothing, and the caller has reached nobody since
  // Places in `records`; -1 none that goes on.
  std::int32_t wait = -1, handling = -1, put_through = -1, transfer = -1, rating = -1;
  std::vector<std::int32_t> offers;  ///< that go on
  std::vector<record> records;       ///< the call itself first
};

/// @threads  one
class fold {
public:
  /// @param to  hears of every record; outlives the fold
  explicit fold(record_sink& to) : to_(&to) {}

  /// The next events of the log, in order.
  void evolve(std::span<const event> events);
  /// What goes on, of operators and devices, is counted up to here. It may be asked for at any time: pieces add up.
  void settle(std::int64_t until);

  /// The newest event.
  std::uint64_t position() const { return position_; }
  std::int64_t first_time() const { return first_time_; }
  std::int64_t last_time() const { return last_time_; }
  /// Calls that go on.
  std::size_t open_calls() const { return calls_.size() - free_.size(); }

  /// All that the following events need. A fold that is loaded goes on as if it had never stopped.
  std::string save() const;
  static std::optional<fold> load(std::string_view bytes, record_sink& to);

private:
  struct position_state {
    operator_state state = operator_state::null;
    std::int64_t since = 0;
    record last{};  ///< of its last handling since it became busy: what is written afterwards is for that
    record wrap{};  ///< that goes on; kind 0: none
  };
  struct device_watch {
    bool trunk = false, known = false, there = false;
    std::int64_t since = 0;
  };

  void evolve_call(const event& e);
  void evolve_position(const event& e);
  void evolve_device(const event& e);

  open_call* find(std::uint64_t id);
  open_call& begin_call(const event& e, call_way way);
  void end_call(open_call& call, const event& e);
  void make_consultation(open_call& call, std::uint64_t parent, std::uint32_t who, std::int64_t since);
  void stop_consulting(open_call& call, std::int64_t now);

  void queued(open_call& call, const event& e);
  void queue_left(open_call& call, const event& e);
  void custody(open_call& call, const event& e);
  void end_handling(open_call& call, std::int64_t now);
  void hold(open_call& call, std::int64_t now);
  void ended_by_whom(open_call& call, const event& e);
  void offered(open_call& call, const event& e);
  void end_offer(open_call& call, std::uint32_t who, offer_result how, std::int64_t now);
  void transfer_started(open_call& call, const event& e);
  void transfer_ended(open_call& call, const event& e);
  void recorded(open_call& call, const event& e);

  record fresh(const open_call& call, const event& e, record_kind kind) const;
  std::int32_t add(open_call& call, const record& one);
  /// Changes a record of a call by `change(record&)`, and says so.
  template <class Change>
  void revise(record& one, Change&& change) {
    to_->take_back(one);
    change(one);
    to_->add(one);
  }
  void emit(record one) { to_->add(one); }
  void emit_log(const event& e, log_act what);
  void emit_flow(std::uint32_t queue, const event& e, flow_act what);
  void span(record one, std::int64_t from, std::int64_t to);
  void set_position(position_state& who, std::uint32_t id, operator_state to, const event& e);
  void pass_time(std::int64_t now);

  record_sink* to_;
  std::vector<open_call> calls_;
  std::vector<std::uint32_t> free_;
  place_index index_;
  std::map<std::uint32_t, position_state> positions_;
  std::map<std::uint32_t, device_watch> devices_;
  std::uint64_t position_ = 0;
  std::int64_t first_time_ = 0, last_time_ = 0;
  std::int64_t bin_end_ = 0;  ///< where the base interval of the newest event ends
};

}  // namespace cordboard::figures
