// SPDX-License-Identifier: Apache-2.0
// What the page knows beside the house: who is at it, what is chosen, what was said last. Views read it and are drawn anew when it changes.

import { Client, GatewayError, Live, type CallerRecord, type CallId, type Event, type OperatorId, type RequestId } from "cordboard";
import { chime, notifyOf } from "./alerts.js";
import { hearParent, pop, tellParent, type Told } from "./embed.js";
import { actions, type ActionId, type Given, type Target } from "./model/actions.js";
import { mine, partyName, waiting, type Mine } from "./model/calls.js";
import { keeperOf, type Keeper } from "./model/requests.js";
import { applySettings, loadSettings, type Settings } from "./settings.js";
import { enumWord, errorWord, eventWord, t, type TextKey } from "./text.js";

export type View = "desk" | "requests" | "matters" | "wall" | "figures" | "roster";
export type Dialog = "keys" | "code" | "reasons" | "hold" | "handover" | "settings" | "request";

export interface Message {
  id: number;
  text: string;
  bad: boolean;
}

const ASKED_MS = 3_600_000;
/** Messages leave by themselves; what went wrong stays longer. */
const MESSAGE_MS = { good: 4_000, bad: 12_000 };

export class App {
  readonly client = new Client({ language: "zh" });
  live: Live | undefined;
  me: OperatorId | undefined;
  view: View = "desk";
  dialog: Dialog | undefined;
  settings: Settings = loadSettings();
  /** the chosen rows of the lists */
  waiting: CallId | undefined;
  parked: CallId | undefined;
  target: Target | undefined;
  request: RequestId | undefined;
  messages: readonly Message[] = [];
  /** actions under way: pressed again they are not given again */
  readonly busy = new Set<string>();
  /** why the page asks for a log-on */
  notice: TextKey | undefined;

  private readonly listeners = new Set<() => void>();
  private drawing = false;
  /** what the systems beside us were told of my call last */
  private told: Told | undefined;
  private lastMessage = 0;
  private readonly asked = new Map<string, { at: number; found: Promise<CallerRecord> }>();

