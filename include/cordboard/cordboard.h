/* SPDX-License-Identifier: Apache-2.0 */
/* The whole C ABI of Cordboard: a telephone switchboard in software. C99.
 *
 *   one command record goes in ──► board ──► one event record comes out, and the log of those records is the truth
 *
 * Every function that returns int32_t returns CORDBOARD_OK (0), a CORDBOARD_... error, or a negative errno of the system.
 * Every function may be called from any thread, and never throws or aborts for what it is given: a null, closed or wrong
 * handle gives CORDBOARD_HANDLE_INVALID. Reserved fields are zero. Numbers are little endian, texts UTF-8.
 *
 * Within a major version the ABI only grows: no value moves, no structure changes, no function goes. */
#ifndef CORDBOARD_H
#define CORDBOARD_H

#include <stdint.h>

/* What is exported. */
#if defined(__GNUC__)
#define CORDBOARD_API __attribute__((visibility("default")))
#else
#define CORDBOARD_API
#endif

#include <cordboard/cordboard_schema.h>
#include <cordboard/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header's ABI. */
#define CORDBOARD_ABI 1u

/* The version of the library's ABI: compare with CORDBOARD_ABI at start. A library with a higher one serves this header too.
 * @since 0.1 */
CORDBOARD_API uint32_t cordboard_abi(void);

/* The library's version, as "0.1.0".
 * @lifetime static
 * @since 0.1 */
CORDBOARD_API const char* cordboard_version(void);

/* ------------------------------------------------------------------------------------------------------------ errors */

/* The English sentence of an error; never null.
 * @lifetime static
 * @since 0.1 */
CORDBOARD_API const char* cordboard_error_text(int32_t error);

/* What is known beyond the code about the last failure of a function in this thread; "" when there is nothing. Safe to
 * trace: it holds no numbers of people and no names.
 * @lifetime until the next call in this thread
 * @since 0.1 */
CORDBOARD_API const char* cordboard_error_detail(void);

/* ------------------------------------------------------------------------------------------------------------ boards */

/* A board, in this process or another. The pointer is a handle and points to nothing; handles are never reused. */
typedef struct cordboard_board cordboard_board;

/* How to open a board in this process. Set everything to zero, then `size`; 0 and null leave the default. */
typedef struct cordboard_config {
  uint32_t size;        /* sizeof(cordboard_config) */
  uint32_t calls_max;   /* calls at a time; 1 to 100,000 */
  const char* log_path; /* folder of the log, best in tmpfs; made when missing */
  const char* run_path; /* folder of the local socket, which programs attach to; made when missing */
  const char* file;     /* a configuration file, read first; what stands here overrides it */
  uint32_t loopback;    /* 1: no SIP and no media, for tests */
  uint32_t reserved;    /* zero */
} cordboard_config;

/* Attaches to a board that another process serves.
 *
 * @param path       its run folder, as "/run/cordboard"
 * @param out_board  close it with cordboard_close; null on failure
 * @errors           NOT_CONNECTED: nothing listens there; ACCESS_REFUSED; HANDLE_INVALID: a null argument
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_attach(const char* path, cordboard_board** out_board);

/* Starts a board in this process, on threads of its own. One process has one board at a time.
 *
 * @param config     copied
 * @param out_board  close it with cordboard_close: then the board stops in order; null on failure
 * @errors           LOG_BUSY: another process writes this log; COMMAND_INVALID: `size` or a value of the configuration,
 *                   the detail says which; those of the system, as for a port that is taken
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_open(const cordboard_config* config, cordboard_board** out_board);

/* Ends the use of a board; a board of this process stops. Calls that wait on it in other threads return
 * CORDBOARD_BOARD_CLOSED or CORDBOARD_HANDLE_INVALID. Its readers stay open.
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_close(cordboard_board* board);

/* ---------------------------------------------------------------------------------------------------------- commands */

