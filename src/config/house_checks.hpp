// SPDX-License-Identifier: Apache-2.0
// What of rights, emergencies and requests depends on other tables of the file.
#pragma once
#include <config/tables.hpp>
#include <map>
#include <string>
#include <vector>

namespace cordboard::settings {

/// Numbers of the house, each with the table that has it.
using known_numbers = std::map<std::string, std::string>;

/// Spells out what a user's roles give.
void give_roles(table_reader& to, entry<user_row>& user, const std::vector<entry<role_config>>& roles);
void check_roles(table_reader& to, const std::vector<entry<role_config>>& roles, const known_numbers& numbers);
void check_classes(table_reader& to, const std::vector<entry<class_config>>& classes);
/// The class that a phone or an operator names.
void check_class_of(table_reader& to, const std::string& service, place at, std::string_view table,
                    const std::vector<entry<class_config>>& classes);
/// Whom a plan calls, and which queue it leads to. `from`: the configuration as read so far.
void check_code_call(table_reader& to, const entry<code_call_config>& e, const known_numbers& numbers, const config& from);
/// Kinds of requests: how their fields and limits are written, and whom they name.
void check_request_kinds(table_reader& to, const std::vector<entry<request_kind_config>>& kinds, const known_numbers& numbers,
                         const house_config& house);
/// A kind that something else names; empty: none.
void check_kind_named(table_reader& to, const std::string& name, place at, const std::string& key,
                      const std::vector<entry<request_kind_config>>& kinds);

/// Where a device's callers go instead, what it may watch, how it is tested.
void check_device(table_reader& to, const entry<device_config>& e, std::string_view table, const known_numbers& numbers);
/// Codes that phones dial are no numbers, and none is the beginning of another one.
void check_codes(table_reader& to, const entry<config>& e, const known_numbers& numbers, const config& from);
void check_equipment(table_reader& to, const entry<config>& health, const std::vector<entry<check_config>>& checks,
                     const std::vector<entry<call_reason_config>>& reasons,
                     const std::vector<entry<request_kind_config>>& kinds, const known_numbers& numbers,
                     const std::map<std::string, std::uint32_t>& operators, const config& from);

}  // namespace cordboard::settings
