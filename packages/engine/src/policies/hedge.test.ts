// Tests of the hedge: only for what shows no sign of life, only where it does no harm, the first content wins.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { CIRCUIT } from "../../testing/bounds.ts";
import { exchange, failed, type HandSource, handFlow, target } from "../../testing/exchange.ts";
import { type Exchange, newTally } from "../exchange.ts";
import type { Flow } from "../flow.ts";
import { SpendCap } from "../mechanics/spend-cap.ts";
import { readOptions } from "../options.ts";
import type { Failure, Outcome } from "../outcome.ts";
import { Admission } from "../targets/admission.ts";
import { BALANCE_OPTIONS, Balancer } from "../targets/balancer.ts";
import { Health } from "../targets/health.ts";
import { QUOTA_OPTIONS, Quotas } from "../targets/quotas.ts";
import type { Target } from "../targets/target.ts";
import { HEDGE_OPTIONS, Hedges, hedge, hedgeCap } from "./hedge.ts";
import { Spend } from "./spend.ts";

const a = target("a");
const b = target("b");
const LOOK = { ...exchange().look, model: "claude-haiku-5-5" };
const BODY = Buffer.from('{"model":"claude-haiku-5-5","messages":[]}');

interface Attempt {
  readonly x: Exchange;
  readonly source: HandSource;
  readonly at: number;
  /** Room was had, and it was sent there. */
  sent(to?: Target): void;
  /** A head, and signs of life without content. */
  alive(text?: string): void;
  content(): Promise<void>;
  fail(failure: Failure): void;
}

function scene(options: object = {}, targets: readonly Target[] = [a, b]) {
  const rt = virtualRuntime("hedge");
  const values = readOptions("hedge", HEDGE_OPTIONS, { enabled: true, ...options });
  const concurrency = { ceiling: 1_000, slow: 2.2, overload: 0.1 };
  const numbers = { circuit: CIRCUIT, concurrency, budgetSize: 10, budgetRefill: 0.1, parkMs: 600_000, maxCells: 10 };
  const health = new Health(rt, numbers);
  const balancer = new Balancer(rt, readOptions("balance", BALANCE_OPTIONS, {}));
  const quotas = new Quotas(readOptions("quota", QUOTA_OPTIONS, {}));
  const admission = new Admission(rt, health, quotas, balancer, { queue: 10, waitMs: 2_000 });
  const cap = new SpendCap({ share: 1, windowMs: 600_000, floorPicoUsd: 1e15, maxTenants: 10 });
  const own = hedgeCap(values);
  const spend = new Spend(rt, admission, cap, own);
  const hedges = new Hedges(rt, values, admission, health, spend);
  const policy = hedge(values, hedges, () => targets)(rt);
  const attempts: Attempt[] = [];
  const next = (x: Exchange): Promise<Outcome> =>
    new Promise((resolve) => {
      const { flow, source } = handFlow();
      x.signal.onAbort((reason) => {
        flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: reason });
        resolve(failed("cancelled"));
      });
      const attempt: Attempt = {
        x,
        source,
        at: rt.clock.now(),
        sent(to = x.target ?? a) {
          if (x.pulse !== undefined) Object.assign(x.pulse, { target: to, sentAt: rt.clock.now() });
        },
        alive(text = "start\n") {
          if (x.pulse !== undefined && x.pulse.flow === undefined) {
            x.pulse.flow = flow;
            void flow.hold("content", 1e6);
          }
          source.push(text);
        },
        async content() {
          this.alive("text\n");
          resolve({ ok: true, status: 200, headers: [], flow, target: x.target ?? a, rewritten: false });
          await rt.clock.advance(0);
        },
        fail: (failure) => resolve(failure),
      };
      attempts.push(attempt);
    });
  const ask = (more: Partial<Exchange> = {}) => {
    const tally = newTally();
    const x = exchange({ look: LOOK, body: BODY, signal: new Signal(), tally, ...more });
    const seen: { outcome: Outcome | undefined } = { outcome: undefined };
    void policy.handle(x, next).then((outcome) => {
      seen.outcome = outcome;
    });
    const mine = attempts.length - 1;
    return { x, seen, first: attempts[mine] as Attempt, second: () => attempts[mine + 1] };
  };
  return { rt, health, admission, attempts, own, hedges, policy, ask };
}

