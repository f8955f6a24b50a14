// SPDX-License-Identifier: Apache-2.0
// Open requests as people look at them: whose they are, and which of them wants somebody first.

import type { DeviceId, House, OpenRequest, OperatorId, RequestKind, Session } from "cordboard";

/** When a request wants somebody: the first of what was promised, its call and its end. */
export function dueAt(request: OpenRequest): bigint {
  const { first_contact, completion, promised, call } = request.times ?? {};
  const all = [first_contact, completion, promised, call].filter((ns) => ns !== undefined).map(BigInt);
  return all.length > 0 ? all.reduce((a, b) => (a < b ? a : b)) : 0n;
}

/** Overdue ones first, then by the time that is next; those without a time last. */
export function inOrder(house: House, fits: (request: OpenRequest) => boolean = () => true): OpenRequest[] {
  const far = 1n << 62n;
  const key = (r: OpenRequest): bigint => (r.overdue ? 0n : dueAt(r) || far);
  return Object.values(house.requests).filter(fits).sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : Number(BigInt(a.opened_ns ?? 0) - BigInt(b.opened_ns ?? 0))));
}

export const kindOf = (house: House, request: OpenRequest): RequestKind | undefined => house.request_kinds[request.kind ?? 0];

/** For whom somebody acts who is logged on: an operator's position, the departments of a handler or of the head of a unit. */
export interface Keeper {
  operator: OperatorId | undefined;
  devices: readonly DeviceId[];
}
export function keeperOf(house: House, session: Session | undefined, me: OperatorId | undefined): Keeper {
  const numbers = new Set(session?.departments ?? []);
  return { operator: me, devices: Object.values(house.devices).filter((d) => d.number && numbers.has(d.number)).map((d) => d.id) };
}
const is = ({ operator, devices }: Keeper, who: OperatorId | undefined, where: DeviceId | undefined): boolean =>
  (who !== undefined && who === operator) || (where !== undefined && devices.includes(where));
export const owns = (keeper: Keeper, r: OpenRequest): boolean => is(keeper, r.operator, r.device);
export const isAsked = (keeper: Keeper, r: OpenRequest): boolean => is(keeper, r.asked_operator, r.asked_device);
export const concerns = (keeper: Keeper, r: OpenRequest): boolean => owns(keeper, r) || isAsked(keeper, r);

export type Group = "asked" | "approvals" | "late" | "calls" | "today" | "later";
export const GROUPS: readonly Group[] = ["asked", "approvals", "late", "calls", "today", "later"];

/** Why a matter of mine is on my table; the first that holds. @param dayEnd  midnight, ns */
export function groupOf(keeper: Keeper, request: OpenRequest, now: bigint, dayEnd: bigint): Group {
  const due = dueAt(request);
  if (isAsked(keeper, request)) return "asked";
  if (request.approval === "asked") return "approvals";
  if (request.overdue || (due > 0n && due <= now)) return "late";
  if (request.call_due) return "calls";
  return due > 0n && due < dayEnd ? "today" : "later";
}

/** Bytes of a command's text. */
const TEXT_MAX = 384;

/** An object as few texts that commands can carry; nothing when one value alone is too long. */
export function pieces(object: Readonly<Record<string, string>>, max = TEXT_MAX): string[] | undefined {
  const bytes = (one: object): number => new TextEncoder().encode(JSON.stringify(one)).length;
  const out: Record<string, string>[] = [{}];
  for (const [key, value] of Object.entries(object)) {
    if (bytes({ [key]: value }) > max) return undefined;
    const last = out.at(-1)!;
    if (bytes({ ...last, [key]: value }) > max) out.push({ [key]: value });
    else last[key] = value;
  }
  return out.map((one) => JSON.stringify(one));
}
