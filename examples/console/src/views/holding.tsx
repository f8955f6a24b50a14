// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { lastNote, noteOf } from "../model/story.js";
import { t } from "../text.js";
import { Modal, useApp } from "./parts.js";

/** Why a caller is held stands in the note, so whoever takes the caller next knows. */
export function HoldDialog(): JSX.Element {
  const app = useApp();
  const hold = async (why: string): Promise<void> => {
    const call = app.mine().call;
    if (!call || why.trim() === "") return;
    app.set({ dialog: undefined });
    const last = lastNote(app.house, call.id);
    const told = [last?.text, `${t("hold")}: ${why.trim()}`].filter(Boolean).join("; ");
    if (await app.act("hold")) await app.give("note_call", noteOf(app.me, call.id, told, last));
  };
  return (
    <Modal title={t("hold_why")}>
      <form onSubmit={(event) => (event.preventDefault(), void hold(String(new FormData(event.currentTarget).get("why"))))}>
        <div class="choices">
          {t("hold_reasons").split(",").map((why, at) => (
            <button key={why} type="button" class="action" data-first={at === 0 ? "" : undefined} onClick={() => void hold(why)}>{why}</button>
          ))}
        </div>
        <label>{t("hold_reason")}<input name="why" maxLength={60} /></label>
        <button type="submit" class="main">{t("hold")}</button>
      </form>
    </Modal>
  );
}
