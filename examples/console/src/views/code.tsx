// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { since } from "../model/time.js";
import { t } from "../text.js";
import { Modal, useApp, useNow } from "./parts.js";

/** An emergency: two keys from anywhere, Alt+X and Enter, when there is one plan. */
export function CodeDialog(): JSX.Element {
  const app = useApp();
  const plans = Object.values(app.house.code_plans);
  const [plan, setPlan] = useState(plans[0]?.number ?? "");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const place = String(form.get("place") ?? "").trim();
    app.set({ dialog: undefined });
    void app.give("start_code_call", {
      text: place ? `${plan} ${place}` : plan, ...(app.me ? { operator: app.me } : {}),
      ...(app.mine().call ? { call: app.mine().call!.id } : {}), ...(form.get("drill") ? { detail: 1 } : {}),
    });
  };
  return (
    <Modal title={t("code_call")}>
      {plans.length === 0 ? <p>{t("no_plans")}</p> : (
        <form onSubmit={submit}>
          <fieldset class="choices">
            <legend>{t("code_plan")}</legend>
            {plans.map((one) => (
              <label key={one.number} class="choice">
                <input type="radio" name="plan" value={one.number} checked={one.number === plan} onChange={() => setPlan(one.number)} />
                <b>{one.name}</b> <span class="number">{one.number}</span>
              </label>
            ))}
          </fieldset>
          <label>{t("code_place")} <small>{t("code_place_hint")}</small><input name="place" data-first="" maxLength={60} autocomplete="off" /></label>
          <label class="choice"><input type="checkbox" name="drill" /> {t("code_drill")}</label>
          <button type="submit" class="emergency">{t("code_start")}</button>
        </form>
      )}
    </Modal>
  );
}

const MARK: Readonly<Record<string, string>> = { acknowledged: "✓", answered: "☎", called: "…", missed: "✗", due: "·" };

/** What runs is on every page until it is over. */
export function CodeRuns(): JSX.Element | null {
  const app = useApp();
  const now = useNow();
  const runs = Object.values(app.house.code_runs);
  if (runs.length === 0) return null;
  return (
    <div class="code-runs" role="alert">
      {runs.map((run) => {
        const call = app.house.calls[run.call];
        const members = run.members ?? [];
        const acknowledged = members.filter((m) => m.progress === "acknowledged").length;
        return (
          <p key={run.call}>
            <b>{app.house.code_plans[run.plan ?? ""]?.name ?? run.plan}</b>
            {call?.marks?.includes("drill") && <span class="badge">{t("drill")}</span>}
            <span>{t("acknowledged")} {acknowledged}{t("of")}{run.enough ?? 0}</span>
            <span class="members">{members.map((m, at) => <span key={at} class={`member is-${m.progress ?? "due"}`}>{MARK[m.progress ?? "due"] ?? ""} {m.number}</span>)}</span>
            <span class="time">{since(run.began_ns, now)}</span>
          </p>
        );
      })}
    </div>
  );
}
