// SPDX-License-Identifier: Apache-2.0
// The house as it is now: its whole state, then everything behind it, over broken lines, restarts of the gateway and kills of the board. After
// a break the stream goes on at the last position; where the gateway says that this cannot be, a new whole state takes the place of all.

import type { Answer, Client, GiveOptions } from "./client.js";
import { GatewayError, pause } from "./client.js";
import type { House, StateChange } from "./house.js";
import { EMPTY_HOUSE, withEvent, withPast, withState } from "./house.js";
import type { CallId, CommandName, Commands, Event } from "./schema.js";
import type { Message } from "./sse.js";
import { MessageReader } from "./sse.js";

/**
 * How the line to the house is.
 *
 * live: heard within the last seconds. late: nothing was heard for longer than a beat takes. offline: the line is broken, and is tried again.
 * board_away: the gateway is there, the board behind it is not. ended: the session is over; nothing is tried any more.
 */
export type LinkPhase = "connecting" | "live" | "late" | "offline" | "board_away" | "ended";

export interface Link {
  readonly state: LinkPhase;
  /** when anything was last heard, ms of our clock; 0 never */
  readonly heardAt: number;
  /** when the line is tried again, ms of our clock; 0 it is not broken */
  readonly retryAt: number;
  /** how often the stream went on where it had broken, and how often it could only begin anew */
  readonly resumed: number;
  readonly anew: number;
  /** why it is offline or ended */
  readonly why: string;
}

export interface LiveOptions {
  /** the gateway beats every two seconds: after so long without a word the line is late, and after three times as long it is given up */
  lateMs?: number;
  backoffMs?: { first: number; max: number };
}

interface Beat {
  sequence?: number;
  time_ns?: string;
  link?: "serving" | "silent" | "stopped" | "lost" | "none";
}

/** Ended for good: nobody is logged on, or has the right to look. */
class Over extends Error {}

export class Live {
  house: House = EMPTY_HOUSE;
  link: Link = { state: "connecting", heardAt: 0, retryAt: 0, resumed: 0, anew: 0, why: "" };

  private readonly listeners = new Set<() => void>();
  private readonly eventListeners = new Set<(event: Event) => void>();
  private readonly stopping = new AbortController();
  private readonly lateMs: number;
  private readonly backoff: { first: number; max: number };
  private failures = 0;
  private waking: (() => void) | undefined;
  private boardAway = false;
  private running: Promise<void> | undefined;

  constructor(readonly client: Client, options: LiveOptions = {}) {
    this.lateMs = options.lateMs ?? 5_000;
    this.backoff = options.backoffMs ?? { first: 250, max: 10_000 };
  }

  /** Begins; what becomes of it is in `link`. */
  start(): this {
    this.running ??= this.run();
    return this;
  }
  /** Ends; nothing is told any more. */
  async stop(): Promise<void> {
    this.listeners.clear();
    this.eventListeners.clear();
    this.stopping.abort();
    await this.running;
  }
  /** Tries the line at once, as when a network is back. */
  wake(): void {
    this.waking?.();
  }

