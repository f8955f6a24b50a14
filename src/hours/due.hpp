// SPDX-License-Identifier: Apache-2.0
// When a limit that is counted by working days ends.
#pragma once
#include <base/request_words.hpp>
#include <hours/schedule.hpp>

namespace cordboard::hours {

/// Monday to Friday, or a weekend day that is worked, and no public holiday; on a special day what it says. Whoever is open on a
/// Saturday or a holiday does not make it a working day.
bool is_working_day(const schedule& open, std::int32_t day);

/// The end of the nth working day after this one, or of the nth span of working days that begins after now (a half-day that has
/// begun is not counted). 0: the limit is not counted so, or the hours have no such day within three years.
std::int64_t due(const schedule& open, const request_limit& limit, std::int64_t now);

/// When what due() says may change next: a day or a span begins or ends.
std::int64_t due_changes(const schedule& open, std::int64_t now);

}  // namespace cordboard::hours
