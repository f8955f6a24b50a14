// SPDX-License-Identifier: Apache-2.0
// The C ABI's snapshots: the lists of cordboard::snapshot as rows that C can read.
#include <algorithm>
#include <cordboard/cordboard.h>
#include <cordboard/snapshot.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include "guard.hpp"
#include "objects.hpp"

namespace cordboard::c {
namespace {

constexpr std::uint32_t contents_size_min = 120;  // of the first version; never changes
static_assert(sizeof(cordboard_snapshot_contents) >= contents_size_min);
static_assert(sizeof(cordboard_snapshot_call) == 64 && sizeof(cordboard_snapshot_connection) == 40);
static_assert(sizeof(cordboard_snapshot_party) == 56 && sizeof(cordboard_snapshot_operator) == 40);
static_assert(sizeof(cordboard_snapshot_queue) == 32 && sizeof(cordboard_snapshot_device) == 24);
static_assert(sizeof(cordboard_snapshot_wait) == 32 && sizeof(cordboard_snapshot_request) == 128);
static_assert(sizeof(call_id) == sizeof(cordboard_call));

/// The rows point into `taken`, which therefore stays where it is.
class rows {
public:
  explicit rows(snapshot from) : taken_(std::move(from)) {
    for (const auto& c : taken_.calls)
      calls_.push_back({{c.id.value},
                        {c.caller.value},
                        {c.parent.value},
                        {c.consultation.value},
                        c.since_ns,
                        c.revision,
                        c.keeper,
                        {c.operator_.value},
                        {c.queue.value},
                        number(c.state),
                        number(c.custodian),
                        number(c.transfer),
                        {}});
    for (const auto& c : taken_.connections)
      connections_.push_back(
          {{c.call.value}, {c.leg.value}, {c.party.value}, {c.device.value}, {c.operator_.value}, number(c.state), {}});
    for (const auto& p : taken_.parties)
      parties_.push_back({{p.id.value},
                          {p.call.value},
                          {p.leg.value},
                          p.identity,
                          p.number.c_str(),
                          p.name.c_str(),
                          p.keeper,
                          number(p.role),
                          number(p.custodian),
                          {}});
    for (const auto& o : taken_.operators)
      operators_.push_back({o.name.c_str(),
                            ids(o.calls),
                            o.since_ns,
                            {o.id.value},
                            {o.device.value},
                            static_cast<std::uint32_t>(o.calls.size()),
                            number(o.state),
                            {}});
    for (const auto& q : taken_.queues)
      queues_.push_back(
          {q.number.c_str(), q.name.c_str(), ids(q.waiting), {q.id.value}, static_cast<std::uint32_t>(q.waiting.size())});
    for (const auto& d : taken_.devices)
      devices_.push_back({d.number.c_str(),
                          d.name.c_str(),
                          {d.id.value},
                          number(d.kind),
                          std::uint8_t{d.department},
                          std::uint8_t{d.registered},
                          0});
    for (const auto& w : taken_.waits)
      waits_.push_back({{w.call.value}, w.expected_ns, w.since_ns, {w.queue.value}, w.position});
    for (const auto& r : taken_.requests)
      requests_.push_back({{r.id.value},
                           {r.attempt.value},
                           r.shown.c_str(),
                           r.kind_name.c_str(),
                           r.stage.c_str(),
                           r.opened_ns,
                           r.first_contact_ns,
                           r.due_ns,
                           r.promised_ns,
                           r.call_at_ns,
                           r.appointment_ns,
                           r.number,
                           r.attempts,
                           {r.operator_.value},
                           {r.device.value},
                           {r.backup.value},
                           {r.backup_device.value},
                           r.kind,
                           r.year,
                           r.level,
                           number(r.status),
                           number(r.may_call),
                           std::uint8_t{r.call_due},
                           std::uint8_t{r.overdue},
                           std::uint8_t{r.arrived},
                           {}});
  }
  rows(const rows&) = delete;
  rows& operator=(const rows&) = delete;

