// The trace as text: the words of each step, within bounds, and nothing that a header cannot hold.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventful, MAX_TRACE, stepText, traceLine } from "./decision-trace.ts";
import type { Step } from "./exchange.ts";

const step = (what: Step["what"], ms: number, upstream?: string, why = ""): Step => ({
  at: 0,
  what,
  upstream,
  ms,
  why,
});

const WHATS = ["queued", "sent", "waited", "moved", "hedged", "joined", "cached", "refused"] as const;
const steps = fc.array(
  fc.record({
    at: fc.nat(),
    what: fc.constantFrom(...WHATS),
    upstream: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
    ms: fc.double({ min: 0, max: 1e7, noNaN: true }),
    why: fc.string({ unit: "binary", maxLength: 200 }),
  }),
  { maxLength: 150 },
);

describe("traceLine", () => {
  it("tells attempts, waits and queues", () => {
    const all = [
      step("queued", 12.4),
      step("sent", 212.3, "east", "overloaded"),
      step("waited", 639.6, "east", "back-off"),
      step("waited", 3_020, "west", "retry-after"),
      step("moved", 0, "west", "region latency"),
      step("sent", 381, "west", "ok"),
    ];
    expect(traceLine(all)).toBe(
      "queued 12ms; sent east overloaded 212ms; waited 640ms; waited retry-after 3020ms; moved west region latency 0ms; sent west ok 381ms",
    );
    expect(traceLine([])).toBe("");
  });

  it("never exceeds its bound and holds printable ASCII only", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 200, max: MAX_TRACE }), (all, most) => {
        const line = traceLine(all, most);
        expect(line.length).toBeLessThanOrEqual(most);
        expect(line).toMatch(/^[ -~]*$/);
      }),
    );
  });

  it("keeps to every bound there can be", () => {
    const many = Array.from({ length: 100 }, (_, i) => step("sent", i, "u".repeat(i % 7), "overloaded"));
    const lines = Array.from({ length: 1_000 }, (_, i) => traceLine(many, 100 + i));
    for (const [i, line] of lines.entries()) expect(line.length).toBeLessThanOrEqual(100 + i);
    // And none is shorter than it need be by more than a step and the words for what is missing.
    for (const [i, line] of lines.entries()) expect(line.length).toBeGreaterThan(100 + i - 60);
  });

  it("leaves the middle out and says how much, so that every step is counted", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 200, max: 600 }), (all, most) => {
        const parts = traceLine(all, most).split("; ");
        const left = /^\((\d+) more\)$/;
        const out = parts.map((part) => Number(left.exec(part)?.[1] ?? 0)).reduce((a, b) => a + b, 0);
        expect(all.length === 0 ? 0 : parts.filter((part) => !left.test(part)).length + out).toBe(all.length);
      }),
    );
    const many = Array.from({ length: 100 }, (_, i) => step("sent", i, `u${i}`, "overloaded"));
    const line = traceLine(many, 200);
    expect(line.startsWith("sent u0 overloaded 0ms; ")).toBe(true);
    expect(line.endsWith("; sent u99 overloaded 99ms")).toBe(true);
    expect(line.length).toBeGreaterThan(120);
  });

  it("keeps a name from passing for steps of its own", () => {
    expect(stepText(step("sent", 1, "a; sent b ok", "x\r\ny"))).toBe("sent a? sent b ok x?y 1ms");
    expect(stepText(step("sent", 1, "n".repeat(100), "ok")).length).toBeLessThan(80);
  });
});

describe("eventful", () => {
  it("is what a log line should tell: repeats, refusals, failures", () => {
    const ok = step("sent", 1, "a", "ok");
    expect(eventful([])).toBe(false);
    expect(eventful([step("queued", 3), ok])).toBe(false);
    expect(eventful([ok, ok])).toBe(true);
    expect(eventful([step("sent", 1, "a", "caller-fault")])).toBe(true);
    expect(eventful([step("refused", 0, undefined, "queue full")])).toBe(true);
  });
});
