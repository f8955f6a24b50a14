// SPDX-License-Identifier: Apache-2.0
// What of the house an operator looks at. All of it is computed from the house, and kept nowhere.

import type { Call, CallId, Connection, DeviceId, House, OperatorId, Party, Waiting } from "cordboard";

const RANKS = ["emergency", "vip", "inside", "outside"];

export interface Waits extends Waiting {
  queue: string;
  rank: string;
  party: Party | undefined;
  call_: Call | undefined;
  offered: OperatorId | undefined;
}

/** Who waits in the queues, the most urgent line first, then in line; those whom somebody is being rung for stand with the others. */
export function waiting(house: House): Waits[] {
  const all: Waits[] = [];
  for (const queue of Object.values(house.queues)) {
    const of = { queue: queue.name ?? queue.number ?? "", rank: queue.rank ?? "outside" };
    const add = (row: Waiting): void => {
      const call_ = house.calls[row.call];
      all.push({ ...row, ...of, call_, party: house.parties[call_?.caller ?? ""], offered: call_?.offered_to });
    };
    for (const row of queue.waiting ?? []) add(row);
    for (const call of Object.values(house.calls))
      if (call.queue === queue.id && call.queue_since_ns && !queue.waiting?.some((row) => row.call === call.id))
        add({ call: call.id, since_ns: call.queue_since_ns, position: 0 });
  }
  const rank = (row: Waits): number => RANKS.indexOf(row.rank);
  return all.sort((a, b) => rank(a) - rank(b) || (a.position ?? 0) - (b.position ?? 0) || Number(BigInt(a.since_ns ?? 0) - BigInt(b.since_ns ?? 0)));
}

/** Callers in an announced wait with recall: parked, camped on, on their way. */
export function parked(house: House): { call: Call; party: Party }[] {
  return Object.values(house.calls)
    .map((call) => ({ call, party: house.parties[call.caller ?? ""] }))
    .filter((row): row is { call: Call; party: Party } => row.party?.custodian === "wait" && !row.call.offered_to && row.call.transfer === undefined);
}

export const connectionOf = (call: Call | undefined, operator: OperatorId): Connection | undefined =>
  call?.connections?.find((c) => c.operator === operator);

/** The caller's line. */
export const callersLine = (call: Call): Connection | undefined => call.connections?.find((c) => c.party === call.caller);

export interface Mine {
  /** what is offered to me, and not taken yet */
  offered: Call | undefined;
  /** the caller's call, or one that I made */
  call: Call | undefined;
  /** the call that consults for it */
  consultation: Call | undefined;
}

export function mine(house: House, operator: OperatorId | undefined): Mine {
  const none = { offered: undefined, call: undefined, consultation: undefined };
  if (!operator) return none;
  const calls = Object.values(house.calls);
  const with_ = calls.filter((call) => {
    const state = connectionOf(call, operator)?.state;
    return state === "connected" || state === "hold" || state === "initiated" || state === "failed";
  });
  const consultation = with_.find((call) => call.parent);
  const call = consultation ? house.calls[consultation.parent!] : (with_[0] && house.calls[with_[0].parent ?? with_[0].id]);
  const rung = (one: Call): boolean => one.offered_to === operator || connectionOf(one, operator)?.state === "alerting";
  return { offered: calls.find((one) => one !== call && rung(one)), call, consultation: consultation ?? house.calls[call?.consultation ?? ""] };
}

/** Who is there, as people are called: name, else number, else the phone's name. */
export function partyName(house: House, party: Party | undefined, line?: Connection): string {
  const device = house.devices[line?.device ?? ""];
  return party?.name || party?.number || device?.name || device?.number || "";
}

/** The far end of a call that an operator made, or consults in. */
export function farEnd(house: House, call: Call, operator: OperatorId): { name: string; number: string; state: string } {
  const line = call.connections?.find((c) => c.operator !== operator);
  const party = house.parties[line?.party ?? ""];
  const device = house.devices[line?.device ?? call.destination ?? ""];
  return { name: party?.name || device?.name || "", number: party?.number || call.dialled || device?.number || "", state: line?.state ?? "initiated" };
}

/** Whoever is responsible for the caller, in words. */
export function keeperName(house: House, party: Party | undefined): string {
  if (!party?.keeper) return "";
  const table = party.custodian === "operator" ? house.operators : party.custodian === "queue" ? house.queues : house.devices;
  return (table as Record<string, { name?: string }>)[party.keeper]?.name ?? "";
}

export type Presence = "free" | "in_use" | "out_of_service" | "closed";
export function presence(house: House, device: DeviceId | undefined): Presence | undefined {
  const found = device ? house.devices[device] : undefined;
  if (!found || found.kind === "trunk") return undefined;
  return !found.in_service ? "out_of_service" : found.closed ? "closed" : (found.lines ?? 0) > 0 ? "in_use" : "free";
}

/** Matters of mine that the next shift must know of. */
export function openMatters(house: House, operator: OperatorId): CallId[] {
  return Object.values(house.calls)
    .filter((call) => call.operator === operator && (connectionOf(call, operator)?.state === "hold" || house.parties[call.caller ?? ""]?.custodian === "wait"))
    .map((call) => call.id);
}
