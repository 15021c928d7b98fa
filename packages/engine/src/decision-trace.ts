// The decision trace of a request as text: what was tried, where, how long it took. Holds no secret and no word of a prompt.

import type { Step } from "./exchange.ts";

/** Longest trace in a header, characters: together with the upstream's own headers it stays within what clients take. */
export const MAX_TRACE = 2_048;
/** Names and reasons are cut to this length. */
const MAX_WORD = 60;
/** Room for the words that stand for what was left out. */
const ROOM = 24;

/** One step: `sent east overloaded 212ms`, `waited 640ms`, `waited retry-after 3020ms`, `queued 12ms`. */
export function stepText(step: Step): string {
  const { what, upstream, why } = step;
  const where = upstream === undefined || what === "waited" || what === "queued" ? "" : ` ${plain(upstream)}`;
  // A back-off is what a wait is unless something else is said; a step's own name need not be said twice.
  const reason = why === "" || why === what || (what === "waited" && why === "back-off") ? "" : ` ${plain(why)}`;
  return `${what}${where}${reason}${what === "held" ? "" : ` ${milliseconds(step.ms)}`}`;
}

/**
 * All steps in one line: `sent east overloaded 212ms; waited 640ms; sent west ok 381ms`. When it would be longer than
 * `most` characters the middle is left out and counted: the beginning and the end tell most. Printable ASCII only.
 */
export function traceLine(steps: readonly Step[], most = MAX_TRACE): string {
  const texts = steps.map(stepText);
  const whole = texts.join("; ");
  if (whole.length <= most) return whole;
  const first: string[] = [];
  const last: string[] = [];
  let length = ROOM;
  let from = 0;
  let to = texts.length;
  while (from < to) {
    const next = first.length <= last.length ? (texts[from] ?? "") : (texts[to - 1] ?? "");
    if (length + next.length + 2 > most) break;
    length += next.length + 2;
    if (first.length <= last.length) {
      first.push(next);
      from += 1;
    } else {
      last.unshift(next);
      to -= 1;
    }
  }
  return [...first, `(${to - from} more)`, ...last].join("; ");
}

/** Whether a request took a turn that its log line should tell: more than one attempt, or somebody said no. */
export function eventful(steps: readonly Step[]): boolean {
  let sent = 0;
  for (const { what, why } of steps) {
    if (what === "refused" || what === "held" || what === "hedged") return true;
    if (what === "sent") sent += 1;
    if (what === "sent" && why !== "ok") return true;
  }
  return sent > 1;
}

/** Whole milliseconds; what took less than a half took 0. */
function milliseconds(ms: number): string {
  return `${Math.max(0, Math.round(ms))}ms`;
}

/** A word for a header: printable ASCII without the separator, not too long. */
function plain(text: string): string {
  const clean = text.replace(/[^ -:<-~]+/g, "?");
  return clean.length > MAX_WORD ? `${clean.slice(0, MAX_WORD - 3)}...` : clean;
}