/** A request that stalls, and how often it was sent after a minute. */
async function stalled(s: ReturnType<typeof scene>, more: Partial<Exchange> = {}): Promise<number> {
  const before = s.attempts.length;
  const { first } = s.ask(more);
  first.sent();
  await s.rt.clock.advance(60_000);
  return s.attempts.length - before;
}

test("after 20 s without a sign of life a second attempt goes to another platform, and the first content wins", async () => {
  const { rt, ask, attempts } = scene();
  const { x, seen, first, second } = ask();
  first.sent();
  await rt.clock.advance(19_999);
  expect(attempts.length).toBe(1);
  await rt.clock.advance(1);
  expect(attempts.length).toBe(2);
  expect(second()?.x.target).toBe(b);
  expect(x.tally.steps).toMatchObject([{ what: "hedged", upstream: "b", ms: 20_000 }]);
  await second()?.content();
  expect(seen.outcome).toMatchObject({ ok: true, target: { name: "b" } });
  expect([first.x.signal.aborted, second()?.x.signal.aborted]).toEqual([true, false]);
  // Whoever leaves now ends the winner too.
  x.signal.abort("gone");
  expect(second()?.source.cancelled).toBe(true);
});

test("the first may still win", async () => {
  const { rt, ask } = scene();
  const { seen, first, second } = ask();
  first.sent();
  await rt.clock.advance(20_000);
  await first.content();
  expect(seen.outcome).toMatchObject({ ok: true, target: { name: "a" } });
  expect([first.x.signal.aborted, second()?.x.signal.aborted]).toEqual([false, true]);
});

test("a ping, or any byte, is a sign of life; waiting for room is not a stall", async () => {
  const { rt, ask, attempts } = scene();
  const { first } = ask();
  await rt.clock.advance(30_000);
  first.sent();
  await rt.clock.advance(15_000);
  first.alive();
  for (let i = 0; i < 5; i++) {
    await rt.clock.advance(15_000);
    first.alive("ping\n");
  }
  expect(attempts.length).toBe(1);
  await rt.clock.advance(21_000);
  expect(attempts.length).toBe(2);
});

test("where the slowest thousandth takes longer than that, so does the patience", async () => {
  const s = scene();
  for (let i = 0; i < 5; i++) {
    const { first } = s.ask();
    first.sent();
    await s.rt.clock.advance(1_000);
    if (i === 3)
      for (let ping = 0; ping < 5; ping++) {
        await s.rt.clock.advance(10_000);
        first.alive(ping === 0 ? "start\n" : "ping\n");
      }
    await first.content();
  }
  const { first } = s.ask();
  first.sent();
  const before = s.attempts.length;
  await s.rt.clock.advance(50_000);
  expect(s.attempts.length).toBe(before);
  await s.rt.clock.advance(3_000);
  expect(s.attempts.length).toBe(before + 1);
});

test("the figures tell what was sent, what was first, and each stalled request that was denied once", async () => {
  const { rt, ask, attempts, hedges } = scene();
  const won = ask();
  won.first.sent();
  await rt.clock.advance(20_000);
  await won.second()?.content();
  // The share of requests has room again, ten minutes later.
  await rt.clock.advance(700_000);
  const [lost, denied] = [ask(), ask()];
  for (const { first } of [lost, denied]) first.sent();
  await rt.clock.advance(60_000);
  expect(attempts.length).toBe(5);
  await lost.first.content();
  await denied.first.content();
  expect(hedges.figures).toEqual({ sent: 2, won: 1, denied: 1 });
});

