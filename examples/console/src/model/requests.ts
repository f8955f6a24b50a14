// SPDX-License-Identifier: Apache-2.0
// Open requests as a fold of their events: each event is a whole fact of one request, so what is folded twice changes nothing.

import type { CallId, Event, EventKind, OperatorId, RequestId } from "cordboard";
import { RequestSource, RequestStatus, RequestTime } from "cordboard";

export const REQUEST_KINDS = [
  "request_kind_configured", "request_kind_removed", "request_opened", "request_time_set", "request_taken", "request_passed", "request_noted", "request_changed",
  "request_advanced", "request_told", "request_overdue", "request_escalated", "request_call_due", "request_attempted", "request_attempt_ended",
  "request_approval_asked", "request_approval_answered", "request_closed", "request_confirmed", "entry_owed", "entry_settled",
] as const satisfies readonly EventKind[];
const KINDS: ReadonlySet<string> = new Set(REQUEST_KINDS);

export interface FieldOfKind {
  name: string;
  type: string;
  required: boolean;
  /** who sees it is limited */
  protected: boolean;
}
export interface Kind {
  number: number;
  name: string;
  zh: string;
  en: string;
  fields: readonly FieldOfKind[];
  results: readonly string[];
  stages: readonly string[];
  /** refused after an approval only */
  approval: boolean;
  removed: boolean;
}

export type TimeName = keyof typeof RequestTime;
export interface Request {
  id: RequestId;
  /** as people read it: A-2026-000123 */
  no: string;
  kind: number;
  source: keyof typeof RequestSource | "";
  status: keyof typeof RequestStatus;
  opened_ns: string;
  call: CallId;
  /** an operator's id, or "" and a device's */
  operator: OperatorId;
  device: string;
  /** who was asked to take it over */
  asked: OperatorId;
  name: string;
  number: string;
  fields: Readonly<Record<string, string>>;
  times: Readonly<Partial<Record<TimeName, string>>>;
  stage: string;
  overdue: boolean;
  level: number;
  /** the time to call has come */
  callDue: boolean;
  attempts: number;
  calling: boolean;
  approval: "" | "asked" | "yes" | "no";
  history: readonly Event[];
}
export interface Owed {
  call: CallId;
  operator: OperatorId;
  until_ns: string;
}
export interface Requests {
  kinds: Readonly<Record<number, Kind>>;
  open: Readonly<Record<RequestId, Request>>;
  /** calls of which nothing was written down */
  owed: Readonly<Record<CallId, Owed>>;
  heard: number;
}
export const NO_REQUESTS: Requests = { kinds: {}, open: {}, owed: {}, heard: 0 };

const nameOf = <Names extends Record<string, number>>(names: Names, value: number | undefined): keyof Names | undefined =>
  Object.keys(names).find((name) => names[name] === value);
const words = (text: string | undefined): string[] => (text ?? "").split(" ").filter((word) => word !== "");

/** "name:type!*": `!` it is required, `*` it is protected. */
export function fieldsOf(text: string): FieldOfKind[] {
  return words(text).map((word) => {
    const [, name = word, type = "text", marks = ""] = /^([^:]+):([a-z_]+)([!*]*)$/.exec(word) ?? [];
    return { name, type, required: marks.includes("!"), protected: marks.includes("*") };
  });
}

/** The object of texts that an event carries; nothing when it may not be read, or was erased. */
export function objectOf(text: string | undefined): Record<string, string> {
  try {
    const read: unknown = JSON.parse(text ?? "{}");
    return typeof read === "object" && read !== null ? (read as Record<string, string>) : {};
  } catch {
    return {};
  }
}

