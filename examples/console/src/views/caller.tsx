// SPDX-License-Identifier: Apache-2.0
import type { CallerRecord, OpenRequest, Party } from "cordboard";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { inOrder, kindOf } from "../model/requests.js";
import { ms } from "../model/time.js";
import { enumWord, spoken, t } from "../text.js";
import { useApp } from "./parts.js";

const digits = (number: string | undefined): string => (number ?? "").replace(/\D/g, "");

/** What is known of a caller as the call rings: who it may be, what was said before, what is still open. */
export function CallerKnown({ party }: { party: Party | undefined }): JSX.Element | null {
  const app = useApp();
  const [record, setRecord] = useState<CallerRecord | undefined>(undefined);
  const number = party?.number ?? "";
  useEffect(() => {
    setRecord(undefined);
    let gone = false;
    app.known(number)?.then((found) => gone || setRecord(found), () => {});
    return () => {
      gone = true;
    };
  }, [number]);
  // The house knows what is open now, the store whose it is in every spelling of every number.
  const fromStore = new Set(record?.requests.map((r) => r.request));
  const open = digits(number) === "" ? [] : inOrder(app.house, (r) => digits(r.number) === digits(number) || fromStore.has(r.id));
  const persons = record?.persons ?? [];
  const calls = (record?.calls ?? []).filter((one) => !app.house.calls[one.call]);
  if (open.length + persons.length + calls.length === 0) return null;
  return (
    <section class="known" aria-label={t("caller_known")}>
      {persons.map((person) => (
        <p key={person.id} class="facts">{person.said.filter((one) => !one.number).map((one, at) => <span key={at} class={one.name ? "strong" : one.group ? "badge" : ""}>{one.name ?? one.group ?? one.note ?? one.family ?? one.card}</span>)}</p>
      ))}
      {open.length > 0 && (
        <ul aria-label={t("open_requests")}>{open.slice(0, 3).map((request) => (
          <li key={request.id}>
            <button type="button" class="plain" onClick={() => app.set({ view: "requests", request: request.id })}>{request.no}</button>
            <span>{kind(app.house.request_kinds[request.kind ?? 0] ?? kindOf(app.house, request))} · {enumWord("request_status", request.status)}{matter(request)}</span>
          </li>
        ))}</ul>
      )}
      {calls.length > 0 && (
        <ul aria-label={t("earlier_calls")}>{calls.slice(0, 3).map((one) => (
          <li key={one.call}><time>{day(one.began_ns)}</time> <span>{[one.operator ?? (one.answered_ns ? "" : t("not_answered")), one.notes?.at(-1)].filter(Boolean).join(" · ")}</span></li>
        ))}</ul>
      )}
    </section>
  );
}

const kind = (one: { zh?: string; en?: string; name: string } | undefined): string => (one ? (spoken() === "zh" ? one.zh : one.en) || one.name : "");
const matter = (request: OpenRequest): string => {
  const said = request.fields?.["matter"] ?? request.fields?.["question"];
  return said ? ` · ${said}` : "";
};
const day = (ns: string | undefined): string =>
  ns ? new Date(ms(ns)).toLocaleString(spoken() === "zh" ? "zh-CN" : "en-GB", { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }) : "";
