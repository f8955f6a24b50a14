// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <system_error>

namespace cordboard::gateway {

/// Writes a file whole: under another name, to the disk, then renamed. It is for its owner alone.
std::error_code write_private(const std::string& path, const std::string& text);
/// The same for a file that is there: whoever may read it still may.
std::error_code write_again(const std::string& path, const std::string& text);

}  // namespace cordboard::gateway
