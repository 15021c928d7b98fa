// Tests of health: who hears of which failure, and for how long a target is left alone.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { CIRCUIT, CONCURRENCY } from "../../testing/bounds.ts";
import { failed, response, target } from "../../testing/exchange.ts";
import type { CircuitFact } from "../facts.ts";
import type { Failure } from "../outcome.ts";
import { Health } from "./health.ts";
import type { Target } from "./target.ts";

function scene(maxCells = 100) {
  const rt = virtualRuntime("health");
  const facts: CircuitFact[] = [];
  rt.bus.listen((fact) => {
    if (fact.kind === "circuit") facts.push(fact as CircuitFact);
  });
  const health = new Health(rt, {
    circuit: CIRCUIT,
    concurrency: CONCURRENCY,
    budgetSize: 10,
    budgetRefill: 0.1,
    parkMs: 600_000,
    maxCells,
  });
  const bad = (at: Target, failure: Failure, model = "m", request = "r") => {
    const permits = health.enter(at, model);
    if (permits === undefined) throw new Error("shut");
    health.bad(at, model, permits, failure, request);
  };
  const good = (at: Target, model = "m") => {
    const permits = health.enter(at, model);
    if (permits === undefined) throw new Error("shut");
    health.good(at, model, permits);
  };
  return { rt, health, facts, bad, good };
}

const a = target("a", { platform: "p", account: "acc" });
const b = target("b", { platform: "p", account: "acc" });
const other = target("other", { platform: "q", account: "acc2" });