export function withRequestEvent(all: Requests, event: Event): Requests {
  if (!KINDS.has(event.kind) || event.sequence <= all.heard) return all;
  const next = { ...all, heard: event.sequence };
  switch (event.kind) {
    case "request_kind_configured": {
      const [name = "", zh = "", en = "", , fields = "", results, stages] = (event.text ?? "").split("\t");
      const number = event.detail ?? 0;
      const kind = { number, name, zh, en, fields: fieldsOf(fields), results: words(results), stages: words(stages), approval: ((event.flags ?? 0) & 1) !== 0, removed: false };
      return { ...next, kinds: { ...all.kinds, [number]: kind } };
    }
    case "request_kind_removed": {
      const kind = all.kinds[event.detail ?? 0];
      return kind ? { ...next, kinds: { ...all.kinds, [kind.number]: { ...kind, removed: true } } } : next;
    }
    case "entry_owed":
      return { ...next, owed: { ...all.owed, [event.call ?? ""]: { call: event.call ?? "", operator: event.operator ?? "", until_ns: event.value ?? "0" } } };
    case "entry_settled": {
      const { [event.call ?? ""]: _, ...owed } = all.owed;
      return { ...next, owed };
    }
    case "request_opened": return { ...next, open: { ...all.open, [event.request!]: opened(event) } };
    case "request_closed": {
      const { [event.request!]: _, ...open } = all.open;
      return { ...next, open };
    }
    default: {
      const request = "request" in event ? all.open[event.request ?? ""] : undefined;
      if (!request) return next;
      const changed = { ...request, ...change(request, event), history: [...request.history, event] };
      return { ...next, open: { ...all.open, [request.id]: changed } };
    }
  }
}

function opened(event: Extract<Event, { kind: "request_opened" }>): Request {
  const { no = "", name = "", number = "", kind: _, ...fields } = objectOf(event.text);
  return {
    id: event.request!, no, kind: event.detail ?? 0, source: nameOf(RequestSource, event.state) ?? "", status: "open", opened_ns: event.time_ns,
    call: event.call ?? "", operator: event.operator ?? "", device: event.device ?? "", asked: "", name, number, fields,
    times: event.value ? { completion: event.value } : {}, stage: "", overdue: false, level: 0, callDue: false, attempts: 0, calling: false, approval: "",
    history: [event],
  };
}

function change(request: Request, event: Event): Partial<Request> {
  switch (event.kind) {
    case "request_time_set": {
      const time = nameOf(RequestTime, event.detail);
      const times = { ...request.times };
      if (time && event.value) times[time] = event.value;
      else if (time) delete times[time];
      return { times, ...(time === "call" ? { callDue: false } : {}), ...(time === "completion" || time === "promised" ? { overdue: false } : {}) };
    }
    case "request_taken": return { status: "taken", operator: event.operator ?? "", device: event.device ?? "", asked: "" };
    case "request_passed": return { asked: event.operator ?? "" };
    case "request_changed": {
      const { name = request.name, number = request.number, ...fields } = objectOf(event.text);
      return { name, number, fields: { ...request.fields, ...fields } };
    }
    case "request_advanced": return { stage: event.text ?? "" };
    case "request_overdue": return { overdue: true };
    case "request_escalated": return { level: event.detail ?? 0 };
    case "request_call_due": return { callDue: true };
    case "request_attempted": return { calling: true, callDue: false };
    case "request_attempt_ended": return { calling: false, attempts: event.state ?? 0 };
    case "request_approval_asked": return { approval: "asked" };
    case "request_approval_answered": return { approval: event.consent === "yes" ? "yes" : "no" };
    default: return {};
  }
}

/** When a request wants somebody: the first of what was promised, its call and its end. */
export function dueAt(request: Request): bigint {
  const { first_contact, completion, promised, call } = request.times;
  const all = [first_contact, completion, promised, call].filter((ns) => ns !== undefined).map(BigInt);
  return all.length > 0 ? all.reduce((a, b) => (a < b ? a : b)) : 0n;
}

/** Overdue ones first, then by the time that is next; those without a time last. */
export function inOrder(all: Requests, fits: (request: Request) => boolean = () => true): Request[] {
  const far = 1n << 62n;
  const key = (r: Request): bigint => (r.overdue ? 0n : dueAt(r) || far);
  return Object.values(all.open).filter(fits).sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : Number(BigInt(a.opened_ns) - BigInt(b.opened_ns))));
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
