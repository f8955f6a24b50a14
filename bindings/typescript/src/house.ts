// SPDX-License-Identifier: Apache-2.0
// The house as the gateway tells it: a snapshot, then whole objects that take the place of the former ones. Nothing here is changed in
// place, so a screen sees by identity what is new. What is 0, empty or false is left out, as the gateway does.

import type {
  CallId, Cause, Consent, ConnectionStateName, ConsentPolicyName, Custodian, DeviceId, DeviceKindName, Event, LegId, MediaPathName, OperatorId,
  NightModeName, OperatorStateName, PartyId, PartyRoleName, QueueClassName, QueueId, RequestId, RequestSourceName, RequestStatusName, RequestTimeName, TransferStateName,
} from "./schema.js";

/** A call at a device. */
export interface Connection {
  leg: LegId;
  party?: PartyId;
  device?: DeviceId;
  /** whose phone it is */
  operator?: OperatorId;
  state: ConnectionStateName;
  /** hears, and is not heard */
  silent?: boolean;
  /** heard by the operator alone */
  whispering?: boolean;
}

export interface Call {
  id: CallId;
  /** of its connections' states the most telling: hold, alerting, queued, initiated, connected, failed */
  state: ConnectionStateName;
  /** what a command may expect */
  revision?: number;
  since_ns?: string;
  caller?: PartyId;
  custodian?: Custodian;
  /** the operator, queue or device that `custodian` means */
  keeper?: string;
  /** who has, or last had, the caller */
  operator?: OperatorId;
  queue?: QueueId;
  /** the call that this one consults for */
  parent?: CallId;
  /** the call that consults for this one */
  consultation?: CallId;
  destination?: DeviceId;
  offered_to?: OperatorId;
  offer_until_ns?: string;
  caller_consent?: Consent;
  target_consent?: Consent;
  transfer?: { state?: TransferStateName; consultation?: CallId; target?: PartyId; device?: DeviceId; operator?: OperatorId };
  hold_until_ns?: string;
  /** when the caller began to wait in the queue */
  queue_since_ns?: string;
  rings?: "late";
  /** what somebody bound to the call */
  data?: string;
  dialled?: string;
  recording?: { sequence?: number; since_ns?: string; suspended?: boolean };
  recording_declined?: boolean;
  media?: MediaPathName;
  marks?: string[];
  connections?: Connection[];
}

export interface Party {
  id: PartyId;
  role?: PartyRoleName;
  custodian?: Custodian;
  keeper?: string;
  /** why custody is where it is, and until when, if it is an announced wait */
  why?: Cause;
  until_ns?: string;
  call?: CallId;
  leg?: LegId;
  /** masked for who may not read texts */
  number?: string;
  name?: string;
}

export interface Operator {
  id: OperatorId;
  name?: string;
  /** said to callers */
  number?: string;
  state?: OperatorStateName;
  /** what follows the present call */
  after?: OperatorStateName;
  since_ns?: string;
  device?: DeviceId;
  reason?: number;
  after_reason?: number;
  reason_until_ns?: string;
  /** end of the work after a call */
  until_ns?: string;
  /** the reason that approval was asked for */
  leave?: number;
  leave_until_ns?: string;
  calls?: CallId[];
  taken?: number;
  shift_until_ns?: string;
  /** calls are offered on the screen first: the phone rings on `answer` */
  screen?: boolean;
  /** the line to the phone that is kept, with the id of its leg */
  line?: LegId;
}

export interface Waiting {
  call: CallId;
  position?: number;
  expected_ns?: string;
  since_ns?: string;
  /** when the last ring within which the caller is to be answered begins */
  rings_due_ns?: string;
}

export interface Queue {
  id: QueueId;
  number?: string;
  name?: string;
  rank?: QueueClassName;
  operators?: OperatorId[];
  /** in line; without those who are offered to an operator at present */
  waiting?: Waiting[];
  closed?: boolean;
  by_hand?: NightModeName;
  until_ns?: string;
  supervisor?: DeviceId;
}

export interface Device {
  id: DeviceId;
  kind?: DeviceKindName;
  number?: string;
  name?: string;
  department?: boolean;
  policy?: ConsentPolicyName;
  in_service?: boolean;
  /** how many lines it has at present */
  lines?: number;
  closed?: boolean;
  by_hand?: NightModeName;
  until_ns?: string;
}

export interface Reason {
  name?: string;
  limit_ns?: string;
  times?: number;
  approval?: boolean;
}

/** The plan of an emergency. */
export interface CodePlan {
  number: string;
  name?: string;
  enough?: number;
  members?: (string | { number: string; step?: number })[];
}

/** An emergency that runs. */
export interface CodeRun {
  call: CallId;
  plan?: string;
  began_ns?: string;
  enough?: number;
  step?: number;
  round?: number;
  members?: { number: string; step?: number; progress?: string }[];
  until_ns?: string;
}

/** A shift that was handed over and not accepted yet. */
export interface HandOver {
  operator?: OperatorId;
}

export interface RequestField {
  name: string;
  /** text, integer, date, phone, yes_no */
  type: string;
  required?: boolean;
  /** who sees it is limited */
  protected?: boolean;
}
/** A kind of request, as it is configured. */
export interface RequestKind {
  name: string;
  zh?: string;
  en?: string;
  fields?: RequestField[];
  results?: string[];
  stages?: string[];
  /** refused after an approval only */
  approval?: boolean;
  /** there are no new ones */
  removed?: boolean;
}

