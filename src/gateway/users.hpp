// SPDX-License-Identifier: Apache-2.0
// Who may log on here: names with passwords, and tokens of programs. What each may do, the board's configuration says.
#pragma once
#include <cordboard/config_file.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::gateway {

/// Somebody who proves who they are; `as` is the name of a user of the house.
struct login {
  std::string name;
  std::string as;
  std::string password;  ///< Argon2id, as libsodium writes it
};
struct program_token {
  std::string name;
  std::string as;
  std::string hash;  ///< SHA-256, hexadecimal: the token itself is random, so nothing slower is needed
};
struct users {
  std::vector<login> people;
  std::vector<program_token> programs;
  const login* person(std::string_view name) const;
  const program_token* program(std::string_view token) const;
};

struct loaded_users {
  users value;                           ///< to be used only when there are no problems
  std::vector<config_problem> problems;  ///< by line
};
/// A file that is not there is one problem.
loaded_users load_users(const std::string& path);
/// Writes the file whole, mode 0600, under another name, then renames it.
std::error_code save_users(const std::string& path, const users& all);

/// Takes 64 MiB and a tenth of a second, so that guessing does too.
std::string password_hash(const std::string& password);
/// Takes as long for a name that nobody has: `hash` is empty then.
bool password_fits(const std::string& password, const std::string& hash);

/// A random token, 256 bits, with a beginning by which people and scanners know it.
std::string fresh_token(std::string_view beginning);
std::string token_hash(std::string_view token);
/// SHA-256 keyed with the session's token, so that nothing but the token has to be kept.
std::string csrf_of(std::string_view token);
/// In a time that does not depend on where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace cordboard::gateway
