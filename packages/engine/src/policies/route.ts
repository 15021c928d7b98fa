// Route: picks where an attempt goes, at the moment it goes; the retry decides whether there is another attempt.

import { pause } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import { failure, type Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import type { Health } from "../targets/health.ts";
import type { NoStep, Router } from "../targets/router.ts";
import { VERDICTS } from "../verdict.ts";

/** Ordered targets; a failed one is left by the verdict of its failure. */
export function route(router: Router, health: Health): Layer {
  return (rt) => ({
    name: "route",
    says: "upstreams of the model's rule in order, skipping those that are open, parked or cooling down",
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      // The retry's choice was fit when it was made; a wait may have come between, and every wait may bring news.
      for (let target = x.target; ; ) {
        if (target !== undefined && health.unfit(target, x.look.model ?? "") === undefined) {
          return next({ ...x, target });
        }
        const step = router.next(x);
        if ("none" in step) return refusal(x, step);
        // The retry paid for a repeat on the target that it chose; a repeat elsewhere draws on that platform's budget.
        const last = x.tried[x.tried.length - 1]?.failure;
        const cost = last === undefined || last.unsent ? 0 : VERDICTS[last.verdict].cost;
        if (step.repeat && step.target !== x.target && !health.draw(step.target, x.look.model ?? "", cost)) {
          return refusal(x, { none: "ill", unfit: undefined });
        }
        target = step.target;
        if (step.waitMs <= 0) return next({ ...x, target });
        if (rt.clock.now() + step.waitMs >= x.deadline) return refusal(x, { none: "ill", unfit: undefined });
        if (!(await pause(rt.clock, step.waitMs, x.signal))) return failure("client_gone", {}, { local: true });
      }
    },
  });
}

function refusal(x: Exchange, step: NoStep): Outcome {
  const model = x.look.model ?? "this request";
  if (step.none === "no-rule") return failure("no_upstream", { model }, { local: true });
  const unfit = step.unfit;
  if (unfit?.kind === "parked") return failure("upstream_parked", { model, why: unfit.why }, { local: true });
  const waitMs = Math.min(Math.max(unfit?.waitMs ?? 1_000, 1_000), 60_000);
  if (unfit?.kind === "cooling") {
    const seconds = Math.ceil(unfit.waitMs / 1_000);
    return failure("upstream_limited", { model, seconds }, { local: true, retryAfterMs: unfit.waitMs });
  }
  return failure(
    "upstream_open",
    { model, why: unfit?.why ?? "no upstream left", seconds: Math.ceil(waitMs / 1_000) },
    { local: true, retryAfterMs: waitMs },
  );
}