/** A request that is not closed. */
export interface OpenRequest {
  id: RequestId;
  /** as people read it: A-2026-000123 */
  no: string;
  /** number of its kind */
  kind?: number;
  source?: RequestSourceName;
  status: RequestStatusName;
  opened_ns?: string;
  /** in which it came in */
  call?: CallId;
  /** the owner: an operator, or else a phone or department */
  operator?: OperatorId;
  device?: DeviceId;
  /** who was asked to take it over */
  asked_operator?: OperatorId;
  asked_device?: DeviceId;
  /** the person; masked for who may not read texts */
  name?: string;
  number?: string;
  /** those of its kind; nothing for who may not read texts */
  fields?: Record<string, string>;
  /** what is not met yet */
  times?: Partial<Record<RequestTimeName, string>>;
  stage?: string;
  overdue?: boolean;
  /** how far up it has gone */
  level?: number;
  /** the time to call has come */
  call_due?: boolean;
  attempts?: number;
  /** the call to the person that runs */
  attempt?: CallId;
  /** whether it may be refused */
  approval?: "asked" | "yes";
}

/** A call of which nothing was written down. */
export interface OwedEntry {
  call: CallId;
  operator?: OperatorId;
  until_ns?: string;
}

interface Tables {
  calls: Record<CallId, Call>;
  parties: Record<PartyId, Party>;
  operators: Record<OperatorId, Operator>;
  queues: Record<QueueId, Queue>;
  devices: Record<DeviceId, Device>;
  /** by number */
  reasons: Record<string, Reason>;
  /** by the number to dial */
  code_plans: Record<string, CodePlan>;
  code_runs: Record<CallId, CodeRun>;
  /** by the sequence of the shift_handed_over */
  hand_overs: Record<string, HandOver>;
  /** by number */
  request_kinds: Record<string, RequestKind>;
  requests: Record<RequestId, OpenRequest>;
  owed: Record<CallId, OwedEntry>;
}
const TABLES = [
  "calls", "parties", "operators", "queues", "devices", "reasons", "code_plans", "code_runs", "hand_overs", "request_kinds", "requests", "owed",
] as const satisfies readonly (keyof Tables)[];

interface Head {
  /** every event up to here is in it, none behind */
  sequence: number;
  time_ns: string;
  board?: { stopping?: boolean; recordings_lost?: boolean };
}

/** `GET /v1/snapshot` */
export interface Snapshot extends Head, Partial<Tables> {}

/** What has changed: an object takes the place of the former one, null says that it is gone. A whole one takes the place of all. */
export type StateChange = Head & { whole?: boolean } & { [T in keyof Tables]?: { [id: string]: Tables[T][string] | null } };

/** The whole house at one sequence of its log, with what happened to each call, as far as it was heard or read. */
export interface House extends Readonly<Head>, Readonly<Tables> {
  /** by call, oldest first */
  readonly stories: Readonly<Record<CallId, readonly Event[]>>;
  /** the position of the newest event in `stories`: what comes again changes nothing */
  readonly heard: number;
}

export const EMPTY_HOUSE: House = {
  sequence: 0, time_ns: "0", calls: {}, parties: {}, operators: {}, queues: {}, devices: {}, reasons: {}, code_plans: {}, code_runs: {},
  hand_overs: {}, request_kinds: {}, requests: {}, owed: {}, stories: {}, heard: 0,
};

/** Events of a call that stay; its beginning and its newest part are what a person asks for. */
const STORY_MAX = 300;

export function houseOf(snapshot: Snapshot): House {
  return { ...EMPTY_HOUSE, ...snapshot, heard: snapshot.sequence };
}

/** The house after a change. What it has already changes nothing: it is returned as it is. */
export function withState(house: House, change: StateChange): House {
  if (change.sequence <= house.sequence && !change.whole) return house;
  const base = change.whole ? { ...EMPTY_HOUSE, stories: house.stories } : house;
  const heard = change.whole ? Math.max(house.heard, change.sequence) : house.heard;
  const next: { -readonly [K in keyof House]: House[K] } = { ...base, heard, sequence: change.sequence, time_ns: change.time_ns };
  if (change.board) next.board = change.board;
  for (const table of TABLES) {
    const changed = change[table];
    if (!changed) continue;
    const rows: Record<string, unknown> = { ...base[table] };
    for (const [id, row] of Object.entries(changed)) {
      if (row === null) delete rows[id];
      else rows[id] = row;
    }
    (next as Record<string, unknown>)[table] = rows;
  }
  const over = Object.keys(house.stories).filter((id) => !(id in next.calls));
  if (over.length > 0) {
    const stories = { ...house.stories };
    for (const id of over) delete stories[id];
    next.stories = stories;
  }
  return next;
}

/** The house with one event more in the story of its call. */
export function withEvent(house: House, event: Event): House {
  if (event.sequence <= house.heard) return house;
  const heard = { ...house, heard: event.sequence };
  return "call" in event && event.call ? { ...heard, stories: told(house.stories, event.call, [event]) } : heard;
}

/** The house with what the log's past says of a call, in whatever order it was asked for. */
export function withPast(house: House, call: CallId, past: readonly Event[]): House {
  return { ...house, stories: told(house.stories, call, past) };
}

function told(stories: House["stories"], call: CallId, more: readonly Event[]): House["stories"] {
  const all = new Map([...(stories[call] ?? []), ...more].map((e) => [e.sequence, e]));
  const story = [...all.values()].sort((a, b) => a.sequence - b.sequence);
  const kept = story.length <= STORY_MAX ? story : [...story.slice(0, 50), ...story.slice(50 - STORY_MAX)];
  return { ...stories, [call]: kept };
}

