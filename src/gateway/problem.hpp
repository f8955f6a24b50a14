// SPDX-License-Identifier: Apache-2.0
// What is told to who asked for what is not: RFC 9457, in the language that was asked for.
#pragma once
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordboard::gateway {

/// Why the gateway itself refuses. What the board refuses is an `errc`.
enum class fault : std::uint8_t {
  unauthenticated,
  login_failed,
  locked_out,
  rate_limited,
  csrf_refused,
  origin_refused,
  token_in_url,
  not_found,
  method_not_allowed,
  body_invalid,
  body_too_large,
  head_too_large,
  request_invalid,
  too_slow,
  media_type_unsupported,
  streams_full,
  connections_full,
  changed_meanwhile,
  roster_invalid,
  store_away,
  internal,
};

struct named_problem {
  std::string_view name;
  unsigned status = 500;
  std::string_view en, zh;
};
named_problem describe(fault why);
named_problem describe(errc why);

/// Keys beyond those of every problem, each with its JSON.
using problem_keys = std::vector<std::pair<std::string_view, std::string>>;
/// @param instance  what was asked for
std::string problem_json(const named_problem& what, std::string_view instance, language in, const problem_keys& more = {});

/// What Accept-Language prefers of the two languages; English when it says neither.
language language_of(std::string_view accept_language);

}  // namespace cordboard::gateway
