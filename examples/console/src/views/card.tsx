// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { KEYS, shown, type Key } from "../keys.js";
import { t, type TextKey } from "../text.js";
import { Modal } from "./parts.js";

const GROUPS: readonly [Key["group"], TextKey][] = [["actions", "actions"], ["position", "position"], ["views", "views"]];

export function KeysDialog(): JSX.Element {
  return (
    <Modal title={t("keys")} wide>
      <button type="button" class="action small" data-first="" onClick={() => print()}>{t("print")}</button>
      <div class="card-of-keys">
        {GROUPS.map(([group, title]) => (
          <section key={group} aria-labelledby={`keys-${group}`}>
            <h3 id={`keys-${group}`}>{t(title)}</h3>
            <dl>{KEYS.filter((k) => k.group === group).map((k) => <div key={k.press}><dt><kbd>{shown(k.press)}</kbd></dt><dd>{t(k.text)}</dd></div>)}</dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
