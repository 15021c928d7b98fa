// Tables for people: columns as wide as they must be, cut so that a line fits the terminal.

import { columnsOf, cut, padded } from "../load/report.ts";
import { oneLine } from "../terminal.ts";

/** Cells are not cut below this many columns. */
const LEAST = 8;

/** Lines of a table; empty cells are shown as a dash. The widest columns are cut first where it does not fit. */
export function tableLines(
  header: readonly string[],
  rows: ReadonlyArray<ReadonlyArray<string | null>>,
  columns: number,
): string[] {
  const all = [header, ...rows.map((row) => row.map((cell) => (cell === null || cell === "" ? "-" : oneLine(cell))))];
  const widths = header.map((_, i) => Math.max(...all.map((row) => columnsOf(row[i] ?? ""))));
  const total = () => widths.reduce((sum, one) => sum + one, 2 * (widths.length - 1));
  while (total() > columns) {
    const widest = Math.max(...widths);
    if (widest <= LEAST) break;
    widths[widths.indexOf(widest)] = Math.max(LEAST, widest - Math.max(1, Math.min(total() - columns, 4)));
  }
  return all.map((row) =>
    row
      .map((cell, i) => padded(cut(cell, widths[i] ?? 0), widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** A time of an answer in few characters: `2026-11-21 08:00`. */
export function shortTime(iso: string | null): string | null {
  return iso === null ? null : iso.slice(0, 16).replace("T", " ");
}
