// SPDX-License-Identifier: Apache-2.0
import type { Event } from "cordboard";
import { expect, test } from "vitest";
import { dueAt, fieldsOf, inOrder, NO_REQUESTS, pieces, withRequestEvent } from "../src/model/requests.js";

const at = (sequence: number, event: object): Event => ({ sequence, time_ns: String(sequence), ...event }) as Event;
const text = (value: object): string => JSON.stringify(value);
const EVENTS: Event[] = [
  at(1, { kind: "request_kind_configured", detail: 1, flags: 1, text: "complaint\t投诉\tComplaint\tT\twhat:text! id:text* seen:date\t属实 不属实\t受理 转办\t\t\t\t\t\t5 working_days" }),
  at(2, { kind: "request_opened", request: "7", detail: 1, state: 1, operator: "1", value: "900", call: "5", text: text({ no: "T-2026-000001", name: "王芳", number: "13800000001", what: "等候太久" }) }),
  at(3, { kind: "request_opened", request: "8", detail: 1, state: 2, device: "3", value: "800", text: text({ no: "T-2026-000002", name: "voice:a.wav", number: "13800000002" }) }),
  at(4, { kind: "request_time_set", request: "7", detail: 4, value: "500" }),
  at(5, { kind: "request_taken", request: "7", operator: "2" }),
  at(6, { kind: "request_changed", request: "7", text: text({ number: "13900000001", what: "" }) }),
  at(7, { kind: "request_call_due", request: "7", operator: "2" }),
  at(8, { kind: "request_attempted", request: "7", call: "50", operator: "2", detail: 1 }),
  at(9, { kind: "request_attempt_ended", request: "7", call: "50", detail: 3, state: 1 }),
  at(10, { kind: "request_overdue", request: "8", device: "3", detail: 2 }),
  at(11, { kind: "entry_owed", call: "60", operator: "1", value: "99" }),
];
const fold = (events: Event[]) => events.reduce(withRequestEvent, NO_REQUESTS);

test("a kind says which fields a form has, which are required and which are protected", () => {
  expect(fold(EVENTS).kinds[1]).toMatchObject({ name: "complaint", zh: "投诉", approval: true, results: ["属实", "不属实"], stages: ["受理", "转办"] });
  expect(fieldsOf("what:text! id:text* seen:date phone:phone!*")).toEqual([
    { name: "what", type: "text", required: true, protected: false }, { name: "id", type: "text", required: false, protected: true },
    { name: "seen", type: "date", required: false, protected: false }, { name: "phone", type: "phone", required: true, protected: true }]);
});

test("a request is what its events say of it", () => {
  expect(fold(EVENTS).open["7"]).toMatchObject({
    no: "T-2026-000001", status: "taken", operator: "2", name: "王芳", number: "13900000001", attempts: 1, calling: false, callDue: false, fields: { what: "" }, times: { call: "500", completion: "900" } });
});

test("what is overdue is first, then what is due next", () => {
  const all = fold(EVENTS);
  expect(inOrder(all).map((r) => r.id)).toEqual(["8", "7"]);
  expect(dueAt(all.open["7"]!)).toBe(500n);
});

test("folded twice it is the same, wherever one begins again", () => {
  const once = fold(EVENTS);
  for (let from = 0; from <= EVENTS.length; ++from) expect(EVENTS.slice(from).reduce(withRequestEvent, once)).toEqual(once);
});

test("a closed request is not there any more, and an entry that was made is owed no more", () => {
  const end = [...EVENTS, at(12, { kind: "request_closed", request: "7", state: 3 }), at(13, { kind: "entry_settled", call: "60" })];
  expect(Object.keys(fold(end).open)).toEqual(["8"]);
  expect(fold(end).owed).toEqual({});
});

test("a text that may not be read leaves a request without its person, and no hole", () => {
  expect(fold([at(1, { kind: "request_opened", request: "9", detail: 2, operator: "1" })]).open["9"]).toMatchObject({ no: "", name: "", fields: {} });
});

test("what is too much for one command goes in several, and nothing is cut", () => {
  const object = { kind: "complaint", what: "等候太久".repeat(20), where: "门诊".repeat(30), name: "王芳" };
  const all = pieces(object)!;
  expect(all.length).toBe(2);
  expect(all.every((one) => new TextEncoder().encode(one).length <= 384)).toBe(true);
  expect(Object.assign({}, ...all.map((one) => JSON.parse(one) as object))).toEqual(object);
  expect(pieces({ what: "长".repeat(200) })).toBeUndefined();
});
