// SPDX-License-Identifier: Apache-2.0
import type { FigureValue, WallFigures } from "cordboard";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { waiting } from "../model/calls.js";
import { ms, ringsSince, since, span } from "../model/time.js";
import { enumWord, t } from "../text.js";
import { useApp, useNow } from "./parts.js";

/** Read from across the room: who waits, who is there, what is wrong. */
export function Wall(): JSX.Element {
  const app = useApp();
  const now = useNow();
  const all = waiting(app.house);
  const operators = Object.values(app.house.operators);
  const leaves = operators.filter((o) => o.leave);
  const alarms = [app.house.board?.recordings_lost && t("recordings_lost"), app.house.board?.stopping && t("stopping"),
    ...Object.values(app.house.devices).filter((d) => d.in_service !== true).map((d) => `${d.name ?? d.number}: ${t("out_of_service")}`)].filter(Boolean);
  return (
    <>
      <Today />
      <section class="wall-queues" aria-labelledby="wall-queues">
        <h2 id="wall-queues">{t("queues")} <small>{t("calls_up")}: {Object.keys(app.house.calls).length}</small></h2>
        <div class="tiles">
          {Object.values(app.house.queues).map((queue) => {
            const rows = all.filter((row) => row.call_?.queue === queue.id);
            const oldest = rows.reduce((at, row) => Math.min(at, row.since_ns ? ms(row.since_ns) : Infinity), Infinity);
            const late = rows.some((row) => row.call_?.rings === "late" || ringsSince(row.since_ns, now) > 4);
            const ready = operators.filter((o) => queue.operators?.includes(o.id) && o.state === "ready").length;
            return (
              <article key={queue.id} class={`tile${late ? " is-late" : ""}`} aria-label={queue.name}>
                <h3>{queue.name} <span class={`rank rank-${queue.rank}`}>{enumWord("queue_class", queue.rank)}</span></h3>
                <p class="huge">{rows.length}<small>{t("waiting")}</small></p>
                <p>{t("longest")} {Number.isFinite(oldest) ? span(now - oldest) : "—"} · {t("ready")} {ready}{queue.closed ? ` · ${t("closed")}` : ""}</p>
              </article>
            );
          })}
        </div>
      </section>
      <section class="wall-operators" aria-labelledby="wall-operators">
        <h2 id="wall-operators">{t("positions")}</h2>
        <ul class="plain-list grid">
          {operators.map((o) => (
            <li key={o.id} class={`seat is-${o.state ?? "null"}`}>
              <b>{o.name}</b>
              <span class="badge">{enumWord("operator_state", o.state ?? "null")}{o.reason ? ` · ${app.house.reasons[o.reason]?.name ?? ""}` : ""}</span>
              <span class="time">{since(o.since_ns, now)}</span>
              <small>{(o.calls ?? []).map((id) => app.house.parties[app.house.calls[id]?.caller ?? ""]).filter(Boolean).map((p) => p!.name || p!.number).join(", ")}</small>
            </li>
          ))}
        </ul>
      </section>
      <section class="wall-alarms" aria-labelledby="wall-alarms">
        {leaves.length > 0 && (
          <>
            <h2>{t("leave_requests")}</h2>
            <ul class="plain-list">
              {leaves.map((o) => (
                <li key={o.id}>
                  <span><b>{o.name}</b> {app.house.reasons[o.leave!]?.name}</span>
                  {app.allowed("answer_leave") && (
                    <span class="actions">
                      <button type="button" class="action small main" onClick={() => void app.give("answer_leave", { operator: o.id, consent: "yes" })}>{t("grant")}</button>
                      <button type="button" class="action small" onClick={() => void app.give("answer_leave", { operator: o.id, consent: "no" })}>{t("refuse")}</button>
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
        <h2 id="wall-alarms">{t("alarms")} <span class="count">{alarms.length}</span></h2>
        <ul class="plain-list" tabIndex={0} aria-labelledby="wall-alarms">{alarms.map((text) => <li key={String(text)}>{text}</li>)}</ul>
      </section>
    </>
  );
}

const TODAY = ["offered", "answered", "answer_rate", "within_rings", "abandoned"] as const;
const SHARES: ReadonlySet<string> = new Set(["answer_rate", "within_rings"]);

/** Today in a row, as it changes. */
function Today(): JSX.Element | null {
  const app = useApp();
  const [today, setToday] = useState<WallFigures | undefined>(undefined);
  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      for await (const figures of app.client.wall(stop.signal)) setToday(figures);
    })();
    return () => stop.abort();
  }, []);
  if (!today) return null;
  const shown = (name: string, value: FigureValue | undefined): string =>
    value === undefined || value[0] === null ? "—" : SHARES.has(name) ? `${(value[0] * 100).toFixed(1)}%` : String(value[0]);
  return (
    <dl class="wall-today" aria-label={t("figures")}>
      {TODAY.map((name) => <div key={name}><dt>{t(name)}</dt><dd>{shown(name, today.values[name])}</dd></div>)}
    </dl>
  );
}
