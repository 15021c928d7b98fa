// Tests of the retry: how many attempts, after what waits, paid from which budget, and which failure is told at the end.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { CIRCUIT, CONCURRENCY } from "../../testing/bounds.ts";
import { exchange, failed, handFlow, response, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import type { WaitFact } from "../facts.ts";
import { readOptions } from "../options.ts";
import type { Answer, Failure, Outcome } from "../outcome.ts";
import { Health } from "../targets/health.ts";
import { Router } from "../targets/router.ts";
import type { Target } from "../targets/target.ts";
import { RETRY_OPTIONS, retry } from "./retry.ts";

const PATIENT = { ...CIRCUIT, consecutive: 50, volume: 5_000 };
const a = target("a");
const b = target("b");

function answer(at: Target): Answer {
  return { ok: true, status: 200, headers: [], flow: handFlow().flow, target: at, rewritten: false };
}

function scene(
  script: readonly ((Partial<Failure> & { verdict: Failure["verdict"] }) | "ok")[],
  options: object = {},
  targets = [a],
) {
  const rt = virtualRuntime("retry");
  const values = readOptions("retry", RETRY_OPTIONS, options);
  const health = new Health(rt, {
    circuit: PATIENT,
    concurrency: CONCURRENCY,
    budgetSize: values.budget,
    budgetRefill: values.budget_refill,
    parkMs: 0,
    maxCells: 10,
  });
  const numbers = { waitBeforeMoveMs: values.wait_before_move, capMs: values.max_delay };
  const policy = retry(values, new Router(rt, () => targets, health, numbers), health)(rt);
  const sent: { at: number; target: string; attempt: number; tried: number }[] = [];
  const waits: WaitFact[] = [];
  rt.bus.listen((fact) => {
    if (fact.kind === "wait") waits.push(fact as WaitFact);
  });
  const next = async (x: Exchange): Promise<Outcome> => {
    const at = x.target ?? a;
    const step = script[sent.length] ?? script[script.length - 1] ?? "ok";
    sent.push({ at: rt.clock.now(), target: at.name, attempt: x.attempt, tried: x.tried.length });
    return step === "ok" ? answer(at) : failed(step.verdict, { target: at, ...step });
  };
  const run = (x: Exchange = exchange()) => rt.clock.runUntil(policy.handle(x, next));
  return { rt, run, sent, waits, health };
}

describe("attempts", () => {
  test.each([1, 2, 3, 5])("never more than %d, the first included", async (attempts) => {
    const targets = Array.from({ length: 8 }, (_, i) => target(`t${i}`));
    const { run, sent } = scene([{ verdict: "unreachable", unsent: true }], { attempts }, targets);
    expect((await run()).ok).toBe(false);
    expect(sent.length).toBe(attempts);
    expect(sent.map((one) => one.attempt)).toEqual(Array.from({ length: attempts }, (_, i) => i));
    expect(sent.map((one) => one.tried)).toEqual(Array.from({ length: attempts }, (_, i) => i));
  });

  test.each([
    { behind: undefined, before: 0, sent: [0, 1, 2] },
    { behind: 0, before: 0, sent: [0, 1, 2] },
    { behind: 2, before: 0, sent: [0, 2] },
    { behind: 3, before: 0, sent: [0] },
    { behind: undefined, before: 1, sent: [1, 2] },
    { behind: undefined, before: 9, sent: [9] },
  ])("$behind made behind each and $before in front count with ours", async ({ behind, before, sent: expected }) => {
    const targets = Array.from({ length: 8 }, (_, i) => target(`t${i}`));
    const { run, sent } = scene([{ verdict: "overloaded", attempts: behind }], { attempts: 3 }, targets);
    expect((await run(exchange({ attempt: before }))).ok).toBe(false);
    expect(sent.map((one) => one.attempt)).toEqual(expected);
  });

  test("a success ends them, whichever it is", async () => {
    for (const failures of [0, 1, 2]) {
      const script = [...Array.from({ length: failures }, () => ({ verdict: "overloaded" as const })), "ok" as const];
      const { run, sent } = scene(script);
      expect((await run()).ok).toBe(true);
      expect(sent.length).toBe(failures + 1);
    }
  });

  test("what was refused here without an attempt is not repeated", async () => {
    const { run, sent } = scene([{ verdict: "overloaded", local: true }]);
    await run();
    expect(sent.length).toBe(1);
  });

  test("a request that was called off is not repeated", async () => {
    const signal = new Signal();
    const { run, sent } = scene([{ verdict: "overloaded" }], {}, [a, b]);
    signal.abort("gone");
    await run(exchange({ signal }));
    expect(sent.length).toBe(1);
  });
});

describe("waits", () => {
  test("a Retry-After is a floor, also when it is longer than our own longest back-off", async () => {
    const { run, sent, waits } = scene([{ verdict: "rate-limited", retryAfterMs: 30_000 }, "ok"], { max_delay: 100 });
    expect((await run()).ok).toBe(true);
    expect((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0)).toBeGreaterThanOrEqual(30_000);
    expect(waits.map((one) => one.upstream)).toEqual(["a"]);
    expect(waits[0]?.waitMs).toBeGreaterThanOrEqual(30_000);
  });

  test("a wait that would pass the deadline is not begun", async () => {
    const { run, sent, rt } = scene([{ verdict: "overloaded", retryAfterMs: 5_000 }]);
    const outcome = await run(exchange({ deadline: 5_000 }));
    expect(outcome.ok).toBe(false);
    expect([sent.length, rt.clock.now()]).toEqual([1, 0]);
  });

  test("a wait that would pass the deadline gives way to somebody who was not asked, at no cost", async () => {
    const script = [{ verdict: "rate-limited" as const, retryAfterMs: 2_500 }, "ok" as const];
    const { run, sent, rt, health } = scene(script, {}, [a, b]);
    const outcome = await run(exchange({ deadline: 2_000 }));
    expect(outcome.ok).toBe(true);
    expect(sent.map((one) => one.target)).toEqual(["a", "b"]);
    expect([rt.clock.now(), health.loads()[0]?.tokens]).toEqual([0, 10]);
    const alone = scene(script);
    expect((await alone.run(exchange({ deadline: 2_000 }))).ok).toBe(false);
    expect(alone.health.loads()[0]?.tokens).toBe(10);
  });

  test("a cancel ends a wait at once", async () => {
    const { rt, run, sent } = scene([{ verdict: "overloaded", retryAfterMs: 20_000 }]);
    const signal = new Signal();
    rt.clock.timer(1_500, () => signal.abort("gone"));
    await run(exchange({ signal }));
    expect([sent.length, rt.clock.now()]).toEqual([1, 1_500]);
  });

  test("the request's tally knows how long it waited", async () => {
    const { run, waits } = scene([{ verdict: "overloaded", retryAfterMs: 1_000 }, "ok"]);
    const x = exchange();
    await run(x);
    expect(x.tally.waitMs).toBe(waits[0]?.waitMs);
  });
});

describe("the budget", () => {
  test("allows exactly five repeats of cost 1 in an outage, over all requests together", async () => {
    const { run, sent } = scene([{ verdict: "overloaded" }]);
    for (let i = 0; i < 20; i++) await run(exchange({ id: `r${i}` }));
    expect(sent.length).toBe(20 + 5);
  });

  test("counts what may be billed three times", async () => {
    const { run, sent } = scene([{ verdict: "too-slow" }]);
    for (let i = 0; i < 20; i++) await run();
    expect(sent.length).toBe(20 + 2);
  });

  test("denies a repeat, and the request goes to somebody who was not asked yet", async () => {
    const { run, sent, health } = scene([{ verdict: "upstream-fault" }, "ok"], {}, [a, b]);
    while (health.draw(a, "m", 1));
    expect((await run()).ok).toBe(true);
    expect(sent.map((one) => one.target)).toEqual(["a", "b"]);
  });

  test("is not drawn on by what never left, nor by a move to a fresh target", async () => {
    const free = scene([{ verdict: "unreachable", unsent: true }]);
    for (let i = 0; i < 20; i++) await free.run();
    expect(free.sent.length).toBe(40);
    const moved = scene([{ verdict: "unreachable" }], { attempts: 2 }, [a, b]);
    for (let i = 0; i < 20; i++) await moved.run();
    expect(moved.sent.length).toBe(40);
    expect(moved.health.draw(a, "m", 1)).toBe(true);
  });
});

describe("what is told at the end", () => {
  test("the newest answer that an upstream gave itself, not a later failure of the network", async () => {
    const { run } = scene(
      [
        { verdict: "overloaded", response: response(529) },
        { verdict: "unreachable", unsent: true },
      ],
      { attempts: 2 },
      [a, b],
    );
    const outcome = await run();
    if (outcome.ok) throw new Error("a success");
    expect(outcome.response?.status).toBe(529);
  });

  test("the newest of two answers", async () => {
    const script = [
      { verdict: "overloaded" as const, response: response(529) },
      { verdict: "upstream-fault" as const, response: response(503) },
    ];
    const outcome = await scene(script, { attempts: 2 }, [a, b]).run();
    if (outcome.ok) throw new Error("a success");
    expect(outcome.response?.status).toBe(503);
  });

  test("that it was cancelled, whatever came before", async () => {
    const script = [{ verdict: "overloaded" as const, response: response(529) }, { verdict: "cancelled" as const }];
    const outcome = await scene(script, {}, [a, b]).run();
    if (outcome.ok) throw new Error("a success");
    expect(outcome.verdict).toBe("cancelled");
  });
});
