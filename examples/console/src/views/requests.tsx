// SPDX-License-Identifier: Apache-2.0
import type { Commands, DeviceId, Event, OpenRequest, RequestKind, RequestTimeName } from "cordboard";
import { RequestTime, ToldOf } from "cordboard";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { concerns, dueAt, inOrder, isAsked, kindOf, type Keeper } from "../model/requests.js";
import { fieldWord } from "../field_words.js";
import { clock, ms } from "../model/time.js";
import { enumWord, eventWord, spoken, t, type TextKey } from "../text.js";
import { ChoiceList, useApp, useAsked, useNow } from "./parts.js";

/** Requests by when they want somebody, and all that can be done with one. */
export function RequestsView(): JSX.Element {
  const app = useApp();
  const now = useNow();
  const [mineOnly, setMineOnly] = useState(false);
  const rows = inOrder(app.house, (r) => !mineOnly || concerns(app.keeper(), r));
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
      <ChosenRequest />
    </>
  );
}

export function ChosenRequest(): JSX.Element {
  const app = useApp();
  const chosen = app.request ? app.house.requests[app.request] : undefined;
  return (
    <section class="column" aria-labelledby="request-title">
      {chosen ? <OneRequest key={chosen.id} request={chosen} /> : <h2 id="request-title" class="empty">{t(Object.keys(app.house.requests).length > 0 ? "choose_request" : "no_requests")}</h2>}
    </section>
  );
}

function kindName(kind: RequestKind | undefined): string {
  return kind ? (spoken() === "zh" ? kind.zh : kind.en) || kind.name : "";
}
function when(ns: string | bigint | undefined): string {
  return ns ? new Date(ms(String(ns))).toLocaleString(spoken() === "zh" ? "zh-CN" : "en-GB", { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }) : "";
}
function useOwner(request: OpenRequest): string {
  const { house } = useApp();
  return house.operators[request.operator ?? ""]?.name ?? house.devices[request.device ?? ""]?.name ?? "";
}

export function RequestRow({ row, now }: { row: OpenRequest; now: number }): JSX.Element {
  const app = useApp();
  const due = dueAt(row);
  return (
    <>
      <b>{row.no} {row.name}</b>
      <span class={row.overdue || (due > 0n && Number(due / 1_000_000n) < now) ? "late" : "time"}>{due > 0n ? when(due) : t("no_due")}</span>
      <small>{[kindName(kindOf(app.house, row)), enumWord("request_status", row.status), useOwner(row)].filter(Boolean).join(" · ")}</small>
      <span>{row.attempt ? <span class="badge">{t("calling_now")}</span> : row.call_due ? <span class="badge main">{t("call_due")}</span> : null}
        {row.level ? <span class="badge bad">{t("escalated")} {row.level}</span> : null}</span>
    </>
  );
}

function OneRequest({ request }: { request: OpenRequest }): JSX.Element {
  const app = useApp();
  const asked = app.house.operators[request.asked_operator ?? ""]?.name ?? app.house.devices[request.asked_device ?? ""]?.name;
  return (
    <>
      <h2 id="request-title">{request.no} {kindName(kindOf(app.house, request))} <span class="badge">{enumWord("request_status", request.status)}</span></h2>
      <dl class="fields">
        <div><dt>{t("person")}</dt><dd>{request.name} <span class="number">{request.number}</span></dd></div>
        <div><dt>{t("owner")}</dt><dd>{useOwner(request)}{asked && ` (${t("asked_over")}: ${asked})`}</dd></div>
        {Object.entries(request.times ?? {}).map(([name, ns]) => <div key={name}><dt>{enumWord("request_time", name)}</dt><dd>{when(ns)}</dd></div>)}
        {request.stage && <div><dt>{t("stage")}</dt><dd>{fieldWord(request.stage)}</dd></div>}
        {Object.entries(request.fields ?? {}).map(([name, value]) => <div key={name}><dt>{fieldWord(name)}</dt><dd>{value === "yes" ? t("yes") : value === "no" ? t("no") : value}</dd></div>)}
      </dl>
      {request.approval === "asked" && app.allowed("answer_approval") && (
        <p class="actions">{t("approval_wanted")}
          <button type="button" class="action small main" onClick={() => void app.give("answer_approval", { request: request.id, consent: "yes" })}>{t("grant")}</button>
          <button type="button" class="action small" onClick={() => void app.give("answer_approval", { request: request.id, consent: "no" })}>{t("refuse")}</button>
        </p>
      )}
      <Doing request={request} />
      <History request={request} />
    </>
  );
}

function sentence(event: Event): string {
  if (event.kind === "request_time_set") {
    const which = Object.entries(RequestTime).find(([, number]) => number === event.detail)?.[0];
    return `${enumWord("request_time", which)}: ${event.value ? when(event.value) : "—"}`;
  }
  const said = "text" in event && event.kind !== "request_opened" && event.kind !== "request_changed" ? event.text : "";
  return [eventWord(event.kind), said].filter(Boolean).join(" ");
}

/** What the log says of it. Each event of a request makes its row another one, so it is read again then. */
function History({ request }: { request: OpenRequest }): JSX.Element {
  const app = useApp();
  const { value } = useAsked(async (signal) => {
    const past: Event[] = [];
    for await (const event of app.client.past({ requests: [request.id], ...(request.opened_ns ? { since_ns: request.opened_ns } : {}) }, signal)) past.push(event);
    return past;
  }, request);
  const told = (value ?? []).filter((event) => !event.kind.startsWith("command_"));
  return (
    <section class="story" aria-labelledby="history-title">
      <h3 id="history-title">{t("history")}</h3>
      <ol tabIndex={0} aria-labelledby="history-title">{told.reverse().map((event) => (
        <li key={event.sequence}><time>{clock(event.time_ns)}</time> {sentence(event)}</li>
      ))}</ol>
    </section>
  );
}

