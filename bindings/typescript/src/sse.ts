// SPDX-License-Identifier: Apache-2.0
// Server-sent events read from a fetch: a browser's EventSource can neither be told to give up on a silent line nor send a token, and
// Node has none.

export interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Lines become messages; a line may come in pieces. */
export class MessageReader {
  private rest = "";
  private lastId = "";
  private event = "";
  private data: string[] = [];

  /** The messages that are whole now. */
  read(piece: string): Message[] {
    const out: Message[] = [];
    const lines = (this.rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (this.data.length > 0) out.push({ id: this.lastId, event: this.event || "message", data: this.data.join("\n") });
        this.event = "";
        this.data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
      if (field === "data") this.data.push(value);
      else if (field === "event") this.event = value;
      else if (field === "id") this.lastId = value;
    }
    return out;
  }
}