  /** @param changed  called when `house` or `link` is another one. @returns to hear no more */
  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }
  /** @param heard  called with each event that comes, once, in order; not with what a snapshot stands for */
  onEvent(heard: (event: Event) => void): () => void {
    this.eventListeners.add(heard);
    return () => this.eventListeners.delete(heard);
  }
  /** Resolves when the house fits. */
  until(fits: (house: House, link: Link) => boolean, signal?: AbortSignal): Promise<House> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!fits(this.house, this.link)) return;
        stop();
        resolve(this.house);
      };
      const stop = this.subscribe(look);
      signal?.addEventListener("abort", () => (stop(), reject(signal.reason)), { once: true });
      look();
    });
  }

  /** As `Client.give`; the answer comes with the outcome when there is one within the time. */
  give<Name extends CommandName>(name: Name, fields: Commands[Name], options: GiveOptions = {}): Promise<Answer> {
    return this.client.give(name, fields, options);
  }

  /** Reads what the log says of a call into its story. */
  async story(call: CallId): Promise<void> {
    const past: Event[] = [];
    const since_ns = this.house.calls[call]?.since_ns;
    for await (const event of this.client.past({ calls: [call], ...(since_ns ? { since_ns } : {}) }, this.stopping.signal)) past.push(event);
    this.tell(withPast(this.house, call, past), this.link);
  }

  private tell(house: House, link: Link): void {
    if (house === this.house && link === this.link) return;
    this.house = house;
    this.link = link;
    for (const listener of this.listeners) listener();
  }
  private linked(change: Partial<Link>): void {
    this.tell(this.house, { ...this.link, ...change });
  }

  private async run(): Promise<void> {
    let position = 0;
    while (!this.stopping.signal.aborted) {
      const line = new AbortController();
      const stop = (): void => line.abort();
      this.stopping.signal.addEventListener("abort", stop, { once: true });
      let heardAt = Date.now();
      const watch = setInterval(() => {
        const silent = Date.now() - heardAt;
        if (silent > 3 * this.lateMs) line.abort(new Error("nothing was heard"));
        else if (silent > this.lateMs && (this.link.state === "live" || this.link.state === "board_away")) this.linked({ state: "late" });
      }, Math.min(500, this.lateMs / 4));
      try {
        const fresh = position === 0;
        const response = await this.client.request("GET", `/v1/events?state=1${fresh ? "" : `&after=${position}`}`, undefined, line.signal, { Accept: "text/event-stream" });
        this.failures = 0;
        if (!fresh) this.linked({ resumed: this.link.resumed + 1 });
        const reader = new MessageReader();
        const pieces = response.body!.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
          const { done, value } = await pieces.read();
          if (done) throw new Error("the stream has ended");
          heardAt = Date.now();
          const messages = reader.read(value);
          const gone = this.take(messages, heardAt);
          // Within a batch the state is not whole: what came of it comes again, and is passed over.
          const whole = messages.findLast((m) => m.event === "state" || m.event === "beat")?.id;
          if (whole) position = Number(whole);
          if (!gone) continue;
          position = 0;
          this.linked({ anew: this.link.anew + 1 });
          break;
        }
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        if (error instanceof Over || (error instanceof GatewayError && (error.status === 401 || error.status === 403))) {
          this.linked({ state: "ended", retryAt: 0, why: error instanceof GatewayError ? error.code : error.message });
          break;
        }
        if (error instanceof GatewayError && error.code === "log_gone") position = 0;
        await this.rest(error);
      } finally {
        clearInterval(watch);
        this.stopping.signal.removeEventListener("abort", stop);
        line.abort();
      }
    }
  }

  /** Takes what came in one piece; screens are told once. @returns whether only a new beginning will do */
  private take(messages: readonly Message[], heardAt: number): boolean {
    let house = this.house;
    const events: Event[] = [];
    for (const { event, data } of messages) {
      if (event === "gone") {
        this.tell(house, this.link);
        const { code } = JSON.parse(data) as { code?: string };
        if (code === "unauthenticated") throw new Over(code);
        return true;
      }
      if (event === "message") {
        const one = JSON.parse(data) as Event;
        if (one.sequence > house.heard) events.push(one);
        house = withEvent(house, one);
      } else if (event === "state") {
        house = withState(house, JSON.parse(data) as StateChange);
      } else if (event === "beat" || event === "hello") {
        const beat = JSON.parse(data) as Beat;
        this.client.clock(beat.time_ns, heardAt);
        if (event === "beat") this.boardAway = beat.link !== undefined && beat.link !== "serving";
      }
    }
    this.tell(house, { ...this.link, state: this.boardAway ? "board_away" : "live", heardAt, retryAt: 0, why: "" });
    for (const event of events) for (const listener of this.eventListeners) listener(event);
    return false;
  }

  /** Waits longer after each failure, and not all screens of a house the same. */
  private async rest(error: unknown): Promise<void> {
    const most = Math.min(this.backoff.max, this.backoff.first * 2 ** this.failures++);
    const wait = most * (0.5 + Math.random() / 2);
    const why = error instanceof GatewayError ? error.code : error instanceof Error ? error.message : String(error);
    this.linked({ state: "offline", retryAt: Date.now() + wait, why });
    const woken = new AbortController();
    this.waking = () => woken.abort();
    await pause(wait, AbortSignal.any([woken.signal, this.stopping.signal])).catch(() => {});
    this.waking = undefined;
  }
}
