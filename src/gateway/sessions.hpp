// SPDX-License-Identifier: Apache-2.0
// Who has logged on by a browser. Kept in a file, so that a restart of the gateway ends nobody's shift; of tokens only hashes.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace cordboard::gateway {

struct session {
  std::string user;  ///< the name that was logged on with
  std::int64_t created_ns = 0;
  std::int64_t expires_ns = 0;
};

/// @threads  one
class sessions {
public:
  /// @param folder  where the file stands; empty: nowhere
  explicit sessions(const std::string& folder);

  /// A new session's token. Of one user's the oldest gives way, when there are too many.
  /// @param wrong  set when the file could not be written: then a restart ends the session
  std::string begin(const std::string& user, std::int64_t now_ns, std::int64_t limit_ns, std::error_code& wrong);
  const session* find(std::string_view token, std::int64_t now_ns) const;
  void end(std::string_view token);

private:
  void read();
  std::error_code write() const;
  std::string path_;
  std::map<std::string, session, std::less<>> by_hash_;
};

}  // namespace cordboard::gateway
