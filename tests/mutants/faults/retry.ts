// Planted faults of retry, its budget and back-off, and of the router that says where the next attempt goes.

import { faultsOf, type Mutant } from "../mutant.ts";

export const RETRY: readonly Mutant[] = [
  ...faultsOf(
    "retry",
    "policies/retry.ts",
    ["policies/retry.test.ts", "policies/spend.test.ts"],
    [
      ["one attempt too many", "attempt >= options.attempts", "attempt > options.attempts"],
      ["one attempt too few", "attempt >= options.attempts", "attempt + 1 >= options.attempts"],
      ["our own refusals are tried again", "failed.local || attempt", "attempt"],
      ["a caller that has left is served on", " || x.signal.aborted) return worthTelling", ") return worthTelling"],
      ["repeats need no budget", "inTime && affordable && health.draw", "inTime && affordable || health.draw"],
      ["a repeat that was never sent costs", "const cost = failed.unsent ? 0 : row.cost;", "const cost = row.cost;"],
      ["repeats need no money", "const affordable = !charged || spend.repeat(x);", "const affordable = true;"],
      [
        "what a denied repeat was booked at is not given back",
        "if (booked) spend?.spared(x);\n      booked = false;",
        "booked = false;",
      ],
      [
        "a denied repeat is the end though another was not asked",
        "const fresh = router.elsewhere(current);",
        'const fresh = undefined as ReturnType<Router["elsewhere"]>;',
      ],
      ["a wait beyond the deadline is begun", "const inTime = now + step.waitMs < x.deadline;", "const inTime = true;"],
      [
        "what was booked for a repeat that its caller did not wait for is not given back",
        "if (booked) spend?.spared(x);\n        return",
        "return",
      ],
      ["it does not wait", "if (step.waitMs > 0) {", "if (step.waitMs > 1e9) {"],
      [
        "it goes where it comes from, not where it was sent",
        "await next({ ...current, target: step.target })",
        "await next({ ...current, target: undefined })",
      ],
      ["attempts that a gateway made behind do not count", "return Math.max(1, failed.attempts ?? 1);", "return 1;"],
      [
        "the caller is told of our own trouble, not of the upstream's answer",
        "return tried.findLast((one) => one.failure.response !== undefined || one.failure.held !== undefined)?.failure ?? last;",
        "return last;",
      ],
      ["what was tried is not told to the next attempt", "tried: [...current.tried, one]", "tried: [one]"],
      ["what was delivered is on nobody's bill", "if (last.ok) spend?.delivered(x, last);", ""],
    ],
  ),
  ...faultsOf(
    "budget",
    "mechanics/budget.ts",
    ["mechanics/budget.test.ts"],
    [
      ["one more repeat than the budget has", "this.#tokens > this.#size * kept", "this.#tokens >= this.#size * kept"],
      ["repeats cost nothing", "Math.max(0, this.#tokens - cost)", "Math.max(0, this.#tokens)"],
      [
        "successes fill it beyond its size",
        "Math.min(this.#size, this.#tokens + this.#refill)",
        "this.#tokens + this.#refill",
      ],
      ["a success pays for a whole repeat", "this.#tokens + this.#refill)", "this.#tokens + 1)"],
      ["less urgent requests may use it up", "this.#size * kept;", "this.#size * 0.5;"],
      ["every repeat costs the same", "this.#tokens - cost", "this.#tokens - 1"],
      ["it starts empty", "this.#tokens = size;", "this.#tokens = 0;"],
      ["it falls into debt", "Math.max(0, this.#tokens - cost)", "this.#tokens - cost"],
    ],
  ),
  ...faultsOf(
    "back-off",
    "mechanics/backoff.ts",
    ["mechanics/backoff.test.ts"],
    [
      ["Retry-After is a cap", "return retryAfterMs + between(random, 0,", "return retryAfterMs - between(random, 0,"],
      [
        "all come back at the moment that Retry-After names",
        "return retryAfterMs + between(random, 0, Math.min(2_000, 0.25 * retryAfterMs + 250));",
        "return retryAfterMs + 0 * random.next();",
      ],
      [
        "a long Retry-After is spread over minutes",
        "Math.min(2_000, 0.25 * retryAfterMs + 250)",
        "0.25 * retryAfterMs + 250",
      ],
      [
        "back-off has no jitter",
        "return between(random, 0, Math.min(capMs, baseMs * 2 ** n));",
        "return Math.min(capMs, baseMs * 2 ** n);",
      ],
      ["back-off does not grow", "baseMs * 2 ** n", "baseMs"],
      ["back-off has no cap", "Math.min(capMs, baseMs * 2 ** n)", "baseMs * 2 ** n"],
    ],
  ),
  ...faultsOf(
    "router",
    "targets/router.ts",
    ["targets/router.test.ts"],
    [
      [
        "Retry-After is not kept where the same target is asked again",
        ": afterFloor(this.#rt.random, floor);\n    return { target, waitMs, repeat: true };",
        ": fullJitter(this.#rt.random, row.baseMs, this.#numbers.capMs, failures - 1);\n    return { target, waitMs, repeat: true };",
      ],
      ["Retry-After is counted from now at each look", "one.at + asked - now", "asked"],
      [
        "a creation that may have happened is tried again",
        'if (x.once && !last.failure.unsent) return { none: "final", unfit: undefined };',
        "",
      ],
      [
        "our repeats multiply with the caller's own",
        "if (x.callerRetries > 0 && !last.failure.unsent) return undefined;",
        "",
      ],
      [
        "the same target is asked once too often",
        "if (failures > allowed) return undefined;",
        "if (failures > allowed + 1) return undefined;",
      ],
      ["an upstream that says not to repeat is asked again", "last.failure.again === false ? 0 :", ""],
      [
        "a verdict that nobody can cure moves all the same",
        'row.move === "no" ? undefined : this.#other',
        "this.#other",
      ],
      [
        "a repeat goes where the circuit is open",
        'if (unfit !== undefined && unfit.kind !== "cooling" && unfit.kind !== "held") return undefined;',
        "",
      ],
      [
        "after overload it asks the same platform",
        "fresh.find((t) => t.platform !== last.target?.platform)",
        "undefined",
      ],
      [
        "a prompt that is too long moves to a window of the same size",
        "target.contextWindow(model) > need",
        "target.contextWindow(model) >= need",
      ],
      [
        "a long Retry-After is waited out although another is well",
        "floor <= this.#numbers.waitBeforeMoveMs;",
        "floor >= 0;",
      ],
      [
        "a request itself pays for finding out that a target is back",
        "(!probing && doubt === undefined)",
        "doubt === undefined",
      ],
      [
        "who has no room is passed by although its conversation stays",
        "if (this.#desk.stays(x, target)) return BUSY;",
        "",
      ],
      ["those kept away are not counted", "for (const target of targets) this.#health.turnedAway(target, model);", ""],
      [
        "a parked account is asked before one that is only ill",
        'used.every((target) => this.#kind(target, model) === "parked")',
        'used.some((target) => this.#kind(target, model) === "parked")',
      ],
      ["who fails twice is asked a third time", "failuresOn(x.tried, target) < 2 && ", ""],
      ["a target in doubt is asked like any other", "(!probing && doubt === undefined)", "!probing"],
      ["a scarce budget pays for what costs nothing elsewhere", "wish && !scarce && ", "wish && "],
      [
        "a repeat without room goes where nothing pays for it",
        "free.find((one) => health.affords(one, model, x.priority))",
        "free[0]",
      ],
    ],
  ),
];
