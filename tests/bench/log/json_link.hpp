// SPDX-License-Identifier: Apache-2.0
// What others' event links do: each event as a line of JSON over a socket.
#pragma once
#include <cstdint>
#include <string>

#include "measure.hpp"

namespace cordboard::bench {

/// Events a second to a reader in C++ that finds the lines' ends and the values of three keys.
double through_json(std::uint64_t count, const processors& on);

/// Sends `count` events to whoever connects to a socket at `path`, and ends; for readers in Python.
void feed_json(const std::string& path, std::uint64_t count);

}  // namespace cordboard::bench