describe("blame", () => {
  test("an address that cannot be reached shuts that address for every model, and nobody else", () => {
    const { health, bad } = scene();
    for (let i = 0; i < 5; i++) bad(a, failed("unreachable"), "m", `r${i}`);
    expect(health.unfit(a, "m")?.kind).toBe("open");
    expect(health.unfit(a, "n")?.kind).toBe("open");
    expect(health.unfit(b, "m")).toBeUndefined();
  });

  test("overload shuts the platform for that model: both its addresses, no other model, no other platform", () => {
    const { health, bad } = scene();
    for (let i = 0; i < 5; i++) bad(i % 2 === 0 ? a : b, failed("overloaded"), "m", `r${i}`);
    expect(health.unfit(a, "m")?.kind).toBe("open");
    expect(health.unfit(b, "m")?.kind).toBe("open");
    expect(health.unfit(a, "n")).toBeUndefined();
    expect(health.unfit(other, "m")).toBeUndefined();
  });

  test("a refused credential parks the account at once, at every address of it, until the time is up", async () => {
    const { rt, health, bad } = scene();
    bad(a, failed("unauthorized", { response: response(401), type: "authentication_error" }));
    expect(health.unfit(b, "n")).toMatchObject({ kind: "parked", waitMs: 600_000, why: "401 authentication_error" });
    expect(health.unfit(other, "m")).toBeUndefined();
    await rt.clock.advance(599_999);
    expect(health.unfit(a, "m")?.kind).toBe("parked");
    await rt.clock.advance(1);
    expect(health.unfit(a, "m")).toBeUndefined();
  });

  test("a parked account that has another credential is asked again at once, and that is told once", () => {
    const { health, facts, bad } = scene();
    bad(a, failed("unauthorized", { response: response(401), type: "authentication_error" }));
    health.unpark(other);
    expect(health.unfit(a, "m")?.kind).toBe("parked");
    health.unpark(a);
    health.unpark(a);
    expect(health.unfit(a, "m")).toBeUndefined();
    expect(facts.map(({ scope, state }) => `${scope} ${state}`)).toEqual(["account parked", "account closed"]);
  });

  test("a parked account whose credential works again is back at once, by an attempt from after the refusal only", async () => {
    const { rt, health, bad, good } = scene();
    const before = health.enter(a, "m");
    await rt.clock.advance(1);
    bad(a, failed("unauthorized", { response: response(401) }));
    await rt.clock.advance(1);
    if (before !== undefined) health.good(a, "m", before);
    expect(health.unfit(a, "m")?.kind).toBe("parked");
    good(b);
    expect(health.unfit(a, "m")).toBeUndefined();
    expect(health.states().filter((one) => one.scope === "account")).toEqual([]);
  });

  test("a missing model parks that model at that target only", () => {
    const { health, bad } = scene();
    bad(a, failed("model-missing"));
    expect(health.unfit(a, "m")?.kind).toBe("parked");
    expect(health.unfit(a, "n")).toBeUndefined();
    expect(health.unfit(b, "m")).toBeUndefined();
  });

  test("a rate limit cools the model down for as long as was asked, and never for less", async () => {
    const { rt, health, bad } = scene();
    bad(a, failed("rate-limited", { retryAfterMs: 5_000 }));
    bad(a, failed("rate-limited", { retryAfterMs: 1_000 }));
    expect(health.unfit(a, "m")).toMatchObject({ kind: "cooling", waitMs: 5_000 });
    await rt.clock.advance(4_999);
    expect(health.unfit(a, "m")?.kind).toBe("cooling");
    await rt.clock.advance(1);
    expect(health.unfit(a, "m")).toBeUndefined();
  });

  test("what is left alone is told: a rate limit as long as it holds, and a missing model", async () => {
    const { rt, health, bad } = scene();
    bad(a, failed("rate-limited", { retryAfterMs: 5_000 }));
    bad(other, failed("model-missing", { response: response(404) }), "gone");
    const left = () => health.states().filter((one) => one.scope === "account-model");
    await rt.clock.advance(1_000);
    expect(health.cooldowns(rt.clock.now())).toEqual([{ account: "acc", model: "m", waitMs: 4_000 }]);
    expect(left()).toMatchObject([
      { key: "acc m", state: "cooling", why: "rate limited" },
      { key: "acc2 gone", state: "parked" },
    ]);
    await rt.clock.advance(4_000);
    expect(health.cooldowns(rt.clock.now())).toEqual([]);
    expect(left()).toMatchObject([{ key: "acc2 gone", state: "parked" }]);
    await rt.clock.advance(600_000);
    expect(left()).toEqual([]);
  });

  test("a rate limit that does not say how long cools down for longer each time, and for little again after a success", async () => {
    const { rt, health, bad, good } = scene();
    const waits = [];
    for (let i = 0; i < 9; i++) {
      bad(a, failed("rate-limited"), "m", `r${i}`);
      waits.push(health.unfit(a, "m")?.waitMs);
      await rt.clock.advance(60_000);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    good(a);
    bad(a, failed("rate-limited"));
    expect(health.unfit(a, "m")?.waitMs).toBe(1_000);
  });

  test("a rate limit is the account's: another target of it learns of it, and counts once for requests under way together", () => {
    const { health, bad } = scene();
    for (let i = 0; i < 5; i++) bad(i % 2 === 0 ? a : b, failed("rate-limited"), "m", `r${i}`);
    expect(health.unfit(b, "m")).toMatchObject({ kind: "cooling", waitMs: 1_000 });
    expect(health.unfit(b, "n")).toBeUndefined();
    expect(health.unfit(other, "m")).toBeUndefined();
  });

  test.each(["caller-fault", "too-long", "conflict", "region-refused", "refused-here"] as const)(
    "%s opens nothing, however often",
    (verdict) => {
      const { health, bad } = scene();
      for (let i = 0; i < 60; i++) bad(a, failed(verdict), "m", `r${i}`);
      expect(health.unfit(a, "m")).toBeUndefined();
    },
  );

  test("a cut after content counts against the address", () => {
    const { health, bad } = scene();
    for (let i = 0; i < 5; i++) bad(a, failed("cut"), "m", `r${i}`);
    expect(health.unfit(a, "m")?.kind).toBe("open");
    expect(health.unfit(b, "m")).toBeUndefined();
  });
});

describe("coming back", () => {
  test("one probe at a time, two good ones close it, and each step is told", async () => {
    const { rt, health, bad, facts } = scene();
    for (let i = 0; i < 5; i++) bad(a, failed("unreachable", { message: "refused" }), "m", `r${i}`);
    await rt.clock.advance(3_000);
    const probe = health.enter(a, "m");
    expect(probe?.endpoint.probe).toBe(true);
    expect(health.enter(a, "m")).toBeUndefined();
    if (probe === undefined) throw new Error("shut");
    health.good(a, "m", probe);
    const second = health.enter(a, "m");
    if (second === undefined) throw new Error("shut");
    health.good(a, "m", second);
    expect(health.unfit(a, "m")).toBeUndefined();
    expect(facts.map((fact) => fact.state)).toEqual(["open", "half-open", "closed"]);
    expect(facts[0]).toMatchObject({ upstream: "a", scope: "endpoint", why: "refused" });
  });

  test("what was shut out begins with a small limit", async () => {
    const { rt, health, bad, good } = scene();
    for (let i = 0; i < 5; i++) bad(a, failed("overloaded"), "m", `r${i}`);
    expect(health.limited(a, "m")).toBe(false);
    await rt.clock.advance(health.unfit(a, "m")?.waitMs ?? 0);
    good(a);
    good(a);
    expect(health.unfit(a, "m")).toBeUndefined();
    expect(health.limited(a, "m")).toBe(true);
    expect(health.loads()[0]?.limit).toBeLessThan(5);
  });

  test("a probe that says nothing of the target, or blames another scope, gives its place back", async () => {
    for (const verdict of ["caller-fault", "overloaded", "unauthorized"] as const) {
      const { rt, health, bad } = scene();
      for (let i = 0; i < 5; i++) bad(a, failed("unreachable"), "m", `r${i}`);
      await rt.clock.advance(3_000);
      const probe = health.enter(a, "m");
      if (probe === undefined) throw new Error("shut");
      health.bad(a, "m", probe, failed(verdict), "p");
      if (verdict === "unauthorized") await rt.clock.advance(600_000);
      expect(health.enter(a, "m")?.endpoint.probe).toBe(true);
    }
    // A probe of the platform that fails on the way there: the platform's next one may go by another address.
    const platform = scene();
    for (let i = 0; i < 5; i++) platform.bad(a, failed("overloaded"), "m", `r${i}`);
    await platform.rt.clock.advance(3_000);
    platform.bad(a, failed("unreachable"), "m", "p");
    expect(platform.health.enter(b, "m")?.platform.probe).toBe(true);
    const { rt, health, bad } = scene();
    for (let i = 0; i < 5; i++) bad(a, failed("unreachable"), "m", `r${i}`);
    await rt.clock.advance(3_000);
    const probe = health.enter(a, "m");
    if (probe === undefined) throw new Error("shut");
    health.left(a, "m", probe);
    expect(health.enter(a, "m")).toBeDefined();
  });

  test("an attempt from before the opening closes nothing with its success", async () => {
    const { rt, health, bad } = scene();
    const old = [health.enter(a, "m"), health.enter(a, "m")];
    for (let i = 0; i < 5; i++) bad(a, failed("unreachable"), "m", `r${i}`);
    await rt.clock.advance(3_000);
    for (const permits of old) if (permits !== undefined) health.good(a, "m", permits);
    expect(health.states().find((one) => one.key === "a")?.state).toBe("half-open");
  });
});

describe("doubt", () => {
  test("comes with the third failure in a row, leaves the target fit, and ends with a success or after 3 s", async () => {
    const { rt, health, bad, good } = scene();
    for (let i = 0; i < 2; i++) bad(a, failed("upstream-fault"), "m", `r${i}`);
    expect(health.doubt(a, "m")).toBeUndefined();
    bad(a, failed("upstream-fault"), "m", "r2");
    expect(health.doubt(a, "m")).toEqual({ due: true });
    const doubted = health.states().filter(({ state }) => state === "doubted");
    expect(doubted).toHaveLength(1);
    expect(doubted[0]?.why).toMatch(/^\d failures in a row$/);
    expect(health.doubt(a, "other")).toBeUndefined();
    expect(health.unfit(a, "m")).toBeUndefined();
    await rt.clock.advance(2_999);
    expect(health.doubt(a, "m")).toBeDefined();
    await rt.clock.advance(1);
    expect(health.doubt(a, "m")).toBeUndefined();
    bad(a, failed("upstream-fault"), "m", "r3");
    expect(health.doubt(a, "m")).toBeDefined();
    good(a);
    expect(health.doubt(a, "m")).toBeUndefined();
  });

  test("lets one copy at a time find out, the next a second later", async () => {
    const { rt, health, bad } = scene();
    for (let i = 0; i < 3; i++) bad(a, failed("upstream-fault"), "m", `r${i}`);
    const copy = health.enter(a, "m", true);
    if (copy === undefined) throw new Error("shut");
    expect(health.doubt(a, "m")).toEqual({ due: false });
    await rt.clock.advance(1_500);
    expect(health.doubt(a, "m")).toEqual({ due: false });
    health.bad(a, "m", copy, failed("upstream-fault"), "copy");
    expect(health.doubt(a, "m")).toEqual({ due: true });
    const second = health.enter(a, "m", true);
    if (second === undefined) throw new Error("shut");
    health.left(a, "m", second);
    expect(health.doubt(a, "m")).toEqual({ due: false });
    await rt.clock.advance(1_000);
    expect(health.doubt(a, "m")).toEqual({ due: true });
  });

  test("comes with silence: three that wait for twice the usual time, and nothing newer began", async () => {
    const { rt, health } = scene();
    for (let i = 0; i < 60; i++) {
      const slot = health.slot(a, "m");
      await rt.clock.advance(300);
      slot.begun(rt.clock.now(), 300);
      slot.ended(rt.clock.now(), true);
    }
    const slots = [];
    for (let i = 0; i < 3; i++) {
      await rt.clock.advance(250);
      slots.push(health.slot(a, "m"));
    }
    await rt.clock.advance(1_000);
    expect(health.doubt(a, "m")).toBeUndefined();
    await rt.clock.advance(500);
    expect(health.doubt(a, "m")).toEqual({ due: true });
    slots[2]?.begun(rt.clock.now(), 1_500);
    expect(health.doubt(a, "m")).toBeUndefined();
  });
});

describe("budgets", () => {
  test("of the retry budget the patient leave most to the urgent", () => {
    const { health } = scene();
    const left = () => health.loads()[0]?.tokens;
    while (health.draw(a, "m", 1, "batch"));
    expect(left()).toBe(8);
    while (health.draw(a, "m", 1, "background"));
    expect(left()).toBe(7);
    while (health.draw(a, "m", 1, "agent"));
    expect(left()).toBe(6);
    while (health.draw(a, "m", 1));
    expect(left()).toBe(5);
  });

  test("are shared by all addresses of a platform and model, and filled by successes", () => {
    const { health, good } = scene();
    const draws = Array.from({ length: 8 }, (_, i) => health.draw(i % 2 === 0 ? a : b, "m", 1));
    expect(draws.filter(Boolean).length).toBe(5);
    expect(health.draw(a, "n", 1)).toBe(true);
    expect(health.draw(other, "m", 1)).toBe(true);
    for (let i = 0; i < 10; i++) good(b);
    expect([health.draw(a, "m", 1), health.draw(a, "m", 1)]).toEqual([true, false]);
  });
});

test("names made up by callers do not fill the memory", () => {
  const { health, good } = scene(10);
  for (let i = 0; i < 5_000; i++) good(a, `model-${i}`);
  expect(health.states().length).toBeLessThan(15);
});

test("neither do credentials that were refused", () => {
  const { health, bad } = scene(10);
  for (let i = 0; i < 500; i++) bad(target("a", { account: `key-${i}` }), failed("unauthorized"));
  expect(health.states().filter((one) => one.scope === "account").length).toBeLessThanOrEqual(10);
  expect(health.unfit(target("a", { account: "key-499" }), "m")?.kind).toBe("parked");
});
