/* SPDX-License-Identifier: Apache-2.0 */
/* A board whose phones are played here, with a call that is up, for programs of other languages to attach to.
 *
 *   loopback_board HOUSE.toml FOLDER
 *   loopback_board --layout            only says how the records lie: name, offset, size; a record's name and size
 *
 * It says "ready" when Anna talks to the caller. For each line of its input it takes the caller back, whom somebody had put on
 * hold, and says "ready" again; it ends with its input. */
#include <cordboard/cordboard.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "layout_table.h"

static cordboard_board* board;
static cordboard_reader* reader;

static void need(int32_t told, const char* what) {
  if (told == CORDBOARD_OK) return;
  fprintf(stderr, "%s: %s %s\n", what, cordboard_error_text(told), cordboard_error_detail());
  exit(1); /* NOLINT(concurrency-mt-unsafe): there is one thread */
}

static void give(const cordboard_command* command) {
  cordboard_event outcome;
  uint64_t accepted = 0;
  need(cordboard_submit(board, command, &accepted), cordboard_command_name(command->kind));
  need(cordboard_outcome(board, command->id, accepted, 10000, &outcome), cordboard_command_name(command->kind));
  if (outcome.kind != CORDBOARD_EVENT_COMMAND_DONE) {
    fprintf(stderr, "%s: %s\n", cordboard_command_name(command->kind), cordboard_event_name(outcome.kind));
    exit(1); /* NOLINT(concurrency-mt-unsafe): there is one thread */
  }
}

static void wait_for(uint16_t kind, cordboard_call call) {
  const cordboard_event* events = NULL;
  uint64_t count = 0, i;
  int seen = 0;
  while (!seen) {
    need(cordboard_reader_next(reader, 20000, &events, &count), cordboard_event_name(kind));
    for (i = 0; i < count; ++i) seen = seen || (events[i].kind == kind && events[i].call.id == call.id);
  }
}

static void say_ready(void) {
  puts("ready");
  fflush(stdout);
}

static int print_layout(void) {
  uint32_t i;
  for (i = 0; i < layout_rows; ++i) {
    printf("%s ", layout_table[i].name);
    if (layout_table[i].offset != 0xffffffffu) printf("%u ", (unsigned)layout_table[i].offset);
    printf("%u\n", (unsigned)layout_table[i].size);
  }
  return 0;
}

int main(int argc, char** argv) {
  char log_path[256], run_path[256], line[16];
  cordboard_config config;
  cordboard_command command;
  cordboard_operator anna = {1};
  cordboard_call call;
  cordboard_leg leg;
  cordboard_party party;
  if (argc == 2 && strcmp(argv[1], "--layout") == 0) return print_layout();
  if (argc != 3) return 2;
  snprintf(log_path, sizeof log_path, "%s/log", argv[2]);
  snprintf(run_path, sizeof run_path, "%s/run", argv[2]);
  memset(&config, 0, sizeof config);
  config.size = sizeof config;
  config.file = argv[1];
  config.log_path = log_path;
  config.run_path = run_path;
  config.loopback = 1;
  need(cordboard_open(&config, &board), "open");
  need(cordboard_read(board, 0, &reader), "read");

  cordboard_command_init(&command, 10000);
  cordboard_command_log_on(&command, anna);
  give(&command);
  cordboard_command_init(&command, 10000);
  cordboard_command_ready(&command, anna);
  give(&command);
  need(cordboard_new_id(&call.id), "call");
  need(cordboard_new_id(&leg.id), "leg");
  need(cordboard_new_id(&party.id), "party");
  need(cordboard_loopback_call_in(board, "city", "9000", "13800138000", "王芳", call, leg, party), "call in");
  wait_for(CORDBOARD_EVENT_ESTABLISHED, call);
  say_ready();

  while (fgets(line, sizeof line, stdin) != NULL) {
    cordboard_command_init(&command, 10000);
    cordboard_command_retrieve(&command, call);
    give(&command);
    say_ready();
  }
  need(cordboard_close(board), "close");
  need(cordboard_reader_close(reader), "close");
  return 0;
}
