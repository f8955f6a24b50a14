// SPDX-License-Identifier: Apache-2.0
#include "cpp_side.h"
#include <cstdio>
#include <cstring>
#include <fake_board.hpp>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>
extern "C" {
#include "layout_table.h"
}

namespace {

struct row {
  std::string_view name;
  std::size_t offset;
  std::size_t size;
};

// Only the sizes that values.cpp does not hold against each other at compile time: those of the fields.
template <class Record, class Field>
constexpr std::size_t size_of(Field Record::*) {
  return sizeof(Field);
}

using cordboard::command;
using cordboard::event;
const row sizes[] = {
    {"event", 0xffffffff, sizeof(event)},
    {"event.sequence", offsetof(event, sequence), size_of(&event::sequence)},
    {"event.kind", offsetof(event, kind), size_of(&event::kind)},
    {"event.cause", offsetof(event, cause), size_of(&event::cause)},
    {"event.layer", offsetof(event, layer), size_of(&event::layer)},
    {"event.custodian", offsetof(event, custodian), size_of(&event::custodian)},
    {"event.consent", offsetof(event, consent), size_of(&event::consent)},
    {"event.call", offsetof(event, call), size_of(&event::call)},
    {"event.request", offsetof(event, request), size_of(&event::request)},
    {"event.device", offsetof(event, device), size_of(&event::device)},
    {"event.operator", offsetof(event, operator_), size_of(&event::operator_)},
    {"event.command", offsetof(event, command), size_of(&event::command)},
    {"event.crc32c", offsetof(event, crc32c), size_of(&event::crc32c)},
    {"command", 0xffffffff, sizeof(command)},
    {"command.id", offsetof(command, id), size_of(&command::id)},
    {"command.kind", offsetof(command, kind), size_of(&command::kind)},
    {"command.consent", offsetof(command, consent), size_of(&command::consent)},
    {"command.new_party", offsetof(command, new_party), size_of(&command::new_party)},
    {"command.operator", offsetof(command, operator_), size_of(&command::operator_)},
    {"command.text", offsetof(command, text), size_of(&command::text)},
};

}  // namespace

void* cpp_board_start(const char* run) {
  try {
    return new cordboard::test::fake_board(run);
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "fake board: %s\n", error.what());
    return nullptr;
  }
}

void cpp_board_end(void* board) { delete static_cast<cordboard::test::fake_board*>(board); }

void cpp_remove_folder(const char* path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

int cpp_layout_differences() {
  int wrong = 0;
  for (const row& ours : sizes) {
    bool same = false;
    for (std::uint32_t i = 0; i < layout_rows; ++i) {
      const layout_row& theirs = layout_table[i];
      same = same || (ours.name == theirs.name && ours.offset == theirs.offset && ours.size == theirs.size);
    }
    if (!same) {
      std::fprintf(stderr, "%.*s: offset %zu, size %zu in C++ only\n", static_cast<int>(ours.name.size()), ours.name.data(),
                   ours.offset, ours.size);
      ++wrong;
    }
  }
  return wrong;
}

void* cpp_thread(void (*body)(void*), void* argument) { return new std::thread(body, argument); }

void cpp_join(void* thread) {
  auto* const running = static_cast<std::thread*>(thread);
  running->join();
  delete running;
}