  cordboard_snapshot_contents contents() const {
    cordboard_snapshot_contents all{};
    all.sequence = taken_.sequence;
    all.time_ns = taken_.time_ns;
    all.calls = calls_.data();
    all.calls_count = calls_.size();
    all.connections = connections_.data();
    all.connections_count = connections_.size();
    all.parties = parties_.data();
    all.parties_count = parties_.size();
    all.operators = operators_.data();
    all.operators_count = operators_.size();
    all.queues = queues_.data();
    all.queues_count = queues_.size();
    all.devices = devices_.data();
    all.devices_count = devices_.size();
    all.waits = waits_.data();
    all.waits_count = waits_.size();
    all.requests = requests_.data();
    all.requests_count = requests_.size();
    return all;
  }

private:
  template <class Enum>
  static std::uint8_t number(Enum value) {
    return static_cast<std::uint8_t>(value);
  }
  static const cordboard_call* ids(const std::vector<call_id>& of) {
    return reinterpret_cast<const cordboard_call*>(of.data());
  }

  const snapshot taken_;
  std::vector<cordboard_snapshot_call> calls_;
  std::vector<cordboard_snapshot_connection> connections_;
  std::vector<cordboard_snapshot_party> parties_;
  std::vector<cordboard_snapshot_operator> operators_;
  std::vector<cordboard_snapshot_queue> queues_;
  std::vector<cordboard_snapshot_device> devices_;
  std::vector<cordboard_snapshot_wait> waits_;
  std::vector<cordboard_snapshot_request> requests_;
};

// As boards(): never destroyed.
handles<rows, cordboard_snapshot>& snapshots() {
  static auto& all = *new handles<rows, cordboard_snapshot>(3);
  return all;
}

std::int32_t take(const std::string& path, std::uint64_t at, cordboard_snapshot** out_snapshot) {
  diagnostics why;
  auto taken = take_snapshot(path, at, &why);
  if (!taken) return code(taken.error(), why);
  *out_snapshot = snapshots().add(std::make_shared<rows>(std::move(*taken)));
  return CORDBOARD_OK;
}

}  // namespace
}  // namespace cordboard::c

using cordboard::c::guard;
using cordboard::c::snapshots;

std::int32_t cordboard_snapshot_take(cordboard_board* board, cordboard_snapshot** out_snapshot) {
  return guard([&]() -> std::int32_t {
    if (out_snapshot == nullptr) return CORDBOARD_HANDLE_INVALID;
    *out_snapshot = nullptr;
    const auto found = cordboard::c::boards().find(board);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    return cordboard::c::take(found->path(), 0, out_snapshot);
  });
}

std::int32_t cordboard_snapshot_take_log(const char* path, std::uint64_t at, cordboard_snapshot** out_snapshot) {
  return guard([&]() -> std::int32_t {
    if (out_snapshot == nullptr) return CORDBOARD_HANDLE_INVALID;
    *out_snapshot = nullptr;
    if (path == nullptr) return CORDBOARD_HANDLE_INVALID;
    return cordboard::c::take(path, at, out_snapshot);
  });
}

std::int32_t cordboard_snapshot_view(cordboard_snapshot* snapshot, cordboard_snapshot_contents* out_contents) {
  return guard([&]() -> std::int32_t {
    const auto found = snapshots().find(snapshot);
    if (!found || out_contents == nullptr) return CORDBOARD_HANDLE_INVALID;
    const std::uint32_t size = out_contents->size;
    if (size < cordboard::c::contents_size_min) {
      cordboard::c::detail() = "cordboard_snapshot_contents.size is not set";
      return CORDBOARD_COMMAND_INVALID;
    }
    cordboard_snapshot_contents all = found->contents();
    all.size = size;
    std::memcpy(out_contents, &all, std::min<std::size_t>(size, sizeof all));
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_snapshot_close(cordboard_snapshot* snapshot) {
  return guard([&]() -> std::int32_t { return snapshots().remove(snapshot) ? CORDBOARD_OK : CORDBOARD_HANDLE_INVALID; });
}
