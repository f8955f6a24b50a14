// SPDX-License-Identifier: Apache-2.0
// gateway.toml: where the gateway listens, what it serves, and its bounds.
#pragma once
#include <chrono>
#include <cordboard/config_file.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace cordboard::gateway {

struct settings {
  std::string run = "/run/cordboard";    ///< of the board
  std::string address = "127.0.0.1";     ///< IP to bind
  std::uint16_t port = 8080;             ///< 0: chosen by the kernel, told on start
  std::string certificate, private_key;  ///< PEM files; empty: no TLS
  std::string users;                     ///< file of those who log on here
  std::string state;                     ///< folder for sessions, so that a restart keeps them; empty: it does not
  std::string console;                   ///< folder of static files; empty: none
  std::string directory, roster;         ///< CSV files; empty: none
  // The store that requests, calls and persons stand in; none: what callers said before is not shown.
  std::string store_path, store_postgresql, store_key;
  std::string summaries;                     ///< folder of stored sums of figures; empty: the log is read
  std::string area_code;                     ///< of the directory's numbers
  std::uint8_t extension_digits = 4;         ///< as above
  std::string time_zone = "Asia/Shanghai";   ///< of the directory and the figures
  std::vector<std::string> frame_ancestors;  ///< origins whose pages may embed the console
  // Bounds. What is beyond them gets an error of its own name.
  std::uint32_t connections_max = 2048;
  std::uint32_t connections_per_address = 1024;
  std::uint32_t streams_max = 1024;  ///< of these, that follow events
  std::uint32_t head_bytes_max = 16384;
  std::uint32_t body_bytes_max = 65536;
  std::chrono::nanoseconds read_limit = std::chrono::seconds(10);   ///< for a whole request
  std::chrono::nanoseconds idle_limit = std::chrono::seconds(30);   ///< between requests
  std::chrono::nanoseconds write_limit = std::chrono::seconds(15);  ///< for a client to take what is sent
  std::uint32_t requests_per_second = 100;                          ///< of one user, or of one address without one; 0: no limit
  std::uint32_t failures_max = 5;                                   ///< wrong passwords before a lock-out
  std::chrono::nanoseconds lock_out = std::chrono::seconds(30);     ///< the first one; each further is twice as long
  std::chrono::nanoseconds session_limit = std::chrono::hours(12);
  std::uint32_t events_kept = 16384;     ///< in memory for clients: who is further behind gets `gone`
  std::uint32_t resume_max = 1'000'000;  ///< events that are read from the log for who comes back
};

struct loaded_settings {
  settings value;                        ///< to be used only when there are no problems
  std::vector<config_problem> problems;  ///< by line; `describe` writes them
};

/// @errors  none: problems are the result
loaded_settings load_settings(const std::string& path);

/// Whether nobody but this machine reaches it.
bool is_loopback(const std::string& address);

}  // namespace cordboard::gateway
