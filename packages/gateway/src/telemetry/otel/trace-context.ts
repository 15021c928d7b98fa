// W3C Trace Context (www.w3.org/TR/trace-context): the traceparent header, read and written.

import type { TraceIds } from "@fairlead/engine";
import type { Random } from "@fairlead/runtime";

/** What a caller's traceparent says. */
export interface TraceParent {
  readonly traceId: string;
  readonly parentId: string;
  readonly sampled: boolean;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads a traceparent. Undefined for what the recommendation calls invalid: version ff, ids of zeros only, capital
 * letters, anything behind the flags in version 00. Later versions are read as far as they are known.
 */
export function readTraceParent(text: string): TraceParent | undefined {
  const found = FORM.exec(text.trim());
  if (found === null) return undefined;
  const [, version, traceId = "", parentId = "", flags = "", more] = found;
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The header's value for what we send on. */
export function printTraceParent({ traceId, spanId, sampled }: TraceIds): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

/** So many random bytes in hexadecimal, not all of them zero. */
export function randomHex(random: Random, bytes: number): string {
  let text = "";
  for (let i = 0; i < bytes; i += 2)
    text += Math.floor(random.next() * 65_536)
      .toString(16)
      .padStart(4, "0");
  return /^0+$/.test(text) ? `${text.slice(1)}1` : text;
}

/** The only header of that name, lower case; undefined when there is none or more than one. */
export function oneHeader(raw: readonly string[], lower: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length !== lower.length || name.toLowerCase() !== lower) continue;
    if (value !== undefined) return undefined;
    value = raw[i + 1];
  }
  return value;
}
