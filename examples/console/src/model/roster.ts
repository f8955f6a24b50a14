// SPDX-License-Identifier: Apache-2.0
// The roster as a table: CSV (RFC 4180) to rows and back. Nothing of a row that is not understood is lost.

export interface Duty {
  post: string;
  person: string;
  /** "2026-11-23 08:00", by the hospital's clock */
  from: string;
  to: string;
  role: string;
}
const COLUMNS: readonly (readonly [keyof Duty, readonly string[]])[] = [
  ["post", ["岗位", "科室"]], ["person", ["人员", "工号"]], ["from", ["开始", "起"]], ["to", ["结束", "止"]], ["role", ["角色", "AB角"]],
];

function cells(csv: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  const end = (): void => {
    rows.at(-1)!.push(cell);
    cell = "";
  };
  for (let at = 0; at < csv.length; ++at) {
    const c = csv[at]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (csv[at + 1] === '"') cell += csv[++at];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ",") end();
    else if (c === "\n") {
      end();
      rows.push([]);
    } else if (c !== "\r") cell += c;
  }
  end();
  return rows.filter((row) => row.some((one) => one.trim() !== ""));
}

export function readRoster(csv: string): Duty[] {
  const [head = [], ...rows] = cells(csv.replace(/^\uFEFF/, ""));
  const at = COLUMNS.map(([name, words]) => head.findIndex((one) => one.trim() === name || words.includes(one.trim())));
  return rows.map((row) => Object.fromEntries(COLUMNS.map(([name], n) => [name, (row[at[n]!] ?? "").trim()])) as unknown as Duty);
}

const written = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
export function writeRoster(duties: readonly Duty[]): string {
  return [COLUMNS.map(([name]) => name as string), ...duties.map((duty) => COLUMNS.map(([name]) => written(duty[name])))].map((row) => `${row.join(",")}\n`).join("");
}

/** By post and time, as one looks for it. */
export const ordered = (duties: readonly Duty[]): Duty[] =>
  [...duties].sort((a, b) => a.post.localeCompare(b.post, "zh") || a.from.localeCompare(b.from) || a.role.localeCompare(b.role));

/** The same duty so many days later. */
export function later(duty: Duty, days: number): Duty {
  const moved = (text: string): string => {
    const [date, time = ""] = text.split(" ");
    const [year, month, day] = (date ?? "").split("-").map(Number);
    const next = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, (day ?? 1) + days));
    return Number.isNaN(next.getTime()) ? text : `${next.toISOString().slice(0, 10)} ${time}`;
  };
  return { ...duty, from: moved(duty.from), to: moved(duty.to) };
}
