// Duplicates over several instances: one of them answers, and a store that is away or dead keeps nobody waiting.

import { virtualRuntime } from "@fairlead/runtime";
import { memorySeenStore, type SeenStore, StoreError } from "@fairlead/stores";
import { describe, expect, test } from "vitest";
import { SharedSeen } from "./shared-seen.ts";

function scene(change: (store: SeenStore) => Partial<SeenStore> = () => ({})) {
  const rt = virtualRuntime("seen");
  const store = memorySeenStore(rt.clock);
  const used = { ...store, ...change(store) };
  const [a, b] = [new SharedSeen(rt, used), new SharedSeen(rt, used)];
  return { rt, a, b, begin: (one: SharedSeen, key = "k") => rt.clock.runUntil(one.begin(key)) };
}

describe("two instances", () => {
  test("what one has under way or has answered, the other is told; what failed is free", async () => {
    const { rt, a, b, begin } = scene();
    expect(await begin(a)).toBeUndefined();
    expect(await begin(b)).toBe("under way");
    a.end("k", undefined);
    expect(await begin(b)).toBeUndefined();
    b.end("k", 1_000);
    expect(await begin(a)).toBe("answered");
    await rt.clock.advance(1_000);
    expect(await begin(a)).toBeUndefined();
  });

  test("one that was refused ends nothing of the other's", async () => {
    const { a, b, begin } = scene();
    await begin(a);
    await begin(b);
    b.end("k", undefined);
    expect(await begin(b)).toBe("under way");
  });

  test("one that was refused does not claim later what it had asked for", async () => {
    const { rt, a, b, begin } = scene();
    await begin(a);
    await begin(b);
    await begin(b, "another");
    a.end("k", undefined);
    await rt.clock.advance(4_000);
    expect(await begin(a)).toBeUndefined();
  });

  test("a copy here that the instance has forgotten takes nothing from the one under way", async () => {
    const { rt, a, b, begin } = scene();
    await begin(a);
    expect(await begin(a)).toBe("under way");
    await rt.clock.advance(60_000);
    expect(await begin(b)).toBe("under way");
    a.end("k", 1_000);
    expect(await begin(b)).toBe("answered");
  });

  test("a long answer keeps its claim, and one of an instance that died ends after ten seconds", async () => {
    const { rt, a, b, begin } = scene();
    await begin(a);
    await rt.clock.advance(60_000);
    expect(await begin(b)).toBe("under way");
    a.close();
    await rt.clock.advance(10_000);
    expect(await begin(b)).toBeUndefined();
  });
});

describe("a store that does not answer", () => {
  test("costs fifty milliseconds, twice, and is then left alone for a second", async () => {
    let asked = 0;
    const silent = () => ({
      begin() {
        asked += 1;
        return new Promise<never>(() => {});
      },
    });
    const { rt, a, begin } = scene(silent);
    const waited: number[] = [];
    for (let i = 0; i < 4; i++) {
      const at = rt.clock.now();
      expect(await begin(a, `k${i}`)).toBeUndefined();
      waited.push(rt.clock.now() - at);
    }
    expect(waited).toEqual([52, 52, 0, 0]);
    expect(asked).toBe(2);
    await rt.clock.advance(1_000);
    await begin(a, "later");
    expect(asked).toBe(3);
  });

  test("that refuses at once costs nothing, and what is under way is claimed when it is back", async () => {
    let down = true;
    const failing = (store: SeenStore) => ({
      begin: (...args: Parameters<SeenStore["begin"]>) =>
        down ? Promise.reject(new StoreError("unavailable", "away")) : store.begin(...args),
      keep: (...args: Parameters<SeenStore["keep"]>) =>
        down ? Promise.reject(new StoreError("unavailable", "away")) : store.keep(...args),
    });
    const { rt, a, b, begin } = scene(failing);
    const at = rt.clock.now();
    expect(await begin(a)).toBeUndefined();
    expect(rt.clock.now()).toBe(at);
    await rt.clock.advance(4_000);
    down = false;
    await rt.clock.advance(4_000);
    expect(await begin(b)).toBe("under way");
    a.end("k", 60_000);
    expect(await begin(b)).toBe("answered");
  });
});
