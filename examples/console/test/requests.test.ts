// SPDX-License-Identifier: Apache-2.0
import { houseOf, type OpenRequest } from "cordboard";
import { expect, test } from "vitest";
import { concerns, dueAt, groupOf, inOrder, keeperOf, kindOf, pieces } from "../src/model/requests.js";

const REQUESTS: Record<string, OpenRequest> = {
  "7": { id: "7", no: "T-2026-000001", kind: 1, status: "taken", operator: "2", opened_ns: "2", times: { call: "500", completion: "900" } },
  "8": { id: "8", no: "T-2026-000002", kind: 1, status: "open", device: "3", opened_ns: "3", times: { completion: "800" }, overdue: true },
  "9": { id: "9", no: "T-2026-000003", kind: 1, status: "open", device: "4", asked_operator: "2", opened_ns: "4" },
};
const HOUSE = houseOf({
  sequence: 9, time_ns: "9", requests: REQUESTS, request_kinds: { "1": { name: "complaint", zh: "投诉", results: ["属实"] } },
  devices: { "3": { id: "3", number: "8002" }, "4": { id: "4", number: "8003" } },
});
const session = (departments: string[]) => ({ user: "x", rights: [], commands: [], departments });

test("what is overdue is first, then what is due next, then what has no time", () => {
  expect(inOrder(HOUSE).map((r) => r.id)).toEqual(["8", "7", "9"]);
  expect([dueAt(REQUESTS["7"]!), dueAt(REQUESTS["9"]!)]).toEqual([500n, 0n]);
  expect(kindOf(HOUSE, REQUESTS["7"]!)?.zh).toBe("投诉");
});

test("a handler has what belongs to the department, an operator what is theirs or is asked of them", () => {
  const of = (departments: string[], me?: string): string[] => inOrder(HOUSE, (r) => concerns(keeperOf(HOUSE, session(departments), me), r)).map((r) => r.id);
  expect(of(["8002"])).toEqual(["8"]);
  expect(of([], "2")).toEqual(["7", "9"]);
  expect(of(["8002", "8003"], "2")).toEqual(["8", "7", "9"]);
  expect(of([])).toEqual([]);
});

test("each matter of mine stands where I have to do something about it", () => {
  const keeper = keeperOf(HOUSE, session(["8002", "8003"]), "2");
  const group = (change: Partial<OpenRequest>): string => groupOf(keeper, { ...REQUESTS["7"]!, ...change }, 100n, 1000n);
  expect([group({}), group({ asked_operator: "2" }), group({ approval: "asked" }), group({ overdue: true }), group({ times: { completion: "50" } })]).toEqual(["today", "asked", "approvals", "late", "late"]);
  expect([group({ call_due: true }), group({ times: { completion: "2000" } }), group({ times: {} })]).toEqual(["calls", "later", "later"]);
});

test("what is too much for one command goes in several, and nothing is cut", () => {
  const object = { kind: "complaint", what: "等候太久".repeat(20), where: "门诊".repeat(30), name: "王芳" };
  const all = pieces(object)!;
  expect(all.length).toBe(2);
  expect(all.every((one) => new TextEncoder().encode(one).length <= 384)).toBe(true);
  expect(Object.assign({}, ...all.map((one) => JSON.parse(one) as object))).toEqual(object);
  expect(pieces({ what: "长".repeat(200) })).toBeUndefined();
});
