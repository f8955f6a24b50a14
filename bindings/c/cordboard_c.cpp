// SPDX-License-Identifier: Apache-2.0
// The C ABI over the C++ API. Bodies are short: look up the handle, do the one thing, tell the code.
#include <cordboard/client.hpp>
#include <cordboard/cordboard.h>
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>
#include "guard.hpp"
#include "objects.hpp"

namespace cordboard::c {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint32_t config_size_min = 40;  // of the first version; never changes
static_assert(sizeof(cordboard_config) >= config_size_min);

std::int64_t now_ns() {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

// Never destroyed: a thread may still use its handle while the process exits.
handles<bindings::door, cordboard_board>& boards() {
  static auto& all = *new handles<bindings::door, cordboard_board>(1);
  return all;
}

}  // namespace cordboard::c

using cordboard::c::boards;
using cordboard::c::code;
using cordboard::c::detail;
using cordboard::c::guard;

std::uint32_t cordboard_abi(void) { return CORDBOARD_ABI; }

const char* cordboard_version(void) { return CORDBOARD_VERSION; }

const char* cordboard_error_text(std::int32_t error) {
  if (error == CORDBOARD_OK) return "Success.";
  if (error < 0) return "The system refused; the detail says why.";
  const std::string_view known = text(static_cast<cordboard::errc>(error), cordboard::language::en);
  return known.empty() ? "Unknown error." : known.data();  // the texts are literals, so a zero byte follows
}

const char* cordboard_error_detail(void) { return detail().c_str(); }

std::int32_t cordboard_attach(const char* path, cordboard_board** out_board) {
  return guard([&]() -> std::int32_t {
    if (out_board != nullptr) *out_board = nullptr;
    if (path == nullptr || out_board == nullptr) return CORDBOARD_HANDLE_INVALID;
    cordboard::diagnostics why;
    auto made = cordboard::bindings::attach(path, why);
    if (!made) return code(made.error(), why);
    *out_board = boards().add(std::move(*made));
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_open(const cordboard_config* config, cordboard_board** out_board) {
  return guard([&]() -> std::int32_t {
    if (out_board != nullptr) *out_board = nullptr;
    if (config == nullptr || out_board == nullptr) return CORDBOARD_HANDLE_INVALID;
    // A program that was built against an older header knows less of the structure; what it does not know is zero.
    if (config->size < cordboard::c::config_size_min) {
      detail() = "cordboard_config.size is not set";
      return CORDBOARD_COMMAND_INVALID;
    }
    cordboard_config known{};
    std::memcpy(&known, config, std::min<std::size_t>(config->size, sizeof known));
    if (known.reserved != 0 || known.loopback > 1) {
      detail() = "cordboard_config: loopback is 0 or 1, reserved is 0";
      return CORDBOARD_COMMAND_INVALID;
    }
    const auto text = [](const char* t) { return t == nullptr ? std::string() : std::string(t); };
    cordboard::diagnostics why;
    auto made = cordboard::bindings::open({.file = text(known.file),
                                           .run = text(known.run_path),
                                           .log = text(known.log_path),
                                           .calls_max = known.calls_max,
                                           .loopback = known.loopback == 1},
                                          why);
    if (!made) return code(made.error(), why);
    *out_board = boards().add(std::move(*made));
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_close(cordboard_board* board) {
  return guard([&]() -> std::int32_t {
    const auto removed = boards().remove(board);
    if (!removed) return CORDBOARD_HANDLE_INVALID;
    removed->close();
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_command_init(cordboard_command* command, std::int64_t timeout_ms) {
  return guard([&]() -> std::int32_t {
    if (command == nullptr || timeout_ms < 1 || timeout_ms > cordboard::c::day_ms) return CORDBOARD_COMMAND_INVALID;
    *command = cordboard_command{};
    const cordboard::command_id id = cordboard::random_command_id();
    command->id = {id.high, id.low};
    command->deadline_ns = cordboard::c::now_ns() + timeout_ms * 1'000'000;
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_new_id(std::uint64_t* out_id) {
  return guard([&]() -> std::int32_t {
    if (out_id == nullptr) return CORDBOARD_COMMAND_INVALID;
    *out_id = cordboard::random_id();
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_submit(cordboard_board* board, const cordboard_command* command, std::uint64_t* out_accepted) {
  return guard([&]() -> std::int32_t {
    if (out_accepted != nullptr) *out_accepted = 0;
    const auto found = boards().find(board);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    if (command == nullptr) return CORDBOARD_COMMAND_INVALID;
    // A deadline that has passed is still for the board to refuse, and for the log to tell.
    const std::int64_t left = std::clamp<std::int64_t>(command->deadline_ns / 1'000'000 - cordboard::c::now_ns() / 1'000'000,
                                                       1'000, cordboard::c::day_ms);
    const auto accepted = found->submit(std::bit_cast<cordboard::command>(*command), std::chrono::milliseconds(left));
    if (!accepted) return code(accepted.error());
    if (out_accepted != nullptr) *out_accepted = *accepted;
    return CORDBOARD_OK;
  });
}

std::int32_t cordboard_outcome(cordboard_board* board, cordboard_command_id id, std::uint64_t accepted, std::int64_t timeout_ms,
                               cordboard_event* out_event) {
  return guard([&]() -> std::int32_t {
    const auto found = boards().find(board);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    const auto outcome = found->outcome({id.high, id.low}, accepted, cordboard::c::timeout_of(timeout_ms));
    if (!outcome) return code(outcome.error());
    if (out_event != nullptr) *out_event = std::bit_cast<cordboard_event>(*outcome);
    return CORDBOARD_OK;
  });
}

namespace {

/// One act of a loopback board's phones.
template <class Act>
std::int32_t loopback(cordboard_board* board, bool given, Act&& act) {
  return guard([&]() -> std::int32_t {
    const auto found = boards().find(board);
    if (!found) return CORDBOARD_HANDLE_INVALID;
    if (!given) return CORDBOARD_COMMAND_INVALID;
    return act(*found) ? CORDBOARD_OK : CORDBOARD_HANDLE_INVALID;
  });
}

}  // namespace

std::int32_t cordboard_loopback_behave(cordboard_board* board, const char* number, std::uint32_t how) {
  const bool known = how <= CORDBOARD_LOOPBACK_DEAD;
  return loopback(board, number != nullptr && known,
                  [&](auto& door) { return door.behave(number, static_cast<cordboard::loopback_phone>(how)); });
}

std::int32_t cordboard_loopback_call_in(cordboard_board* board, const char* trunk, const char* called, const char* number,
                                        const char* name, cordboard_call call, cordboard_leg leg, cordboard_party party) {
  const bool given = trunk != nullptr && called != nullptr && call.id != 0 && leg.id != 0 && party.id != 0;
  return loopback(board, given, [&](auto& door) {
    return door.call_in({.trunk = trunk,
                         .called = called,
                         .number = number == nullptr ? "" : number,
                         .name = name == nullptr ? "" : name,
                         .leg = {leg.id},
                         .call = {call.id},
                         .party = {party.id}});
  });
}

std::int32_t cordboard_loopback_answer(cordboard_board* board, const char* number) {
  return loopback(board, number != nullptr, [&](auto& door) { return door.answer(number); });
}

std::int32_t cordboard_loopback_hang_up(cordboard_board* board, const char* number) {
  return loopback(board, number != nullptr, [&](auto& door) { return door.hang_up(number); });
}

const char* cordboard_event_name(std::uint16_t kind) { return name(static_cast<cordboard::event_kind>(kind)).data(); }

const char* cordboard_command_name(std::uint16_t kind) { return name(static_cast<cordboard::command_kind>(kind)).data(); }
