// SPDX-License-Identifier: Apache-2.0
import { createContext, type ComponentChildren, type JSX } from "preact";
import { useContext, useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import type { App } from "../app.js";
import { keyOf, shown } from "../keys.js";
import type { ActionId } from "../model/actions.js";
import { t, type TextKey } from "../text.js";

export const AppContext = createContext<App>(undefined as never);
export const useApp = (): App => useContext(AppContext);

/** Draws the component anew when anything of the page has changed. */
export function useChanges(app: App): void {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => app.subscribe(() => redraw(undefined)), [app]);
}

/** The gateway's time, each second. */
export function useNow(): number {
  const app = useApp();
  const [, tick] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), 1000);
    return () => clearInterval(timer);
  }, []);
  return app.now();
}

/** A button of the table of keys. What cannot be done now keeps its place and its focus, and says so. */
export function ActionButton({ action, text, kind = "", of }: { action: ActionId; text?: TextKey; kind?: string; of?: TextKey }): JSX.Element {
  const app = useApp();
  const can = action in app.actions();
  const key = keyOf(action);
  return (
    <button type="button" class={`action ${kind}`} aria-disabled={!can} onClick={() => can && void app.act(action)} aria-keyshortcuts={key || undefined}>
      <span>{of && <span class="unseen">{t(of)} </span>}{t(text ?? action)}</span>
      {key && <kbd>{shown(key)}</kbd>}
    </button>
  );
}

/** Where a dialog is, nothing else is: the browser keeps the focus in it, and gives it back. */
export function Modal({ title, children, wide }: { title: string; children: ComponentChildren; wide?: boolean }): JSX.Element {
  const app = useApp();
  const ref = useRef<HTMLDialogElement>(null);
  // Before it is painted: a key that is pressed as soon as it is seen is the dialog's.
  useLayoutEffect(() => {
    ref.current?.showModal();
    ref.current?.querySelector<HTMLElement>("[data-first]")?.focus();
  }, []);
  return (
    <dialog ref={ref} class={wide ? "wide" : ""} aria-labelledby="dialog-title" onClose={() => app.set({ dialog: undefined })}>
      <header>
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="plain" aria-label={t("close")} onClick={() => ref.current?.close()}>×</button>
      </header>
      {children}
    </dialog>
  );
}

/** A list of which one row is chosen; arrows move in it, and only it is a stop of the Tab key. */
export function ChoiceList<Row>(props: {
  id: string; label: string; rows: readonly Row[]; keyOf: (row: Row) => string; chosen: string | undefined;
  choose: (key: string | undefined) => void; take?: () => void; children: (row: Row) => ComponentChildren; empty: string;
}): JSX.Element {
  const { rows, chosen } = props;
  const at = rows.findIndex((row) => props.keyOf(row) === chosen);
  const move = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey) return;
    const to = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === "Enter" && props.take) props.take();
    else if (event.key === "Escape") props.choose(undefined);
    else if (to === undefined || rows.length === 0) return;
    else props.choose(props.keyOf(rows[Math.min(rows.length - 1, to)]!));
    event.preventDefault();
  };
  if (rows.length === 0) return <p class="empty" id={props.id} tabIndex={-1}>{props.empty}</p>;
  return (
    <ul id={props.id} role="listbox" aria-label={props.label} tabIndex={0} onKeyDown={move}
      aria-activedescendant={at >= 0 ? `${props.id}-${chosen}` : undefined}>
      {rows.map((row) => (
        <li key={props.keyOf(row)} id={`${props.id}-${props.keyOf(row)}`} role="option" aria-selected={props.keyOf(row) === chosen}
          onClick={() => props.choose(props.keyOf(row))} onDblClick={() => { props.choose(props.keyOf(row)); props.take?.(); }}>
          {props.children(row)}
        </li>
      ))}
    </ul>
  );
}

/** A value that is asked for again when `key` changes, and every so often. */
export function useAsked<Value>(ask: (signal: AbortSignal) => Promise<Value>, key: unknown, everyMs = 0): { value: Value | undefined; error: unknown } {
  const [got, set] = useState<{ value: Value | undefined; error: unknown }>({ value: undefined, error: undefined });
  useEffect(() => {
    const stop = new AbortController();
    const once = (): void => void ask(stop.signal).then(
      (value) => !stop.signal.aborted && set({ value, error: undefined }), (error: unknown) => !stop.signal.aborted && set((old) => ({ ...old, error })));
    once();
    const timer = everyMs > 0 ? setInterval(once, everyMs) : undefined;
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [key, everyMs]);
  return got;
}
