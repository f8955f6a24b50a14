// SPDX-License-Identifier: Apache-2.0
// fake_board_program RUN: serves until a `stop` command comes or its input ends; says "ready" when it may be attached to.
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>
#include "fake_board.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    cordboard::test::fake_board board(argv[1]);
    std::puts("ready");
    std::fflush(stdout);
    // Whoever started it has gone when the input ends, so nothing is left running.
    std::thread([] {
      char byte = 0;
      while (::read(STDIN_FILENO, &byte, 1) > 0) {
      }
      std::_Exit(3);
    }).detach();
    board.wait_for_stop();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fake board: %s\n", error.what());
    return 1;
  }
}
