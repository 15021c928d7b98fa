// What each cell of the grid must come to, and which faults are no failures to hide, each with its reason.

import type { GridCell } from "@fairlead/simulator";
import type { Outcome } from "./outcome.ts";

/** Faults whose error belongs to the request itself: it reaches the client unchanged, whatever other upstreams there are. */
export const FINAL: Readonly<Record<string, string>> = {
  "early-413": "the request is too large for the API everywhere; sending 32 MB again elsewhere changes nothing",
  "error-status": "409 conflict: the request clashes with a change of the caller's own; repeated once, then told",
  "edge-forbidden-403": "a regional rule: a policy decision that is never routed around",
  "prompt-too-long":
    "the prompt does not fit the model; only an upstream with a larger window may be asked, and here there is none (Failover S12 has one)",
  "thread-lost": "the conversation is kept by the account that has lost it; another account never had it",
  "should-retry": "a 400 is the caller's own; `x-should-retry: true` earns it one repeat, not another upstream",
};

/** Faults after which the answer is whole and right, if odd: it must arrive as it was sent. */
export const NO_FAILURE: Readonly<Record<string, string>> = {
  "ping-only": "pings without content for 0.6 s, then the answer goes on: long thinking, and healthy",
  "slow-drip": "few bytes at a time, but always some",
  buffer: "a middlebox delivers all at the end",
  gzip: "compressed against our asking; what cannot be read on its way passes as it is",
  fragment: "every byte a write of its own",
  coalesce: "events share chunks",
  "line-endings": "CRLF, as the SSE standard allows",
  "no-last-blank-line": "message_stop came whole, only its blank line did not",
  "unknown-event": "must be tolerated",
  "unknown-delta": "must be tolerated",
  "unknown-block": "must be tolerated",
  "unknown-stop-reason": "must be tolerated",
  "many-message-delta": "usage is cumulative; nothing is wrong",
  "null-usage": "optional fields",
  "no-message-stop": "the stop reason was given: nothing of the answer is missing (protocol.md 9.2)",
  refusal: "an answer of the model, and billed as one",
  "pause-turn": "an answer that asks to be continued by the caller",
  "window-exceeded": "an answer that ends for a reason of its own",
};

/** Cells that their fault and phase alone do not explain. */
const ODD: ReadonlyArray<{
  readonly is: (cell: GridCell) => boolean;
  readonly pair: readonly Outcome[];
  readonly why: string;
}> = [
  {
    is: ({ fault, phase, streamed }) => fault === "slow-first-byte" && phase === "before-headers" && !streamed,
    pair: ["passed"],
    why: "the headers of a JSON answer come when it is whole, so their lateness is not silence",
  },
  {
    is: ({ fault, phase, streamed }) => fault === "truncate" && phase === "after-message-delta" && streamed,
    pair: ["passed"],
    why: "a clean end behind the stop reason: as no-message-stop, nothing of the answer is missing",
  },
];

/** Phases of a stream at which the client has seen nothing yet. */
const BEFORE_CONTENT = new Set(["connect", "before-headers", "after-headers", "after-message-start"]);

/** What the cell may come to with a healthy second upstream, and why when that is not what its phase says. */
export function expected(cell: GridCell): { readonly outcomes: readonly Outcome[]; readonly why?: string } {
  const odd = ODD.find(({ is }) => is(cell));
  if (odd !== undefined) return { outcomes: odd.pair, why: odd.why };
  const passes = NO_FAILURE[cell.fault];
  if (passes !== undefined) return { outcomes: ["passed"], why: passes };
  const final = FINAL[cell.fault];
  if (final !== undefined) return { outcomes: ["own error"], why: final };
  // A JSON answer is held until it is whole: all of it is before the first content.
  if (!cell.streamed || BEFORE_CONTENT.has(cell.phase)) return { outcomes: ["invisible"] };
  return { outcomes: ["honest error", "told error"] };
}

/** Reasons of the odd cells, for the document. */
export const ODD_REASONS: readonly string[] = ODD.map(({ why }) => why);

/** What a streamed cell must come to when the answer is held until it is whole: nothing can break in front of the client. */
export function expectedHeld(cell: GridCell): readonly Outcome[] {
  const { outcomes } = expected(cell);
  return outcomes.includes("honest error") ? ["invisible"] : outcomes;
}

/** What the cell may come to with one upstream only; `answered` is the status that the upstream gives, 0 for none. */
export function expectedAlone(cell: GridCell, answered: number, pair: Outcome): readonly Outcome[] {
  // An error that the upstream put into words is told in those words.
  if (answered >= 400) return ["own error"];
  if (pair === "passed" || pair === "honest error" || pair === "told error") return [pair];
  // Broken before its content with nobody else to ask: the upstream's own error event, else an error of ours.
  return cell.streamed ? ["told error", "our error"] : ["our error"];
}
