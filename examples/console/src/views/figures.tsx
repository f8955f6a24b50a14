// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { clock } from "../model/time.js";
import { spoken, t } from "../text.js";
import { useApp, useAsked } from "./parts.js";

interface Report {
  to_ns: number | string;
  log_to_ns: number | string;
  figures: { name: string; title: { en: string; zh: string }; numerator: { en: string; zh: string }; denominator: { en: string; zh: string } }[];
  rows: { labels: Record<string, string>; values: Record<string, [number | null, number, number]> }[];
}

/** What a shift is asked about; all others are a report away. */
const SHOWN = ["calls_from_outside", "offered", "answered", "answer_rate", "within_rings", "abandoned", "abandonment", "transfers", "transfers_connected", "transfer_success", "transfers_dropped", "calls_made"];
const SHARES = new Set(["answer_rate", "within_rings", "abandonment", "transfer_success"]);

export function Figures(): JSX.Element {
  const app = useApp();
  const ask = (by?: string) => (signal: AbortSignal): Promise<Report> =>
    app.client.figures({ period: "day", figures: SHOWN.join(","), ...(by ? { by } : {}) }, signal) as Promise<Report>;
  const { value: whole, error } = useAsked(ask(), "day", 10_000);
  const { value: hours } = useAsked((signal) => app.client.figures({ period: "day", by: "hour", figures: "offered,answered,answer_rate" }, signal) as Promise<Report>, "hours", 30_000);
  const row = whole?.rows[0];
  const shown = (name: string, values: Report["rows"][number]["values"]): string => {
    const value = values[name]?.[0];
    return value === null || value === undefined ? "—" : SHARES.has(name) ? `${(value * 100).toFixed(1)}%` : String(value);
  };
  if (!row) return <p class="empty">{error ? t("no_figures") : "…"}</p>;
  const language = spoken();
  // The report's title has a letter where the number of rings stands.
  const title = (figure: Report["figures"][number]): string => (figure.name === "within_rings" ? t("within_rings") : figure.title[language]);
  return (
    <section class="figures-page" aria-labelledby="figures-title">
      <h2 id="figures-title">{t("figures")} <small>{t("as_of")} {clock(String(whole!.log_to_ns))}</small></h2>
      <dl class="tiles">
        {whole!.figures.map((figure) => (
          <div key={figure.name} class="tile">
            <dt>{title(figure)}</dt>
            <dd class="huge">{shown(figure.name, row.values)}</dd>
            {figure.denominator[language] && <dd><small>{row.values[figure.name]?.[1]} / {row.values[figure.name]?.[2]}</small></dd>}
          </div>
        ))}
      </dl>
      {hours && (
        <div class="scroll" tabIndex={0} role="region" aria-label={t("by_hour")}>
          <table>
            <thead><tr><th scope="col">{t("by_hour")}</th>{hours.figures.map((f) => <th key={f.name} scope="col">{title(f)}</th>)}</tr></thead>
            <tbody>{hours.rows.filter((r) => Object.values(r.values).some((v) => v[1] !== 0)).map((r) => (
              <tr key={Object.values(r.labels).join()}><th scope="row">{Object.values(r.labels).join(" ")}</th>{hours.figures.map((f) => <td key={f.name}>{shown(f.name, r.values)}</td>)}</tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}
