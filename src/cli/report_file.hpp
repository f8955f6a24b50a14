// SPDX-License-Identifier: Apache-2.0
// A report as a file: whole or not at all, and a page on paper.
#pragma once
#include <string>
#include <system_error>

namespace cordboard::cli {

/// Under another name first, then renamed: nobody finds half of it.
std::error_code write_whole(const std::string& what, const std::string& file);

/// Prints an HTML page into a PDF by Chromium, without a window.
///
/// @returns  std::errc::no_such_file_or_directory also when no program of its names is installed (Debian: chromium)
std::error_code print_page(const std::string& html, const std::string& file);

}  // namespace cordboard::cli