/* Clears a command and gives it a random id and a deadline.
 *
 *   cordboard_command c;
 *   cordboard_command_init(&c, 5000);
 *   cordboard_command_hold(&c, call);
 *   error = cordboard_submit(board, &c, &accepted);
 *
 * @param timeout_ms  from now; 1 to 86,400,000
 * @errors            COMMAND_INVALID: a null command, or the time is out of range
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_command_init(cordboard_command* command, int64_t timeout_ms);

/* A random id for what a command creates; never 0. @errors COMMAND_INVALID: a null argument
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_new_id(uint64_t* out_id);

/* Gives a command and waits for its answer, at most until its deadline, not for its outcome. Giving it again under the
 * same id carries it out once.
 *
 * @param out_accepted  sequence of its command_accepted event, 0 on failure; may be null. Exactly one outcome follows
 * @errors              why the board refused it, then nothing has happened; QUEUE_FULL: not logged, try again;
 *                      COMMAND_INVALID, TEXT_INVALID; BOARD_CLOSED, TIMED_OUT: unknown, safe to give again
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_submit(cordboard_board* board, const cordboard_command* command, uint64_t* out_accepted);

/* Waits for the outcome of an accepted command.
 *
 * @param accepted    what cordboard_submit gave
 * @param timeout_ms  how long to wait; 0: look only
 * @param out_event   the command_done, command_failed or command_timed_out event; may be null
 * @errors            TIMED_OUT: no outcome yet; LOG_GONE; BOARD_CLOSED
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_outcome(cordboard_board* board, cordboard_command_id id, uint64_t accepted, int64_t timeout_ms,
                                        cordboard_event* out_event);

/* ------------------------------------------------------------------------------------------------------------ events */

/* A place in a log. Several readers of one log know nothing of each other, and the board knows of none: a slow one slows
 * nothing. The pointer is a handle, as that of a board. */
typedef struct cordboard_reader cordboard_reader;

/* Begins to read the events of a board. The reader may outlive the board.
 *
 * @param after       the last sequence that was seen, 0: from the oldest that is kept
 * @param out_reader  close it with cordboard_reader_close; null on failure
 * @errors            LOG_GONE: events after `after` are kept no more; LOG_INCOMPATIBLE; LOG_DAMAGED
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_read(cordboard_board* board, uint64_t after, cordboard_reader** out_reader);

/* Begins to read a log without its board: of a board that has stopped, or an archive.
 *
 * @param path  the run folder, the folder of the log, or an archive's
 * @errors      as cordboard_read; NOT_CONNECTED: no log is there
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_read_log(const char* path, uint64_t after, cordboard_reader** out_reader);

/* Waits for the next events: whole batches, where they lie in the log, without a copy.
 *
 * @param timeout_ms  how long to wait; 0: look only
 * @param out_events  the first of `out_count` events in a row; null on failure
 * @errors            TIMED_OUT: none came; LOG_GONE: retention went past this reader; LOG_DAMAGED
 * @threads           one thread per reader at a time; others wait for it
 * @lifetime          the events may be read until the next call on this reader that follows by two segments of 2^18 events,
 *                    and until it is closed
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_next(cordboard_reader* reader, int64_t timeout_ms, const cordboard_event** out_events,
                                            uint64_t* out_count);

/* Copies the text of an event that this reader gave.
 *
 * @param buffer      gets the text, without a zero byte at its end; may be null when `size` is 0
 * @param out_length  the text's length, also when it does not fit; 0: it has none
 * @errors            TEXT_INVALID: `size` is less than the length, nothing was copied; LOG_GONE; LOG_DAMAGED
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_text(cordboard_reader* reader, const cordboard_event* event, char* buffer, uint64_t size,
                                            uint64_t* out_length);

/* The oldest sequence that is kept, and the newest; 0: there is none. Each may be null.
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_bounds(cordboard_reader* reader, uint64_t* out_oldest, uint64_t* out_newest);

/* Goes to the first event after `sequence`; 0: to the oldest that is kept.
 *
 * @errors  LOG_GONE: events after it are kept no more; go on at the oldest, or from a snapshot. The place stays
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_after(cordboard_reader* reader, uint64_t sequence);

/* Goes to the first event whose time is at or after `time_ns`, by binary search; to the log's end when there is none yet.
 *
 * @param time_ns  event time, ns since 1970
 * @errors         LOG_GONE: events since then are kept no more. The place stays; LOG_DAMAGED
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_since(cordboard_reader* reader, int64_t time_ns);

/* Which events a reader wants. Set everything to zero, then `size`; what stays zero asks for nothing, all that is set must
 * hold. Each field is compared with the one of that name in the event. */