describe("is not for", () => {
  const other = (platform: string) => [a, target("c", { platform })];
  test.each([
    ["what may be hedged, for comparison", {}, {}, 2],
    ["batch work", {}, { priority: "batch" }, 1],
    ["what creates something", {}, { once: true }, 1],
    ["answers in one piece", {}, { look: { ...LOOK, stream: false } }, 1],
    ["counts of tokens", {}, { path: "/v1/messages/count_tokens" }, 1],
    ["a repeat", {}, { tried: [{ target: a, failure: failed("overloaded"), at: 0, tookMs: 1 }] }, 1],
    ["large prompts", {}, { body: Buffer.from(`{"messages":"${"x".repeat(14_100)}"}`) }, 1],
    ["prompts that are just not large", {}, { body: Buffer.from(`{"messages":"${"x".repeat(13_900)}"}`) }, 2],
    ["tools of the server", {}, { body: Buffer.from('{"tools":[{"type":"web_search_20250305"}]}') }, 1],
    [
      "a history that cannot move",
      {},
      { body: Buffer.from('{"messages":[{"content":[{"type":"thinking","signature":"s"}]}]}') },
      1,
    ],
    ["what may only go where it is", {}, { among: [a] }, 1],
    ["hedging that is off", { enabled: false }, {}, 1],
  ] as const)("%s", async (_, options, more, times) => {
    expect(await stalled(scene(options), more)).toBe(times);
  });

  test("targets of the same platform, ill ones, full ones, or none at all", async () => {
    expect(await stalled(scene({}, other("a")))).toBe(1);
    expect(await stalled(scene({}, other("c")))).toBe(2);
    expect(await stalled(scene({}, [a]))).toBe(1);
    const ill = scene();
    for (let i = 0; i < 5; i++) {
      const permits = ill.health.enter(b, "claude-haiku-5-5");
      if (permits !== undefined) ill.health.bad(b, "claude-haiku-5-5", permits, failed("unauthorized"), `r${i}`);
    }
    expect(await stalled(ill)).toBe(1);
  });

  test("an upstream that shows overload, on either side", async () => {
    for (const loaded of [a, b]) {
      const s = scene();
      // How a limit is learned is the business of its own tests.
      vi.spyOn(s.health, "limited").mockImplementation((one) => one === loaded);
      const { first } = s.ask();
      first.sent();
      await s.rt.clock.advance(20_000);
      expect(s.attempts.length).toBe(1);
    }
  });

  test("a target that waits for a probe, which would be the hedge", async () => {
    const s = scene();
    vi.spyOn(s.health, "probing").mockImplementation((one) => one === b);
    expect(await stalled(s)).toBe(1);
  });

  test("the time when others wait in the queue", async () => {
    const s = scene();
    const queue = vi.spyOn(s.admission, "queue", "get").mockReturnValue({ size: 1, snapshot: () => [] });
    expect(await stalled(s)).toBe(1);
    queue.mockRestore();
    expect(await stalled(s)).toBe(2);
  });

  test("a retry budget of the stalled platform that is half gone, and what it denies is booked nowhere", async () => {
    const s = scene();
    while (s.health.draw(a, "claude-haiku-5-5", 1));
    const denied = () => s.health.loads().reduce((sum, one) => sum + one.denied, 0);
    const before = denied();
    expect(await stalled(s)).toBe(1);
    // It is looked at every second, and denied once.
    expect([denied() - before, s.hedges.figures.denied]).toEqual([1, 1]);
    expect(s.own.totals(s.rt.clock.now(), "local").extra).toBe(0);
    for (let i = 0; i < 100; i++) {
      const permits = s.health.enter(a, "claude-haiku-5-5");
      if (permits !== undefined) s.health.good(a, "claude-haiku-5-5", permits);
    }
    expect(await stalled(s)).toBe(2);
  });
});

