// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { ms } from "../model/time.js";
import { t } from "../text.js";
import { Modal, useApp } from "./parts.js";

/** Why an operator takes no calls: what takes an approval is asked for. */
export function ReasonsDialog(): JSX.Element {
  const app = useApp();
  const leave = (reason: number, approval: boolean): void => {
    app.set({ dialog: undefined });
    if (approval) void app.give("ask_leave", { operator: app.me!, detail: reason });
    else void app.give("not_ready", { operator: app.me!, ...(reason ? { detail: reason } : {}) });
  };
  const reasons = Object.entries(app.house.reasons);
  return (
    <Modal title={t("reasons")}>
      <div class="choices">
        {reasons.map(([number, reason], at) => (
          <button key={number} type="button" class="action" data-first={at === 0 ? "" : undefined} onClick={() => leave(Number(number), reason.approval ?? false)}>
            <span>{reason.name}</span>
            <small>{[reason.limit_ns && `${Math.round(ms(reason.limit_ns) / 6_000) / 10} ${t("minutes")}`, reason.times && `${reason.times} ${t("per_shift")}`, reason.approval && t("approval")].filter(Boolean).join(" · ")}</small>
          </button>
        ))}
        <button type="button" class="action" data-first={reasons.length === 0 ? "" : undefined} onClick={() => leave(0, false)}>{t("no_reason")}</button>
      </div>
    </Modal>
  );
}
