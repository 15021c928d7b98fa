// What happens to a request here, in order, with the reason on each line. The order lives nowhere else.

import {
  admit,
  breaker,
  cache,
  commit,
  deadline,
  engineParts,
  hedge,
  join,
  journal,
  Limiter,
  limits,
  type Parts,
  type Pipeline,
  type Placed,
  pipeline,
  retry,
  type Serves,
  timeouts,
  trace,
} from "@fairlead/engine";
import type { Runtime } from "@fairlead/runtime";
import type { Policies } from "./options.ts";

/** The policies of one client: pipelines share their health, each has targets of its own. */
export interface Stack extends Omit<Parts, "router"> {
  readonly limiter: Limiter;
  /** A pipeline around the targets that `serves` names. */
  lane(serves: Serves): Pipeline;
}

/** Builds the stack. */
export function stack(options: Policies, rt: Runtime): Stack {
  const { retry: retrying, breaker: breaking } = options;
  const parts = engineParts(rt, options);
  const { health, admission, spend, joins, cache: answers, hedges } = parts;
  const times = () => options.timeouts;
  const limiter = new Limiter(rt, options.limits);
  let lanes = 0;
  return {
    ...parts,
    limiter,
    lane(serves) {
      const router = parts.router(serves);
      // A lane is an origin and a credential: what one was answered is none of another's business.
      const scope = String(lanes++);
      return pipeline(
        rt,
        [
          { layer: journal(), why: "outermost: sees every request end, whatever becomes of it" },
          { layer: deadline(options.timeouts.total), why: "one time for all attempts and waits together" },
          // A layer that its options leave nothing to do is left out: the others then pay nothing for it.
          ...only(answers.active, {
            layer: cache(options.cache, answers, scope),
            why: "outside the join: while one renews an answer, the others have the one that is kept",
          }),
          ...only(joins.active, {
            layer: join(options.join, joins, scope),
            why: "outside all that costs something: a duplicate draws on no limit, no room and no budget",
          }),
          ...only(limiter.limited, {
            layer: limits(options.limits, limiter),
            why: "outside the retry: a request is charged once, however often it is tried",
          }),
          {
            layer: retry(retrying, router, health, spend),
            why: "outside the selection, so that each try can go elsewhere",
          },
          ...only(options.hedge.enabled, {
            layer: hedge(options.hedge, hedges, serves),
            why: "inside the retry: it makes one attempt of two, and what fails in both is repeated as one",
          }),
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

function only(active: boolean, placed: Placed): readonly Placed[] {
  return active ? [placed] : [];
}
