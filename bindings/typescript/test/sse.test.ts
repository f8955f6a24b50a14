// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { MessageReader } from "../src/index.js";

const TEXT = ': a comment\r\nid: 7\nevent: state\ndata: {"a":\ndata: 1}\n\ndata:two\n\nid: 9\nevent: beat\n\n';
const WHOLE = [{ id: "7", event: "state", data: '{"a":\n1}' }, { id: "7", event: "message", data: "two" }];

test("messages are the same however their text is cut into pieces", () => {
  for (let first = 0; first <= TEXT.length; ++first)
    for (const second of [first, Math.min(first + 1, TEXT.length), TEXT.length]) {
      const reader = new MessageReader();
      const got = [TEXT.slice(0, first), TEXT.slice(first, second), TEXT.slice(second)].flatMap((piece) => reader.read(piece));
      expect(got).toEqual(WHOLE);
    }
});

test("a message that has not ended is not told", () => {
  expect(new MessageReader().read("data: half")).toEqual([]);
  expect(new MessageReader().read("data: whole but for its end\n")).toEqual([]);
});
