// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test } from "vitest";
import { Client, GatewayError } from "../src/index.js";
import { FakeGateway } from "./fake_gateway.js";

let gateway: FakeGateway;
let client: Client;
beforeEach(async () => {
  gateway = new FakeGateway();
  client = new Client({ url: await gateway.start() });
});
afterEach(() => gateway.stop());

test("a command whose answer was lost is given again under its id and deadline, and carried out once", async () => {
  gateway.answers = ["drop", "drop"];
  const answer = await client.give("hold", { call: "5" }, { revision: 3 });
  const given = gateway.requests.map((r) => r.body);
  expect(given).toHaveLength(3);
  expect(new Set(given.map((body) => JSON.stringify(body))).size).toBe(1);
  expect(given[0]).toMatchObject({ call: "5", revision: 3, id: answer.id });
  expect([...gateway.carriedOut.keys()]).toEqual([answer.id]);
});

test("a refusal is thrown at once", async () => {
  gateway.answers = [[409, { code: "call_wrong_state", title: "通话当前状态不允许此命令。", command: "ab" }]];
  const refused = await client.give("hold", { call: "5" }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(GatewayError);
  expect(refused).toMatchObject({ code: "call_wrong_state", status: 409, command: "ab", message: "通话当前状态不允许此命令。" });
  expect(gateway.requests).toHaveLength(1);
});

test("nobody is asked for longer than the deadline", async () => {
  gateway.answers = Array.from({ length: 50 }, () => "drop" as const);
  await expect(client.give("hold", { call: "5" }, { timeoutMs: 300 })).rejects.toMatchObject({ code: "timed_out" });
});

test("ids of what a command makes are drawn and told", async () => {
  const answer = await client.give("consult", { call: "5", text: "8002" });
  expect(answer.new_call).toMatch(/^[1-9][0-9]*$/);
  expect(gateway.requests[0]!.body).toMatchObject({ new_call: answer.new_call, new_leg: answer.new_leg, text: "8002" });
});

test("who is logged on proves where a request comes from", async () => {
  await client.logOn("zhang", "secret");
  await client.give("hold", { call: "5" });
  expect(gateway.requests.map((r) => r.headers["x-csrf-token"])).toEqual([undefined, "proof"]);
});
