// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "world.hpp"

namespace cordboard::sim {

struct figures {
  std::uint64_t steps = 0, events = 0, crashes = 0, calls = 0, transfers = 0, connected = 0, returned = 0, recalled = 0,
                escalated = 0, conferenced = 0, joined = 0, intruded = 0, listened = 0, keys = 0, taken_over = 0, camped = 0,
                camped_met = 0, called_back = 0, said = 0, recorded = 0, declined = 0, direct = 0, back = 0, stayed = 0,
                led = 0, answered = 0, completed = 0, humans = 0, requests = 0, fallen_back = 0, waits = 0, taken = 0,
                abandoned = 0, overflowed = 0, returned_to_place = 0, rung_besides = 0, stood_in = 0, unmanned = 0, overdue = 0,
                granted = 0, handed_over = 0, codes = 0, drills = 0, told = 0, acknowledged = 0, code_acknowledged = 0,
                code_escalated = 0, code_off = 0, barred = 0, dialled_out = 0, opened = 0, not_opened = 0, closed = 0,
                late_requests = 0, reported = 0, attempts = 0, reached = 0, interrupted = 0, entries_owed = 0, entries_made = 0,
                tests = 0, heard = 0, faults = 0, phone_codes = 0, codes_done = 0, taken_by_code = 0, engaged = 0,
                unexplained = 0, led_attempts = 0, booked = 0, no_shows = 0, banned = 0, excused = 0, parts = 0, confirmed = 0,
                messages = 0;
  std::string failure;
};

/// How a play goes in time.
struct course {
  std::int64_t until = 0;                                     ///< it ends then, or after its steps; 0: after its steps
  std::function<std::int64_t(std::int64_t now)> pause_max{};  ///< longest pause between two things that happen; else 15 s
  outside around{};
};

/// Random facts, commands, faults and crashes for so many steps; every step is checked.
/// @param progress  called now and then with the steps done
figures run(std::uint64_t seed, std::uint64_t steps, const std::function<void(std::uint64_t)>& progress = {},
            const course& how = {});

}  // namespace cordboard::sim
