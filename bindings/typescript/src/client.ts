// SPDX-License-Identifier: Apache-2.0
// One request to the gateway each. What follows the house is in live.ts.

import type { House, Snapshot } from "./house.js";
import { houseOf } from "./house.js";
import { MessageReader } from "./sse.js";
import type { CallId, CommandId, CommandName, Commands, Errc, Event, OperatorId, RequestId } from "./schema.js";
import { CREATES } from "./schema.js";

export interface ClientOptions {
  /** where the gateway is, "https://switchboard.example"; the page's own place unless said */
  url?: string;
  /** of a program; a person logs on instead */
  token?: string;
  /** the language of errors */
  language?: "zh" | "en";
  fetch?: typeof fetch;
}

/** Who is logged on. */
export interface Session {
  user: string;
  name?: string;
  /** whom alone the user acts for; none: anybody */
  operator?: OperatorId;
  /** numbers of the departments for which the user acts; none: of none in particular */
  departments?: string[];
  rights: string[];
  /** the commands that the user may give */
  commands: CommandName[];
  /** what this gateway has beside the house */
  offers?: ("callers" | "directory" | "roster")[];
  csrf?: string;
  time_ns?: string;
  expires_ns?: string;
  version?: string;
}

/** A mistake in a file, with where it stands. */
export interface FileProblem {
  line?: number;
  column?: number;
  key?: string;
  found: string;
  expected: string;
}

/** Who is on duty when: a table with post, person, from, to and role. */
export interface Roster {
  csv: string;
  /** where nobody is on duty, or two are, or one person is at two places, within 14 days */
  warnings: { what: "gap" | "overlap" | "twice"; post: string; person?: string; other?: string; from_ns?: string; to_ns?: string }[];
  /** of this version */
  tag: string;
}

/** What the store has about a telephone number, newest first. */
export interface CallerRecord {
  persons: { id: string; said: { name?: string; number?: string; card?: string; note?: string; family?: string; group?: string }[] }[];
  calls: { call: CallId; began_ns?: string; answered_ns?: string; ended_ns?: string; queue?: string; operator?: string; number?: string; name?: string; cause?: string; notes?: string[] }[];
  requests: { request: RequestId; no?: string; kind?: string; status: string; owner?: string; opened_ns?: string; due_ns?: string }[];
}

/** A figure: its value, nothing when there is none, and the two numbers that it is made of. */
export type FigureValue = [number | null, number, number];
/** Today, as a wall shows it. */
export interface WallFigures {
  position: number;
  at_ns: string;
  day: string;
  waiting: number;
  longest_wait_ns: string;
  values: Record<string, FigureValue>;
  queues: { queue: number; name: string; waiting: number; longest_wait_ns: string; values: Record<string, FigureValue> }[];
  operators: Record<string, number>;
}

/** What the gateway said no with: an `Errc` of the schema, or a word of the gateway, "login_failed", "unauthenticated", "csrf_refused". */
export class GatewayError extends Error {
  constructor(
    readonly code: Errc | (string & {}),
    readonly status: number,
    message: string,
    /** of a refused command */
    readonly command?: CommandId,
    /** seconds after which to come again */
    readonly retryAfter?: number,
    /** what is wrong with a file, line by line */
    readonly problems?: readonly FileProblem[],
  ) {
    super(message);
    this.name = "GatewayError";
  }
}

/** What became of a command: nothing more is known than that it was accepted, or its outcome. */
export interface Answer {
  id: CommandId;
  state: "accepted" | "done" | "failed" | "timed_out";
  sequence?: number;
  outcome?: Event;
  new_call?: string;
  new_leg?: string;
  new_party?: string;
}

export interface GiveOptions {
  /** repeated with the same id, a command is carried out once */
  id?: CommandId;
  /** until when it may be carried out, and is asked for again while the gateway is away */
  timeoutMs?: number;
  /** the call's expected revision */
  revision?: number;
  /** so long the outcome is waited for, seconds; 0: until it is accepted */
  wait?: number;
  signal?: AbortSignal;
}

export interface LogQuery {
  after?: number;
  /** where to begin when there is no `after`: nothing older is looked at */
  since_ns?: string;
  limit?: number;
  kinds?: readonly string[];
  calls?: readonly string[];
  operators?: readonly string[];
  queues?: readonly string[];
  requests?: readonly string[];
}

