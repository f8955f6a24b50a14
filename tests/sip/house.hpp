// SPDX-License-Identifier: Apache-2.0
// A stack with a loop under it and a sink that keeps what it is told; stepped by the test, so that nothing runs beside it.
#pragma once
#include <sip/loop.hpp>
#include <sip/stack.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "peer_socket.hpp"

namespace sip_test {

using namespace cordboard;

struct house final : sip::sink {
  /// Phones 1001 to 1003 (password "secret"), and a trunk with id 9 that owns the addresses in `trunks`.
  explicit house(sip_config config = {});
  ~house() override;

  /// Gives the trunk this address and target.
  void trunk(const std::string& address, const std::string& target = "");
  /// Ends the stack without a word and starts another on the same ports: what a kill and a restart do.
  void restart();
  /// Turns the loop until `done`. @returns false when that took too long
  bool until(const std::function<bool()>& done, std::chrono::milliseconds bound = std::chrono::seconds(10));
  /// Turns until this line is told.
  bool hears(const std::string& line, std::chrono::milliseconds bound = std::chrono::seconds(10));
  /// The next message that this peer gets which is not 100; skips repetitions of what it got before.
  std::optional<message> next(peer_socket& peer, std::chrono::milliseconds bound = std::chrono::seconds(10));
  /// The next one of this method or status ("INVITE", "200").
  std::optional<message> next(peer_socket& peer, const std::string& what,
                              std::chrono::milliseconds bound = std::chrono::seconds(10));
  int count(const std::string& line) const;
  /// REGISTER with authentication. @returns the final answer
  message enrol(peer_socket& phone, const std::string& number, const std::string& extra = "Expires: 60\r\n",
                const std::string& password = "secret");
  std::string uri() const;
  std::uint16_t port() const { return stack->port(sip::transport::udp); }

  void on_incoming(sip::incoming) override;
  void on_provisional(leg_id, std::uint16_t status, std::string answer) override;
  void on_answered(leg_id, std::string answer) override;
  void on_late_answer(leg_id, std::string answer) override;
  void on_fact(any_fact) override;
  void on_reoffer(leg_id, std::string offer) override;
  void on_reoffer_answered(leg_id, std::uint16_t status, std::string answer) override;
  void on_refresh_due(leg_id) override;
  void on_dialog_changed(leg_id, std::string saved) override;
  void keep_dialogs() override {
    if (!dying) return;
    config.port = port();
    stack.reset();
  }
  void on_binding_changed(device_id, std::string saved) override;
  std::uint64_t fresh_id() override { return ++ids; }
  bool is_emergency(std::string_view called) override { return called == "120"; }
  std::vector<sip::phone_dialog> dialogs_of(device_id phone) override { return talks[phone.value]; }
  std::int64_t now() override { return clock_ns; }

  sip_config config;
  std::vector<device_config> devices;
  std::vector<device_id> device_ids;
  sip::loop on;
  std::unique_ptr<sip::stack> stack;
  std::vector<std::string> told;  ///< one line for each thing told
  std::vector<sip::incoming> calls;
  std::string body;  ///< the last session description told
  std::map<std::uint64_t, std::string> dialogs;
  bool dying = false;  ///< the process is killed as soon as dialogs are kept
  std::map<std::uint32_t, std::string> bindings;
  std::map<std::uint32_t, std::vector<sip::phone_dialog>> talks;  ///< what phones do, for those who watch them
  std::uint64_t ids = 100;
  std::int64_t clock_ns = 1'700'000'000'000'000'000;

private:
  std::map<const peer_socket*, std::vector<std::string>> seen_;
};

/// A call from the trunk's peer, up to and including the first answer that is not 100.
struct trunk_call {
  std::string call_id, from, to;
  std::string invite;
  message answered;
};
/// An INVITE of this peer; `h` has told `on_incoming`.
trunk_call call_in(house& h, peer_socket& peer, const std::string& number, const std::string& body = sdp,
                   const std::string& extra = "");
/// Answers the last call and acknowledges it. @returns the 200
message establish(house& h, peer_socket& peer, trunk_call& call);

}  // namespace sip_test
