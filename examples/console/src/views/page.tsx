// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { mine, waiting } from "../model/calls.js";
import { t } from "../text.js";
import { CodeDialog, CodeRuns } from "./code.js";
import { Desk } from "./desk.js";
import { Figures } from "./figures.js";
import { HandOverDialog } from "./handover.js";
import { Header, LinkBar } from "./header.js";
import { HoldDialog } from "./holding.js";
import { KeysDialog } from "./card.js";
import { LogOn, Position } from "./logon.js";
import { Matters } from "./matters.js";
import { useApp, useChanges } from "./parts.js";
import { ReasonsDialog } from "./reasons.js";
import { RequestDialog } from "./request_form.js";
import { RequestsView } from "./requests.js";
import { RosterView } from "./roster.js";
import { SettingsDialog } from "./preferences.js";
import { Wall } from "./wall.js";

const DIALOGS = { keys: KeysDialog, code: CodeDialog, reasons: ReasonsDialog, hold: HoldDialog, handover: HandOverDialog, settings: SettingsDialog, request: RequestDialog };
const VIEWS = { desk: Desk, requests: RequestsView, matters: Matters, wall: Wall, figures: Figures, roster: RosterView };

export function Page(): JSX.Element {
  const app = useApp();
  useChanges(app);
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    // A page that is loaded again goes on with the session that the browser's cookie has.
    void app.client.resume().then((session) => session && app.begin(), () => app.set({ notice: "unreachable" })).finally(() => setAsked(true));
  }, []);
  if (!asked) return <div class="splash" role="status">{t("link_connecting")}…</div>;
  if (!app.live) return <LogOn />;
  if (app.house.sequence === 0) return <div class="splash"><LinkBar /></div>;
  const View = VIEWS[app.view];
  const Dialog = app.dialog && DIALOGS[app.dialog];
  return (
    <>
      <Header />
      <CodeRuns />
      <main id="main" class={app.view}>
        <h1 class="unseen">{t(app.view)}</h1>
        {app.view === "desk" && !app.me && app.takesCalls() ? <Position /> : <View />}
      </main>
      <Announcer />
      <Messages />
      {Dialog && <Dialog />}
    </>
  );
}

/** What a person who does not see the page has to hear: how many wait, and what is given to them. */
function Announcer(): JSX.Element {
  const app = useApp();
  const count = waiting(app.house).length;
  const { offered, call } = mine(app.house, app.me);
  return (
    <div class="unseen" role="status" aria-live="polite">
      {offered ? `${t("offered_here")}. ` : call ? `${t("my_call")}. ` : ""}{t("waiting")}: {count}
    </div>
  );
}

function Messages(): JSX.Element {
  const app = useApp();
  return (
    <div class="messages">
      <div role="alert">{app.messages.filter((m) => m.bad).map((m) => <Said key={m.id} {...m} />)}</div>
      <div role="status">{app.messages.filter((m) => !m.bad).map((m) => <Said key={m.id} {...m} />)}</div>
    </div>
  );
}
function Said({ id, text, bad }: { id: number; text: string; bad: boolean }): JSX.Element {
  const app = useApp();
  return (
    <p class={bad ? "bad" : "good"}>
      {text} <button type="button" class="plain" aria-label={t("close")} onClick={() => app.unsay(id)}>×</button>
    </p>
  );
}
