// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { mayNotify } from "../alerts.js";
import type { Settings } from "../settings.js";
import { t, type TextKey } from "../text.js";
import { Modal, useApp } from "./parts.js";

const SWITCHES: readonly [keyof Settings & ("big" | "sound" | "notify" | "singleKeys"), TextKey][] = [["big", "big"], ["sound", "sound"], ["notify", "notify"], ["singleKeys", "single_keys"]];
const THEMES: readonly [Settings["theme"], TextKey][] = [["auto", "theme_auto"], ["light", "theme_light"], ["dark", "theme_dark"]];

export function SettingsDialog(): JSX.Element {
  const app = useApp();
  const flip = async (name: (typeof SWITCHES)[number][0], on: boolean): Promise<void> => {
    if (name === "notify" && on && !(await mayNotify())) return app.say(t("notify_denied"), true);
    app.prefer({ [name]: on });
  };
  return (
    <Modal title={t("settings")}>
      <fieldset class="choices row">
        <legend>{t("theme")}</legend>
        {THEMES.map(([theme, text], at) => (
          <label key={theme} class="choice">
            <input type="radio" name="theme" data-first={at === 0 ? "" : undefined} checked={app.settings.theme === theme} onChange={() => app.prefer({ theme })} /> {t(text)}
          </label>
        ))}
      </fieldset>
      {SWITCHES.map(([name, text]) => (
        <label key={name} class="choice">
          <input type="checkbox" checked={app.settings[name]} onChange={(event) => void flip(name, event.currentTarget.checked)} /> {t(text)}
        </label>
      ))}
      <label>{t("pop_url")}<input inputMode="url" value={app.settings.popUrl} placeholder="https://" onChange={(event) => app.prefer({ popUrl: event.currentTarget.value.trim() })} /></label>
      <div class="actions">
        <button type="button" class="action" lang={app.settings.language === "zh" ? "en" : "zh-CN"} onClick={() => app.prefer({ language: app.settings.language === "zh" ? "en" : "zh" })}>{t("language")}</button>
        <button type="button" class="action danger" onClick={() => void app.end()}>{t("log_off")}</button>
      </div>
    </Modal>
  );
}
