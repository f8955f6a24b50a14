// SPDX-License-Identifier: Apache-2.0
// The measurements, in the order of the table.
#pragma once
#include <string>

#include "measure.hpp"

namespace cordboard::bench {

/// From a writer to readers: the machine's limit, the log, a queue that copies, JSON lines over a socket.
void throughput(const effort& how);
/// One event at a low rate, from before its append until a reader has it.
void latency(const effort& how);
/// What the disk does to the longest append.
void longest_append(const effort& how, const std::string& disk);
/// Opening, resuming and looking up a time behind ten million events.
void ten_million(const effort& how);

/// Writes `count` events into a new log at `folder`; for readers in Python.
void feed_log(const std::string& folder, std::uint64_t count);
/// Writes a past of `count` events that concern no call that is up, with an archive as a board has it.
void feed_past(const std::string& hot, const std::string& archive, std::uint64_t count);

}  // namespace cordboard::bench
