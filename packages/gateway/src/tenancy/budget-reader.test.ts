// Budgets and the ledger: what was spent before a start counts from the first request on, and an alias has a price.

import { PICO_PER_USD } from "@fairlead/protocol";
import { virtualRuntime } from "@fairlead/runtime";
import { memoryLimitStore } from "@fairlead/stores";
import { describe, expect, test } from "vitest";
import { refusal, scene } from "../../testing/tenancy-scene.ts";

describe("a budget at a start", () => {
  test("the first request waits for the ledger: what was spent before a restart is spent", async () => {
    let told: (pico: bigint) => void = () => {};
    const spentSince = () => new Promise<bigint>((resolve) => (told = resolve));
    const { rt, send, answers } = scene({ budget: { usd_per_day: 1 } }, { options: { spentSince } });
    answers();
    const first = send({ maxTokens: 10 });
    const second = send({ maxTokens: 10 });
    await rt.clock.advance(50);
    told(BigInt(PICO_PER_USD));
    await rt.clock.advance(1);
    expect([refusal(await first).code, refusal(await second).code]).toEqual(["budget_spent", "budget_spent"]);
  });

  test("a ledger that says nothing is waited for a second, once", async () => {
    const { rt, send, answers } = scene(
      { budget: { usd_per_day: 1 } },
      { options: { spentSince: () => new Promise<bigint>(() => {}) } },
    );
    answers();
    let went = 0;
    const first = send({ maxTokens: 10 }).then(() => (went += 1));
    await rt.clock.advance(999);
    expect(went).toBe(0);
    await rt.clock.advance(1);
    await first;
    expect((await send({ maxTokens: 10 })).ok).toBe(true);
  });

  test("rows of a killed process that come later count from the second look on", async () => {
    let known = 0n;
    const { rt, send, answers } = scene({ budget: { usd_per_day: 1 } }, { options: { spentSince: async () => known } });
    answers();
    expect((await send({ maxTokens: 10 })).ok).toBe(true);
    known = BigInt(PICO_PER_USD);
    await rt.clock.advance(11_000);
    expect(refusal(await send({ maxTokens: 10 })).code).toBe("budget_spent");
  });

  test("a ledger that fails is asked again until it answers, however late that is", async () => {
    for (const store of [undefined, memoryLimitStore(virtualRuntime("limits").clock)]) {
      let away = true;
      const spentSince = async () => {
        if (away) throw new Error("away");
        return BigInt(PICO_PER_USD);
      };
      const world = scene({ budget: { usd_per_day: 1 } }, { options: { spentSince, store } });
      const { rt, send, answers } = world;
      answers();
      await rt.clock.advance(60_000);
      expect((await rt.clock.runUntil(send({ maxTokens: 10 }))).ok).toBe(true);
      await rt.clock.advance(60_000);
      expect((await rt.clock.runUntil(send({ maxTokens: 10 }))).ok).toBe(true);
      away = false;
      await rt.clock.advance(11_000);
      // Of a shared one a lease may be held still.
      expect(world.figures()["project  usd_per_day"]?.used).toBeGreaterThan(0.9 * PICO_PER_USD);
      await rt.clock.runUntil(world.tenancy.close());
    }
  });

  test("an alias is reserved at the price of the models that it may be, not at the dearest there is", async () => {
    const names = (model: string) => (model === "fast" ? ["fast", "claude-haiku-4-5"] : [model]);
    const reserved = async (model: string) => {
      const { send, answers, figures } = scene({ budget: { usd_per_day: 1 } }, { names });
      answers();
      await send({ model, maxTokens: 100 });
      return figures()["project  usd_per_day"]?.used;
    };
    expect(await reserved("fast")).toBe(await reserved("claude-haiku-4-5"));
    expect(await reserved("nobody-knows-it")).toBeGreaterThan((await reserved("fast")) ?? 0);
  });
});