  constructor() {
    applySettings(this.settings);
    hearParent((number) => this.live && this.set({ view: "desk", target: { number } }));
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  /** The page is drawn once a frame, however much has come; a page that nobody sees, five times a second. */
  changed = (): void => {
    if (this.drawing) return;
    this.drawing = true;
    const draw = (): void => {
      this.drawing = false;
      for (const listener of this.listeners) listener();
    };
    if (document.hidden) setTimeout(draw, 200);
    else requestAnimationFrame(draw);
  };
  set(change: Partial<Pick<App, "view" | "dialog" | "waiting" | "parked" | "target" | "request" | "notice" | "me">>): void {
    Object.assign(this, change);
    this.changed();
  }
  prefer(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
    applySettings(this.settings);
    this.changed();
  }

  get house(): Live["house"] {
    return this.live!.house;
  }
  now(): number {
    return this.client.now();
  }
  mine(): Mine {
    return mine(this.house, this.me);
  }
  keeper(): Keeper {
    return keeperOf(this.house, this.client.session, this.me);
  }
  actions(): Partial<Record<ActionId, Given>> {
    // What a person acts on may have gone in the same instant.
    if (this.waiting && !this.house.calls[this.waiting]) this.waiting = undefined;
    if (this.parked && !this.house.calls[this.parked]) this.parked = undefined;
    const first = waiting(this.house).find((row) => !row.offered)?.call;
    return actions({ house: this.house, me: this.me, mine: this.mine(), waiting: this.waiting ?? first, parked: this.parked, target: this.target });
  }
  /** What the store has of a number: each look is on record there, so one number is looked up once an hour. Nothing: there is no store. */
  known(number: string): Promise<CallerRecord> | undefined {
    if (number === "" || !this.client.session?.offers?.includes("callers")) return undefined;
    const before = this.asked.get(number);
    if (before && Date.now() - before.at < ASKED_MS) return before.found;
    const found = this.client.caller(number);
    this.asked.set(number, { at: Date.now(), found });
    found.catch(() => this.asked.delete(number));
    return found;
  }
  takesCalls(): boolean {
    return this.me !== undefined || this.allowed("log_on");
  }
  allowed(command: string): boolean {
    return this.client.session?.commands?.includes(command as never) ?? false;
  }

  /** Follows the house of whoever is logged on. */
  begin(): void {
    const session = this.client.session!;
    this.me = session.operator;
    // Who takes no calls has matters, and no desk.
    this.view = this.takesCalls() ? "desk" : session.departments ? "matters" : "wall";
    this.notice = undefined;
    const live = new Live(this.client);
    this.live = live;
    let anew = 0;
    let resumed = 0;
    live.subscribe(() => {
      const { link } = live;
      if (link.state === "ended") return void this.end("session_over");
      if (link.resumed > resumed && link.state === "live") this.say(t("resumed"));
      else if (link.anew > anew && link.state === "live") this.say(t("anew"));
      this.tellOthers();
      if (link.state === "live") [resumed, anew] = [link.resumed, link.anew];
      this.changed();
    });
    live.onEvent((event) => this.heard(event));
    live.start();
    this.changed();
  }
  async end(why?: TextKey): Promise<void> {
    const live = this.live;
    this.told = undefined;
    this.asked.clear();
    this.live = this.me = this.request = this.dialog = this.waiting = this.parked = this.target = undefined;
    this.view = "desk";
    this.notice = why;
    this.changed();
    await live?.stop();
    if (!why) await this.client.logOff().catch(() => {});
    this.client.session = undefined;
  }

  /** My caller is known to the hospital's own system, too: once when offered, once when I talk, once when it is over. */
  private tellOthers(): void {
    const { offered, call } = this.mine();
    const now = call?.caller ? call : offered;
    const party = this.house.parties[now?.caller ?? ""];
    if (this.told && this.told.call !== now?.id) tellParent({ ...this.told, state: "over" });
    if (!now) return void (this.told = undefined);
    const told: Told = { type: "cordboard.call", state: now === call ? "talking" : "offered", call: now.id, number: party?.number ?? "", name: party?.name ?? "" };
    if (this.told?.call === told.call && this.told.state === told.state) return;
    this.told = told;
    tellParent(told);
    if (told.state === "talking") pop(this.settings.popUrl, told);
  }

  /** New calls are told by sound and by the browser; what is drawn needs no event. */
  private heard(event: Event): void {
    const queued = event.kind === "queued" && event.queue && ((event.flags ?? 0) & 4) !== 0;
    const forMe = event.kind === "offered" && event.operator === this.me && this.me !== undefined;
    const emergency = event.kind === "code_call_started";
    if (!queued && !forMe && !emergency) return;
    // The state of the event's batch comes behind it.
    setTimeout(() => {
      if (!this.live) return;
      const call = this.house.calls[(event as { call?: CallId }).call ?? ""];
      const urgent = emergency || this.house.queues[call?.queue ?? ""]?.rank === "emergency";
      if (this.settings.sound) chime(urgent);
      if (!this.settings.notify || !(document.hidden || !document.hasFocus())) return;
      const who = partyName(this.house, this.house.parties[call?.caller ?? ""]) || t("unknown_caller");
      notifyOf(emergency ? t("code_call") : t("new_call"), emergency ? "" : who, call?.id ?? "call");
    });
  }

  say(text: string, bad = false): void {
    const id = ++this.lastMessage;
    this.messages = [...this.messages.filter((m) => m.text !== text), { id, text, bad }].slice(-4);
    this.changed();
    setTimeout(() => this.unsay(id), bad ? MESSAGE_MS.bad : MESSAGE_MS.good);
  }
  unsay(id: number): void {
    this.messages = this.messages.filter((m) => m.id !== id);
    this.changed();
  }
  complain(error: unknown): void {
    const refused = error instanceof GatewayError ? error : undefined;
    this.say(refused ? (errorWord(refused.code) ?? refused.message) : t("unreachable"), true);
  }

  /** Does what can be done now. @returns whether it was done */
  async act(id: ActionId, more: Partial<Given["fields"]> = {}): Promise<boolean> {
    const given = this.actions()[id];
    return given ? this.give(given.name, { ...given.fields, ...more }) : false;
  }
  /** A command, once however often it is pressed; what became of it is said when it is not what was wanted. */
  async give(name: Given["name"], fields: object): Promise<boolean> {
    const key = name + JSON.stringify(fields);
    if (this.busy.has(key)) return false;
    this.busy.add(key);
    this.changed();
    try {
      const answer = await this.live!.give(name, fields as never, { wait: 5 });
      const failed = answer.state === "failed" || answer.state === "timed_out";
      if (failed) this.say(outcomeText(answer.outcome), true);
      return !failed;
    } catch (error) {
      // Somebody was quicker, and what was seen is no more: the house that comes shows what is.
      this.complain(error);
      return false;
    } finally {
      this.busy.delete(key);
      this.changed();
    }
  }
}

function outcomeText(outcome: Event | undefined): string {
  const cause = (outcome as { cause?: string } | undefined)?.cause;
  return eventWord(outcome?.kind ?? "command_failed") + (cause ? `: ${enumWord("cause", cause)}` : "");
}
