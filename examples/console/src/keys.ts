// SPDX-License-Identifier: Apache-2.0
// One table of keys: what is pressed, what the buttons show, what the printed card says.

import type { App, Dialog, View } from "./app.js";
import type { ActionId } from "./model/actions.js";
import type { TextKey } from "./text.js";

export interface Key {
  /** as a browser names it, with Alt+ or Shift+ before it; letters by their place on the keyboard */
  press: string;
  text: TextKey;
  group: "actions" | "position" | "views";
  action?: ActionId;
  does?: (app: App) => void;
}
const opens = (dialog: Dialog) => (app: App): void => app.set({ dialog: app.dialog === dialog ? undefined : dialog });
const shows = (view: View) => (app: App): void => app.set({ view, dialog: undefined });
/** At once, so that what is typed next is not lost; or when the page that has it is drawn. */
const searched = (): void => {
  const search = document.getElementById("search");
  if (search) search.focus();
  else requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("search")?.focus()));
};
const focuses = (id: string) => (): void => document.getElementById(id)?.focus();

export const KEYS: readonly Key[] = [
  { press: "F1", text: "search_label", group: "actions", does: (app) => { if (app.view !== "desk") app.set({ view: "desk" }); searched(); } },
  { press: "F2", text: "answer", group: "actions", action: "answer" },
  { press: "F3", text: "hold", group: "actions", does: (app) => void app.act(app.actions().retrieve ? "retrieve" : "hold") },
  { press: "Shift+F3", text: "hold_why", group: "actions", does: (app) => { if (app.actions().hold) app.set({ dialog: "hold" }); } },
  { press: "F4", text: "consult", group: "actions", action: "consult" },
  { press: "F6", text: "transfer", group: "actions", action: "transfer" },
  { press: "F7", text: "caller_yes", group: "actions", action: "caller_yes" },
  { press: "Shift+F7", text: "caller_no", group: "actions", action: "caller_no" },
  { press: "F8", text: "target_yes", group: "actions", action: "target_yes" },
  { press: "Shift+F8", text: "target_no", group: "actions", action: "target_no" },
  { press: "F9", text: "alternate", group: "actions", action: "alternate" },
  { press: "F10", text: "reconnect", group: "actions", action: "reconnect" },
  { press: "Alt+C", text: "conference", group: "actions", action: "conference" },
  { press: "Alt+P", text: "park", group: "actions", action: "park" },
  { press: "Alt+U", text: "unpark", group: "actions", action: "unpark" },
  { press: "Alt+B", text: "blind", group: "actions", action: "blind" },
  { press: "Alt+H", text: "hang_up", group: "actions", action: "hang_up" },
  { press: "Alt+M", text: "note", group: "actions", does: focuses("note") },
  { press: "Alt+Q", text: "new_request", group: "actions", does: opens("request") },
  { press: "Alt+X", text: "code_call", group: "actions", does: (app) => { if (app.allowed("start_code_call")) opens("code")(app); } },
  { press: "Alt+S", text: "sign_in", group: "position", action: "sign_in" },
  { press: "Alt+R", text: "ready", group: "position", action: "ready" },
  { press: "Alt+N", text: "not_ready", group: "position", does: (app) => { if (app.actions().not_ready) opens("reasons")(app); } },
  { press: "Alt+W", text: "wrap_up", group: "position", action: "wrap_up" },
  { press: "Alt+T", text: "hand_over", group: "position", does: opens("handover") },
  { press: "Alt+O", text: "sign_out", group: "position", action: "sign_out" },
  { press: "Alt+J", text: "waiting", group: "views", does: focuses("waiting") },
  { press: "Alt+K", text: "held_elsewhere", group: "views", does: focuses("parked") },
  { press: "Shift+F1", text: "desk", group: "views", does: shows("desk") },
  { press: "Shift+F2", text: "requests", group: "views", does: shows("requests") },
  { press: "Shift+F9", text: "matters", group: "views", does: shows("matters") },
  { press: "Shift+F4", text: "wall", group: "views", does: shows("wall") },
  { press: "Shift+F6", text: "figures", group: "views", does: shows("figures") },
  { press: "Alt+L", text: "roster", group: "views", does: (app) => { if (app.client.session?.offers?.includes("roster")) shows("roster")(app); } },
  { press: "Alt+G", text: "settings", group: "views", does: opens("settings") },
  { press: "?", text: "keys", group: "views", does: opens("keys") },
];
export const keyOf = (action: ActionId): string => (action === "hold" || action === "retrieve" ? "F3" : (KEYS.find((k) => k.action === action)?.press ?? ""));
export const shown = (press: string): string => press.replace("Shift+", "⇧");

/** What was pressed, as the table writes it. */
export function pressed(event: KeyboardEvent): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (event.altKey && letter) return `Alt+${letter}`;
  if (/^F\d+$/.test(event.key)) return (event.shiftKey ? "Shift+" : "") + event.key;
  return event.key;
}
const writing = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.matches("input, textarea, select");

export function listen(app: App): void {
  document.addEventListener("keydown", (event) => {
    if (!app.live || event.ctrlKey || event.metaKey || event.repeat) return;
    const what = pressed(event);
    if (what === "?" || what === "/") {
      if (!app.settings.singleKeys || writing(event.target)) return;
      if (what === "/") {
        event.preventDefault();
        return void document.getElementById("search")?.focus();
      }
    }
    const key = KEYS.find((k) => k.press === what);
    if (!key) return;
    event.preventDefault();
    // A dialog is answered or closed first; only it can be opened and closed by its own key.
    if (app.dialog && key.action) return;
    if (key.action) void app.act(key.action);
    else key.does?.(app);
  });
}
