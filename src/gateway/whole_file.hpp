// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <system_error>

namespace cordboard::gateway {

/// Writes a file for its owner alone, whole: under another name, to the disk, then renamed.
std::error_code write_private(const std::string& path, const std::string& text);

}  // namespace cordboard::gateway
