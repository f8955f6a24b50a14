// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { openMatters, partyName } from "../model/calls.js";
import { concerns, inOrder } from "../model/requests.js";
import { lastNote } from "../model/story.js";
import { clock } from "../model/time.js";
import { t } from "../text.js";
import { ActionButton, Modal, useApp, useAsked } from "./parts.js";

export function HandOverDialog(): JSX.Element {
  const app = useApp();
  const open = app.me ? openMatters(app.house, app.me) : [];
  const requests = inOrder(app.house, (r) => concerns(app.keeper(), r));
  const waitingOnes = Object.keys(app.house.hand_overs);
  const hand = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get("note") ?? "").trim();
    if (await app.give("hand_over", { operator: app.me!, ...(text ? { text } : {}) })) app.say(`${t("hand_over")}: ${t("done")}`);
  };
  return (
    <Modal title={t("hand_over")} wide>
      {waitingOnes.length > 0 && (
        <section aria-labelledby="accept-title">
          <h3 id="accept-title">{t("hand_overs")}</h3>
          <ul class="plain-list">{waitingOnes.map((sequence) => <HandedOver key={sequence} sequence={Number(sequence)} />)}</ul>
        </section>
      )}
      {app.me && (
        <form onSubmit={(event) => void hand(event)}>
          <h3>{t("hand_over_open")}</h3>
          {open.length + requests.length === 0 ? <p class="empty">{t("nothing_open")}</p> : (
            <ul class="plain-list">{open.map((id) => {
              const call = app.house.calls[id]!;
              return <li key={id}>{partyName(app.house, app.house.parties[call.caller ?? ""]) || t("unknown_caller")} <small>{lastNote(app.house, id)?.text}</small></li>;
            })}
            {requests.map((r) => <li key={r.id}>{r.no} {r.name}</li>)}</ul>
          )}
          <label>{t("hand_over_note")}<textarea name="note" data-first="" rows={3} maxLength={120} /></label>
          <div class="actions"><button type="submit" class="main">{t("hand_over")}</button><ActionButton action="sign_out" /></div>
        </form>
      )}
    </Modal>
  );
}

function HandedOver({ sequence }: { sequence: number }): JSX.Element {
  const app = useApp();
  const from = app.house.hand_overs[sequence]?.operator ?? "";
  const { value } = useAsked((signal) => app.client.log({ after: sequence - 1, limit: 1 }, signal), sequence);
  const event = value?.events[0];
  const note = event?.kind === "shift_handed_over" ? event.text : "";
  return (
    <li>
      <span><b>{app.house.operators[from]?.name}</b> <time>{clock(event?.time_ns)}</time> {note}</span>
      {app.me && <button type="button" class="action small" onClick={() => void app.give("accept_hand_over", { operator: app.me!, value: String(sequence) })}>{t("accept")}</button>}
    </li>
  );
}
