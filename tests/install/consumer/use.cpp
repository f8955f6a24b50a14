// SPDX-License-Identifier: Apache-2.0
#include <cordboard/cordboard.hpp>
#include <cordboard/log_reader.hpp>
#include <cstdio>

int main() {
  const auto log = cordboard::log_reader::open("/nowhere");
  const std::error_code code = log ? std::error_code() : log.error();
  std::printf("Cordboard %s: %s\n", CORDBOARD_VERSION, code.message().c_str());
  return code == cordboard::errc::not_connected ? 0 : 1;
}
