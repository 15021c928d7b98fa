// What happens to a request here, in order, with the reason on each line. The order lives nowhere else.

import {
  Admission,
  admit,
  Balancer,
  breaker,
  commit,
  deadline,
  Health,
  healthNumbers,
  journal,
  type Pipeline,
  pipeline,
  Quotas,
  Router,
  retry,
  type Serves,
  timeouts,
  trace,
} from "@fairlead/engine";
import type { Runtime } from "@fairlead/runtime";
import type { Policies } from "./options.ts";

/** The policies of one client: pipelines share their health, each has targets of its own. */
export interface Stack {
  readonly health: Health;
  readonly admission: Admission;
  /** A pipeline around the targets that `serves` names. */
  lane(serves: Serves): Pipeline;
}

/** Builds the stack. */
export function stack(options: Policies, rt: Runtime): Stack {
  const { retry: retrying, breaker: breaking } = options;
  const health = new Health(rt, healthNumbers(options));
  const balancer = new Balancer(rt, options.balance, (target) => target.region ?? target.name);
  const waiting = { queue: options.admission.queue, waitMs: options.admission.wait };
  const admission = new Admission(rt, health, new Quotas(options.quota), balancer, waiting);
  const numbers = { waitBeforeMoveMs: retrying.wait_before_move, capMs: retrying.max_delay };
  const times = () => options.timeouts;
  return {
    health,
    admission,
    lane(serves) {
      const router = new Router(rt, serves, health, numbers, admission);
      return pipeline(
        rt,
        [
          { layer: journal(), why: "outermost: sees every request end, whatever becomes of it" },
          { layer: deadline(options.timeouts.total), why: "one time for all attempts and waits together" },
          { layer: retry(retrying, router, health), why: "outside the selection, so that each try can go elsewhere" },
          {
            layer: admit(admission, router, health),
            why: "inside the retry: no room is held while it backs off; chooses at the moment the attempt goes",
          },
          { layer: breaker(breaking, health), why: "inside the retry, so that each attempt counts, not each request" },
          { layer: trace(), why: "inside the breaker: counts what goes out on the wire, and knows where to" },
          {
            layer: commit(options.recover, times),
            why: "the breaker hears the verdict at first content, not at the head",
          },
          { layer: timeouts(times), why: "innermost: measures the wire alone" },
        ],
        (x) => (x.target === undefined ? Promise.reject(new Error("no target chosen")) : x.target.send(x)),
      );
    },
  };
}
