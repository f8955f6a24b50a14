// SPDX-License-Identifier: Apache-2.0
// Who may be calling, as the store knows: told to the operator as the call rings.
#pragma once
#include <memory>
#include <optional>
#include <store/vault.hpp>
#include <string>

namespace cordboard::gateway {

/// The store, opened when it is first asked and again after it was away. Each look is on record there, under the name that was logged on with.
///
/// @threads  one at a time; it blocks
class callers {
public:
  explicit callers(store::place where) : where_(std::move(where)) {}
  bool there() const { return !where_.path.empty() || !where_.postgresql.empty(); }

  /// Persons with this number in any spelling, their calls and open requests: `{"persons":[…],"calls":[…],"requests":[…]}`.
  /// @errors  throws store::database_error
  std::string look(const std::string& number, const std::string& login);

private:
  std::string ask(const std::string& number, const std::string& login);

  const store::place where_;
  std::unique_ptr<store::database> in_;
  std::optional<store::vault> keys_;
};

}  // namespace cordboard::gateway
