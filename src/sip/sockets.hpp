// SPDX-License-Identifier: Apache-2.0
// The library's sockets, which it does not show, found among all that this process has open.
#pragma once
#include <sip/devices.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cordboard::sip {

/// The UDP socket that is bound there; -1: there is none.
int find_udp_socket(const std::string& address, std::uint16_t port);

/// Connections that came in, and on which nothing stands. The library sets no clock on one that never says a whole word, so a few
/// thousand of them would take all files that the process may open.
///
/// @threads  the loop's, where the library closes its sockets: no number can become another's meanwhile
class strangers {
public:
  using clock = std::chrono::steady_clock;
  /// A stranger that talks all the time is hung up on after this many times the bound for silence.
  static constexpr int patience = 4;

  /// Hangs up on those who came in on `ports` and were silent for `idle`, or are here for too long.
  ///
  /// @param is_known  a trunk's, or a phone is registered on it, or a call stands
  /// @returns how many
  std::size_t hang_up(const std::vector<std::uint16_t>& ports, std::chrono::seconds idle,
                      const std::function<bool(const source_address&)>& is_known, clock::time_point now);

private:
  std::map<std::string, clock::time_point> since_;  // by "ip:port"
};

}  // namespace cordboard::sip
