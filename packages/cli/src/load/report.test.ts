// The report as people read it: figures in few characters, notes that say when a figure is not the server's, 80 columns.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { showCount, showNumber, showShare, showTime } from "./figures.ts";
import { cut, type Look, notesOf, progressText, stepText, summaryText } from "./report.ts";
import { Score } from "./score.ts";
import type { StepPlan, StepResult } from "./step.ts";

const PLAIN: Look = {
  paint: { bold: (text) => text, dim: (text) => text, accent: (text) => text, bad: (text) => text },
  rich: true,
};
const USAGE = {
  inputTokens: 10,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 20,
  thinkingTokens: 0,
  webSearchRequests: 0,
  webFetchRequests: 0,
};

function result(
  plan: Partial<StepPlan>,
  more: Partial<StepResult> = {},
  times: readonly number[] = [10, 20, 30],
): StepResult {
  const score = new Score(0, plan.tenants ?? 0, 0);
  for (const [i, ms] of times.entries()) {
    const wrong =
      ms < 0
        ? { kind: "status" as const, what: "529 overloaded_error", message: "Overloaded. ".repeat(20) }
        : undefined;
    const endedAt = Math.abs(ms);
    score.take({ dueAt: 0, endedAt, firstAt: endedAt / 2, wrong, usage: USAGE, model: "x", tenant: i % 2 });
  }
  return {
    plan: {
      kind: "at-once",
      level: 50,
      requests: undefined,
      durationMs: 1_000,
      warmUpMs: 0,
      timeoutMs: 1_000,
      connections: 50,
      stream: true,
      seed: "s",
      tenants: 0,
      ...plan,
    },
    score,
    seconds: 1,
    busy: 0.1,
    mostOpen: 50,
    waitedMs: 0,
    interrupted: false,
    ...more,
  };
}

describe("figures", () => {
  it.each([
    [0, "0 ms"],
    [0.0123, "12 µs"],
    [0.9999, "1.00 ms"],
    [4.214, "4.21 ms"],
    [42.14, "42.1 ms"],
    [99.96, "100 ms"],
    [412.4, "412 ms"],
    [999.6, "1.00 s"],
    [61_234, "61.2 s"],
    [612_000, "612 s"],
  ])("%d ms is %s", (ms, text) => {
    expect(showTime(ms)).toBe(text);
  });

  it("takes at most 7 columns up to a day and never says less or more than it is by more than a half of a hundredth", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 999_000, noNaN: true }), (ms) => {
        const text = showTime(ms);
        expect(text.length).toBeLessThanOrEqual(7);
        const [value = "", unit = ""] = text.split(" ");
        const back = Number(value) * (unit === "µs" ? 0.001 : unit === "ms" ? 1 : 1_000);
        expect(Math.abs(back - ms)).toBeLessThanOrEqual(Math.max(ms * 0.0051, 0.00051));
      }),
    );
  });

  it("rounds a share to all or nothing only when it is", () => {
    expect(showShare(0, 10)).toBe("0 %");
    expect(showShare(10, 10)).toBe("100 %");
    expect(showShare(1, 1_000_000)).toBe("< 0.01 %");
    expect(showShare(999_999, 1_000_000)).toBe("> 99.99 %");
    expect(showShare(9_998, 10_000)).toBe("99.98 %");
    expect(showShare(1, 8)).toBe("12.5 %");
    expect(showShare(0, 0)).toBe("0 %");
    expect(showCount(1_234_567)).toBe("1,234,567");
    expect(showNumber(0.0123)).toBe("0.012");
    expect(showNumber(12_345.6)).toBe("12,346");
  });

  it("lets no control character of a server into the terminal", () => {
    expect(cut("a\u001b[2Jb\nc\u009bd\u202ee", 80)).toBe("a [2Jb c d e");
    expect(cut("x".repeat(100), 10)).toBe(`${"x".repeat(9)}…`);
    expect(cut("x".repeat(10), 10)).toBe("x".repeat(10));
    expect(cut("上游已过载请稍后再试", 10)).toBe("上游已过…");
    expect(cut("上游已过载", 10)).toBe("上游已过载");
  });
});

describe("notes", () => {
  it("says when the tool was the limit: by its own time, or near what it can do at all", () => {
    expect(notesOf(result({}, { busy: 0.84 }), 10_000)).toEqual([]);
    expect(notesOf(result({}, { busy: 0.86 }), 10_000)[0]).toContain(
      "This tool was the limit: its thread was busy 86 %",
    );
    expect(notesOf(result({}), 4.2)[0]).toContain("against a server that does nothing it reaches 4.20 requests/s here");
    expect(notesOf(result({}), 4.4)).toEqual([]);
    expect(notesOf(result({}), undefined)).toEqual([]);
  });

  it("says when requests waited for a connection, and when more came than was answered", () => {
    expect(notesOf(result({ kind: "rate" }, { waitedMs: 1_500 }), undefined)[0]).toContain("waited up to 1.50 s");
    const times = Array.from({ length: 100 }, () => 500);
    const slow = result({ kind: "rate", level: 100 }, {}, times);
    slow.score.inTime = 60;
    expect(notesOf(slow, undefined)[0]).toContain("100 requests/s were sent and 60.0 answered in the time");
    slow.score.inTime = 95;
    expect(notesOf(slow, undefined)).toEqual([]);
  });

  it("says how fair it was", () => {
    expect(notesOf(result({ tenants: 2 }), undefined)[0]).toBe(
      "2 tenants: whole answers each from 1 to 2, Jain's index 0.900.",
    );
  });
});

describe("text", () => {
  const many = Array.from({ length: 400 }, (_, i) => (i % 9 === 0 ? -1 : 1) * 1.02 ** i * 0.3);

  it("keeps to 80 columns whatever is in it", () => {
    const steps = [
      result({ level: 1 }, {}, []),
      result({ level: 20_000, tenants: 2 }, { busy: 0.99 }, many),
      result({}, {}, [-5]),
    ];
    const texts = [...steps.map((one) => stepText(one, 12_345, PLAIN)), summaryText(steps, PLAIN)];
    const rates = steps.map((one) => ({ ...one, plan: { ...one.plan, kind: "rate" as const, level: 12_345.5 } }));
    texts.push(summaryText(rates, PLAIN));
    for (const line of texts.join("\n").split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(texts[0]).toContain("Nothing has ended");
    expect(texts[1]).toContain("20,000 at once");
    expect(texts[2]).toContain("1  529 overloaded_error");
  });

  it("draws bars in proportion, and what is there at all can be seen", () => {
    const text = stepText(result({}, {}, [...Array.from({ length: 1_000 }, () => 11.9), 50]), undefined, PLAIN);
    const bars = text.split("\n").filter((line) => /^ +to /.test(line));
    expect(bars[0]).toContain("█".repeat(40));
    expect(bars.at(-1)).toContain("▏");
  });

  it("shows progress in one line", () => {
    const { score, plan } = result({ level: 20_000 }, {}, many);
    const line = progressText({ score, progress: 0.35, underWay: 20_000 }, plan, { at: 2, of: 4, now: 3_400 });
    expect(line).toContain("2/4 ███······· 20,000 at once  400 done");
    expect(line.length).toBeLessThan(80);
    expect(progressText({ score, progress: 0, underWay: 0 }, plan, { at: 1, of: 1, now: -1 })).toContain("warming up");
  });
});
