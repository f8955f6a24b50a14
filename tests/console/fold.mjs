// SPDX-License-Identifier: Apache-2.0
// fold.mjs CLIENT URL: follows a house with the TypeScript client (its token is the first line of the input); each further line is answered by the house
// as it is then.
import { createInterface } from "node:readline";

const [client, url] = process.argv.slice(2);
const { Client, Live } = await import(client);
let live;
const events = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (!live) {
    live = new Live(new Client({ url, token: line })).start();
    live.onEvent((event) => events.push(event.sequence));
    continue;
  }
  const { stories, heard, ...house } = live.house;
  console.log(JSON.stringify({ house, heard, stories: Object.keys(stories), link: live.link, events }));
}
await live?.stop();
