// Planted faults of admission: who goes at once, who waits, what a grant holds and how it is settled.

import { faultsOf, type Mutant } from "../mutant.ts";

const TESTS = ["policies/admit.test.ts", "targets/admission.test.ts", "targets/router.test.ts"];

export const ADMIT: readonly Mutant[] = [
  ...faultsOf("admit", "policies/admit.ts", TESTS, [
    [
      "a place is leaked when an attempt fails",
      "else grant.failed(outcome);\n  admission.stirred();",
      "admission.stirred();",
    ],
    [
      "a place is leaked when a layer inside has a defect",
      'grant.failed(failure("internal", {}, { verdict: "cancelled" }));',
      "",
    ],
    ["a repeat elsewhere needs no budget", '!health.draw(step.target, x.look.model ?? "", cost, x.priority)', "false"],
    [
      "the retry's choice is sent although it has become ill",
      'return unfit === undefined || unfit.kind === "held" || unfit.kind === "drained";',
      "return true;",
    ],
    ["a probe's place is leaked when it fails", "} else grant.failed(outcome);", "}"],
    [
      "a defect that a probe meets keeps its place",
      "void next(copy).then(ended, () => ended(",
      "void next(copy).then(ended, () => void (",
    ],
    ["a probe's answer is read on", "outcome.flow.abort(PROBED);", ""],
    ["what creates something is sent twice as a probe", "if (x.once || (x.body", "if ((x.body"],
    [
      "large prompts are sent twice as probes",
      "if (x.once || (x.body?.length ?? 0) > PROBE_BYTES) return;",
      "if (x.once) return;",
    ],
    [
      "a probe may take for ever",
      'const timer = rt.clock.timer(PROBE_MS, () => signal.abort("the probe took too long"));',
      "const timer = rt.clock.timer(PROBE_MS, () => {});",
    ],
    [
      "a cool-down beyond the deadline is waited for",
      "if (rt.clock.now() + step.waitMs >= x.deadline) return refusal",
      "if (rt.clock.now() >= x.deadline) return refusal",
    ],
    ["a cool-down is not waited for", "if (step.waitMs <= 0) return go", "if (step.waitMs >= 0) return go"],
    [
      "those who wait are not told that limits may have grown",
      "else grant.failed(outcome);\n  admission.stirred();",
      "else grant.failed(outcome);",
    ],
  ]),
  ...faultsOf("admission", "targets/admission.ts", TESTS, [
    [
      "a newcomer goes before those who wait",
      "if (this.#queue.size > 0 && x.tried.length === 0) return undefined;",
      "",
    ],
    [
      "the platform's limit is not looked at for who is chosen",
      "now)) return false;",
      "now) && target === undefined) return false;",
    ],
    [
      "the platform's limit is not looked at for who goes at once",
      "now)) return undefined;",
      "now) && target === undefined) return undefined;",
    ],
    ["who goes at once goes without a booking", "if (booking === undefined) return undefined;", ""],
    [
      "the account's quota is not looked at",
      "return this.quotas.waitMs(",
      "return target !== undefined || this.quotas.waitMs(",
    ],
    [
      "who leaves the queue keeps its place",
      "this.#queue.leave(ticket, clock.now());\n        // The deadline",
      "// The deadline",
    ],
    ["what an attempt carried is counted for ever", "this.#load(grant.target).inFlight -= 1;", ""],
    [
      "the end of an attempt gives nobody a turn",
      "this.#load(grant.target).inFlight -= 1;\n    if (this.#queue.size > 0) this.#pump();",
      "this.#load(grant.target).inFlight -= 1;",
    ],
    ["running streams do not go on the books", " grant.trueUp(now);", " void grant;"],
    [
      "those who lost their place are not told",
      "displaced.item.answer(queueFull",
      "if (displaced.item.chosen !== undefined) displaced.item.answer(queueFull",
    ],
    ["one waits although what it waits for will not come", "waiter.answer(refusal(waiter.x, why));", ""],
    ["a probe moves a conversation", "if (x.probe === true) return;", ""],
    [
      "a repeat in the queue needs no budget",
      "this.#paid(x, target) ? this.#grant",
      "target !== undefined ? this.#grant",
    ],
    [
      "what need not wait is not charged to its tenant",
      "this.#queue.passed(",
      "if (estimate === undefined) this.#queue.passed(",
    ],
    ["output costs as much as input in the queue", "costOf(1, 0) * input + costOf(0, 1) * output", "input + output"],
    [
      "a learned limit teaches what is healthy",
      "const sound = !this.#health.limited(target, model);",
      "const sound = true;",
    ],
    ["all tenants are one", 'return x.principal?.project ?? "local";', 'return "local";'],
    [
      "nobody looks at the queue between ends of attempts",
      "Math.max(1, Math.min(this.#queue.nextSweepMs(now), LOOK_MS))",
      "1e9",
    ],
  ]),
  ...faultsOf(
    "grant",
    "targets/grant.ts",
    ["targets/grant.test.ts", ...TESTS],
    [
      [
        "a grant is settled twice",
        "#ended(ending: Ending): void {\n    if (this.#over) return;\n    this.#over = true;",
        "#ended(ending: Ending): void {",
      ],
      [
        "a failed grant is settled twice",
        "failed(outcome: Failure): void {\n    if (this.#over) return;\n    this.#over = true;",
        "failed(outcome: Failure): void {",
      ],
      [
        "a booking is leaked when an attempt fails",
        "if (this.#booking !== undefined) this.#quota.settle(this.#booking, now, outcome.unsent ? NOTHING : REFUSED);",
        "",
      ],
      [
        "a booking is leaked when an answer ends",
        "if (this.#booking !== undefined) this.#quota.settle(this.#booking, now, { requests: 1, input, output });",
        "",
      ],
      ["a slot is leaked when an attempt fails", "this.#slot.failed(now, outcome.verdict, this.#books.spread());", ""],
      ["a slot is leaked when an answer ends", "this.#slot.ended(now, whole);", ""],
      ["what was never sent counts as a request", "outcome.unsent ? NOTHING : REFUSED", "REFUSED"],
      [
        "a refused attempt draws its tokens",
        "const REFUSED: QuotaCost = { requests: 1, input: 0, output: 0 };",
        "const REFUSED: QuotaCost = { requests: 1, input: 1_000, output: 0 };",
      ],
      [
        "a broken stream's output is that of its last word",
        "whole ? told : Math.max(told, predictor.outputOfBytes(route.model, ending.bytes))",
        "told",
      ],
      [
        "broken streams teach what an answer costs",
        "if (whole && usage !== undefined) predictor",
        "if (usage !== undefined) predictor",
      ],
      ["a limited upstream teaches what is healthy", "if (this.#sound && answer", "if (answer"],
      [
        "what was more than expected is not charged to the tenant",
        "this.#books.charge(",
        "if (cost === undefined) this.#books.charge(",
      ],
      [
        "a 429 does not teach the quota",
        "quotas.refused(this.target, model, headers ?? [], now, outcome.retryAfterMs, this.#booking);",
        "",
      ],
    ],
  ),
  ...faultsOf(
    "refusal",
    "targets/refusal.ts",
    ["targets/refusal.test.ts"],
    [
      [
        "a parked account is told as one that comes back",
        'if (unfit?.kind === "parked") return failure("upstream_parked", { model, why: unfit.why }, { local: true });',
        "",
      ],
      [
        "a cool-down does not say how long",
        "{ model, seconds }, { local: true, retryAfterMs: unfit.waitMs }",
        "{ model, seconds }, { local: true }",
      ],
      [
        "a wait of hours is told as it is",
        "Math.min(Math.max(unfit?.waitMs ?? 1_000, 1_000), 60_000)",
        "Math.max(unfit?.waitMs ?? 1_000, 1_000)",
      ],
      [
        "callers are told to come back at once",
        "Math.min(Math.max(unfit?.waitMs ?? 1_000, 1_000), 60_000)",
        "Math.min(unfit?.waitMs ?? 1_000, 60_000)",
      ],
      [
        "why a history cannot move is not told",
        "if (step.hold !== undefined) {",
        'if (step.hold !== undefined && step.hold.why === "") {',
      ],
      [
        "a full queue does not say when to come back",
        'return failure("queue_full", fill, { local: true, retryAfterMs: ms });',
        'return failure("queue_full", fill, { local: true });',
      ],
      [
        "a refusal of ours counts against the upstream",
        'return failure("queue_wait", fill, { local: true, retryAfterMs: ms });',
        'return failure("queue_wait", fill, { retryAfterMs: ms });',
      ],
    ],
  ),
  ...faultsOf(
    "admission",
    "targets/queued-place.ts",
    ["targets/queued-place.test.ts"],
    [
      ["who has left the queue is told that somebody goes before it", "?? 0;", "?? 1;"],
      [
        "the wait told is that of the last in the queue",
        "this.#queue.expectedWaitMs(this.place, this.#clock.now())",
        "this.#queue.expectedWaitMs(1_000, this.#clock.now())",
      ],
    ],
  ),
];
