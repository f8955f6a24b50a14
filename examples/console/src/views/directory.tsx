// SPDX-License-Identifier: Apache-2.0
import type { DirectoryEntry } from "cordboard";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Target } from "../model/actions.js";
import { presence } from "../model/calls.js";
import { t } from "../text.js";
import { ActionButton, useApp } from "./parts.js";

interface Row extends Target {
  key: string;
  name: string;
  about: string;
  duty: string;
}

/** One row for each number: what is chosen is what is called. */
function rowsOf(entries: readonly DirectoryEntry[]): Row[] {
  return entries.flatMap((entry) => {
    const duty = (entry.on_duty ?? []).map((d) => d.name ?? d.person ?? "").filter(Boolean).join("、");
    const about = [entry.department_name, entry.title, ...(entry.specialities ?? [])].filter(Boolean).join(" · ");
    return (entry.numbers ?? []).map((n, at) => ({ key: `${entry.id}-${at}`, name: entry.name, about, duty, number: n.number, device: n.device }));
  });
}

const WAIT_MS = 60;

export function Directory(): JSX.Element {
  const app = useApp();
  const [text, setText] = useState("");
  const [entries, setEntries] = useState<readonly DirectoryEntry[]>([]);
  /** what `entries` were found by: what is typed may be ahead of it */
  const [found, setFound] = useState("");
  const [without, setWithout] = useState(false);
  const [wanted, setWanted] = useState(false);
  const [key, setKey] = useState("");
  const asked = text.trim();
  const type = (next: string): void => {
    setText(next);
    setKey("");
    setWanted(false);
    app.set({ target: undefined });
  };
  useEffect(() => {
    if (asked === "") return (setEntries([]), setFound(""));
    const stop = new AbortController();
    const timer = setTimeout(() => {
      app.client.directory(asked, 30, stop.signal).then(
        (all) => (setEntries(all), setFound(asked), setWithout(false)),
        () => stop.signal.aborted || (setEntries([]), setFound(asked), setWithout(true)));
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked]);

  // Without a directory the house's own phones are found by name and number; with nothing typed, its departments are there.
  const phones = Object.values(app.house.devices)
    .filter((d) => d.kind !== "trunk" && (asked === "" ? d.department : without && `${d.name} ${d.number}`.toLowerCase().includes(asked.toLowerCase())))
    .map((d): Row => ({ key: `device-${d.id}`, name: d.name ?? "", about: "", duty: "", number: d.number ?? "", device: d.id }));
  const dialled: Row[] = /^[+*#\d][\d -]{1,20}$/.test(asked) ? [{ key: "dial", name: `${t("dial_number")} ${asked}`, about: "", duty: "", number: asked.replace(/[ -]/g, "") }] : [];
  const known = rowsOf(entries);
  const rows = [...known, ...phones.filter((p) => !known.some((k) => k.device === p.device)), ...dialled.filter((d) => !known.some((k) => k.number === d.number))];

  const at = rows.findIndex((row) => row.key === key);
  const choose = (to: number): void => {
    const row = rows[to];
    setKey(row?.key ?? "");
    app.set({ target: row });
  };
  const move = (event: KeyboardEvent): void => {
    if (event.altKey || event.isComposing) return;
    if (event.key === "ArrowDown") choose(Math.min(rows.length - 1, at + 1));
    else if (event.key === "ArrowUp") choose(Math.max(0, at - 1));
    else if (event.key === "Enter") {
      if (at < 0) setWanted(true);
      else void app.act("consult");
    } else if (event.key === "Escape") type("");
    else return;
    event.preventDefault();
  };
  const chosen = rows[at];
  // Enter means the first that fits what was typed, not what was found before.
  useEffect(() => {
    if (!wanted || found !== asked) return;
    setWanted(false);
    choose(0);
  }, [wanted, found, asked]);
  useEffect(() => {
    if (chosen) document.getElementById(`found-${chosen.key}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen?.key]);

  return (
    <section class="column directory" aria-labelledby="directory-title">
      <h2 id="directory-title">{t("directory")} <kbd>F1</kbd></h2>
      <input id="search" type="text" inputMode="search" role="combobox" aria-expanded={rows.length > 0} aria-controls="found" aria-autocomplete="list" aria-label={t("search_label")}
        aria-activedescendant={chosen ? `found-${chosen.key}` : undefined} placeholder={t("search")} value={text} autocomplete="off" spellcheck={false}
        onInput={(event) => type(event.currentTarget.value)} onKeyDown={move} />
      <p class="unseen" role="status">{asked ? `${rows.length} ${t("found")}` : ""}</p>
      {rows.length === 0 ? <p class="empty" id="found">{asked ? t("nothing_found") : ""}</p> : (
        <ul id="found" role="listbox" aria-label={t("results")}>
          {rows.map((row, n) => (
            <li key={row.key} id={`found-${row.key}`} role="option" aria-selected={n === at} onClick={() => choose(n)}
              onDblClick={() => (choose(n), void app.act("consult"))}>
              <b>{row.name}</b>
              <span class="number">{row.number}</span>
              <small>{[row.about, row.duty && `${t("on_duty")}: ${row.duty}`].filter(Boolean).join(" · ")}</small>
              <Presence device={row.device} />
            </li>
          ))}
        </ul>
      )}
      <div class="actions" role="group" aria-label={t("directory")}>
        <ActionButton action="consult" text={app.mine().call?.caller ? "consult" : "dial"} />
        <ActionButton action="blind" />
      </div>
    </section>
  );
}

function Presence({ device }: { device: string | undefined }): JSX.Element | null {
  const app = useApp();
  const is = presence(app.house, device);
  return is ? <span class={`presence is-${is}`}>{t(is)}</span> : null;
}
