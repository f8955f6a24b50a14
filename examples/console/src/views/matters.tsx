// SPDX-License-Identifier: Apache-2.0
import type { OpenRequest } from "cordboard";
import type { JSX } from "preact";
import { concerns, groupOf, GROUPS, inOrder, type Group } from "../model/requests.js";
import { t, type TextKey } from "../text.js";
import { ChoiceList, useApp, useNow } from "./parts.js";
import { ChosenRequest, RequestRow } from "./requests.js";

const TITLES: Readonly<Record<Group, TextKey>> = { asked: "matters_asked", approvals: "matters_approvals", late: "matters_late", calls: "matters_calls", today: "matters_today", later: "matters_later" };

/** For who takes no calls: what waits for a handler or the head of a unit, by why it does. Whoever may approve has all that asks for it. */
export function Matters(): JSX.Element {
  const app = useApp();
  const now = useNow();
  const keeper = app.keeper();
  const midnight = BigInt(new Date(now).setHours(24, 0, 0, 0)) * 1_000_000n;
  const rows = inOrder(app.house, (r) => concerns(keeper, r) || (r.approval === "asked" && app.allowed("answer_approval")));
  const by = new Map<Group, OpenRequest[]>(GROUPS.map((group) => [group, []]));
  for (const row of rows) by.get(groupOf(keeper, row, BigInt(Math.round(now)) * 1_000_000n, midnight))!.push(row);
  const names = keeper.devices.map((id) => app.house.devices[id]?.name).filter(Boolean);
  return (
    <>
      <section class="column matters-list" aria-labelledby="matters-title">
        <h2 id="matters-title">{t("matters")} <span class="count">{rows.length}</span> <small>{names.join("、")}</small></h2>
        {rows.length === 0 && <p class="empty">{t("no_matters")}</p>}
        {GROUPS.map((group) => ({ group, of: by.get(group)! })).filter(({ of }) => of.length > 0).map(({ group, of }) => (
          <div key={group} class={`group is-${group}`}>
            <h3>{t(TITLES[group])} <span class="count">{of.length}</span></h3>
            <ChoiceList id={`matters-${group}`} label={t(TITLES[group])} rows={of} keyOf={(row) => row.id} chosen={app.request} empty="" choose={(request) => app.set({ request })}>
              {(row) => <RequestRow row={row} now={now} />}
            </ChoiceList>
          </div>
        ))}
      </section>
      <ChosenRequest />
    </>
  );
}
