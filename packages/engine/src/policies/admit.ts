// Admit: picks where an attempt goes at the moment it goes, or makes it wait its turn when nobody has room.

import { pause, type Runtime, Signal } from "@fairlead/runtime";
import { type Exchange, newTally } from "../exchange.ts";
import type { Fault } from "../flow.ts";
import { type Failure, failure, type Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import type { Admission } from "../targets/admission.ts";
import { Grant } from "../targets/grant.ts";
import type { Health } from "../targets/health.ts";
import { refusal } from "../targets/refusal.ts";
import type { Router } from "../targets/router.ts";
import type { Target } from "../targets/target.ts";
import { VERDICTS } from "../verdict.ts";

/** Ordered targets; those that are ill are passed by, those that are full are waited for in the fair queue. */
export function admit(admission: Admission, router: Router, health: Health): Layer {
  return (rt) => ({
    name: "admit",
    says: "upstreams of the model's rule in order, skipping those that are open, parked or cooling down; without room a request waits its turn by class and tenant",
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      // The retry's choice was fit when it was made; a wait may have come between, and every wait may bring news.
      for (let target = x.target; ; ) {
        if (target !== undefined && usable(health, target, x)) return go(admission, router, x, target, next);
        const step = router.next(x);
        if ("none" in step) {
          if (step.none === "busy") return go(admission, router, x, undefined, next);
          return refusal(x, step);
        }
        // The retry paid for a repeat on the target that it chose; a repeat elsewhere draws on that platform's budget.
        const last = x.tried[x.tried.length - 1]?.failure;
        const cost = last === undefined || last.unsent ? 0 : VERDICTS[last.verdict].cost;
        if (
          step.repeat &&
          step.target !== x.target &&
          !health.draw(step.target, x.look.model ?? "", cost, x.priority)
        ) {
          return refusal(x, { none: "ill", unfit: undefined });
        }
        target = step.target;
        if (step.probe !== undefined) probe(rt, admission, x, step.probe, next);
        if (step.waitMs <= 0) return go(admission, router, x, target, next);
        if (rt.clock.now() + step.waitMs >= x.deadline) return refusal(x, { none: "ill", unfit: undefined });
        if (!(await pause(rt.clock, step.waitMs, x.signal))) return failure("client_gone", {}, { local: true });
      }
    },
  });
}

/** A larger request is no probe while others may come: what it costs is billed when it is answered. */
const PROBE_BYTES = 65_536;
/** What a target gets to show that it is well, milliseconds. */
const PROBE_MS = 60_000;

/**
 * Tries an ill target with a copy of the request, beside the request itself: its answer is thrown away at first content,
 * which closes the circuit or not. A request that creates something is never copied.
 */
function probe(rt: Runtime, admission: Admission, x: Exchange, target: Target, next: Next): void {
  if (x.once || (x.body?.length ?? 0) > PROBE_BYTES) return;
  const signal = new Signal();
  const tally = newTally();
  tally.spent = x.tally.spent;
  const copy: Exchange = { ...x, target, signal, tally, probe: true };
  const grant = admission.enter(copy, target);
  if (grant === undefined) return;
  const timer = rt.clock.timer(PROBE_MS, () => signal.abort("the probe took too long"));
  const ended = (outcome: Outcome) => {
    timer.cancel();
    if (outcome.ok) {
      grant.begun(outcome);
      outcome.flow.abort(PROBED);
    } else grant.failed(outcome);
    admission.stirred();
  };
  // Nobody waits for it: a defect inside must not become the process's end. The request itself goes the same way, and tells.
  void next(copy).then(ended, () => ended(failure("internal", {}, { verdict: "cancelled" })));
}

const PROBED: Fault = {
  verdict: "cancelled",
  code: "client_gone",
  type: "api_error",
  message: "a probe is not read on",
};

/** `held` and `drained` are used where nothing else serves: the router has seen to that. */
function usable(health: Health, target: Target, x: Exchange): boolean {
  const unfit = health.unfit(target, x.look.model ?? "");
  return unfit === undefined || unfit.kind === "held" || unfit.kind === "drained";
}

async function go(
  admission: Admission,
  router: Router,
  x: Exchange,
  target: Target | undefined,
  next: Next,
): Promise<Outcome> {
  const at = target === undefined ? undefined : admission.enter(x, target);
  const grant: Grant | Failure = at ?? (await admission.wait({ ...x, target }, router));
  if (!(grant instanceof Grant)) return grant;
  let outcome: Outcome;
  try {
    outcome = await next({ ...x, target: grant.target });
  } catch (e) {
    grant.failed(failure("internal", {}, { verdict: "cancelled" }));
    throw e;
  }
  if (outcome.ok) grant.begun(outcome);
  else grant.failed(outcome);
  admission.stirred();
  return outcome;
}
