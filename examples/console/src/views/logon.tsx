// SPDX-License-Identifier: Apache-2.0
import { GatewayError } from "cordboard";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { enumWord, t, TEXTS, type TextKey } from "../text.js";
import { useApp } from "./parts.js";

export function LogOn(): JSX.Element {
  const app = useApp();
  const [wrong, setWrong] = useState<TextKey | undefined>(app.notice);
  const [trying, setTrying] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setTrying(true);
    try {
      await app.client.logOn(String(form.get("user")), String(form.get("password")));
      app.begin();
    } catch (error) {
      setWrong(error instanceof GatewayError ? (error.code in TEXTS ? (error.code as TextKey) : "login_failed") : "unreachable");
    } finally {
      setTrying(false);
    }
  };
  return (
    <main class="logon">
      <form onSubmit={(event) => void submit(event)} aria-labelledby="logon-title">
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1 id="logon-title">{t("title")}</h1>
        <label>{t("user")}<input name="user" autocomplete="username" required autoFocus spellcheck={false} autocapitalize="off" /></label>
        <label>{t("password")}<input name="password" type="password" autocomplete="current-password" required /></label>
        <p role="alert" class="bad">{wrong ? t(wrong) : ""}</p>
        <button type="submit" class="main" disabled={trying}>{t("log_on")}</button>
        <button type="button" class="plain" lang={app.settings.language === "zh" ? "en" : "zh-CN"}
          onClick={() => app.prefer({ language: app.settings.language === "zh" ? "en" : "zh" })}>{t("language")}</button>
      </form>
    </main>
  );
}

/** For who may sit at any position: which one. */
export function Position(): JSX.Element {
  const app = useApp();
  return (
    <section class="choose" aria-labelledby="choose-title">
      <h2 id="choose-title">{t("choose_position")}</h2>
      <ul>
        {Object.values(app.house.operators).map((operator, at) => (
          <li key={operator.id}>
            <button type="button" class="action" autoFocus={at === 0} onClick={() => app.set({ me: operator.id })}>
              <span>{operator.name}</span><small>{enumWord("operator_state", operator.state ?? "null")}</small>
            </button>
          </li>
        ))}
        <li><button type="button" class="plain" onClick={() => app.set({ view: "wall" })}>{t("no_position")}</button></li>
      </ul>
    </section>
  );
}
