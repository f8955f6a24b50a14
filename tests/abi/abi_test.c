/* SPDX-License-Identifier: Apache-2.0 */
/* The C ABI as a C99 program uses it, against a real log and a real socket. */
#include <cordboard/cordboard.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "cpp_side.h"
#include "layout_table.h"

char* mkdtemp(char* pattern); /* POSIX; -std=c99 hides it */

static int failures = 0;

#define CORDBOARD_CHECK(condition)                                    \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

static cordboard_call call_of(uint64_t id) {
  cordboard_call call;
  call.id = id;
  return call;
}

static void versions_and_layouts(void) {
  CORDBOARD_CHECK(cordboard_abi() == CORDBOARD_ABI);
  CORDBOARD_CHECK(strcmp(cordboard_version(), CORDBOARD_VERSION) == 0);
  CORDBOARD_CHECK(sizeof(cordboard_event) == 128);
  CORDBOARD_CHECK(sizeof(cordboard_command) == 512);
  CORDBOARD_CHECK(cpp_layout_differences() == 0);
  CORDBOARD_CHECK(strcmp(cordboard_event_name(CORDBOARD_EVENT_HELD), "held") == 0);
  CORDBOARD_CHECK(strcmp(cordboard_event_name(65535), "") == 0);
  CORDBOARD_CHECK(strcmp(cordboard_command_name(CORDBOARD_COMMAND_SINGLE_STEP_TRANSFER), "single_step_transfer") == 0);
  CORDBOARD_CHECK(strstr(cordboard_error_text(CORDBOARD_CALL_UNKNOWN), "No call has this id") != NULL);
  CORDBOARD_CHECK(strlen(cordboard_error_text(123456)) > 0);
  CORDBOARD_CHECK(strlen(cordboard_error_text(-5)) > 0);
}

