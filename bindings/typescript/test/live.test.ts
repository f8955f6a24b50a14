// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test } from "vitest";
import { Client, type House, Live } from "../src/index.js";
import { FakeGateway, type Said } from "./fake_gateway.js";

const QUICK = { lateMs: 200, backoffMs: { first: 5, max: 20 } };
const call = (state: string, revision: number): object => ({ id: "5", state, revision });
const state = (sequence: number, calls: object): Said => ({ id: sequence, event: "state", data: { sequence, time_ns: String(sequence), calls } });
const event = (sequence: number, kind: string): Said => ({ id: sequence, data: { sequence, time_ns: String(sequence), kind, call: "5" } });
// Two batches of two events, one of one; the last call stays.
const SCRIPT: Said[] = [
  event(11, "originated"), event(12, "queued"), state(12, { "5": call("queued", 2) }),
  event(13, "offered"), event(14, "established"), state(14, { "5": call("connected", 4) }),
  event(15, "held"), state(15, { "5": call("hold", 5) }),
];

let gateway: FakeGateway;
let live: Live;
const begin = async (): Promise<Live> => {
  gateway.snapshot = { sequence: 10, time_ns: "10", calls: {} };
  return (live = new Live(new Client({ url: await gateway.start() }), QUICK));
};
const shown = (house: House): unknown => [house.sequence, house.calls, house.stories["5"]?.map((e) => e.sequence)];
const TRUTH = [15, { "5": call("hold", 5) }, [11, 12, 13, 14, 15]];

beforeEach(() => {
  gateway = new FakeGateway();
});
afterEach(async () => {
  await live.stop();
  await gateway.stop();
});

test("a line that breaks after any message shows the same house, with nothing missed and nothing twice", async () => {
  for (let cut = 0; cut <= SCRIPT.length; ++cut) {
    gateway = new FakeGateway();
    await begin();
    gateway.script = SCRIPT;
    gateway.cutAfter = cut;
    const events: number[] = [];
    live.onEvent((e) => events.push(e.sequence));
    const house = await live.start().until((h) => h.sequence === 15);
    expect(shown(house)).toEqual(TRUTH);
    expect(events).toEqual([11, 12, 13, 14, 15]);
    expect(gateway.streams.filter((after) => after === null)).toHaveLength(1);
    if (cut < SCRIPT.length) expect(live.link.resumed).toBe(1);
    await live.stop();
    await gateway.stop();
  }
  await begin();
});

test("two screens that began at different times show the same house", async () => {
  await begin();
  live.start();
  await live.until((_, link) => link.state === "live");
  gateway.say(...SCRIPT);
  await live.until((h) => h.sequence === 15);
  gateway.snapshot = { sequence: 14, time_ns: "14", calls: { "5": call("connected", 4) } };
  const other = new Live(live.client, QUICK).start();
  const late = await other.until((h) => h.sequence === 15);
  expect(late.calls).toEqual(live.house.calls);
  await other.stop();
});

test("told that it is too late, a screen begins anew", async () => {
  await begin();
  live.start();
  await live.until((_, link) => link.state === "live");
  gateway.snapshot = { sequence: 15, time_ns: "15", calls: { "5": call("hold", 5) } };
  gateway.say({ id: 11, event: "gone", data: { code: "too_slow", oldest: 14 } });
  gateway.script = [];
  await live.until((h, link) => h.sequence === 15 && link.anew === 1 && link.state === "live");
  expect(gateway.streams).toEqual([null, null]);
});

test("a silent line is late, then given up and tried again, from where it was", async () => {
  await begin();
  live.start();
  gateway.script = SCRIPT;
  await live.until((h) => h.sequence === 15);
  await live.until((_, link) => link.state === "late");
  await live.until((_, link) => link.state === "offline");
  await live.until((_, link) => link.state === "live");
  expect(gateway.streams).toEqual([null, "15"]);
});

test("a beat says whether the board behind the gateway is there", async () => {
  await begin();
  live.start();
  await live.until((_, link) => link.state === "live");
  gateway.say({ id: 12, event: "beat", data: { sequence: 12, link: "lost" } });
  await live.until((_, link) => link.state === "board_away");
  gateway.say({ id: 13, event: "beat", data: { sequence: 13, link: "serving" } });
  await live.until((_, link) => link.state === "live");
});

test("when the session is over, nothing is tried any more", async () => {
  await begin();
  live.start();
  await live.until((_, link) => link.state === "live");
  gateway.say({ id: 12, event: "gone", data: { code: "unauthenticated" } });
  await live.until((_, link) => link.state === "ended");
  expect(live.link.why).toBe("unauthenticated");
  expect(gateway.streams).toHaveLength(1);
});
