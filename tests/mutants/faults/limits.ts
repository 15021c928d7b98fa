// Planted faults of the client's own limits: turns, refusals, settlement, and both kinds of bucket.

import { faultsOf, type Mutant } from "../mutant.ts";

export const LIMITS: readonly Mutant[] = [
  ...faultsOf(
    "limits",
    "policies/limits.ts",
    ["policies/limits.test.ts"],
    [
      [
        "a newcomer goes before those who wait",
        "if (waitMs === 0 && this.#waiters.size === 0) {",
        "if (this.#wait(cost, since)[0] === 0) {",
      ],
      ["who goes draws nothing", "if (waitMs === 0) this.#draw(waiter.cost, now);", ""],
      ["a wait beyond the deadline is begun", " || since + waitMs >= x.deadline", ""],
      ["a wait beyond the longest is begun", "waitMs > maxWaitMs || ", ""],
      [
        "who leaves while waiting keeps its place in the sums",
        "if (!this.#waiters.delete(waiter)) return;",
        "if (!this.#waiters.delete(waiter) || waiter.cost[0] > 0) return;",
      ],
      [
        "what is settled is not given to those who wait",
        "drawn[i] = real[i] as number;\n    }\n    this.#serve();",
        "drawn[i] = real[i] as number;\n    }",
      ],
      ["a settlement is booked twice", "drawn[i] = real[i] as number;", ""],
      ["a failed request keeps its tokens", 'went && VERDICTS[verdict].billed !== "no" ? drawn[1] : 0', "drawn[1]"],
      ["a request that was never sent counts", "const went = !local && !unsent;", "const went = true;"],
      [
        "a broken stream's output is given back",
        "whole ? usage.outputTokens : Math.max(drawn[2], usage.outputTokens)",
        "usage.outputTokens",
      ],
      [
        "the mean learns from broken streams",
        "if (whole && facts?.usage !== undefined) limiter",
        "if (facts?.usage !== undefined) limiter",
      ],
      ["a refusal does not say when to come back", "unsent: true, retryAfterMs: Math.ceil(waitMs) }", "unsent: true }"],
      [
        "a request with a small max_tokens draws the mean all the same",
        "Math.min(mean, x.look.maxTokens ?? mean)",
        "mean",
      ],
      ["input is taken to be a token a byte", "(x.body?.length ?? 0) / BYTES_PER_TOKEN", "x.body?.length ?? 0"],
    ],
  ),
  ...faultsOf(
    "token bucket",
    "mechanics/token-bucket.ts",
    ["mechanics/token-bucket.test.ts"],
    [
      [
        "an idle bucket saves up more than the burst",
        "draw(cost: number, now: number): void {\n    this.#fullAt = Math.max(this.#fullAt, now) + cost",
        "draw(cost: number, now: number): void {\n    this.#fullAt = (Number.isFinite(this.#fullAt) ? this.#fullAt : now) + cost",
      ],
      [
        "a cost above the burst never goes",
        "Math.min(cost, this.#burst)) / this.#rate - now",
        "cost) / this.#rate - now",
      ],
      ["who stands before is not waited for", " + ahead / this.#rate;\n    const wait", ";\n    const wait"],
      ["twice the burst goes at once", "(this.#burst - Math.min(", "(2 * this.#burst - Math.min("],
      ["taking draws nothing", "this.draw(cost, now);\n    return true;", "return true;"],
      [
        "a debt is told as room",
        "this.#burst - Math.max(0, this.#fullAt - now) * this.#rate",
        "this.#burst - Math.min(this.#burst, Math.max(0, this.#fullAt - now) * this.#rate)",
      ],
    ],
  ),
  ...faultsOf(
    "leaky bucket",
    "mechanics/leaky-bucket.ts",
    ["mechanics/leaky-bucket.test.ts"],
    [
      [
        "a pause is saved up",
        "return Math.max(this.#emptyAt, now);",
        "return Number.isFinite(this.#emptyAt) ? this.#emptyAt : now;",
      ],
      [
        "costs do not keep the next one back",
        "this.#emptyAt = this.nextAt(now) + cost / this.#rate;",
        "this.#emptyAt = this.nextAt(now) + 1 / this.#rate;",
      ],
      ["who stands before is not waited for", " + ahead / this.#rate - now", " - now"],
      [
        "a booking tells the time after its own cost",
        "const at = this.nextAt(now);\n    this.draw(cost, now);\n    return at;",
        "this.draw(cost, now);\n    return this.nextAt(now);",
      ],
      [
        "what is booked ahead is told as room",
        "return -Math.max(0, this.#emptyAt - now) * this.#rate;",
        "return Math.max(0, this.#emptyAt - now) * this.#rate;",
      ],
    ],
  ),
];
