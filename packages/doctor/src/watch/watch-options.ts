// What a watch is told: how often, and where it may be asked.

import type { Options } from "../context.ts";

/** Default of `WatchOptions.intervalMs`: 30 s. */
export const DEFAULT_INTERVAL_MS = 30_000;
/** Bounds of the interval, milliseconds: 5 s to 1 h. */
export const MIN_INTERVAL_MS = 5_000;
export const MAX_INTERVAL_MS = 3_600_000;
/** Default of `WatchOptions.listen`: this machine only. */
export const DEFAULT_LISTEN = "127.0.0.1:4102";

/** A watch. */
export interface WatchOptions {
  /** How to examine. Deep probes, spending and the soak are left out, whatever it says: a watch must stay cheap. */
  readonly examination: Options;
  /** Milliseconds from the end of one check to the beginning of the next, while nothing changes. */
  readonly intervalMs: number;
  /** host:port for /health and /metrics; port 0 picks a free one. */
  readonly listen: string;
}

/** Reads `30s`, `5m`, `1h`, `500ms` or bare seconds; undefined for what is no time or out of bounds. */
export function parseInterval(text: string): number | undefined {
  const [, figure, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  if (figure === undefined) return undefined;
  const scale = unit === "ms" ? 1 : unit === "m" ? 60_000 : unit === "h" ? 3_600_000 : 1_000;
  const ms = Math.round(Number(figure) * scale);
  return ms >= MIN_INTERVAL_MS && ms <= MAX_INTERVAL_MS ? ms : undefined;
}

/** Reads `127.0.0.1:4102`, `[::1]:4102`, `:4102` or `4102` (this machine only); undefined for what is none of these. */
export function parseListen(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([0-9a-f:.%]+)\]|([^\s:[\]]*)):)?(\d{1,5})$/i.exec(text.trim()) ?? [];
  if (digits === undefined || Number(digits) > 65_535) return undefined;
  return { host: bracketed ?? (plain === undefined || plain === "" ? "127.0.0.1" : plain), port: Number(digits) };
}
