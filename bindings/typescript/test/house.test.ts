// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { type Event, houseOf, withEvent, withPast, withState } from "../src/index.js";

const HOUSE = houseOf({ sequence: 10, time_ns: "1", calls: { "5": { id: "5", state: "queued" } }, queues: { "1": { id: "1", waiting: [{ call: "5" }] } } });
const event = (sequence: number, call = "5"): Event => ({ sequence, time_ns: "2", kind: "held", call });

test("an object takes the place of the former one, and null takes it away", () => {
  const after = withState(HOUSE, { sequence: 12, time_ns: "2", calls: { "5": null, "6": { id: "6", state: "connected" } } });
  expect(after.calls).toEqual({ "6": { id: "6", state: "connected" } });
  expect(after.queues).toBe(HOUSE.queues);
  expect(after.sequence).toBe(12);
});

test("the house before a change stays as it was", () => {
  const before = structuredClone(HOUSE);
  withEvent(withState(HOUSE, { sequence: 12, time_ns: "2", calls: { "5": null } }), event(11));
  expect(HOUSE).toEqual(before);
});

test("a whole state takes the place of all but the stories of who is still there", () => {
  const after = withState(withEvent(HOUSE, event(11)), { sequence: 20, time_ns: "3", whole: true, calls: { "5": { id: "5", state: "hold" } } });
  expect([after.queues, after.calls["5"]?.state, after.stories["5"]?.length, after.heard]).toEqual([{}, "hold", 1, 20]);
});

test("what a house has already changes nothing", () => {
  expect(withState(HOUSE, { sequence: 10, time_ns: "2", calls: { "5": null } })).toBe(HOUSE);
  expect(withEvent(HOUSE, event(10))).toBe(HOUSE);
});

test("a story is in order and has nothing twice, whichever part comes first", () => {
  const heard = withEvent(withEvent(HOUSE, event(11)), event(12));
  const whole = withPast(heard, "5", [event(3), event(9), event(11)]);
  expect(whole.stories["5"]?.map((e) => e.sequence)).toEqual([3, 9, 11, 12]);
});

test("a story ends with its call", () => {
  const heard = withEvent(HOUSE, event(11));
  expect(withState(heard, { sequence: 12, time_ns: "2", calls: { "5": null } }).stories).toEqual({});
});

test("a long story keeps its beginning and its newest part", () => {
  const long = withPast(HOUSE, "5", Array.from({ length: 1000 }, (_, n) => event(n + 1)));
  const kept = long.stories["5"]!.map((e) => e.sequence);
  expect([kept.length, kept[0], kept[49], kept[50], kept.at(-1)]).toEqual([300, 1, 50, 751, 1000]);
});
