// What a request is told when no target can take it, or the queue in front of them cannot.

import type { Exchange } from "../exchange.ts";
import { type Failure, failure } from "../outcome.ts";
import type { NoStep } from "./router.ts";

/** The failure that a missing step amounts to, with an honest time to wait. */
export function refusal(x: Exchange, step: NoStep): Failure {
  const model = x.look.model ?? "this request";
  if (step.none === "no-rule") return failure("no_upstream", { model }, { local: true });
  const unfit = step.unfit;
  if (unfit?.kind === "parked") return failure("upstream_parked", { model, why: unfit.why }, { local: true });
  if (unfit?.kind === "drained" || unfit?.kind === "shut") {
    return failure("upstream_out", { model, why: unfit.why }, { local: true, retryAfterMs: unfit.waitMs });
  }
  const waitMs = Math.min(Math.max(unfit?.waitMs ?? 1_000, 1_000), 60_000);
  if (unfit?.kind === "cooling") {
    const seconds = Math.ceil(unfit.waitMs / 1_000);
    return failure("upstream_limited", { model, seconds }, { local: true, retryAfterMs: unfit.waitMs });
  }
  if (step.hold !== undefined) {
    const fill = { upstream: step.hold.target, why: step.hold.why, seconds: Math.ceil(waitMs / 1_000) };
    return failure("conversation_bound", fill, { local: true, retryAfterMs: waitMs });
  }
  return failure(
    "upstream_open",
    { model, why: unfit?.why ?? "no upstream left", seconds: Math.ceil(waitMs / 1_000) },
    { local: true, retryAfterMs: waitMs },
  );
}

/** The queue has no place. `ms`: when somebody who comes last would have its turn. */
export function queueFull(x: Exchange, waiting: number, ms: number): Failure {
  const fill = { model: x.look.model ?? "this request", waiting, seconds: Math.ceil(ms / 1_000) };
  return failure("queue_full", fill, { local: true, retryAfterMs: ms });
}

/** It waited as long as it may. */
export function queueWaited(x: Exchange, waitedMs: number, ms: number): Failure {
  const fill = { model: x.look.model ?? "this request", ms: Math.round(waitedMs), seconds: Math.ceil(ms / 1_000) };
  return failure("queue_wait", fill, { local: true, retryAfterMs: ms });
}

/** Its deadline comes before any turn could. `since`: when it began to wait. */
export function unreachable(x: Exchange, since: number): Failure {
  const ms = Math.max(0, Math.round(x.deadline - since));
  return failure("deadline", { ms }, { local: true });
}
