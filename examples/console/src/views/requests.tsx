// SPDX-License-Identifier: Apache-2.0
import type { Commands } from "cordboard";
import { RequestTime, ToldOf } from "cordboard";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { dueAt, inOrder, type Request, type TimeName } from "../model/requests.js";
import { fieldWord } from "../field_words.js";
import { clock, ms } from "../model/time.js";
import { enumWord, eventWord, spoken, t, type TextKey } from "../text.js";
import { ChoiceList, useApp, useNow } from "./parts.js";

/** Requests by when they want somebody, and all that can be done with one. */
export function RequestsView(): JSX.Element {
  const app = useApp();
  const now = useNow();
  const [mineOnly, setMineOnly] = useState(false);
  const rows = inOrder(app.requests, (r) => !mineOnly || r.operator === app.me || r.asked === app.me);
  const chosen = app.request ? app.requests.open[app.request] : undefined;
  return (
    <>
      <section class="column" aria-labelledby="requests-title">
        <h2 id="requests-title">{t("requests")} <span class="count">{rows.length}</span>
          <button type="button" class="action small" onClick={() => app.set({ dialog: "request" })}><span>{t("new_request")}</span><kbd>Alt+Q</kbd></button>
        </h2>
        <label class="choice"><input type="checkbox" checked={mineOnly} onChange={(event) => setMineOnly(event.currentTarget.checked)} /> {t("mine_only")}</label>
        <ChoiceList id="requests" label={t("requests")} rows={rows} keyOf={(row) => row.id} chosen={app.request} empty={t("no_requests")} choose={(request) => app.set({ request })}>
          {(row) => <RequestRow row={row} now={now} />}
        </ChoiceList>
      </section>
      <section class="column" aria-labelledby="request-title">
        {chosen ? <OneRequest key={chosen.id} request={chosen} /> : <h2 id="request-title" class="empty">{t("no_requests")}</h2>}
      </section>
    </>
  );
}

function kindName(kind: { zh: string; en: string; name: string } | undefined): string {
  return kind ? (spoken() === "zh" ? kind.zh : kind.en) || kind.name : "";
}
function when(ns: string | bigint | undefined): string {
  return ns ? new Date(ms(String(ns))).toLocaleString(spoken() === "zh" ? "zh-CN" : "en-GB", { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }) : "";
}
function useOwner(request: Request): string {
  const { house } = useApp();
  return house.operators[request.operator]?.name ?? house.devices[request.device]?.name ?? "";
}

function RequestRow({ row, now }: { row: Request; now: number }): JSX.Element {
  const app = useApp();
  const due = dueAt(row);
  return (
    <>
      <b>{row.no || kindName(app.requests.kinds[row.kind])} {row.name}</b>
      <span class={row.overdue || (due > 0n && Number(due / 1_000_000n) < now) ? "late" : "time"}>{due > 0n ? when(due) : t("no_due")}</span>
      <small>{[kindName(app.requests.kinds[row.kind]), enumWord("request_status", row.status), useOwner(row)].filter(Boolean).join(" · ")}</small>
      <span>{row.calling ? <span class="badge">{t("calling_now")}</span> : row.callDue ? <span class="badge main">{t("call_due")}</span> : null}
        {row.level > 0 && <span class="badge bad">{t("escalated")} {row.level}</span>}</span>
    </>
  );
}

function OneRequest({ request }: { request: Request }): JSX.Element {
  const app = useApp();
  const kind = app.requests.kinds[request.kind];
  return (
    <>
      <h2 id="request-title">{request.no} {kindName(kind)} <span class="badge">{enumWord("request_status", request.status)}</span></h2>
      <dl class="fields">
        <div><dt>{t("person")}</dt><dd>{request.name} <span class="number">{request.number}</span></dd></div>
        <div><dt>{t("owner")}</dt><dd>{useOwner(request)}{request.asked && ` (${t("asked_over")}: ${app.house.operators[request.asked]?.name})`}</dd></div>
        {Object.entries(request.times).map(([name, ns]) => <div key={name}><dt>{enumWord("request_time", name)}</dt><dd>{when(ns)}</dd></div>)}
        {request.stage && <div><dt>{t("stage")}</dt><dd>{fieldWord(request.stage)}</dd></div>}
        {Object.entries(request.fields).filter(([, value]) => value !== "").map(([name, value]) => <div key={name}><dt>{fieldWord(name)}</dt><dd>{value === "yes" ? t("yes") : value === "no" ? t("no") : value}</dd></div>)}
      </dl>
      {request.approval === "asked" && app.allowed("answer_approval") && (
        <p class="actions">{t("approval_wanted")}
          <button type="button" class="action small main" onClick={() => void app.give("answer_approval", { request: request.id, consent: "yes" })}>{t("grant")}</button>
          <button type="button" class="action small" onClick={() => void app.give("answer_approval", { request: request.id, consent: "no" })}>{t("refuse")}</button>
        </p>
      )}
      <Doing request={request} />
      <section class="story" aria-labelledby="history-title">
        <h3 id="history-title">{t("history")}</h3>
        <ol tabIndex={0} aria-labelledby="history-title">{[...request.history].reverse().map((event) => (
          <li key={event.sequence}><time>{clock(event.time_ns)}</time> {eventWord(event.kind)} {"text" in event && event.kind !== "request_opened" && event.kind !== "request_changed" ? event.text : ""}</li>
        ))}</ol>
      </section>
    </>
  );
}