export interface DirectoryEntry {
  id: string;
  kind?: string;
  name: string;
  other_names?: string[];
  department?: string;
  department_name?: string;
  title?: string;
  specialities?: string[];
  languages?: string[];
  numbers?: { number: string; see?: string; device?: string; in_service?: boolean; lines?: number }[];
  on_duty?: { person?: string; name?: string; until_ns?: string; backup?: string }[];
}

const AGAIN_MS = 3_000;
const RETRY_MS = [100, 200, 400, 800, 1600];
const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

/** A random 128-bit id that is not 0. */
export function newCommandId(): CommandId {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}
/** A random 64-bit id that is not 0. */
export function newId(): string {
  return BigInt("0x" + hex(crypto.getRandomValues(new Uint8Array(8)))).toString();
}
/** Waits; ends early, and with the signal's reason, when it is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

export class Client {
  /** who is logged on, as far as this client was told */
  session: Session | undefined;
  /** the gateway's clock minus ours, ms: deadlines are by the gateway's */
  private skewMs = 0;
  private readonly base: string;
  private readonly fetcher: typeof fetch;

  constructor(private readonly options: ClientOptions = {}) {
    this.base = (options.url ?? "").replace(/\/$/, "");
    this.fetcher = options.fetch ?? ((...given) => fetch(...given));
  }

  /** The gateway's time, ms since 1970. */
  now(): number {
    return Date.now() + this.skewMs;
  }
  /** What the gateway's clock shows, told by it at `heardAt` of ours. */
  clock(time_ns: string | undefined, heardAt = Date.now()): void {
    if (time_ns) this.skewMs = Number(BigInt(time_ns) / 1_000_000n) - heardAt;
  }

  /** One request. Its body is JSON; an answer that is no success is thrown as a GatewayError, a network's failure as fetch does. */
  async request(method: string, path: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json", ...more };
    if (this.options.language) headers["Accept-Language"] = this.options.language;
    if (this.options.token) headers["Authorization"] = `Bearer ${this.options.token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET" && this.session?.csrf) headers["X-CSRF-Token"] = this.session.csrf;
    const response = await this.fetcher(this.base + path, {
      method, headers, credentials: "same-origin", cache: "no-store",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: string; title?: string; detail?: string; command?: string; problems?: FileProblem[] };
    const retry = Number(response.headers.get("Retry-After") ?? NaN);
    throw new GatewayError(problem.code ?? "internal", response.status, problem.detail ?? problem.title ?? response.statusText, problem.command,
      Number.isFinite(retry) ? retry : undefined, problem.problems);
  }
  private async json<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await this.request(method, path, body, signal);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** @throws GatewayError  login_failed, locked_out */
  async logOn(user: string, password: string): Promise<Session> {
    this.session = undefined;
    return this.begin(await this.json<Session>("POST", "/v1/session", { user, password }));
  }
  /** The session that a browser's cookie still has; nothing when there is none. */
  async resume(): Promise<Session | undefined> {
    try {
      return this.begin(await this.json<Session>("GET", "/v1/session"));
    } catch (error) {
      if (error instanceof GatewayError && error.status === 401) return (this.session = undefined);
      throw error;
    }
  }
  private begin(session: Session): Session {
    this.session = session;
    this.clock(session.time_ns);
    return session;
  }
  async logOff(): Promise<void> {
    await this.json("DELETE", "/v1/session");
    this.session = undefined;
  }

  async snapshot(signal?: AbortSignal): Promise<House> {
    return houseOf(await this.json<Snapshot>("GET", "/v1/snapshot", undefined, signal));
  }

  /**
   * Gives a command. While the gateway is away it is given again, under the same id and deadline, so it is carried out once; a refusal is
   * thrown at once, and nothing has happened.
   *
   * @throws GatewayError  why it was refused; timed_out: nobody knows whether it was accepted
   */
  async give<Name extends CommandName>(name: Name, fields: Commands[Name], options: GiveOptions = {}): Promise<Answer> {
    const deadline = this.now() + (options.timeoutMs ?? 10_000);
    const made = Object.fromEntries((CREATES[name] ?? []).map((field) => [field, newId()]));
    const body: Record<string, unknown> = {
      ...made, ...fields, id: options.id ?? newCommandId(), deadline_ns: String(BigInt(Math.round(deadline)) * 1_000_000n),
    };
    if (options.revision) body["revision"] = options.revision;
    for (const [key, value] of Object.entries(body)) if (value === undefined || value === "") delete body[key];
    const path = `/v1/commands/${name}${options.wait ? `?wait=${options.wait}` : ""}`;
    for (let attempt = 0; ; ++attempt) {
      try {
        return { ...made, ...(await this.json<Answer>("POST", path, body, options.signal)) };
      } catch (error) {
        if (options.signal?.aborted) throw error;
        const again = !(error instanceof GatewayError) || ["queue_full", "not_connected", "rate_limited"].includes(error.code);
        const wait = error instanceof GatewayError && error.retryAfter ? error.retryAfter * 1000 : RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]!;
        if (!again) throw error;
        if (this.now() + wait >= deadline) throw error instanceof GatewayError ? error : new GatewayError("timed_out", 0, String(error), body["id"] as string);
        await pause(wait, options.signal);
      }
    }
  }

  /** A page of the past. */
  log(query: LogQuery, signal?: AbortSignal): Promise<{ events: Event[]; position: number; end?: boolean }> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]);
    return this.json("GET", `/v1/log?${new URLSearchParams(given as [string, string][])}`, undefined, signal);
  }
  /** All of the past that fits, oldest first, page by page. */
  async *past(query: LogQuery, signal?: AbortSignal): AsyncGenerator<Event> {
    for (let after = query.after ?? 0; ; ) {
      const page = await this.log({ limit: 500, ...query, after }, signal);
      yield* page.events;
      if (page.end || page.position <= after) return;
      after = page.position;
    }
  }

  async directory(q: string, count = 20, signal?: AbortSignal): Promise<DirectoryEntry[]> {
    const found = await this.json<{ entries?: DirectoryEntry[] }>("GET", `/v1/directory?${new URLSearchParams({ q, count: String(count) })}`, undefined, signal);
    return found.entries ?? [];
  }
  /** One entry of the directory. */
  entry(id: string, signal?: AbortSignal): Promise<DirectoryEntry> {
    return this.json("GET", `/v1/directory/${encodeURIComponent(id)}`, undefined, signal);
  }
  /** @throws GatewayError  not_found: this gateway keeps no roster */
  async roster(signal?: AbortSignal): Promise<Roster> {
    return this.rosterOf(await this.request("GET", "/v1/roster", undefined, signal));
  }
  /** @throws GatewayError  roster_invalid, with its problems; changed_meanwhile: read it again; access_refused */
  async saveRoster(csv: string, tag: string): Promise<Roster> {
    return this.rosterOf(await this.request("PUT", "/v1/roster", { csv }, undefined, { "If-Match": tag }));
  }
  private async rosterOf(response: Response): Promise<Roster> {
    return { ...((await response.json()) as Omit<Roster, "tag">), tag: response.headers.get("ETag") ?? "" };
  }
  /** Who may be calling; that it was asked is on record. @throws GatewayError  not_found: this gateway has no store; store_away */
  caller(number: string, signal?: AbortSignal): Promise<CallerRecord> {
    return this.json("POST", "/v1/callers", { number }, signal);
  }
  /** Today's figures as they change, at most four times a second. Over a broken line it begins anew; it ends with the signal. */
  async *wall(signal: AbortSignal): AsyncGenerator<WallFigures> {
    while (!signal.aborted) {
      try {
        const response = await this.request("GET", "/v1/events?events=0&figures=1", undefined, signal, { Accept: "text/event-stream" });
        const reader = new MessageReader();
        const pieces = response.body!.pipeThrough(new TextDecoderStream()).getReader();
        for (let piece = await pieces.read(); !piece.done; piece = await pieces.read())
          for (const { event, data } of reader.read(piece.value)) if (event === "figures") yield JSON.parse(data) as WallFigures;
      } catch (error) {
        if (error instanceof GatewayError && (error.status === 401 || error.status === 403)) return;
      }
      await pause(AGAIN_MS, signal).catch(() => {});
    }
  }
  /** As `cordboard report --format json` prints them. */
  figures(query: Record<string, string>, signal?: AbortSignal): Promise<unknown> {
    return this.json("GET", `/v1/figures?${new URLSearchParams(query)}`, undefined, signal);
  }
}
