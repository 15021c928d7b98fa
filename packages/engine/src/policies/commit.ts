// The commit gate: keeps an answer back until its content begins (or until it is whole), so that whatever fails
// before that can be tried again and nobody notices.

import { CODES, wordsOf } from "../codes.ts";
import type { Exchange } from "../exchange.ts";
import type { Ending } from "../flow.ts";
import { choice, integer, type Values } from "../options.ts";
import { type Answer, type Failure, failure, type Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import type { Verdict } from "../verdict.ts";
import type { TIMEOUT_OPTIONS } from "./timeouts.ts";

/** Options of `recover`. */
export const RECOVER_OPTIONS = {
  hold: choice(
    ["first-content", "whole"],
    "first-content",
    "How long a streamed answer is held back: until its first content, or until it is whole (pings flow meanwhile; nothing can then break in front of the client).",
  ),
  hold_bytes: integer(
    65_536,
    268_435_456,
    16_777_216,
    "bytes",
    "Most that is held of one answer; a longer one is passed on from there.",
  ),
} as const;

/** Turns answers that break before anybody saw content into failures that may be tried again. */
export function commit(
  options: Values<typeof RECOVER_OPTIONS>,
  timesOf: (x: Exchange) => Values<typeof TIMEOUT_OPTIONS>,
): Layer {
  return (rt) => ({
    name: "commit",
    says: `holds a stream until ${options.hold === "whole" ? "it is whole" : "its first content"}, any other answer until it is whole, at most ${options.hold_bytes} bytes`,
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      const startedAt = rt.clock.now();
      const firstTokenMs = timesOf(x).first_token;
      if (x.pulse !== undefined) {
        x.pulse.target = x.target;
        x.pulse.sentAt = startedAt;
      }
      const outcome = await next(x);
      if (!outcome.ok) return outcome;
      const { flow } = outcome;
      if (x.pulse !== undefined) x.pulse.flow = flow;
      const reader = flow.reader;
      if (reader === undefined) return outcome;
      const streamed = reader.streamed;
      const timer = streamed
        ? rt.clock.timer(startedAt + firstTokenMs - rt.clock.now(), () => {
            if (reader.started || reader.content) return;
            flow.abort({
              verdict: "too-slow",
              code: "first_token_timeout",
              type: CODES.first_token_timeout.type,
              message: wordsOf("first_token_timeout", { upstream: outcome.target.name, ms: firstTokenMs }),
            });
          })
        : undefined;
      const why = await flow.hold(streamed && options.hold === "first-content" ? "content" : "end", options.hold_bytes);
      timer?.cancel();
      if (why !== "ended") return outcome;
      const ending = flow.ending;
      return ending === undefined || ending.fault === undefined ? outcome : broken(outcome, ending);
    },
  });
}

/**
 * The failure that a held answer's ending amounts to: as nobody saw content, a cut is an early one, and silence is an
 * attempt that was too slow.
 */
function broken(answer: Answer, ending: Ending): Failure {
  const fault = ending.fault;
  const code = fault?.code === "cut" ? "cut_early" : fault?.code;
  const more = {
    verdict: unseen(ending),
    target: answer.target,
    type: fault?.type ?? "api_error",
    held: answer.flow.told ? answer : undefined,
    attempts: fault?.attempts ?? answer.attempts,
  };
  const base = failure(code ?? "cut_early", { upstream: answer.target.name, reason: fault?.message ?? "" }, more);
  // How long it was silent stands in the fault's own words.
  if (code === undefined || code === "idle_timeout") return { ...base, code, message: fault?.message ?? base.message };
  return base;
}

function unseen({ verdict, fault }: Ending): Verdict {
  if (verdict !== "cut") return verdict;
  return fault?.code === "idle_timeout" ? "too-slow" : "cut-early";
}
