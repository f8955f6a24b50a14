// SPDX-License-Identifier: Apache-2.0
// The story of a call, a line for each event that a person would tell.

import type { CallId, Commands, Event, House, OperatorId } from "cordboard";
import { ConsentOf, QueueResult, TransferResult } from "cordboard";
import { enumWord, eventWord, t } from "../text.js";

export interface Line {
  sequence: number;
  time_ns: string;
  what: string;
}

const TOLD: ReadonlySet<string> = new Set([
  "originated", "queued", "queue_left", "offered", "established", "held", "retrieved", "diverted", "transferred", "failed", "conferenced",
  "data_associated", "consent_declared", "transfer_started", "transfer_ended", "hold_overdue", "recording_started", "recording_suspended",
  "recording_resumed", "recording_ended", "recording_declined", "custody_moved", "backup_acting", "malicious_call_marked", "announcement_ended",
  "request_opened", "call_noted", "code_call_started", "code_member_acknowledged", "code_call_ended",
]);

const byValue = (names: Readonly<Record<string, number>>, value: number | undefined): string => Object.keys(names).find((n) => names[n] === value) ?? "";

export function storyLines(house: House, story: readonly Event[] | undefined): Line[] {
  return (story ?? []).filter((e) => TOLD.has(e.kind)).map((e) => ({ sequence: e.sequence, time_ns: e.time_ns, what: sentence(house, e) }));
}

function sentence(house: House, event: Event): string {
  const e = event as Event & { operator?: string; queue?: string; device?: string; text?: string; cause?: string };
  const who = [
    e.queue && house.queues[e.queue]?.name, e.operator && house.operators[e.operator]?.name,
    !e.operator && e.device && house.devices[e.device]?.name,
  ].filter(Boolean);
  const parts: string[] = [eventWord(e.kind), ...(who as string[])];
  switch (event.kind) {
    case "consent_declared":
      parts.push(enumWord("consent_of", byValue(ConsentOf, event.detail)), enumWord("consent", event.consent));
      break;
    case "transfer_ended":
      parts.push(enumWord("transfer_result", byValue(TransferResult, event.detail)));
      break;
    case "queue_left":
      parts.push(enumWord("queue_result", byValue(QueueResult, event.detail)), `${event.state ?? 0} ${t("rings")}`);
      break;
    case "custody_moved": parts.splice(1, 0, enumWord("custodian", event.custodian)); break;
    case "data_associated":
    case "call_noted": parts.push(event.text ?? ""); break;
    default: break;
  }
  if (e.cause && !["none", "normal", "new_call"].includes(e.cause)) parts.push(`(${enumWord("cause", e.cause)})`);
  return parts.filter((p) => p !== "").join(" · ");
}

type Note = Extract<Event, { kind: "call_noted" }>;

/** What a call was about, as it was last written. */
export function lastNote(house: House, call: CallId): Note | undefined {
  return house.stories[call]?.findLast((e): e is Note => e.kind === "call_noted");
}
export function noteOf(operator: OperatorId | undefined, call: CallId, text: string, corrects: Note | undefined): Commands["note_call"] {
  return { call, text: text.trim(), ...(operator ? { operator } : {}), ...(corrects ? { other: String(corrects.sequence) } : {}) };
}
