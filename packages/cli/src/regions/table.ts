// The table of `fairlead regions`, at most 80 columns wide.

import { showCount, showShare, showTime } from "../load/figures.ts";
import { cut } from "../load/report.ts";
import type { Paint } from "../terminal.ts";
import { type Region, type RegionsView, usable } from "./region.ts";

const COLUMNS = 80;
/** Longest name, provider and region that are shown whole. */
const MAX_NAME = 18;
const MAX_PLACE = 14;

/** The table as lines. `note` is the last. */
export function tableLines(view: RegionsView, paint: Paint, note: string): string[] {
  const placed = view.regions.some(({ region }) => region !== null);
  const probes = view.source === "probes";
  const head = [
    probes ? "address" : "upstream",
    "provider",
    ...(placed ? ["region"] : []),
    "state",
    "mean",
    "P95",
    ...(probes ? ["connect"] : []),
    "available",
    probes ? "probes" : "attempts",
  ];
  const rows = view.regions.map((one) => [
    cut(one.name, MAX_NAME),
    cut(one.provider ?? "-", MAX_PLACE),
    ...(placed ? [cut(one.region ?? "-", MAX_PLACE)] : []),
    one.state,
    time(one.mean_ms),
    time(one.p95_ms),
    ...(probes ? [time(one.connect_ms)] : []),
    one.availability === null ? "-" : showShare(one.ok, one.attempts).replace(" %", "%").replace(" ", ""),
    showCount(one.attempts),
  ]);
  const left = placed ? 4 : 3;
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number) => (i < left ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0));
  const gap = widths.reduce((sum, width) => sum + width, 0) + 2 * (widths.length - 1) <= COLUMNS ? "  " : " ";
  const lines = [paint.dim(head.map(cell).join(gap).trimEnd())];
  for (const [i, row] of rows.entries()) {
    const one = view.regions[i] as Region;
    const cells = row.map(cell);
    cells[left - 1] = styled(one, cells[left - 1] ?? "", paint);
    lines.push(cells.join(gap).trimEnd());
  }
  for (const one of view.regions) {
    if (one.why !== "" && one.state !== "closed" && one.state !== "up")
      lines.push(`  ${paint.bad(cut(`${one.name}: ${one.why}`, COLUMNS - 2))}`);
  }
  lines.push(paint.dim(cut(note, COLUMNS)));
  return lines;
}

/** What the figures are of, and over what time. */
export function noteOf(view: RegionsView): string {
  const seconds = view.window_seconds;
  const window = seconds >= 90 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;
  if (view.source === "probes") return `GET /api/hello without a key, from here; the last ${window}`;
  return `the last ${window}, to the first content, seen by the gateway at ${view.admin ?? ""}`;
}

function time(ms: number | null): string {
  return ms === null ? "-" : showTime(ms);
}

function styled(one: Region, text: string, paint: Paint): string {
  if (!usable(one)) return paint.bad(text);
  return one.state === "half-open" ? paint.accent(text) : text;
}
