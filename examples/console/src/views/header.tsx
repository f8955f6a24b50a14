// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import type { App, View } from "../app.js";
import { KEYS, shown } from "../keys.js";
import { since } from "../model/time.js";
import { enumWord, t } from "../text.js";
import { ActionButton, useApp, useNow } from "./parts.js";

/** Pages for who sits here. */
function shownTo(app: App): View[] {
  const { session } = app.client;
  return [
    ...(app.takesCalls() ? ["desk" as const] : []), "requests", ...(session?.departments || app.allowed("answer_approval") ? ["matters" as const] : []), "wall", "figures",
    ...(session?.offers?.includes("roster") ? ["roster" as const] : []),
  ];
}

export function Header(): JSX.Element {
  const app = useApp();
  return (
    <header class="top">
      <a class="skip" href="#main">{t("actions")}</a>
      <nav aria-label={t("views")}>
        {shownTo(app).map((view) => (
          <button key={view} type="button" class="tab" aria-current={app.view === view ? "page" : undefined} title={shown(KEYS.find((k) => k.text === view)?.press ?? "")}
            onClick={() => app.set({ view })}>{t(view)}</button>
        ))}
      </nav>
      <MyState />
      <LinkBar />
      <div class="tools">
        {app.allowed("start_code_call") && <button type="button" class="emergency" aria-keyshortcuts="Alt+X" onClick={() => app.set({ dialog: "code" })}>{t("emergency")} <kbd>Alt+X</kbd></button>}
        <button type="button" class="plain" aria-keyshortcuts="?" aria-label={t("keys")} title={t("keys")} onClick={() => app.set({ dialog: "keys" })}>?</button>
        <button type="button" class="plain" aria-label={t("settings")} title={t("settings")} onClick={() => app.set({ dialog: "settings" })}>⚙</button>
      </div>
    </header>
  );
}

/** Who sits here, what they do, since when, and until when they may. */
function MyState(): JSX.Element {
  const app = useApp();
  const now = useNow();
  const operator = app.me ? app.house.operators[app.me] : undefined;
  if (!operator) return <div class="me"><b>{app.client.session?.name ?? app.client.session?.user}</b></div>;
  const state = operator.state ?? "null";
  const reason = operator.reason ? app.house.reasons[operator.reason]?.name : undefined;
  const late = operator.reason_until_ns && BigInt(operator.reason_until_ns) < BigInt(Math.round(now)) * 1_000_000n;
  const after = state === "busy" && operator.after && operator.after !== "ready" ? `${t("after_call")}: ${enumWord("operator_state", operator.after)}` : "";
  return (
    <div class={`me is-${state}`} role="group" aria-label={t("position")}>
      <b>{operator.name}</b>
      <span class="badge">{enumWord("operator_state", state)}{reason ? ` · ${reason}` : ""}</span>
      <span class="time">{since(operator.since_ns, now)}</span>
      {late && <span class="badge bad">{t("overdue")}</span>}
      {after && <span class="badge">{after}</span>}
      {operator.leave && <span class="badge">{t("asked_leave")}</span>}
      {state === "null" ? <ActionButton action="sign_in" kind="main" /> : (
        <>
          <ActionButton action="ready" kind="small" />
          <button type="button" class="action small" onClick={() => app.set({ dialog: "reasons" })}><span>{t("not_ready")}</span><kbd>Alt+N</kbd></button>
          <ActionButton action="wrap_up" kind="small" />
          <button type="button" class="action small" onClick={() => app.set({ dialog: "handover" })}><span>{t("hand_over")}</span><kbd>Alt+T</kbd></button>
        </>
      )}
    </div>
  );
}

/** How the line to the house is, honestly: what is shown may be old. */
export function LinkBar(): JSX.Element {
  const app = useApp();
  useNow();
  const link = app.live!.link;
  const ago = link.heardAt ? Math.max(0, Math.round((Date.now() - link.heardAt) / 1000)) : undefined;
  const retry = link.retryAt ? Math.max(0, Math.ceil((link.retryAt - Date.now()) / 1000)) : undefined;
  const words = { connecting: t("link_connecting"), live: t("link_live"), late: t("link_late"), offline: t("link_offline"), board_away: t("link_board_away"), ended: t("link_ended") };
  return (
    <div class={`link is-${link.state}`}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{words[link.state]}</span>
      {ago !== undefined && <span class="time">{t("heard")} {ago} {t("ago")}</span>}
      {retry !== undefined && link.state === "offline" && (
        <>
          <span class="time">{retry} {t("retry_in")}</span>
          <button type="button" class="plain" onClick={() => app.live!.wake()}>{t("retry_now")}</button>
        </>
      )}
    </div>
  );
}
