// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { parked, waiting, type Waits } from "../model/calls.js";
import { ms, ringsSince, span } from "../model/time.js";
import { enumWord, t } from "../text.js";
import { MyCalls } from "./call.js";
import { Directory } from "./directory.js";
import { ActionButton, ChoiceList, useApp, useNow } from "./parts.js";

export function Desk(): JSX.Element {
  return (
    <>
      <Waiting />
      <MyCalls />
      <Directory />
    </>
  );
}

function Waiting(): JSX.Element {
  const app = useApp();
  const now = useNow();
  const rows = waiting(app.house);
  const aside = parked(app.house);
  return (
    <section class="column waiting" aria-labelledby="waiting-title">
      <h2 id="waiting-title">{t("waiting")} <span class="count">{rows.length}</span></h2>
      <ChoiceList id="waiting" label={t("waiting")} rows={rows} keyOf={(row) => row.call} chosen={app.waiting} empty={t("nobody_waits")}
        choose={(call) => app.set({ waiting: call })} take={() => void app.act("answer")}>
        {(row) => <WaitingRow row={row} now={now} />}
      </ChoiceList>
      <h2 id="parked-title">{t("held_elsewhere")} <span class="count">{aside.length}</span> <ActionButton action="unpark" kind="small" /></h2>
      <ChoiceList id="parked" label={t("held_elsewhere")} rows={aside} keyOf={(row) => row.call.id} chosen={app.parked} empty="—"
        choose={(call) => app.set({ parked: call })} take={() => void app.act("unpark")}>
        {({ call, party }) => (
          <>
            <b>{party.name || party.number || t("unknown_caller")}</b>
            <small>{enumWord("cause", party.why)}</small>
            <span class="time">{party.until_ns ? `${t("recall_in")} ${span(ms(party.until_ns) - now)}` : span(now - ms(call.since_ns))}</span>
          </>
        )}
      </ChoiceList>
    </section>
  );
}

function WaitingRow({ row, now }: { row: Waits; now: number }): JSX.Element {
  const app = useApp();
  const rings = ringsSince(row.since_ns, now);
  const late = row.call_?.rings === "late" || rings > 4;
  const place = [row.queue, row.offered ? `${t("ringing_at")} ${app.house.operators[row.offered]?.name ?? ""}` : row.position ? `#${row.position}` : "", row.expected_ns ? `≈${span(ms(row.expected_ns))}` : ""];
  return (
    <>
      <span class={`rank rank-${row.rank}`}>{enumWord("queue_class", row.rank)}</span>
      <b class="who">{row.party?.name || row.party?.number || t("unknown_caller")}</b>
      <span class={`rings${late ? " late" : ""}`}>{rings} {t("rings")}</span>
      <small>{row.party?.name ? row.party.number : ""} {place.filter(Boolean).join(" · ")}</small>
      <span class="time">{row.since_ns ? span(now - ms(row.since_ns)) : ""}</span>
    </>
  );
}
