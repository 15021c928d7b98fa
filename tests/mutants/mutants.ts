// Every planted fault, and which files they must be planted in.

import { ADMIT } from "./faults/admit.ts";
import { ATTEMPT } from "./faults/attempt.ts";
import { BALANCER } from "./faults/balancer.ts";
import { BREAKER } from "./faults/breaker.ts";
import { CACHE } from "./faults/cache.ts";
import { CONCURRENCY } from "./faults/concurrency.ts";
import { FAIR_QUEUE } from "./faults/fair-queue.ts";
import { HEDGE } from "./faults/hedge.ts";
import { JOIN } from "./faults/join.ts";
import { LIMITS } from "./faults/limits.ts";
import { QUOTA } from "./faults/quota.ts";
import { RETRY } from "./faults/retry.ts";
import { SPEND } from "./faults/spend.ts";
import { TENANCY } from "./faults/tenancy.ts";
import type { Mutant } from "./mutant.ts";

/** All faults, in the order of the table. */
export const MUTANTS: readonly Mutant[] = [
  ...ATTEMPT,
  ...CACHE,
  ...JOIN,
  ...LIMITS,
  ...SPEND,
  ...TENANCY,
  ...HEDGE,
  ...BALANCER,
  ...RETRY,
  ...BREAKER,
  ...CONCURRENCY,
  ...QUOTA,
  ...FAIR_QUEUE,
  ...ADMIT,
];
