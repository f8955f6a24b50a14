// SPDX-License-Identifier: Apache-2.0
import { withState } from "cordboard";
import { expect, test } from "vitest";
import { actions } from "../src/model/actions.js";
import { mine, openMatters, parked, presence, waiting } from "../src/model/calls.js";
import { ringsSince, span } from "../src/model/time.js";
import { house, NOW_MS } from "./house.js";

const look = (h = house(), me = "1", more: object = {}) => actions({ house: h, me, mine: mine(h, me), waiting: undefined, parked: undefined, target: undefined, ...more });
const keys = (given: object): string[] => Object.keys(given).sort();

test("who waits is in order of line and place, and whom a phone rings for is among them", () => {
  expect(waiting(house()).map((row) => row.call)).toEqual(["23", "25", "21", "22"]);
});

test("a parked caller waits apart", () => {
  expect(parked(house()).map((row) => row.call.id)).toEqual(["24"]);
});

test("my call is the caller's, and its consultation stands beside it", () => {
  const { call, consultation, offered } = mine(house(), "1");
  expect([call?.id, consultation?.id, offered]).toEqual(["11", "12", undefined]);
  expect(mine(house(), "2").offered?.id).toBe("25");
});

test("in a consultation that has answered both consents can be declared, and the way on and back is open", () => {
  expect(keys(look())).toEqual(["alternate", "caller_no", "caller_yes", "conference", "not_ready", "reconnect", "sign_out", "target_no", "target_yes", "transfer", "wrap_up"]);
});

test("the consultation belongs to its call by identity: each command names this pair", () => {
  const can = look();
  expect(can.transfer).toMatchObject({ name: "transfer", fields: { call: "11", other: "12" } });
  expect(can.alternate).toMatchObject({ fields: { call: "12", other: "11" } });
});

test("while the department rings the caller can be put through, and no consent of the department declared", () => {
  const h = house();
  const call = { ...h.calls["11"]!, transfer: { ...h.calls["11"]!.transfer, state: "asking" as const } };
  const can = look(withState(h, { sequence: 501, time_ns: "1", calls: { "11": call } }));
  expect(can.transfer?.name).toBe("transfer_ringing");
  expect(can.target_yes ?? can.conference ?? can.alternate).toBeUndefined();
});

test("who is logged off can sign in, and nothing else", () => {
  const h = house();
  const off = withState(h, { sequence: 501, time_ns: "1", operators: { "1": { id: "1", name: "张敏" } } });
  expect(keys(look(off))).toEqual(["sign_in"]);
});

test("a chosen caller can be taken when I have no call, a call that rings at my phone is the phone's to answer", () => {
  const h = house();
  const calls = { "25": null };
  const free = withState(h, { sequence: 501, time_ns: "1", calls, operators: { "2": { id: "2", state: "ready" } } });
  expect(look(free, "2", { waiting: "22" }).answer).toMatchObject({ name: "pickup", fields: { call: "22", operator: "2" } });
  expect(look(h, "2", { waiting: "22" }).answer).toBeUndefined();
});

test("presence is the house's: in use, free, out of service; a trunk has none", () => {
  expect(["3", "5", "4", "9"].map((id) => presence(house(), id))).toEqual(["in_use", "free", "out_of_service", undefined]);
});

test("what the next shift must know: who is held, and who is parked", () => {
  expect(openMatters(house(), "1").sort()).toEqual(["11", "24"]);
});

test("rings are counted by the cadence of the tone, the one that has begun too", () => {
  const since = (seconds: number): string => String(BigInt(NOW_MS - seconds * 1000) * 1_000_000n);
  expect([0, 4, 5, 19, 20].map((s) => ringsSince(since(s), NOW_MS))).toEqual([1, 1, 2, 4, 5]);
  expect(span(3_723_000)).toBe("1:02:03");
});
