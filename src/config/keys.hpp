// SPDX-License-Identifier: Apache-2.0
// The keys of a configuration file: one table that validates, documents and assigns.
#pragma once
#include <cordboard/config.hpp>
#include <cordboard/config_file.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::settings {

enum class key_type : std::uint8_t {
  name,    ///< UTF-8 without control characters; `low` to `high` characters
  number,  ///< what can be dialled: letters, digits and *#+._-
  path,    ///< absolute path of at most `high` bytes; empty when `low` is 0
  boolean,
  integer,       ///< `low` to `high`
  size,          ///< bytes: 134217728 or "128MiB"
  duration,      ///< "500ms", "20s", "3min", "1h"; `low` to `high` in ns
  address,       ///< an IP address
  sources,       ///< list of IP or IP:port
  target,        ///< sip:host:port;transport=udp
  targets,       ///< list of those
  domain,        ///< a host name or IP address, with or without a port
  choice,        ///< one of `choices`
  choices,       ///< list of those
  references,    ///< list of names
  secret,        ///< a text that is never shown
  secret_file,   ///< path of a file whose first line is the secret
  key_file,      ///< path of a file that holds a key: 32 bytes or more, for its owner alone; the path is the value
  file,          ///< path of a file that can be read; the path is the value
  private_file,  ///< the same, for its owner alone
  zone,          ///< a name of the tz database
  spans,         ///< list of parts of a day, "08:00-12:00", that do not overlap
  special_days,  ///< list of dates with spans of their own: "2026-12-31 08:00-12:00", "2026-12-31 closed"
  stop_list,     ///< path of a CSV of numbers that are not called; `list` has "+8613800138000 2026-12-31", or the number alone
  calendar,      ///< path of a file of public holidays; `list` has its days, `+2026-02-14` those that are worked
  folder,        ///< path of a folder; the path is the value
  prompts,       ///< list of names of prompts
  words,         ///< list of words, each once
  account,       ///< a unix user's name, or @self
  word,          ///< `low` to `high` lower-case letters, digits, _ and -
  keys,          ///< `low` to `high` keys of a telephone, each once
  cases,         ///< a table of keys and names of steps; `list` has "1=again"
};

/// A value that has passed the checks of its key.
struct value {
  std::string text;
  std::int64_t integer = 0;  ///< also bytes, nanoseconds, and 0 or 1
  std::vector<std::string> list;
};

/// What is known of a key.
struct key_doc {
  std::string_view name;
  key_type type;
  std::string_view fallback;  ///< the default as one would write it; "!" : the key must be there
  std::int64_t low;
  std::int64_t high;
  std::string_view choices;  ///< separated by |
  std::string_view en;
  std::string_view zh;
  bool required() const { return fallback == "!"; }
};

template <class Target>
struct key {
  key_doc doc;
  void (*assign)(Target&, const value&);
};

template <class Target>
struct table {
  std::string_view name;
  bool many;  ///< [[name]]
  std::string_view en;
  std::string_view zh;
  std::span<const key<Target>> keys;
};

/// What several users may do. The board knows users alone: roles are spelled out for each.
struct role_config {
  std::string name;
  std::uint32_t rights = 0;
  std::vector<std::string> commands, queues, departments;
};
/// A user as the file has it: by roles.
struct user_row : user_config {
  std::vector<std::string> roles;
};
/// Bits of the rights that a role of ours gives; 0: there is none of this name.
std::uint32_t rights_of_role(std::string_view name);
/// Their names, separated by |.
extern const std::string_view role_names;

extern const table<config> board_table, log_table, store_table, sip_table, media_table, policy_table;
extern const table<device_config> phone_table, trunk_table, department_table;
extern const table<operator_config> operator_table;
extern const table<queue_config> queue_table;
extern const table<hours_config> hours_table;
extern const table<dialogue_config> dialogue_table;
extern const table<reason_config> reason_table;
extern const table<class_config> class_table;
extern const table<code_call_config> code_call_table;
extern const table<request_kind_config> request_kind_table;
extern const table<config> health_table, phone_code_table;
extern const table<check_config> check_table;
extern const table<call_reason_config> call_reason_table;
extern const table<role_config> role_table;
extern const table<user_row> user_table;
// Of the file of a dialogue.
extern const table<dialogue_config> script_table;
extern const table<dialogue_step> step_table;

/// Calls `each(table)` for all of them in the order of the documentation.
template <class Each>
void for_each_table(Each each) {
  each(board_table), each(log_table), each(store_table), each(sip_table), each(media_table), each(policy_table);
  each(phone_table), each(trunk_table), each(department_table), each(operator_table), each(queue_table), each(hours_table),
      each(dialogue_table), each(reason_table), each(class_table), each(code_call_table), each(request_kind_table),
      each(health_table), each(check_table), each(phone_code_table), each(call_reason_table), each(role_table),
      each(user_table);
}
/// The same for the file of a dialogue.
template <class Each>
void for_each_script_table(Each each) {
  each(script_table), each(step_table);
}

/// "a duration from 1s to 5min, such as \"20s\"": what a key takes, in words.
phrase expectation(const key_doc& doc);
/// The default of a key that has one, as one would write it.
std::string default_text(const key_doc& doc);
/// "3min": nanoseconds as one would write them.
std::string duration_text(std::int64_t nanoseconds);
/// "128MiB": bytes as one would write them.
std::string size_text(std::int64_t bytes);
std::vector<std::string_view> split(std::string_view text, char by);

}  // namespace cordboard::settings
