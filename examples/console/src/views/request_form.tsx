// SPDX-License-Identifier: Apache-2.0
import { newId, type RequestField } from "cordboard";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { pieces } from "../model/requests.js";
import { fieldWord } from "../field_words.js";
import { spoken, t } from "../text.js";
import { Modal, useApp } from "./parts.js";

const INPUT: Readonly<Record<string, "number" | "date" | "tel">> = { integer: "number", date: "date", phone: "tel" };

/** A form made from what the configuration says of a kind; the caller's name and number stand in it. */
export function RequestDialog(): JSX.Element {
  const app = useApp();
  const kinds = Object.values(app.house.request_kinds).filter((kind) => !kind.removed);
  const [chosen, setChosen] = useState(kinds[0]?.name ?? "");
  const kind = kinds.find((one) => one.name === chosen);
  const asked = kind?.fields ?? [];
  const call = app.mine().call;
  const caller = app.house.parties[call?.caller ?? ""];
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const value = (name: string): string => String(form.get(name) ?? "").trim();
    const fields = Object.fromEntries(asked.map((f) => [f.name, value(`f-${f.name}`)]).filter(([, v]) => v !== ""));
    // What the kind requires stands in the first of several commands.
    const first = Object.fromEntries(asked.filter((f) => f.required && f.name in fields).map((f) => [f.name, fields[f.name]!]));
    const texts = pieces({ kind: chosen, name: value("name"), number: value("number"), ...first, ...fields });
    if (!texts) return app.say(t("too_long"), true);
    const request = newId();
    const [opening, ...more] = texts;
    const consent = form.get("call-back") ? ({ consent: "yes" } as const) : {};
    if (!(await app.give("open_request", { request, text: opening!, detail: 1, ...consent, ...(call ? { call: call.id } : {}) }))) return;
    for (const text of more) if (!(await app.give("change_request", { request, text }))) return;
    app.say(`${t("new_request")}: ${t("done")}`);
    app.set({ dialog: undefined, request });
  };
  return (
    <Modal title={t("new_request")} wide>
      {!kind ? <p>{t("no_kinds")}</p> : (
        <form class="columns" onSubmit={(event) => void submit(event)}>
          <label>{t("request_kind")}
            <select data-first="" value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
              {kinds.map((one) => <option key={one.name} value={one.name}>{spoken() === "zh" ? one.zh || one.name : one.en || one.name}</option>)}
            </select>
          </label>
          <label>{t("person_name")}<input name="name" defaultValue={caller?.name ?? ""} maxLength={60} /></label>
          <label>{t("person_number")}<input name="number" type="tel" defaultValue={caller?.number ?? ""} maxLength={24} /></label>
          {asked.map((field) => <Field key={`${kind.name}-${field.name}`} field={field} />)}
          <label class="choice"><input type="checkbox" name="call-back" /> {t("call_back_wanted")}</label>
          <button type="submit" class="main">{t("new_request")}</button>
        </form>
      )}
    </Modal>
  );
}

function Field({ field }: { field: RequestField }): JSX.Element {
  const name = `f-${field.name}`;
  const title = <>{fieldWord(field.name)}{field.required && <small> {t("required")}</small>}</>;
  // Neither yes nor no is a third answer: it was not asked.
  if (field.type === "yes_no") return <label>{title}<select name={name} required={field.required}><option value="" /><option value="yes">{t("yes")}</option><option value="no">{t("no")}</option></select></label>;
  return <label>{title}<input {...({ type: INPUT[field.type] ?? "text" } as object)} name={name} required={field.required} maxLength={110} autocomplete="off" /></label>;
}
