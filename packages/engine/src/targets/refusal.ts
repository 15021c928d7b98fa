// What a request is told when no target can take it.

import type { Exchange } from "../exchange.ts";
import { type Failure, failure } from "../outcome.ts";
import type { NoStep } from "./router.ts";

/** The failure that a missing step amounts to, with an honest time to wait. */
export function refusal(x: Exchange, step: NoStep): Failure {
  const model = x.look.model ?? "this request";
  if (step.none === "no-rule") return failure("no_upstream", { model }, { local: true });
  const unfit = step.unfit;
  if (unfit?.kind === "parked") return failure("upstream_parked", { model, why: unfit.why }, { local: true });
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