typedef struct cordboard_filter {
  uint32_t size;                /* sizeof(cordboard_filter) */
  uint32_t kinds_count;         /* how many kinds; 0: every kind */
  const uint16_t* kinds;        /* any of these; copied; may be null when kinds_count is 0 */
  cordboard_call call;          /* of this call */
  cordboard_party party;        /* of this party */
  cordboard_command_id command; /* that answer this command */
  cordboard_device device;      /* of this phone or trunk */
  cordboard_operator operator_; /* of this operator */
  cordboard_queue queue;        /* of this queue */
  uint32_t reserved;            /* zero */
} cordboard_filter;

/* From now on the reader gives only events that match: rows of them that lie side by side, no longer whole batches. It sleeps
 * on over those that do not. A gap matches every filter, so that nobody misses that something is missing.
 *
 * @param filter  null: everything again
 * @errors        COMMAND_INVALID: `size` or `reserved`, or kinds that are null
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_filter(cordboard_reader* reader, const cordboard_filter* filter);

/* A bookmark: the last sequence that was given or passed over. cordboard_reader_after, or a new reader after it, goes on right
 * there, also when nothing matched the filter for a million events.
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_position(cordboard_reader* reader, uint64_t* out_sequence);

/* One event by its sequence, in constant time; the reader stays where it is.
 *
 * @param out_event  a copy; all zero when there is no such event, since it was not issued yet or never will be
 * @errors           LOG_GONE: it is kept no more; LOG_DAMAGED
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_at(cordboard_reader* reader, uint64_t sequence, cordboard_event* out_event);

/* Whether a board is behind the log and lives.
 *
 * @param out_state   a CORDBOARD_LINK_STATE
 * @param out_age_ns  since the board's last beat, of which there is one a second; may be null
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_link(cordboard_reader* reader, uint32_t* out_state, int64_t* out_age_ns);

/* Ends a reader. A thread that waits in it returns CORDBOARD_HANDLE_INVALID.
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_reader_close(cordboard_reader* reader);

/* --------------------------------------------------------------------------------------------------------- snapshots */

/* The house at one sequence of its log. The pointer is a handle, as that of a board.
 *
 *   cordboard_snapshot_take(board, &snapshot);
 *   view.size = sizeof view;
 *   cordboard_snapshot_view(snapshot, &view);
 *   cordboard_read(board, view.sequence, &reader);        nothing is missing, nothing comes twice
 */
typedef struct cordboard_snapshot cordboard_snapshot;

/* A call. */
typedef struct cordboard_snapshot_call {
  cordboard_call id;            /* its id */
  cordboard_party caller;       /* the party that is served */
  cordboard_call parent;        /* the call that this one consults for */
  cordboard_call consultation;  /* the call that consults for this one */
  int64_t since_ns;             /* when the call began */
  uint32_t revision;            /* what a command may expect */
  uint32_t keeper;              /* the operator, queue or device that `custodian` means; 0: none */
  cordboard_operator operator_; /* who has, or last had, the caller */
  cordboard_queue queue;        /* the queue that it came by */
  uint8_t state;       /* of its connections' CORDBOARD_CONNECTION_STATEs the first of: hold, alerting, queued, initiated,
                                   connected, failed */
  uint8_t custodian;   /* CORDBOARD_CUSTODIAN: who is responsible for the caller */
  uint8_t transfer;    /* CORDBOARD_TRANSFER_STATE */
  uint8_t reserved[5]; /* zero */
} cordboard_snapshot_call;

/* A call at a device (CSTA connection). */
typedef struct cordboard_snapshot_connection {
  cordboard_call call;          /* the call */
  cordboard_leg leg;            /* its leg */
  cordboard_party party;        /* who is there */
  cordboard_device device;      /* the phone or trunk */
  cordboard_operator operator_; /* whose phone it is; 0: nobody's */
  uint8_t state;                /* CORDBOARD_CONNECTION_STATE */
  uint8_t reserved[7];          /* zero */
} cordboard_snapshot_connection;

/* A person in a call. */
typedef struct cordboard_snapshot_party {
  cordboard_party id;  /* its id */
  cordboard_call call; /* the call it is in */
  cordboard_leg leg;   /* its leg there */
  uint64_t identity;   /* sequence of the event that says who it is; 0: nobody has said */
  const char* number;  /* "" also when the log's text may not be read, or is kept no more */
  const char* name;    /* the same */
  uint32_t keeper;     /* the operator, queue or device that `custodian` means; 0: none */
  uint8_t role;        /* CORDBOARD_PARTY_ROLE */
  uint8_t custodian;   /* CORDBOARD_CUSTODIAN */
  uint8_t reserved[2]; /* zero */
} cordboard_snapshot_party;

