// SPDX-License-Identifier: Apache-2.0
// One TOML value against what its key takes.
#pragma once
#include <config/keys.hpp>
#include <optional>
#include <toml++/toml.h>

namespace cordboard::settings {

/// The checked value; nothing when it is wrong: then `found` says what stands there instead, never showing a secret.
std::optional<value> read_value(const key_doc& doc, const toml::node& node, const std::string& folder, phrase& found);

/// The value as a person would name it: `"20 sec"`, `7`, `a list`.
phrase describe_value(const toml::node& node);

/// The known word nearest to `word`, when it is near enough to have been meant; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace cordboard::settings
