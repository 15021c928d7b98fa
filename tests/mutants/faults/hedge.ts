// Planted faults of hedging: when a second attempt goes, what it may cost, and what becomes of the two.

import { faultsOf, type Mutant } from "../mutant.ts";

export const HEDGE: readonly Mutant[] = [
  ...faultsOf(
    "hedge",
    "policies/hedge.ts",
    ["policies/hedge.test.ts"],
    [
      ["requests that create something are sent twice", "x.look.stream && !x.once && ", "x.look.stream && "],
      ["batch requests are hedged", 'x.priority !== "batch" && ', ""],
      ["a repeat is hedged too", "x.tried.length === 0 && ", ""],
      ["the second attempt goes to the same platform", "one.platform !== first.platform &&\n", ""],
      ["a hedge goes where the circuit is open", "this.#health.unfit(one, model) === undefined &&\n", ""],
      ["a hedge is a probe's risk", "!this.#health.probing(one, model) &&\n", ""],
      ["it hedges while others wait in the queue", "admission.queue.size > 0 || ", ""],
      ["it hedges under overload", " || this.#health.limited(first, model)", ""],
      [
        "a large prompt is sent twice",
        "if (admission.estimate(x).cost.input >= this.#options.input) return undefined;",
        "",
      ],
      [
        "the share of requests that may be hedged is not looked at",
        "if (!this.#counts.draw(now, tenant, 1))",
        "if (!this.#counts.draw(now, tenant, 1) && now < 0)",
      ],
      [
        "a hedge draws nothing on the retry budget",
        'this.#health.draw(first, model, VERDICTS["cut-early"].cost, "interactive", counted)',
        "true",
      ],
      ["money booked for a hedge that did not go is not given back", "this.#spend.unhedged(x);", ""],
      ["the place of a hedge that did not go is not given back", "this.#counts.settle(now, tenant, 1, 0);", ""],
      [
        "the loser is not called off",
        'for (const other of this.#lanes) if (other !== lane) other.signal.abort("another attempt was first");',
        "",
      ],
      ["the loser's late answer is left running", "if (outcome.ok) outcome.flow.abort(UNREAD);", ""],
      [
        "the first failure is told although the other may still answer",
        "if (this.#lanes.some((one) => one.failed === undefined)) return;",
        "",
      ],
      ["a ping is no sign of life", "target === undefined || bytes !== this.#bytes", "target === undefined"],
      [
        "who waits for room counts as stalled",
        "if (target === undefined || bytes !== this.#bytes)",
        "if (bytes !== this.#bytes)",
      ],
      [
        "it hedges before the wait is over",
        "Math.max(this.#options.after, slowest)",
        "Math.min(this.#options.after, slowest)",
      ],
      [
        "the caller's leaving does not reach the attempts",
        "for (const lane of this.#lanes) lane.signal.abort(reason);",
        "",
      ],
    ],
  ),
  ...faultsOf(
    "hedge",
    "mechanics/recent-quantile.ts",
    ["mechanics/recent-quantile.test.ts"],
    [
      ["the quantile is one rank too high", "Math.ceil(q * known) - 1", "Math.ceil(q * known)"],
      [
        "the newest values are forgotten, not the oldest",
        "this.#values[this.#count % this.#values.length] = value;",
        "this.#values[Math.min(this.#count, this.#values.length - 1)] = value;",
      ],
    ],
  ),
];
