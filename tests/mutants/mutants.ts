// Every planted fault, and which files they must be planted in.

import { ATTEMPT } from "./faults/attempt.ts";
import { BALANCER } from "./faults/balancer.ts";
import { BREAKER } from "./faults/breaker.ts";
import { CACHE } from "./faults/cache.ts";
import { HEDGE } from "./faults/hedge.ts";
import { JOIN } from "./faults/join.ts";
import { LIMITS } from "./faults/limits.ts";
import { RETRY } from "./faults/retry.ts";
import { SPEND } from "./faults/spend.ts";
import type { Mutant } from "./mutant.ts";

/** All faults, in the order of the table. */
export const MUTANTS: readonly Mutant[] = [...ATTEMPT, ...CACHE, ...JOIN, ...LIMITS, ...SPEND, ...HEDGE, ...BALANCER, ...RETRY, ...BREAKER];