/* An operator. */
typedef struct cordboard_snapshot_operator {
  const char* name;            /* UTF-8 */
  const cordboard_call* calls; /* that the operator has, or is offered */
  int64_t since_ns;            /* when the state began */
  cordboard_operator id;       /* the id */
  cordboard_device device;     /* the phone */
  uint32_t calls_count;        /* how many */
  uint8_t state;               /* CORDBOARD_OPERATOR_STATE */
  uint8_t reserved[3];         /* zero */
} cordboard_snapshot_operator;

/* A queue. */
typedef struct cordboard_snapshot_queue {
  const char* number;            /* what callers dial */
  const char* name;              /* UTF-8 */
  const cordboard_call* waiting; /* in order; without those that are offered to an operator at present */
  cordboard_queue id;            /* its id */
  uint32_t waiting_count;        /* how many */
} cordboard_snapshot_queue;

/* A caller's place in line. */
typedef struct cordboard_snapshot_wait {
  cordboard_call call;   /* the caller's call */
  int64_t expected_ns;   /* from `time_ns` on; 0: not known, or an operator is free */
  int64_t since_ns;      /* when the wait began */
  cordboard_queue queue; /* where it waits */
  uint32_t position;     /* from 1, among all who will be served before by the same operators */
} cordboard_snapshot_wait;

/* A phone or a trunk. */
typedef struct cordboard_snapshot_device {
  const char* number;  /* extension, or the trunk's name */
  const char* name;    /* UTF-8 */
  cordboard_device id; /* its id */
  uint8_t kind;        /* CORDBOARD_DEVICE_KIND */
  uint8_t department;  /* 1: it stands for a department */
  uint8_t registered;  /* 1: in service */
  uint8_t reserved;    /* zero */
} cordboard_snapshot_device;

/* An open request. Who it is about stands in the texts of its events alone. */
typedef struct cordboard_snapshot_request {
  cordboard_request id;           /* its id */
  cordboard_call attempt;         /* the call that runs for it; 0: nobody is being called */
  const char* shown;              /* its number as people read it, "A-2026-000123" */
  const char* kind_name;          /* what the configuration calls its kind */
  const char* stage;              /* how far it is, by a word of its kind; "": at none */
  int64_t opened_ns;              /* when it was opened */
  int64_t first_contact_ns;       /* the person is spoken to by then; 0: no limit, or it was met */
  int64_t due_ns;                 /* it is closed by then; 0: no limit */
  int64_t promised_ns;            /* what the person was promised; 0: nothing */
  int64_t call_at_ns;             /* when the person is to be called, or was; 0: not any more */
  int64_t appointment_ns;         /* when the person comes; 0: no appointment */
  uint32_t number;                /* of `shown`: the number in its year */
  uint32_t attempts;              /* calls until now that count */
  cordboard_operator operator_;   /* who owns it; 0: `device` does */
  cordboard_device device;        /* a phone or department that owns it */
  cordboard_operator backup;      /* who is told first when it is overdue; 0: `backup_device`, or nobody */
  cordboard_device backup_device; /* the same, a phone or department */
  uint16_t kind;                  /* number of its kind */
  uint16_t year;                  /* of `shown` */
  uint16_t level;                 /* how far up the chain it has gone; 0: its owner alone knows */
  uint8_t status;                 /* CORDBOARD_REQUEST_STATUS */
  uint8_t may_call;               /* CORDBOARD_CONSENT: whether the person may be called */
  uint8_t call_due;               /* 1: the time to call has come, and nobody has called yet */
  uint8_t overdue;                /* 1: one of its times has passed */
  uint8_t arrived;                /* 1: the person of the appointment is here */
  uint8_t reserved[5];            /* zero */
} cordboard_snapshot_request;

/* All of it, each list in the order of its ids. Set `size` before it is filled; what a smaller one has no room for is left out.
 * An empty list may be null. */
