// Figures of upstreams: who is blamed for what, a window that slides, percentiles within their error.

import type { AttemptFact, Exchange, Target, Verdict } from "@fairlead/engine";
import { virtualRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UpstreamFigures, WINDOW_MS } from "./upstream-figures.ts";

function attempt(name: string, verdict: Verdict, tookMs = 100): AttemptFact {
  const x = { target: { name } as Target } as Exchange;
  return { kind: "attempt", at: 0, x, verdict, code: undefined, status: undefined, tookMs };
}

describe("UpstreamFigures", () => {
  it("counts what tells of the upstream, and nothing else, for availability", () => {
    const figures = new UpstreamFigures(virtualRuntime(1).clock);
    for (const verdict of ["ok", "ok", "ok", "overloaded", "caller-fault", "cancelled", "deadline"] as const) {
      figures.listen(attempt("east", verdict));
    }
    figures.listen(attempt("west", "unreachable"));
    expect(figures.span("east")).toMatchObject({ attempts: 4, ok: 3, availability: 0.75, mean_ms: 100 });
    expect(figures.span("east").by_verdict).toMatchObject({ ok: 3, overloaded: 1, cancelled: 1 });
    expect(figures.span("west")).toMatchObject({ attempts: 1, ok: 0, availability: 0, mean_ms: null, p95_ms: null });
    expect(figures.span("none")).toMatchObject({ attempts: 0, availability: null });
  });

  it("forgets what is older than the window, and nothing younger", async () => {
    const rt = virtualRuntime(1);
    const figures = new UpstreamFigures(rt.clock);
    figures.listen(attempt("east", "overloaded"));
    await rt.clock.advance(WINDOW_MS / 2);
    figures.listen(attempt("east", "ok"));
    expect(figures.span("east")).toMatchObject({ attempts: 2, seconds: 150 });
    await rt.clock.advance(WINDOW_MS / 2);
    expect(figures.span("east")).toMatchObject({ attempts: 1, ok: 1, seconds: 300 });
    await rt.clock.advance(WINDOW_MS / 2);
    expect(figures.span("east")).toMatchObject({ attempts: 0, seconds: 300 });
    figures.listen(attempt("east", "ok"));
    expect(figures.span("east").attempts).toBe(1);
  });

  it("gives a P95 that is not below the exact one and at most 6.3 % above, and the exact mean", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }), (all) => {
        const figures = new UpstreamFigures(virtualRuntime(1).clock);
        for (const one of all) figures.listen(attempt("east", "ok", one));
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(0.95 * all.length) - 1] as number;
        const { p95_ms, mean_ms } = figures.span("east");
        expect(p95_ms).toBeGreaterThanOrEqual(Math.min(exact, sorted.at(-1) as number) - 0.06);
        expect(p95_ms).toBeLessThanOrEqual(exact * (1 + 1 / 16) + 0.2);
        expect(mean_ms).toBeCloseTo(all.reduce((a, b) => a + b, 0) / all.length, 0);
      }),
    );
  });
});