static void fill_in(void) {
  cordboard_command c;
  cordboard_command_id id;
  cordboard_operator op = {3};
  cordboard_device none = {0};
  cordboard_call call;
  cordboard_leg leg = {5};
  cordboard_party party = {6};
  char longest[386];

  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  CORDBOARD_CHECK(c.id.high != 0 || c.id.low != 0);
  CORDBOARD_CHECK(c.deadline_ns > 0);
  id = c.id;
  c.revision = 9;
  c.text[0] = 'x';
  c.leg.id = 77;
  cordboard_command_hold(&c, call_of(42));
  CORDBOARD_CHECK(c.kind == CORDBOARD_COMMAND_HOLD && c.call.id == 42);
  CORDBOARD_CHECK(c.id.high == id.high && c.id.low == id.low && c.deadline_ns > 0 && c.revision == 9);
  CORDBOARD_CHECK(c.text[0] == 0 && c.leg.id == 0); /* what the kind does not take is cleared */

  call = call_of(4);
  CORDBOARD_CHECK(cordboard_command_make_call(&c, op, none, "8001", call, leg, party) == CORDBOARD_OK);
  CORDBOARD_CHECK(c.text_len == 4 && memcmp(c.text, "8001", 4) == 0 && c.operator_.id == 3 && c.new_party.id == 6);
  CORDBOARD_CHECK(cordboard_command_make_call(&c, op, none, NULL, call, leg, party) == CORDBOARD_OK);
  CORDBOARD_CHECK(c.text_len == 0);
  memset(longest, '1', sizeof longest);
  longest[384] = 0;
  CORDBOARD_CHECK(cordboard_command_make_call(&c, op, none, longest, call, leg, party) == CORDBOARD_OK);
  longest[384] = '1';
  longest[385] = 0;
  CORDBOARD_CHECK(cordboard_command_make_call(&c, op, none, longest, call, leg, party) == CORDBOARD_TEXT_INVALID);
  CORDBOARD_CHECK(cordboard_command_make_call(&c, op, none, "80\n01", call, leg, party) == CORDBOARD_TEXT_INVALID);
  CORDBOARD_CHECK(cordboard_command_make_call(&c, op, none, "\xff", call, leg, party) == CORDBOARD_TEXT_INVALID);
  CORDBOARD_CHECK(cordboard_command_make_call(NULL, op, none, "1", call, leg, party) == CORDBOARD_COMMAND_INVALID);
  cordboard_command_hold(NULL, call);
  CORDBOARD_CHECK(cordboard_command_init(NULL, 5000) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(cordboard_command_init(&c, 0) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(cordboard_command_init(&c, INT64_MAX) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(cordboard_new_id(&leg.id) == CORDBOARD_OK && leg.id != 0);
  CORDBOARD_CHECK(cordboard_new_id(NULL) == CORDBOARD_COMMAND_INVALID);
}

/* Every function, with what is no handle: an error each, and no crash. */
static void wrong_handles(void* where) {
  cordboard_board* board = (cordboard_board*)where;
  cordboard_reader* reader = (cordboard_reader*)where;
  cordboard_reader* out = NULL;
  cordboard_command c;
  const cordboard_event* events = NULL;
  cordboard_event event;
  cordboard_snapshot* taken = NULL;
  cordboard_snapshot_contents contents;
  uint64_t count = 0;
  uint32_t state = 0;
  CORDBOARD_CHECK(cordboard_command_init(&c, 1000) == CORDBOARD_OK);
  cordboard_command_hold(&c, call_of(1));
  memset(&event, 0, sizeof event);
  CORDBOARD_CHECK(cordboard_submit(board, &c, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_outcome(board, c.id, 1, 0, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_read(board, 0, &out) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_close(board) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_loopback_behave(board, "1", 0) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_loopback_hang_up(board, "1") == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &events, &count) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_text(reader, &event, NULL, 0, &count) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_bounds(reader, NULL, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_after(reader, 0) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_since(reader, 0) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_filter(reader, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_position(reader, &count) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_at(reader, 1, &event) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_link(reader, &state, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_close(reader) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_snapshot_take(board, &taken) == CORDBOARD_HANDLE_INVALID && taken == NULL);
  contents.size = sizeof contents;
  CORDBOARD_CHECK(cordboard_snapshot_view((cordboard_snapshot*)where, &contents) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_snapshot_close((cordboard_snapshot*)where) == CORDBOARD_HANDLE_INVALID);
}

static void commands(cordboard_board* board) {
  cordboard_command c;
  cordboard_event outcome;
  cordboard_operator op = {1};
  uint64_t accepted = 0, again = 0;

  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  cordboard_command_hold(&c, call_of(42));
  CORDBOARD_CHECK(cordboard_submit(board, &c, &accepted) == CORDBOARD_OK && accepted != 0);
  CORDBOARD_CHECK(cordboard_submit(board, &c, &again) == CORDBOARD_OK && again == accepted);
  CORDBOARD_CHECK(cordboard_outcome(board, c.id, accepted, 5000, &outcome) == CORDBOARD_OK);
  CORDBOARD_CHECK(outcome.kind == CORDBOARD_EVENT_COMMAND_DONE && outcome.command.low == c.id.low);

  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  cordboard_command_clear_call(&c, call_of(42));
  CORDBOARD_CHECK(cordboard_submit(board, &c, &accepted) == CORDBOARD_CALL_UNKNOWN && accepted == 0);

  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  cordboard_command_log_off(&c, op);
  CORDBOARD_CHECK(cordboard_submit(board, &c, NULL) == CORDBOARD_QUEUE_FULL);

  c.kind = 999;
  CORDBOARD_CHECK(cordboard_submit(board, &c, NULL) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(cordboard_submit(board, NULL, NULL) == CORDBOARD_COMMAND_INVALID);

  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  cordboard_command_reconnect(&c, call_of(1), 2);
  CORDBOARD_CHECK(cordboard_submit(board, &c, &accepted) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_outcome(board, c.id, accepted, 1, NULL) == CORDBOARD_TIMED_OUT);
}

static void events(cordboard_board* board) {
  cordboard_reader* reader = NULL;
  const cordboard_event* found = NULL;
  uint64_t count = 0, seen = 0, last = 0, length = 0, oldest = 0, newest = 0, i;
  char text[64];
  int device_text = 0, held = 0;

  CORDBOARD_CHECK(cordboard_read(board, 0, &reader) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_bounds(reader, &oldest, &newest) == CORDBOARD_OK);
  CORDBOARD_CHECK(oldest >= 1 && newest > oldest);
  while (cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_OK) {
    for (i = 0; i < count; ++i) {
      CORDBOARD_CHECK(found[i].sequence > last);
      last = found[i].sequence;
      ++seen;
      if (found[i].kind == CORDBOARD_EVENT_HELD) held = 1;
      if (found[i].kind == CORDBOARD_EVENT_DEVICE_CONFIGURED) {
        CORDBOARD_CHECK(cordboard_reader_text(reader, &found[i], text, sizeof text, &length) == CORDBOARD_OK);
        device_text = length == strlen("8001\t放射科") && memcmp(text, "8001\t放射科", length) == 0;
        CORDBOARD_CHECK(cordboard_reader_text(reader, &found[i], text, 3, &length) == CORDBOARD_TEXT_INVALID && length == 14);
        CORDBOARD_CHECK(cordboard_reader_text(reader, &found[i], NULL, 0, &length) == CORDBOARD_TEXT_INVALID && length == 14);
      }
      if (found[i].kind == CORDBOARD_EVENT_BOARD_STARTED) {
        CORDBOARD_CHECK(cordboard_reader_text(reader, &found[i], NULL, 0, &length) == CORDBOARD_OK && length == 0);
      }
    }
  }
  CORDBOARD_CHECK(last == newest && seen >= 3 && device_text && held);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 10, &found, &count) == CORDBOARD_TIMED_OUT && found == NULL && count == 0);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, NULL, &count) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_close(reader) == CORDBOARD_OK);
  wrong_handles(reader);
}

/* Looking things up, and reading some of the events; on a log with a gap-free beginning and a `held` in it. */
static void finding(cordboard_board* board) {
  cordboard_reader* reader = NULL;
  const cordboard_event* found = NULL;
  cordboard_event event;
  cordboard_filter filter;
  const uint16_t kinds[] = {CORDBOARD_EVENT_HELD, 60000};
  uint64_t count = 0, oldest = 0, newest = 0, position = 0, held = 0;
  int64_t age = -1, time = 0;
  uint32_t state = 99;

  CORDBOARD_CHECK(cordboard_read(board, 0, &reader) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_bounds(reader, &oldest, &newest) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_link(reader, &state, &age) == CORDBOARD_OK && age >= 0);
  CORDBOARD_CHECK(state == CORDBOARD_LINK_STATE_SERVING || state == CORDBOARD_LINK_STATE_SILENT);
  CORDBOARD_CHECK(cordboard_reader_link(reader, NULL, NULL) == CORDBOARD_HANDLE_INVALID);

  CORDBOARD_CHECK(cordboard_reader_at(reader, newest, &event) == CORDBOARD_OK && event.sequence == newest);
  time = event.time_ns;
  CORDBOARD_CHECK(cordboard_reader_at(reader, newest + 1000, &event) == CORDBOARD_OK && event.sequence == 0);
  CORDBOARD_CHECK(cordboard_reader_at(reader, newest, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_reader_position(reader, &position) == CORDBOARD_OK && position < oldest);
  CORDBOARD_CHECK(cordboard_reader_since(reader, time) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_OK && found[0].time_ns == time);
  CORDBOARD_CHECK(cordboard_reader_position(reader, &position) == CORDBOARD_OK && position == newest);
  CORDBOARD_CHECK(cordboard_reader_since(reader, INT64_MAX) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_TIMED_OUT);

  memset(&filter, 0, sizeof filter);
  CORDBOARD_CHECK(cordboard_reader_filter(reader, &filter) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(strstr(cordboard_error_detail(), "size") != NULL);
  filter.size = sizeof filter;
  filter.kinds_count = 2;
  CORDBOARD_CHECK(cordboard_reader_filter(reader, &filter) == CORDBOARD_COMMAND_INVALID);
  filter.kinds = kinds;
  CORDBOARD_CHECK(cordboard_reader_filter(reader, &filter) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_after(reader, 0) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_OK && count == 1);
  CORDBOARD_CHECK(count == 1 && found[0].kind == CORDBOARD_EVENT_HELD);
  if (count == 1) held = found[0].sequence;
  CORDBOARD_CHECK(cordboard_reader_position(reader, &position) == CORDBOARD_OK && position == held);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_TIMED_OUT);
  CORDBOARD_CHECK(cordboard_reader_position(reader, &position) == CORDBOARD_OK && position == newest);
  filter.call.id = 1; /* another call */
  CORDBOARD_CHECK(cordboard_reader_filter(reader, &filter) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_after(reader, 0) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_TIMED_OUT);
  CORDBOARD_CHECK(cordboard_reader_filter(reader, NULL) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_after(reader, held - 1) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_OK && found[0].sequence == held);
  CORDBOARD_CHECK(cordboard_reader_close(reader) == CORDBOARD_OK);
}

static void wait_long(void* argument) {
  const cordboard_event* found = NULL;
  uint64_t count = 0;
  int32_t told;
  do {
    told = cordboard_reader_next((cordboard_reader*)argument, 60000, &found, &count);
  } while (told == CORDBOARD_OK);
  CORDBOARD_CHECK(told == CORDBOARD_HANDLE_INVALID);
}

static void submit_without_answer(void* argument) {
  cordboard_command c;
  cordboard_operator op = {1};
  int32_t told;
  CORDBOARD_CHECK(cordboard_command_init(&c, 60000) == CORDBOARD_OK);
  cordboard_command_ready(&c, op);
  told = cordboard_submit((cordboard_board*)argument, &c, NULL);
  CORDBOARD_CHECK(told == CORDBOARD_BOARD_CLOSED || told == CORDBOARD_HANDLE_INVALID);
}

static void closing(const char* run, cordboard_board* board) {
  cordboard_reader* reader = NULL;
  const cordboard_event* found = NULL;
  uint64_t count = 0;
  void* thread;
  CORDBOARD_CHECK(cordboard_read(board, 0, &reader) == CORDBOARD_OK);
  thread = cpp_thread(wait_long, reader);
  CORDBOARD_CHECK(cordboard_reader_close(reader) == CORDBOARD_OK);
  cpp_join(thread);

  CORDBOARD_CHECK(cordboard_read(board, 0, &reader) == CORDBOARD_OK);
  thread = cpp_thread(submit_without_answer, board);
  CORDBOARD_CHECK(cordboard_close(board) == CORDBOARD_OK);
  cpp_join(thread);
  wrong_handles(board);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_OK && count >= 3); /* it outlives the board */
  CORDBOARD_CHECK(cordboard_reader_close(reader) == CORDBOARD_OK);

  CORDBOARD_CHECK(cordboard_read_log(run, 0, &reader) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_OK && count >= 3);
  CORDBOARD_CHECK(cordboard_reader_close(reader) == CORDBOARD_OK);
}

static void attaching(const char* run) {
  cordboard_board* board = (cordboard_board*)run;
  cordboard_reader* reader = NULL;
  CORDBOARD_CHECK(cordboard_attach(NULL, &board) == CORDBOARD_HANDLE_INVALID && board == NULL);
  CORDBOARD_CHECK(cordboard_attach(run, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_attach("/nonexistent", &board) == CORDBOARD_NOT_CONNECTED && board == NULL);
  CORDBOARD_CHECK(strstr(cordboard_error_detail(), "cordboard serve") != NULL);
  CORDBOARD_CHECK(cordboard_abi() != 0 && cordboard_close(NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(strcmp(cordboard_error_detail(), "") == 0);
  CORDBOARD_CHECK(cordboard_read_log("/nonexistent", 0, &reader) == CORDBOARD_NOT_CONNECTED && reader == NULL);
  CORDBOARD_CHECK(cordboard_read_log(NULL, 0, &reader) == CORDBOARD_HANDLE_INVALID);
}

static int wait_for_event(cordboard_reader* reader, uint16_t kind, uint64_t call) {
  const cordboard_event* found = NULL;
  uint64_t count = 0, i;
  while (cordboard_reader_next(reader, 10000, &found, &count) == CORDBOARD_OK) {
    for (i = 0; i < count; ++i) {
      if (found[i].kind == kind && found[i].call.id == call) return 1;
    }
  }
  return 0;
}

/* A caller is held: that is what a snapshot says, and the events behind it are read without a gap or a double. */
static void snapshot_of_a_call(cordboard_board* board, const char* run, cordboard_call call, cordboard_party party) {
  cordboard_snapshot *snapshot = NULL, *early = NULL;
  cordboard_snapshot_contents all, other;
  cordboard_reader* reader = NULL;
  const cordboard_event* found = NULL;
  uint64_t count = 0, newest = 0, i;
  int phone = 0;

  CORDBOARD_CHECK(cordboard_snapshot_take(board, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_snapshot_take(board, &snapshot) == CORDBOARD_OK && snapshot != NULL);
  memset(&all, 0, sizeof all);
  CORDBOARD_CHECK(cordboard_snapshot_view(snapshot, &all) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(cordboard_snapshot_view(snapshot, NULL) == CORDBOARD_HANDLE_INVALID);
  all.size = sizeof all;
  CORDBOARD_CHECK(cordboard_snapshot_view(snapshot, &all) == CORDBOARD_OK);
  CORDBOARD_CHECK(all.size == sizeof all && all.sequence != 0 && all.time_ns > 0);
  CORDBOARD_CHECK(all.calls_count == 1 && all.calls[0].id.id == call.id && all.calls[0].caller.id == party.id);
  CORDBOARD_CHECK(all.calls_count == 1 && all.calls[0].state == CORDBOARD_CONNECTION_STATE_HOLD);
  CORDBOARD_CHECK(all.connections_count == 2 && all.connections[0].call.id == call.id);
  for (i = 0; i < all.parties_count; ++i) {
    if (all.parties[i].id.id == party.id) CORDBOARD_CHECK(strcmp(all.parties[i].number, "13800138000") == 0);
  }
  CORDBOARD_CHECK(all.operators_count == 1 && strcmp(all.operators[0].name, "Anna") == 0);
  CORDBOARD_CHECK(all.operators[0].state == CORDBOARD_OPERATOR_STATE_BUSY && all.operators[0].calls_count == 1);
  CORDBOARD_CHECK(all.operators[0].calls[0].id == call.id);
  CORDBOARD_CHECK(all.queues_count == 1 && strcmp(all.queues[0].number, "9000") == 0 && all.queues[0].waiting_count == 0);
  for (i = 0; i < all.devices_count; ++i) {
    phone = phone || (strcmp(all.devices[i].number, "1001") == 0 && all.devices[i].kind == CORDBOARD_DEVICE_KIND_PHONE);
  }
  CORDBOARD_CHECK(phone && all.devices_count == 4);

  CORDBOARD_CHECK(cordboard_read(board, all.sequence, &reader) == CORDBOARD_OK);
  if (cordboard_reader_next(reader, 0, &found, &count) == CORDBOARD_OK) CORDBOARD_CHECK(found[0].sequence > all.sequence);
  CORDBOARD_CHECK(cordboard_reader_bounds(reader, NULL, &newest) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_reader_close(reader) == CORDBOARD_OK);

  CORDBOARD_CHECK(cordboard_snapshot_take_log(run, all.sequence, &early) == CORDBOARD_OK);
  other.size = sizeof other;
  CORDBOARD_CHECK(cordboard_snapshot_view(early, &other) == CORDBOARD_OK);
  CORDBOARD_CHECK(other.sequence == all.sequence && other.calls_count == 1);
  CORDBOARD_CHECK(memcmp(other.calls, all.calls, sizeof all.calls[0]) == 0);
  CORDBOARD_CHECK(cordboard_snapshot_close(early) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_snapshot_close(early) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_snapshot_take_log(run, newest + 1000000, &early) < 0 && early == NULL);
  CORDBOARD_CHECK(strstr(cordboard_error_detail(), "newest") != NULL);
  CORDBOARD_CHECK(cordboard_snapshot_take_log("/nonexistent", 0, &early) == CORDBOARD_NOT_CONNECTED);
  CORDBOARD_CHECK(cordboard_snapshot_take_log(NULL, 0, &early) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_close((cordboard_board*)snapshot) == CORDBOARD_HANDLE_INVALID); /* of another kind */
  CORDBOARD_CHECK(cordboard_reader_close((cordboard_reader*)snapshot) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_snapshot_close(snapshot) == CORDBOARD_OK);
}

/* An open request is in a snapshot, and a program that was built before there were any is given what it knows. */
static void snapshot_of_a_request(cordboard_board* board) {
  cordboard_snapshot* snapshot = NULL;
  cordboard_snapshot_contents all, old;
  const cordboard_snapshot_request* r;
  cordboard_request request;
  cordboard_call no_call = {0};
  cordboard_operator nobody = {0};
  cordboard_device nowhere = {0};
  cordboard_command c;
  uint64_t accepted = 0;

  CORDBOARD_CHECK(cordboard_new_id(&request.id) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_command_open_request(&c, request,
                                                 "{\"kind\":\"complaint\",\"number\":\"13800138000\",\"matter\":\"x\"}",
                                                 no_call, nobody, nowhere, 0, CORDBOARD_CONSENT_YES, 0) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_submit(board, &c, &accepted) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_outcome(board, c.id, accepted, 5000, NULL) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_snapshot_take(board, &snapshot) == CORDBOARD_OK);
  memset(&all, 0, sizeof all);
  all.size = sizeof all;
  CORDBOARD_CHECK(cordboard_snapshot_view(snapshot, &all) == CORDBOARD_OK);
  CORDBOARD_CHECK(all.requests_count == 1);
  if (all.requests_count == 1) {
    r = &all.requests[0];
    CORDBOARD_CHECK(r->id.id == request.id && r->number == 1 && r->year >= 2023);
    CORDBOARD_CHECK(strncmp(r->shown, "T-20", 4) == 0 && strcmp(r->shown + 6, "-000001") == 0);
    CORDBOARD_CHECK(strcmp(r->kind_name, "complaint") == 0 && r->stage[0] == 0);
    CORDBOARD_CHECK(r->status == CORDBOARD_REQUEST_STATUS_OPEN && r->may_call == CORDBOARD_CONSENT_YES);
    CORDBOARD_CHECK(r->device.id != 0 && r->operator_.id == 0 && r->backup.id == 1 && r->backup_device.id == 0);
    CORDBOARD_CHECK(r->due_ns == r->opened_ns + 2 * 86400 * (int64_t)1000000000 && r->promised_ns == 0 &&
                    r->appointment_ns == 0);
    CORDBOARD_CHECK(r->attempt.id == 0 && r->attempts == 0 && r->call_due == 0 && r->overdue == 0 && r->arrived == 0);
  }
  memset(&old, 0, sizeof old);
  old.size = (uint32_t)offsetof(cordboard_snapshot_contents, requests);
  CORDBOARD_CHECK(cordboard_snapshot_view(snapshot, &old) == CORDBOARD_OK);
  CORDBOARD_CHECK(old.requests == NULL && old.requests_count == 0 && old.devices_count == all.devices_count);
  CORDBOARD_CHECK(cordboard_snapshot_close(snapshot) == CORDBOARD_OK);
}

/* A whole board in this process, whose phones are played here: a caller is held, and hangs up. */
static void own_board(const char* folder, const char* house) {
  char run_path[64], log_path[64], text[64];
  cordboard_config config;
  cordboard_board *board = NULL, *second = NULL;
  cordboard_reader* reader = NULL;
  cordboard_command c;
  cordboard_operator op = {1};
  cordboard_call call;
  cordboard_leg leg;
  cordboard_party party;
  uint64_t accepted = 0;

  snprintf(run_path, sizeof run_path, "%s/own", folder);
  snprintf(log_path, sizeof log_path, "%s/own_log", folder);
  memset(&config, 0, sizeof config);
  CORDBOARD_CHECK(cordboard_open(NULL, &board) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_open(&config, NULL) == CORDBOARD_HANDLE_INVALID);
  CORDBOARD_CHECK(cordboard_open(&config, &board) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(strstr(cordboard_error_detail(), "size") != NULL);
  config.size = sizeof config;
  config.run_path = run_path;
  config.log_path = log_path;
  config.file = "/nonexistent.toml";
  CORDBOARD_CHECK(cordboard_open(&config, &board) == CORDBOARD_COMMAND_INVALID && board == NULL);
  CORDBOARD_CHECK(strstr(cordboard_error_detail(), "/nonexistent.toml") != NULL);
  config.file = house;
  config.calls_max = 1000001;
  CORDBOARD_CHECK(cordboard_open(&config, &board) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(strstr(cordboard_error_detail(), "calls_max") != NULL);
  config.calls_max = 10;
  config.loopback = 1;
  CORDBOARD_CHECK(cordboard_open(&config, &board) == CORDBOARD_OK);
  if (board == NULL) {
    fprintf(stderr, "%s\n", cordboard_error_detail());
    return;
  }
  snprintf(text, sizeof text, "%s/own2", folder);
  config.run_path = text;
  CORDBOARD_CHECK(cordboard_open(&config, &second) == CORDBOARD_LOG_BUSY && second == NULL);

  CORDBOARD_CHECK(cordboard_read(board, 0, &reader) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  cordboard_command_log_on(&c, op);
  CORDBOARD_CHECK(cordboard_submit(board, &c, &accepted) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_outcome(board, c.id, accepted, 5000, NULL) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  cordboard_command_ready(&c, op);
  CORDBOARD_CHECK(cordboard_submit(board, &c, &accepted) == CORDBOARD_OK);

  CORDBOARD_CHECK(cordboard_new_id(&call.id) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_new_id(&leg.id) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_new_id(&party.id) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_loopback_behave(board, "1001", 9) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(cordboard_loopback_behave(board, "1001", CORDBOARD_LOOPBACK_RINGS) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_loopback_call_in(board, "city", NULL, NULL, NULL, call, leg, party) == CORDBOARD_COMMAND_INVALID);
  CORDBOARD_CHECK(cordboard_loopback_call_in(board, "city", "9000", "13800138000", NULL, call, leg, party) == CORDBOARD_OK);
  CORDBOARD_CHECK(wait_for_event(reader, CORDBOARD_EVENT_DELIVERED, call.id));
  CORDBOARD_CHECK(cordboard_loopback_answer(board, "1001") == CORDBOARD_OK);
  CORDBOARD_CHECK(wait_for_event(reader, CORDBOARD_EVENT_ESTABLISHED, call.id));
  CORDBOARD_CHECK(cordboard_command_init(&c, 5000) == CORDBOARD_OK);
  cordboard_command_hold(&c, call);
  CORDBOARD_CHECK(cordboard_submit(board, &c, &accepted) == CORDBOARD_OK);
  CORDBOARD_CHECK(wait_for_event(reader, CORDBOARD_EVENT_HELD, call.id));
  snapshot_of_a_call(board, run_path, call, party);
  CORDBOARD_CHECK(cordboard_loopback_hang_up(board, "13800138000") == CORDBOARD_OK);
  CORDBOARD_CHECK(wait_for_event(reader, CORDBOARD_EVENT_CALL_CLEARED, call.id));
  snapshot_of_a_request(board);

  CORDBOARD_CHECK(cordboard_close(board) == CORDBOARD_OK);
  CORDBOARD_CHECK(wait_for_event(reader, CORDBOARD_EVENT_BOARD_STOPPED, 0));
  CORDBOARD_CHECK(cordboard_reader_close(reader) == CORDBOARD_OK);
  CORDBOARD_CHECK(cordboard_loopback_answer(board, "1001") == CORDBOARD_HANDLE_INVALID);
}

int main(int argc, char** argv) {
  char run[] = "/dev/shm/cordboard_abi_XXXXXX";
  void* fake;
  cordboard_board* board = NULL;
  void* nowhere = NULL;
  int stack = 0;
  if (argc != 2 || mkdtemp(run) == NULL) return 1;
  versions_and_layouts();
  fill_in();
  wrong_handles(NULL);
  wrong_handles(&stack);
  memset(&nowhere, 0xff, sizeof nowhere);
  wrong_handles(nowhere);
  attaching(run);
  fake = cpp_board_start(run);
  if (fake == NULL) return 1;
  CORDBOARD_CHECK(cordboard_attach(run, &board) == CORDBOARD_OK && board != NULL);
  if (board != NULL) {
    wrong_handles((char*)board + 1);
    CORDBOARD_CHECK(cordboard_loopback_answer(board, "1001") == CORDBOARD_HANDLE_INVALID); /* it is another process's */
    commands(board);
    events(board);
    finding(board);
    closing(run, board);
  }
  cpp_board_end(fake);
  own_board(run, argv[1]);
  cpp_remove_folder(run);
  if (failures == 0) printf("the C ABI: all as expected\n");
  return failures == 0 ? 0 : 1;
}
