// SPDX-License-Identifier: Apache-2.0
// A gateway for tests: it says what it is told to say, and can be cut off at any word. The real one is met in tests/console.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Said {
  id: number;
  event?: string;
  data: unknown;
}

export class FakeGateway {
  snapshot: Record<string, unknown> = { sequence: 0, time_ns: "0" };
  /** All that is ever said on the stream, in order. */
  script: Said[] = [];
  /** The stream breaks after so many messages; then never again. */
  cutAfter = Infinity;
  /** From where each stream was asked for; null: the whole state. */
  streams: (string | null)[] = [];
  requests: { method: string; path: string; headers: IncomingMessage["headers"]; body: Record<string, unknown> }[] = [];
  /** What a command is answered: a status and a body, or "drop": taken, and the line breaks. */
  answers: (readonly [number, unknown] | "drop")[] = [];
  carriedOut = new Map<string, string>();
  private open = new Set<ServerResponse>();
  private readonly server: Server = createServer((request, response) => void this.handle(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
  say(...said: Said[]): void {
    this.script.push(...said);
    for (const response of this.open) for (const one of said) this.write(response, one);
  }
  cut(): void {
    for (const response of this.open) response.destroy();
    this.open.clear();
  }

  private write(response: ServerResponse, one: Said): void {
    response.write(`id: ${one.id}\n${one.event ? `event: ${one.event}\n` : ""}data: ${JSON.stringify(one.data)}\n\n`);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const piece of request) text += piece;
    const url = new URL(request.url!, "http://gateway");
    const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    this.requests.push({ method: request.method!, path: url.pathname, headers: request.headers, body });
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { "Content-Type": status < 400 ? "application/json" : "application/problem+json" });
      response.end(JSON.stringify(value));
    };
    if (url.pathname === "/v1/session") return json(200, { user: "zhang", operator: "1", rights: [], commands: [], csrf: "proof" });
    if (url.pathname === "/v1/snapshot") return json(200, this.snapshot);
    if (url.pathname === "/v1/events") return this.stream(url.searchParams.get("after"), response);
    if (url.pathname.startsWith("/v1/commands/")) {
      const answer = this.answers.shift() ?? [202, { id: body["id"], state: "accepted", sequence: 1 }];
      if (answer === "drop" || answer[0] < 300) this.carriedOut.set(body["id"] as string, body["deadline_ns"] as string);
      return answer === "drop" ? void request.socket.destroy() : json(answer[0], answer[1]);
    }
    json(404, { code: "not_found", title: "no" });
  }

  /** Without a position the whole state comes first, as the snapshot has it. */
  private stream(asked: string | null, response: ServerResponse): void {
    const whole = this.snapshot as { sequence: number };
    const after = asked === null ? whole.sequence : Number(asked);
    this.streams.push(asked);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    this.write(response, { id: after, event: "hello", data: { sequence: after } });
    if (asked === null) this.write(response, { id: after, event: "state", data: { ...whole, whole: true } });
    let said = 0;
    for (const one of this.script) {
      if (one.id <= after) continue;
      if (said++ === this.cutAfter) {
        this.cutAfter = Infinity;
        response.end();
        return;
      }
      this.write(response, one);
    }
    this.open.add(response);
    response.on("close", () => this.open.delete(response));
  }
}
