/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the first twenty events of a board in another process, and holds the call that is up: in C99.
 *
 *   cc -std=c99 consumer.c $(pkg-config --cflags --libs cordboard_c) && ./a.out /run/cordboard */
#include <cordboard/cordboard.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void need(int32_t told) {
  if (told == CORDBOARD_OK) return;
  fprintf(stderr, "%s %s\n", cordboard_error_text(told), cordboard_error_detail());
  exit(1); /* NOLINT(concurrency-mt-unsafe): there is one thread */
}

static void print(cordboard_reader* reader, const cordboard_event* e) {
  char text[65536];
  uint64_t length = 0;
  need(cordboard_reader_text(reader, e, text, sizeof text, &length));
  printf("%" PRIu64 " %" PRId64 " %s call %016" PRIx64 " leg %016" PRIx64 " party %016" PRIx64, e->sequence, e->time_ns,
         cordboard_event_name(e->kind), e->call.id, e->leg.id, e->party.id);
  printf(" device %" PRIu32 " operator %" PRIu32 " queue %" PRIu32 " cause %u value %" PRId64 " [%.*s]\n", e->device.id,
         e->operator_.id, e->queue.id, (unsigned)e->cause, e->value, (int)length, text);
}

int main(int argc, char** argv) {
  cordboard_board* board = NULL;
  cordboard_reader* reader = NULL;
  const cordboard_event* events = NULL;
  uint64_t count = 0, accepted = 0, i;
  cordboard_call call = {0};
  cordboard_command command;
  cordboard_event outcome;
  int printed = 0;
  if (argc != 2 || cordboard_abi() < CORDBOARD_ABI) return 2;
  need(cordboard_attach(argv[1], &board));
  need(cordboard_read(board, 0, &reader));
  while (printed < 20 || call.id == 0) {
    need(cordboard_reader_next(reader, 5000, &events, &count));
    for (i = 0; i < count; ++i) {
      if (printed < 20) print(reader, &events[i]);
      ++printed;
      if (events[i].kind == CORDBOARD_EVENT_ESTABLISHED) call = events[i].call;
    }
  }
  need(cordboard_command_init(&command, 5000));
  cordboard_command_hold(&command, call);
  need(cordboard_submit(board, &command, &accepted));
  need(cordboard_outcome(board, command.id, accepted, 5000, &outcome));
  printf("%s call %016" PRIx64 ": %s\n", cordboard_command_name(command.kind), call.id, cordboard_event_name(outcome.kind));
  need(cordboard_reader_close(reader));
  need(cordboard_close(board));
  return 0;
}
