// SPDX-License-Identifier: Apache-2.0
// Who waits, and a button that answers: a whole page of an integrator's own.
import { Client, GatewayError, Live } from "cordboard";

const client = new Client();
const link = document.querySelector("#link")!;

document.querySelector("form")!.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target as HTMLFormElement);
  try {
    const session = await client.logOn(String(form.get("user")), String(form.get("password")));
    const live = new Live(client).start();
    live.subscribe(() => draw(live, session.operator ?? "1"));
  } catch (error) {
    link.textContent = (error as Error).message;
  }
});

function draw(live: Live, operator: string): void {
  const { house } = live;
  link.textContent = live.link.state;
  const rows = Object.values(house.queues).flatMap((queue) => queue.waiting ?? []).map(({ call, position }) => {
    const caller = house.parties[house.calls[call]?.caller ?? ""];
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.textContent = "Answer";
    button.onclick = () =>
      void live.give("pickup", { call, operator }).catch((error: GatewayError) => (link.textContent = error.message));
    // As a text: what a caller is called may be anything.
    row.append(`${position ?? ""} ${caller?.name ?? ""} ${caller?.number ?? ""} `, button);
    return row;
  });
  document.querySelector("#waiting")!.replaceChildren(...rows);
}
