// SPDX-License-Identifier: Apache-2.0
// What people ask a store: texts, and the calls of a number.
#pragma once
#include <cstdint>
#include <optional>
#include <store/fold.hpp>
#include <string>
#include <vector>

namespace cordboard::store {

/// A text that was found, newest first.
struct hit {
  std::int64_t sequence = 0;
  std::int64_t at = 0;
  passage_kind kind{};
  std::uint64_t call = 0, request = 0, person = 0;
  std::string text{};
  std::string shown{};  ///< the request's number, as people say it
};

struct hits {
  std::vector<hit> found{};
  std::int64_t older = 0;  ///< where to go on: what is older than this was not looked at; 0: all was
};

/// Where `wanted` stands in a text, whatever the script; two characters at least. A number is found in every spelling.
///
/// The rarest two characters lead; what has them all is opened and looked at. The work has a bound: then `older` says where it ended.
/// @param before  only what is older; 0: all
/// @errors        database_error: also for a text with fewer than two characters side by side
hits search(database& in, vault& keys, const std::string& wanted, std::size_t limit, std::int64_t before = 0);

struct call_line {
  std::uint64_t id = 0;
  std::int64_t began_at = 0, ended_at = 0, answered_at = 0;
  std::string queue{}, operator_{};
  std::string number{}, name{};
  std::uint16_t cause = 0;
  std::vector<std::string> notes{};
};
/// The calls of a number in any spelling, newest first.
std::vector<call_line> calls_of_number(database& in, vault& keys, const std::string& number, std::size_t limit);
/// The calls that began in a time, oldest first, one by one.
void each_call(database& in, vault& keys, std::int64_t from, std::int64_t to,
               const std::function<bool(const call_line&)>& take);

struct request_line {
  std::uint64_t id = 0;
  std::string shown{}, kind{};
  request_status status{};
  std::string owner{};
  std::int64_t opened_at = 0, due_at = 0, call_at = 0, closed_at = 0;
  std::int64_t attempts = 0, level = 0;
  std::string number{}, name{};
  std::vector<std::pair<std::string, std::string>> fields{};  ///< the kind's own
};
/// Open requests that are due until then, the most urgent first.
std::vector<request_line> due_requests(database& in, vault& keys, std::int64_t until, std::size_t limit);
/// Requests of a person's number in any spelling, newest first. @param open  only those that are open
std::vector<request_line> requests_of_number(database& in, vault& keys, const std::string& number, bool open,
                                             std::size_t limit);
/// Requests that were opened in a time, oldest first, one by one.
void each_request(database& in, vault& keys, std::int64_t from, std::int64_t to,
                  const std::function<bool(const request_line&)>& take);

/// A text as somebody sees it who may not read numbers, names and notes.
std::string masked(passage_kind kind, const std::string& text);
std::string masked_name(const std::string& name);
std::string masked_text(const std::string& text);

}  // namespace cordboard::store
