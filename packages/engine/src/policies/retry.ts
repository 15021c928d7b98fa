// Retry: whether a failed attempt is followed by another, after how long, and that all stays inside one budget.

import { pause, type Runtime } from "@fairlead/runtime";
import type { Exchange, Try } from "../exchange.ts";
import type { WaitFact } from "../facts.ts";
import { SPEND_CAP_OPTIONS } from "../mechanics/spend-cap.ts";
import { duration, integer, number, type Values } from "../options.ts";
import type { Failure, Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import type { Health } from "../targets/health.ts";
import type { Router } from "../targets/router.ts";
import { VERDICTS } from "../verdict.ts";
import { maybeBilled, type Spend } from "./spend.ts";

/** Options of `retry`. Three attempts and at most 8 s are what `@anthropic-ai/sdk` does; size and refill of the budget are gRPC A6 (10 tokens, 0.1 a success). */
export const RETRY_OPTIONS = {
  attempts: integer(1, 10, 3, "attempts", "How many attempts a request gets in all, the first included."),
  max_delay: duration(
    0,
    60_000,
    8_000,
    "Longest back-off of our own between two attempts; a Retry-After may ask for more.",
  ),
  wait_before_move: duration(
    0,
    60_000,
    3_000,
    "A Retry-After up to this is waited out on the same upstream, whose prompt cache is warm; a longer one moves the request if another upstream can take it.",
  ),
  budget: number(
    1,
    1_000,
    10,
    "tokens",
    "Size of the retry budget of each platform and model; repeats stop when half of it is gone.",
  ),
  budget_refill: number(0.001, 10, 0.1, "tokens", "What each success returns to the budget."),
  ...SPEND_CAP_OPTIONS,
} as const;

/**
 * Tries again, or elsewhere, as the failure table and the budget allow.
 * @param spend the tenants' bills; a repeat of what may have been billed must be a small share of them. Default: no cap.
 */
export function retry(options: Values<typeof RETRY_OPTIONS>, router: Router, health: Health, spend?: Spend): Layer {
  return (rt) => ({
    name: "retry",
    says: `at most ${options.attempts} attempts, full jitter up to ${options.max_delay} ms, Retry-After as a floor, budget ${options.budget} tokens refilled ${options.budget_refill} per success${spend === undefined ? "" : `, at most ${options.extra_spend * 100} % of spend for repeats of what may be billed`}`,
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      const startedAt = rt.clock.now();
      const first = await next(x);
      const last = first.ok ? first : await again(rt, options, router, health, spend, x, next, first, startedAt);
      if (last.ok) spend?.delivered(x, last);
      else tellHold(x, last, rt.clock.now());
      return last;
    },
  });
}

async function again(
  rt: Runtime,
  options: Values<typeof RETRY_OPTIONS>,
  router: Router,
  health: Health,
  spend: Spend | undefined,
  x: Exchange,
  next: Next,
  first: Failure,
  firstAt: number,
): Promise<Outcome> {
  let failed = first;
  let startedAt = firstAt;
  let current = x;
  for (let attempt = x.attempt + madeFor(failed); ; attempt += madeFor(failed)) {
    if (failed.local || attempt >= options.attempts || x.signal.aborted) return worthTelling(current.tried, failed);
    const now = rt.clock.now();
    const one: Try = { target: failed.target, failure: failed, at: now, tookMs: now - startedAt };
    current = { ...current, attempt, tried: [...current.tried, one], target: undefined };
    let step = router.next(current);
    if ("none" in step) return worthTelling(current.tried, failed);
    const row = VERDICTS[failed.verdict];
    const inTime = now + step.waitMs < x.deadline;
    const charged = step.repeat && inTime && spend !== undefined && maybeBilled(failed);
    const affordable = !charged || spend.repeat(x);
    let booked = charged && affordable;
    const cost = failed.unsent ? 0 : row.cost;
    if (step.repeat && !(inTime && affordable && health.draw(step.target, x.look.model ?? "", cost, x.priority))) {
      if (booked) spend?.spared(x);
      booked = false;
      // A repeat that comes too late, or that the budget denies, is no reason not to ask somebody who was not asked yet:
      // that amplifies nothing.
      const fresh = router.elsewhere(current);
      if (fresh === undefined) return worthTelling(current.tried, failed);
      step = fresh;
    }
    if (now + step.waitMs >= x.deadline) return worthTelling(current.tried, failed);
    if (step.waitMs > 0) {
      const fact: WaitFact = { kind: "wait", at: now, x: current, waitMs: step.waitMs, upstream: step.target.name };
      rt.emit(fact);
      x.tally.waitMs += step.waitMs;
      const why = failed.retryAfterMs === undefined ? "back-off" : "retry-after";
      x.tally.steps.push({ at: now + step.waitMs, what: "waited", upstream: step.target.name, ms: step.waitMs, why });
      if (!(await pause(rt.clock, step.waitMs, x.signal))) {
        if (booked) spend?.spared(x);
        return worthTelling(current.tried, failed);
      }
    }
    startedAt = rt.clock.now();
    const outcome = await next({ ...current, target: step.target });
    if (outcome.ok) return outcome;
    failed = outcome;
  }
}

/** Others serve the model, and it did not go there: an upstream's own words would not tell why. */
function tellHold({ tally }: Exchange, last: Failure, at: number): void {
  const hold = tally.ranking?.hold;
  if (hold === undefined || VERDICTS[last.verdict].move === "no") return;
  tally.steps.push({ at, what: "held", upstream: hold.target, ms: 0, why: hold.why });
}

/** What an attempt counts as: one, or as many as a gateway behind has made for it, so that both share one number. */
function madeFor(failed: Failure): number {
  return Math.max(1, failed.attempts ?? 1);
}

/** The failure that tells the caller most: the newest that an upstream answered itself, else the newest of all. */
function worthTelling(tried: readonly Try[], last: Failure): Failure {
  if (
    last.response !== undefined ||
    last.held !== undefined ||
    last.verdict === "deadline" ||
    last.verdict === "cancelled"
  )
    return last;
  return tried.findLast((one) => one.failure.response !== undefined || one.failure.held !== undefined)?.failure ?? last;
}
