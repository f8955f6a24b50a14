// SPDX-License-Identifier: Apache-2.0
// What lies between the house and its peers: it loses, repeats, delays and so reorders datagrams.
//
//   stack ──► socket ──► network ──► agents          agents ──► network ──► socket ──► stack
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include "clock.hpp"

namespace sip_sim {

class network {
public:
  /// @param to_agents  where what the stack has sent comes out
  network(std::mt19937_64& dice, std::function<void(const std::string&)> to_agents);
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// Sees each datagram as it arrives.
  std::function<void(bool at_the_stack, const std::string&)> trace;

  std::uint16_t port() const { return port_; }
  /// Where the stack is.
  void house_at(std::uint16_t port) { house_ = port; }
  /// How bad it is, each of 1000.
  struct weather {
    unsigned lost = 0;
    unsigned repeated = 0;
    milliseconds slowest = 5;
  };
  void is(weather now) { weather_ = now; }

  void send(const std::string& text) { put(text, true); }
  /// Takes what the stack has sent. @returns whether there was anything
  bool take();
  /// Takes what the stack has sent since it died, and forgets it.
  void forget();
  /// Delivers what is due. @returns how many datagrams
  std::size_t deliver();
  bool empty() const { return under_way_.empty(); }

private:
  struct datagram {
    std::string text;
    bool to_stack;
  };
  void put(const std::string& text, bool to_stack);
  bool receive(std::string& text);

  std::mt19937_64& dice_;
  std::function<void(const std::string&)> to_agents_;
  weather weather_;
  std::multimap<milliseconds, datagram> under_way_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t house_ = 0;
};

}  // namespace sip_sim
