// SPDX-License-Identifier: Apache-2.0
// What a person likes; kept in the browser alone.

import { speak, type Language } from "./text.js";

export interface Settings {
  language: Language;
  theme: "auto" | "light" | "dark";
  big: boolean;
  sound: boolean;
  notify: boolean;
  /** "?" and "/" without a modifier; who speaks to the computer wants them off (WCAG 2.1.4) */
  singleKeys: boolean;
  /** a page that is opened for each caller: https://his.example/patient?phone={number} */
  popUrl: string;
}
const KEY = "cordboard.settings";
const DEFAULT: Settings = { language: "zh", theme: "auto", big: false, sound: true, notify: false, singleKeys: true, popUrl: "" };

export function loadSettings(): Settings {
  try {
    return { ...DEFAULT, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
  } catch {
    return DEFAULT;
  }
}

export function applySettings(settings: Settings): void {
  const root = document.documentElement;
  root.dataset["theme"] = settings.theme;
  root.classList.toggle("big", settings.big);
  speak(settings.language);
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing still works.
  }
}