type What = "take_request" | "call_request" | "note_request" | "promise_request" | "tell_request" | "advance_request" | "pass_request" | "close_request" | "ask_approval" | "refuse_request" | "cancel_request";
/** What each asks for beside the request. */
const ASKS: Readonly<Record<What, readonly ("text" | "when" | "time" | "told" | "stage" | "whom" | "result")[]>> = {
  take_request: [], call_request: [], note_request: ["text"], promise_request: ["time", "when", "text"], tell_request: ["told", "text"], advance_request: ["stage"],
  pass_request: ["whom", "text"], close_request: ["result", "text"], ask_approval: ["text"], refuse_request: ["text"], cancel_request: ["text"],
};
const TIMES: readonly TimeName[] = ["promised", "call", "appointment"];

/** One form for all that can be done: what, its particulars, Enter. */
function Doing({ request }: { request: Request }): JSX.Element {
  const app = useApp();
  const kind = app.requests.kinds[request.kind];
  const all = (Object.keys(ASKS) as What[]).filter((what) => (what === "ask_approval" ? kind?.approval : what === "advance_request" ? (kind?.stages.length ?? 0) > 0 : true));
  const [what, setWhat] = useState<What>(request.status === "open" ? "take_request" : request.callDue ? "call_request" : "note_request");
  const asks = ASKS[what];
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    const value = (name: string): string => String(given.get(name) ?? "").trim();
    if (await app.give(what, fieldsFor(what, request, app.me, value))) form.reset();
  };
  return (
    <form class="doing" onSubmit={(event) => void submit(event)}>
      <label>{t("what_to_do")}
        <select value={what} onChange={(event) => setWhat(event.currentTarget.value as What)}>{all.map((one) => <option key={one} value={one}>{t(one as TextKey)}</option>)}</select>
      </label>
      {asks.includes("time") && <label>{t("what_time")}<select name="time">{TIMES.map((name) => <option key={name} value={RequestTime[name]}>{enumWord("request_time", name)}</option>)}</select></label>}
      {asks.includes("when") && <label>{t("when")}<input name="when" type="datetime-local" required /></label>}
      {asks.includes("told") && <label>{t("told_what")}<select name="told">{Object.entries(ToldOf).map(([name, number]) => <option key={name} value={number}>{enumWord("told_of", name)}</option>)}</select></label>}
      {asks.includes("stage") && <label>{t("stage")}<select name="stage">{kind?.stages.map((stage) => <option key={stage} value={stage}>{fieldWord(stage)}</option>)}</select></label>}
      {asks.includes("whom") && <label>{t("to_whom")}<select name="whom">{Object.values(app.house.operators).filter((o) => o.id !== request.operator).map((o) => <option key={o.id} value={o.id}>{o.name}</option>)}</select></label>}
      {asks.includes("result") && <label>{t("result")}<select name="result">{kind?.results.map((result) => <option key={result} value={result}>{fieldWord(result)}</option>)}</select></label>}
      {asks.includes("text") && <label class="grows">{t("text")}<input name="text" maxLength={110} required={what !== "close_request" && what !== "promise_request" && what !== "pass_request" && what !== "tell_request"} autocomplete="off" /></label>}
      <button type="submit" class="main">{t(what as TextKey)}</button>
    </form>
  );
}

function fieldsFor(what: What, { id: request, number }: Request, me: string | undefined, value: (name: string) => string): Commands[What] {
  const operator = me ? { operator: me } : {};
  const text = value("text") ? { text: value("text") } : {};
  switch (what) {
    case "take_request": return { request, ...operator };
    case "call_request": return { request, text: number, ...operator };
    case "note_request": return { request, text: value("text"), ...operator };
    case "promise_request": return { request, detail: Number(value("time")) as 3, value: String(BigInt(new Date(value("when")).getTime()) * 1_000_000n), ...text, ...operator };
    case "tell_request": return { request, detail: Number(value("told")) as 1, ...text, ...operator };
    case "advance_request": return { request, text: value("stage") };
    case "pass_request": return { request, operator: value("whom"), ...text };
    case "close_request": return { request, text: JSON.stringify({ result: value("result"), ...(value("text") ? { note: value("text") } : {}) }) };
    default: return { request, text: value("text") };
  }
}
