// SPDX-License-Identifier: Apache-2.0
// What stands around every body: no exception crosses, and the detail of a failure is kept for its thread.
#pragma once
#include <cordboard/cordboard.h>
#include <cordboard/errc.hpp>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <system_error>

namespace cordboard::c {

/// The detail of this thread's last failure.
inline std::string& detail() {
  thread_local std::string text;
  return text;
}

/// An error as the C ABI tells it: an errc, or a negative errno.
inline std::int32_t code(std::error_code error) {
  if (error.category() == error_category()) return error.value();
  detail() = error.message();
  const std::error_condition condition = error.default_error_condition();
  return condition.category() == std::generic_category() ? -condition.value() : -EIO;
}

inline std::int32_t code(std::error_code error, const diagnostics& why) {
  const std::int32_t told = code(error);
  if (!why.our_text().empty()) detail() = why.our_text();
  return told;
}

template <class Body>
std::int32_t guard(Body&& body) noexcept {
  try {
    detail().clear();
    return body();
  } catch (const std::bad_alloc&) {
    return CORDBOARD_LIMIT_REACHED;
  } catch (const std::system_error& error) {
    return code(error.code());
  } catch (const std::exception& error) {
    try {
      detail() = error.what();
    } catch (const std::bad_alloc&) {
      return CORDBOARD_LIMIT_REACHED;
    }
    return -EIO;
  }
}

}  // namespace cordboard::c
