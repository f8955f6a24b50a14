// SPDX-License-Identifier: Apache-2.0
// The console beside a hospital's own system: within one of its pages, or opening a page of it for each caller.

export interface Told {
  type: "cordboard.call";
  state: "offered" | "talking" | "over";
  call: string;
  number: string;
  name: string;
}

/** The page that we are within: the gateway lets only the origins of its configuration embed us, so whoever it is may be told. */
function parentOrigin(): string | undefined {
  if (window.parent === window) return undefined;
  // Not every browser names its ancestors: then it is the page that led here.
  return location.ancestorOrigins?.[0] ?? (document.referrer === "" ? undefined : new URL(document.referrer).origin);
}

export function tellParent(told: Told): void {
  const origin = parentOrigin();
  if (origin) window.parent.postMessage(told, origin);
}

/** A number that the page around us wants called; it is only made ready, a person gives the command. */
export function hearParent(dial: (number: string) => void): void {
  window.addEventListener("message", (event: MessageEvent<unknown>) => {
    const said = event.data as { type?: unknown; number?: unknown } | null;
    if (event.origin !== parentOrigin() || event.source !== window.parent || said?.type !== "cordboard.dial") return;
    if (typeof said.number === "string" && /^[+*#\d][\d -]{1,20}$/.test(said.number)) dial(said.number.replace(/[ -]/g, ""));
  });
}

/** The address of a page about a caller, from a template such as https://his.example/patient?phone={number}; nothing unless it is a web address. */
export function popAddress(template: string, told: Pick<Told, "call" | "number" | "name">): string | undefined {
  if (!/^https?:\/\/[^/{}]+(\/|$)/.test(template)) return undefined;
  return template.replace(/\{(number|name|call)\}/g, (_, key: "number" | "name" | "call") => encodeURIComponent(told[key]));
}

export function pop(template: string, told: Told): void {
  const address = popAddress(template, told);
  if (address) window.open(address, "cordboard-caller");
}
