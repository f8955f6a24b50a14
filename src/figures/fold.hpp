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
#include <utility>
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
  bool entered = false;         ///< somebody has written down what it was about
  // Places in `records`; -1 none that goes on.
  std::int32_t wait = -1, handling = -1, put_through = -1, transfer = -1, rating = -1;
  std::vector<std::int32_t> offers;  ///< that go on
  std::vector<record> records;       ///< the call itself first
};

/// What the fold keeps of a request until it is over. A record that is not there yet is of no kind.
struct open_request {
  record own, reach, attempt, appointment;
  std::array<record, 3> duties;                                 ///< by duty_of
  std::vector<std::pair<std::uint32_t, std::uint32_t>> owners;  ///< operator or device, the present one last
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
  /// Callers who wait in a queue, and since when the one who waits longest.
  struct line {
    std::int64_t waiting = 0, since = 0;
  };
  std::map<std::uint32_t, line> waiting() const;
  /// How many operators are in each state, but for those who are logged off.
  std::map<operator_state, std::uint32_t> operators() const;
  /// The devices that have been there, and whether they are now.
  std::map<std::uint32_t, bool> devices() const;

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
  void evolve_request(const event& e);
  void evolve_entry(const event& e);

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

  void open(const event& e);
  void close(open_request& r, const event& e);
  void set_time(open_request& r, const event& e);
  void owe(open_request& r, duty_of which, const event& e);
  void keep(open_request& r, duty_of which, const event& e);
  void end_attempt(open_request& r, const event& e);
  void entered(const open_call& call, const event& e);
  static std::optional<duty_of> duty_of_time(std::uint16_t which);

  record fresh(const open_call& call, const event& e, record_kind kind) const;
  record fresh(const open_request& of, const event& e, record_kind kind) const;
  std::int32_t add(open_call& call, const record& one);
  void add(record& to, const record& one);
  /// Changes a record by `change(record&)`, and says so.
  template <class Change>
  void revise(record& one, Change&& change) {
    const record before = one;
    change(one);
    if (!(before == one)) to_->change(before, one);
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
  std::map<std::uint64_t, open_request> requests_;
  std::map<std::uint64_t, record> entries_;  ///< that are owed, by their call
  std::uint64_t position_ = 0;
  std::int64_t first_time_ = 0, last_time_ = 0;
  std::int64_t bin_end_ = 0;  ///< where the base interval of the newest event ends
};

}  // namespace cordboard::figures
