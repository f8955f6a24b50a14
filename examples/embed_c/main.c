/* SPDX-License-Identifier: Apache-2.0 */
/* A board in this program, without SIP: Anna takes a call from outside, and the program ends it.
 *
 *   embed_c HOUSE.toml FOLDER      FOLDER gets the log and the socket; best in tmpfs
 */
#include <cordboard/cordboard.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(int32_t told, const char* what) {
  if (told == CORDBOARD_OK) return;
  fprintf(stderr, "%s: %s %s\n", what, cordboard_error_text(told), cordboard_error_detail());
  exit(1);
}

static void give(cordboard_board* board, const cordboard_command* command) {
  cordboard_event outcome;
  uint64_t accepted = 0;
  need(cordboard_submit(board, command, &accepted), cordboard_command_name(command->kind));
  need(cordboard_outcome(board, command->id, accepted, 5000, &outcome), "outcome");
  printf("%s: %s\n", cordboard_command_name(command->kind), cordboard_event_name(outcome.kind));
}

int main(int argc, char** argv) {
  char log_path[256], run_path[256];
  cordboard_config config;
  cordboard_board* board = NULL;
  cordboard_reader* reader = NULL;
  cordboard_command command;
  const cordboard_event* events = NULL;
  uint64_t count = 0, i;
  cordboard_operator anna = {1}; /* ids of the house count from 1, in the order of the file */
  cordboard_call call;
  cordboard_leg leg;
  cordboard_party party;
  int cleared = 0;
  if (argc != 3 || cordboard_abi() < CORDBOARD_ABI) return 2;

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

  cordboard_command_init(&command, 5000);
  cordboard_command_log_on(&command, anna);
  give(board, &command);
  cordboard_command_init(&command, 5000);
  cordboard_command_ready(&command, anna);
  give(board, &command);

  need(cordboard_new_id(&call.id), "call");
  need(cordboard_new_id(&leg.id), "leg");
  need(cordboard_new_id(&party.id), "party");
  need(cordboard_loopback_call_in(board, "city", "9000", "13800138000", NULL, call, leg, party), "call in");
  while (!cleared) {
    need(cordboard_reader_next(reader, 10000, &events, &count), "events");
    for (i = 0; i < count; ++i) {
      if (events[i].call.id != call.id) continue;
      printf("%s\n", cordboard_event_name(events[i].kind));
      /* Her phone answers by itself. */
      if (events[i].kind == CORDBOARD_EVENT_ESTABLISHED && events[i].operator_.id == anna.id) {
        cordboard_command_init(&command, 5000);
        cordboard_command_clear_call(&command, call);
        give(board, &command);
      }
      if (events[i].kind == CORDBOARD_EVENT_CALL_CLEARED) cleared = 1;
    }
  }
  need(cordboard_reader_close(reader), "close");
  need(cordboard_close(board), "close");
  return 0;
}
