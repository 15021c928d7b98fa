// The wheel of long timers: never early, hardly late, in spite of cancelling and rounds.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CoarseTimers } from "./coarse-timers.ts";

describe("CoarseTimers", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const wheel = () => new CoarseTimers(() => performance.now());

  it.each([1_000, 1_001, 1_099, 5_000, 60_000, 102_399, 102_400, 102_401, 600_000, 86_400_000 / 24])(
    "fires %d ms late by at most 100 ms, and never early",
    (ms) => {
      const timers = wheel();
      vi.advanceTimersByTime(37);
      const from = performance.now();
      let at = Number.NaN;
      timers.set(ms, () => {
        at = performance.now() - from;
      });
      vi.advanceTimersByTime(ms + 250);
      expect(at).toBeGreaterThanOrEqual(ms);
      expect(at).toBeLessThanOrEqual(ms + 200);
    },
  );

  it("fires what is left, and nothing that was cancelled", () => {
    const timers = wheel();
    const fired: number[] = [];
    const made = Array.from({ length: 100 }, (_, i) => timers.set(1_000 + i * 37, () => fired.push(i)));
    for (let i = 0; i < 100; i += 2) made[i]?.cancel();
    vi.advanceTimersByTime(10_000);
    expect(fired).toEqual(Array.from({ length: 50 }, (_, i) => i * 2 + 1));
  });

  it("lets a timer cancel others that are due in the same turn", () => {
    const timers = wheel();
    const fired: string[] = [];
    timers.set(1_000, () => {
      fired.push("one");
      other.cancel();
      other.cancel();
    });
    const other = timers.set(1_000, () => fired.push("other"));
    timers.set(1_000, () => fired.push("third"));
    vi.advanceTimersByTime(2_000);
    expect(fired).toEqual(["one", "third"]);
  });

  it("rests when it holds nothing, and wakes for the next", () => {
    const timers = wheel();
    let count = 0;
    timers.set(1_000, () => {
      count += 1;
    });
    vi.advanceTimersByTime(1_300);
    expect(count).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(500_000);
    timers.set(2_000, () => {
      count += 1;
    });
    vi.advanceTimersByTime(1_999);
    expect(count).toBe(1);
    vi.advanceTimersByTime(201);
    expect(count).toBe(2);
  });

  it("lets a timer set another, and survives a halt of the process", () => {
    const timers = wheel();
    const fired: string[] = [];
    timers.set(1_000, () => {
      fired.push("first");
      timers.set(1_000, () => fired.push("second"));
    });
    for (let i = 0; i < 50; i++) timers.set(2_000 + i * 1_000, () => fired.push(`n${i}`));
    vi.advanceTimersByTime(300_000);
    expect(fired).toHaveLength(52);
  });

  it("keeps a program alive while a timer waits, and not for those that were cancelled", () => {
    const handles: { hasRef(): boolean }[] = [];
    const set = globalThis.setTimeout;
    const spy = vi.spyOn(globalThis, "setTimeout").mockImplementation(((...args: Parameters<typeof set>) => {
      const handle = set(...args);
      handles.push(handle);
      return handle;
    }) as typeof set);
    const alive = () => vi.getTimerCount() > 0 && handles[handles.length - 1]?.hasRef();
    const timers = wheel();
    const first = timers.set(5_000, () => {});
    const second = timers.set(50_000, () => {});
    first.cancel();
    first.cancel();
    expect(alive()).toBe(true);
    second.cancel();
    expect(alive()).toBe(false);
    vi.advanceTimersByTime(300);
    expect(alive()).toBe(false);
    let fired = 0;
    const late = timers.set(2_000, () => {});
    timers.set(1_000, () => {
      fired += 1;
      late.cancel();
    });
    expect(alive()).toBe(true);
    vi.advanceTimersByTime(1_300);
    expect([fired, alive()]).toEqual([1, false]);
    spy.mockRestore();
  });
});