type What = "take_request" | "call_request" | "note_request" | "promise_request" | "tell_request" | "advance_request" | "pass_request" | "close_request" | "ask_approval" | "refuse_request" | "cancel_request";
/** What each asks for beside the request. */
const ASKS: Readonly<Record<What, readonly ("text" | "when" | "time" | "told" | "stage" | "whom" | "result")[]>> = {
  take_request: [], call_request: [], note_request: ["text"], promise_request: ["time", "when", "text"], tell_request: ["told", "text"], advance_request: ["stage"],
  pass_request: ["whom", "text"], close_request: ["result", "text"], ask_approval: ["text"], refuse_request: ["text"], cancel_request: ["text"],
};
const TIMES: readonly RequestTimeName[] = ["promised", "call", "appointment"];

/** One form for all that can be done: what, its particulars, Enter. */
function Doing({ request }: { request: OpenRequest }): JSX.Element {
  const app = useApp();
  const kind = kindOf(app.house, request);
  const keeper = app.keeper();
  const all = (Object.keys(ASKS) as What[]).filter((what) => app.allowed(what) && (what === "ask_approval" ? kind?.approval : what === "advance_request" ? (kind?.stages?.length ?? 0) > 0 : true));
  const [what, setWhat] = useState<What>(request.status === "open" || isAsked(keeper, request) ? "take_request" : request.call_due ? "call_request" : "note_request");
  const asks = ASKS[what];
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    const value = (name: string): string => String(given.get(name) ?? "").trim();
    if (await app.give(what, fieldsFor(what, request, keeper, value))) form.reset();
  };
  return (
    <form class="doing" onSubmit={(event) => void submit(event)}>
      <label>{t("what_to_do")}
        <select value={what} onChange={(event) => setWhat(event.currentTarget.value as What)}>{all.map((one) => <option key={one} value={one}>{t(one as TextKey)}</option>)}</select>
      </label>
      {asks.includes("time") && <label>{t("what_time")}<select name="time">{TIMES.map((name) => <option key={name} value={RequestTime[name]}>{enumWord("request_time", name)}</option>)}</select></label>}
      {asks.includes("when") && <label>{t("when")}<input name="when" type="datetime-local" required /></label>}
      {asks.includes("told") && <label>{t("told_what")}<select name="told">{Object.entries(ToldOf).map(([name, number]) => <option key={name} value={number}>{enumWord("told_of", name)}</option>)}</select></label>}
      {asks.includes("stage") && <label>{t("stage")}<select name="stage">{kind?.stages?.map((stage) => <option key={stage} value={stage}>{fieldWord(stage)}</option>)}</select></label>}
      {asks.includes("whom") && <label>{t("to_whom")}<select name="whom">
        {Object.values(app.house.operators).filter((o) => o.id !== request.operator).map((o) => <option key={o.id} value={`operator ${o.id}`}>{o.name}</option>)}
        {Object.values(app.house.devices).filter((d) => d.department && d.id !== request.device).map((d) => <option key={d.id} value={`device ${d.id}`}>{d.name}</option>)}
      </select></label>}
      {asks.includes("result") && <label>{t("result")}<select name="result">{kind?.results?.map((result) => <option key={result} value={result}>{fieldWord(result)}</option>)}</select></label>}
      {asks.includes("text") && <label class="grows">{t("text")}<input name="text" maxLength={110} required={what !== "close_request" && what !== "promise_request" && what !== "pass_request" && what !== "tell_request"} autocomplete="off" /></label>}
      <button type="submit" class="main">{t(what as TextKey)}</button>
    </form>
  );
}

/** Whoever takes it: the operator at this position; else the department that has it or was asked, else the first that is acted for. */
function taker({ operator, devices }: Keeper, request: OpenRequest): { operator?: string; device?: DeviceId } {
  if (operator) return { operator };
  const device = [request.asked_device, request.device].find((one) => one !== undefined && devices.includes(one)) ?? devices[0];
  return device ? { device } : {};
}

function fieldsFor(what: What, one: OpenRequest, keeper: Keeper, value: (name: string) => string): Commands[What] {
  const request = one.id;
  const operator = keeper.operator ? { operator: keeper.operator } : {};
  const text = value("text") ? { text: value("text") } : {};
  const [whom, id] = value("whom").split(" ");
  switch (what) {
    case "take_request": return { request, ...taker(keeper, one) };
    case "call_request": return { request, text: one.number ?? "", ...operator };
    case "note_request": return { request, text: value("text"), ...operator };
    case "promise_request": return { request, detail: Number(value("time")) as 3, value: String(BigInt(new Date(value("when")).getTime()) * 1_000_000n), ...text, ...operator };
    case "tell_request": return { request, detail: Number(value("told")) as 1, ...text, ...operator };
    case "advance_request": return { request, text: value("stage") };
    case "pass_request": return { request, ...(whom === "device" ? { device: id! } : { operator: id! }), ...text };
    case "close_request": return { request, text: JSON.stringify({ result: value("result"), ...(value("text") ? { note: value("text") } : {}) }) };
    default: return { request, text: value("text") };
  }
}
