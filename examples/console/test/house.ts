// SPDX-License-Identifier: Apache-2.0
// A house for tests: two positions, three lines, one caller who talks and consults, three who wait, one parked.

import { houseOf, type House, type Snapshot } from "cordboard";

export const NOW_MS = 1_790_000_000_000;
const ns = (secondsAgo: number): string => String(BigInt(NOW_MS - secondsAgo * 1000) * 1_000_000n);

export const SNAPSHOT: Snapshot = {
  sequence: 500, time_ns: ns(0),
  operators: {
    "1": { id: "1", name: "张敏", number: "801", state: "busy", since_ns: ns(90), device: "1", calls: ["11", "12"], after: "ready" },
    "2": { id: "2", name: "李华", state: "not_ready", since_ns: ns(700), device: "2", reason: 1, reason_until_ns: ns(100), leave: 2 },
  },
  queues: {
    "1": { id: "1", number: "9000", name: "总机", rank: "outside", operators: ["1", "2"],
      waiting: [{ call: "21", position: 1, since_ns: ns(27), expected_ns: "40000000000" }, { call: "22", position: 2, since_ns: ns(8) }] },
    "2": { id: "2", number: "9009", name: "急呼", rank: "emergency", operators: ["1", "2"], waiting: [{ call: "23", position: 1, since_ns: ns(3) }] },
    "3": { id: "3", number: "9005", name: "专家门诊", rank: "vip", operators: ["2"], closed: true },
  },
  devices: {
    "1": { id: "1", kind: "phone", number: "1001", name: "总机一台", in_service: true, lines: 1 },
    "2": { id: "2", kind: "phone", number: "1002", name: "总机二台", in_service: true },
    "3": { id: "3", kind: "phone", number: "8002", name: "内科", department: true, policy: "required", in_service: true, lines: 1 },
    "4": { id: "4", kind: "phone", number: "8003", name: "外科", department: true, policy: "required" },
    "5": { id: "5", kind: "phone", number: "8004", name: "放射科", department: true, policy: "announced", in_service: true },
    "9": { id: "9", kind: "trunk", number: "city", name: "市话中继", in_service: true },
  },
  calls: {
    "11": { id: "11", state: "hold", revision: 7, since_ns: ns(90), caller: "31", custodian: "operator", keeper: "1", operator: "1", queue: "1", consultation: "12",
      caller_consent: "yes", hold_until_ns: ns(-160), recording: { sequence: 4 }, transfer: { state: "consents", consultation: "12", target: "33", device: "3", operator: "1" },
      data: "问体检报告什么时候出",
      connections: [{ leg: "41", party: "31", device: "9", state: "connected" }, { leg: "42", party: "32", device: "1", operator: "1", state: "hold" }] },
    "12": { id: "12", state: "connected", revision: 3, since_ns: ns(20), operator: "1", parent: "11", destination: "3",
      connections: [{ leg: "42", party: "32", device: "1", operator: "1", state: "connected" }, { leg: "43", party: "33", device: "3", state: "connected" }] },
    "21": { id: "21", state: "queued", since_ns: ns(27), queue_since_ns: ns(27), queue: "1", caller: "34", rings: "late", connections: [{ leg: "44", party: "34", device: "9", state: "queued" }] },
    "22": { id: "22", state: "queued", since_ns: ns(8), queue_since_ns: ns(8), queue: "1", caller: "35", connections: [{ leg: "45", party: "35", device: "9", state: "queued" }] },
    "23": { id: "23", state: "queued", since_ns: ns(3), queue_since_ns: ns(3), queue: "2", caller: "36", connections: [{ leg: "46", party: "36", device: "9", state: "queued" }] },
    "24": { id: "24", state: "queued", since_ns: ns(60), caller: "37", operator: "1", queue: "1", connections: [{ leg: "47", party: "37", device: "9", state: "queued" }] },
    "25": { id: "25", state: "alerting", since_ns: ns(8), queue: "1", caller: "38", queue_since_ns: ns(9), offered_to: "2",
      connections: [{ leg: "48", party: "38", device: "9", state: "queued" }, { leg: "49", party: "39", device: "2", operator: "2", state: "alerting" }] },
  },
  parties: {
    "31": { id: "31", role: "caller", custodian: "operator", keeper: "1", number: "0713-6281234", name: "王芳" },
    "32": { id: "32", role: "operator" },
    "33": { id: "33", role: "target", number: "8002", name: "内科" },
    "34": { id: "34", role: "caller", custodian: "queue", keeper: "1", number: "13800000021", name: "陈建国" },
    "35": { id: "35", role: "caller", custodian: "queue", keeper: "1", number: "13900000022" },
    "36": { id: "36", role: "caller", custodian: "queue", keeper: "2", number: "8006", name: "药房" },
    "37": { id: "37", role: "caller", custodian: "wait", why: "park", until_ns: ns(-45), number: "13700000024", name: "刘洋" },
    "38": { id: "38", role: "caller", custodian: "queue", keeper: "1", number: "13600000025" },
  },
  reasons: { "1": { name: "小休", limit_ns: "900000000000", times: 2 }, "2": { name: "外出", approval: true } },
  code_plans: { "9911": { number: "9911", name: "抢救", enough: 2, members: ["8001", "8002", "1000"] } },
  code_runs: {}, hand_overs: {},
};
export const house = (): House => houseOf(structuredClone(SNAPSHOT));
