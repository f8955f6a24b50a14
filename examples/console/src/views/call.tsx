// SPDX-License-Identifier: Apache-2.0
import type { Call } from "cordboard";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { callersLine, connectionOf, farEnd, keeperName, partyName } from "../model/calls.js";
import { clock, ms, since, span } from "../model/time.js";
import { lastNote, noteOf, storyLines } from "../model/story.js";
import { enumWord, t } from "../text.js";
import { CallerKnown } from "./caller.js";
import { ActionButton, useApp, useNow } from "./parts.js";

export function MyCalls(): JSX.Element {
  const app = useApp();
  const { offered, call, consultation } = app.mine();
  const direct = call && consultation && !call.consultation;
  return (
    <section class="column mine" aria-labelledby="mine-title">
      <h2 id="mine-title">{t("my_call")}</h2>
      {offered && <Offered call={offered} />}
      {call ? <CallCard key={call.id} call={call} /> : !offered && <div class="empty big-empty"><p>{t("no_call")}</p><p>{t("no_call_hint")}</p></div>}
      {consultation && !direct && <Consultation call={consultation} />}
      <Actions />
      {call && <Note key={`note ${call.id}`} call={call} />}
      {call && <Story call={call} />}
      <OwedEntries />
    </section>
  );
}

function Offered({ call }: { call: Call }): JSX.Element {
  const app = useApp();
  const now = useNow();
  const party = app.house.parties[call.caller ?? ""];
  return (
    <article class="card offered" aria-label={t("offered_here")}>
      <p class="badge main">{t("offered_here")}</p>
      <p class="name">{partyName(app.house, party, callersLine(call)) || t("unknown_caller")}</p>
      <p class="number">{party?.name ? party.number : ""}</p>
      <p><small>{app.house.queues[call.queue ?? ""]?.name}</small> <span class="time">{since(call.queue_since_ns ?? call.since_ns, now)}</span></p>
      {connectionOf(call, app.me!) && <p>{t("rings_here")}</p>}
      <CallerKnown party={party} />
    </article>
  );
}

function CallCard({ call }: { call: Call }): JSX.Element {
  const app = useApp();
  const now = useNow();
  useEffect(() => {
    void app.live?.story(call.id).catch(() => {});
  }, [call.id]);
  const mineLine = connectionOf(call, app.me!);
  const party = app.house.parties[call.caller ?? ""];
  const far = call.caller ? undefined : farEnd(app.house, call, app.me!);
  const name = far ? far.name || far.number : partyName(app.house, party, callersLine(call));
  const number = far ? far.number : party?.number;
  const state = mineLine?.state ?? call.state;
  return (
    <article class={`card is-${state}`} aria-label={t("my_call")}>
      <div class="row">
        <p class="name">{name || t("unknown_caller")}</p>
        <span class={`badge state-${state}`}>{enumWord("connection_state", state)}</span>
      </div>
      <p class="number">{number && number !== name ? number : ""}</p>
      <p class="facts">
        {call.queue && <span>{t("via")} {app.house.queues[call.queue]?.name}</span>}
        <span class="time">{since(call.since_ns, now)}</span>
        {party && <span>{t("custody")}: {enumWord("custodian", party.custodian)}{keeperName(app.house, party) ? ` · ${keeperName(app.house, party)}` : ""}</span>}
        {call.hold_until_ns && <span class={ms(call.hold_until_ns) < now + 30_000 ? "late" : ""}>{t("recall_in")} {span(ms(call.hold_until_ns) - now)}</span>}
        {call.recording && <span>● {t(call.recording.suspended ? "recording_suspended" : "recording")}</span>}
        {call.recording_declined && <span>{t("recording_declined")}</span>}
        {call.marks?.includes("drill") && <span class="badge">{t("drill")}</span>}
        {call.marks?.includes("malicious") && <span class="badge bad">{t("malicious")}</span>}
      </p>
      {call.caller && <CallerKnown party={party} />}
      {call.caller && <Consents call={call} />}
    </article>
  );
}

/** Two facts: each says what was declared. */
function Consents({ call }: { call: Call }): JSX.Element {
  const word = (consent: string | undefined): string => t(consent === "yes" ? "agrees" : consent === "no" ? "declines" : "not_asked");
  return (
    <div class="consents" role="group" aria-label={t("consents")}>
      <span class={`consent is-${call.caller_consent ?? "none"}`}>{t("caller")}: {word(call.caller_consent)}</span>
      <ActionButton action="caller_yes" text="agrees" of="caller" kind="small" /><ActionButton action="caller_no" text="declines" of="caller" kind="small" />
      <span class={`consent is-${call.target_consent ?? "none"}`}>{t("target")}: {word(call.target_consent)}</span>
      <ActionButton action="target_yes" text="agrees" of="target" kind="small" /><ActionButton action="target_no" text="declines" of="target" kind="small" />
    </div>
  );
}