test("a standby that carries nothing else gets as many hedges as the successes of the first pay for", async () => {
  const s = scene({ requests: 1 });
  for (let i = 0; i < 10; i++) {
    s.own.spent(s.rt.clock.now(), "local", 1e18);
    for (let n = 0; n < 30; n++) {
      const permits = s.health.enter(a, "claude-haiku-5-5");
      if (permits !== undefined) s.health.good(a, "claude-haiku-5-5", permits);
    }
    expect(await stalled(s)).toBe(2);
  }
  expect(s.hedges.figures).toMatchObject({ sent: 10, denied: 0 });
});

test("an answer that comes in the same moment as the first is ended", async () => {
  const { rt, policy } = scene();
  const flows: Flow[] = [];
  const answers: (() => void)[] = [];
  const next = (x: Exchange): Promise<Outcome> =>
    new Promise((resolve) => {
      const { flow } = handFlow();
      const to = x.target ?? a;
      if (x.pulse !== undefined) Object.assign(x.pulse, { target: to, sentAt: rt.clock.now() });
      flows.push(flow);
      answers.push(() => resolve({ ok: true, status: 200, headers: [], flow, target: to, rewritten: false }));
    });
  const outcome = policy.handle(exchange({ look: LOOK, body: BODY }), next);
  await rt.clock.advance(20_000);
  expect(answers.length).toBe(2);
  for (const answer of answers) answer();
  expect(await outcome).toMatchObject({ target: { name: "a" } });
  await rt.clock.advance(0);
  expect(flows.map((flow) => flow.ending?.verdict)).toEqual([undefined, "cancelled"]);
});

test("both fail: what an upstream said itself is told; one failure alone waits for the other", async () => {
  const { rt, ask } = scene();
  const said = { status: 529, headers: [], body: Buffer.from("{}") };
  const { seen, first, second } = ask();
  first.sent();
  await rt.clock.advance(20_000);
  first.fail(failed("cut-early"));
  await rt.clock.advance(0);
  expect(seen.outcome).toBeUndefined();
  second()?.fail(failed("overloaded", { response: said }));
  await rt.clock.advance(0);
  expect(seen.outcome).toMatchObject({ ok: false, verdict: "overloaded" });
});

test("a failure before the silence is long enough is told at once, and nothing is sent after it", async () => {
  const { rt, ask, attempts } = scene();
  const { seen, first } = ask();
  first.sent();
  await rt.clock.advance(5_000);
  first.fail(failed("upstream-fault"));
  await rt.clock.advance(0);
  expect([seen.outcome?.ok, rt.clock.next()]).toEqual([false, undefined]);
  await rt.clock.advance(60_000);
  expect(attempts.length).toBe(1);
});

test("whoever leaves ends both", async () => {
  const { rt, ask, seen } = { ...scene(), seen: undefined };
  const one = ask();
  one.first.sent();
  await rt.clock.advance(20_000);
  one.x.signal.abort("gone");
  await rt.clock.advance(0);
  expect(one.seen.outcome).toMatchObject({ verdict: "cancelled" });
  expect([one.first.x.signal.aborted, one.second()?.x.signal.aborted, seen]).toEqual([true, true, undefined]);
});

test("at most a hundredth of a tenant's requests, beyond the first", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (healthy) => {
      // The budget is no matter here, nor is money.
      const s = scene({ spend: 1 });
      s.own.spent(0, "local", 1e18);
      for (let i = 0; i < healthy; i++) {
        const { first } = s.ask();
        first.sent();
        await first.content();
        const permits = s.health.enter(b, "claude-haiku-5-5");
        if (permits !== undefined) s.health.good(b, "claude-haiku-5-5", permits);
      }
      const asked = 8;
      let hedged = 0;
      const before = s.attempts.length;
      for (let i = 0; i < asked; i++) {
        const { first } = s.ask();
        first.sent();
      }
      await s.rt.clock.advance(25_000);
      hedged = s.attempts.length - before - asked;
      expect(hedged).toBeLessThanOrEqual(Math.max(1, Math.floor(0.01 * (healthy + asked))));
      expect(hedged).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 20 },
  );
});
