// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <system_error>
#include <utility>

namespace cordboard::runtime {

/// Why a board cannot start: the code, and a sentence of ours that says it all.
class start_error : public std::system_error {
public:
  start_error(std::error_code why, std::string what) : std::system_error(why), what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

private:
  std::string what_;
};

}  // namespace cordboard::runtime
