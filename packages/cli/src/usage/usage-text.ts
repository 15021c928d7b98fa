// Usage as text: a table that fits the terminal, CSV, JSON.

import { formatUsd, PICO_PER_USD } from "@fairlead/protocol";
import { columnsOf, cut, padded } from "../load/report.ts";
import { oneLine, type Paint } from "../terminal.ts";
import { COUNTS, type Dimension, type Line, total } from "./usage-line.ts";

/** The table as lines, with a line of sums. */
export function tableLines(lines: readonly Line[], by: readonly Dimension[], paint: Paint, columns: number): string[] {
  const head = [...by, "requests", "input", "cached", "output", "cost"];
  const sum = total(lines);
  const cells = (line: Line, names: readonly string[]) => [
    ...names,
    short(line.attempts),
    short(line.input_tokens + line.cache_write_5m_tokens + line.cache_write_1h_tokens),
    short(line.cache_read_tokens),
    short(line.output_tokens),
    `${line.estimated > 0 ? "~" : ""}${formatUsd(Number(line.pico))}${line.unpriced > 0 ? "+" : ""}`,
  ];
  const rows = lines.map((line) =>
    cells(
      line,
      by.map((one) => oneLine(nameOf(line, one))),
    ),
  );
  const last = cells(
    sum,
    by.map((_, i) => (i === 0 ? "total" : "")),
  );
  const all = [head, ...rows, last];
  const widths = head.map((_, i) => Math.max(...all.map((row) => columnsOf(row[i] ?? ""))));
  // What does not fit is taken from the longest name.
  for (let over = widths.reduce((a, b) => a + b + 2, -2) - columns; over > 0 && by.length > 0; over--) {
    const longest = widths
      .slice(0, by.length)
      .reduce((best, width, i, some) => (width > (some[best] ?? 0) ? i : best), 0);
    if ((widths[longest] ?? 0) <= 4) break;
    widths[longest] = (widths[longest] ?? 0) - 1;
  }
  const show = (row: readonly string[]) =>
    row
      .map((text, i) =>
        i < by.length ? padded(cut(text, widths[i] ?? 0), widths[i] ?? 0) : text.padStart(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const notes = [
    ...(sum.estimated > 0 ? [`~ cut off, and what it used is worked out: ${short(sum.estimated)}`] : []),
    ...(sum.unpriced > 0 ? [`+ with a part that has no known price: ${short(sum.unpriced)}`] : []),
  ];
  return [paint.dim(show(head)), ...rows.map(show), paint.bold(show(last)), ...notes.map((note) => paint.dim(note))];
}

/** The lines as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe. */
export function csvText(lines: readonly Line[], by: readonly Dimension[]): string {
  const head = [...by, ...COUNTS, "usd", "pico_usd"];
  const rows = lines.map((line) => [
    ...by.map((one) => field(nameOf(line, one))),
    ...COUNTS.map((name) => String(line[name])),
    usdText(line.pico),
    String(line.pico),
  ]);
  return `${[head, ...rows].map((row) => row.join(",")).join("\r\n")}\r\n`;
}

/** The lines as one JSON object. */
export function jsonText(
  lines: readonly Line[],
  by: readonly Dimension[],
  period: { readonly from: number; readonly to: number },
): string {
  const view = (line: Line, names: readonly Dimension[]) => ({
    ...Object.fromEntries(names.map((one) => [one, nameOf(line, one)])),
    ...Object.fromEntries(COUNTS.map((name) => [name, line[name]])),
    usd: Number(line.pico) / PICO_PER_USD,
    pico_usd: String(line.pico),
  });
  const from = new Date(period.from).toISOString();
  const to = new Date(period.to).toISOString();
  return `${JSON.stringify({ from, to, by, lines: lines.map((line) => view(line, by)), total: view(total(lines), []) }, undefined, 2)}\n`;
}

/** A line's name in a dimension: a day, an hour, or the name itself. */
export function nameOf(line: Line, dimension: Dimension): string {
  if (dimension === "day") return new Date(line.at ?? 0).toISOString().slice(0, 10);
  if (dimension === "hour") return `${new Date(line.at ?? 0).toISOString().slice(0, 13).replace("T", " ")}h`;
  return line[dimension] || "-";
}

/** A count in at most 6 characters: `812`, `12.4k`, `3.21M`. */
export function short(value: number): string {
  for (const [size, unit] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (value < size * 0.9995) continue;
    const part = value / size;
    return `${part >= 99.95 ? part.toFixed(0) : part >= 9.995 ? part.toFixed(1) : part.toFixed(2)}${unit}`;
  }
  return String(value);
}

/** Dollars exactly, as a decimal number. */
export function usdText(pico: bigint): string {
  const sign = pico < 0n ? "-" : "";
  const digits = String(pico < 0n ? -pico : pico).padStart(13, "0");
  const rest = digits.slice(-12).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -12)}${rest === "" ? "" : `.${rest}`}`;
}

function field(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) && text !== "-" ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
