// SPDX-License-Identifier: Apache-2.0
import { GatewayError, type FileProblem, type Roster } from "cordboard";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { later, ordered, readRoster, writeRoster, type Duty } from "../model/roster.js";
import { clock, ms } from "../model/time.js";
import { errorWord, t } from "../text.js";
import { useApp } from "./parts.js";

/** Who is on duty when. Whoever may not change it reads it. */
export function RosterView(): JSX.Element {
  const app = useApp();
  const [roster, setRoster] = useState<Roster | undefined>(undefined);
  const [duties, setDuties] = useState<readonly Duty[]>([]);
  const [problems, setProblems] = useState<readonly FileProblem[]>([]);
  const [names, setNames] = useState<Readonly<Record<string, string>>>({});
  const may = app.client.session?.rights.includes("edit_roster") ?? false;
  const take = (read: Roster): void => {
    setRoster(read);
    setDuties(ordered(readRoster(read.csv)));
    setProblems([]);
  };
  const read = (): void => void app.client.roster().then(take, (error: unknown) => app.complain(error));
  useEffect(read, []);
  // Persons stand in it by their number: what they are called, the directory says.
  const persons = [...new Set(duties.map((duty) => duty.person))].filter(Boolean).sort();
  const named = [...persons, ...(roster?.warnings.map((one) => one.post) ?? [])];
  useEffect(() => {
    for (const id of new Set(named.filter((one) => !(one in names))))
      void app.client.entry(id).then((entry) => setNames((old) => ({ ...old, [id]: entry.name })), () => {});
  }, [named.join()]);
  const changed = roster !== undefined && writeRoster(ordered(duties)) !== writeRoster(ordered(readRoster(roster.csv)));
  const set = (at: number, change: Partial<Duty>): void => setDuties((all) => all.map((duty, n) => (n === at ? { ...duty, ...change } : duty)));
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!roster || !changed) return;
    const sorted = ordered(duties);
    setDuties(sorted);
    try {
      take(await app.client.saveRoster(writeRoster(sorted), roster.tag));
      app.say(t("saved"));
    } catch (error) {
      if (error instanceof GatewayError && error.problems) setProblems(error.problems);
      app.say(error instanceof GatewayError ? (error.code === "changed_meanwhile" ? t("changed_meanwhile") : (errorWord(error.code) ?? error.message)) : t("unreachable"), true);
    }
  };
  if (!roster) return <p class="empty">…</p>;
  return (
    <>
      <section class="column" aria-labelledby="roster-title">
        <h2 id="roster-title">{t("roster")} <span class="count">{duties.length}</span>{changed && <span class="badge main">{t("not_saved")}</span>}</h2>
        <form class="roster-form" onSubmit={(event) => void save(event)}>
          <div class="scroll" tabIndex={0} role="region" aria-label={t("roster")}>
            <table>
              <thead><tr>{(["post", "person_on_duty", "from", "to", "role"] as const).map((key) => <th key={key} scope="col">{t(key)}</th>)}{may && <th scope="col"><span class="unseen">{t("actions")}</span></th>}</tr></thead>
              <tbody>{duties.map((duty, at) => (
                <Row key={at} at={at} duty={duty} name={names[duty.person]} may={may} problem={problems.find((one) => one.line === at + 2)}
                  set={(change) => set(at, change)} repeat={() => setDuties([...duties, later(duty, 1)])} remove={() => setDuties(duties.filter((_, n) => n !== at))} />
              ))}</tbody>
            </table>
          </div>
          <datalist id="roster-posts">{[...new Set(duties.map((duty) => duty.post))].map((post) => <option key={post} value={post} />)}</datalist>
          <datalist id="roster-persons">{persons.map((id) => <option key={id} value={id}>{names[id]}</option>)}</datalist>
          {may && (
            <div class="actions">
              <button type="button" class="action" onClick={() => setDuties([...duties, { post: "", person: "", from: "", to: "", role: "A" }])}>{t("add_duty")}</button>
              <button type="submit" class="main" aria-disabled={!changed}>{t("save")}</button>
              <button type="button" class="plain" onClick={read}>{t("read_again")}</button>
            </div>
          )}
        </form>
      </section>
      <section class="column" aria-labelledby="roster-warnings">
        <h2 id="roster-warnings">{t("roster_warnings")} <span class="count">{roster.warnings.length}</span></h2>
        {roster.warnings.length === 0 ? <p class="empty">{t("no_warnings")}</p> : (
          <ul class="plain-list scrolls" tabIndex={0} aria-labelledby="roster-warnings">{roster.warnings.map((one, at) => (
            <li key={at}>
              <span><b>{names[one.post] ?? one.post}</b> {t(`duty_${one.what}`)} {[one.person, one.other].filter(Boolean).map((id) => names[id!] ?? id).join("、")}</span>
              <span class="time">{day(one.from_ns)} – {day(one.to_ns)}</span>
            </li>
          ))}</ul>
        )}
      </section>
    </>
  );
}
const day = (ns: string | undefined): string => (ns ? `${new Date(ms(ns)).toLocaleDateString("zh-CN", { month: "2-digit", day: "2-digit" })} ${clock(ns).slice(0, 5)}` : "");

function Row({ duty, name, may, problem, set, repeat, remove }: {
  at: number; duty: Duty; name: string | undefined; may: boolean; problem: FileProblem | undefined; set: (change: Partial<Duty>) => void; repeat: () => void; remove: () => void;
}): JSX.Element {
  const who = [duty.post, name ?? duty.person].filter(Boolean).join(" · ");
  if (!may) return <tr><th scope="row">{duty.post}</th><td>{name ?? duty.person}</td><td>{duty.from}</td><td>{duty.to}</td><td>{duty.role}</td></tr>;
  const time = (key: "from" | "to"): JSX.Element => (
    <input type="datetime-local" aria-label={`${who} ${t(key)}`} value={duty[key].replace(" ", "T")} onInput={(event) => set({ [key]: event.currentTarget.value.replace("T", " ") })} required />
  );
  return (
    <>
      <tr class={problem ? "is-late" : ""}>
        <td><input aria-label={`${who} ${t("post")}`} list="roster-posts" value={duty.post} maxLength={60} required onInput={(event) => set({ post: event.currentTarget.value })} /></td>
        <td><input aria-label={`${who} ${t("person_on_duty")}`} list="roster-persons" value={duty.person} maxLength={40} required onInput={(event) => set({ person: event.currentTarget.value })} /><small>{name}</small></td>
        <td>{time("from")}</td>
        <td>{time("to")}</td>
        <td><select aria-label={`${who} ${t("role")}`} value={duty.role || "A"} onChange={(event) => set({ role: event.currentTarget.value })}><option>A</option><option>B</option></select></td>
        <td class="row-actions">
          <button type="button" class="action small" aria-label={`${t("next_day")} ${who}`} onClick={repeat}>{t("next_day")}</button>
          <button type="button" class="action small danger" aria-label={`${t("remove")} ${who}`} onClick={remove}>{t("remove")}</button>
        </td>
      </tr>
      {problem && <tr class="is-late"><td colSpan={6} class="bad">{problem.found} — {problem.expected}</td></tr>}
    </>
  );
}