typedef struct cordboard_snapshot_contents {
  uint32_t size;                                    /* sizeof(cordboard_snapshot_contents) */
  uint32_t reserved;                                /* zero */
  uint64_t sequence;                                /* every event up to here is in it, none behind */
  int64_t time_ns;                                  /* of that event */
  const cordboard_snapshot_call* calls;             /* the calls */
  uint64_t calls_count;                             /* how many */
  const cordboard_snapshot_connection* connections; /* calls at devices, in the order of the calls */
  uint64_t connections_count;                       /* how many */
  const cordboard_snapshot_party* parties;          /* the persons in them */
  uint64_t parties_count;                           /* how many */
  const cordboard_snapshot_operator* operators;     /* the operators */
  uint64_t operators_count;                         /* how many */
  const cordboard_snapshot_queue* queues;           /* the queues */
  uint64_t queues_count;                            /* how many */
  const cordboard_snapshot_device* devices;         /* phones and trunks */
  uint64_t devices_count;                           /* how many */
  const cordboard_snapshot_wait* waits;             /* who waits, in the order of the queues and in line */
  uint64_t waits_count;                             /* how many */
  const cordboard_snapshot_request* requests;       /* those that are open */
  uint64_t requests_count;                          /* how many */
} cordboard_snapshot_contents;

/* Takes a snapshot of a board at its newest event, at no cost to it: from the newest checkpoint that this process may read, and
 * the events since.
 *
 * @param out_snapshot  close it with cordboard_snapshot_close; null on failure
 * @errors              LOG_GONE: the log no longer begins at its beginning, and no checkpoint fits; ACCESS_REFUSED: the same, and
 *                      its checkpoints are for the board's own user alone; LOG_DAMAGED; LOG_INCOMPATIBLE
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_snapshot_take(cordboard_board* board, cordboard_snapshot** out_snapshot);

/* The same of a log without its board.
 *
 * @param path  the run folder, the folder of the log, or an archive's
 * @param at    the sequence whose state is wanted; 0: the newest
 * @errors      as cordboard_snapshot_take; NOT_CONNECTED: no log is there; -EINVAL: `at` was not issued yet
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_snapshot_take_log(const char* path, uint64_t at, cordboard_snapshot** out_snapshot);

/* What is in a snapshot.
 *
 * @errors    COMMAND_INVALID: `size` is not set
 * @lifetime  all that it points to: until the snapshot is closed
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_snapshot_view(cordboard_snapshot* snapshot, cordboard_snapshot_contents* out_contents);

/* Ends a snapshot and frees what was seen of it.
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_snapshot_close(cordboard_snapshot* snapshot);

/* ---------------------------------------------------------------------------------------------------------- loopback */

/* What a phone of a loopback board does when it is rung. */
enum {
  CORDBOARD_LOOPBACK_ANSWERS = 0, /* Rings, and is answered at once. */
  CORDBOARD_LOOPBACK_RINGS = 1,   /* Rings until cordboard_loopback_answer. */
  CORDBOARD_LOOPBACK_BUSY = 2,    /* Is busy. */
  CORDBOARD_LOOPBACK_REFUSES = 3, /* Refuses. */
  CORDBOARD_LOOPBACK_DEAD = 4     /* Nothing comes at all. */
};

/* What a phone of a loopback board that cordboard_open started does from now on. This and the three that follow ask and do not
 * wait: the events tell what came of it.
 *
 * @param how  CORDBOARD_LOOPBACK_...
 * @errors     HANDLE_INVALID: the board is no loopback board of this process; COMMAND_INVALID: a null or zero argument
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_loopback_behave(cordboard_board* board, const char* number, uint32_t how);

/* A call comes from outside.
 *
 * @param trunk   name of a trunk, or number of a phone
 * @param called  what was dialled
 * @param number  of the caller; it and `name` may be null
 * @errors        as cordboard_loopback_behave
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_loopback_call_in(cordboard_board* board, const char* trunk, const char* called,
                                                 const char* number, const char* name, cordboard_call call, cordboard_leg leg,
                                                 cordboard_party party);

/* A phone that rings is answered. @errors as cordboard_loopback_behave
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_loopback_answer(cordboard_board* board, const char* number);

/* A phone, or a caller from outside, hangs up. @errors as cordboard_loopback_behave
 * @since 0.1 */
CORDBOARD_API int32_t cordboard_loopback_hang_up(cordboard_board* board, const char* number);

/* The schema's name of an event's kind, as "held"; "" for one that this version does not know.
 * @lifetime static
 * @since 0.1 */
CORDBOARD_API const char* cordboard_event_name(uint16_t kind);

/* The schema's name of a command's kind, as "hold"; "" for one that this version does not know.
 * @lifetime static
 * @since 0.1 */
CORDBOARD_API const char* cordboard_command_name(uint16_t kind);

#ifdef __cplusplus
}
#endif
#endif
