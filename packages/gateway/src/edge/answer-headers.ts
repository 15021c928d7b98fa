// Response headers on their way to the client: the upstream's as they came, less what concerns one hop, and ours.

import { type Answer, type Exchange, traceLine } from "@fairlead/engine";
import { HOP_BY_HOP } from "@fairlead/protocol";

/** What was changed: the model's name, the address of a batch's results, a list, or both of these. */
type Rewritten = boolean | "results_url" | "list" | "list, results_url";

/**
 * Headers of ours that say how an answer came about. `rewritten`: true for the model's name, or what else was changed.
 * `traced`: the caller wants to be told what was done.
 */
export function ownHeaders(x: Exchange, upstream: string, rewritten: Rewritten, traced: boolean): string[] {
  const headers = [
    "fairlead-request-id",
    x.id,
    "fairlead-upstream",
    upstream,
    "fairlead-attempts",
    String(x.tally.attempts),
    "fairlead-rewritten",
    rewrittenLine(rewritten, x.redacted === true),
    "fairlead-cache",
    x.tally.cache ?? "off",
  ];
  const { cacheAgeMs } = x.tally;
  if (cacheAgeMs !== undefined) headers.push("fairlead-cache-age", String(Math.floor(cacheAgeMs / 1_000)));
  if (x.tally.limits !== undefined) headers.push("fairlead-limits", x.tally.limits.header());
  if (traced) headers.push(...traceHeader(x));
  return headers;
}

function rewrittenLine(rewritten: Rewritten, redacted: boolean): string {
  const line = rewritten === true ? "model" : rewritten || "none";
  return redacted ? (line === "none" ? "redacted" : `${line}, redacted`) : line;
}

/** Why a request that failed did not go to another upstream, as a header; nothing when none was left out. */
export function holdHeader(x: Exchange): string[] {
  const held = x.tally.steps.findLast(({ what }) => what === "held");
  return held === undefined ? [] : ["fairlead-held", `${held.upstream}: ${held.why}`];
}

/** What was done so far, as a header; `none` when nothing was. */
export function traceHeader(x: Exchange): string[] {
  return ["fairlead-trace", traceLine(x.tally.steps) || "none"];
}

/**
 * The upstream's headers without hop-by-hop ones and without those of our names, which only this gateway can say of itself:
 * beside ours they would make two values of one. A length only when the body goes out as one piece.
 */
export function passedHeaders(raw: readonly string[], withLength: boolean): string[] {
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    switch (name.length) {
      // The lengths of the hop-by-hop names and of content-length: all others need no look.
      case 2:
      case 7:
      case 10:
      case 14:
      case 16:
      case 17:
      case 18:
      case 19: {
        const lower = name.toLowerCase();
        if (HOP_BY_HOP.has(lower) || (lower === "content-length" && !withLength)) continue;
        break;
      }
      default:
    }
    if ((name.charCodeAt(0) | 0x20) === 0x66 && /^fairlead-/i.test(name)) continue;
    headers.push(name, raw[i + 1] as string);
  }
  return headers;
}

/** Headers of an answer that is streamed. */
export function streamHeaders(x: Exchange, answer: Answer, traced: boolean): string[] {
  const headers = passedHeaders(answer.headers, false);
  headers.push(
    ...ownHeaders(x, answer.target.name, answer.rewritten, traced),
    "fairlead-stream",
    "live",
    "x-accel-buffering",
    "no",
  );
  return headers;
}

/** Headers of a stream whose status is committed before any upstream has answered. */
export function earlyHeaders(x: Exchange, traced: boolean): string[] {
  return [
    "content-type",
    "text/event-stream; charset=utf-8",
    "cache-control",
    "no-cache, no-transform",
    "x-accel-buffering",
    "no",
    "fairlead-request-id",
    x.id,
    "fairlead-cache",
    x.tally.cache ?? "off",
    "fairlead-stream",
    "early",
    ...(traced ? traceHeader(x) : []),
  ];
}
