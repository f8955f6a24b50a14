// SPDX-License-Identifier: Apache-2.0
// Prints the first twenty events of a board in another process, and holds the call that is up: in Node, with koffi.
//
//   node consumer.js LIBRARY HEADERS RUN      libcordboard_c.so, the folder that holds cordboard/, the board's run folder
//
// Records, constants and functions come from the two C headers: no layout is written here.
"use strict";
const fs = require("fs");
const koffi = require("koffi");

const [library, headers, run] = process.argv.slice(2);
const lib = koffi.load(library);
const constants = {};
const c = {};
for (const file of ["cordboard_schema.h", "cordboard.h"]) {
  const header = fs.readFileSync(`${headers}/cordboard/${file}`, "utf8").replace(/\/\*[^]*?\*\/|^#.*$/gm, "");
  for (const [, name, value] of header.matchAll(/(CORDBOARD_\w+) = (\d+)/g)) constants[name] = Number(value);
  for (const [, name] of header.matchAll(/typedef struct (\w+) \w+;/g)) koffi.opaque(name);
  for (const [, body, name] of header.matchAll(/typedef struct \w* ?\{([^}]*)\} (\w+);/g)) koffi.struct(name, fields(body));
  for (const [, declaration] of header.matchAll(/CORDBOARD_API ([^;]+);/g)) {
    // koffi is told which pointers are written to: those called out_, and commands that are filled in.
    const annotated = declaration
      .replace(/(const )?\w+\*+ out_/g, "_Out_ $&")
      .replace(/([(])(cordboard_command\* command)/g, "$1_Inout_ $2");
    c[/cordboard_(\w+)\(/.exec(declaration)[1]] = lib.func(annotated);
  }
}
function fields(body) {
  const found = {};
  for (const [, type, names] of body.matchAll(/((?:const )?\w+[ *]) *([^;]+);/g)) {
    for (const [, name, length] of names.matchAll(/(\w+)(?:\[(\d+)\])?/g)) {
      found[name] = length ? koffi.array(type.trim(), Number(length)) : type.trim();
    }
  }
  return found;
}
function need(told) {
  if (told !== constants.CORDBOARD_OK) throw new Error(`${c.error_text(told)} ${c.error_detail()}`);
}
const hex = (id) => BigInt(id).toString(16).padStart(16, "0");

if (c.abi() < 1) throw new Error("the library is older than this program");
const [board, reader, events, count, length, accepted] = Array.from({ length: 6 }, () => [null]);
const text = Buffer.alloc(65536);
let call = null;
let printed = 0;
need(c.attach(run, board));
need(c.read(board[0], 0, reader));
while (printed < 20 || call === null) {
  need(c.reader_next(reader[0], 5000, events, count));
  for (const e of koffi.decode(events[0], "cordboard_event", Number(count[0]))) {
    if (e.kind === constants.CORDBOARD_EVENT_ESTABLISHED) call = e.call;
    if (++printed > 20) continue;
    need(c.reader_text(reader[0], e, text, text.length, length));
    console.log(
      `${e.sequence} ${e.time_ns} ${c.event_name(e.kind)} call ${hex(e.call.id)} leg ${hex(e.leg.id)} party ${hex(e.party.id)}` +
        ` device ${e.device.id} operator ${e.operator_.id} queue ${e.queue.id} cause ${e.cause} value ${e.value}` +
        ` [${text.toString("utf8", 0, Number(length[0]))}]`,
    );
  }
}
const command = {};
const outcome = {};
need(c.command_init(command, 5000));
c.command_hold(command, call);
need(c.submit(board[0], command, accepted));
need(c.outcome(board[0], command.id, accepted[0], 5000, outcome));
console.log(`${c.command_name(command.kind)} call ${hex(call.id)}: ${c.event_name(outcome.kind)}`);
need(c.reader_close(reader[0]));
need(c.close(board[0]));
