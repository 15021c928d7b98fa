// Planted faults of the adaptive concurrency limit and the slots under it.

import { faultsOf, type Mutant } from "../mutant.ts";

const TESTS = [
  "mechanics/concurrency.test.ts",
  "mechanics/concurrency-ramp.test.ts",
  "mechanics/concurrency-size.test.ts",
];

export const CONCURRENCY: readonly Mutant[] = [
  ...faultsOf("concurrency", "mechanics/concurrency.ts", TESTS, [
    [
      "a slot is leaked when an attempt fails",
      'this.#inFlight = Math.max(0, this.#inFlight - 1);\n    if (sign !== "overload") return;',
      'if (sign !== "overload") return;',
    ],
    [
      "a slot is leaked when an answer ends",
      "ended(now: number, durationMs: number | undefined): void {\n    this.#note(now);\n    this.#inFlight = Math.max(0, this.#inFlight - 1);",
      "ended(now: number, durationMs: number | undefined): void {\n    this.#note(now);",
    ],
    ["one more than the limit goes", "taken + 1 <= this.limit", "taken <= this.limit"],
    [
      "there is a limit before overload shows",
      "#limit = Number.POSITIVE_INFINITY;\n  #inFlight",
      "#limit = 10;\n  #inFlight",
    ],
    [
      "a limit stays for ever",
      "if (now - this.#neededAt > FORGET_MS) {",
      "if (now - this.#neededAt > Number.POSITIVE_INFINITY) {",
    ],
    ["a limit does not grow", "this.#limit += perSecond", "this.#limit += 0 * perSecond"],
    ["a cut is followed by the next at once", "if (now < this.#heldUntil) return;", ""],
    ["the ceiling is not kept", "return Math.min(this.#limit, this.#numbers.ceiling);", "return this.#limit;"],
    ["slots that met overload do not rest", "this.#rest(now + spread", "if (spread < 0) this.#rest(now + spread"],
    [
      "a limit that is not used grows",
      "if (taken + 1 <= this.#limit && taken < this.#limit * 0.8 && !this.#fast) return;",
      "",
    ],
    ["it grows while the upstream is still slow", "if (this.#load > LADEN || old) {", "if (old) {"],
    ["noise of milliseconds is taken for slowness", " && ms - this.#base > SLOW_MS", ""],
    ["a handful of outcomes is evidence", "const EVIDENCE = 50;", "const EVIDENCE = 3;"],
    [
      "a few refusals of one moment are evidence",
      "count >= SURE.count && now - (this.#stamps[i] as number) >= SURE.spanMs",
      "count >= 1",
    ],
    [
      "slowness without a crowd cuts",
      "const crowded = limited || this.#mean > this.#level * CROWD + 2;",
      "const crowded = limited || this.#mean >= 0;",
    ],
    [
      "what comes back gets everything at once",
      "this.#limit = Math.max(1, this.#level * 0.1);",
      "this.#limit = Math.max(1, this.#level);",
    ],
    ["refusals do not lower a limit", "this.#limit = Math.max(1, this.#limit * (1 - YIELD));", ""],
  ]),
  ...faultsOf(
    "concurrency",
    "mechanics/unbegun.ts",
    ["mechanics/unbegun.test.ts", ...TESTS],
    [
      ["attempts that ended still wait for content", "this.#count = Math.max(0, this.#count - 1);", ""],
      ["the oldest age is told, not the median", "let left = total / 2;", "let left = total - 1;"],
      [
        "what started before a cut counts",
        "const steps = Math.min(STEPS - 1, newest - Math.floor(since / UNBEGUN_STEP_MS));",
        "const steps = STEPS - 1;",
      ],
    ],
  ),
  ...faultsOf(
    "concurrency",
    "mechanics/pace.ts",
    ["mechanics/pace.test.ts"],
    [
      ["a pace goes on through silence", "now - this.#from >= 2 * this.spanMs", "false"],
      [
        "the span before is forgotten",
        "(this.#count + count) / Math.max(1, now - from)",
        "this.#count / Math.max(1, now - from)",
      ],
      ["it tells a pace before a span is over", "Number.isNaN(from) ? 0 :", "Number.isNaN(from) ? this.#count :"],
    ],
  ),
  ...faultsOf(
    "slot",
    "targets/slot.ts",
    ["targets/slot.test.ts"],
    [
      [
        "a slot is freed twice",
        "if (this.#freed) return;\n    this.#freed = true;\n    this.#concurrency.failed",
        "this.#concurrency.failed",
      ],
      [
        "an answer's slot is freed twice",
        "if (this.#freed) return;\n    this.#freed = true;\n    this.#concurrency.ended",
        "this.#concurrency.ended",
      ],
      ["a slot is never taken", "concurrency.enter(now, sizeMs);", ""],
      [
        "a 429 lowers the limit",
        'return verdict === "overloaded"',
        'return verdict === "rate-limited" || verdict === "overloaded"',
      ],
      ["a broken answer counts for the duration", "whole ? now - this.startedAt : undefined", "now - this.startedAt"],
      ["content counts as often as it is told", "if (this.#begun || this.#freed) return;", ""],
      [
        "a stream that breaks after its content counts as overload",
        "if (this.#begun) return this.ended(now, false);",
        "",
      ],
    ],
  ),
];