function Consultation({ call }: { call: Call }): JSX.Element {
  const app = useApp();
  const now = useNow();
  const far = farEnd(app.house, call, app.me!);
  return (
    <article class={`card consultation is-${far.state}`} aria-label={t("consultation")}>
      <div class="row">
        <p class="name"><small>{t("consultation")}</small> {far.name || far.number}</p>
        <span class={`badge state-${far.state}`}>{enumWord("connection_state", far.state)}</span>
      </div>
      <p class="facts"><span>{far.number}</span><span class="time">{since(call.since_ns, now)}</span></p>
    </article>
  );
}

function Actions(): JSX.Element {
  const app = useApp();
  const can = app.actions();
  const { offered, call, consultation } = app.mine();
  const rings = consultation && call?.transfer?.state === "asking";
  return (
    <div class="actions" role="group" aria-label={t("actions")}>
      <ActionButton action="answer" text={!offered && app.waiting ? "take" : "answer"} kind="main" />
      {can.retrieve ? <ActionButton action="retrieve" /> : <ActionButton action="hold" />}
      <ActionButton action="consult" text={call?.caller ? "consult" : "dial"} />
      <ActionButton action="transfer" text={rings ? "transfer_ringing" : "transfer"} kind="main" />
      <ActionButton action="alternate" />
      <ActionButton action="reconnect" />
      <ActionButton action="conference" />
      <ActionButton action="park" />
      <ActionButton action="blind" />
      <ActionButton action="hang_up" kind="danger" />
    </div>
  );
}

/** What the call is about; written anew it corrects what stands there, which stays in the story. */
function Note({ call }: { call: Call }): JSX.Element {
  const app = useApp();
  const ref = useRef<HTMLTextAreaElement>(null);
  const last = lastNote(app.house, call.id);
  const [text, setText] = useState(last?.text ?? "");
  const [touched, setTouched] = useState(false);
  // What another console has written is shown, unless somebody writes here.
  useEffect(() => {
    if (!touched) setText(last?.text ?? "");
  }, [last?.sequence]);
  const save = async (): Promise<void> => {
    if (text.trim() !== "" && await app.give("note_call", noteOf(app.me, call.id, text, last))) {
      setTouched(false);
      app.say(t("saved"));
    }
  };
  return (
    <form class="note" onSubmit={(event) => (event.preventDefault(), void save())}>
      <label for="note">{t("note")} <kbd>Alt+M</kbd></label>
      <textarea id="note" ref={ref} rows={2} maxLength={120} value={text} placeholder={t("note_placeholder")}
        onInput={(event) => (setText(event.currentTarget.value), setTouched(true))}
        onKeyDown={(event) => {
          if (event.key === "Enter" && event.ctrlKey) void save();
          if (event.key === "Escape") event.currentTarget.blur();
        }} />
      <button type="submit" class="action small" aria-disabled={!touched}>{t("save")}</button>
    </form>
  );
}

function Story({ call }: { call: Call }): JSX.Element {
  const app = useApp();
  const lines = storyLines(app.house, app.house.stories[call.id]);
  return (
    <section class="story" aria-labelledby="story-title">
      <h3 id="story-title">{t("story")}</h3>
      <ol tabIndex={0} aria-labelledby="story-title">{[...lines].reverse().map((line) => <li key={line.sequence}><time>{clock(line.time_ns)}</time> {line.what}</li>)}</ol>
    </section>
  );
}

/** Calls that have ended without a word: who had them owes one. */
function OwedEntries(): JSX.Element | null {
  const app = useApp();
  const owed = Object.values(app.house.owed).filter((one) => one.operator === app.me);
  if (owed.length === 0) return null;
  return (
    <section class="owed" aria-labelledby="owed-title">
      <h3 id="owed-title">{t("owed")} <span class="count">{owed.length}</span></h3>
      {owed.map((one) => (
        <form key={one.call} onSubmit={(event) => {
          event.preventDefault();
          const text = String(new FormData(event.currentTarget).get("text")).trim();
          if (text) void app.give("note_call", noteOf(app.me, one.call, text, undefined));
        }}>
          <label class="unseen" for={`owed-${one.call}`}>{t("note")}</label>
          <input id={`owed-${one.call}`} name="text" maxLength={120} placeholder={`${t("note")} · ${clock(one.until_ns)}`} />
          <button type="submit" class="action small">{t("save")}</button>
        </form>
      ))}
    </section>
  );
}
